"""Whether this node can serve."""

from __future__ import annotations

from sqlalchemy import text
from starlette.responses import JSONResponse, Response

from web.visits import Visit


def show_health(visit: Visit) -> Response:
    """``{"ok": true}`` when the database answers."""
    with visit.services.database.reading() as session:
        session.connection().execute(text("SELECT 1"))
    return JSONResponse({"ok": True})

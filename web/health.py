"""Whether this node can serve."""

from __future__ import annotations

import structlog
from sqlalchemy import text
from sqlalchemy.exc import SQLAlchemyError
from starlette.responses import JSONResponse, Response

from web.visits import Visit


def show_health(visit: Visit) -> Response:
    """``{"ok": true}`` when the database answers and a file can be received; 503 otherwise, the reason in the log."""
    try:
        with visit.services.database.reading() as session:
            session.connection().execute(text("SELECT 1"))
        visit.services.store.receive([b"sante"], max_bytes=5).discard()
    except (SQLAlchemyError, OSError) as error:
        structlog.get_logger().error("health.failed", exc_info=error)
        return JSONResponse({"ok": False}, status_code=503)
    return JSONResponse({"ok": True})

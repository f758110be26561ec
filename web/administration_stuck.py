"""Administration of what blocks a folder: works of circuits that fail, and how an administrator answers for them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from starlette.responses import Response

from engine.folders.bypassing import StuckWork, bypass, stuck_work, stuck_works
from engine.refusals import Refusal
from web.asked import found
from web.fields import PREFIX, value_of
from web.visits import Visit

STUCK = "/administration/taches-bloquees"
#: Refusals about what was typed: they are said in the page that asks.
_BESIDE = ("reason_", "field_", "error_", "circuit_stuck")


def show_stuck(visit: Visit) -> Response:
    """The works that block a folder."""
    with visit.services.database.reading() as session:
        works = stuck_works(session, visit.services.library, visit.tenant_id, now=visit.now)
    return visit.render("administration/stuck.html", works=works)


def show_bypass(visit: Visit) -> Response:
    """How to answer for a work, and why."""
    return _page(visit, None)


def do_bypass(visit: Visit) -> Response:
    """Answer for a work in place of the world."""
    with visit.services.database.writing() as session:
        work = _work(visit)
        error = visit.text("error") or None
        result = bypass(
            session,
            visit.services.library,
            tenant_id=visit.tenant_id,
            account=visit.person.account,
            folder_id=work.folder.id,
            token=work.token,
            reason=visit.text("reason"),
            variables={} if error else _typed(visit),
            error=error,
            now=visit.now,
        )
        if not isinstance(result, Refusal):
            session.commit()
    if isinstance(result, Refusal):
        return _page(visit, result) if result.code.startswith(_BESIDE) else visit.go(STUCK, result.sentence, tone="bad")
    return visit.go(STUCK, f"La tâche « {work.answers.name} » est contournée : le dossier continue.")


def _work(visit: Visit) -> StuckWork:
    with visit.services.database.reading() as session:
        return found(
            stuck_work(
                session,
                visit.services.library,
                visit.tenant_id,
                visit.identifier("folder"),
                str(visit.identifier("token")),
                now=visit.now,
            )
        )


def _typed(visit: Visit) -> Mapping[str, Any]:
    """What was filled in; a field left empty is not given."""
    typed = {key.removeprefix(PREFIX): visit.text(key).strip() for key in visit.form if key.startswith(PREFIX)}
    return {name: value_of(text) for name, text in typed.items() if text}


def _page(visit: Visit, fault: Refusal | None) -> Response:
    work = _work(visit)
    if work.refusal is not None:
        return visit.go(STUCK, work.refusal.sentence, tone="bad")
    return visit.render(
        "administration/bypass.html",
        status=422 if fault else 200,
        work=work,
        fault=fault,
        reason=visit.text("reason"),
        error=visit.text("error"),
        typed={name: visit.text(f"{PREFIX}{name}") for name in work.answers.service.fills},
        prefix=PREFIX,
    )

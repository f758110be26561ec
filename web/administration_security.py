"""Administration of second factors: of whom the tenant requires one, and resetting the one that somebody lost."""

from __future__ import annotations

from starlette.exceptions import HTTPException
from starlette.responses import Response

from engine.desks.factors import require_factor, reset_factor
from engine.people.model import SecondFactorNeed
from engine.people.queries import member_of, members, with_second_factor
from engine.refusals import Refusal
from notifications.accounts import tell_factor
from notifications.rules import FactorNews
from web.visits import Visit

SECURITY = "/administration/securite"


def show_security(visit: Visit) -> Response:
    """Of whom a second factor is required, and who has none."""
    with visit.services.database.reading() as session:
        people = members(session, visit.tenant_id)
        protected = with_second_factor(session, [one.account.id for one in people])
    without = [one for one in people if one.account.id not in protected and one.standing == "ACTIVE"]
    return visit.render("administration/security.html", need=visit.person.tenant.second_factor, without=without)


def do_require(visit: Visit) -> Response:
    """Require it of nobody, of administrators, or of everybody."""
    need = next((one for one in SecondFactorNeed if one.value == visit.text("need")), None)
    if need is None:
        raise HTTPException(400)
    with visit.services.database.writing() as session:
        by = visit.person.account.id
        require_factor(session, tenant_id=visit.tenant_id, by=by, need=need, now=visit.now)
        session.commit()
    return visit.go(SECURITY, "Le choix est enregistré.")


def do_reset(visit: Visit) -> Response:
    """Take away a second factor that was lost; the person is told by mail."""
    person_id = visit.identifier("person")
    page = f"/administration/personnes/{person_id}"
    with visit.services.database.writing() as session:
        if member_of(session, visit.tenant_id, person_id) is None:
            raise HTTPException(404)
        result = reset_factor(
            session, tenant_id=visit.tenant_id, by=visit.person.account.id, account_id=person_id, now=visit.now
        )
        if result is None:
            raise HTTPException(404)
        if isinstance(result, Refusal):
            return visit.go(page, result.sentence, tone="bad")
        tell_factor(session, FactorNews.RESET, result, base_url=visit.services.settings.base_url, now=visit.now)
        session.commit()
    return visit.go(page, f"Le second facteur de {result.full_name} est réinitialisé ; un courriel l’en avertit.")

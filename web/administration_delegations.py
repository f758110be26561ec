"""Administration of delegations: all those of the tenant, with their legal acts and their ceilings."""

from __future__ import annotations

from datetime import timedelta

from starlette.datastructures import UploadFile
from starlette.exceptions import HTTPException
from starlette.responses import Response

from engine.desks.delegation_form import DelegationForm
from engine.desks.delegation_queries import delegation_view, delegations_listed, substitute_choices
from engine.desks.delegations import Deed, end_delegation, give_delegation
from engine.desks.queries import all_desks, holders
from engine.documents.names import clean_name
from engine.documents.store import CHUNK, Spooled
from engine.papers.sandbox import run_in_child
from engine.refusals import Faults, Refusal, Refused
from engine.typology.queries import kinds
from notifications.delegations import send_delegated, send_delegation_ended
from web.asked import found, identifier_in
from web.documents import send_kept
from web.visits import Visit, today

DELEGATIONS = "/administration/delegations"
#: For so long after its end, a delegation stays in the list; the journal tells the others.
LISTED = timedelta(days=366)


def show_delegations(visit: Visit) -> Response:
    """Those in force, those to come, and those that ended within a year."""
    with visit.services.database.reading() as session:
        listed = delegations_listed(session, visit.tenant_id, now=visit.now, since=visit.now - LISTED)
        known = kinds(session, visit.tenant_id)
    listed = [view for view in listed if visit.has_charge_of(view.desk.id)]
    return visit.render("administration/delegations.html", listed=listed, kinds=known)


def show_new(visit: Visit) -> Response:
    """The form."""
    return _page(visit, DelegationForm(first_day=today(visit).isoformat()), {})


def do_give(visit: Visit) -> Response:
    """Have a desk replaced; the deed is kept with the documents of the tenant."""
    upload = visit.upload("deed")
    try:
        spooled = _received(visit, upload) if upload is not None else None
    except Refused as refused:
        return _page(visit, _form(visit), {"deed": str(refused)})
    try:
        return _give(visit, spooled, clean_name(upload.filename or "") if upload is not None else "")
    finally:
        if spooled is not None:
            spooled.discard()


def _give(visit: Visit, spooled: Spooled | None, name: str) -> Response:
    form, base_url = _form(visit), visit.services.settings.base_url
    if form.delegating_desk_id is not None and not visit.has_charge_of(form.delegating_desk_id):
        raise HTTPException(404)
    with visit.services.database.writing() as session:
        known = kinds(session, visit.tenant_id)
        result = give_delegation(
            session,
            tenant_id=visit.tenant_id,
            by=visit.person.account.id,
            form=form,
            kinds=known,
            deed=Deed(name, spooled.sha256, spooled.size) if spooled is not None else None,
            now=visit.now,
        )
        if isinstance(result, Faults):
            return _page(visit, form, result.sentences)
        send_delegated(session, [result], known, zone=visit.zone, base_url=base_url, now=visit.now)
        if spooled is not None:
            visit.services.store.keep(visit.tenant_id, spooled)
        session.commit()
    return visit.go(DELEGATIONS, "La délégation est enregistrée ; ceux qui remplacent sont prévenus.")


def do_end(visit: Visit) -> Response:
    """End a delegation before its last day."""
    _in_charge(visit)
    with visit.services.database.writing() as session:
        result = found(
            end_delegation(
                session,
                tenant_id=visit.tenant_id,
                by=visit.person.account.id,
                delegation_id=visit.identifier("delegation"),
                now=visit.now,
            )
        )
        if isinstance(result, Refusal):
            return visit.go(DELEGATIONS, result.sentence, tone="bad")
        send_delegation_ended(session, result, base_url=visit.services.settings.base_url, now=visit.now)
        session.commit()
    return visit.go(DELEGATIONS, "La délégation a pris fin ; ceux qui remplaçaient sont prévenus.")


def show_deed(visit: Visit) -> Response:
    """The legal act, to keep."""
    _in_charge(visit)
    with visit.services.database.reading() as session:
        view = found(delegation_view(session, visit.tenant_id, visit.identifier("delegation"), now=visit.now))
    given = view.delegation
    if given.deed_sha256 is None:
        raise HTTPException(404)
    return send_kept(visit, given.deed_name, given.deed_sha256, given.deed_size)


def _in_charge(visit: Visit) -> None:
    """404 when the delegation is of a desk that this person does not administer."""
    with visit.services.database.reading() as session:
        view = found(delegation_view(session, visit.tenant_id, visit.identifier("delegation"), now=visit.now))
    if not visit.has_charge_of(view.desk.id):
        raise HTTPException(404)


def _received(visit: Visit, upload: UploadFile) -> Spooled:
    pieces = iter(lambda: upload.file.read(CHUNK), b"")
    spooled = visit.services.store.receive(pieces, max_bytes=visit.services.settings.max_upload_bytes)
    try:
        run_in_child("engine.papers.pdf.inspect_kept", spooled.path)
    except BaseException:
        spooled.discard()
        raise
    return spooled


def _form(visit: Visit) -> DelegationForm:
    return DelegationForm(
        delegating_desk_id=identifier_in(visit.text("desk")),
        substitute_desk_id=identifier_in(visit.text("substitute")),
        first_day=visit.text("first_day"),
        last_day=visit.text("last_day"),
        kind=visit.text("kind"),
        principal_id=identifier_in(visit.text("principal")),
        ceiling=visit.text("ceiling"),
        deed_number=visit.text("deed_number"),
        deed_day=visit.text("deed_day"),
    )


def _page(visit: Visit, form: DelegationForm, faults: dict[str, str]) -> Response:
    with visit.services.database.reading() as session:
        every = all_desks(session, visit.tenant_id)
        desks = [desk for desk in every if desk.closed_at is None and visit.has_charge_of(desk.id)]
        people = holders(session, [desk.id for desk in desks])
        known = kinds(session, visit.tenant_id)
        offered = substitute_choices(session, visit.tenant_id)
    shared = [(desk, account) for desk in desks if len(people[desk.id]) > 1 for account in people[desk.id]]
    return visit.render(
        "administration/delegation.html",
        status=422 if faults else 200,
        form=form,
        faults=faults,
        desks=desks,
        people=people,
        shared=shared,
        kinds=known,
        offered=offered,
    )

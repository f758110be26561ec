"""Depositing a folder."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from decimal import Decimal
from typing import Any
from uuid import UUID

from sqlmodel import Session
from starlette.datastructures import UploadFile
from starlette.responses import Response

from engine.desks.model import Desk
from engine.desks.queries import desks_depositing
from engine.documents.store import CHUNK
from engine.euros import read_euros
from engine.folders.actions import Deposited, deposit
from engine.folders.model import Folder
from engine.folders.rules import refuse_title
from engine.folders.sending import send_folder
from engine.papers.pdf import PaperFacts
from engine.papers.sandbox import run_in_child
from engine.refusals import Refusal, Refused
from engine.typology.model import Subtype
from engine.typology.queries import subtypes
from engine.typology.rules import may_deposit
from web.choosing import answers, way_of
from web.visits import Visit


def show_deposit(visit: Visit) -> Response:
    """The form."""
    return _form(visit, {})


def show_circuit(visit: Visit) -> Response:
    """The pieces of the form that depend on the desk and on what is chosen: for a page that has a script."""
    return visit.fragment("deposit/circuit.html", **_around(visit), faults={})


def do_deposit(visit: Visit) -> Response:
    """Receive, check, keep, and send unless a draft was asked for."""
    faults = _faults(visit)
    upload = visit.upload("document")
    if faults or upload is None:
        return _form(visit, faults)
    try:
        folder = _deposit(visit, upload)
    except Refused as refusal:
        return _form(visit, {"document": str(refusal)})
    if isinstance(folder, Refusal):
        return _form(visit, {"form": folder.sentence})
    if visit.text("suite") == "brouillon":
        return visit.go(f"/dossiers/{folder.id}", "Le brouillon est enregistré.")
    return send(visit, folder.id)


def send(visit: Visit, folder_id: UUID) -> Response:
    """Send a draft into its circuit; a refusal leaves the draft as it is and says why."""
    services = visit.services
    try:
        sent = send_folder(
            services.database,
            services.store,
            services.library,
            tenant_id=visit.tenant_id,
            account=visit.person.account,
            folder_id=folder_id,
            now=visit.now,
        )
    except Refused as refused:
        sent = refused.refusal
    if isinstance(sent, Refusal):
        return visit.go(f"/dossiers/{folder_id}", f"Le dossier n’est pas envoyé. {sent.sentence}", tone="bad")
    return visit.go(f"/dossiers/{sent.id}", "Le dossier est envoyé dans son circuit.")


def _faults(visit: Visit) -> dict[str, str]:
    """What is wrong in the form, by field, before anything is received."""
    faults = {}
    if refusal := refuse_title(visit.text("title")):
        faults["title"] = refusal.sentence
    with visit.services.database.reading() as session:
        desks = _depositing_desks(visit, session)
        known = {subtype.id: subtype for _, subtype in subtypes(session, visit.tenant_id)}
    chosen = known.get(_identifier(visit.text("subtype")))
    if chosen is None:
        faults["subtype"] = "Choisissez le type du dossier dans la liste."
    elif refusal := _amount_fault(visit, chosen):
        faults["amount"] = refusal.sentence
    if chosen is not None and visit.text("suite") != "brouillon":
        faults |= _choice_faults(visit, chosen, desks)
    if visit.text("desk") and _identifier(visit.text("desk")) not in {desk.id for desk in desks}:
        faults["desk"] = "Choisissez l’un de vos bureaux."
    if visit.upload("document") is None:
        faults["document"] = "Choisissez le PDF à déposer."
    return faults


def _choice_faults(visit: Visit, subtype: Subtype, desks: Sequence[Desk]) -> dict[str, str]:
    """What is wrong with the desks chosen for the steps of the circuit."""
    emitter = _chosen(visit, "desk", [desk.id for desk in desks])
    with visit.services.database.reading() as session:
        way = way_of(visit, session, subtype, emitter, answers(visit, subtype.id))
    return way.faults(next((desk.name for desk in desks if desk.id == emitter), ""))


def _amount_fault(visit: Visit, subtype: Subtype) -> Refusal | None:
    """What is wrong with the amount, where this sub-type asks for one."""
    amount = _amount(visit)
    if isinstance(amount, Refusal):
        return amount if subtype.asks_amount else None
    return may_deposit(subtype, amount)


def _amount(visit: Visit) -> Decimal | Refusal | None:
    return read_euros(visit.text("amount"))


def _depositing_desks(visit: Visit, session: Session) -> list[Desk]:
    return desks_depositing(session, visit.tenant_id, visit.person.account.id)


def _identifier(text: str) -> UUID | None:
    try:
        return UUID(text)
    except ValueError:
        return None


def received(visit: Visit, upload: UploadFile) -> Deposited:
    """A document that was sent, inspected then kept in the store. Raises :class:`Refused` when it cannot be taken."""
    store = visit.services.store
    spooled = store.receive(_chunks(upload), max_bytes=visit.services.settings.max_upload_bytes)
    try:
        facts: PaperFacts = run_in_child("engine.papers.pdf.inspect_upload", spooled.path)
        store.keep(visit.tenant_id, spooled)
    finally:
        spooled.discard()
    return Deposited(upload.filename or "", spooled.sha256, spooled.size, facts.media_type, facts.pages)


def _deposit(visit: Visit, upload: UploadFile) -> Folder | Refusal:
    document, amount = received(visit, upload), _amount(visit)
    with visit.services.database.writing() as session:
        folder = deposit(
            session,
            tenant_id=visit.tenant_id,
            account=visit.person.account,
            subtype_id=UUID(visit.text("subtype")),
            title=visit.text("title"),
            document=document,
            desk_id=_identifier(visit.text("desk")),
            amount=None if isinstance(amount, Refusal) else amount,  # then the sub-type does not ask for it
            library=visit.services.library,
            chosen=answers(visit, UUID(visit.text("subtype"))),
            now=visit.now,
        )
        if isinstance(folder, Folder):
            session.commit()
    return folder


def _chunks(upload: UploadFile) -> Iterator[bytes]:
    return iter(lambda: upload.file.read(CHUNK), b"")


def _form(visit: Visit, faults: dict[str, str]) -> Response:
    """The form, with what was typed and what is wrong beside each field."""
    around = _around(visit)
    types = around["types"]
    return visit.render(
        "deposit/form.html",
        status=422 if faults else 200,
        faults={"form": "", "title": "", "subtype": "", "desk": "", "document": "", "amount": "", **faults},
        faulty=bool(faults),
        **around,
        chosen=_chosen(visit, "subtype", [subtype.id for _, subtype in types]),
        title=visit.text("title"),
        amount=visit.text("amount"),
        asking=[subtype for _, subtype in types if subtype.asks_amount],
        max_bytes=visit.services.settings.max_upload_bytes,
    )


def _around(visit: Visit) -> dict[str, Any]:
    """The desks in whose name one may deposit, the sub-types, and the circuit of each from the desk chosen."""
    with visit.services.database.reading() as session:
        desks = _depositing_desks(visit, session)
        types = subtypes(session, visit.tenant_id)
        emitter = _chosen(visit, "desk", [desk.id for desk in desks])
        ways = [way_of(visit, session, subtype, emitter, answers(visit, subtype.id)) for _, subtype in types]
    return {"desks": desks, "types": types, "emitter": emitter, "ways": ways}


def _chosen(visit: Visit, field: str, offered: Sequence[UUID]) -> UUID | None:
    """What was chosen among what is offered, in the form or in the address, else the first of it."""
    asked = _identifier(visit.text(field) or visit.request.query_params.get(field, ""))
    return asked if asked in offered else next(iter(offered), None)

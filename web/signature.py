"""The three calls of the signing sheet, in JSON."""

from __future__ import annotations

import base64
import binascii
from uuid import UUID

from starlette.exceptions import HTTPException
from starlette.responses import JSONResponse, Response, StreamingResponse

from engine.folders.drawn import drawn_step
from engine.folders.facts import heads_seal, main_heads
from engine.folders.model import Act, Folder, Step
from engine.folders.signature import (
    KeyHolder,
    check_certificate,
    finish_signature,
    open_prepared,
    prepare_signature,
    register_certificate,
)
from engine.refusals import Refusal, Refused
from signing.certificates import CertificateFacts
from web.acts import after_act
from web.folders import folder_of
from web.french import day
from web.sheets import values_typed
from web.visits import Visit, refused

#: How a page may sign: what its browser can do with a key file.
MECHANISMS = {"rsa-pkcs1", "rsa-pss", "ecdsa"}
#: Certificates that may come with the signer's own.
MAX_CHAIN = 10
#: Size of one certificate, in bytes.
MAX_CERTIFICATE = 20_000


def key_holder(visit: Visit) -> KeyHolder:
    """The public side of the person's key as the page declares it; 400 when it is not that."""
    body = visit.body
    try:
        chain = tuple(base64.b64decode(item, validate=True) for item in body["chain"])
        certificate = base64.b64decode(body["certificate"], validate=True)
        mechanism = str(body["mechanism"])
    except (KeyError, TypeError, ValueError, binascii.Error):
        raise HTTPException(400) from None
    sizes = [len(certificate), *map(len, chain)]
    if mechanism not in MECHANISMS or len(chain) > MAX_CHAIN or max(sizes) > MAX_CERTIFICATE:
        raise HTTPException(400)
    return KeyHolder(certificate, chain, mechanism)


def _told(visit: Visit, facts: CertificateFacts | Refusal) -> Response:
    if isinstance(facts, Refusal):
        return refused(facts, 422)
    expires = day(facts.not_after, visit.zone)
    return JSONResponse({"holder": facts.common_name, "issuer": facts.issuer, "expires": expires})


def check(visit: Visit) -> Response:
    """Whether this certificate may sign for this person."""
    holder = key_holder(visit)
    with visit.services.database.reading() as session:
        folder_of(visit, session)
        facts = check_certificate(session, visit.services.trust, visit.person.account, holder, now=visit.now)
    return _told(visit, facts)


def register(visit: Visit) -> Response:
    """« Mes certificats »: check a certificate and note it as this person's."""
    holder = key_holder(visit)
    with visit.services.database.writing() as session:
        facts = register_certificate(session, visit.services.trust, visit.person.account, holder, now=visit.now)
        if not isinstance(facts, Refusal):
            session.commit()
    return _told(visit, facts)


def prepare(visit: Visit) -> Response:
    """Append a revision with a hole, and give the bytes to sign."""
    holder = key_holder(visit)
    folder, step_id = _folder_and_step(visit)
    services = visit.services
    try:
        prepared = prepare_signature(
            services.database,
            services.store,
            services.trust,
            tenant_id=visit.tenant_id,
            account=visit.person.account,
            step_id=step_id,
            seen_heads=str(visit.body.get("heads", "")),
            holder=holder,
            zone=visit.zone,
            now=visit.now,
        )
    except Refused as error:
        prepared = error.refusal
    if isinstance(prepared, Refusal):
        return _refusal(visit, prepared)
    return JSONResponse(
        {
            "documents": [
                {
                    "id": str(item.id),
                    "name": item.name,
                    "url": f"/dossiers/{folder.id}/signature/{item.id}/document",
                    "start": item.start,
                    "end": item.end,
                    "attributes": base64.b64encode(item.attributes).decode(),
                }
                for item in prepared
            ]
        }
    )


def finish(visit: Visit) -> Response:
    """Verify, embed, act."""
    try:
        signatures = {
            UUID(str(item["id"])): base64.b64decode(item["signature"], validate=True)
            for item in visit.body["signatures"]
        }
    except (KeyError, TypeError, ValueError, binascii.Error):
        raise HTTPException(400) from None
    typed, answer = _typed(visit), str(visit.body.get("outcome", ""))
    folder, step_id = _folder_and_step(visit)
    services = visit.services
    with services.database.reading() as session:
        me = visit.person.account.id
        drawn = drawn_step(session, services.library, visit.tenant_id, me, step_id, now=visit.now)
    result = finish_signature(
        services.database,
        services.store,
        services.library,
        services.trust,
        tenant_id=visit.tenant_id,
        account=visit.person.account,
        step_id=step_id,
        signatures=signatures,
        now=visit.now,
        outcome=answer,
        fields=values_typed(drawn, typed) if drawn else {},
    )
    if isinstance(result, Refusal):
        return _refusal(visit, result)
    after = after_act(visit, folder, Act.SIGNATURE, drawn.spec.outcomes.get(answer, "") if drawn else "")
    response = JSONResponse({"next": after["address"]})
    visit.say(response, after["flash"], undo=after["undo"])
    return response


def _typed(visit: Visit) -> dict[str, str]:
    """The fields of the step, as the sheet sends them: texts by name; 400 when they are not that."""
    typed = visit.body.get("fields", {})
    if not isinstance(typed, dict) or not all(isinstance(text, str) for text in typed.values()):
        raise HTTPException(400)
    return {name: text.replace("\0", "") for name, text in typed.items()}


def prepared_document(visit: Visit) -> Response:
    """The prepared document, for the page to hash before it signs."""
    services = visit.services
    with services.database.reading() as session:
        folder_of(visit, session)
    with open_prepared(
        services.database,
        services.store,
        tenant_id=visit.tenant_id,
        account_id=visit.person.account.id,
        prepared_id=visit.identifier("prepared"),
    ) as pieces:
        if pieces is None:
            raise HTTPException(404)
        return StreamingResponse(pieces, media_type="application/pdf")


def _folder_and_step(visit: Visit) -> tuple[Folder, UUID]:
    """The folder of the address and the step named in the body, which must be one of its steps."""
    try:
        step_id = UUID(str(visit.body.get("step")))
    except ValueError:
        raise HTTPException(400) from None
    with visit.services.database.reading() as session:
        folder = folder_of(visit, session)
        step = session.get(Step, step_id)
    if step is None or step.folder_id != folder.id:
        raise HTTPException(404)
    return folder, step_id


def _refusal(visit: Visit, refusal: Refusal) -> Response:
    """When the document moved, the new seal goes with the refusal: the page may begin again at once."""
    if refusal.code != "head_moved":
        return refused(refusal, 422 if refusal.code.startswith("certificate_") else 409)
    with visit.services.database.reading() as session:
        heads = heads_seal(main_heads(session, folder_of(visit, session)))
    return refused(refusal, 409, heads=heads)

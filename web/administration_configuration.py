"""The configuration of a tenant as one file: downloaded, then brought in after what would change was shown."""

from __future__ import annotations

import base64
import binascii
import hashlib
import zlib

from sqlmodel import Session
from starlette.exceptions import HTTPException
from starlette.responses import Response

from engine.administration.configuration.applying import Applied, apply
from engine.administration.configuration.exporting import exported
from engine.administration.configuration.model import ConfigurationRefused
from engine.administration.configuration.nodes import MAX_BYTES
from engine.administration.configuration.reading import read
from engine.administration.configuration.writing import written
from engine.refusals import Refusal
from notifications.actions import send_invitation
from web.french import plural
from web.visits import Visit

CONFIGURATION = "/administration/configuration"
#: Characters that a form carries from the page that shows the changes to the one that makes them.
CARRIED = 900_000
NO_FILE = Refusal("configuration_missing", "Choisissez le fichier de configuration à importer.")
TOO_BIG = Refusal(
    "configuration_too_big",
    "Ce fichier est trop gros pour la page. Importez-le sur le serveur : « parapheur config import ».",
)
MOVED = Refusal(
    "configuration_moved",
    "La collectivité a changé depuis que vous avez regardé : voici ce que l’import ferait maintenant.",
)


def show_configuration(visit: Visit) -> Response:
    """Download, or choose a file."""
    return visit.render("administration/configuration.html", fault="", faults=())


def download_configuration(visit: Visit) -> Response:
    """The file."""
    with visit.services.database.reading() as session:
        text = written(exported(session, visit.tenant_id, now=visit.now))
    name = f"{visit.person.tenant.short_name}.yaml"
    headers = {"content-disposition": f'attachment; filename="{name}"'}
    return Response(text.encode(), media_type="application/yaml", headers=headers)


def do_look(visit: Visit) -> Response:
    """Say what a file would change; nothing is changed."""
    upload = visit.upload("file")
    if upload is None:
        return visit.render("administration/configuration.html", status=422, fault=NO_FILE.sentence, faults=())
    data = upload.file.read(MAX_BYTES + 1)
    carried = base64.b64encode(zlib.compress(data)).decode()
    if len(carried) > CARRIED:
        return visit.render("administration/configuration.html", status=422, fault=TOO_BIG.sentence, faults=())
    return _plan(visit, data, carried)


def do_import(visit: Visit) -> Response:
    """Bring in the file that was looked at, as long as it would still do the same."""
    carried = visit.text("carried")
    data = _opened(carried)
    try:
        with visit.services.database.writing() as session:
            applied = _apply(visit, session, data, inviting=bool(visit.text("invite")))
            if _seal(applied) != visit.text("seen"):
                session.rollback()
                return _plan(visit, data, carried, MOVED.sentence)
            for invited in applied.invited:
                base_url = visit.services.settings.base_url
                send_invitation(session, invited, visit.person.tenant, base_url=base_url, now=visit.now)
            session.commit()
    except ConfigurationRefused as refused:
        return _refused(visit, refused)
    said = plural(len(applied.changes), "changement est fait", "changements sont faits")
    return visit.go(CONFIGURATION, f"{said}. Le journal les garde.")


def _plan(visit: Visit, data: bytes, carried: str, fault: str = "") -> Response:
    try:
        with visit.services.database.writing() as session:
            applied = _apply(visit, session, data, inviting=False)
            session.rollback()
    except ConfigurationRefused as refused:
        return _refused(visit, refused)
    return visit.render(
        "administration/configuration_plan.html",
        status=409 if fault else 200,
        applied=applied,
        carried=carried,
        seen=_seal(applied),
        fault=fault,
    )


def _refused(visit: Visit, refused: ConfigurationRefused) -> Response:
    return visit.render("administration/configuration.html", status=422, fault="", faults=refused.faults)


def _apply(visit: Visit, session: Session, data: bytes, *, inviting: bool) -> Applied:
    return apply(
        session,
        read(data),
        tenant_id=visit.tenant_id,
        by=visit.person.account.id,
        services=visit.services.circuit_services,
        now=visit.now,
        inviting=inviting,
    )


def _opened(carried: str) -> bytes:
    """The file that a form carries; 400 when no page of ours sent it."""
    try:
        opening = zlib.decompressobj()
        data = opening.decompress(base64.b64decode(carried, validate=True), MAX_BYTES)
    except (binascii.Error, ValueError, zlib.error):
        raise HTTPException(400) from None
    if not opening.eof:
        raise HTTPException(400)
    return data


def _seal(applied: Applied) -> str:
    return hashlib.sha256("\n".join(applied.changes).encode()).hexdigest()

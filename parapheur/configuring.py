"""``parapheur config export`` and ``import``: the configuration of a town, as one file."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from sqlmodel import Session

from engine.administration.configuration.applying import Applied, apply
from engine.administration.configuration.exporting import exported
from engine.administration.configuration.model import Configuration, ConfigurationRefused
from engine.administration.configuration.nodes import MAX_BYTES
from engine.administration.configuration.reading import read
from engine.administration.configuration.writing import written
from engine.clock import utc_now
from engine.people.model import Tenant
from engine.people.queries import account_at
from notifications.actions import send_invitation
from parapheur.checking import NOT_WELL, OK, WRONG_USAGE, no_tenant, opened, tenant_named
from parapheur.given import read_up_to, unreadable
from parapheur.settings import Settings
from parapheur.wiring import CIRCUIT_SERVICES


def export_file(options: argparse.Namespace, settings: Settings) -> int:
    """Write the configuration of a town in ``options.file``, else on the screen; 2 when it cannot be."""
    with opened(settings) as database, database.reading() as session:
        tenant = tenant_named(session, options.tenant)
        if tenant is None:
            print(no_tenant(options.tenant), file=sys.stderr)
            return WRONG_USAGE
        text = written(exported(session, tenant.id, now=utc_now()))
    target: Path | None = options.file
    if target is None:
        sys.stdout.write(text)
        return OK
    try:
        with target.open("x", encoding="utf-8", newline="\n") as file:
            file.write(text)
    except FileExistsError:
        print(f"{target} existe déjà ; choisissez un autre nom.", file=sys.stderr)
        return WRONG_USAGE
    except OSError as error:
        print(f"{target} ne peut pas être écrit ({error.strerror}).", file=sys.stderr)
        return WRONG_USAGE
    print(f"{target} : la configuration de « {tenant.name} » est écrite.")
    return OK


def import_file(options: argparse.Namespace, settings: Settings) -> int:
    """Bring a town to what a file says, or with ``--dry-run`` say what would change.

    1: the file is refused, every fault is printed and nothing is changed. 2: something named does not exist.
    """
    path: Path = options.file
    if faults := unreadable([path]):
        print("\n".join(faults), file=sys.stderr)
        return WRONG_USAGE
    try:
        configuration = read(read_up_to(path, MAX_BYTES))
        with opened(settings) as database, database.writing() as session:
            tenant, by = tenant_named(session, options.tenant), account_at(session, options.by)
            if tenant is None or by is None:
                nobody = f"Personne n’a de compte à l’adresse « {options.by} ». Vérifiez-la."
                print(no_tenant(options.tenant) if tenant is None else nobody, file=sys.stderr)
                return WRONG_USAGE
            applied = apply(
                session,
                configuration,
                tenant_id=tenant.id,
                by=by.id,
                services=CIRCUIT_SERVICES,
                now=utc_now(),
                inviting=options.invite,
            )
            if not options.dry_run:
                _invite(session, applied, tenant, settings)
                session.commit()
    except ConfigurationRefused as refused:
        print("\n".join(f"{path} : {fault}" for fault in refused.faults), file=sys.stderr)
        print(f"{path} : rien n’a été changé.", file=sys.stderr)
        return NOT_WELL
    _tell(applied, configuration, dry_run=options.dry_run)
    return OK


def _invite(session: Session, applied: Applied, tenant: Tenant, settings: Settings) -> None:
    for invited in applied.invited:
        send_invitation(session, invited, tenant, base_url=settings.base_url.rstrip("/"), now=utc_now())


def _tell(applied: Applied, configuration: Configuration, *, dry_run: bool) -> None:
    for sentence in applied.changes:
        print(f"{'changerait' if dry_run else 'changé'} : {sentence}")
    for note in applied.notes:
        print(f"reste : {note}")
    if not applied.changes:
        print(f"« {configuration.town.name} » : rien n’est à changer.")
    elif dry_run:
        print("Rien n’a été changé : relancez sans --dry-run.")

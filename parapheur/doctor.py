"""``parapheur doctor``: what is wrong, and the cure. Looking changes nothing."""

from __future__ import annotations

import os
import shutil
import smtplib
import ssl
import sys
from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from pathlib import Path

import obstore
from cryptography.x509 import load_pem_x509_certificate
from obstore.exceptions import BaseError
from obstore.store import from_url
from sqlalchemy import func
from sqlmodel import Session, col, select

from engine.clock import utc_now
from engine.folders.model import Folder
from engine.symptoms import Symptom
from engine.work.model import Upkeep, UpkeepRun, WorkItem
from parapheur.listening import tls_fault
from parapheur.migrating import NEWER, DatabaseFault, Standing, standing
from parapheur.settings import Settings, SettingsFault
from parapheur.trusting import load_trust
from parapheur.wiring import open_database
from signing.french import french_day
from web.rendering import AssetsMissing, static

#: Seconds given to a server to answer.
TIMEOUT = 5.0
#: Room below which the disk is said to be nearly full, in bytes.
ROOM = 1_000_000_000
#: How long before its end a certificate is to be renewed.
SOON = timedelta(days=15)
#: How long a row of work may wait after its time: beyond, nobody works, or too few do.
LATE = timedelta(minutes=10)
#: What two clocks may differ by.
SKEW = timedelta(minutes=2)


def examine(settings: Settings) -> int:
    """Look at everything; 1 when something is wrong."""
    status = 0
    for symptom in symptoms(settings):
        print(f"{'bien' if symptom.well else 'MAL ' if symptom.grave else 'voir'}  {symptom.what}")
        if not symptom.well:
            status = status or int(symptom.grave)
            print(f"      Remède : {symptom.cure}")
    return status


def symptoms(settings: Settings) -> Iterator[Symptom]:
    """Everything that is looked at, in order; the page of the health of the installation shows the same."""
    for check in _CHECKS:
        yield from check(settings)


def _python(_settings: Settings) -> Iterator[Symptom]:
    version = sys.version_info
    what = f"Python {version.major}.{version.minor}"
    yield Symptom(version >= (3, 11), what, "Installez Python 3.11 ou plus récent.")


def _data_dir(settings: Settings) -> Iterator[Symptom]:
    what = f"Dossier des données : {settings.data_dir}"
    nearest, writable = _writable(settings.data_dir)
    yield Symptom(writable, what, f"Rendez {nearest} accessible en écriture, ou changez PARAPHEUR_DATA_DIR.")
    room = shutil.disk_usage(nearest).free
    what = f"Place sur le disque : {room / 1e9:.1f} Go".replace(".", ",")
    yield Symptom(room >= ROOM, what, "Libérez de la place : sans elle, plus rien ne peut être déposé ni signé.")


def _database(settings: Settings) -> Iterator[Symptom]:
    if not settings.database_url and not (settings.data_dir / "parapheur.db").exists():
        yield Symptom(False, f"Base de données {settings.database}", "Créez-la : « parapheur migrate ».")
        return
    database = open_database(settings)
    what = f"Base de données {database.url.render_as_string(hide_password=True)}"
    try:
        found = standing(database)
        cure = NEWER if found is Standing.STRANGER else "Lancez « parapheur migrate »."
        yield Symptom(found is Standing.CURRENT, what, cure)
        if found is Standing.CURRENT:
            with database.reading() as session:
                yield from _work(session)
                yield from _backups(session, settings)
    except DatabaseFault as fault:
        yield Symptom(False, what, str(fault))
    finally:
        database.dispose()


def _work(session: Session) -> Iterator[Symptom]:
    """Whether somebody works, nothing was given up, and the clock goes forward."""
    now, undone = utc_now(), col(WorkItem.done_at).is_(None)
    given_up = select(func.count()).select_from(WorkItem).where(undone, col(WorkItem.failed_at).is_not(None))
    count = session.exec(given_up).one()
    cure = "Voyez leur erreur dans Administration, Travaux ; corrigez la cause, puis faites-les réessayer."
    yield Symptom(count == 0, f"Travaux arrêtés après trop d’échecs : {count}", cure)
    oldest = session.exec(
        select(func.min(WorkItem.available_at)).where(undone, col(WorkItem.failed_at).is_(None))
    ).one()
    late = oldest is not None and now - oldest > LATE
    what = f"Travaux en retard : le plus ancien attend depuis le {_moment(oldest)}" if late else "Travaux à jour"
    yield Symptom(not late, what, "Démarrez un processus de travail : « parapheur worker », ou son unité systemd.")
    newest = session.exec(select(func.max(WorkItem.created_at))).one()
    ahead = newest is not None and newest - now > SKEW
    what = f"Horloge : elle était en avance le {_moment(newest)}, ou retarde" if ahead else "Horloge"
    yield Symptom(not ahead, what, "Réglez l’heure de cette machine, et laissez un service NTP la tenir.")


def _backups(session: Session, settings: Settings) -> Iterator[Symptom]:
    """Whether what people deposited was saved not long ago."""
    if not settings.backup_max_age_hours or session.exec(select(Folder.id).limit(1)).first() is None:
        return
    ended = select(func.max(UpkeepRun.ended_at)).where(UpkeepRun.kind == Upkeep.BACKUP)
    last = session.exec(ended).one()
    well = last is not None and utc_now() - last < timedelta(hours=settings.backup_max_age_hours)
    what = f"Dernière sauvegarde : {_moment(last) or 'jamais'}"
    cure = "Lancez « parapheur backup DOSSIER », et chaque nuit par l’unité « parapheur-backup.timer »."
    yield Symptom(well, what, f"{cure} Sauvegardé autrement : PARAPHEUR_BACKUP_MAX_AGE_HOURS=0.", grave=False)


def _moment(moment: datetime | None) -> str:
    return f"{french_day(moment)} à {moment:%H h %M} (temps universel)" if moment else ""


def _store(settings: Settings) -> Iterator[Symptom]:
    what = f"Documents : {settings.store}"
    if "://" in settings.store:
        try:
            # One page of the list is enough to know that the address, the rights and the network are good.
            store = from_url(settings.store, retry_config={"max_retries": 0})
            next(iter(obstore.list(store, chunk_size=1)), None)
        except (BaseError, OSError, ValueError) as error:
            reason = str(error).strip().splitlines()[0][:200]
            yield Symptom(False, what, f"Vérifiez PARAPHEUR_DOCUMENTS et les variables AWS_… ({reason}).")
            return
        yield Symptom(True, what)
        return
    nearest, writable = _writable(Path(settings.store))
    yield Symptom(writable, what, f"Rendez {nearest} accessible en écriture, ou changez PARAPHEUR_DOCUMENTS.")


def _assets(_settings: Settings) -> Iterator[Symptom]:
    try:
        static("main.css")
    except AssetsMissing:
        yield Symptom(False, "Fichiers du navigateur", "Lancez « make build ».")
        return
    yield Symptom(True, "Fichiers du navigateur")


def _tls(settings: Settings) -> Iterator[Symptom]:
    certificate, key = settings.tls_certificate, settings.tls_key
    if certificate is None or key is None:
        return
    what = f"Certificat du serveur : {certificate}"
    if fault := tls_fault(certificate, key):
        yield Symptom(False, what, fault)
        return
    end = load_pem_x509_certificate(certificate.read_bytes()).not_valid_after_utc
    yield Symptom(end > utc_now() + SOON, f"{what}, valable jusqu’au {french_day(end)}", "Renouvelez-le.")


def _smtp(settings: Settings) -> Iterator[Symptom]:
    what = f"Serveur SMTP {settings.smtp_host}:{settings.smtp_port}"
    try:
        _greet(settings)
    except smtplib.SMTPAuthenticationError:
        cure = "Il refuse PARAPHEUR_SMTP_USER et PARAPHEUR_SMTP_PASSWORD : corrigez-les. Les courriels attendent."
        yield Symptom(False, what, cure)
    except (OSError, ValueError) as error:  # smtplib's own faults are OSErrors
        names = "PARAPHEUR_SMTP_HOST, PARAPHEUR_SMTP_PORT et PARAPHEUR_SMTP_SECURITY"
        yield Symptom(False, what, f"Vérifiez {names} ({error}). Les courriels attendent.")
    else:
        yield Symptom(True, what)


def _greet(settings: Settings) -> None:
    """Everything that comes before a mail: connection, encryption, identification."""
    where = {"host": settings.smtp_host, "port": settings.smtp_port, "timeout": TIMEOUT}
    context = ssl.create_default_context()
    tls = settings.smtp_security == "tls"
    with smtplib.SMTP_SSL(**where, context=context) if tls else smtplib.SMTP(**where) as server:  # type: ignore[arg-type]
        if settings.smtp_security == "starttls":
            server.starttls(context=context)
        if settings.smtp_user:
            server.login(settings.smtp_user, settings.smtp_password)
        else:
            server.noop()


def _trust(settings: Settings) -> Iterator[Symptom]:
    try:
        trust = load_trust(settings)
    except SettingsFault as fault:
        yield Symptom(False, "Autorités de certification", str(fault).splitlines()[-1].strip(" –"))
        return
    cure = "Nommez au moins une autorité dans PARAPHEUR_TRUST_ANCHORS : sans elle, personne ne peut signer."
    yield Symptom(bool(trust.roots), f"Autorités de certification reconnues : {len(trust.roots)}", cure)
    for root in trust.roots:
        if root.not_valid_after < utc_now():
            name = root.subject.native.get("common_name", "?")
            yield Symptom(False, f"Autorité « {name} » expirée", "Remplacez-la par son nouveau certificat.")


def _legal(settings: Settings) -> Iterator[Symptom]:
    """What the law wants public pages to say; without it the product works, and its pages say that it is missing."""
    wanted = {
        "PARAPHEUR_LEGAL_PUBLISHER": settings.legal_publisher,
        "PARAPHEUR_LEGAL_DIRECTOR": settings.legal_director,
        "PARAPHEUR_LEGAL_HOST": settings.legal_host,
        "PARAPHEUR_PRIVACY_CONTACT": settings.privacy_contact,
        "PARAPHEUR_PRIVACY_RETENTION": settings.privacy_retention,
    }
    missing = [name for name, value in wanted.items() if not value]
    what = "Mentions légales et données personnelles"
    cure = f"Remplissez {', '.join(missing)} : les pages publiques disent en attendant que cela manque."
    yield Symptom(not missing, what, cure, grave=False)


def _writable(folder: Path) -> tuple[Path, bool]:
    """The folder, or the nearest above it that exists, and whether one can write there."""
    nearest = next(path for path in (folder.absolute(), *folder.absolute().parents) if path.exists())
    return nearest, nearest.is_dir() and os.access(nearest, os.W_OK | os.X_OK)


_CHECKS: tuple[Callable[[Settings], Iterator[Symptom]], ...] = (
    _python,
    _data_dir,
    _database,
    _store,
    _assets,
    _tls,
    _smtp,
    _trust,
    _legal,
)

"""``parapheur demo``: everything up on one machine, with people to log in as."""

from __future__ import annotations

import os
import shutil
import signal
import socket
import ssl
import subprocess
import sys
import threading
import time
import urllib.error
import urllib.request
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from engine.clock import utc_now
from parapheur.demo.authority import ensure_tls
from parapheur.demo.mailcatcher import catch_mails
from parapheur.demo.seed import SeedReport, seed
from parapheur.migrating import migrate
from parapheur.settings import load_settings
from parapheur.wiring import open_database, open_store

FOLDER = Path("var")
#: Seconds given to the page to answer at start.
PATIENCE = 60.0


@dataclass(frozen=True, slots=True)
class _Place:
    host: str
    port: int
    smtp_port: int
    address: str  #: what people type
    environment: dict[str, str]
    authority: Path | None  #: local TLS authority, when the demonstration is served to other machines


def run_demo(host: str, port: int, *, reset: bool) -> int:
    """Start the mail catcher, the server and the worker; stop all when one stops or when asked to."""
    if reset:
        shutil.rmtree(FOLDER / "demo", ignore_errors=True)
    if not _is_free(host, port):
        print(
            f"Le port {port} est déjà pris sur {host} : arrêtez ce qui l’occupe,"
            f" ou choisissez-en un autre, par exemple « make demo PORT={port + 1} ».",
            file=sys.stderr,
        )
        return 1
    place = _place(host, port)
    os.environ.update(place.environment)
    report = _prepare(place)
    catcher = catch_mails(FOLDER / "demo" / "courriels", place.smtp_port)
    children = [_child("serve"), _child("worker")]
    try:
        if not _answers(place, children):
            print("Le serveur n’a pas démarré ; son message est au-dessus.", file=sys.stderr)
            return 1
        _tell(place, report)
        return _watch(children)
    finally:
        for child in children:
            with suppress(ProcessLookupError):
                child.terminate()
        for child in children:
            child.wait(timeout=15)
        catcher.stop()


def _is_free(host: str, port: int) -> bool:
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError:
            return False
    return True


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _lan_address() -> str:
    """The address other machines of the network can use; nothing is sent to find it."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        try:
            probe.connect(("192.0.2.1", 9))  # TEST-NET-1 (RFC 5737): only asks which interface would be used
            return str(probe.getsockname()[0])
        except OSError:
            return "127.0.0.1"


def _place(host: str, port: int) -> _Place:
    folder, smtp_port = FOLDER / "demo", _free_port()
    environment = {
        "PARAPHEUR_DATA_DIR": str(folder),
        "PARAPHEUR_HOST": host,
        "PARAPHEUR_PORT": str(port),
        "PARAPHEUR_SMTP_HOST": "127.0.0.1",
        "PARAPHEUR_SMTP_PORT": str(smtp_port),
        "PARAPHEUR_MAIL_FROM": "parapheur@saint-aubin.example",
        "PARAPHEUR_DEMO_MAILS": str(folder / "courriels"),
        "PARAPHEUR_TRUST_ANCHORS": f'["{folder / "certificats" / "ac-racine.pem"}"]',
    }
    if host in {"127.0.0.1", "localhost", "::1"}:
        address = f"http://localhost:{port}"
        return _Place(host, port, smtp_port, address, {**environment, "PARAPHEUR_BASE_URL": address}, None)
    name = _lan_address() if host in {"0.0.0.0", "::"} else host  # noqa: S104 compared, not bound
    hosts = list(dict.fromkeys([name, "localhost", "127.0.0.1", socket.gethostname()]))
    authority, certificate, key = ensure_tls(folder / "tls", hosts, utc_now())
    address = f"https://{name}:{port}"
    environment |= {
        "PARAPHEUR_BASE_URL": address,
        "PARAPHEUR_TLS_CERTIFICATE": str(certificate),
        "PARAPHEUR_TLS_KEY": str(key),
    }
    return _Place(host, port, smtp_port, address, environment, authority)


def _prepare(place: _Place) -> SeedReport:
    folder = FOLDER / "demo"
    # The authority's file is made by the seed: settings that name it can only be checked afterwards.
    settings = load_settings(trust_anchors=[], data_dir=folder)
    database = open_database(settings)
    migrate(database)
    report = seed(database, open_store(settings), folder, utc_now())
    database.dispose()
    return report


def _child(command: str) -> subprocess.Popen[bytes]:
    return subprocess.Popen([sys.executable, "-m", "parapheur.cli", command])  # noqa: S603 our own command


def _answers(place: _Place, children: list[subprocess.Popen[bytes]]) -> bool:
    context = ssl.create_default_context(cafile=str(place.authority)) if place.authority else None
    scheme = "https" if place.authority else "http"
    end = time.monotonic() + PATIENCE
    while time.monotonic() < end and all(child.poll() is None for child in children):
        with suppress(urllib.error.URLError, OSError):
            url = f"{scheme}://localhost:{place.port}/sante"
            urllib.request.urlopen(url, timeout=5, context=context).close()  # noqa: S310 our own address
            return True
        time.sleep(0.1)
    return False


def _watch(children: list[subprocess.Popen[bytes]]) -> int:
    asked = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: asked.set())
    while not asked.wait(0.5):
        for child in children:
            if child.poll() is not None:
                print(f"Le processus « {child.args[-1]} » s’est arrêté : tout s’arrête.", file=sys.stderr)  # type: ignore[index]
                return 1
    print("Arrêt de la démonstration ; les données sont gardées dans var/demo.")
    return 0


def _tell(place: _Place, report: SeedReport) -> None:
    made = "vient d’être créée" if report.created else "est celle de la dernière fois"
    print(f"\nParapheur, démonstration : la commune fictive de Saint-Aubin-des-Grèves {made}.\n")
    print(f"  Adresse        {place.address}")
    print(f"  Courriels      {place.address}/demo/courriels")
    print(f"  Vérifier       {place.address}/verifier\n")
    print(f"  Connectez-vous avec l’une de ces adresses ; mot de passe de tous : {report.password}\n")
    for email, title in report.people:
        key = report.p12_files.get(email)
        print(f"    {email:34} {title}")
        if key:
            print(f"    {'':34} certificat : {key}")
    print(f"\n  Mot de passe des certificats : {report.p12_password}")
    print(f"  Pour essayer les refus : {report.authority.parent}/certificat-expire.p12 et autorite-inconnue.p12")
    if place.authority:
        print(f"\n  Servi en HTTPS. Pour éviter l’avertissement du navigateur, installez l’autorité {place.authority}")
    print("\n  Ctrl-C pour arrêter ; « make demo-reset » pour repartir de zéro.\n", flush=True)

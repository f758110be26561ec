"""``parapheur demo``: everything up on one machine, with people to log in as."""

from __future__ import annotations

import fcntl
import json
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
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

from engine.clock import utc_now
from parapheur.demo.authority import ensure_tls
from parapheur.demo.mailcatcher import catch_mails
from parapheur.demo.seed import SeedReport, seed
from parapheur.listening import listening_fault
from parapheur.migrating import migrate
from parapheur.settings import load_settings
from parapheur.wiring import open_database, open_store

#: Under the folder where the command is started.
FOLDER = Path("var")
#: Seconds given to the page to answer at start.
PATIENCE = 60.0
#: Seconds given to a child to stop by itself: longer than what the server gives to requests under way.
FAREWELL = 15.0
_LOOPBACK = {"127.0.0.1", "localhost", "::1"}
_EVERYWHERE = {"0.0.0.0", "::"}  # noqa: S104 compared, not bound


@dataclass(frozen=True, slots=True)
class _Place:
    folder: Path
    smtp_port: int
    address: str  #: what people type
    environment: dict[str, str]
    authority: Path | None  #: local TLS authority, when the demonstration is served to other machines


def run_demo(host: str, port: int, *, reset: bool) -> int:
    """Start the mail catcher, the server and the worker; stop all when one stops or when asked to.

    Everything lives in ``var/demo`` under the current folder, which becomes that of the process: the settings of
    another installation there (``.env``, ``parapheur.toml``, variables) are left alone.
    """
    folder = (FOLDER / "demo").resolve()
    if fault := _fault_of(host, port):
        print(fault, file=sys.stderr)
        return 1
    with _alone(folder) as alone:
        if not alone:
            print(f"Une démonstration tourne déjà dans {folder} : arrêtez-la d’abord.", file=sys.stderr)
            return 1
        if reset:
            shutil.rmtree(folder, ignore_errors=True)
        place = _place(folder, host, port)
        _keep_apart(place)
        return _run(place, _prepare(place))


def _run(place: _Place, report: SeedReport) -> int:
    asked = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: asked.set())
    catcher = catch_mails(place.folder / "courriels", place.smtp_port)
    children = [_child("serve"), _child("worker")]
    try:
        if _answers(place, children, asked):
            _tell(place, report)
        elif not asked.is_set():
            print("Le serveur n’a pas démarré ; son message est au-dessus.", file=sys.stderr)
            return 1
        return _watch(place, children, asked)
    finally:
        _stop(children)
        catcher.stop()


def _fault_of(host: str, port: int) -> str | None:
    """Why one cannot listen there, with what to do about it."""
    if not 1 <= port <= 65535:
        return f"{port} n’est pas un port : choisissez un nombre de 1 à 65535."
    fault = listening_fault(host, port)
    if fault and fault.startswith(f"Le port {port} est déjà pris"):
        return f"{fault.removesuffix('.')}, par exemple « make demo PORT={port + 1} »."
    return fault


@contextmanager
def _alone(folder: Path) -> Iterator[bool]:
    """Whether no other demonstration runs on this folder; true keeps others out until the end, however it comes."""
    folder.parent.mkdir(parents=True, exist_ok=True)
    with folder.with_suffix(".lock").open("w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            yield False
        else:
            yield True


def _keep_apart(place: _Place) -> None:
    """Let nothing of another installation's settings in: a fictional commune must not end up in its database."""
    for name in [name for name in os.environ if name.upper().startswith("PARAPHEUR_")]:
        del os.environ[name]
    os.environ.update(place.environment)
    place.folder.mkdir(parents=True, exist_ok=True)
    os.chdir(place.folder)


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _lan_address(host: str) -> str:
    """The address other machines of the network can use; nothing is sent to find it."""
    # Addresses of documentation (RFC 5737, RFC 3849): this only asks which interface would be used.
    family, far, near = (
        (socket.AF_INET6, "2001:db8::1", "::1") if host == "::" else (socket.AF_INET, "192.0.2.1", "127.0.0.1")
    )
    with socket.socket(family, socket.SOCK_DGRAM) as probe:
        try:
            probe.connect((far, 9))
            return str(probe.getsockname()[0])
        except OSError:
            return near


def _place(folder: Path, host: str, port: int) -> _Place:
    smtp_port = _free_port()
    environment = {
        "PARAPHEUR_DATA_DIR": str(folder),
        "PARAPHEUR_HOST": host,
        "PARAPHEUR_PORT": str(port),
        "PARAPHEUR_SMTP_HOST": "127.0.0.1",
        "PARAPHEUR_SMTP_PORT": str(smtp_port),
        "PARAPHEUR_MAIL_FROM": "parapheur@saint-aubin.example",
        "PARAPHEUR_DEMO_MAILS": str(folder / "courriels"),
        "PARAPHEUR_TRUST_ANCHORS": json.dumps([str(folder / "certificats" / "ac-racine.pem")]),
    }
    if host in _LOOPBACK:
        address = f"http://localhost:{port}"
        return _Place(folder, smtp_port, address, {**environment, "PARAPHEUR_BASE_URL": address}, None)
    name = _lan_address(host) if host in _EVERYWHERE else host
    hosts = list(dict.fromkeys([name, "localhost", "127.0.0.1", socket.gethostname()]))
    authority, certificate, key = ensure_tls(folder / "tls", hosts, utc_now())
    address = f"https://[{name}]:{port}" if ":" in name else f"https://{name}:{port}"
    environment |= {
        "PARAPHEUR_BASE_URL": address,
        "PARAPHEUR_TLS_CERTIFICATE": str(certificate),
        "PARAPHEUR_TLS_KEY": str(key),
    }
    return _Place(folder, smtp_port, address, environment, authority)


def _prepare(place: _Place) -> SeedReport:
    # The authority's file is made by the seed: settings that name it can only be checked afterwards.
    settings = load_settings(trust_anchors=[])
    fresh = not (place.folder / "parapheur.db").exists()
    database = open_database(settings)
    try:
        migrate(database)
        return seed(database, open_store(settings), place.folder, utc_now())
    except BaseException:
        if fresh:  # half a commune would be taken for a whole one next time
            shutil.rmtree(place.folder, ignore_errors=True)
        raise
    finally:
        database.dispose()


def _child(command: str) -> subprocess.Popen[bytes]:
    return subprocess.Popen([sys.executable, "-m", "parapheur.cli", command])  # noqa: S603 our own command


def _answers(place: _Place, children: list[subprocess.Popen[bytes]], asked: threading.Event) -> bool:
    context = ssl.create_default_context(cafile=str(place.authority)) if place.authority else None
    # Straight to ourselves, whatever proxy this machine uses for the rest.
    straight = urllib.request.build_opener(
        urllib.request.ProxyHandler({}), urllib.request.HTTPSHandler(context=context)
    )
    end = time.monotonic() + PATIENCE
    while time.monotonic() < end and all(child.poll() is None for child in children):
        with suppress(urllib.error.URLError, OSError):
            straight.open(f"{place.address}/sante", timeout=5).close()
            return True
        if asked.wait(0.1):
            break
    return False


def _watch(place: _Place, children: list[subprocess.Popen[bytes]], asked: threading.Event) -> int:
    while not asked.wait(0.5):
        for child in children:
            if child.poll() is not None:
                print(f"Le processus « {child.args[-1]} » s’est arrêté : tout s’arrête.", file=sys.stderr)  # type: ignore[index]
                return 1
    print(f"Arrêt de la démonstration ; les données sont gardées dans {place.folder}.")
    return 0


def _stop(children: list[subprocess.Popen[bytes]]) -> None:
    for child in children:
        child.terminate()
    for child in children:
        try:
            child.wait(timeout=FAREWELL)
        except subprocess.TimeoutExpired:
            child.kill()
            child.wait()


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

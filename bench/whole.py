"""The product as it is installed and visited: real processes, HTTP, the demonstration's commune."""

from __future__ import annotations

import io
import re
import statistics
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from subprocess import run
from tempfile import TemporaryDirectory

from bench import mails
from bench.measure import Figure, Measure, NotMeasured, duration, seconds
from bench.memory import memory_mb
from bench.papers import paper
from bench.processes import command_of, descendants, parapheur, running, wait_for_page
from bench.visitor import Road, Visitor, shown
from engine.clock import utc_now
from parapheur.demo.seed import load_key
from signing.certificates import TrustStore
from signing.validation import Verdict, validate
from tests.support.postgres import free_port

ROOT = Path(__file__).parents[1]
RUNS = 5
#: Seconds left to the demonstration to become quiet before it is weighed.
REST = 5.0
#: Size of the document on the road, in bytes.
DOCUMENT = 200_000
#: One instant out of so many at which acts are killed.
KILL_EVERY = 4
#: Seconds given to a cold start.
PATIENCE = 900.0
#: What a cold start leaves behind when a stage of it is over.
_COLD_STAGES = {
    "environnement": ".venv/pip-ok",
    "paquets Python": ".venv/ok",
    "paquets npm": "node_modules/ok",
    "fichiers du navigateur": "web/static/manifest.json",
}


@dataclass(frozen=True, slots=True)
class _Demo:
    """A demonstration that runs."""

    folder: Path
    port: int
    pid: int

    @property
    def data(self) -> Path:
        """Its data."""
        return self.folder / "var" / "demo"


@contextmanager
def _demo() -> Iterator[_Demo]:
    with TemporaryDirectory(prefix="parapheur-bench-") as name:
        folder, port = Path(name), free_port()
        with running(parapheur("demo", "--port", str(port)), folder) as process:
            wait_for_page(port, process, folder, PATIENCE)
            yield _Demo(folder, port, process.pid)


def _on_the_demo() -> Iterator[Figure]:
    """Everything that one demonstration can tell."""
    with _demo() as demo:
        yield _at_rest(demo)
        yield _road(demo)
        yield _first_page(demo)
        yield _heaviest_page(demo)
        yield _start(demo)


def _at_rest(demo: _Demo) -> Figure:
    """Server and worker with their own children, after one visit; pages that two processes share count twice."""
    Visitor(demo.port, "maire").page("/a-traiter")
    time.sleep(REST)
    roots = [pid for pid in descendants(demo.pid) if command_of(pid)[-1:] in (["serve"], ["worker"])]
    total = sum(memory_mb(pid) for root in roots for pid in (root, *descendants(root)))
    return Figure("rest.rss_mb", total, "Mo")


def _road(demo: _Demo) -> Figure:
    """Deposit, sending, visa, signature and download by HTTP, the pages between them included, nobody waiting."""
    people = [Visitor(demo.port, who) for who in ("secretariat", "dgs", "maire")]
    key = load_key(demo.data / "certificats" / "maire.p12")
    trust = TrustStore.from_pem((demo.data / "certificats" / "ac-racine.pem").read_bytes())
    roads = []
    for _ in range(RUNS + 1):
        road = Road(*people, key)
        document = road.go(paper(DOCUMENT))
        report = validate(io.BytesIO(document), trust=trust, at=utc_now())
        assert (report.verdict, len(report.signatures)) == (Verdict.VALID, 1), report.summary
        roads.append(road)
    del roads[0]
    medians = {name: statistics.median(road.stages[name] for road in roads) for name in roads[0].stages}
    print("  " + ", ".join(f"{name} {spent * 1000:.0f} ms" for name, spent in medians.items()), file=sys.stderr)
    return duration("road.deposit_to_signed_ms", [road.seconds for road in roads])


def _first_page(demo: _Demo) -> Figure:
    """From the click to the first page of the document: the folder's page, then the image of the first page."""
    mayor = Visitor(demo.port, "maire")
    folders = _folders(mayor)

    def read(folder: str) -> None:
        image = shown(mayor.page(folder), r'src="([^"]+page-1\.jpg)"')
        assert mayor.expect(mayor.http.get(image), 200).content.startswith(b"\xff\xd8")

    read(folders[0])
    return duration("folder.first_page_ms", [seconds(lambda f=folder: read(f)) for folder in folders * 3])


def _heaviest_page(demo: _Demo) -> Figure:
    """The page that weighs most with its scripts, styles and fonts, by a browser that has nothing yet."""
    mayor, secretary, nobody = (Visitor(demo.port, who) for who in ("maire", "secretariat", ""))
    folder = _folders(mayor)[0]
    visits = [(mayor, "/a-traiter"), (mayor, folder), (mayor, f"{folder}/rejeter"), (mayor, f"{folder}/journal")]
    visits += [(mayor, "/mes-certificats"), (secretary, "/deposer"), (secretary, "/brouillons")]
    visits += [(nobody, "/connexion"), (nobody, "/mot-de-passe-oublie"), (nobody, "/verifier")]
    weights = {address: who.weight(address) / 1000 for who, address in visits}
    heaviest = max(weights, key=lambda address: weights[address])
    name = heaviest.replace(folder, "/dossiers/…")
    return Figure("page.max_kb", weights[heaviest], "ko", peer=f"{name}, la plus lourde de {len(weights)}")


def _folders(mayor: Visitor) -> list[str]:
    """The folders of the tray."""
    return list(dict.fromkeys(re.findall(r'href="(/dossiers/[0-9a-f-]{36})"', mayor.page("/a-traiter"))))


def _start(demo: _Demo) -> Figure:
    """From the command to the first answer, on a database that is up to date."""
    samples = []
    for _ in range(RUNS):
        port = free_port()
        environment = {
            "PARAPHEUR_DATA_DIR": str(demo.data),
            "PARAPHEUR_PORT": str(port),
            "PARAPHEUR_BASE_URL": f"http://localhost:{port}",
        }
        with TemporaryDirectory(prefix="parapheur-bench-") as name:
            start = time.perf_counter()
            with running(parapheur("serve"), Path(name), environment) as process:
                wait_for_page(port, process, Path(name), PATIENCE)
                samples.append(time.perf_counter() - start)
    return duration("start.seconds", samples, "s")


def _cold() -> Iterator[Figure]:
    """A fresh clone of what is committed, ``make demo`` until its page answers; pip and npm fetch as they are set."""
    with TemporaryDirectory(prefix="parapheur-bench-") as name:
        folder, port = Path(name) / "parapheur", free_port()
        run(["git", "clone", "--quiet", "--no-hardlinks", ROOT, folder], check=True, capture_output=True)
        start, clock = time.perf_counter(), time.time()
        with running(["make", "demo", f"PORT={port}"], folder) as process:
            wait_for_page(port, process, folder, PATIENCE)
            spent = time.perf_counter() - start
        ends = {name: (folder / marker).stat().st_mtime - clock for name, marker in _COLD_STAGES.items()}
    print("  " + ", ".join(f"{name} à {end:.0f} s" for name, end in ends.items()), file=sys.stderr)
    yield duration("demo.cold_seconds", [spent], "s")


def _kill() -> Iterator[Figure]:
    """Every act of the road killed at some of its instants, then a start: what was lost, what was done twice.

    The tests kill at every instant; here one out of so many tells the figure in a minute or two.
    """
    try:
        from tests.kill.rounds import run_rounds
    except ModuleNotFoundError as absent:
        raise NotMeasured("tests/kill/rounds.py n’est pas là.") from absent
    with TemporaryDirectory(prefix="parapheur-bench-") as folder:
        tally = run_rounds(Path(folder), every=KILL_EVERY)
    for fault in tally.faults:
        print(f"  {fault}", file=sys.stderr)
    for name in ("rounds", "lost", "doubled"):
        yield Figure(f"kill.{name}", getattr(tally, name), "", runs=tally.rounds)


FAMILY = (
    Measure(
        ("rest.rss_mb", "road.deposit_to_signed_ms", "folder.first_page_ms", "page.max_kb", "start.seconds"),
        _on_the_demo,
    ),
    Measure(("mail.per_s",), mails.per_second),
    Measure(("kill.rounds", "kill.lost", "kill.doubled"), _kill),
    Measure(("demo.cold_seconds",), _cold),
)

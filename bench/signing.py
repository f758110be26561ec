"""The signing library on the server's side: prepare with the visible mark, the key's answer, finish; and validation.

Times are of processor: nothing here waits for a disk or for anybody. The key of the person answers in their browser in
the product; here it is one RSA-2048 signature, which the floor has too: SHA-256 of the document once, one RSA-2048.
"""

from __future__ import annotations

import hashlib
import io
import sys
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from subprocess import run
from tempfile import TemporaryDirectory

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import padding

from bench.lone_signature import MARK
from bench.measure import PROCESSOR, Figure, Measure, alternate, duration, over_floor
from bench.papers import paper
from parapheur.demo.seed import P12_PASSWORD, Key, load_key
from signing.certificates import TrustStore
from signing.pades import FieldBox, finish, prepare, reserve_fields
from signing.validation import Verdict, validate
from tests.support.world import authority

FLOOR = "SHA-256 du document une fois et une signature RSA-2048, en temps de processeur"
RUNS = 9
ROOT = Path(__file__).parents[1]
#: One place per signatory, side by side at the bottom of the last page.
BOXES = tuple(FieldBox(f"Signature-{number}", -1, 20 + 185 * number, 40, 180, 71) for number in range(3))
KB, MB = 1_000, 1_000_000


def signed(source: io.BufferedIOBase | io.BytesIO, key: Key, field: str = BOXES[0].name) -> bytes:
    """The revision that signs a document whose field is reserved."""
    prepared = prepare(
        source,
        certificate=key.holder.certificate,
        chain=key.holder.chain,
        mechanism=key.holder.mechanism,
        field=field,
        mark=MARK,
        at=datetime.now(UTC),
    )
    return finish(source, prepared, _answer(key, prepared.signed_attributes))


def _answer(key: Key, data: bytes) -> bytes:
    return key.private.sign(data, padding.PKCS1v15(), hashes.SHA256())


def _reserved(size: int) -> bytes:
    document = paper(size)
    return document + reserve_fields(io.BytesIO(document), BOXES)


def _against_floor(document: bytes, folder: Path, runs: int) -> tuple[list[float], list[float]]:
    """Seconds of a signature of the file, and of its floor."""
    key = load_key(authority().p12["maire"])
    path = folder / "document.pdf"
    path.write_bytes(document)

    def sign() -> None:
        with path.open("rb") as source:
            signed(source, key)

    def floor() -> None:
        _answer(key, hashlib.sha256(document).digest())

    ours, least = alternate(runs, sign, floor, clock=PROCESSOR)
    return ours, least


def _sign(label: str, size: int, runs: int = RUNS, *, as_ratio: bool = True) -> Callable[[], Iterator[Figure]]:
    def measured() -> Iterator[Figure]:
        with TemporaryDirectory(prefix="parapheur-bench-") as folder:
            ours, floor = _against_floor(_reserved(size), Path(folder), runs)
        yield duration(f"sign.{label}_ms", ours, floor=floor, peer=FLOOR)
        if as_ratio:
            yield over_floor(f"sign.{label}_over_floor", ours, floor, FLOOR)

    return measured


def _memory() -> Iterator[Figure]:
    """The most memory a process of its own needs to sign 100 MB; the floor is the same process after a small one."""
    with TemporaryDirectory(prefix="parapheur-bench-") as name:
        small, large = Path(name) / "small.pdf", Path(name) / "large.pdf"
        small.write_bytes(_reserved(20 * KB))
        large.write_bytes(_reserved(100 * MB))
        command = [sys.executable, "-m", "bench.lone_signature", authority().p12["maire"], P12_PASSWORD]
        told = run([*command, BOXES[0].name, small, large], cwd=ROOT, check=True, capture_output=True, text=True)
    before, after = map(float, told.stdout.split())
    yield Figure("sign.100MB_rss_mb", after, "Mo", before, after / before, "le même processus après un petit document")


def _verify() -> Iterator[Figure]:
    """Documents of 200 kB signed once and three times, by a chain that names no revocation source."""
    trust = TrustStore.from_pem(authority().root_pem.read_bytes())
    keys = [load_key(authority().p12[who]) for who in ("maire", "adjoint", "maire")]
    document = _reserved(200 * KB)
    stages = []
    for key, box in zip(keys, BOXES, strict=True):
        document += signed(io.BytesIO(document), key, box.name)
        stages.append(document)

    def judge(signed_document: bytes, count: int) -> Callable[[], None]:
        def judged() -> None:
            report = validate(io.BytesIO(signed_document), trust=trust, at=datetime.now(UTC))
            assert (report.verdict, len(report.signatures)) == (Verdict.VALID, count), report.summary

        return judged

    once, thrice = alternate(RUNS, judge(stages[0], 1), judge(stages[2], 3), clock=PROCESSOR)
    yield duration("verify.1_signature_ms", once)
    yield duration("verify.3_signatures_ms", thrice)


FAMILY = (
    Measure(("sign.200kB_ms", "sign.200kB_over_floor"), _sign("200kB", 200 * KB, runs=25)),
    Measure(("sign.10MB_ms",), _sign("10MB", 10 * MB, as_ratio=False)),
    Measure(("sign.100MB_ms", "sign.100MB_over_floor"), _sign("100MB", 100 * MB, runs=5)),
    Measure(("sign.100MB_rss_mb",), _memory),
    Measure(("verify.1_signature_ms", "verify.3_signatures_ms"), _verify),
)

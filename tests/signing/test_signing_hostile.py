"""Files made to deceive or to break: the answer is always a report, and never « valid » for what is not."""

from __future__ import annotations

import contextlib
import io
import pickle
import random
import re
from collections.abc import Callable
from datetime import UTC, datetime

import pytest

from signing.certificates import TrustStore
from signing.errors import SigningRefused
from signing.pades import inspect_pdf, reserve_fields
from signing.validation import Coverage, Indication, Report, RevocationMode, Verdict, validate
from tests.support.pki import Pki
from tests.support.signed import BOX, FieldBox, reserved, signed_by


def judged(pki: Pki, document: bytes) -> Report:
    trust = TrustStore.from_pem(pki.root_pem)
    report = validate(io.BytesIO(document), trust=trust, at=datetime.now(UTC), revocation=RevocationMode.NONE)
    assert report.summary.endswith(".")
    return report


def hole(document: bytes) -> tuple[int, int]:
    start = document.rindex(b"/Contents <") + len(b"/Contents <")
    return start, document.index(b">", start)


@pytest.fixture(scope="module")
def signed(pki: Pki) -> bytes:
    return signed_by(pki, "dgs")


def without_contents(document: bytes) -> bytes:
    start, end = hole(document)
    return document[:start] + b"00" * ((end - start) // 2) + document[end:]


def with_a_range(*numbers: int) -> Callable[[bytes], bytes]:
    def change(document: bytes) -> bytes:
        at = document.rindex(b"/ByteRange [")
        end = document.index(b"]", at)
        text = b"/ByteRange [" + b" ".join(b"%d" % number for number in numbers)
        return document[:at] + text.ljust(end - at) + document[end:]

    return change


def garbage_in_the_cms(document: bytes) -> bytes:
    start, _ = hole(document)
    return document[:start] + b"DEADBEEF" * 20 + document[start + 160 :]


HOSTILE: dict[str, Callable[[bytes], bytes]] = {
    "empty signature": without_contents,
    "garbage for a signature": garbage_in_the_cms,
    "range of nothing": with_a_range(0, 0, 0, 0),
    "range of the beginning": with_a_range(0, 100, 100, 0),
    "range without hole": with_a_range(0, 10, 10, 10),
    "negative range": with_a_range(0, -5, 10, 10),
    "range beyond the end": with_a_range(0, 10, 20, 99_999_999),
    "range of three": with_a_range(0, 10, 20),
    "no range": lambda document: document.replace(b"/ByteRange", b"/ByteRenge"),
    "no contents": lambda document: document.replace(b"/Contents <", b"/Cantents <"),
    "contents that is a name": lambda document: re.sub(rb"/Contents <[0-9A-F]{8}", b"/Contents /abcdefgh", document),
    "another subfilter": lambda document: document.replace(b"/ETSI.CAdES.detached", b"/ETSI.CAdES.detachad"),
    "a subfilter of old": lambda document: document.replace(b"/ETSI.CAdES.detached", b"/adbe.x509.rsa_sha1 "),
    "a field of text": lambda document: document.replace(b"/FT /Sig", b"/FT /Txt"),
    "bytes before": lambda document: b"hello\n" + document,
    "bytes after": lambda document: document + b"\nhello\n",
    "twice itself": lambda document: document + document,
}


@pytest.mark.parametrize("change", HOSTILE.values(), ids=HOSTILE.keys())
def test_a_deceiving_file_is_never_valid(pki: Pki, signed: bytes, change: Callable[[bytes], bytes]) -> None:
    document = change(signed)
    assert document != signed
    assert judged(pki, document).verdict is not Verdict.VALID
    assert judged(pki, signed).verdict is Verdict.VALID


def test_white_space_after_the_end_is_no_change(pki: Pki, signed: bytes) -> None:
    assert judged(pki, signed + b"\r\n\0").verdict is Verdict.VALID


def test_a_signature_of_an_unknown_kind_is_not_left_out(pki: Pki, signed: bytes) -> None:
    report = judged(pki, HOSTILE["another subfilter"](signed))
    assert [item.sub_indication for item in report.signatures] == ["FORMAT_FAILURE"]


def test_a_broken_signature_does_not_hide_the_others(pki: Pki) -> None:
    second = FieldBox("Second", 0, 60, 60, 212, 71)
    one = signed_by(pki, "maire", reserved(None, BOX, second))
    both = signed_by(pki, "dgs", one, field="Second")
    report = judged(pki, garbage_in_the_cms(both))
    assert report.verdict is Verdict.NOT_VALID
    assert [item.indication for item in report.signatures] == [Indication.TOTAL_PASSED, Indication.TOTAL_FAILED]
    assert report.signatures[1].coverage is Coverage.PART
    assert "mal formée" in report.signatures[1].summary
    assert report.summary == "Sur 2 signatures, 1 est valable."


def test_a_signature_moved_to_another_document_is_not_valid(pki: Pki, signed: bytes) -> None:
    other = signed_by(pki, "dgs")
    (start, end), (first, last) = hole(signed), hole(other)
    moved = other[:first] + signed[start:end] + other[last:]
    report = judged(pki, moved)
    assert report.signatures[0].sub_indication == "HASH_FAILURE"
    assert not report.signatures[0].intact


def test_a_report_goes_back_to_its_parent(pki: Pki, signed: bytes) -> None:
    report = judged(pki, signed)
    data = pickle.dumps(report)
    assert pickle.loads(data) == report
    assert len(data) < 5_000


def broken(document: bytes, seed: int) -> bytes:
    """A mutation of a file: bytes changed, a piece removed, doubled or swapped, or an end cut."""
    dice, data = random.Random(seed), bytearray(document)
    for _ in range(dice.randint(1, 4)):
        at, size = dice.randrange(len(data)), dice.randint(1, 60)
        kind = dice.randrange(6)
        if kind == 0:
            data[at] ^= 1 << dice.randrange(8)
        elif kind == 1:
            del data[at : at + size]
        elif kind == 2:
            data[at:at] = data[at : at + size]
        elif kind == 3:
            data[at : at + size] = dice.randbytes(size)
        elif kind == 4:
            data[at : at + 8] = dice.choice((b"999999999", b"-1", b"<<<<", b"[[[[", b"null", b"obj", b"R R R R"))
        elif len(data) > 200:
            del data[max(100, at) :]
    return bytes(data)


def outside_the_hole(document: bytes) -> bytes:
    start, end = hole(document)
    return document[:start] + document[end:]


def survive(pki: Pki, document: bytes, seeds: range) -> None:
    """Our answers on mutations: no exception but a refusal, no verdict « valid » when a covered byte changed."""
    for seed in seeds:
        data = broken(document, seed)
        if judged(pki, data).verdict is Verdict.VALID:
            assert outside_the_hole(data) == outside_the_hole(document), seed
        for action in (inspect_pdf, lambda source: reserve_fields(source, [FieldBox("N", 0, 9, 9, 200, 70)])):
            with contextlib.suppress(SigningRefused):
                action(io.BytesIO(data))


def test_mutations_never_break_the_answers(pki: Pki, signed: bytes) -> None:
    survive(pki, signed, range(150))


@pytest.mark.long
def test_many_mutations_never_break_the_answers(pki: Pki, signed: bytes) -> None:
    survive(pki, signed, range(1_000, 6_000))

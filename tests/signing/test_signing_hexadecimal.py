"""Hexadecimal strings are read as pyHanko reads them, faster."""

from __future__ import annotations

import io
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pyhanko.pdf_utils import generic
from pyhanko.pdf_utils.misc import PdfError

import signing.pades
import signing.validation
from signing import hexadecimal
from signing.hexadecimal import read_hexadecimal

PYHANKO = hexadecimal._one_by_one


def outcome(read: Any, content: bytes, start: int) -> tuple[object, ...]:
    stream = io.BytesIO(content)
    stream.seek(start)
    try:
        value = read(stream)
    except PdfError as error:
        return "refused", str(error)
    return type(value), value, stream.tell()


PIECES = st.one_of(
    st.sampled_from([b">", b"%", b"% words\n", b" ", b"\r\n", b"\0", b"g", b"<", b"FEFF", b"EFBBBF", b"A" * 300]),
    st.text("0123456789abcdefABCDEF", max_size=40).map(str.encode),
)


@given(before=st.binary(max_size=5), pieces=st.lists(PIECES, max_size=8), after=st.binary(max_size=5))
def test_any_string_is_read_as_pyhanko_reads_it(before: bytes, pieces: list[bytes], after: bytes) -> None:
    content = before + b"<" + b"".join(pieces) + after
    assert outcome(read_hexadecimal, content, len(before)) == outcome(PYHANKO, content, len(before))


@pytest.mark.parametrize("digits", [0, 1, 253, 254, 255, 256, 65_533, 65_534, 65_535, 65_536, 70_001])
def test_no_length_makes_a_difference(digits: int) -> None:
    content = b"<" + b"7" * digits + b"> /Next"
    assert outcome(read_hexadecimal, content, 0) == outcome(PYHANKO, content, 0)


def test_pyhanko_reads_this_way_in_both_packages() -> None:
    assert signing.pades
    assert signing.validation
    assert generic.read_hex_string_from_stream is read_hexadecimal

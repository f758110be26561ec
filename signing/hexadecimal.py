"""Reading hexadecimal strings of PDFs at once: pyHanko 0.38 takes them a digit at a time.

The signature of a PDF is such a string of some 24 000 digits, read again for each revision that is looked at: a third
of a validation went there. Strings with anything but digits are left to pyHanko.
"""

from __future__ import annotations

import re
from typing import Any

from pyhanko.pdf_utils import generic

#: Bytes read first, and then: most strings are identifiers, the others signatures.
_SHORT, _LONG = 256, 1 << 16
_DIGITS = re.compile(rb"<([0-9A-Fa-f]*)>")

_one_by_one = generic.read_hex_string_from_stream


def read_hexadecimal(stream: Any) -> Any:
    """The string that begins at the ``<`` where the stream is, which is left after its ``>``."""
    start = stream.tell()
    for size in (_SHORT, _LONG):
        found = _DIGITS.match(stream.read(size))
        stream.seek(start)
        if found:
            stream.seek(start + found.end())
            digits = found[1].decode()
            return generic.pdf_string(bytes.fromhex(digits + "0" * (len(digits) % 2)))
    return _one_by_one(stream)


def install() -> None:
    """Let pyHanko read its strings this way."""
    generic.read_hex_string_from_stream = read_hexadecimal

"""Writing DER (ITU-T X.690): enough for CMS, in microseconds where a general library takes milliseconds."""

from __future__ import annotations

NULL = b"\x05\x00"


def value(tag: int, *parts: bytes) -> bytes:
    """A tag, a length and its contents; one-byte tags only."""
    contents = b"".join(parts)
    length = len(contents)
    if length < 0x80:
        return bytes((tag, length)) + contents
    size = (length.bit_length() + 7) // 8
    return bytes((tag, 0x80 | size)) + length.to_bytes(size, "big") + contents


def sequence(*parts: bytes) -> bytes:
    """SEQUENCE."""
    return value(0x30, *parts)


def set_of(*parts: bytes) -> bytes:
    """SET OF: elements in the order of their encodings, as DER asks (X.690 §11.6)."""
    return value(0x31, *sorted(parts))


def tagged(number: int, *parts: bytes) -> bytes:
    """A constructed context tag, ``[number]``."""
    return value(0xA0 | number, *parts)


def octets(contents: bytes) -> bytes:
    """OCTET STRING."""
    return value(0x04, contents)


def integer(number: int) -> bytes:
    """INTEGER, never negative here."""
    return value(0x02, number.to_bytes(number.bit_length() // 8 + 1, "big"))


def oid(dotted: str) -> bytes:
    """OBJECT IDENTIFIER."""
    first, second, *rest = (int(part) for part in dotted.split("."))
    contents = bytearray()
    for arc in (first * 40 + second, *rest):
        digits = [arc & 0x7F]
        while arc := arc >> 7:
            digits.append(0x80 | arc & 0x7F)
        contents.extend(reversed(digits))
    return value(0x06, bytes(contents))

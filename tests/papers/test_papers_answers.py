"""What a child answers is read as it was written, with every version of Python."""

from __future__ import annotations

from enum import Enum

import pytest

from engine.papers.sandbox import _read, _write
from signing.validation import RevocationMode, Verdict


def test_enumerations_pass_even_where_python_writes_them_as_calls(monkeypatch: pytest.MonkeyPatch) -> None:
    # As the Python 3.11.2 of Debian 12 does: « getattr » is nothing that a child may make us call.
    monkeypatch.setattr(Enum, "__reduce_ex__", lambda self, _protocol: (getattr, (type(self), self.name)))
    for value in (Verdict.NOT_VALID, (True, RevocationMode.AUTO), {"verdicts": list(Verdict)}):
        assert _read(_write(value)) == value

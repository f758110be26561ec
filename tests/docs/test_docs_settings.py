"""The page of settings names every one of them, with its true default."""

from __future__ import annotations

import re
from typing import Any

import pytest
from pydantic_core import PydanticUndefined

from parapheur.settings import Settings
from tests.docs.refusals import ROOT

ROWS = re.findall(r"^\| (`PARAPHEUR_.+?) \| (.+?) \| (.+) \|$", (ROOT / "docs/settings.md").read_text("utf-8"), re.M)
DOCUMENTED = {
    name: default
    for names, defaults, _ in ROWS
    for name, default in zip(
        re.findall(r"`(\w+)`", names),
        (defaults.split(", ") * 2 if ", " not in defaults else defaults.split(", ")),
        strict=False,
    )
}


def _shown(default: Any) -> str:
    if default is None:
        return "none"
    return "empty" if default == "" else f"`{default}`"


def test_no_setting_is_forgotten_nor_invented() -> None:
    assert set(DOCUMENTED) == {f"PARAPHEUR_{name.upper()}" for name in Settings.model_fields}


@pytest.mark.parametrize("name", sorted(Settings.model_fields))
def test_each_has_its_true_default(name: str) -> None:
    default = Settings.model_fields[name].default
    assert default is not PydanticUndefined
    assert DOCUMENTED[f"PARAPHEUR_{name.upper()}"] == _shown(default)

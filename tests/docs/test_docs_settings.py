"""The page of settings names every one of them, and none that does not exist."""

from __future__ import annotations

import re

from parapheur.settings import Settings
from tests.docs.refusals import ROOT


def test_no_setting_is_forgotten_nor_invented() -> None:
    named = set(re.findall(r"`(PARAPHEUR_[A-Z_]+)`", (ROOT / "docs/settings.md").read_text("utf-8")))
    assert named - {"PARAPHEUR_CONFIG"} == {f"PARAPHEUR_{name.upper()}" for name in Settings.model_fields}

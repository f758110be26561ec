"""The page of settings says of each what the model says: its name, its default, what it is."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path

import pytest

from parapheur.settings import Settings

PAGE = (Path(__file__).parents[2] / "docs" / "settings.md").read_text("utf-8").replace("\u00a0", " ")
ROWS = {
    name.lower(): (default, what)
    for name, default, what in re.findall(r"^\| `PARAPHEUR_(\w+)` \| (.+?) \| (.+) \|$", PAGE, re.MULTILINE)
}


def test_every_setting_has_its_row_and_no_other() -> None:
    assert ROWS.keys() == Settings.model_fields.keys()


@pytest.mark.parametrize("name", Settings.model_fields)
def test_a_row_says_what_the_model_says(name: str) -> None:
    field = Settings.model_fields[name]
    default, what = ROWS[name]
    assert default == ("vide" if field.default in ("", None, []) else f"`{field.default}`")
    assert field.description
    assert what.startswith(field.description)


@pytest.mark.parametrize("name", ["sqlite_synchronous", "log_format", "smtp_security"])
def test_a_choice_names_all_its_values(name: str) -> None:
    for value in Settings.model_fields[name].annotation.__args__:  # type: ignore[union-attr]
        assert f"`{value}`" in ROWS[name][1]


def test_the_example_of_the_page_is_accepted(alone: Path) -> None:
    example = tomllib.loads(re.findall(r"```toml\n(.+?)```", PAGE, re.DOTALL)[0])
    (alone / "autorite.pem").touch()
    settings = Settings(**{**example, "trust_anchors": [alone / "autorite.pem"]})
    assert settings.base_url == "https://parapheur.mairie.example"
    assert example["trust_anchors"] == ["/etc/parapheur/autorite.pem"]

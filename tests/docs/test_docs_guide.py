"""The guide explains every refusal that the code can say, and its links lead somewhere."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from tests.docs.refusals import NEWS, ROOT, plain, python_refusals, script_refusals

GUIDE = ROOT / "docs" / "guide"
PAGES = sorted(
    [*GUIDE.glob("*.md"), *(ROOT / "docs").glob("*.md"), *(ROOT / "docs/decisions").glob("*.md"), *ROOT.glob("*.md")]
)


def test_every_refusal_is_explained_with_its_remedy() -> None:
    rows = re.findall(
        r"^\| (?!---|Le message)(.+?) \| (.+) \|$", (GUIDE / "messages.md").read_text("utf-8"), re.MULTILINE
    )
    explained = {plain(message) for message, remedy in rows if remedy.strip()}
    said = [*python_refusals(), *script_refusals()]
    assert len(said) > 70  # the code was really read
    missing = {
        (where, sentence)
        for where, sentence in said
        if not sentence.startswith(NEWS) and not any(sentence.startswith(message) for message in explained)
    }
    assert missing == set()


def _anchors(page: Path) -> set[str]:
    titles = re.findall(r"^#+ (.+)$", page.read_text("utf-8"), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", title.lower()).replace(" ", "-") for title in titles}


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_links_and_pictures_lead_somewhere(page: Path) -> None:
    for target in re.findall(r"\]\((?!https?:|mailto:)([^)\s]+)\)", page.read_text("utf-8")):
        name, _, anchor = target.partition("#")
        found = (page.parent / name).resolve() if name else page
        assert found.exists(), f"{page}: {target}"
        if anchor:
            assert anchor in _anchors(found), f"{page}: {target}"

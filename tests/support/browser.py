"""A real Chromium, and what it complained about."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

from playwright.sync_api import Browser, ConsoleMessage, Page, Playwright, sync_playwright

_NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
_ARGUMENTS = (
    "--no-sandbox",
    "--disable-gpu",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)


@contextmanager
def chromium(*arguments: str) -> Iterator[Browser]:
    """A browser. ``arguments``: more of the command line."""
    with sync_playwright() as playwright:
        browser = launch(playwright, *arguments)
        try:
            yield browser
        finally:
            browser.close()


def launch(playwright: Playwright, *arguments: str) -> Browser:
    """Start the Chromium of this machine."""
    path = next(filter(None, map(shutil.which, _NAMES)), None)
    assert path, "no Chromium here: run tests/install-debian-packages"
    return playwright.chromium.launch(executable_path=path, args=[*_ARGUMENTS, *arguments])


@dataclass
class Complaints:
    """Errors of the console and exceptions of the scripts of a page; a violated security policy is one of them."""

    found: list[str] = field(default_factory=list)

    def listen(self, page: Page) -> None:
        """Collect from now on."""
        page.on("console", self._console)
        page.on("pageerror", lambda error: self.found.append(f"exception: {error}"))

    def _console(self, message: ConsoleMessage) -> None:
        if message.type == "error":
            self.found.append(message.text)

    def without(self, *expected: str) -> list[str]:
        """Those that say none of these things."""
        return [text for text in self.found if not any(part in text for part in expected)]


@contextmanager
def visited(browser: Browser, address: str, **context: Any) -> Iterator[tuple[Page, Complaints]]:
    """A page in a context of its own, and its complaints."""
    opened = browser.new_context(locale="fr-FR", **context)
    page = opened.new_page()
    page.set_default_timeout(15_000)
    complaints = Complaints()
    complaints.listen(page)
    try:
        page.goto(address)
        yield page, complaints
    finally:
        opened.close()

"""The pages behind a real server, and a real browser in which somebody is logged in."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager

import uvicorn
from playwright.sync_api import Browser, Page

from engine.clock import utc_now
from engine.people.actions import open_session
from tests.support.browser import visited
from tests.support.site import Site

PHONE = {"width": 390, "height": 844}
DESK = {"width": 1280, "height": 800}


@contextmanager
def serving(site: Site) -> Iterator[str]:
    """The address of the application behind a real server; localhost is a secure context."""
    server = uvicorn.Server(uvicorn.Config(site.app, host="127.0.0.1", port=0, lifespan="off", log_level="error"))
    started, startup = threading.Event(), server.startup

    async def tell(*arguments: object, **named: object) -> None:
        await startup(*arguments, **named)  # type: ignore[arg-type]
        started.set()

    server.startup = tell  # type: ignore[method-assign]
    thread = threading.Thread(target=server.run)
    thread.start()
    try:
        assert started.wait(60)
        yield f"http://localhost:{server.servers[0].sockets[0].getsockname()[1]}"
    finally:
        server.should_exit = True
        thread.join()


@contextmanager
def seen(browser: Browser, site: Site, address: str, who: str, path: str, size: dict[str, int]) -> Iterator[Page]:
    """A page of somebody who is logged in, at the size of a screen; nothing was complained about at the end."""
    with site.world.database.writing() as session:
        secret = open_session(session, site.world.accounts[who].id, user_agent="essai", now=utc_now())
        session.commit()
    with visited(browser, f"{address}/connexion", viewport=size) as (page, complaints):
        page.context.add_cookies([{"name": "parapheur", "value": secret, "url": address}])
        page.goto(f"{address}{path}")
        yield page
    assert complaints.found == []

"""Templates, and the addresses of static files."""

from __future__ import annotations

import json
from functools import lru_cache
from pathlib import Path
from typing import Any

from jinja2 import Environment, PackageLoader, StrictUndefined
from starlette.responses import HTMLResponse

from engine.euros import french_euros
from signing.french import in_the_absence_of
from web.french import day, day_of, french_moment, plural, since, size, typeset_html

STATIC = Path(__file__).parent / "static"


class AssetsMissing(RuntimeError):
    """The browser files are not built: run `make` or `npm ci && npm run build`."""


@lru_cache(maxsize=1)
def _manifest() -> dict[str, str]:
    try:
        manifest: dict[str, str] = json.loads((STATIC / "manifest.json").read_text())
    except FileNotFoundError:
        raise AssetsMissing(AssetsMissing.__doc__) from None
    return manifest


def static(name: str) -> str:
    """The address of a built file, which changes with its content."""
    return f"/static/{_manifest()[name]}"


@lru_cache(maxsize=1)
def environment() -> Environment:
    """The Jinja environment; unknown names are errors."""
    env = Environment(
        loader=PackageLoader("web"), autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True
    )
    env.globals.update(static=static, plural=plural)
    env.filters.update(moment=french_moment, day=day, since=since, size=size, euros=french_euros)
    env.filters.update(absence=in_the_absence_of, day_of=day_of)
    return env


def page(template: str, *, status: int = 200, **context: Any) -> HTMLResponse:
    """A rendered page."""
    return HTMLResponse(typeset_html(environment().get_template(template).render(**context)), status_code=status)

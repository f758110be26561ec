"""What an address or a form names, as our own values."""

from __future__ import annotations

from typing import TypeVar
from uuid import UUID

from starlette.datastructures import FormData
from starlette.exceptions import HTTPException

T = TypeVar("T")


def found(what: T | None) -> T:
    """What was asked for; 404 when this tenant has none such."""
    if what is None:
        raise HTTPException(404)
    return what


def identifier_in(text: str) -> UUID | None:
    """The identifier that a field holds; None when it holds none."""
    try:
        return UUID(text)
    except ValueError:
        return None


def identifiers_in(form: FormData, name: str) -> frozenset[UUID]:
    """The identifiers that were ticked; what is none is left out."""
    sent = (identifier_in(value) for value in form.getlist(name) if isinstance(value, str))
    return frozenset(value for value in sent if value is not None)

"""Fetching revocation answers over HTTP, within limits."""

from __future__ import annotations

import urllib.error
import urllib.request

from signing.validation import RevocationNeed

TIMEOUT = 6.0  # seconds
MAX_BYTES = 20_000_000  # the largest CRLs of public authorities are about half of that


class _NoRedirect(urllib.request.HTTPRedirectHandler):
    """A certificate names an address; where that address sends us is nobody's promise."""

    def redirect_request(self, *_: object, **__: object) -> None:
        return None


_opener = urllib.request.build_opener(_NoRedirect)


def fetch(need: RevocationNeed) -> bytes | None:
    """The raw answer, or None when it did not come: the report then says that revocation is not known."""
    if not need.url.startswith(("http://", "https://")):
        return None
    headers = {"Content-Type": "application/ocsp-request"} if need.body is not None else {}
    request = urllib.request.Request(need.url, data=need.body, headers=headers)  # noqa: S310 scheme checked above
    try:
        with _opener.open(request, timeout=TIMEOUT) as answer:
            content: bytes = answer.read(MAX_BYTES + 1)
    except (urllib.error.URLError, OSError, ValueError):
        return None
    return content if len(content) <= MAX_BYTES else None

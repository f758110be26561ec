"""What the pages need from outside, given once by the wiring."""

from __future__ import annotations

from collections.abc import Callable, Collection
from dataclasses import dataclass
from pathlib import Path

from engine.circuits.library import CircuitLibrary
from engine.database import Database
from engine.documents.store import DocumentStore
from engine.people.sealing import SecretBox
from signing.certificates import TrustStore
from signing.validation import RevocationNeed


@dataclass(frozen=True, slots=True)
class WebSettings:
    """Settings that pages read."""

    base_url: str  #: address under which people reach the product, without final slash
    max_upload_bytes: int
    demo_mails: Path | None = None  #: folder of the demonstration's mail catcher


@dataclass(frozen=True, slots=True)
class Services:
    """Everything a view may call."""

    database: Database
    store: DocumentStore
    library: CircuitLibrary
    trust: TrustStore
    settings: WebSettings
    fetch: Callable[[RevocationNeed], bytes | None]  #: fetches a revocation answer; None when it did not come
    box: SecretBox  #: seals the secrets of second factors
    circuit_services: Collection[str] = ()  #: names of what circuits may ask to be done

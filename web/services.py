"""What the pages need from outside, given once by the wiring."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable
from dataclasses import dataclass
from pathlib import Path

from engine.circuits.library import CircuitLibrary
from engine.database import Database
from engine.documents.store import DocumentStore
from engine.people.model import Tenant
from engine.people.sealing import SecretBox
from engine.refusals import Faults
from engine.symptoms import Symptom
from signing.certificates import TrustStore
from signing.validation import RevocationNeed


@dataclass(frozen=True, slots=True)
class LegalNotices:
    """What the public pages say about who answers for this installation; empty where it was not filled in."""

    publisher: str = ""
    director: str = ""
    host: str = ""
    privacy_contact: str = ""
    retention: str = ""


@dataclass(frozen=True, slots=True)
class WebSettings:
    """Settings that pages read."""

    base_url: str  #: address under which people reach the product, without final slash
    max_upload_bytes: int
    demo_mails: Path | None = None  #: folder of the demonstration's mail catcher
    legal: LegalNotices = LegalNotices()


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
    open_town: Callable[..., Tenant | Faults]  #: opens a tenant with desks, circuits and types to begin with
    circuit_services: Collection[str] = ()  #: names of what circuits may ask to be done
    examine: Callable[[], Iterable[Symptom]] = tuple  #: looks at the whole installation, as the command does

"""A small commune built with the engine's own use cases: what most tests start from."""

from __future__ import annotations

import io
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from importlib.resources import files
from itertools import count
from pathlib import Path
from tempfile import mkdtemp
from typing import Any
from uuid import UUID

import pikepdf
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import padding
from sqlmodel import col, select

from engine.circuits.actions import publish
from engine.circuits.library import CircuitLibrary
from engine.database import Database
from engine.desks.actions import create_desk, give_desk
from engine.desks.model import Desk
from engine.documents.store import DocumentStore
from engine.folders.actions import Acted, Deposited, act, deposit
from engine.folders.facts import heads_seal, main_heads
from engine.folders.model import Act, Folder, Step
from engine.folders.sending import send_folder
from engine.folders.signature import PreparedDocument, finish_signature, prepare_signature
from engine.people.actions import create_account, create_tenant, join_tenant
from engine.people.model import Account, Tenant
from engine.people.passwords import hash_password
from engine.refusals import Refusal
from engine.typology.model import FolderType, Subtype
from parapheur.demo.authority import DemoAuthority, Signatory, ensure_authority
from parapheur.demo.seed import Key, load_key
from signing.certificates import TrustStore

#: The minute in which the run began: pages and tools read the true clock, and certificates must be valid for both.
NOW = datetime.now(UTC).replace(second=0, microsecond=0)
PASSWORD = "un mot de passe de test"
PEOPLE = {
    "secretariat": ("Sylvie", "Lemoine", "Secrétaire de mairie"),
    "dgs": ("Zoé", "Çelik", "Directrice générale des services"),
    "maire": ("Héloïse", "Lefèvre", "Maire"),
    "adjoint": ("François", "Noël", "Premier adjoint"),
}


@lru_cache(maxsize=1)
def authority() -> DemoAuthority:
    """One authority for the whole run: making keys is slow."""
    people = [Signatory(key, *PEOPLE[key], f"{key}@essai.example") for key in ("maire", "adjoint")]
    return ensure_authority(Path(mkdtemp(prefix="parapheur-ca-")), people, "demo", NOW)


@lru_cache(maxsize=1)
def _password_hash() -> str:
    return hash_password(PASSWORD)


def blank_pdf(pages: int = 1) -> bytes:
    """A valid PDF without anything on its pages; different at each call."""
    pdf = pikepdf.new()
    for _ in range(pages):
        pdf.add_blank_page()
    output = io.BytesIO()
    pdf.save(output)
    return output.getvalue()


@dataclass
class World:
    """A commune, its people, and short ways to play with them."""

    database: Database
    store: DocumentStore
    tenant: Tenant
    accounts: dict[str, Account]
    subtypes: dict[str, UUID]
    trust: TrustStore
    library: CircuitLibrary = field(default_factory=CircuitLibrary)
    seconds: Iterator[int] = field(default_factory=count)  #: folders sent one after the other sort in that order

    def key(self, who: str) -> Key:
        """The key of a signatory, or of ``expire`` and ``inconnue``."""
        return load_key(authority().p12[who])

    def deposit(
        self, title: str = "Délibération 2026-041", *, circuit: str = "deed", pdf: bytes | None = None
    ) -> Folder:
        """A draft of the secretariat."""
        content = pdf or blank_pdf()
        spooled = self.store.receive(iter([content]), max_bytes=len(content))
        self.store.keep(self.tenant.id, spooled)
        with self.database.writing() as session:
            folder = deposit(
                session,
                tenant_id=self.tenant.id,
                account=self.accounts["secretariat"],
                subtype_id=self.subtypes[circuit],
                title=title,
                document=Deposited("délibération.pdf", spooled.sha256, spooled.size, "application/pdf", 1),
                now=NOW,
            )
            assert isinstance(folder, Folder)
            session.commit()
        return folder

    def send(self, folder: Folder) -> Folder:
        """Send a draft."""
        sent = send_folder(
            self.database,
            self.store,
            self.library,
            tenant_id=self.tenant.id,
            account=self.accounts["secretariat"],
            folder_id=folder.id,
            now=NOW + timedelta(minutes=1, seconds=next(self.seconds)),
        )
        assert isinstance(sent, Folder), sent
        return sent

    def sent(self, **how: Any) -> Folder:
        """A folder in its circuit."""
        return self.send(self.deposit(**how))

    def open_step(self, folder: Folder) -> Step:
        """The only open step."""
        with self.database.reading() as session:
            return session.exec(select(Step).where(Step.folder_id == folder.id, col(Step.closed_at).is_(None))).one()

    def heads(self, folder: Folder) -> str:
        """The seal of the present documents."""
        with self.database.reading() as session:
            return heads_seal(main_heads(session, folder))

    def act(self, who: str, folder: Folder, what: Act, reason: str = "", heads: str | None = None) -> Acted | Refusal:
        """Visa or rejection of the open step."""
        with self.database.writing() as session:
            result = act(
                session,
                self.library,
                tenant_id=self.tenant.id,
                account=self.accounts[who],
                step_id=self.open_step(folder).id,
                act=what,
                seen_heads=self.heads(folder) if heads is None else heads,
                reason=reason,
                now=NOW + timedelta(minutes=5),
            )
            if isinstance(result, Acted):
                session.commit()
        return result

    def prepare(self, who: str, folder: Folder, key: Key | None = None) -> list[PreparedDocument] | Refusal:
        """First half of a signature."""
        return prepare_signature(
            self.database,
            self.store,
            self.trust,
            tenant_id=self.tenant.id,
            account=self.accounts[who],
            step_id=self.open_step(folder).id,
            seen_heads=self.heads(folder),
            holder=(key or self.key(who)).holder,
            zone="Europe/Paris",
            now=NOW + timedelta(minutes=10),
        )

    def finish(
        self, who: str, step_id: UUID, prepared: Iterable[PreparedDocument], key: Key | None = None, late: int = 0
    ) -> Acted | Refusal:
        """Second half, ``late`` minutes afterwards."""
        private = (key or self.key(who)).private
        return finish_signature(
            self.database,
            self.store,
            self.library,
            self.trust,
            tenant_id=self.tenant.id,
            account=self.accounts[who],
            step_id=step_id,
            signatures={
                item.id: private.sign(item.attributes, padding.PKCS1v15(), hashes.SHA256()) for item in prepared
            },
            now=NOW + timedelta(minutes=10 + late),
        )

    def sign(self, who: str, folder: Folder) -> Acted:
        """A whole signature."""
        step_id = self.open_step(folder).id
        prepared = self.prepare(who, folder)
        assert not isinstance(prepared, Refusal), prepared
        result = self.finish(who, step_id, prepared)
        assert isinstance(result, Acted), result
        return result

    def document(self, folder: Folder) -> bytes:
        """The present bytes of the main document."""
        with self.database.reading() as session:
            [(_, version)] = main_heads(session, folder).values()
        return b"".join(self.store.chunks(self.tenant.id, version.sha256))


def make_world(database: Database, folder: Path, name: str = "essai") -> World:
    """Build the commune in a migrated database."""
    trust = TrustStore.from_pem(authority().root_pem.read_bytes())
    with database.writing() as session:
        tenant = create_tenant(session, name="Commune d’essai", short_name=name, zone="Europe/Paris", now=NOW)
        accounts: dict[str, Account] = {}
        for key, (given_name, surname, title) in PEOPLE.items():
            account = create_account(
                session, email=f"{key}@{name}.example", given_name=given_name, surname=surname, now=NOW
            )
            account.password_hash = _password_hash()
            join_tenant(session, account, tenant, title=title)
            desk: Desk = create_desk(
                session, tenant_id=tenant.id, name=title, short_name=key, may_create=key == "secretariat"
            )
            give_desk(session, desk, account.id)
            accounts[key] = account
        subtypes = {}
        for circuit in ("deed", "two-signatures", "simple-signature"):
            bpmn = files("workflows").joinpath(f"{circuit}.bpmn").read_bytes()
            version = publish(session, tenant_id=tenant.id, short_name=circuit, name=circuit, bpmn=bpmn, now=NOW)
            folder_type = FolderType(tenant_id=tenant.id, name=circuit)
            session.add(folder_type)
            session.flush()
            subtype = Subtype(
                tenant_id=tenant.id,
                folder_type_id=folder_type.id,
                name=f"Circuit {circuit}",
                workflow_definition_id=version.workflow_definition_id,
            )
            session.add(subtype)
            session.flush()
            subtypes[circuit] = subtype.id
        session.commit()
    return World(database, _store(folder), tenant, accounts, subtypes, trust)


def find_world(database: Database, folder: Path, made: World) -> World:
    """The same commune in a copy of its database, with objects of its own."""
    with database.reading() as session:
        tenant = session.get_one(Tenant, made.tenant.id)
        accounts = {key: session.get_one(Account, account.id) for key, account in made.accounts.items()}
    return World(database, _store(folder), tenant, accounts, dict(made.subtypes), made.trust)


def _store(folder: Path) -> DocumentStore:
    return DocumentStore(folder / "documents", folder / "spool")

"""A fictional commune to try the product with: people, desks, types, circuits and folders in varied states.

Everything goes through the engine's own use cases: the folders were really deposited, visaed and signed, with
certificates of the demonstration authority, at dates of the past days.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from typing import TypeVar
from uuid import UUID

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import padding, rsa
from cryptography.hazmat.primitives.serialization import Encoding, pkcs12
from sqlmodel import Session, select

from engine.circuits.library import CircuitLibrary
from engine.database import Database
from engine.desks.actions import create_desk, give_desk
from engine.desks.model import Desk
from engine.documents.store import DocumentStore
from engine.folders.actions import Deposited, act, deposit
from engine.folders.facts import heads_seal, main_heads
from engine.folders.model import Act, Folder, Step
from engine.folders.sending import send_folder
from engine.folders.signature import KeyHolder, finish_signature, prepare_signature, register_certificate
from engine.people.actions import create_account, create_tenant, join_tenant
from engine.people.model import Account, Role, Tenant
from engine.people.passwords import hash_password
from engine.refusals import Refusal
from parapheur.demo.authority import Signatory, ensure_authority
from parapheur.demo.papers import DEMO_PAPERS, DemoPaper, deed_pdf, page_count
from parapheur.founding import TYPES, publish_starters
from signing.certificates import TrustStore

T = TypeVar("T")

#: One password for every account of the demonstration, and one for every key file.
PASSWORD = "parapheur-demo"  # noqa: S105 printed on the screen, protects nothing
P12_PASSWORD = "demo"  # noqa: S105
TENANT = "Commune de Saint-Aubin-des-Grèves"
DOMAIN = "saint-aubin.example"
ZONE = "Europe/Paris"


@dataclass(frozen=True, slots=True)
class Person:
    """Somebody of the commune."""

    key: str
    given_name: str
    surname: str
    title: str
    desks: tuple[str, ...]
    signs: bool = False
    role: Role = Role.NONE

    @property
    def email(self) -> str:
        """Their address in the fictional domain."""
        return f"{self.key}@{DOMAIN}"


PEOPLE = (
    Person("secretariat", "Sylvie", "Lemoine", "Secrétaire de mairie", ("secretariat",), role=Role.TENANT_ADMIN),
    Person("dgs", "Zoé", "Çelik", "Directrice générale des services", ("dgs",)),
    Person("maire", "Héloïse", "Lefèvre", "Maire", ("maire",), signs=True),
    Person("adjoint", "François", "Noël", "Premier adjoint", ("adjoint",), signs=True),
    Person("technique", "Karim", "Benali", "Responsable des services techniques", ("technique",)),
)

#: Short name, name, may deposit, short name of its superior, highest first.
DESKS = (
    ("maire", "Maire", False, ""),
    ("adjoint", "Premier adjoint", False, "maire"),
    ("dgs", "Direction générale", False, "maire"),
    ("secretariat", "Secrétariat général", True, "dgs"),
    ("technique", "Services techniques", True, "dgs"),
)


@dataclass(frozen=True, slots=True)
class Story:
    """What happened to a folder: who deposited it, for which type, how many hours ago, then the acts, in order."""

    type_name: str
    by: str
    hours_ago: int
    acts: tuple[str, ...] = ()  #: ``visa``, ``sign:maire``, ``sign:adjoint``, ``reject:<who>:<reason>``
    sent: bool = True


STORIES = (
    Story("Délibération", "secretariat", 190, ("visa", "sign:maire")),
    Story("Délibération", "secretariat", 170, ("visa", "sign:maire")),
    Story("Délibération", "secretariat", 75, ("visa",)),
    Story("Délibération", "secretariat", 52, ("visa",)),
    Story("Délibération", "secretariat", 50, ("visa",)),
    Story("Délibération", "secretariat", 28, ("reject:dgs:Le nombre de votants ne correspond pas au procès-verbal.",)),
    Story("Délibération", "secretariat", 26),
    Story("Délibération", "secretariat", 5),
    Story("Arrêté", "technique", 120, ("sign:maire",)),
    Story("Arrêté", "technique", 30),
    Story("Arrêté", "technique", 4),
    Story("Convention", "secretariat", 96, ("sign:adjoint", "sign:maire")),
    Story("Convention", "secretariat", 48, ("sign:adjoint",)),
    Story("Convention", "secretariat", 22),
    Story("Délibération", "secretariat", 2, sent=False),
    Story("Arrêté", "technique", 1, sent=False),
)


@dataclass(frozen=True, slots=True)
class Key:
    """A demonstration key: here, and only here, the server holds one, to have signed folders to show."""

    private: rsa.RSAPrivateKey
    holder: KeyHolder


@dataclass(frozen=True, slots=True)
class SeedReport:
    """What to tell the visitor."""

    people: list[tuple[str, str]]  #: address and quality
    password: str
    p12_password: str
    p12_files: dict[str, Path]  #: key file by address
    authority: Path  #: PEM of the root to trust
    created: bool  #: False when the data was already there


@dataclass(slots=True)
class _World:
    database: Database
    store: DocumentStore
    library: CircuitLibrary
    trust: TrustStore
    tenant: Tenant
    accounts: dict[str, Account]
    subtypes: dict[str, UUID]
    keys: dict[str, Key] = field(default_factory=dict)


def seed(database: Database, store: DocumentStore, folder: Path, now: datetime) -> SeedReport:
    """Make the commune unless it is already there. ``folder``: where certificates and key files go."""
    signatories = [
        Signatory(person.key, person.given_name, person.surname, person.title, person.email)
        for person in PEOPLE
        if person.signs
    ]
    authority = ensure_authority(folder / "certificats", signatories, P12_PASSWORD, now)
    report = SeedReport(
        people=[(person.email, person.title) for person in PEOPLE],
        password=PASSWORD,
        p12_password=P12_PASSWORD,
        p12_files={person.email: authority.p12[person.key] for person in PEOPLE if person.signs},
        authority=authority.root_pem,
        created=False,
    )
    with database.reading() as session:
        if session.exec(select(Tenant).where(Tenant.short_name == "saint-aubin")).first():
            return report
    trust = TrustStore.from_pem(authority.root_pem.read_bytes())
    start = now - timedelta(days=10)
    with database.writing() as session:
        world = _people_and_circuits(session, database, store, trust, start)
        for person in PEOPLE:
            if person.signs:
                world.keys[person.key] = load_key(authority.p12[person.key])
                register_certificate(
                    session, trust, world.accounts[person.key], world.keys[person.key].holder, now=start
                )
        session.commit()
    papers = {name: iter([paper for paper in DEMO_PAPERS if paper.type_name == name]) for name, *_ in TYPES}
    for story in STORIES:
        _tell(world, story, next(papers[story.type_name]), now - timedelta(hours=story.hours_ago))
    return SeedReport(**{**{name: getattr(report, name) for name in SeedReport.__slots__}, "created": True})


def _people_and_circuits(
    session: Session, database: Database, store: DocumentStore, trust: TrustStore, at: datetime
) -> _World:
    tenant = create_tenant(session, name=TENANT, short_name="saint-aubin", zone=ZONE, now=at)
    desks: dict[str, Desk] = {}
    for short, name, may_create, above in DESKS:
        desks[short] = create_desk(
            session,
            tenant_id=tenant.id,
            name=name,
            short_name=short,
            may_create=may_create,
            parent=desks[above] if above else None,
        )
    password_hash = hash_password(PASSWORD)
    accounts = {}
    for person in PEOPLE:
        account = create_account(
            session, email=person.email, given_name=person.given_name, surname=person.surname, now=at
        )
        account.password_hash = password_hash
        join_tenant(session, account, tenant, title=person.title, role=person.role)
        for short in person.desks:
            give_desk(session, desks[short], account.id)
        accounts[person.key] = account
    return _World(database, store, CircuitLibrary(), trust, tenant, accounts, publish_starters(session, tenant.id, at))


def _tell(world: _World, story: Story, paper: DemoPaper, at: datetime) -> None:
    pdf = deed_pdf(paper)
    spooled = world.store.receive(iter((pdf,)), max_bytes=len(pdf))
    world.store.keep(world.tenant.id, spooled)
    with world.database.writing() as session:
        folder = _done(
            deposit(
                session,
                tenant_id=world.tenant.id,
                account=world.accounts[story.by],
                subtype_id=world.subtypes[story.type_name],
                title=paper.title,
                document=Deposited(paper.file_name, spooled.sha256, spooled.size, "application/pdf", page_count(pdf)),
                now=at,
            )
        )
        session.commit()
    if not story.sent:
        return
    _done(
        send_folder(
            world.database,
            world.store,
            world.library,
            tenant_id=world.tenant.id,
            account=world.accounts[story.by],
            folder_id=folder.id,
            now=at + timedelta(minutes=3),
        )
    )
    for number, what in enumerate(story.acts, start=1):
        _play(world, folder.id, what, at + timedelta(minutes=37 * number + 11))


def _play(world: _World, folder_id: UUID, what: str, at: datetime) -> None:
    verb, _, rest = what.partition(":")
    who, _, reason = (rest or "dgs").partition(":")
    account = world.accounts[who]
    with world.database.reading() as session:
        folder = session.get_one(Folder, folder_id)
        heads = heads_seal(main_heads(session, folder))
        step = session.exec(select(Step).where(Step.folder_id == folder_id, Step.closed_at == None)).one()  # noqa: E711
    if verb == "sign":
        _sign(world, world.keys[who], account, step.id, heads, at)
        return
    with world.database.writing() as session:
        _done(
            act(
                session,
                world.library,
                tenant_id=world.tenant.id,
                account=account,
                step_id=step.id,
                act=Act.VISA if verb == "visa" else Act.REJECT,
                seen_heads=heads,
                reason=reason,
                now=at,
            )
        )
        session.commit()


def _sign(world: _World, key: Key, account: Account, step_id: UUID, heads: str, at: datetime) -> None:
    prepared = _done(
        prepare_signature(
            world.database,
            world.store,
            world.trust,
            tenant_id=world.tenant.id,
            account=account,
            step_id=step_id,
            seen_heads=heads,
            holder=key.holder,
            zone=ZONE,
            now=at,
        )
    )
    signatures = {
        document.id: key.private.sign(document.attributes, padding.PKCS1v15(), hashes.SHA256()) for document in prepared
    }
    _done(
        finish_signature(
            world.database,
            world.store,
            world.library,
            world.trust,
            tenant_id=world.tenant.id,
            account=account,
            step_id=step_id,
            signatures=signatures,
            now=at,
        )
    )


def load_key(path: Path) -> Key:
    private, certificate, others = pkcs12.load_key_and_certificates(path.read_bytes(), P12_PASSWORD.encode())
    if not isinstance(private, rsa.RSAPrivateKey) or certificate is None:
        raise ValueError(f"{path} holds no RSA key with its certificate")
    chain = tuple(other.public_bytes(Encoding.DER) for other in others)
    return Key(private, KeyHolder(certificate.public_bytes(Encoding.DER), chain, "rsa-pkcs1"))


def _done(result: T | Refusal) -> T:
    if isinstance(result, Refusal):
        raise RuntimeError(f"{result.code}: {result.sentence}")
    return result

"""Opening a town: its first administrator, and desks, circuits and types with which it can work at once."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from importlib.resources import files
from uuid import UUID

from sqlmodel import Session, select

from engine.calendar import CalendarFault
from engine.calendar.zones import zone_named
from engine.circuits.actions import publish
from engine.clock import DEFAULT_ZONE
from engine.desks.actions import add_desk
from engine.desks.members import Invited, invite_member
from engine.desks.model import Desk
from engine.desks.rules import DeskForm
from engine.journal.actions import record
from engine.people.actions import create_tenant
from engine.people.model import Tenant
from engine.people.rules import NewPerson, faults_of_person, folded_name, refuse_short_name, short_name_from, tidied
from engine.refusals import Faults, Refusal
from engine.typology.model import FolderType, Subtype
from notifications.actions import send_invitation

NAME_LENGTH = 200

#: Short name, name, may deposit, short name of its superior: the desks at which the circuits below aim, highest first.
DESKS = (
    ("maire", "Maire", False, ""),
    ("adjoint", "Premier adjoint", False, "maire"),
    ("dgs", "Direction générale", False, "maire"),
    ("secretariat", "Secrétariat général", True, "dgs"),
)
CIRCUITS = (
    ("deed", "Délibération : visa puis signature"),
    ("simple-signature", "Signature simple"),
    ("two-signatures", "Deux signatures"),
)
#: type, sub-type, circuit
TYPES = (
    ("Délibération", "Conseil municipal", "deed"),
    ("Arrêté", "Arrêté du maire", "simple-signature"),
    ("Convention", "Convention à deux signataires", "two-signatures"),
)


@dataclass(frozen=True, slots=True)
class Town:
    """A local authority to open."""

    name: str
    short_name: str = ""  #: empty: made from the name
    zone: str = DEFAULT_ZONE

    def tidied(self) -> Town:
        """Without spaces too many, and with a short name."""
        name = tidied(self.name)
        return Town(name, self.short_name.strip() or short_name_from(name), self.zone.strip())


@dataclass(frozen=True, slots=True)
class Founded:
    """A town that has just been opened."""

    tenant: Tenant
    administrator: Invited


def publish_starters(session: Session, tenant_id: UUID, now: datetime) -> dict[str, UUID]:
    """Publish the starter circuits and types of a tenant; the sub-types by the name of their type."""
    circuits = {}
    for short_name, name in CIRCUITS:
        bpmn = files("workflows").joinpath(f"{short_name}.bpmn").read_bytes()
        version = publish(session, tenant_id=tenant_id, short_name=short_name, name=name, bpmn=bpmn, now=now)
        circuits[short_name] = version.workflow_definition_id
    return _types(session, tenant_id, circuits)


def found_town(
    session: Session,
    town: Town,
    administrator: NewPerson,
    *,
    base_url: str,
    now: datetime,
    by: UUID | None = None,
) -> Founded | Faults:
    """Open a town and invite who will administer it; the caller commits. ``by``: None from the command line."""
    town = town.tidied()
    faults = _faults_of_town(session, town) | faults_of_person(administrator.tidied())
    if faults:
        return Faults(faults)
    tenant = create_tenant(session, name=town.name, short_name=town.short_name, zone=town.zone, now=now)
    data = {"town": tenant.name}
    record(session, tenant_id=tenant.id, chain=tenant.id, event="tenant:town:created", at=now, actor_id=by, data=data)
    _desks(session, tenant.id, now)
    publish_starters(session, tenant.id, now)
    invited = invite_member(session, tenant_id=tenant.id, by=by, person=administrator, administers=True, now=now)
    if isinstance(invited, Faults):
        return invited
    send_invitation(session, invited, tenant, base_url=base_url, now=now)
    return Founded(tenant, invited)


def open_town(
    session: Session,
    *,
    name: str,
    short_name: str,
    zone: str,
    administrator: NewPerson,
    by: UUID,
    base_url: str,
    now: datetime,
) -> Tenant | Faults:
    """The same for the pages, with what was typed there."""
    result = found_town(session, Town(name, short_name, zone), administrator, base_url=base_url, now=now, by=by)
    return result if isinstance(result, Faults) else result.tenant


def _desks(session: Session, tenant_id: UUID, now: datetime) -> None:
    made: dict[str, UUID] = {}
    for short_name, name, may_create, above in DESKS:
        form = DeskForm(name, short_name, made.get(above), may_create)
        desk = add_desk(session, tenant_id=tenant_id, by=None, form=form, now=now)
        assert isinstance(desk, Desk), desk
        made[short_name] = desk.id


def _types(session: Session, tenant_id: UUID, circuits: Mapping[str, UUID]) -> dict[str, UUID]:
    subtypes = {}
    for position, (type_name, subtype_name, circuit) in enumerate(TYPES):
        folder_type = FolderType(tenant_id=tenant_id, name=type_name)
        session.add(folder_type)
        session.flush()
        subtype = Subtype(
            tenant_id=tenant_id,
            folder_type_id=folder_type.id,
            name=subtype_name,
            workflow_definition_id=circuits[circuit],
            position=position,
        )
        session.add(subtype)
        session.flush()
        subtypes[type_name] = subtype.id
    return subtypes


def _faults_of_town(session: Session, town: Town) -> dict[str, Refusal]:
    tenants = session.exec(select(Tenant)).all()
    found = {
        "name": _name_fault(town.name, tenants),
        "short_name": _short_name_fault(town.short_name, tenants) if town.name else None,
        "zone": _zone_fault(town.zone),
    }
    return {field: refusal for field, refusal in found.items() if refusal}


def _name_fault(name: str, tenants: Sequence[Tenant]) -> Refusal | None:
    if not any(c.isalnum() for c in name):
        return Refusal("town_name_missing", "Donnez le nom de la collectivité, par exemple « Commune de Saint-Aubin ».")
    if len(name) > NAME_LENGTH:
        return Refusal("town_name_too_long", f"Le nom de la collectivité dépasse {NAME_LENGTH} caractères.")
    if same := next((tenant for tenant in tenants if folded_name(tenant.name) == folded_name(name)), None):
        return Refusal(
            "town_name_taken", f"« {same.name} » existe déjà, sous le nom court {same.short_name}. Rien n’a été créé."
        )
    return None


def _short_name_fault(short_name: str, tenants: Sequence[Tenant]) -> Refusal | None:
    if refusal := refuse_short_name(short_name):
        return refusal
    if same := next((tenant for tenant in tenants if tenant.short_name == short_name), None):
        return Refusal(
            "town_short_name_taken",
            f"Le nom court « {short_name} » est celui de « {same.name} ». Choisissez-en un autre.",
        )
    return None


def _zone_fault(zone: str) -> Refusal | None:
    try:
        zone_named(zone)
    except CalendarFault as fault:
        return Refusal("zone_unknown", str(fault))
    return None

"""The configuration of a town goes out as one file and comes in elsewhere: the same, all of it or nothing."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, time, timedelta
from decimal import Decimal
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from sqlmodel import select

from engine.administration.configuration.applying import Applied, apply
from engine.administration.configuration.exporting import exported
from engine.administration.configuration.model import ConfigurationRefused
from engine.administration.configuration.reading import read
from engine.administration.configuration.writing import written
from engine.calendar import said_of, usual_calendar, with_days
from engine.circuits.actions import publish, publish_decisions, retire
from engine.database import Database
from engine.desks.model import Delegation, Desk, DeskAdministrator, DeskAssociation, DeskSupervisor
from engine.journal.queries import chain_entries
from engine.people.actions import create_account, create_tenant, join_tenant
from engine.people.model import Account, Membership, Role, SecondFactorNeed, Tenant
from engine.people.queries import members
from engine.typology.model import FolderType, Subtype
from parapheur.migrating import migrate
from tests.support.administration import make_administrator
from tests.support.drawing import END, START, drawing, exclusive, flow, step
from tests.support.world import NOW, World

ZONE = ZoneInfo("Europe/Paris")
TODAY = NOW.astimezone(ZONE).date()
TABLE = b"""<definitions xmlns="https://www.omg.org/spec/DMN/20191111/MODEL/" id="d" name="Seuils" namespace="t">
  <decision id="who" name="Qui signe"><decisionTable id="t">
    <input id="i" label="Montant"><inputExpression typeRef="number"><text>amount</text></inputExpression></input>
    <output id="o" name="desk" typeRef="string"/>
    <rule id="r1"><inputEntry id="i1"><text>-</text></inputEntry><outputEntry id="o1"><text>"dgs"</text></outputEntry>
    </rule></decisionTable></decision></definitions>
"""
INNER = drawing(START, step("visa"), END, flow("start>visa visa>end"))
#: Calls the circuit « called », which comes after it in the alphabet; its accents are in another encoding.
OUTER = (
    drawing(START, '<bpmn:callActivity id="c" name="Suite" calledElement="called"/>', END, flow("start>c c>end"))
    .decode()
    .replace("UTF-8", "ISO-8859-1")
    .replace("Suite", "Suite réglée")
    .encode("latin-1")
)
ASKING = drawing(
    START,
    '<bpmn:businessRuleTask id="t" name="Choisir" parapheur:decision="seuils"/>',
    step("a", desk="=desk"),
    END,
    flow("start>t t>a a>end"),
)


@pytest.fixture
def town(world: World) -> World:
    """A town with something of everything."""
    make_administrator(world)
    with world.database.writing() as session:
        tenant = session.get_one(Tenant, world.tenant.id)
        tenant.second_factor = SecondFactorNeed.ADMINISTRATORS
        days = "24/12/2026 : pont\n21/07 : fête patronale\n05/12/2026 9h-12h : samedi ouvert"
        tenant.calendar = said_of(with_days(usual_calendar("Europe/Paris"), days))
        people = {key: session.get_one(Account, one.id) for key, one in world.accounts.items()}
        session.get_one(Membership, (people["adjoint"].id, tenant.id)).disabled_at = NOW
        desks = {desk.short_name: desk for desk in session.exec(select(Desk).where(Desk.tenant_id == tenant.id))}
        desks["dgs"].parent_desk_id = desks["maire"].id
        desks["secretariat"].parent_desk_id = desks["dgs"].id
        desks["dgs"].function, desks["dgs"].may_chain = "direction", False
        desks["adjoint"].closed_at = NOW
        session.add(DeskSupervisor(desk_id=desks["maire"].id, account_id=people["secretariat"].id))
        session.add(DeskAdministrator(desk_id=desks["dgs"].id, account_id=people["dgs"].id))
        session.add(DeskAssociation(desk_id=desks["secretariat"].id, associated_desk_id=desks["maire"].id))
        known = {"tenant_id": tenant.id, "now": NOW}
        publish_decisions(session, short_name="seuils", name="Seuils d’achat", dmn=TABLE, **known)
        publish(session, short_name="called", name="Appelé", bpmn=INNER, **known)
        publish(session, short_name="aa-calls", name="Appelle : l’autre", bpmn=OUTER, **known)
        asking = publish(session, short_name="asking", name="Interroge", bpmn=ASKING, **known)
        retire(session, tenant_id=tenant.id, short_name="two-signatures", now=NOW)
        kind = FolderType(tenant_id=tenant.id, name="Bon de commande")
        session.add(kind)
        session.flush()
        for position, (name, closed) in enumerate((("No", None), ("Fournitures", NOW))):
            session.add(
                Subtype(
                    tenant_id=tenant.id,
                    folder_type_id=kind.id,
                    name=name,
                    workflow_definition_id=asking.workflow_definition_id,
                    position=position,
                    asks_amount=closed is None,
                    closed_at=closed,
                )
            )
        session.add(
            Delegation(
                tenant_id=tenant.id,
                delegating_desk_id=desks["maire"].id,
                substitute_desk_id=desks["dgs"].id,
                principal_id=people["maire"].id,
                starts_at=NOW - timedelta(days=3),
                ends_at=datetime.combine(TODAY + timedelta(days=30), time(), ZONE),
                folder_type_id=kind.id,
                ceiling=Decimal("4000.50"),
                deed_number="2026-12",
                deed_date=TODAY - timedelta(days=9),
                created_at=NOW,
                created_by=people["secretariat"].id,
            )
        )
        session.commit()
    return world


@pytest.fixture
def elsewhere(tmp_path: Path) -> Iterator[tuple[Database, Tenant, Account]]:
    """Another installation, with an empty town and who administers it."""
    database = Database(f"sqlite:///{tmp_path / 'ailleurs.db'}")
    migrate(database)
    with database.writing() as session:
        tenant = create_tenant(session, name="À remplir", short_name="vide", zone="Indian/Reunion", now=NOW)
        account = create_account(
            session, email="secretariat@essai.example", given_name="Sylvie", surname="Lemoine", now=NOW
        )
        account.password_hash = "x"
        join_tenant(session, account, tenant, role=Role.TENANT_ADMIN)
        session.commit()
    yield database, tenant, account
    database.dispose()


def out(database: Database, tenant: Tenant) -> str:
    with database.reading() as session:
        return written(exported(session, tenant.id, now=NOW))


def bring(database: Database, tenant: Tenant, by: Account, text: str, *, keep: bool = True) -> Applied:
    with database.writing() as session:
        done = apply(session, read(text.encode()), tenant_id=tenant.id, by=by.id, services=("notify",), now=NOW)
        if keep:
            session.commit()
    return done


def refused(database: Database, tenant: Tenant, by: Account, text: str) -> list[str]:
    before = out(database, tenant)
    with pytest.raises(ConfigurationRefused) as caught:
        bring(database, tenant, by, text)
    assert out(database, tenant) == before
    return [str(fault) for fault in caught.value.faults]


def test_out_then_into_an_empty_town_then_out_again_is_the_same_file(
    town: World, elsewhere: tuple[Database, Tenant, Account]
) -> None:
    database, tenant, by = elsewhere
    text = out(town.database, town.tenant)
    untouched = out(database, tenant)
    would = bring(database, tenant, by, text, keep=False)
    assert out(database, tenant) == untouched  # a dry run writes nothing
    done = bring(database, tenant, by, text)
    assert done.changes == would.changes
    assert len(done.changes) > 15
    assert out(database, tenant) == text
    again = bring(database, tenant, by, text)
    assert again.changes == ()
    with database.reading() as session:
        entries = chain_entries(session, tenant.id, tenant.id)
        assert [e.event for e in entries].count("tenant:configuration:imported") == 1


def test_the_file_is_read_by_people_and_tells_no_secret(town: World) -> None:
    text = out(town.database, town.tenant)
    for line in (
        "  nom: Commune d’essai",
        "  second facteur exigé de: administrateurs",
        "  - adresse: dgs@essai.example",
        "    droits:",
        "      - déposer",
        "    bpmn: |",
        "    plafond: '4000.50'",
        "    retiré: oui",
    ):
        assert f"\n{line}\n" in text, line
    assert "\n    <bpmn:definitions" not in text  # a drawing begins with its declaration
    with town.database.reading() as session:
        hashes = [account.password_hash for account in session.exec(select(Account))]
    assert not any(secret and secret in text for secret in hashes)


def test_what_the_file_does_not_name_stays_and_is_told(
    town: World, elsewhere: tuple[Database, Tenant, Account]
) -> None:
    database, tenant, by = elsewhere
    bring(database, tenant, by, out(town.database, town.tenant))
    whole = out(database, tenant)
    start, stop = whole.index("  - adresse: maire@"), whole.index("  - adresse: secretariat@")
    less = whole[:start] + whole[stop:]
    done = bring(database, tenant, by, less)
    assert done.changes == ()
    assert any("Héloïse Lefèvre n’est pas dans le fichier" in note for note in done.notes)
    assert out(database, tenant) == whole


#: What is replaced, by what, where the fault is said to be, and what is said.
WRONG = [
    ("format: 1", "format: 7", "format", "au format 7"),
    ("fuseau horaire: Europe/Paris", "fuseau horaire: Europe/Parie", "fuseau horaire", "n’existe pas"),
    ("adresse: dgs@essai.example", "adresse: dgs", "personnes › dgs › adresse", "n’est pas une adresse"),
    ("prénom: Zoé", "prenom: Zoé", "personnes › dgs@essai.example › prenom", "Ce champ n’existe pas"),
    ("administre: collectivité", "administre: tout", "administre", "n’est pas l’un des mots admis"),
    ("administre: collectivité", "qualité: Maire", "personnes", "écrit deux fois"),
    ("      - archiver", "      - voler", "droits", "« voler » n’est pas un droit"),
    ("supérieur: maire", "supérieur: mairie", "bureaux › dgs › supérieur", "« mairie »"),
    (
        "nom court: maire",
        "nom court: Le maire",
        "bureaux › Le maire › nom court",
        "ne peut pas servir de nom court",
    ),
    ("      - dgs@essai.example", "      - qui@essai.example", "titulaires", "« qui@essai.example »"),
    ("circuit: asking", "circuit: demande", "types › Bon de commande › No › circuit", "« demande »"),
    ("place: 1", "place: premier", "place", "n’est pas un nombre"),
    ("plafond: '4000.50'", "plafond: quatre mille", "plafond", "n’est pas un montant"),
    ("remplaçant: dgs", "remplaçant: maire", "remplaçant", "ne peut pas se remplacer lui-même"),
    ("acte du: ", "acte du: le ", "acte du", "n’est pas une date"),
    ('parapheur:desk="dgs"', 'parapheur:desk="ailleurs"', "circuits › called", "« ailleurs »"),
    ('targetRef="visa"', 'targetRef="nulle-part"', "circuits › called", "ne relie pas"),
    ("types:\n", "types: rien\nautre:\n", "types", "Il faut ici une liste"),
    ("personnes:\n", "personnes:\n  - Jeanne\n", "personnes", "« nom : valeur »"),
    ("  nom: Commune d’essai\n", "", "collectivité › nom", "Ce champ manque"),
    ("    jours particuliers: |", "    lundi: *a\n    jours: |", "", "Les renvois de YAML"),
    ("    lundi: ", "    lundi: tôt, ", "calendrier › lundi", "tôt"),
    ("24/12/2026", "34/12/2026", "calendrier", "34/12/2026"),
    ("bureaux:\n", "bureaux:\n\t- x\n", "", "pas du YAML lisible"),
]


def test_what_is_wrong_is_said_with_its_line_and_nothing_is_changed(
    town: World, elsewhere: tuple[Database, Tenant, Account]
) -> None:
    text = out(town.database, town.tenant)
    for old, new, where, said in WRONG:
        assert old in text
        faults = refused(*elsewhere, text.replace(old, new, 1))
        fault = next((one for one in faults if said in one and where in one), None)
        assert fault, (old, new, faults)
        number = text[: text.index(old)].count("\n") + 1
        assert fault.startswith("ligne ")
        assert abs(int(fault.split()[1]) - number) < 12  # that line, or where its entry begins
    harmless = text.replace("types:\n", "types: &a\n", 1)  # an anchor that nothing points to
    assert bring(*elsewhere, harmless, keep=False).changes


def test_several_faults_are_told_together(town: World, elsewhere: tuple[Database, Tenant, Account]) -> None:
    text = out(town.database, town.tenant).replace("supérieur: maire", "supérieur: rien")
    faults = refused(*elsewhere, text.replace("      - dgs@essai.example", "      - x@essai.example"))
    assert len(faults) >= 2


def test_a_desk_that_is_needed_is_neither_closed_nor_kept_from_acting(town: World) -> None:
    town.sent()
    text, by = out(town.database, town.tenant), town.accounts["secretariat"]
    closed = text.replace("    nom: Maire\n", "    nom: Maire\n    fermé: oui\n")
    (fault,) = [one for one in refused(town.database, town.tenant, by, closed) if "bureaux › maire › fermé" in one]
    assert "Le bureau « Maire » ne peut pas être fermé" in fault
    assert "bureaux dépendent de lui" in fault or "un bureau dépend de lui" in fault
    start = text.index("  - nom court: dgs\n")
    idle = text[:start] + text[start:].replace("      - agir\n", "", 1)
    assert idle != text
    assert any("bureaux › dgs › droits" in one for one in refused(town.database, town.tenant, by, idle))
    with town.database.reading() as session:
        desks = session.exec(select(Desk).where(Desk.short_name.in_(["maire", "dgs"]))).all()  # type: ignore[attr-defined]
        assert all(desk.may_act and desk.closed_at is None for desk in desks)


def test_a_circle_of_desks_is_refused(town: World, elsewhere: tuple[Database, Tenant, Account]) -> None:
    text = out(town.database, town.tenant)
    circle = text.replace("    nom: Maire\n", "    nom: Maire\n    supérieur: secretariat\n")
    assert any("son propre supérieur" in fault for fault in refused(*elsewhere, circle))


def test_the_last_administrator_is_not_taken_away(town: World) -> None:
    text = out(town.database, town.tenant).replace("    administre: collectivité\n", "")
    by = town.accounts["secretariat"]
    assert any("n’administrerait la collectivité" in one for one in refused(town.database, town.tenant, by, text))


def test_names_and_roles_change_and_a_known_account_keeps_its_name(town: World) -> None:
    by = town.accounts["secretariat"]
    text = out(town.database, town.tenant)
    changed = text.replace("prénom: Zoé", "prénom: Zoë").replace("qualité: Maire", "qualité: Madame le maire")
    done = bring(town.database, town.tenant, by, changed)
    assert any("garde ce nom" in note for note in done.notes)
    assert any("qualité : Madame le maire" in change for change in done.changes)
    with town.database.reading() as session:
        names = {one.account.full_name: one.title for one in members(session, town.tenant.id)}
    assert names["Héloïse Lefèvre"] == "Madame le maire"
    assert "Zoé Çelik" in names


def test_a_table_that_changes_publishes_again_the_circuits_that_ask_it(town: World) -> None:
    text = out(town.database, town.tenant).replace('<text>"dgs"</text>', '<text>"maire"</text>')
    done = bring(town.database, town.tenant, town.accounts["secretariat"], text)
    assert [change for change in done.changes if "publiée" in change] == [
        "La version 2 de la table « Seuils d’achat » est publiée.",
        "La version 2 du circuit « Interroge » est publiée.",
    ]


def test_a_file_that_is_none_is_told_so(elsewhere: tuple[Database, Tenant, Account]) -> None:
    for data, said in (
        (b"", "pas une configuration"),
        (b"- 1\n- 2\n", "pas une configuration"),
        (b"a: [", "pas du YAML lisible"),
        (b"format: 1\nnom: caf\xe9\n", "pas en UTF-8"),
        (b"[" * 100_000, "pas du YAML lisible"),
        (b"format: 1\n", "Cette partie manque"),
    ):
        with pytest.raises(ConfigurationRefused) as caught:
            read(data)
        assert said in str(caught.value), data[:20]


def test_drawings_with_decisions_of_their_own_come_back_byte_for_byte(
    town: World, elsewhere: tuple[Database, Tenant, Account]
) -> None:
    database, tenant, by = elsewhere
    crlf = drawing(START, exclusive("g", None), step("visa"), END, flow("start>g g>visa visa>end"))
    crlf = crlf.replace(b"><", b">\r\n\t<").replace(b"<bpmn:startEvent", b" <bpmn:startEvent")
    with town.database.writing() as session:
        publish(session, tenant_id=town.tenant.id, short_name="crlf", name="Fins de ligne", bpmn=crlf, now=NOW)
        session.commit()
    bring(database, tenant, by, out(town.database, town.tenant))
    with database.reading() as session:
        found = {one.short_name: one.content for one in exported(session, tenant.id, now=NOW).circuits}
    assert found["crlf"] == crlf
    assert found["aa-calls"] == OUTER

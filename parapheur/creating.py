"""``parapheur create-tenant``: a town and who will administer it, from options or asked in the terminal."""

from __future__ import annotations

import argparse
import sys
from dataclasses import dataclass

from engine.clock import DEFAULT_ZONE, utc_now
from engine.database import Database
from engine.people.rules import NewPerson, short_name_from
from engine.refusals import Faults
from notifications.actions import address_of
from parapheur.founding import Founded, Town, found_town
from parapheur.migrating import DatabaseFault, fault_of
from parapheur.settings import Settings
from parapheur.wiring import open_database

OK, NOT_WELL, WRONG_USAGE = 0, 1, 2
#: What is taken already is no mistake of who types: status 1.
_TAKEN = {"town_name_taken", "town_short_name_taken", "account_closed"}


@dataclass(frozen=True, slots=True)
class _Question:
    field: str
    words: str
    compulsory: bool = True

    @property
    def option(self) -> str:
        return f"--{self.field.replace('_', '-')}"


_QUESTIONS = (
    _Question("name", "Nom de la collectivité"),
    _Question("short_name", "Nom court", compulsory=False),
    _Question("zone", "Fuseau horaire", compulsory=False),
    _Question("email", "Adresse électronique de la personne qui l’administrera"),
    _Question("given_name", "Son prénom"),
    _Question("surname", "Son nom"),
    _Question("title", "Sa qualité (Entrée : aucune)", compulsory=False),
)


def create(options: argparse.Namespace, settings: Settings) -> int:
    """Create the town that options and answers describe.

    0: created, its administrator is invited. 1: the town is there already. 2: something is missing or will not do; in
    a terminal it is asked again. Raises :class:`DatabaseFault` when the database cannot be used.
    """
    database = open_database(settings)
    try:
        if fault := fault_of(database):
            raise DatabaseFault(fault)
        return _create(options, settings, database)
    finally:
        database.dispose()


def _create(options: argparse.Namespace, settings: Settings, database: Database) -> int:
    known = {question.field: getattr(options, question.field) for question in _QUESTIONS}
    asking = sys.stdin.isatty()
    try:
        if asking:
            _ask(known, {field for field, value in known.items() if value is None})
    except EOFError:
        print()
    missing = [question.option for question in _QUESTIONS if question.compulsory and known[question.field] is None]
    if missing:
        print(f"Rien n’a été créé. Il manque : {', '.join(missing)}", file=sys.stderr)
        return WRONG_USAGE
    while isinstance(result := _found(database, settings, known), Faults):
        print("\n".join(result.sentences.values()), file=sys.stderr)
        if not asking:
            taken = {refusal.code for refusal in result.by_field.values()} <= _TAKEN
            return NOT_WELL if taken else WRONG_USAGE
        try:
            _ask(known, set(result.by_field))
        except EOFError:
            print("\nRien n’a été créé.", file=sys.stderr)
            return WRONG_USAGE
    _tell(result, settings)
    return OK


def _found(database: Database, settings: Settings, known: dict[str, str | None]) -> Founded | Faults:
    town = Town(known["name"] or "", known["short_name"] or "", known["zone"] or DEFAULT_ZONE)
    person = NewPerson(*(known[field] or "" for field in ("email", "given_name", "surname", "title")))
    with database.writing() as session:
        result = found_town(session, town, person, base_url=settings.base_url.rstrip("/"), now=utc_now())
        if isinstance(result, Founded):
            session.commit()
    return result


def _ask(known: dict[str, str | None], fields: set[str]) -> None:
    """Ask for these fields, in order; Enter alone takes what is proposed."""
    for question in _QUESTIONS:
        if question.field not in fields:
            continue
        proposed = {"short_name": short_name_from(known["name"] or ""), "zone": DEFAULT_ZONE}.get(question.field, "")
        known[question.field] = input(f"{question.words}{f' ({proposed})' if proposed else ''} : ") or proposed


def _tell(founded: Founded, settings: Settings) -> None:
    tenant, invited = founded.tenant, founded.administrator
    account, base_url = invited.account, settings.base_url.rstrip("/")
    print(f"« {tenant.name} » est créée, sous le nom court {tenant.short_name}.")
    print("Elle a quatre bureaux sans titulaire, trois circuits et trois types de dossiers, pour commencer aussitôt.")
    if invited.known:
        print(f"{account.email} a déjà un compte, au nom de {account.full_name} : il est gardé tel quel.")
    print(f"Un courriel part vers {account.email} dès que « parapheur worker » tourne.")
    if "smtp_host" in settings.model_fields_set:
        return
    print("PARAPHEUR_SMTP_HOST n’est pas réglé : ce courriel n’arrivera peut-être pas.")
    if invited.link is None:
        print(f"{account.full_name} peut se connecter à {base_url}")
        return
    print(f"Lien à remettre à {account.full_name}, à cette personne seule ; il sert une fois, pendant sept jours :")
    print(address_of(invited.link, base_url))

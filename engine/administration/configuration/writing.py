"""From a configuration to the text of its file: YAML 1.2, UTF-8, always the same for the same configuration."""

from __future__ import annotations

from typing import Any

import yaml  # type: ignore[import-untyped]

from engine.administration.configuration.model import (
    FORMAT,
    NEEDS,
    RIGHTS,
    ROLES,
    Configuration,
    DelegationEntry,
    DeskEntry,
    FileEntry,
    Person,
    SubtypeEntry,
    Town,
    TypeEntry,
)
from engine.calendar import lines_of, town_calendar
from engine.calendar.model import WEEKDAYS

_HEAD = """\
# Configuration d’une collectivité, écrite par le parapheur. Aucun mot de passe, aucun dossier.
# Ce fichier se relit, se modifie et s’importe : voir docs/configuration.md.
"""
_ROLE_NAMES = {role: name for name, role in ROLES.items()}
_NEED_NAMES = {need: name for name, need in NEEDS.items()}


class _Dumper(yaml.SafeDumper):  # type: ignore[misc]
    """Long texts as they are, lists under their name, nothing shared."""

    def ignore_aliases(self, data: Any) -> bool:
        return True

    def increase_indent(self, flow: bool = False, indentless: bool = False) -> None:
        super().increase_indent(flow, False)


def _text(dumper: yaml.SafeDumper, text: str) -> yaml.ScalarNode:
    style = "|" if "\n" in text else None
    return dumper.represent_scalar("tag:yaml.org,2002:str", text, style=style)


_Dumper.add_representer(str, _text)


def written(configuration: Configuration) -> str:
    """The file."""
    town = configuration.town
    document: dict[str, Any] = {
        "format": FORMAT,
        "collectivité": {
            "nom": town.name,
            "fuseau horaire": town.zone,
            "second facteur exigé de": _NEED_NAMES[town.second_factor],
            **({"calendrier": _calendar(town)} if town.calendar else {}),
        },
        "personnes": [_person(one) for one in configuration.people],
        "bureaux": [_desk(one) for one in configuration.desks],
        "tables de décision": [_file(one, "dmn") for one in configuration.tables],
        "circuits": [_file(one, "bpmn") for one in configuration.circuits],
        "types": [_type(one) for one in configuration.types],
        "délégations": [_delegation(one) for one in configuration.delegations],
    }
    body = yaml.dump(document, Dumper=_Dumper, allow_unicode=True, sort_keys=False, width=1_000_000)
    return f"{_HEAD}{body}"


def _said(**facts: Any) -> dict[str, Any]:
    """What is not empty; names with their spaces."""
    return {name.replace("_", " "): value for name, value in facts.items() if value not in ("", None, False, [], ())}


def _calendar(town: Town) -> dict[str, Any]:
    """The hours of each day, an empty text for a day when nobody works; and the days that are not as usual."""
    calendar = town_calendar(town.zone, town.calendar)
    hours = {name: ", ".join(map(str, ranges)) for name, ranges in zip(WEEKDAYS, calendar.week.days, strict=True)}
    worked = sorted(feast.value for feast in calendar.worked)
    special = _said(fériés_travaillés=worked, jours_particuliers=lines_of(calendar))
    return {"territoire": calendar.territory.value, **hours, **special}


def _person(one: Person) -> dict[str, Any]:
    return _said(
        adresse=one.email,
        prénom=one.given_name,
        nom=one.surname,
        qualité=one.title,
        administre="" if _ROLE_NAMES[one.role] == "aucun" else _ROLE_NAMES[one.role],
        accès_fermé="oui" if one.closed else "",
    )


def _desk(one: DeskEntry) -> dict[str, Any]:
    return {
        **_said(nom_court=one.short_name, nom=one.name, fonction=one.function, supérieur=one.parent),
        "droits": [name for name, column in RIGHTS.items() if column in one.rights],
        **_said(
            titulaires=list(one.holders),
            superviseurs=list(one.supervisors),
            administrateurs=list(one.administrators),
            bureaux_associés=list(one.associated),
            fermé="oui" if one.closed else "",
        ),
    }


def _file(one: FileEntry, key: str) -> dict[str, Any]:
    return _said(
        nom_court=one.short_name,
        nom=one.name,
        retiré="oui" if one.retired else "",
        **{key: _readable(one.content)},
    )


def _readable(content: bytes) -> str | bytes:
    """The text of a file that text gives back exactly; its bytes otherwise."""
    try:
        text = content.decode()
    except UnicodeDecodeError:
        return content
    return content if "\r" in text or "\ufeff" in text else text


def _type(one: TypeEntry) -> dict[str, Any]:
    return {"nom": one.name, "sous-types": [_subtype(subtype) for subtype in one.subtypes]}


def _subtype(one: SubtypeEntry) -> dict[str, Any]:
    return _said(
        nom=one.name,
        circuit=one.circuit,
        place=one.position or "",
        demande_un_montant="oui" if one.asks_amount else "",
        fermé="oui" if one.closed else "",
    )


def _delegation(one: DelegationEntry) -> dict[str, Any]:
    return _said(
        bureau=one.desk,
        remplaçant=one.substitute,
        absent=one.absent,
        du=one.first_day.isoformat(),
        au=one.last_day.isoformat(),
        type=one.kind[0],
        sous_type=one.kind[1],
        plafond=f"{one.ceiling:.2f}" if one.ceiling is not None else "",
        acte=one.deed_number,
        acte_du=one.deed_day.isoformat() if one.deed_day else "",
    )

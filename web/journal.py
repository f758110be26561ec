"""The journal in French, one sentence per event."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any

import orjson
from sqlmodel import Session, col, select

from engine.circuits.values import spelled
from engine.euros import french_euros
from engine.journal.model import JournalEntry
from engine.people.model import Account
from signing.french import french_day, in_the_absence_of
from web.fields import shown
from web.french import plural
from web.journal_steps import STEP_SENTENCES
from web.works import kind_of


@dataclass(frozen=True, slots=True)
class Line:
    """One entry as shown."""

    seq: int
    at: datetime
    who: str
    sentence: str
    hash: str
    fields: tuple[tuple[str, str], ...] = ()  #: what was filled in: name and value, as people read them
    details: tuple[str, ...] = ()  #: sentences under it


def _filled(data: dict[str, Any]) -> tuple[tuple[str, str], ...]:
    """The fields that a step filled, by their names as forms show them where the drawing gives no other."""
    fields = data.get("fields")
    return tuple((spelled(name), shown(value)) for name, value in fields.items()) if isinstance(fields, dict) else ()


def _details(data: dict[str, Any]) -> tuple[str, ...]:
    changes = data.get("changes")
    return tuple(map(str, changes)) if isinstance(changes, list) else ()


def _reason(data: dict[str, Any]) -> str:
    return f" : « {data['reason']} »" if data.get("reason") else ""


def _for(data: dict[str, Any]) -> str:
    """``pour le bureau « Maire »``, and in whose absence."""
    return f"pour le bureau « {data.get('desk', '')} »{_absence(data)}"


def _absence(data: dict[str, Any]) -> str:
    return f", {in_the_absence_of(data['on_behalf_of'])}" if data.get("on_behalf_of") else ""


def _delegation(data: dict[str, Any]) -> str:
    absent = f", {in_the_absence_of(data['absent'])}" if data.get("absent") else ""
    return f"bureau « {data.get('desk', '')} » par « {data.get('substitute', '')} »{absent}"


def _given(data: dict[str, Any]) -> str:
    said = [data["kind"]] if data.get("kind") else []
    if data.get("ceiling"):
        said.append(f"jusqu’à {french_euros(Decimal(data['ceiling']))}")
    if data.get("deed_number"):
        said.append(f"acte n° {data['deed_number']}")
    if data.get("deed_day"):
        said.append(f"acte du {french_day(date.fromisoformat(data['deed_day']))}")
    if data.get("deed_sha256"):
        said.append("acte joint")
    days = (french_day(date.fromisoformat(data[name])) for name in ("first_day", "last_day") if name in data)
    more = f" ({' ; '.join(said)})" if said else ""
    return f", du {' au '.join(days)}{more}"


def _withdrawn(data: dict[str, Any]) -> str:
    if data.get("signatures_withdrawn"):
        return " ; la signature produite est retirée, et gardée comme preuve"
    if data.get("papers_withdrawn"):
        return " ; la déclaration de signature papier est retirée, et son scan gardé"
    return ""


def _all_withdrawn(data: dict[str, Any]) -> str:
    said = ""
    if data.get("signatures_withdrawn"):
        said += " ; les signatures produites sont retirées, et gardées comme preuves"
    if data.get("papers_withdrawn"):
        said += " ; les déclarations de signature papier sont retirées, et leurs scans gardés"
    return said


def _corrected(data: dict[str, Any]) -> str:
    said = []
    if "title" in data:
        said.append(f"titre « {data['title']} »")
    if "amount" in data:
        said.append(f"montant {french_euros(Decimal(data['amount']))}")
    if "document" in data:
        said.append(f"document « {data['document']} »")
    return f" : {', '.join(said)}" if said else ""


def _chosen_desks(data: dict[str, Any]) -> str:
    chosen = data.get("desks") or {}
    return ", ".join(f"« {desk} » pour l’étape « {step} »" for step, desk in chosen.items()) or "aucun"


def _again(data: dict[str, Any]) -> str:
    return f", pour la {data['round']}ᵉ fois" if data.get("round", 1) > 1 else ""


def _changes(data: dict[str, Any]) -> str:
    said = []
    if data.get("was"):
        said.append(f"auparavant {data['was']}")
    if "title" in data:
        said.append(f"qualité : {data['title']}" if data["title"] else "sans qualité")
    if data.get("given"):
        said.append(f"bureaux donnés : {', '.join(data['given'])}")
    if data.get("taken"):
        said.append(f"bureaux retirés : {', '.join(data['taken'])}")
    if data.get("administers"):
        said.append("administre la collectivité")
    elif "administers" in data:
        said.append("n’administre plus la collectivité")
    return f" ({' ; '.join(said)})" if said else ""


def _desk(data: dict[str, Any]) -> str:
    said = [f"nom court : {data.get('short_name', '')}"]
    said.append(f"supérieur : {data['parent']}" if data.get("parent") else "sans supérieur")
    said += [f"fonction : {data['function']}"] if data.get("function") else []
    said.append("peut déposer" if data.get("may_create") else "ne dépose pas")
    said += [words for right, words in _WITHOUT.items() if data.get(right) is False]
    said += [f"{words} : {', '.join(data[name])}" for name, words in _LINKED.items() if data.get(name)]
    return f" ({' ; '.join(said)})"


#: What a desk may not do.
_WITHOUT = {"may_act": "n’agit pas", "may_archive": "n’archive pas", "may_chain": "n’enchaîne pas"}
#: What a desk was linked to, or no longer is.
_LINKED = {
    "supervisors_given": "nouveaux superviseurs",
    "supervisors_taken": "ne le supervisent plus",
    "associated_given": "associé à",
    "associated_taken": "n’est plus associé à",
}


def _subtype(data: dict[str, Any]) -> str:
    said = [f"type : {data.get('type', '')}", f"circuit : {data.get('circuit', '')}"]
    said += ["demande un montant"] if data.get("asks_amount") else []
    said += ["fermé aux nouveaux dépôts"] if data.get("closed") else []
    return f" ({' ; '.join(said)})"


def _departure(data: dict[str, Any]) -> str:
    said = [f"bureaux remis : {', '.join(data['handed'])}"] if data.get("handed") else []
    said += [f"sans titulaire : {', '.join(data['vacant'])}"] if data.get("vacant") else []
    said += ["données personnelles réduites à ce que demande la preuve"] if data.get("minimised") else []
    return f" ({' ; '.join(said)})" if said else ""


def _handed(data: dict[str, Any]) -> str:
    said = [f"donné à {', '.join(data['given'])}"] if data.get("given") else []
    said += [f"retiré à {', '.join(data['taken'])}"] if data.get("taken") else []
    return f" ({' ; '.join(said)})" if said else ""


def _day(data: dict[str, Any]) -> str:
    return french_day(date.fromisoformat(data["day"])) if data.get("day") else ""


def _council(data: dict[str, Any]) -> str:
    said = list(data.get("desks", []))
    said += [f"ne tiennent plus de bureau : {', '.join(data['leavers'])}"] if data.get("leavers") else []
    said += [f"délégations terminées : {data['delegations']}"] if data.get("delegations") else []
    return f" ({' ; '.join(said)})" if said else ""


_NEEDS = {
    "NOBODY": "de personne",
    "ADMINISTRATORS": "des personnes qui administrent",
    "EVERYBODY": "de tout le monde",
}


def _works(data: dict[str, Any]) -> str:
    kinds = ", ".join(kind_of(kind).lower() for kind in data.get("kinds", []))
    return f"{plural(data.get('count', 1), 'travail', 'travaux')} ({kinds})"


#: event → sentence. A test checks that every event the product writes has one.
SENTENCES: dict[str, Callable[[dict[str, Any]], str]] = {
    **STEP_SENTENCES,
    "folder:draft:created": lambda d: f"a créé le dossier avec le document « {d.get('document', '')} »",
    "folder:draft:discarded": lambda d: "a supprimé le brouillon",
    "folder:draft:copied": lambda d: f"a créé le dossier en copiant « {d.get('of', '')} »",
    "folder:desks:chosen": lambda d: f"a choisi les bureaux : {_chosen_desks(d)}",
    "folder:draft:changed": lambda d: f"a corrigé le brouillon{_corrected(d)}",
    "folder:draft:recycled": lambda d: f"a remis le dossier en brouillon{_all_withdrawn(d)}",
    "folder:circuit:started": lambda d: f"a envoyé le dossier dans son circuit{_again(d)}",
    "folder:circuit:chained": lambda d: (
        f"a envoyé le dossier terminé dans un autre circuit : {d.get('type', '')}, {d.get('subtype', '')}"
    ),
    "folder:circuit:stopped": lambda d: f"a arrêté le dossier{_reason(d)}",
    "folder:follower:added": lambda d: "suit le dossier",
    "folder:follower:removed": lambda d: "ne suit plus le dossier",
    "folder:tray:archived": lambda d: "a archivé le dossier",
    "folder:tray:unarchived": lambda d: "a sorti le dossier des archives",
    "folder:step:read": lambda d: f"a ouvert le dossier à l’étape « {d.get('step', '')} »{_absence(d)}",
    "folder:step:approved": lambda d: f"a visé {_for(d)}{_reason(d)}",
    "folder:step:rejected": lambda d: f"a rejeté {_for(d)}{_reason(d)}",
    "folder:step:signed": lambda d: f"a signé {_for(d)}, certificat : {d.get('holder', '')}",
    "folder:step:referred_back": lambda d: f"a renvoyé le dossier {_for(d)}{_reason(d)}",
    "folder:step:answered": lambda d: f"a répondu « {d.get('answer') or d.get('outcome', '')} » {_for(d)}{_reason(d)}",
    "folder:step:taken_back": lambda d: (
        f"a repris son action à l’étape « {d.get('step', '')} »{_absence(d)}{_withdrawn(d)}"
    ),
    "folder:step:returned_to": lambda d: (
        f"a fait revenir le dossier à l’étape « {d.get('step', '')} »{_absence(d)}{_reason(d)}{_withdrawn(d)}"
    ),
    "folder:service:done": lambda d: "a terminé une tâche automatique du circuit",
    "folder:service:failed": lambda d: f"n’a pas pu terminer une tâche automatique : {d.get('error', '')}",
    "folder:message:received": lambda d: f"a reçu le message « {d.get('message', '')} »",
    "folder:escalation:noted": lambda d: f"a noté un signalement du circuit : « {d.get('name', '')} »",
    "folder:circuit:migrated": lambda d: (
        f"a fait passer le dossier de la version {d.get('before', '')} à la version {d.get('after', '')} de son circuit"
    ),
    "folder:timer:reached": lambda d: "a poursuivi le circuit à l’échéance prévue",
    "folder:mail:refused": lambda d: f"n’a pas pu remettre un courriel à {d.get('to', '')} : {d.get('error', '')}",
    "tenant:town:created": lambda d: f"a ouvert la collectivité « {d.get('town', '')} »",
    "tenant:town:closed": lambda d: f"a fermé la collectivité « {d.get('town', '')} »",
    "tenant:town:reopened": lambda d: f"a rouvert la collectivité « {d.get('town', '')} »",
    "tenant:person:invited": lambda d: f"a invité {d.get('person', '')}{_changes(d)}",
    "tenant:invitation:sent_again": lambda d: f"a envoyé une nouvelle invitation à {d.get('person', '')}",
    "tenant:person:changed": lambda d: f"a changé ce qui concerne {d.get('person', '')}{_changes(d)}",
    "tenant:person:disabled": lambda d: f"a désactivé l’accès de {d.get('person', '')}",
    "tenant:person:enabled": lambda d: f"a rouvert l’accès de {d.get('person', '')}",
    "tenant:person:entrusted": lambda d: (
        f"a confié à {d.get('person', '')} l’administration de : {', '.join(d.get('desks', [])) or 'aucun bureau'}"
    ),
    "tenant:desk:handed": lambda d: f"a changé les titulaires du bureau « {d.get('desk', '')} »{_handed(d)}",
    "tenant:person:left": lambda d: f"a enregistré le départ de {d.get('person', '')}{_departure(d)}",
    "tenant:council:planned": lambda d: (
        f"a préparé un renouvellement pour le {_day(d)} ({', '.join(d.get('desks', []))})"
    ),
    "tenant:council:cancelled": lambda d: f"a annulé le renouvellement prévu pour le {_day(d)}",
    "tenant:council:renewed": lambda d: f"a renouvelé les titulaires{_council(d)}",
    "tenant:council:given_up": lambda d: f"n’a pas appliqué le renouvellement prévu : {d.get('fault', '')}",
    "tenant:calendar:changed": lambda d: f"a changé le calendrier : {_calendar(d)}",
    "tenant:factor:required": lambda d: f"exige le second facteur : {_NEEDS.get(d.get('need', ''), '')}",
    "tenant:factor:reset": lambda d: f"a réinitialisé le second facteur de {d.get('person', '')}",
    "tenant:desk:created": lambda d: f"a créé le bureau « {d.get('desk', '')} »{_desk(d)}",
    "tenant:desk:closed": lambda d: f"a fermé le bureau « {d.get('desk', '')} »",
    "tenant:desk:reopened": lambda d: f"a rouvert le bureau « {d.get('desk', '')} »",
    "tenant:desk:deleted": lambda d: f"a supprimé le bureau « {d.get('desk', '')} », qui n’avait jamais servi",
    "tenant:desk:changed": lambda d: f"a changé le bureau « {d.get('desk', '')} »{_desk(d)}",
    "tenant:delegation:given": lambda d: f"a fait remplacer le {_delegation(d)}{_given(d)}",
    "tenant:delegation:ended": lambda d: f"a mis fin au remplacement du {_delegation(d)}",
    "tenant:circuit:published": lambda d: (
        f"a publié la version {d.get('number', '')} du circuit « {d.get('name', '')} »"
    ),
    "tenant:decisions:published": lambda d: (
        f"a publié la version {d.get('number', '')} de la table de décision « {d.get('name', '')} »"
    ),
    "tenant:circuit:retired": lambda d: f"a retiré le circuit « {d.get('name', '')} »",
    "tenant:subtype:created": lambda d: f"a créé le sous-type « {d.get('subtype', '')} »{_subtype(d)}",
    "tenant:subtype:changed": lambda d: f"a changé le sous-type « {d.get('subtype', '')} »{_subtype(d)}",
    "tenant:configuration:imported": lambda d: (
        f"a importé une configuration ({plural(len(d.get('changes', [])), 'changement', 'changements')})"
    ),
    "tenant:work:retried": lambda d: f"a fait réessayer {_works(d)}",
    "tenant:work:abandoned": lambda d: f"a abandonné un travail ({kind_of(d.get('kind', '')).lower()}){_reason(d)}",
    "tenant:type:renamed": lambda d: f"a renommé le type « {d.get('was', '')} » en « {d.get('type', '')} »",
}


def _calendar(data: dict[str, Any]) -> str:
    days = int(data.get("days", 0))
    open_days = sum(1 for hours in data.get("week", ()) if hours)
    particular = f", {days} jour{'s' if days > 1 else ''} particulier{'s' if days > 1 else ''}" if days else ""
    return f"{data.get('territory', '')}, {open_days} jours ouverts par semaine{particular}"


def sentences(session: Session, entries: Sequence[JournalEntry]) -> list[Line]:
    """The lines of a journal."""
    actors = {entry.actor_id for entry in entries if entry.actor_id}
    names = {a.id: a.full_name for a in session.exec(select(Account).where(col(Account.id).in_(actors)))}
    lines = []
    for entry in entries:
        data = orjson.loads(entry.data)
        who = names.get(entry.actor_id, "Le parapheur") if entry.actor_id else "Le parapheur"
        lines.append(
            Line(entry.seq, entry.at, who, SENTENCES[entry.event](data), entry.hash, _filled(data), _details(data))
        )
    return lines

"""The journal in French: what re-aims an open step, paper signatures, reminders and bypasses."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from typing import Any

from engine.folders.model import Verdict
from signing.french import french_day, in_the_absence_of

#: How a second opinion is called.
VERDICTS: dict[str, str] = {
    Verdict.FAVOURABLE: "favorable",
    Verdict.UNFAVOURABLE: "défavorable",
    Verdict.COMMENT: "sans prendre parti",
}


def _for(data: dict[str, Any], desk: str = "desk") -> str:
    absence = f", {in_the_absence_of(data['on_behalf_of'])}" if data.get("on_behalf_of") else ""
    return f"pour le bureau « {data.get(desk, '')} »{absence}"


def _quoted(data: dict[str, Any], name: str) -> str:
    return f" : « {data[name]} »" if data.get(name) else ""


def _signed_on(data: dict[str, Any]) -> str:
    return f" du {french_day(date.fromisoformat(data['signed_on']))}" if data.get("signed_on") else ""


def _answer(data: dict[str, Any]) -> str:
    if data.get("error"):
        return f", en répondant par l’erreur « {data['error']} »"
    values = ", ".join(f"{name} = {value}" for name, value in (data.get("variables") or {}).items())
    return f", en répondant : {values}" if values else ""


STEP_SENTENCES: dict[str, Callable[[dict[str, Any]], str]] = {
    "folder:step:paper_signed": lambda d: (
        f"a déclaré une signature papier de {d.get('signatory', '')}{_signed_on(d)} {_for(d)},"
        f" scan « {d.get('document', '')} »{_quoted(d, 'reason')}"
    ),
    "folder:step:transferred": lambda d: (
        f"a transféré l’étape « {d.get('step', '')} » au bureau « {d.get('to', '')} » {_for(d)}{_quoted(d, 'reason')}"
    ),
    "folder:step:reminded": lambda d: f"a relancé le bureau « {d.get('desk', '')} » à l’étape « {d.get('step', '')} »",
    "folder:opinion:asked": lambda d: (
        f"a demandé l’avis du bureau « {d.get('to', '')} » {_for(d)}{_quoted(d, 'question')}"
    ),
    "folder:opinion:read": lambda d: f"a ouvert le dossier pour donner l’avis du bureau « {d.get('desk', '')} »",
    "folder:opinion:given": lambda d: (
        f"a donné un avis {VERDICTS.get(d.get('verdict', ''), '')} {_for(d)}{_quoted(d, 'text')}"
    ),
    "folder:opinion:declined": lambda d: f"n’a pas donné d’avis {_for(d)}{_quoted(d, 'text')}",
    "folder:opinion:taken_back": lambda d: f"a repris la question posée au bureau « {d.get('to', '')} » {_for(d)}",
    "folder:service:bypassed": lambda d: (
        f"a contourné la tâche bloquée « {d.get('task', '')} »{_quoted(d, 'reason')}{_answer(d)}"
    ),
}

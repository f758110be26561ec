"""The desks that a page lets choose for the steps of a circuit: what is asked, and what was answered."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from uuid import UUID

from sqlmodel import Session

from engine.folders.aim_rules import refuse_choices
from engine.folders.choices import Departure, departure
from engine.folders.timeline import TimelineStep, forecast_of_subtype
from engine.folders.variables import start_variables
from engine.typology.model import Subtype
from web.visits import Visit

_PREFIX = "chosen"


@dataclass(frozen=True, slots=True)
class Way:
    """The circuit of a sub-type, as a page shows it before a folder leaves."""

    subtype: Subtype
    needs: Departure
    chosen: Mapping[str, str]  #: short names, by step
    line: Sequence[TimelineStep]

    def field(self, place: str) -> str:
        """The name of the field in which the desk of a step is chosen."""
        return f"{_PREFIX}:{self.subtype.id}:{place}"

    def faults(self, emitter: str) -> dict[str, str]:
        """What is wrong with what was chosen, by field. ``emitter``: name of the desk that deposits."""
        offered = {desk.short_name for desk in self.needs.offered}
        refusals = {
            choice.place: refuse_choices([choice], self.chosen, offered, emitter) for choice in self.needs.choices
        }
        return {self.field(place): refusal.sentence for place, refusal in refusals.items() if refusal}


def answers(visit: Visit, subtype_id: UUID) -> dict[str, str]:
    """What was chosen for the steps of the circuit of a sub-type, in the form or in the address."""
    start = f"{_PREFIX}:{subtype_id}:"
    sent = {**visit.request.query_params, **visit.form}
    return {
        name.removeprefix(start): value.replace("\0", "")
        for name, value in sent.items()
        if name.startswith(start) and isinstance(value, str) and value
    }


def way_of(
    visit: Visit, session: Session, subtype: Subtype, emitter_desk_id: UUID | None, chosen: Mapping[str, str]
) -> Way:
    """The circuit that a folder of this sub-type would take from a desk, with what is chosen."""
    library, tenant_id, now = visit.services.library, visit.tenant_id, visit.now
    known = {"title": "", **start_variables(session, tenant_id, subtype.id, emitter_desk_id, chosen=chosen)}
    needs = departure(session, library, tenant_id, subtype.id, emitter_desk_id, known, now=now)
    line = forecast_of_subtype(session, library, tenant_id, subtype.id, emitter_desk_id, now=now, chosen=chosen)
    return Way(subtype, needs, chosen, line)

"""What a person fills to act on the step that waits for them: the same in the dialogs and in the pages."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from sqlmodel import Session

from engine.circuits import Outcome
from engine.desks.authority import Authority
from engine.folders.drawn import Drawn, drawn_step
from engine.folders.queries import StepView
from engine.refusals import Refusal
from web.fields import PREFIX, Field, fields_of, values_of
from web.visits import Visit


@dataclass(frozen=True, slots=True)
class Sheet:
    """The sheets of one step for one person."""

    mine: StepView
    drawn: Drawn
    fields: list[Field]
    heads: str  #: seal of the documents that the person was shown
    reason: str  #: what was typed already
    fault: Refusal | None = None  #: what was refused, said beside what it is about

    @property
    def signs(self) -> bool:
        """Whether the step asks for a signature."""
        return self.mine.step.kind == "SIGNATURE"

    @property
    def on_behalf_of(self) -> str | None:
        """Who is away, when the person would act in their absence."""
        authority = self.drawn.authority
        return authority.on_behalf_of if isinstance(authority, Authority) else None

    @property
    def answers(self) -> list[tuple[str, str]]:
        """The drawing's own words and what to call them."""
        return [item for item in self.drawn.spec.outcomes.items() if item[0] not in set(Outcome)]

    @property
    def field_is_missing(self) -> bool:
        """Whether what was refused is a compulsory field left empty."""
        return self.fault is not None and self.fault.code == "field_missing"

    @property
    def reason_is_wrong(self) -> bool:
        """Whether what was refused is the reason, or the annotation."""
        return self.fault is not None and self.fault.code.startswith("reason_")


def sheet_of(visit: Visit, session: Session, mine: StepView, heads: str, fault: Refusal | None = None) -> Sheet | None:
    """The sheets of an open step, with what was typed; None when the step has just been closed."""
    me = visit.person.account.id
    drawn = drawn_step(session, visit.services.library, visit.tenant_id, me, mine.step.id, now=visit.now)
    if drawn is None:
        return None
    fields = fields_of(drawn.spec, drawn.known, typed_in(visit))
    return Sheet(mine, drawn, fields, heads, visit.text("reason"), fault)


def typed_in(visit: Visit) -> dict[str, str]:
    """The fields of the step, as they were typed in a form."""
    return {key.removeprefix(PREFIX): visit.text(key) for key in visit.form if key.startswith(PREFIX)}


def values_typed(drawn: Drawn, typed: Mapping[str, str]) -> dict[str, Any]:
    """What the circuit is given of them; a field that the step does not ask for is kept, for the guard to refuse."""
    foreign = {name: text for name, text in typed.items() if name not in drawn.spec.fills}
    return {**values_of(drawn.spec, drawn.known, typed), **foreign}

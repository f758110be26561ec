"""What a circuit may read about the folder that goes through it (docs/circuits.md, Variables)."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from typing import Any
from uuid import UUID

from sqlmodel import Session, col, select

from engine.desks.model import Desk
from engine.desks.queries import desks_above
from engine.desks.rules import aims_of_tree
from engine.folders.model import ChosenDesk, Folder
from engine.typology.queries import names_of_subtype


def variables_at_start(session: Session, folder: Folder) -> dict[str, Any]:
    """Everything that the circuit of a folder may read when it starts."""
    chosen = chosen_desks(session, folder.id)
    known = start_variables(session, folder.tenant_id, folder.subtype_id, folder.emitter_desk_id, folder.amount, chosen)
    return {"title": folder.title, **known}


def chosen_desks(session: Session, folder_id: UUID) -> dict[str, str]:
    """The short names of the desks that were chosen for a folder, by step."""
    return dict(
        session.exec(
            select(ChosenDesk.step, Desk.short_name)
            .join(Desk, col(Desk.id) == ChosenDesk.desk_id)
            .where(ChosenDesk.folder_id == folder_id)
        ).all()
    )


def start_variables(
    session: Session,
    tenant_id: UUID,
    subtype_id: UUID,
    emitter_desk_id: UUID | None,
    amount: Decimal | None = None,
    chosen: Mapping[str, str] | None = None,
) -> dict[str, Any]:
    """Type, sub-type, emitter desk, the desks above it, those chosen and the amount, as a circuit reads them.

    ``amount``: of the folder, in euros; without it there is no such variable. ``chosen``: short names of the desks
    chosen at deposit, by step. The caller adds the title.
    """
    type_name, subtype_name = names_of_subtype(session, tenant_id, subtype_id)
    chain = desks_above(session, tenant_id, emitter_desk_id) if emitter_desk_id is not None else []
    return {
        "type": type_name,
        "subtype": subtype_name,
        "emitter": chain[0].short_name if chain else "",
        **aims_of_tree(chain),
        "chosen": dict(chosen or {}),
        **({"amount": amount} if amount is not None else {}),
    }

"""What happened beside the steps of a folder, by step, as its page tells it along the circuit."""

from __future__ import annotations

from dataclasses import dataclass, field
from uuid import UUID

from sqlmodel import Session

from engine.folders.model import Folder
from engine.folders.opinions import OpinionView, opinions_of
from engine.folders.paper import PaperView, papers_of
from engine.folders.transferring import TransferView, transfers_of


@dataclass(slots=True)
class BesideStep:
    """Of one step, in order."""

    transfers: list[TransferView] = field(default_factory=list)
    opinions: list[OpinionView] = field(default_factory=list)
    papers: list[PaperView] = field(default_factory=list)

    @property
    def on_paper(self) -> bool:
        """Whether the step ended with a signature on paper that still counts."""
        return any(view.paper.withdrawn_at is None for view in self.papers)

    @property
    def awaits_opinion(self) -> bool:
        """Whether the step waits for an opinion now."""
        return any(view.is_awaited for view in self.opinions)


def beside_of(session: Session, folder: Folder) -> dict[UUID, BesideStep]:
    """Second opinions, transfers and signatures on paper; steps of which there is none are left out."""
    found: dict[UUID, BesideStep] = {}
    for moved in transfers_of(session, folder.tenant_id, folder.id):
        found.setdefault(moved.transfer.step_id, BesideStep()).transfers.append(moved)
    for asked in opinions_of(session, folder.tenant_id, folder.id):
        found.setdefault(asked.opinion.step_id, BesideStep()).opinions.append(asked)
    for signed in papers_of(session, folder.tenant_id, folder.id):
        found.setdefault(signed.paper.step_id, BesideStep()).papers.append(signed)
    return found

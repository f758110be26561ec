"""Who may do what with a whole folder, decided from facts alone. Acts on a step are in ``rules``."""

from __future__ import annotations

from dataclasses import dataclass

from engine.folders.model import CLOSED, FolderStatus
from engine.folders.rules import ALREADY_SENT, MAX_REASON, NOT_FOUND, may_return
from engine.refusals import Refusal

MAY_NOT_CREATE = Refusal(
    "may_not_create",
    "Aucun de vos bureaux ne peut déposer de dossier. Demandez ce droit à l’administrateur.",
)


@dataclass(frozen=True, slots=True)
class Standing:
    """Where a folder is, and what this person is to it, at the moment of deciding."""

    status: FolderStatus
    sees: bool  #: whether the folder was sent by, or passed to, a desk for which this person may act
    emits: bool  #: whether this person may act for the desk that sent it
    has_it: bool  #: whether it waits now for a desk for which this person may act
    creates: bool  #: whether one of their desks may deposit
    chains: bool  #: whether one of their desks that saw this folder may send it into another circuit
    archives: bool  #: whether the desk that sent it may clear it from its trays
    follows: bool
    archived: bool
    circulated: bool  #: whether it was ever sent
    done: bool  #: whether a step is done to which it may go back


def may_edit(standing: Standing) -> Refusal | None:
    """Correcting a draft."""
    if refusal := _of_emitter(standing):
        return refusal
    return None if standing.status is FolderStatus.DRAFT else ALREADY_SENT


def may_recycle(standing: Standing) -> Refusal | None:
    """Making a draft again of a folder that was rejected or stopped."""
    if refusal := _of_emitter(standing):
        return refusal
    if standing.status not in {FolderStatus.REJECTED, FolderStatus.STOPPED}:
        return Refusal(
            "not_rejected",
            "Ce dossier n’est ni rejeté ni arrêté : il ne peut pas redevenir un brouillon. Rien n’a changé.",
        )
    return None


def may_duplicate(standing: Standing) -> Refusal | None:
    """Making a new draft with the documents of a folder that one may see."""
    if not standing.sees:
        return NOT_FOUND
    return None if standing.creates else MAY_NOT_CREATE


def may_chain(standing: Standing) -> Refusal | None:
    """Sending a finished folder into another circuit."""
    if not standing.sees:
        return NOT_FOUND
    if not standing.chains:
        return Refusal(
            "may_not_chain",
            "Aucun de vos bureaux ne peut enchaîner un autre circuit. Demandez ce droit à l’administrateur.",
        )
    if standing.status is not FolderStatus.FINISHED:
        return Refusal(
            "not_finished", "Ce dossier n’est pas terminé : il ne peut pas être enchaîné dans un autre circuit."
        )
    return None


def may_stop(standing: Standing) -> Refusal | None:
    """Stopping a folder under way, or one that was made a draft again and is given up."""
    if refusal := _of_emitter(standing):
        return refusal
    given_up = standing.status is FolderStatus.DRAFT and standing.circulated
    if standing.status is not FolderStatus.IN_PROGRESS and not given_up:
        return Refusal("nothing_to_stop", "Ce dossier n’est pas en cours : il n’y a rien à arrêter.")
    return None


def refuse_stop_reason(reason: str) -> Refusal | None:
    """Stopping says why."""
    if not reason.strip():
        return Refusal("reason_missing", "Indiquez pourquoi vous arrêtez ce dossier : ceux qu’il concernait le liront.")
    if len(reason) > MAX_REASON:
        return Refusal("reason_too_long", f"Le motif dépasse {MAX_REASON} caractères. Raccourcissez-le.")
    return None


def may_follow(standing: Standing) -> Refusal | None:
    """Asking to be told when a folder comes to its end."""
    if not standing.sees:
        return NOT_FOUND
    if standing.follows:
        return Refusal("already_followed", "Vous suivez déjà ce dossier.")
    corrected = standing.status is FolderStatus.DRAFT and standing.circulated
    if standing.status is not FolderStatus.IN_PROGRESS and not corrected:
        return Refusal("nothing_to_follow", "Ce dossier n’est pas en cours : il n’y a rien à suivre.")
    return None


def may_unfollow(standing: Standing) -> Refusal | None:
    """Asking not to be told any more."""
    return None if standing.follows else Refusal("not_followed", "Vous ne suivez pas ce dossier.")


def may_archive(standing: Standing) -> Refusal | None:
    """Clearing a folder that is over from the trays of its emitter; it stays found in *Archivés*."""
    if refusal := _of_emitter(standing):
        return refusal
    if not standing.archives:
        return Refusal(
            "may_not_archive",
            "Le bureau qui a envoyé ce dossier n’a pas le droit d’archiver. Demandez ce droit à l’administrateur.",
        )
    if standing.archived:
        return Refusal("already_archived", "Ce dossier est déjà archivé.")
    if standing.status not in CLOSED:
        return Refusal("not_closed", "Ce dossier n’est pas arrivé au bout : il ne peut pas être archivé.")
    return None


def may_unarchive(standing: Standing) -> Refusal | None:
    """Putting an archived folder back in the tray where it was."""
    if refusal := _of_emitter(standing):
        return refusal
    return None if standing.archived else Refusal("not_archived", "Ce dossier n’est pas archivé.")


def may_be_returned(standing: Standing) -> Refusal | None:
    """Whether a return to a step may be proposed; which step and why come later."""
    concerned = standing.emits or standing.has_it
    return may_return(standing.status, concerned=concerned, falls=standing.done, reason="à donner")


def _of_emitter(standing: Standing) -> Refusal | None:
    if not standing.sees:
        return NOT_FOUND
    if not standing.emits:
        return Refusal("not_emitter", "Seul le bureau qui a envoyé ce dossier peut le faire. Rien n’a changé.")
    return None

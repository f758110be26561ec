"""Who may re-aim an open step, remind of it, or answer in place of the world. Acts that end a step are in ``rules``."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from engine.desks.authority import Authority
from engine.folders.model import FolderStatus, Verdict
from engine.folders.rules import MAX_REASON, StepFacts, may_touch, refuse_while_asked
from engine.refusals import Refusal

#: How often one opening of a step may go from desk to desk: beyond, nobody wants to decide.
MAX_TRANSFERS = 10
#: Between two reminders that people ask for, of the same step.
REMINDER_PAUSE = timedelta(hours=1)
#: Longest name of who signed a paper.
MAX_SIGNATORY = 200
#: What the desk that was asked may answer.
ANSWERS = frozenset({Verdict.FAVOURABLE, Verdict.UNFAVOURABLE, Verdict.COMMENT, Verdict.DECLINED})


@dataclass(frozen=True, slots=True)
class Target:
    """A desk to which a step, or a question about it, would go."""

    name: str
    has_step: bool = False  #: it is the desk that has the step now
    answers: bool = True  #: it is in use and may act
    held: bool = True  #: somebody holds it
    excluded: bool = False  #: the separation of duties keeps all its holders away from the step
    counted: bool = False  #: the same step is, or was, asked of it already, among several desks


@dataclass(frozen=True, slots=True)
class OpinionFacts:
    """What the database says of a question at the moment of deciding."""

    desk_name: str  #: the desk that was asked
    step_open: bool  #: whether the step still waits
    verdict: Verdict | None = None  #: how it ended, when it did


def may_ask_opinion(
    step: StepFacts, authority: Authority | Refusal, target: Target | None, question: str, *, excluded: bool = False
) -> Refusal | None:
    """Asking another desk for its opinion before acting. ``excluded``: duties are separated from this person."""
    if refusal := may_touch(step, authority) or refuse_while_asked(step):
        return refusal
    if excluded:
        return Refusal(
            "separation",
            "Cette étape doit être traitée par une autre personne : c’est à elle de demander un avis."
            " Rien n’a été fait.",
        )
    if refusal := _refuse_target(target):
        return refusal
    if not question.strip():
        return Refusal("question_missing", "Écrivez votre question : le bureau consulté doit savoir sur quoi répondre.")
    if len(question) > MAX_REASON:
        return Refusal("question_too_long", f"La question dépasse {MAX_REASON} caractères. Raccourcissez-la.")
    return None


def may_give_opinion(
    opinion: OpinionFacts, authority: Authority | Refusal, verdict: Verdict | None, text: str
) -> Refusal | None:
    """Giving the opinion that was asked, or declining. ``authority``: over the desk that was asked."""
    if isinstance(authority, Refusal):
        return authority
    if refusal := _refuse_ended(opinion):
        return refusal
    if verdict not in ANSWERS:
        return Refusal("verdict_missing", "Choisissez le sens de votre avis.")
    if verdict is not Verdict.FAVOURABLE and not text.strip():
        return Refusal(
            "opinion_missing",
            "Écrivez votre avis, ou pourquoi vous n’en donnez pas : la personne qui le demande le lira.",
        )
    if len(text) > MAX_REASON:
        return Refusal("opinion_too_long", f"L’avis dépasse {MAX_REASON} caractères. Raccourcissez-le.")
    return None


def may_take_back_opinion(opinion: OpinionFacts, authority: Authority | Refusal) -> Refusal | None:
    """Taking back a question that has no answer yet. ``authority``: over the desk that has the step."""
    return authority if isinstance(authority, Refusal) else _refuse_ended(opinion)


def may_transfer(
    step: StepFacts, authority: Authority | Refusal, target: Target | None, reason: str, *, transfers: int
) -> Refusal | None:
    """Giving an open step to another desk. ``transfers``: how often this opening of it went from desk to desk.

    Whoever the separation of duties keeps from acting may transfer: it is how the step finds somebody who may.
    """
    if refusal := may_touch(step, authority) or refuse_while_asked(step) or _refuse_target(target):
        return refusal
    assert target is not None  # refused above
    if target.excluded:
        return Refusal(
            "desk_excluded",
            f"Le bureau « {target.name} » ne peut pas traiter cette étape : le circuit en écarte ceux qui le tiennent,"
            " qui ont déposé ou envoyé le dossier, ou agi à une autre étape. Choisissez un autre bureau.",
        )
    if target.counted:
        return Refusal(
            "desk_counted",
            f"Cette étape est déjà demandée au bureau « {target.name} » : il répondrait deux fois."
            " Choisissez un autre bureau.",
        )
    if transfers >= MAX_TRANSFERS:
        return Refusal(
            "too_many_transfers",
            f"Cette étape a déjà été transférée {MAX_TRANSFERS} fois. Traitez-la, ou rejetez le dossier en disant"
            " pourquoi.",
        )
    if len(reason) > MAX_REASON:
        return Refusal("reason_too_long", f"Le motif dépasse {MAX_REASON} caractères. Raccourcissez-le.")
    return None


def refuse_paper(signatory: str, signed_on: date | None, *, today: date) -> Refusal | None:
    """What is declared of a paper signed by hand. ``today``: in the zone of the tenant."""
    if not signatory.strip():
        return Refusal("signatory_missing", "Écrivez qui a signé le papier, par exemple « Héloïse Lefèvre, maire ».")
    if len(signatory) > MAX_SIGNATORY:
        return Refusal(
            "signatory_too_long", f"Le nom du signataire dépasse {MAX_SIGNATORY} caractères. Raccourcissez-le."
        )
    if signed_on is None:
        return Refusal("signed_on_missing", "Indiquez le jour de la signature, tel qu’il est écrit sur le papier.")
    if signed_on > today:
        return Refusal("signed_on_future", "Le jour de la signature est à venir : corrigez-le.")
    return None


def may_remind(
    step: StepFacts, *, concerned: bool, last: datetime | None, now: datetime, people: int = 1
) -> Refusal | None:
    """Sending a reminder of an open step now.

    ``concerned``: whether the person may act for the emitter desk, supervises a desk of the folder, or administers.
    ``last``: when somebody last asked for one. ``people``: how many would receive it.
    """
    if not concerned:
        return Refusal(
            "not_emitter_nor_supervisor",
            "Seuls le bureau qui a envoyé le dossier, un superviseur ou un administrateur peuvent relancer."
            " Rien n’a été envoyé.",
        )
    if step.closed or step.status is not FolderStatus.IN_PROGRESS:
        return Refusal("nothing_to_remind", "Cette étape n’attend plus personne : il n’y a rien à relancer.")
    if last is not None and now - last < REMINDER_PAUSE:
        return Refusal(
            "reminded_already",
            "Une relance est déjà partie il y a moins d’une heure pour cette étape. Laissez le temps d’y répondre.",
        )
    if not people:
        return Refusal(
            "nobody_to_remind",
            f"Le bureau « {step.opinion_of or step.desk_name} » n’a pas de titulaire : personne ne recevrait la"
            " relance. Prévenez l’administrateur.",
        )
    return None


@dataclass(frozen=True, slots=True)
class WorkFacts:
    """What is known of a work that a circuit asked of the world."""

    status: FolderStatus
    awaited: bool  #: whether the circuit still waits for its answer
    tried: bool  #: whether it was tried at least once
    under_way: bool  #: whether somebody is doing it now
    fills: Collection[str] = ()  #: the variables that its answer may fill
    errors: Collection[str] = ()  #: the codes of error that the drawing catches there; an empty one: any


def may_bypass(
    work: WorkFacts, *, administers: bool, reason: str, variables: Collection[str], error: str | None
) -> Refusal | None:
    """Answering a stuck work in place of the world. No human step is bypassed: nobody acts in somebody's name.

    ``variables``: names of what the answer fills. ``error``: code of an error to answer with, for the drawing to catch.
    """
    if not administers:
        return Refusal("not_administrator", "Seul un administrateur peut contourner une tâche bloquée.")
    if not work.awaited or work.status is not FolderStatus.IN_PROGRESS:
        return Refusal(
            "work_not_awaited", "Le circuit n’attend plus cette tâche : il n’y a rien à contourner. Rien n’a changé."
        )
    if work.under_way:
        return Refusal("work_under_way", "Cette tâche est en train d’être faite. Attendez une minute, puis revenez.")
    if not work.tried:
        return Refusal(
            "work_not_tried",
            "Cette tâche n’a pas encore été tentée : elle n’est pas bloquée. Vérifiez que le parapheur travaille, puis"
            " revenez.",
        )
    if not reason.strip():
        return Refusal(
            "reason_missing", "Indiquez pourquoi cette tâche est contournée : le journal du dossier le gardera."
        )
    if len(reason) > MAX_REASON:
        return Refusal("reason_too_long", f"Le motif dépasse {MAX_REASON} caractères. Raccourcissez-le.")
    if foreign := [name for name in variables if name not in work.fills]:
        return Refusal("field_not_asked", f"Cette tâche ne remplit pas le champ « {foreign[0]} ».")
    if error is not None and error not in work.errors and "" not in work.errors:
        return Refusal("error_not_drawn", f"Le circuit ne prévoit pas l’erreur « {error} » pour cette tâche.")
    return None


def _refuse_target(target: Target | None) -> Refusal | None:
    if target is None:
        return Refusal("desk_unknown", "Choisissez un bureau dans la liste.")
    if target.has_step:
        return Refusal("desk_same", f"Le bureau « {target.name} » a déjà cette étape. Choisissez-en un autre.")
    if not target.answers:
        return Refusal(
            "desk_cannot_act", f"Le bureau « {target.name} » ne traite pas de dossiers. Choisissez-en un autre."
        )
    if not target.held:
        return Refusal(
            "desk_not_held",
            f"Le bureau « {target.name} » n’a pas de titulaire : personne ne répondrait. Choisissez-en un autre.",
        )
    return None


def _refuse_ended(opinion: OpinionFacts) -> Refusal | None:
    if opinion.verdict is Verdict.TAKEN_BACK:
        return Refusal("question_taken_back", "Cette question a été reprise par le bureau qui l’avait posée.")
    if opinion.verdict is not None:
        return Refusal("opinion_given", f"Le bureau « {opinion.desk_name} » a déjà répondu. Rien n’a été enregistré.")
    if not opinion.step_open:
        return Refusal(
            "question_pointless", "L’étape n’attend plus cet avis : le dossier a continué, ou il est revenu en arrière."
        )
    return None

"""Who may do what on a folder, decided from facts alone."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from engine.circuits import Outcome, StepSpec
from engine.desks.authority import Authority
from engine.folders.model import Act, FolderStatus
from engine.refusals import Refusal

MAX_TITLE = 300
MAX_REASON = 2_000
#: Longest text that a step fills in: it is kept with the run, and again at each act.
MAX_FIELD = 5_000
#: The word with which each act ends a step, unless the drawing's own words are used.
OUTCOMES = {
    Act.VISA: Outcome.APPROVED.value,
    Act.SIGNATURE: Outcome.APPROVED.value,
    Act.PAPER_SIGNATURE: Outcome.APPROVED.value,
    Act.REJECT: Outcome.REJECTED.value,
    Act.REFER_BACK: Outcome.REFER_BACK.value,
}
#: Acts that are always possible, whatever the document says and without a signature.
_REFUSING = frozenset({Act.REJECT, Act.REFER_BACK})
_SIGNING = frozenset({Act.SIGNATURE, Act.PAPER_SIGNATURE})
#: What counts as a rejection (docs/circuits.md, Several desks or instances).
REJECTIONS = frozenset({Outcome.REJECTED.value, Outcome.REFER_BACK.value})

NOT_FOUND = Refusal(
    "not_found", "Ce dossier n’existe pas, ou il ne passe pas par l’un de vos bureaux. Vérifiez l’adresse du lien."
)
NO_CIRCUIT = Refusal(
    "no_circuit",
    "Aucun circuit n’est publié pour ce type. Le brouillon est gardé ; prévenez l’administrateur.",
)
ALREADY_SENT = Refusal("already_sent", "Ce dossier a déjà été envoyé dans son circuit.")
HAS_CIRCULATED = Refusal(
    "has_circulated",
    "Ce brouillon a déjà circulé : ce qui lui est arrivé reste gardé, il ne peut pas être supprimé. Arrêtez-le plutôt.",
)
DOCUMENT_CHANGED = Refusal(
    "head_moved",
    "Le document a changé depuis que vous l’avez ouvert : quelqu’un vient de le signer."
    " Rien n’a été fait en votre nom ; relisez-le, puis recommencez.",
)


@dataclass(frozen=True, slots=True)
class StepFacts:
    """What the database says of a step at the moment of deciding."""

    status: FolderStatus
    kind: str
    desk_name: str
    closed: bool
    closed_by: str | None  #: full name of who acted, when somebody did
    opinion_of: str | None = None  #: desk whose opinion is waited for: until it comes, nothing else is done


@dataclass(frozen=True, slots=True)
class Asked:
    """What the drawing says of a step."""

    spec: StepSpec
    refers_back: bool = False  #: whether it says where a step that is referred back goes


def may_act(
    step: StepFacts,
    act: Act,
    *,
    authority: Authority | Refusal,
    document_unchanged: bool,
    reason: str = "",
    signed: bool = False,
) -> Refusal | None:
    """The first guard of every act: page, batch, interface or mail link.

    ``authority``: in what capacity the person acts for the desk, or why they may not (``facts.authority_of``).
    ``document_unchanged``: the documents are those that were seen. ``signed``: a signature was verified for this act.
    Returns None when the act may go on.
    """
    if refusal := may_touch(step, authority) or refuse_while_asked(step):
        return refusal
    if act not in OUTCOMES:
        return Refusal("not_of_a_step", "Cette action ne met pas fin à une étape. Rien n’a été fait.")
    if act in _REFUSING:
        return refuse_reason(reason)
    if not document_unchanged:
        return DOCUMENT_CHANGED
    if act is Act.VISA and step.kind == Act.SIGNATURE:
        return Refusal("signature_wanted", "Cette étape demande une signature : un visa ne suffit pas.")
    if act in _SIGNING and step.kind != Act.SIGNATURE:
        return Refusal("visa_wanted", "Cette étape demande un visa, pas une signature.")
    if act in _SIGNING and not signed:
        return Refusal("signature_missing", "Aucune signature n’a été reçue. Le dossier n’a pas bougé.")
    if len(reason) > MAX_REASON:
        return Refusal("reason_too_long", f"L’annotation dépasse {MAX_REASON} caractères. Raccourcissez-la.")
    return None


def may_touch(step: StepFacts, authority: Authority | Refusal) -> Refusal | None:
    """What every act on a step needs: to act for its desk, and that it is still open in a folder under way."""
    if isinstance(authority, Refusal):
        return authority
    if step.closed:
        who = f" par {step.closed_by}" if step.closed_by else ""
        return Refusal(
            "step_already_done", f"Cette étape a déjà été traitée{who}. Votre action n’a pas été enregistrée."
        )
    if step.status is not FolderStatus.IN_PROGRESS:
        return Refusal("folder_closed", "Ce dossier n’est plus en cours. Votre action n’a pas été enregistrée.")
    return None


def refuse_while_asked(step: StepFacts) -> Refusal | None:
    """A step that waits for an opinion waits for nothing else: the question may be taken back."""
    if step.opinion_of is None:
        return None
    return Refusal(
        "opinion_awaited",
        f"Un avis est demandé au bureau « {step.opinion_of} ». Attendez sa réponse, ou reprenez la question ;"
        " rien n’a été fait.",
    )


def may_act_as_drawn(
    asked: Asked, act: Act, outcome: str, fields: Mapping[str, object], *, excluded: bool
) -> Refusal | None:
    """The second guard: what the drawing says of this step.

    ``outcome``: the word with which it would end. ``fields``: what was filled in. ``excluded``: the separation of
    duties drawn on the step excludes this person.
    """
    spec = asked.spec
    if excluded:
        return Refusal(
            "separation",
            f"L’étape « {spec.name} » doit être traitée par une autre personne : vous avez déposé ou envoyé ce dossier,"
            " ou agi à une étape que le circuit sépare de celle-ci. Rien n’a été fait.",
        )
    if act is Act.PAPER_SIGNATURE and not spec.paper:
        return Refusal(
            "paper_not_allowed",
            f"Le circuit ne permet pas de signer l’étape « {spec.name} » sur papier. Signez avec un certificat.",
        )
    if act is Act.REFER_BACK and not asked.refers_back:
        return Refusal(
            "nowhere_to_refer_back",
            f"Le circuit ne dit pas où renvoyer l’étape « {spec.name} ». Rejetez le dossier, ou laissez-le en attente.",
        )
    own = outcome not in set(Outcome)  # a word of the drawing's own is an answer: it needs what an approval needs
    if not spec.allows(outcome) or (act in _REFUSING if own else outcome != OUTCOMES[act]):
        return Refusal("unknown_outcome", f"L’étape « {spec.name} » ne propose pas la réponse « {outcome} ».")
    foreign = [name for name in fields if name not in spec.fills]
    if foreign:
        return Refusal("field_not_asked", f"L’étape « {spec.name} » ne demande pas le champ « {foreign[0]} ».")
    long = [name for name, value in fields.items() if isinstance(value, str) and len(value) > MAX_FIELD]
    if long:
        return Refusal("field_too_long", f"Le champ « {long[0]} » dépasse {MAX_FIELD} caractères. Raccourcissez-le.")
    wanted = spec.required_for_rejection if outcome in REJECTIONS else spec.required_for_approval
    missing = [name for name in wanted if name in spec.fills and fields.get(name) in (None, "")]
    if missing:
        return Refusal("field_missing", f"Remplissez le champ « {spec.label(missing[0])} » : cette étape en a besoin.")
    return None


@dataclass(frozen=True, slots=True)
class UndoFacts:
    """What decides whether the last act may be taken back."""

    status: FolderStatus
    mine: bool  #: whether the last act is this person's
    opened: str | None  #: a step that this act opened and that somebody has read already
    unauthorised: Refusal | None = None  #: why this person may no longer act for the desk, when they may not


def may_undo(facts: UndoFacts) -> Refusal | None:
    """The *droit de remords*: while no act has followed and no next actor has opened the folder.

    It is an act for the desk: whoever may no longer act for it takes nothing back.
    """
    if not facts.mine:
        return Refusal(
            "not_your_act", "La dernière action sur ce dossier n’est pas la vôtre : vous ne pouvez pas la reprendre."
        )
    if facts.status is not FolderStatus.IN_PROGRESS:
        return Refusal(
            "folder_closed", "Ce dossier est arrivé au bout de son circuit : votre action ne peut plus être reprise."
        )
    if facts.unauthorised:
        return facts.unauthorised
    if facts.opened:
        return Refusal(
            "already_opened",
            f"L’étape suivante, « {facts.opened} », a déjà été ouverte : votre action ne peut plus être reprise."
            " Demandez à qui la traite de rejeter le dossier ou de le renvoyer.",
        )
    return None


def may_return(
    status: FolderStatus, *, concerned: bool, falls: bool, reason: str, unchanged: bool = True
) -> Refusal | None:
    """Sending a folder back to a step that is done.

    ``concerned``: whether the person holds the emitter desk or the desk of an open step. ``falls``: whether there is an
    act to go back on. ``unchanged``: whether the acts that fall are those that the person was shown.
    """
    if not concerned:
        return NOT_FOUND
    if status is not FolderStatus.IN_PROGRESS:
        return Refusal("folder_closed", "Ce dossier n’est plus en cours : il ne peut pas revenir à une étape.")
    if not falls:
        return Refusal("step_not_done", "Cette étape n’a pas encore été traitée : le dossier ne peut pas y revenir.")
    if not unchanged:
        return Refusal(
            "folder_moved",
            "Le dossier a avancé depuis que cette page est ouverte : d’autres actions tomberaient. Rien n’a été fait ;"
            " relisez la liste, puis recommencez.",
        )
    if not reason.strip():
        return Refusal("reason_missing", "Indiquez pourquoi le dossier revient à cette étape : chacun le lira.")
    if len(reason) > MAX_REASON:
        return Refusal("reason_too_long", f"Le motif dépasse {MAX_REASON} caractères. Raccourcissez-le.")
    return None


def refuse_reason(reason: str) -> Refusal | None:
    """A rejection says why."""
    if not reason.strip():
        return Refusal("reason_missing", "Indiquez le motif du rejet : la personne qui a déposé le dossier le lira.")
    if len(reason) > MAX_REASON:
        return Refusal("reason_too_long", f"Le motif dépasse {MAX_REASON} caractères. Raccourcissez-le.")
    return None


def refuse_title(title: str) -> Refusal | None:
    """A folder has a title that fits on a line."""
    if not title.strip():
        return Refusal("title_missing", "Donnez un titre au dossier, par exemple l’objet de la délibération.")
    if len(title) > MAX_TITLE:
        return Refusal("title_too_long", f"Le titre dépasse {MAX_TITLE} caractères. Raccourcissez-le.")
    return None

"""From a file that somebody uploads to a published version: imported, asked about, checked, then published."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import PurePath
from uuid import UUID

import orjson
from sqlmodel import Session, col, select

from engine.circuits import CircuitRefused, Finding, Level, check_circuit
from engine.circuits.actions import publish, publish_decisions
from engine.circuits.checks import executable_process
from engine.circuits.importing import Change, Imported, Question
from engine.circuits.library import CircuitLibrary
from engine.circuits.model import DecisionTable, WorkflowDefinition, WorkflowDraft
from engine.circuits.queries import around_of, definition_of, definitions, table_named
from engine.circuits.reading import read_drawing
from engine.circuits.xml import read_xml
from engine.database import Database
from engine.desks.queries import all_desks
from engine.feel.tables import TablesRefused, read_tables
from engine.papers.sandbox import run_in_child
from engine.people.rules import refuse_short_name, short_name_from, tidied
from engine.refusals import Refusal, Refused

#: Files that a tenant prepares at once; each may weigh 2 MB.
MAX_DRAFTS = 50
#: Characters of an answer.
MAX_ANSWER = 2_000
NAME_LENGTH = 100


@dataclass(frozen=True, slots=True)
class Answered:
    """A question of the import that somebody answered."""

    id: str
    question: str
    answer: str


@dataclass(frozen=True, slots=True)
class Prepared:
    """A draft as far as it is known."""

    draft: WorkflowDraft
    decisions: bool  #: a file of decisions (DMN), not a circuit
    name: str  #: what it would be called
    content: bytes | None  #: what would be published; None while it cannot be
    changes: tuple[Change, ...]
    questions: tuple[Question, ...]
    findings: tuple[Finding, ...]  #: errors first
    answered: tuple[Answered, ...]
    known_as: str  #: name of the circuit, or of the decisions, of which it would be a new version; empty: it is new

    @property
    def may_be_published(self) -> bool:
        """Whether nothing is missing nor wrong."""
        wrong = any(finding.level is Level.ERROR for finding in self.findings)
        return self.content is not None and not self.questions and not wrong


NO_FILE = Refusal("circuit_file_missing", "Choisissez le fichier à publier : un dessin BPMN ou une table DMN.")
GONE = Refusal(
    "draft_gone", "Ce fichier n’est plus en préparation : il a été publié ou retiré. Rien n’a été fait cette fois-ci."
)


def add_draft(
    session: Session,
    *,
    tenant_id: UUID,
    by: UUID,
    file_name: str,
    source: bytes,
    short_name: str = "",
    name: str = "",
    now: datetime,
) -> WorkflowDraft | Refusal:
    """Keep an uploaded file for it to be imported. ``short_name`` empty: it is made from the name of the file."""
    stem = PurePath(file_name).name.partition(".")[0]
    short_name, name = short_name.strip() or short_name_from(stem), tidied(name)
    if not source:
        return NO_FILE
    if refusal := refuse_short_name(short_name):
        return refusal
    if len(name) > NAME_LENGTH:
        return Refusal("circuit_name_too_long", f"Le nom dépasse {NAME_LENGTH} caractères. Raccourcissez-le.")
    if len(drafts_of(session, tenant_id)) >= MAX_DRAFTS:
        return Refusal(
            "too_many_drafts",
            f"{MAX_DRAFTS} fichiers sont déjà en préparation. Publiez-en, ou retirez-en, puis recommencez.",
        )
    draft = WorkflowDraft(
        tenant_id=tenant_id,
        short_name=short_name,
        name=name,
        file_name=PurePath(file_name).name[:200],
        source=source,
        created_at=now,
        created_by=by,
    )
    session.add(draft)
    session.flush()
    return draft


def drafts_of(session: Session, tenant_id: UUID) -> Sequence[WorkflowDraft]:
    """The files in preparation, the newest first."""
    return session.exec(
        select(WorkflowDraft).where(WorkflowDraft.tenant_id == tenant_id).order_by(col(WorkflowDraft.id).desc())
    ).all()


def draft_of(session: Session, tenant_id: UUID, draft_id: UUID) -> WorkflowDraft | None:
    """A file in preparation of this tenant."""
    draft = session.get(WorkflowDraft, draft_id)
    return draft if draft is not None and draft.tenant_id == tenant_id else None


def prepare(session: Session, library: CircuitLibrary, draft: WorkflowDraft, services: Collection[str]) -> Prepared:
    """Import the file of a draft, in a child process, and check it against what this tenant has.

    ``services``: the names of those that are installed. A file that cannot be read gives findings that say why.
    """
    answered = _answered(draft)
    decisions = _holds_decisions(draft)
    imported = _imported(session, draft, answered, decisions)
    findings, content, name = list(imported.findings), imported.bpmn, draft.name
    if content is not None and not imported.questions:
        if decisions:
            name = name or tidied(read_tables(content).name)
        else:
            around = around_of(session, library, draft.tenant_id, services)
            content = content if imported.changes or answered else _as_it_came(draft.source, content)
            findings = check_circuit(content, around=around)
            name = name or tidied(_name_in(content))
    known = _known(session, draft, decisions)
    return Prepared(
        draft,
        decisions,
        known.name if known else name or draft.short_name,
        content,
        imported.changes,
        imported.questions,
        tuple(sorted(findings, key=lambda finding: finding.level is not Level.ERROR)),
        answered,
        known.name if known else "",
    )


def answer_question(
    session: Session, *, tenant_id: UUID, draft_id: UUID, question_id: str, question: str, answer: str
) -> WorkflowDraft | Refusal | None:
    """Keep the answer to a question of the import; an empty one takes it back. ``question``: as it was shown.

    Whether it will do is said when the file is imported again. None when there is no such draft.
    """
    draft = draft_of(session, tenant_id, draft_id)
    if draft is None:
        return None
    if len(answer) > MAX_ANSWER:
        return Refusal("answer_too_long", f"Cette réponse dépasse {MAX_ANSWER} caractères. Raccourcissez-la.")
    kept = orjson.loads(draft.answers)
    kept.pop(question_id, None)
    if answer.strip():
        kept[question_id[:MAX_ANSWER]] = [question[:MAX_ANSWER], answer.strip()]
    draft.answers = orjson.dumps(kept).decode()
    session.flush()
    return draft


def discard_upload(session: Session, tenant_id: UUID, draft_id: UUID) -> WorkflowDraft | None:
    """Throw away a file in preparation; nothing of it was ever in use."""
    draft = draft_of(session, tenant_id, draft_id)
    if draft is not None:
        session.delete(draft)
        session.flush()
    return draft


@dataclass(frozen=True, slots=True)
class Published:
    """What has just been published."""

    decisions: bool
    name: str
    short_name: str
    number: int


def publish_draft(
    database: Database,
    library: CircuitLibrary,
    *,
    tenant_id: UUID,
    draft_id: UUID,
    services: Collection[str],
    by: UUID,
    now: datetime,
) -> Published | Refusal:
    """Publish a draft as the next version, and forget it. What it was when it was last looked at is checked again."""
    with database.reading() as session:
        draft = draft_of(session, tenant_id, draft_id)
        if draft is None:
            return GONE
        prepared = prepare(session, library, draft, services)
    if not prepared.may_be_published or prepared.content is None:
        return Refusal(
            "not_publishable",
            "Rien n’est publié : ce qui est dit ici doit d’abord être répondu ou corrigé. Le circuit en place reste.",
        )
    with database.writing() as session:
        held = session.exec(select(WorkflowDraft).where(WorkflowDraft.id == draft_id).with_for_update()).first()
        if held is None or held.answers != prepared.draft.answers:
            return GONE
        given = {"tenant_id": tenant_id, "short_name": held.short_name, "name": prepared.name, "now": now, "by": by}
        try:
            if prepared.decisions:
                number = publish_decisions(session, dmn=prepared.content, **given).number  # type: ignore[arg-type]
            else:
                number = publish(session, bpmn=prepared.content, **given).number  # type: ignore[arg-type]
        except (CircuitRefused, TablesRefused) as refused:
            return Refusal("not_publishable", f"Rien n’est publié. {refused}")
        session.delete(held)
        session.commit()
    return Published(prepared.decisions, prepared.name, held.short_name, number)


def _answered(draft: WorkflowDraft) -> tuple[Answered, ...]:
    return tuple(Answered(key, *kept) for key, kept in orjson.loads(draft.answers).items())


def _holds_decisions(draft: WorkflowDraft) -> bool:
    if draft.file_name.lower().endswith(".dmn"):
        return True
    return b"/spec/DMN/" in draft.source[:4000] and b"/spec/BPMN/" not in draft.source[:4000]


def _imported(session: Session, draft: WorkflowDraft, answered: Sequence[Answered], decisions: bool) -> Imported:
    try:
        if decisions:
            findings: list[Finding] = run_in_child("engine.feel.tables.check_dmn", draft.source)
            wrong = any(finding.level is Level.ERROR for finding in findings)
            return Imported(None if wrong else draft.source, findings=tuple(findings))
        given: Imported = run_in_child(
            "engine.circuits.importing.import_drawing",
            draft.source,
            {one.id: one.answer for one in answered},
            desks=[desk.short_name for desk in all_desks(session, draft.tenant_id)],
            circuits=[circuit.short_name for circuit in definitions(session, draft.tenant_id)],
        )
    except Refused as refused:
        cure = "Exportez-le de nouveau depuis le logiciel de dessin, ou séparez-le."
        return Imported(None, findings=(Finding(Level.ERROR, None, str(refused), cure),))
    return given


def _as_it_came(source: bytes, imported: bytes) -> bytes:
    """The file itself, where the import had nothing to change and it can be run as it is."""
    wrong = any(finding.level is Level.ERROR for finding in check_circuit(source))
    return imported if wrong else source


def _name_in(bpmn: bytes) -> str:
    return read_drawing(executable_process(read_xml(bpmn))).name


def _known(session: Session, draft: WorkflowDraft, decisions: bool) -> WorkflowDefinition | DecisionTable | None:
    find = table_named if decisions else definition_of
    return find(session, draft.tenant_id, draft.short_name)

"""Administration of the circuits and decision tables: uploaded, asked about, checked, published, retired, moved to."""

from __future__ import annotations

from urllib.parse import quote

from starlette.responses import Response

from engine.circuits.actions import retire
from engine.circuits.drafts import (
    NO_FILE,
    add_draft,
    answer_question,
    discard_upload,
    draft_of,
    drafts_of,
    prepare,
    publish_draft,
)
from engine.circuits.model import WorkflowDefinition
from engine.circuits.queries import definition_by_id, definitions, tables_with_versions, versions_of
from engine.circuits.xml import MAX_BYTES
from engine.desks.queries import all_desks
from engine.folders.migrating import Migration, migrate_folders
from engine.folders.queries import running_on
from engine.people.queries import names_of
from engine.refusals import Refusal
from web.asked import found
from web.french import plural
from web.visits import Visit

CIRCUITS = "/administration/circuits"
DRAFTS = f"{CIRCUITS}/preparation"
NO_ANSWER = Refusal("answer_missing", "Choisissez une réponse dans la liste, ou écrivez-en une.")


def show_circuits(visit: Visit) -> Response:
    """Every circuit and table, with their versions, and what is in preparation."""
    with visit.services.database.reading() as session:
        circuits = [
            (circuit, versions_of(session, visit.tenant_id, circuit.id))
            for circuit in definitions(session, visit.tenant_id)
        ]
        running = running_on(session, visit.tenant_id)
        tables = tables_with_versions(session, visit.tenant_id)
        drafts = drafts_of(session, visit.tenant_id)
    return visit.render(
        "administration/circuits.html", circuits=circuits, running=running, tables=tables, drafts=drafts
    )


def show_upload(visit: Visit) -> Response:
    """The form that takes a file."""
    return _upload_page(visit, visit.request.query_params.get("circuit", ""), "", {})


def do_upload(visit: Visit) -> Response:
    """Keep the file to prepare it."""
    upload = visit.upload("file")
    short_name, name = visit.text("short_name"), visit.text("name")
    if upload is None:
        return _upload_page(visit, short_name, name, {"file": NO_FILE.sentence})
    source = upload.file.read(MAX_BYTES + 1)  # one more than is read: what is beyond is refused as too big
    with visit.services.database.writing() as session:
        draft = add_draft(
            session,
            tenant_id=visit.tenant_id,
            by=visit.person.account.id,
            file_name=upload.filename or "",
            source=source,
            short_name=short_name,
            name=name,
            now=visit.now,
        )
        if isinstance(draft, Refusal):
            field = {"short_name_unusable": "short_name", "circuit_name_too_long": "name"}.get(draft.code, "file")
            return _upload_page(visit, short_name, name, {field: draft.sentence})
        session.commit()
    return visit.go(f"{DRAFTS}/{draft.id}")


def show_draft(visit: Visit) -> Response:
    """What is changed, asked and found about a file in preparation."""
    return _draft_page(visit)


def do_answer(visit: Visit) -> Response:
    """Answer a question of the import, or take an answer back."""
    draft_id, answer = visit.identifier("draft"), visit.text("typed").strip() or visit.text("answer")
    if not answer and visit.text("asked"):  # « Changer » sends no question
        return _draft_page(visit, NO_ANSWER.sentence)
    with visit.services.database.writing() as session:
        result = found(
            answer_question(
                session,
                tenant_id=visit.tenant_id,
                draft_id=draft_id,
                question_id=visit.text("question"),
                question=visit.text("asked"),
                answer=answer,
            )
        )
        if isinstance(result, Refusal):
            return _draft_page(visit, result.sentence)
        session.commit()
    return visit.go(f"{DRAFTS}/{draft_id}")


def do_publish(visit: Visit) -> Response:
    """Publish a draft."""
    services = visit.services
    result = publish_draft(
        services.database,
        services.library,
        tenant_id=visit.tenant_id,
        draft_id=visit.identifier("draft"),
        services=services.circuit_services,
        by=visit.person.account.id,
        now=visit.now,
    )
    if isinstance(result, Refusal):
        return _draft_page(visit, result.sentence)
    what = "des décisions" if result.decisions else "du circuit"
    return visit.go(CIRCUITS, f"La version {result.number} {what} « {result.name} » est publiée.")


def do_discard(visit: Visit) -> Response:
    """Throw a draft away."""
    with visit.services.database.writing() as session:
        draft = found(discard_upload(session, visit.tenant_id, visit.identifier("draft")))
        session.commit()
    return visit.go(CIRCUITS, f"Le fichier « {draft.file_name} » n’est plus en préparation. Rien n’a été publié.")


def download_draft(visit: Visit) -> Response:
    """The circuit as it would be published, or as far as it is known."""
    services = visit.services
    with services.database.reading() as session:
        draft = found(draft_of(session, visit.tenant_id, visit.identifier("draft")))
        prepared = prepare(session, services.library, draft, services.circuit_services)
    kind = "dmn" if prepared.decisions else "bpmn"
    return _file(found(prepared.content), f"{draft.short_name}.{kind}")


def show_circuit(visit: Visit) -> Response:
    """One circuit: its versions, who published them, what runs on each."""
    with visit.services.database.reading() as session:
        circuit = _circuit(visit)
        versions = versions_of(session, visit.tenant_id, circuit.id)
        running = running_on(session, visit.tenant_id)
        names = names_of(session, [version.published_by for version in versions])
    behind = sum(running.get(version.id, 0) for version in versions[1:])
    return visit.render(
        "administration/circuit.html", circuit=circuit, versions=versions, running=running, names=names, behind=behind
    )


def download_version(visit: Visit) -> Response:
    """A published drawing, to keep."""
    with visit.services.database.reading() as session:
        circuit = _circuit(visit)
        versions = versions_of(session, visit.tenant_id, circuit.id)
    version = found(next((one for one in versions if str(one.number) == visit.request.path_params["number"]), None))
    return _file(version.bpmn, f"{circuit.short_name}-v{version.number}.bpmn")


def download_table(visit: Visit) -> Response:
    """A published file of decisions, to keep."""
    table_id, number = visit.identifier("table"), visit.request.path_params["number"]
    with visit.services.database.reading() as session:
        tables = tables_with_versions(session, visit.tenant_id)
    table, versions = found(next((pair for pair in tables if pair[0].id == table_id), None))
    version = found(next((one for one in versions if str(one.number) == number), None))
    return _file(version.dmn, f"{table.short_name}-v{version.number}.dmn")


def show_retire(visit: Visit) -> Response:
    """Ask before a circuit is retired."""
    circuit = _circuit(visit)
    with visit.services.database.reading() as session:
        versions = {version.id for version in versions_of(session, visit.tenant_id, circuit.id)}
        running = sum(count for version, count in running_on(session, visit.tenant_id).items() if version in versions)
    return visit.render("administration/retire.html", circuit=circuit, running=running)


def do_retire(visit: Visit) -> Response:
    """Let no folder start with it any more."""
    circuit = _circuit(visit)
    with visit.services.database.writing() as session:
        result = retire(
            session,
            tenant_id=visit.tenant_id,
            short_name=circuit.short_name,
            now=visit.now,
            by=visit.person.account.id,
        )
        if isinstance(result, Refusal):
            return visit.go(f"{CIRCUITS}/{circuit.id}", result.sentence, tone="bad")
        session.commit()
    return visit.go(CIRCUITS, f"Le circuit « {circuit.name} » est retiré. Les dossiers en cours vont à leur fin.")


def show_move(visit: Visit) -> Response:
    """What would become of each folder that is on an older version."""
    circuit, plan = _circuit(visit), _migrated(visit, dry_run=True)
    if isinstance(plan, Refusal):
        return visit.go(f"{CIRCUITS}/{circuit.id}", plan.sentence, tone="bad")
    return visit.render("administration/move.html", circuit=circuit, plan=plan)


def do_move(visit: Visit) -> Response:
    """Move those that can be."""
    circuit, done = _circuit(visit), _migrated(visit, dry_run=False)
    address = f"{CIRCUITS}/{circuit.id}"
    if isinstance(done, Refusal):
        return visit.go(address, done.sentence, tone="bad")
    moved = sum(not one.obstacle for one in done)
    said = f"{plural(moved, 'dossier est passé', 'dossiers sont passés')} à la dernière version."
    stay = len(done) - moved
    if stay:
        said += f" {plural(stay, 'dossier reste', 'dossiers restent')} sur la leur : « Faire passer » dit pourquoi."
    return visit.go(address, said, tone="good" if moved or not stay else "bad")


def _migrated(visit: Visit, *, dry_run: bool) -> list[Migration] | Refusal:
    return migrate_folders(
        visit.services.database,
        visit.services.library,
        tenant_id=visit.tenant_id,
        short_name=_circuit(visit).short_name,
        now=visit.now,
        by=visit.person.account.id,
        dry_run=dry_run,
    )


def _circuit(visit: Visit) -> WorkflowDefinition:
    with visit.services.database.reading() as session:
        return found(definition_by_id(session, visit.tenant_id, visit.identifier("circuit")))


def _upload_page(visit: Visit, short_name: str, name: str, faults: dict[str, str]) -> Response:
    return visit.render(
        "administration/upload.html",
        status=422 if faults else 200,
        short_name=short_name,
        name=name,
        faults=faults,
        max_bytes=MAX_BYTES,
    )


def _draft_page(visit: Visit, fault: str = "") -> Response:
    services, draft_id = visit.services, visit.identifier("draft")
    with services.database.reading() as session:
        draft = found(draft_of(session, visit.tenant_id, draft_id))
        prepared = prepare(session, services.library, draft, services.circuit_services)
        desks = all_desks(session, visit.tenant_id)
    return visit.render(
        "administration/draft.html",
        status=422 if fault else 200,
        draft=draft,
        prepared=prepared,
        desks=desks,
        fault=fault,
    )


def _file(content: bytes, name: str) -> Response:
    headers = {
        "content-disposition": f"attachment; filename*=UTF-8''{quote(name)}",
        "content-security-policy": "sandbox; default-src 'none'",
    }
    return Response(content, media_type="application/xml", headers=headers)

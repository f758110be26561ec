"""Administration of the types and sub-types that one chooses when depositing."""

from __future__ import annotations

from uuid import UUID

from starlette.responses import Response

from engine.circuits.queries import circuits_in_use, definitions
from engine.refusals import Faults, Refusal
from engine.typology.actions import add_subtype, change_subtype, rename_type
from engine.typology.model import FolderType, Subtype
from engine.typology.queries import all_types, subtype_of, type_of
from engine.typology.rules import SubtypeForm
from web.asked import found, identifier_in
from web.visits import Visit

TYPES = "/administration/types"


def show_types(visit: Visit) -> Response:
    """Every type with its sub-types."""
    with visit.services.database.reading() as session:
        types = all_types(session, visit.tenant_id)
        circuits = {circuit.id: circuit for circuit in definitions(session, visit.tenant_id)}
    return visit.render("administration/types.html", types=types, circuits=circuits)


def show_new_subtype(visit: Visit) -> Response:
    """The form of a sub-type."""
    return _subtype_page(visit, None, SubtypeForm(visit.request.query_params.get("type", ""), ""), {})


def do_add_subtype(visit: Visit) -> Response:
    """Create a sub-type, and its type if need be."""
    form = _form(visit)
    with visit.services.database.writing() as session:
        result = add_subtype(
            session,
            tenant_id=visit.tenant_id,
            by=visit.person.account.id,
            form=form,
            circuits=circuits_in_use(session, visit.tenant_id),
            now=visit.now,
        )
        if isinstance(result, Faults):
            return _subtype_page(visit, None, form, result.sentences)
        session.commit()
    return visit.go(TYPES, f"Le sous-type « {result.name} » est créé : la page de dépôt le propose.")


def show_subtype(visit: Visit) -> Response:
    """One sub-type."""
    with visit.services.database.reading() as session:
        subtype = found(subtype_of(session, visit.tenant_id, visit.identifier("subtype")))
    form = SubtypeForm(
        "",
        subtype.name,
        subtype.workflow_definition_id,
        str(subtype.position),
        subtype.asks_amount,
        subtype.closed_at is not None,
    )
    return _subtype_page(visit, subtype.id, form, {})


def do_change_subtype(visit: Visit) -> Response:
    """Save a sub-type."""
    form, subtype_id = _form(visit), visit.identifier("subtype")
    with visit.services.database.writing() as session:
        result = found(
            change_subtype(
                session,
                tenant_id=visit.tenant_id,
                by=visit.person.account.id,
                subtype_id=subtype_id,
                form=form,
                circuits=circuits_in_use(session, visit.tenant_id),
                now=visit.now,
            )
        )
        if isinstance(result, Faults):
            return _subtype_page(visit, subtype_id, form, result.sentences)
        session.commit()
    return visit.go(TYPES, f"Le sous-type « {result.name} » est enregistré.")


def show_type(visit: Visit) -> Response:
    """The name of a type."""
    with visit.services.database.reading() as session:
        kind = found(type_of(session, visit.tenant_id, visit.identifier("type")))
    return _type_page(visit, kind, kind.name, {})


def do_rename_type(visit: Visit) -> Response:
    """Save it."""
    with visit.services.database.writing() as session:
        kind = found(type_of(session, visit.tenant_id, visit.identifier("type")))
        result = rename_type(
            session,
            tenant_id=visit.tenant_id,
            by=visit.person.account.id,
            type_id=kind.id,
            name=visit.text("name"),
            now=visit.now,
        )
        if isinstance(result, Refusal):
            return _type_page(visit, kind, visit.text("name"), {"name": result.sentence})
        session.commit()
    return visit.go(TYPES, f"Le type s’appelle « {kind.name} ».")


def _form(visit: Visit) -> SubtypeForm:
    return SubtypeForm(
        visit.text("type_name"),
        visit.text("name"),
        identifier_in(visit.text("circuit")),
        visit.text("position"),
        bool(visit.text("asks_amount")),
        bool(visit.text("closed")),
    )


def _subtype_page(visit: Visit, subtype_id: UUID | None, form: SubtypeForm, faults: dict[str, str]) -> Response:
    with visit.services.database.reading() as session:
        types = [kind for kind, _ in all_types(session, visit.tenant_id)]
        circuits = circuits_in_use(session, visit.tenant_id)
        kept = subtype_of(session, visit.tenant_id, subtype_id) if subtype_id else None
        retired = _retired(visit, kept, circuits)
    kind = next((kind for kind in types if kept is not None and kind.id == kept.folder_type_id), None)
    return visit.render(
        "administration/subtype.html",
        status=422 if faults else 200,
        subtype=kept,
        kind=kind,
        types=types,
        circuits=circuits,
        retired=retired,
        form=form,
        faults=faults,
    )


def _retired(visit: Visit, subtype: Subtype | None, circuits: dict[UUID, str]) -> tuple[UUID, str] | None:
    """The circuit of a sub-type, when it was retired meanwhile."""
    if subtype is None or subtype.workflow_definition_id in circuits:
        return None
    with visit.services.database.reading() as session:
        every = {circuit.id: circuit.name for circuit in definitions(session, visit.tenant_id)}
    return subtype.workflow_definition_id, every[subtype.workflow_definition_id]


def _type_page(visit: Visit, kind: FolderType, name: str, faults: dict[str, str]) -> Response:
    return visit.render("administration/type.html", status=422 if faults else 200, kind=kind, name=name, faults=faults)

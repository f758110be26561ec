"""Administration of a tenant: its desks, as a tree. Only for those who administer it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TypeVar
from uuid import UUID

from starlette.exceptions import HTTPException
from starlette.responses import Response

from engine.desks.actions import add_desk, change_desk
from engine.desks.links import linked_to
from engine.desks.model import Desk
from engine.desks.queries import all_desks, desk_of, holders, supervisors_of
from engine.desks.rules import DeskForm
from engine.folders.desk_needs import (
    close_desk,
    delete_desk,
    is_unused,
    reopen_desk,
    why_it_must_act,
    why_it_must_stay,
)
from engine.people.model import Account
from engine.people.queries import members
from engine.refusals import Faults, Refusal
from web.visits import Visit

T = TypeVar("T")

DESKS = "/administration/bureaux"


@dataclass(frozen=True, slots=True)
class Branch:
    """A desk of the tree, with those under it."""

    desk: Desk
    people: list[Account]
    below: list[Branch]


def show_desks(visit: Visit) -> Response:
    """The tree of desks, each with its holders; closed ones apart."""
    with visit.services.database.reading() as session:
        desks = [desk for desk in all_desks(session, visit.tenant_id) if visit.has_charge_of(desk.id)]
        people = holders(session, [desk.id for desk in desks])
    tree = tree_of([desk for desk in desks if desk.closed_at is None], people)
    return visit.render("administration/desks.html", tree=tree, closed=[desk for desk in desks if desk.closed_at])


def tree_of(desks: Sequence[Desk], people: Mapping[UUID, list[Account]]) -> list[Branch]:
    """Desks under their superiors, in the order given; one that has none among them, or is in a circle, is a root."""
    branches = {desk.id: Branch(desk, people.get(desk.id, []), []) for desk in desks}
    parents = {desk.id: desk.parent_desk_id for desk in desks}
    roots = []
    for desk in desks:
        above, seen = desk.parent_desk_id, {desk.id}
        while above in branches and above not in seen:
            seen.add(above)
            above = parents[above]
        parent = branches.get(desk.parent_desk_id) if desk.parent_desk_id and above not in seen else None
        (parent.below if parent else roots).append(branches[desk.id])
    return roots


def show_new_desk(visit: Visit) -> Response:
    """The form of a desk."""
    parent = visit.request.query_params.get("sous", "")
    return _desk_page(visit, None, DeskForm("", parent_id=_identifier(parent) if parent else None), {})


def do_add_desk(visit: Visit) -> Response:
    """Create a desk."""
    form = _desk_form(visit, DeskForm(""))
    with visit.services.database.writing() as session:
        result = add_desk(session, tenant_id=visit.tenant_id, by=visit.person.account.id, form=form, now=visit.now)
        if isinstance(result, Faults):
            return _desk_page(visit, None, form, result.sentences)
        session.commit()
    return visit.go(DESKS, f"Le bureau « {result.name} » est créé. Donnez-lui un titulaire depuis sa page.")


def show_desk(visit: Visit) -> Response:
    """One desk."""
    with visit.services.database.reading() as session:
        desk = _found(desk_of(session, visit.tenant_id, visit.identifier("desk")))
        form = _present(desk, linked_to(session, desk.id))
    return _desk_page(visit, desk, form, {})


def do_change_desk(visit: Visit) -> Response:
    """Save a desk."""
    desk_id, library = visit.identifier("desk"), visit.services.library
    with visit.services.database.writing() as session:
        desk = _found(desk_of(session, visit.tenant_id, desk_id))
        present = _present(desk, linked_to(session, desk.id))
        form = _desk_form(visit, present) if visit.person.administers else present.renamed(visit.text("name"))
        result = change_desk(
            session,
            tenant_id=visit.tenant_id,
            by=visit.person.account.id,
            desk_id=desk_id,
            form=form,
            needed=lambda needed: why_it_must_act(session, library, needed, now=visit.now),
            now=visit.now,
        )
        if isinstance(result, Faults):
            return _desk_page(visit, desk, form, result.sentences)
        session.commit()
    return visit.go(DESKS, f"Le bureau « {_found(result).name} » est enregistré.")


def show_close(visit: Visit) -> Response:
    """Ask before closing a desk, or say why it cannot be."""
    with visit.services.database.reading() as session:
        desk = _found(desk_of(session, visit.tenant_id, visit.identifier("desk")))
        reasons = why_it_must_stay(session, visit.services.library, desk, now=visit.now)
        unused = not reasons and is_unused(session, desk)
    return visit.render("administration/close_desk.html", desk=desk, reasons=reasons, unused=unused)


def do_close(visit: Visit) -> Response:
    """Close a desk that nothing needs."""
    desk_id, by, library = visit.identifier("desk"), visit.person.account.id, visit.services.library
    with visit.services.database.writing() as session:
        result = close_desk(session, library, tenant_id=visit.tenant_id, by=by, desk_id=desk_id, now=visit.now)
        if isinstance(result, Refusal):
            return visit.go(f"{DESKS}/{desk_id}/fermer", result.sentence, tone="bad")
        session.commit()
    return visit.go(DESKS, f"Le bureau « {_found(result).name} » est fermé. Ce qu’il a fait reste lisible.")


def do_reopen(visit: Visit) -> Response:
    """Open a desk again."""
    desk_id, by = visit.identifier("desk"), visit.person.account.id
    with visit.services.database.writing() as session:
        desk = _found(reopen_desk(session, tenant_id=visit.tenant_id, by=by, desk_id=desk_id, now=visit.now))
        session.commit()
    return visit.go(f"{DESKS}/{desk_id}", f"Le bureau « {desk.name} » est de nouveau ouvert.")


def do_delete(visit: Visit) -> Response:
    """Delete a desk that nothing ever used."""
    desk_id, by, library = visit.identifier("desk"), visit.person.account.id, visit.services.library
    with visit.services.database.writing() as session:
        result = delete_desk(session, library, tenant_id=visit.tenant_id, by=by, desk_id=desk_id, now=visit.now)
        if isinstance(result, Refusal):
            return visit.go(f"{DESKS}/{desk_id}/fermer", result.sentence, tone="bad")
        name = _found(result).name
        session.commit()
    return visit.go(DESKS, f"Le bureau « {name} » est supprimé.")


def _desk_page(visit: Visit, desk: Desk | None, form: DeskForm, faults: dict[str, str]) -> Response:
    with visit.services.database.reading() as session:
        desks = all_desks(session, visit.tenant_id)
        others = [other for other in desks if desk is None or other.id != desk.id]
        people: list[Account] = holders(session, [desk.id])[desk.id] if desk else []
        watching = supervisors_of(session, desk.id) if desk else []
        known = [member.account for member in members(session, visit.tenant_id)]
    linked = form.associated | {form.parent_id}
    return visit.render(
        "administration/desk.html",
        status=422 if faults else 200,
        desk=desk,
        form=form,
        faults=faults,
        others=[other for other in others if other.closed_at is None or other.id in linked],
        functions=sorted({other.function for other in desks if other.function}),
        people=people,
        watching=watching,
        members=known,
    )


def _present(desk: Desk, links: Mapping[str, frozenset[UUID]]) -> DeskForm:
    """A desk as the form shows it."""
    return DeskForm(
        name=desk.name,
        short_name=desk.short_name,
        parent_id=desk.parent_desk_id,
        function=desk.function,
        may_create=desk.may_create,
        may_act=desk.may_act,
        may_archive=desk.may_archive,
        may_chain=desk.may_chain,
        **links,
    )


def _desk_form(visit: Visit, present: DeskForm) -> DeskForm:
    """A desk as it was sent; of what the form did not ask, what is so already."""
    parent, asked = visit.text("parent"), set(visit.text("asked").split())
    rights = "rights" in asked
    links = {name: _identifiers(visit, name) if name in asked else getattr(present, name) for name in _LINKS}
    return DeskForm(
        name=visit.text("name"),
        short_name=visit.text("short_name"),
        parent_id=_identifier(parent) if parent else None,
        function=visit.text("function") if rights else present.function,
        may_create=bool(visit.text("deposits")),
        may_act=bool(visit.text("acts")) if rights else present.may_act,
        may_archive=bool(visit.text("archives")) if rights else present.may_archive,
        may_chain=bool(visit.text("chains")) if rights else present.may_chain,
        **links,
    )


_LINKS = ("associated", "supervisors")


def _identifiers(visit: Visit, name: str) -> frozenset[UUID]:
    return frozenset(_identifier(text) for text in visit.form.getlist(name) if isinstance(text, str))


def _identifier(text: str) -> UUID:
    """400 when it is none: no page of ours sends that."""
    try:
        return UUID(text)
    except ValueError:
        raise HTTPException(400) from None


def _found(what: T | None) -> T:
    """404 when this tenant has none such."""
    if what is None:
        raise HTTPException(404)
    return what

"""How many statements it takes to know who may act: every act asks, and a database far away answers each."""

from __future__ import annotations

from sqlalchemy import event

from engine.desks.authority import Authority
from engine.folders.facts import authority_of, load_step
from tests.support.delegations import delegate
from tests.support.world import NOW, World


def test_a_holder_costs_one_statement_and_whoever_stands_in_two(world: World) -> None:
    delegate(world, "dgs", "adjoint")
    step_id = world.open_step(world.sent()).id
    for who, statements in (("dgs", 1), ("adjoint", 2)):
        said: list[str] = []
        with world.database.reading() as session:
            connection = session.connection()
            event.listen(connection, "before_cursor_execute", lambda *call, said=said: said.append(call[2]))
            account_id = world.accounts[who].id
            loaded = load_step(session, world.tenant.id, step_id, account_id)
            assert loaded is not None
            assert isinstance(authority_of(session, loaded, account_id, now=NOW), Authority)
        assert len(said) == statements, said

"""Random games have teeth: whatever rule of the interpreter is broken, some game shows it."""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from tests.circuits.oracle import activities, events, gateways, interpreter, paths, quorum
from tests.circuits.oracle.drawing import Circuit
from tests.circuits.oracle.games import game
from tests.circuits.oracle.generator import generate
from tests.circuits.oracle.marks import Frame, Scope, Token, lives
from tests.circuits.oracle.moments import Cycle
from tests.circuits.oracle.playing import Act, Alone, NotOpen, Seen

Told = tuple[Circuit, dict[str, Any], list[tuple[Act, Seen]]]
GAMES = 500
"""Enough for the rarest rule; most are missed within the first fifty."""


@pytest.fixture(scope="module")
def told() -> list[Told]:
    """Games played with every rule as it is."""
    return [one_game(seed) for seed in range(GAMES)]


def one_game(seed: int) -> Told:
    made = generate(seed)
    player, seen = Alone(made.circuit, made.variables), []
    for act in game(player, random.Random(seed), made):
        seen.append((act, player.play(act)))
    return made.circuit, made.variables, seen


def differs(told: Told) -> bool:
    """Whether the same acts now show something else."""
    circuit, variables, seen = told
    player = Alone(circuit, variables)
    try:
        return any(player.play(act) != expected for act, expected in seen)
    except NotOpen:
        return True


@pytest.fixture(autouse=True)
def fresh_paths() -> Iterator[None]:
    """What was searched in drawings under another rule is forgotten."""
    yield
    forget()


def forget() -> None:
    paths.reachable_inputs.cache_clear()
    paths.refusal_is_drawn.cache_clear()


def never_waits(run: object, scope: Scope, join: object) -> bool:
    return True


def waits_for_every_path(run: Any, scope: Scope, join: Any) -> bool:
    holding = {flow for flow, waiting in run.held(scope, join).items() if waiting}
    others = [token for token in scope.tokens if token.node is not join]
    return not any(paths.reachable_inputs(scope.drawing, other.node.id, join.id) - holding for other in others)


def hears_its_scope(run: Any, name: str, plain: Callable[..., Any] = events.Events.waits) -> list[Any]:
    waits = plain(run, name)
    return [wait for wait in waits if wait.token.scope is run.root] if name == "signal" else waits


def hears_backwards(run: Any, name: str, plain: Callable[..., Any] = events.Events.waits) -> list[Any]:
    return plain(run, name)[::-1] if name != "timer" else plain(run, name)


def catches_far(run: Any, around: Token | None, trigger: str, code: str) -> Any:
    found = None
    while around is not None:
        for node in around.scope.drawing.boundaries[around.node.id]:
            if node.trigger == trigger and node.name in (code, ""):
                found = around, node
        around = around.scope.holder
    return found


def catches_any_code(run: Any, around: Token | None, trigger: str, code: str) -> Any:
    while around is not None:
        for node in around.scope.drawing.boundaries[around.node.id]:
            if node.trigger == trigger:
                return around, node
        around = around.scope.holder
    return None


def last_instance(run: Any, token: Token) -> str | None:
    return "approved" if len(token.ended) == len(token.instances) else None


def shares_variables(frame: Frame, name: str) -> Any:
    return frame.own.get(name)


def counts_no_rejection(mode: str, given: Any, total: int) -> str | None:
    return quorum.by_mode(mode, ["approved" for _ in given], total)


def takes_the_last_true_flow(run: Any, token: Token) -> None:
    flows = token.scope.drawing.outgoing[token.node.id]
    chosen = [flow for flow in flows if gateways.is_true(token.scope, token.node, flow)][-1:]
    run.spread(token.scope, token.node, [token], chosen or gateways.default_of(token.node, flows))


def moves_the_last_first(run: Any) -> None:
    while not run.finished:
        while run.turn and not run.finished:
            token = run.turn.pop()
            if lives(token):
                run.spend()
                run.pass_node(token)
        if run.finished or not run.fire_one_inclusive_join():
            break
    run.turn.clear()


BROKEN: dict[str, tuple[Any, str, Any]] = {
    "an inclusive join never waits": (gateways.Gateways, "may_fire", never_waits),
    "an inclusive join waits for every path": (gateways.Gateways, "may_fire", waits_for_every_path),
    "paths stop at boundary events and links": (paths, "_jumps", lambda drawing, node: []),
    "an exclusive gateway takes the last true flow": (gateways.Gateways, "pass_exclusive", takes_the_last_true_flow),
    "every refusal is drawn": (activities, "refusal_is_drawn", lambda drawing, step: True),
    "no refusal is drawn": (activities, "refusal_is_drawn", lambda drawing, step: False),
    "quorums count no rejection": (activities, "by_mode", counts_no_rejection),
    "repeated activities wait for all": (activities.Activities, "decide", last_instance),
    "signals stay in the process": (events.Events, "waits", hears_its_scope),
    "who waits last is first": (events.Events, "waits", hears_backwards),
    "the farthest catches": (events.Events, "_catcher", catches_far),
    "codes do not count": (events.Events, "_catcher", catches_any_code),
    "nobody catches": (events.Events, "_catcher", lambda *said: None),
    "cycles fire once": (events.moments, "cycle", lambda text: Cycle(1, text.split("/")[1])),
    "variables around are not seen": (Frame, "read", shares_variables),
    "the last token to come moves first": (interpreter.Run, "settle", moves_the_last_first),
    "a message is never thrown": (events.Events, "emit", lambda run, token: None),
}


@pytest.mark.parametrize("rule", BROKEN)
def test_a_broken_rule_shows(rule: str, told: list[Told], monkeypatch: pytest.MonkeyPatch) -> None:
    forget()
    monkeypatch.setattr(*BROKEN[rule])
    assert any(differs(one_told) for one_told in told)


def test_the_rules_as_they_are_show_nothing(told: list[Told]) -> None:
    assert not any(differs(one_told) for one_told in told[:200])

"""What a child of the zygote does: an act through the use case of the pages, a worker's work, or an examination."""

from __future__ import annotations

import fcntl
import importlib
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any, BinaryIO
from uuid import UUID

import obstore
from sqlmodel import select

from engine.database import Database
from engine.documents.store import DocumentStore
from engine.folders import sending
from engine.folders.actions import Acted, act
from engine.folders.model import Act, Folder
from engine.folders.signature import finish_signature
from engine.people.model import Account, Tenant
from engine.refusals import Refusal
from engine.typology.model import Subtype
from parapheur.settings import load_settings
from parapheur.wiring import make_handlers
from parapheur.worker import Worker
from signing.certificates import TrustStore
from tests.kill.examination import examine
from tests.kill.points import Points, install
from tests.support import world as worlds
from tests.support.mails import BASE
from tests.support.world import World

TITLE = "Délibération 2026-041"


def obey(order: dict[str, Any]) -> Any:
    """Do what is ordered; the names of the instants passed, or the findings of an examination.

    ``warm``: done by the zygote itself, which then has loaded what its children need; nothing is watched.
    """
    worlds.NOW = datetime.fromisoformat(order["now"])
    sending.run_in_child = _here
    with _store_of_our_own() if order.get("warm") else nullcontext():
        world = reopen(order)
        try:
            if order["what"] == "examine":
                return examine(world)
            if order["what"] == "restart":
                return _restart(world, order)
            points = Points(lambda: order.get("fatal", 0))
            if not order.get("warm"):
                install(points, world.store.spool.parent)
            if "gate" in order:
                _pass_gate(Path(order["gate"]))
            _ACTS[order["what"]](world, order)
            return points.names
        finally:
            world.database.dispose()


def _pass_gate(gate: Path) -> None:
    """Wait until the file is no longer locked: whoever waits there goes on at the same instant."""
    with gate.open() as file:
        fcntl.flock(file, fcntl.LOCK_SH)


@contextmanager
def _store_of_our_own() -> Iterator[None]:
    """obstore starts threads, which a fork does not carry over: the zygote must not have used it."""
    plain = obstore.put

    def put(store: Any, key: str, file: BinaryIO, **_options: Any) -> None:
        path = Path(store.prefix) / key
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(file.read())

    obstore.put = put
    try:
        yield
    finally:
        obstore.put = plain


def _restart(world: World, order: dict[str, Any]) -> dict[str, Any]:
    """What is found at start; then the act again if it did not happen, the worker's work, and what is found at the end.

    ``before``: the digest of the rows before the act, when it is to be done again.
    """
    found = examine(world)
    if found["rows"] == order.get("before"):
        _ACTS[order["act"]](world, order)
    _work(world, order)
    return {"found": found, "final": examine(world)}


def reopen(order: dict[str, Any]) -> World:
    """A commune found again in its database, as a server does at start."""
    database, folder = Database(order["url"]), Path(order["folder"])
    with database.reading() as session:
        tenant = session.exec(select(Tenant)).one()
        accounts = {account.email.partition("@")[0]: account for account in session.exec(select(Account))}
        subtypes = {s.name.removeprefix("Circuit "): s.id for s in session.exec(select(Subtype))}
    trust = TrustStore.from_pem(Path(order["trust"]).read_bytes()) if "trust" in order else TrustStore()
    store = DocumentStore(folder / "documents", folder / "spool")
    return World(database, store, tenant, accounts, subtypes, trust)


def _here(function: str, *arguments: Any, **options: Any) -> Any:
    """Reading the file writes nothing: done without the child process, whose start would cost a second per round."""
    module, _, name = function.rpartition(".")
    return getattr(importlib.import_module(module), name)(*arguments, **options)


def _deposit(world: World, order: dict[str, Any]) -> None:
    world.deposit(TITLE, pdf=(Path(order["folder"]) / "upload.pdf").read_bytes())


def _send(world: World, order: dict[str, Any]) -> None:
    world.send(_folder(world, order))


def _visa(world: World, order: dict[str, Any]) -> None:
    _act(world, order, Act.VISA, "Vote conforme.")


def _reject(world: World, order: dict[str, Any]) -> None:
    _act(world, order, Act.REJECT, "Nombre de votants faux.")


def _act(world: World, order: dict[str, Any], what: Act, reason: str) -> None:
    """On the step and the documents that were seen before: the folder may have moved meanwhile."""
    with world.database.writing() as session:
        result = act(
            session,
            world.library,
            tenant_id=world.tenant.id,
            account=world.accounts["dgs"],
            step_id=UUID(order["step_id"]),
            act=what,
            seen_heads=order["heads"],
            reason=reason,
            now=worlds.NOW + timedelta(minutes=5),
        )
        if isinstance(result, Acted):
            session.commit()
    _done(result)


def _sign(world: World, order: dict[str, Any]) -> None:
    result = finish_signature(
        world.database,
        world.store,
        world.library,
        world.trust,
        tenant_id=world.tenant.id,
        account=world.accounts["maire"],
        step_id=UUID(order["step_id"]),
        signatures={UUID(key): bytes.fromhex(value) for key, value in order["signatures"].items()},
        now=worlds.NOW + timedelta(minutes=11),
    )
    _done(result)


def _work(world: World, order: dict[str, Any]) -> None:
    settings = load_settings(
        data_dir=order["folder"], smtp_host="127.0.0.1", smtp_port=order["smtp_port"], base_url=BASE
    )
    now = worlds.NOW + timedelta(minutes=order["minutes"])
    Worker(world.database, make_handlers(settings, world.database), clock=lambda: now).drain()


def _folder(world: World, order: dict[str, Any]) -> Folder:
    with world.database.reading() as session:
        return session.get_one(Folder, UUID(order["folder_id"]))


def _done(result: Acted | Refusal) -> None:
    assert isinstance(result, Acted), result


_ACTS = {"deposit": _deposit, "send": _send, "visa": _visa, "reject": _reject, "sign": _sign, "work": _work}

"""Whoever stands in is told what the holder is told, and in whose absence; nobody who could not act is told."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal
from typing import Any

import orjson
from sqlmodel import col, select

from engine.folders.actions import Acted
from engine.folders.model import Act, Folder, Step
from engine.folders.rewinding import undo
from engine.work.model import WorkItem
from notifications.circuits import folder_rewound, step_reminded
from notifications.handlers import folder_moved
from notifications.model import Mail
from tests.support.delegations import delegate, priced
from tests.support.mails import BASE
from tests.support.world import NOW, World

LATER = NOW + timedelta(minutes=10)


def work(world: World, kind: str) -> list[dict[str, Any]]:
    with world.database.reading() as session:
        rows = session.exec(select(WorkItem.data).where(WorkItem.kind == kind).order_by(col(WorkItem.id))).all()
    return [orjson.loads(row) for row in rows]


def told(world: World, who: str) -> list[Mail]:
    with world.database.reading() as session:
        asked = select(Mail).where(Mail.account_id == world.accounts[who].id).order_by(col(Mail.id))
        return list(session.exec(asked))


def waiting(world: World) -> Folder:
    folder = world.sent()
    folder_moved(world.database, work(world, "folder.moved")[-1], base_url=BASE, now=NOW)
    return folder


def test_a_step_and_its_reminder_reach_whoever_stands_in_and_say_in_whose_absence(world: World) -> None:
    delegate(world, "dgs", "adjoint")
    folder = waiting(world)
    reminded = {"step_id": str(world.open_step(folder).id), "number": 0, "again": 0}
    for _ in range(2):  # a worker may do it again
        step_reminded(world.database, reminded, base_url=BASE, now=LATER)
    [asked, again] = told(world, "adjoint")
    for mail in (asked, again):
        assert "pour le bureau « Directrice générale des services », en l’absence de Zoé Çelik" in plain(mail.text)
    assert [mail.subject for mail in told(world, "dgs")] == [asked.subject, again.subject]
    assert all("absence" not in mail.text for mail in told(world, "dgs"))


def test_whoever_could_not_act_is_told_nothing(world: World) -> None:
    delegate(world, "dgs", "adjoint", ceiling=Decimal(10))
    delegate(world, "dgs", "maire", ends_at=NOW)
    folder = priced(world, world.sent(), "11")
    folder_moved(world.database, work(world, "folder.moved")[-1], base_url=BASE, now=NOW)
    assert told(world, "adjoint") == told(world, "maire") == []
    assert len(told(world, "dgs")) == 1
    assert folder is not None


def test_what_is_no_longer_asked_and_who_rejected_are_told_with_the_absence(world: World) -> None:
    delegate(world, "maire", "adjoint")
    folder = waiting(world)
    assert isinstance(world.act("dgs", folder, Act.VISA), Acted)
    folder_moved(world.database, work(world, "folder.moved")[-1], base_url=BASE, now=NOW)
    with world.database.writing() as session:
        who = world.accounts["dgs"]
        back = undo(session, world.library, tenant_id=world.tenant.id, account=who, folder_id=folder.id, now=LATER)
        assert isinstance(back, Acted)
        session.commit()
    gone = {**work(world, "folder.rewound")[-1], "withdrawn": withdrawn(world, folder)}
    folder_rewound(world.database, gone, base_url=BASE, now=LATER)
    assert "« Maire », en l’absence de Héloïse Lefèvre" in plain(told(world, "adjoint")[-1].text)
    assert "Plus rien à faire" in told(world, "adjoint")[-1].subject
    assert isinstance(world.act("dgs", folder, Act.VISA), Acted)
    assert isinstance(world.act("adjoint", folder, Act.REJECT, "Le montant est faux."), Acted)
    folder_moved(world.database, work(world, "folder.moved")[-1], base_url=BASE, now=LATER)
    rejected = plain(told(world, "secretariat")[-1].text)
    assert "rejeté par François Noël, pour le bureau « Maire », en l’absence de Héloïse Lefèvre" in rejected


def withdrawn(world: World, folder: Folder) -> list[str]:
    """The mayor's step, which the act that was taken back had opened."""
    with world.database.reading() as session:
        asked = select(Step.id).where(Step.folder_id == folder.id, Step.element_id == "signature-maire")
        return [str(found) for found in session.exec(asked)]


def plain(text: str) -> str:
    return text.replace("\u00a0", " ")

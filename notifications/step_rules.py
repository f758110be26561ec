"""Whom to tell what of an open step that is asked about, or that changes hands."""

from __future__ import annotations

from uuid import UUID

from engine.folders.model import Verdict
from notifications.rules import Telling, Topic, absence

#: What became of a question, after the name of the desk that was asked.
_ANSWERS = {
    Verdict.FAVOURABLE: "donne un avis favorable",
    Verdict.UNFAVOURABLE: "donne un avis défavorable",
    Verdict.COMMENT: "répond, sans prendre parti",
    Verdict.DECLINED: "ne donne pas d’avis",
}


def tell_asked(
    *,
    account_id: UUID,
    key: str,
    title: str,
    desk: str,
    step: str,
    who: str,
    asking: str,
    question: str,
    on_behalf_of: str | None = None,
    again: bool = False,
) -> Telling:
    """The opinion of a desk is asked. ``key``: which question, or which reminder of it; ``again``: it is a reminder."""
    facts = {
        "title": title,
        "desk": desk,
        "absence": absence(on_behalf_of),
        "step": step,
        "who": who,
        "asking": asking,
        "question": question,
        "again": "oui" if again else "",
    }
    subject = f"{'Rappel, avis' if again else 'Avis'} demandé : {title}"
    return Telling(Topic.OPINION_ASKED, account_id, f"{key}:{account_id}", subject, facts)


def tell_answered(
    *, account_id: UUID, opinion_id: UUID, title: str, desk: str, step: str, who: str, verdict: Verdict, text: str
) -> Telling:
    """An opinion came, or was declined: the step waits again for whoever asked. ``desk``: the one that was asked."""
    facts = {"title": title, "desk": desk, "step": step, "who": who, "answer": _ANSWERS[verdict], "text": text}
    key = f"{Topic.OPINION_GIVEN}:{opinion_id}:{account_id}"
    return Telling(Topic.OPINION_GIVEN, account_id, key, f"Avis reçu : {title}", facts)


def tell_question_over(account_id: UUID, mark: str, title: str, desk: str, on_behalf_of: str | None = None) -> Telling:
    """The opinion of a desk is wanted no more. ``mark``: which question, and why it is over."""
    facts = {"title": title, "desk": desk, "absence": absence(on_behalf_of)}
    key = f"{Topic.OPINION_OVER}:{mark}:{account_id}"
    return Telling(Topic.OPINION_OVER, account_id, key, f"Avis plus attendu : {title}", facts)


def tell_transferred(
    *,
    account_id: UUID,
    transfer_id: UUID,
    kind: str,
    title: str,
    desk: str,
    step: str,
    who: str,
    origin: str,
    reason: str,
    on_behalf_of: str | None = None,
) -> Telling:
    """A step comes from another desk. ``origin``: which one; ``who``: who gave it."""
    asked = "signer" if kind == "SIGNATURE" else "viser"
    facts = {
        "asked": asked,
        "title": title,
        "desk": desk,
        "absence": absence(on_behalf_of),
        "step": step,
        "who": who,
        "origin": origin,
        "reason": reason,
    }
    key = f"{Topic.TRANSFERRED}:{transfer_id}:{account_id}"
    return Telling(Topic.TRANSFERRED, account_id, key, f"Transféré, à {asked} : {title}", facts)

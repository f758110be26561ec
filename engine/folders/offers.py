"""The acts, beside the main one, that a person may do on a folder now: what the menu « Plus » of its page holds."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from types import MappingProxyType

from engine.folders.model import Act
from engine.folders.whole_rules import (
    Standing,
    may_archive,
    may_be_returned,
    may_chain,
    may_duplicate,
    may_edit,
    may_follow,
    may_recycle,
    may_stop,
    may_unarchive,
    may_unfollow,
)
from engine.refusals import Refusal

#: The guard of each act that is proposed, in the order in which the menu shows them. The actions ask the same guards.
GUARDS: Mapping[Act, Callable[[Standing], Refusal | None]] = MappingProxyType(
    {
        Act.EDIT: may_edit,
        Act.RECYCLE: may_recycle,
        Act.CHAIN: may_chain,
        Act.RETURN: may_be_returned,
        Act.FOLLOW: may_follow,
        Act.UNFOLLOW: may_unfollow,
        Act.DUPLICATE: may_duplicate,
        Act.STOP: may_stop,
        Act.ARCHIVE: may_archive,
        Act.UNARCHIVE: may_unarchive,
    }
)


def offers(standing: Standing) -> list[Act]:
    """The acts that the guards let through, in order."""
    return [act for act, guard in GUARDS.items() if guard(standing) is None]

"""Whom to tell what."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from uuid import UUID

from signing.french import in_the_absence_of


class Topic(StrEnum):
    """What a mail is about; also the name of its template."""

    TO_DO = "to_do"
    FINISHED = "finished"
    REJECTED = "rejected"
    STOPPED = "stopped"
    FOLLOWED = "followed"
    REMINDER = "reminder"
    CORRECTION = "correction"
    FALLEN = "fallen"
    NOTICE = "notice"
    DELEGATED = "delegated"
    DELEGATION_ENDED = "delegation_ended"
    OPINION_ASKED = "opinion_asked"
    OPINION_GIVEN = "opinion_given"
    OPINION_OVER = "opinion_over"
    TRANSFERRED = "transferred"
    INVITATION = "invitation"
    WELCOME = "welcome"
    PASSWORD = "password"  # noqa: S105 a topic, not a secret
    SECOND_FACTOR = "second_factor"
    RENEWAL = "renewal"


class FactorNews(StrEnum):
    """What happened to the second factor of an account."""

    TURNED_ON = "TURNED_ON"
    TURNED_OFF = "TURNED_OFF"
    RECOVERY_USED = "RECOVERY_USED"
    RESET = "RESET"


_FACTOR_NEWS = {
    FactorNews.TURNED_ON: "Le second facteur de votre compte vient d’être activé : un code est désormais demandé après"
    " le mot de passe. Vos autres sessions sont fermées.",
    FactorNews.TURNED_OFF: "Le second facteur de votre compte vient d’être désactivé : le mot de passe suffit de"
    " nouveau.",
    FactorNews.RECOVERY_USED: "Un code de secours vient de servir à ouvrir votre compte, à la place du téléphone.",
    FactorNews.RESET: "Une personne qui administre le parapheur vient de réinitialiser le second facteur de votre"
    " compte. Vos sessions sont fermées ; après votre mot de passe, vous pourrez l’activer de nouveau.",
}


@dataclass(frozen=True, slots=True)
class Telling:
    """Something to tell one person."""

    topic: Topic
    account_id: UUID
    key: str  #: unique: the same thing is told once
    subject: str
    facts: dict[str, str]


def absence(on_behalf_of: str | None) -> str:
    """What follows the name of a desk when somebody stands in: ``, en l’absence de Zoé ÇELIK``."""
    return f", {in_the_absence_of(on_behalf_of)}" if on_behalf_of else ""


def tell_holder(
    *,
    account_id: UUID,
    step_id: UUID,
    kind: str,
    title: str,
    desk: str,
    step: str,
    on_behalf_of: str | None = None,
) -> Telling:
    """A step has opened on a desk that this person holds, or for which they stand in."""
    asked = "signer" if kind == "SIGNATURE" else "viser"
    return Telling(
        Topic.TO_DO,
        account_id,
        f"to_do:{step_id}:{account_id}",
        f"À {asked} : {title}",
        {"asked": asked, "title": title, "desk": desk, "step": step, "absence": absence(on_behalf_of)},
    )


def tell_emitter(
    *,
    account_id: UUID,
    folder_id: UUID,
    version: int,
    status: str,
    title: str,
    who: str,
    desk: str,
    reason: str,
    on_behalf_of: str | None = None,
) -> Telling | None:
    """A folder has come to its end; nothing while it goes on."""
    if status == "FINISHED":
        topic, subject = Topic.FINISHED, f"Terminé : {title}"
    elif status == "REJECTED":
        topic, subject = Topic.REJECTED, f"Rejeté : {title}"
    else:
        return None
    facts = {"title": title, "who": who, "desk": desk, "absence": absence(on_behalf_of), "reason": reason}
    return Telling(topic, account_id, f"{topic}:{folder_id}:{version}:{account_id}", subject, facts)


def tell_follower(
    *,
    account_id: UUID,
    folder_id: UUID,
    version: int,
    status: str,
    title: str,
    who: str,
    desk: str,
    reason: str,
    on_behalf_of: str | None = None,
) -> Telling | None:
    """A folder that this person follows has come to its end; nothing while it goes on."""
    words = {"FINISHED": "Terminé", "REJECTED": "Rejeté"}
    if status not in words:
        return None
    who_for = {"who": who, "desk": desk, "absence": absence(on_behalf_of)}
    facts = {"title": title, **who_for, "reason": reason, "status": status}
    key = f"{Topic.FOLLOWED}:{folder_id}:{version}:{account_id}"
    return Telling(Topic.FOLLOWED, account_id, key, f"{words[status]} : {title}", facts)


def tell_stopped(account_id: UUID, mark: str, title: str, who: str, reason: str, *, waited: bool) -> Telling:
    """A folder goes no further. ``mark``: the folder and the version at which it stopped. ``waited``: for them."""
    facts = {"title": title, "who": who, "reason": reason, "waited": "oui" if waited else ""}
    return Telling(Topic.STOPPED, account_id, f"{Topic.STOPPED}:{mark}:{account_id}", f"Arrêté : {title}", facts)


def tell_reminder(
    *,
    account_id: UUID,
    key: str,
    kind: str,
    title: str,
    desk: str,
    step: str,
    on_behalf_of: str | None = None,
    by: str = "",
) -> Telling:
    """A step is still open, and its time passes. ``key``: which reminder it is; ``by``: who asked for it now."""
    asked = "signer" if kind == "SIGNATURE" else "viser"
    absent = absence(on_behalf_of)
    facts = {"asked": asked, "title": title, "desk": desk, "step": step, "absence": absent, "by": by}
    return Telling(Topic.REMINDER, account_id, f"{key}:{account_id}", f"Rappel, à {asked} : {title}", facts)


def tell_correction(
    account_id: UUID, mark: str, title: str, desk: str, step: str, on_behalf_of: str | None = None
) -> Telling:
    """What was asked of this person is no longer. ``mark``: the folder and the version at which it went back."""
    key = f"{Topic.CORRECTION}:{mark}:{step}:{account_id}"
    facts = {"title": title, "desk": desk, "step": step, "absence": absence(on_behalf_of)}
    return Telling(Topic.CORRECTION, account_id, key, f"Plus rien à faire : {title}", facts)


def tell_fallen(account_id: UUID, mark: str, title: str, step: str, reason: str) -> Telling:
    """What this person did does not count any more."""
    facts = {"title": title, "step": step, "reason": reason}
    return Telling(Topic.FALLEN, account_id, f"{Topic.FALLEN}:{mark}:{account_id}", f"Dossier revenu : {title}", facts)


def tell_notice(*, account_id: UUID, key: str, title: str, desk: str, subject: str, text: str) -> Telling:
    """Something that a circuit says to a desk. ``key``: which notice it is."""
    said = subject or "Pour information"
    facts = {"title": title, "desk": desk, "text": text or f"{said.rstrip('.')}."}
    return Telling(Topic.NOTICE, account_id, f"{Topic.NOTICE}:{key}:{account_id}", f"{said} : {title}", facts)


def tell_factor_news(account_id: UUID, mark: str, news: FactorNews) -> Telling:
    """Something happened to the second factor of this person. ``mark``: which time."""
    facts = {"what": _FACTOR_NEWS[news]}
    return Telling(
        Topic.SECOND_FACTOR, account_id, f"{Topic.SECOND_FACTOR}:{mark}", "Second facteur de votre compte", facts
    )


def tell_renewal(account_id: UUID, mark: str, town: str, fault: str) -> Telling:
    """A council renewal was done on its day, or could not be. ``mark``: which one; ``fault``: why not, or empty."""
    subject = "Renouvellement non appliqué" if fault else "Renouvellement appliqué"
    facts = {"town": town, "fault": fault}
    return Telling(Topic.RENEWAL, account_id, f"{Topic.RENEWAL}:{mark}", f"{subject} : {town}", facts)


def tell_delegated(*, account_id: UUID, delegation_id: UUID, desk: str, absent: str, days: str, limits: str) -> Telling:
    """This person's desk stands in for another. ``days``: from when to when; ``limits``: what bounds it, or nothing."""
    facts = {"desk": desk, "absence": absence(absent), "days": days, "limits": limits}
    key = f"{Topic.DELEGATED}:{delegation_id}:{account_id}"
    return Telling(Topic.DELEGATED, account_id, key, f"Vous remplacez le bureau {desk}", facts)


def tell_delegation_ended(*, account_id: UUID, delegation_id: UUID, desk: str, absent: str) -> Telling:
    """It does no more, before the day that was told."""
    key = f"{Topic.DELEGATION_ENDED}:{delegation_id}:{account_id}"
    facts = {"desk": desk, "absence": absence(absent)}
    return Telling(Topic.DELEGATION_ENDED, account_id, key, f"Vous ne remplacez plus le bureau {desk}", facts)

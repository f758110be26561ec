"""``parapheur platform-admin`` and ``parapheur reset-second-factor``: what is done on the server, for one account."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable

from sqlmodel import Session

from engine.clock import utc_now
from engine.database import Database
from engine.desks.factors import note_reset
from engine.people.factor import forget_factor
from engine.people.model import Account
from engine.people.queries import account_at
from notifications.accounts import tell_factor
from notifications.rules import FactorNews
from parapheur.migrating import DatabaseFault, fault_of
from parapheur.settings import Settings
from parapheur.wiring import open_database

OK, NOT_WELL = 0, 1


def oversee(options: argparse.Namespace, settings: Settings) -> int:
    """Give or take the right to look after the installation. 1: nobody has this address, or it changes nothing."""

    def change(_session: Session, account: Account) -> str | None:
        wanted = not options.revoke
        if account.platform_admin == wanted:
            return None
        account.platform_admin = wanted
        return (
            f"{account.full_name} veille désormais sur l’installation : menu « Installation »."
            if wanted
            else f"{account.full_name} ne veille plus sur l’installation."
        )

    unchanged = "Rien n’a changé : c’était déjà le cas."
    return _on_account(settings, options.email, change, unchanged)


def reset_factor(options: argparse.Namespace, settings: Settings) -> int:
    """Take away the second factor of who has lost it, when nobody else administers. 1: there is none such."""

    def change(session: Session, account: Account) -> str | None:
        if not forget_factor(session, account.id):
            return None
        note_reset(session, account, by=None, now=utc_now())
        tell_factor(session, FactorNews.RESET, account, base_url=settings.base_url.rstrip("/"), now=utc_now())
        return f"Le second facteur de {account.full_name} est réinitialisé ; un courriel l’en avertit."

    return _on_account(settings, options.email, change, "Ce compte n’a pas de second facteur. Rien n’a changé.")


def _on_account(
    settings: Settings, email: str, change: Callable[[Session, Account], str | None], unchanged: str
) -> int:
    database: Database = open_database(settings)
    try:
        if fault := fault_of(database):
            raise DatabaseFault(fault)
        with database.writing() as session:
            account = account_at(session, email)
            if account is None:
                print(f"Personne n’a l’adresse {email}. Rien n’a changé.", file=sys.stderr)
                return NOT_WELL
            said = change(session, account)
            session.commit()
    finally:
        database.dispose()
    print(said or unchanged)
    return OK if said else NOT_WELL

"""The second factor: a code after the password, never the same twice, and ways back for who lost the phone."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta

import pyotp
import pytest
from sqlmodel import select

from engine.people.actions import Challenged, choose_password, forgot_password, log_in, open_session
from engine.people.factor import (
    Answered,
    answer_challenge,
    begin_enrolment,
    challenge_is_alive,
    confirm_enrolment,
    enrolment_of,
    recovery_codes_left,
    renew_recovery_codes,
    turn_off,
)
from engine.people.factor_rules import (
    CHALLENGE_OVER,
    FACTOR_REQUIRED,
    FACTOR_SET_ALREADY,
    FACTOR_UNREADABLE,
    TOO_MANY_CODES,
    WRONG_CODE,
    counter_of,
    is_needed,
    tidied_code,
)
from engine.people.model import Account, LoginSession, Membership, RecoveryCode, Role, SecondFactor, SecondFactorNeed
from engine.people.queries import visitor_of
from engine.people.sealing import SecretBox, new_key
from engine.refusals import Refusal
from tests.support.site import BOX
from tests.support.world import NOW, PASSWORD, World

#: RFC 6238, appendix B: the shared secret « 12345678901234567890 » and, of the codes given, the last six digits.
RFC_SECRET = "GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ"
RFC_CODES = [
    (59, "287082"),
    (1111111109, "081804"),
    (1111111111, "050471"),
    (1234567890, "005924"),
    (2000000000, "279037"),
]


def at(seconds: int) -> datetime:
    return datetime.fromtimestamp(seconds, NOW.tzinfo)


@pytest.mark.parametrize(("seconds", "code"), RFC_CODES)
def test_the_codes_are_those_of_the_standard(seconds: int, code: str) -> None:
    assert counter_of(RFC_SECRET, code, at(seconds), -1) == seconds // 30


def test_a_code_holds_one_interval_on_either_side_and_never_twice() -> None:
    code = dict(RFC_CODES)[1234567890]
    counter = 1234567890 // 30
    for off, good in ((-60, False), (-30, True), (0, True), (30, True), (60, False)):
        assert (counter_of(RFC_SECRET, code, at(1234567890 + off), -1) == counter) is good, off
    assert counter_of(RFC_SECRET, code, at(1234567890), counter) is None
    assert counter_of(RFC_SECRET, code, at(1234567890), counter - 1) == counter


@pytest.mark.parametrize("typed", ["", "28708", "2870822", "28708x", "٢٨٧٠٨٢", " ", "-" * 6])
def test_what_is_no_code_is_wrong(typed: str) -> None:
    assert counter_of(RFC_SECRET, tidied_code(typed), at(59), -1) is None


@pytest.mark.parametrize(
    ("need", "role", "needed"),
    [
        (SecondFactorNeed.NOBODY, Role.TENANT_ADMIN, False),
        (SecondFactorNeed.ADMINISTRATORS, Role.NONE, False),
        (SecondFactorNeed.ADMINISTRATORS, Role.FUNCTIONAL_ADMIN, True),
        (SecondFactorNeed.ADMINISTRATORS, Role.TENANT_ADMIN, True),
        (SecondFactorNeed.EVERYBODY, Role.NONE, True),
    ],
)
def test_of_whom_it_is_needed(need: SecondFactorNeed, role: Role, needed: bool) -> None:
    assert is_needed(need, role) is needed


class Phone:
    """The application of a person, and what its owner does with it."""

    def __init__(self, world: World, who: str = "maire") -> None:
        self.world, self.account = world, world.accounts[who]
        with world.database.writing() as session:
            begun = begin_enrolment(session, BOX, self.account, now=NOW)
            assert not isinstance(begun, Refusal)
            self.totp = pyotp.TOTP(begun.secret)
            self.cookie = open_session(session, self.account.id, user_agent="", now=NOW)
            codes = confirm_enrolment(session, BOX, self.account, self.code(), cookie=self.cookie, now=NOW)
            assert not isinstance(codes, Refusal)
            session.commit()
        self.recovery = codes

    def code(self, later: int = 0) -> str:
        """The code that shows ``later`` seconds after now."""
        return self.totp.at(NOW + timedelta(seconds=later))

    def challenge(self, later: int = 0) -> str:
        """A right password; the cookie that waits for the code."""
        now = NOW + timedelta(seconds=later)
        found = log_in(self.world.database, self.account.email, PASSWORD, network="", user_agent="", now=now)
        assert isinstance(found, Challenged)
        return found.secret

    def answer(self, secret: str, code: str, later: int = 0) -> Answered | Refusal:
        now = NOW + timedelta(seconds=later)
        return answer_challenge(self.world.database, BOX, secret, code, user_agent="essai", now=now)


def test_the_secret_is_sealed_shown_until_confirmed_and_never_after(world: World) -> None:
    account = world.accounts["maire"]
    with world.database.writing() as session:
        begun = begin_enrolment(session, BOX, account, now=NOW)
        assert not isinstance(begun, Refusal)
        kept = session.get_one(SecondFactor, account.id).secret
        assert begun.secret not in kept
        assert BOX.open(kept) == begun.secret
        assert SecretBox([new_key()]).open(kept) is None
        assert enrolment_of(session, BOX, account) == begun
        assert f"secret={begun.secret}" in begun.address
        other = open_session(session, account.id, user_agent="", now=NOW)
        mine = open_session(session, account.id, user_agent="", now=NOW)
        assert confirm_enrolment(session, BOX, account, "000000", cookie=mine, now=NOW) == WRONG_CODE
        codes = confirm_enrolment(session, BOX, account, pyotp.TOTP(begun.secret).at(NOW), cookie=mine, now=NOW)
        assert not isinstance(codes, Refusal)
        assert enrolment_of(session, BOX, account) is None
        assert visitor_of(session, other, now=NOW) is None, "a session opened with the password alone"
        assert visitor_of(session, mine, now=NOW) is not None
        assert begin_enrolment(session, BOX, account, now=NOW) == FACTOR_SET_ALREADY
        assert not set(codes) & set(session.exec(select(RecoveryCode.code_sha256)))


def test_a_right_password_opens_nothing_before_the_code(world: World) -> None:
    phone = Phone(world)
    secret = phone.challenge()
    with world.database.reading() as session:
        assert visitor_of(session, secret, now=NOW) is None
        assert challenge_is_alive(session, secret, now=NOW)
        assert len(session.exec(select(LoginSession)).all()) == 1
    answered = phone.answer(secret, f"{phone.code(30)[:3]} {phone.code(30)[3:]}", 30)
    assert isinstance(answered, Answered)
    assert answered.recovery_left is None
    with world.database.reading() as session:
        assert visitor_of(session, answered.cookie, now=NOW) is not None
        assert not challenge_is_alive(session, secret, now=NOW)
    assert phone.answer(secret, phone.code(60), 60) == CHALLENGE_OVER


def test_the_same_code_is_refused_the_second_time(world: World) -> None:
    phone = Phone(world)
    assert phone.answer(phone.challenge(), phone.code()) == WRONG_CODE  # it has confirmed the enrolment
    assert isinstance(phone.answer(phone.challenge(), phone.code(30), 30), Answered)
    assert phone.answer(phone.challenge(), phone.code(30), 31) == WRONG_CODE
    assert phone.answer(phone.challenge(), phone.code(0), 31) == WRONG_CODE, "nor an earlier one"


def test_a_challenge_is_over_after_a_while(world: World) -> None:
    phone = Phone(world)
    secret = phone.challenge()
    assert phone.answer(secret, phone.code(600), 600) == CHALLENGE_OVER
    assert phone.answer("", phone.code(30), 30) == CHALLENGE_OVER
    assert phone.answer("autre", phone.code(30), 30) == CHALLENGE_OVER


def test_a_new_password_ends_the_log_ins_that_the_former_one_began(world: World) -> None:
    phone = Phone(world)
    secret = phone.challenge()
    with world.database.writing() as session:
        link = forgot_password(session, phone.account.email, now=NOW)
        assert link is not None
        session.commit()
    assert isinstance(choose_password(world.database, link.secret, "une phrase bien longue", now=NOW), Account)
    assert phone.answer(secret, phone.code(30), 30) == CHALLENGE_OVER


def test_five_wrong_codes_lock_even_a_new_log_in_for_a_while(world: World) -> None:
    phone = Phone(world)
    for _ in range(5):
        assert phone.answer(phone.challenge(), "000000") == WRONG_CODE
    assert phone.answer(phone.challenge(), phone.code(30), 30) == TOO_MANY_CODES
    assert phone.answer(phone.challenge(), phone.recovery[0], 30) == TOO_MANY_CODES
    assert isinstance(phone.answer(phone.challenge(960), phone.code(960), 960), Answered)


def test_a_recovery_code_serves_once_however_it_is_typed(world: World) -> None:
    phone = Phone(world)
    typed = phone.recovery[3].lower().replace("-", " ")
    answered = phone.answer(phone.challenge(), typed)
    assert isinstance(answered, Answered)
    assert answered.recovery_left == 9
    assert phone.answer(phone.challenge(), phone.recovery[3]) == WRONG_CODE
    with world.database.writing() as session:
        fresh = renew_recovery_codes(session, BOX, phone.account, phone.code(30), now=NOW + timedelta(seconds=30))
        assert not isinstance(fresh, Refusal)
        assert recovery_codes_left(session, phone.account.id) == 10
        session.commit()
    assert phone.answer(phone.challenge(), phone.recovery[4]) == WRONG_CODE
    assert isinstance(phone.answer(phone.challenge(), fresh[0]), Answered)


def test_of_two_who_give_the_same_code_at_once_one_comes_in(each_world: World) -> None:
    phone = Phone(each_world)
    secrets = [phone.challenge(), phone.challenge()]
    both = threading.Barrier(2)

    def give(secret: str) -> Answered | Refusal:
        both.wait(30)
        return phone.answer(secret, phone.code(30), 30)

    with ThreadPoolExecutor(2) as pool:
        found = list(pool.map(give, secrets))
    assert sorted(isinstance(one, Answered) for one in found) == [False, True]


def test_it_is_turned_off_with_a_code_unless_a_town_requires_it(world: World) -> None:
    phone = Phone(world)
    later = NOW + timedelta(seconds=30)
    with world.database.writing() as session:
        session.get_one(type(world.tenant), world.tenant.id).second_factor = SecondFactorNeed.ADMINISTRATORS
        session.get_one(Membership, (phone.account.id, world.tenant.id)).role = Role.TENANT_ADMIN
        assert turn_off(session, BOX, phone.account, phone.code(30), now=later) == FACTOR_REQUIRED
        session.get_one(Membership, (phone.account.id, world.tenant.id)).role = Role.NONE
        assert turn_off(session, BOX, phone.account, "000000", now=later) == WRONG_CODE
        assert turn_off(session, BOX, phone.account, phone.code(30), now=later) is None
        session.commit()
    entered = log_in(world.database, phone.account.email, PASSWORD, network="", user_agent="", now=NOW)
    assert isinstance(entered, tuple)
    with world.database.reading() as session:
        assert session.exec(select(RecoveryCode)).all() == []


def test_another_key_of_the_installation_is_said_and_counts_no_failure(world: World) -> None:
    phone = Phone(world)
    stranger = SecretBox([new_key()])
    for _ in range(6):
        found = answer_challenge(world.database, stranger, phone.challenge(), phone.code(30), user_agent="", now=NOW)
        assert found == FACTOR_UNREADABLE
    assert isinstance(phone.answer(phone.challenge(), phone.recovery[0]), Answered)


def test_a_new_key_in_front_opens_what_the_former_one_sealed() -> None:
    old, new = new_key(), new_key()
    sealed = SecretBox([old]).seal("secret")
    assert SecretBox([new, old]).open(sealed) == "secret"
    assert SecretBox([new, old]).open(sealed[:-4] + "AAA=") is None


def test_somebody_shut_out_between_password_and_code_stays_out(world: World) -> None:
    phone = Phone(world)
    secret = phone.challenge()
    with world.database.writing() as session:
        session.get_one(Account, phone.account.id).disabled_at = NOW
        session.commit()
    assert phone.answer(secret, phone.code(30), 30) == CHALLENGE_OVER

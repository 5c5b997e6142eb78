"""Entering: passwords, one-time links, sessions and their end, lockout, the log of it all."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest

from auditor.core.access import EVERY_CITY, Grant, Right, Role
from auditor.core.errors import ConfigurationError
from auditor.store.workspace.accounts import Accounts
from auditor.store.workspace.opening import Database
from auditor.workbench.people import ALLOWED_FAILURES, ENTRY, LOCK, SESSION, People
from tests.web.conftest import Clock

RIGHT, WRONG = "a long enough secret", "another long secret"
CITY = "云岭市"
NOW, LATER = "2026-11-02T02:00:00.000+00:00", "2026-11-02T02:15:00.000+00:00"


@pytest.fixture
def people(database: Database, clock: Clock) -> People:
    made = People(Accounts(database), clock)
    made.add("jia", "评审员甲", RIGHT, [Grant(Role.REVIEWER, CITY)])
    return made


def log(people: People) -> list[tuple[str, str, str]]:
    """The log of who entered, the oldest first."""
    return [(x.login, x.object, x.outcome) for x in reversed(people.accounts.log())]


def test_who_knows_the_password_is_let_in_and_nobody_else(people: People) -> None:
    entered = people.enter("jia", RIGHT)
    assert entered is not None and entered.account.name == "评审员甲"
    session = people.session(entered.token)
    assert session is not None and session.account == entered.account
    assert people.enter("jia", WRONG) is None
    assert people.enter("yi", RIGHT) is None
    assert log(people) == [
        ("jia", "password", "done"),
        ("jia", "password", "refused"),
        ("yi", "password", "refused"),
    ]


def test_the_password_is_kept_as_a_hash_of_argon2(people: People) -> None:
    known = people.accounts.credentials("jia")
    assert known is not None
    assert known.password.startswith("$argon2id$") and RIGHT not in known.password


def test_too_many_wrong_passwords_lock_for_a_while(people: People, clock: Clock) -> None:
    for _ in range(ALLOWED_FAILURES):
        assert people.enter("jia", WRONG) is None
    assert people.enter("jia", RIGHT) is None, "locked, though the password is right"
    assert ("jia", "locked", "refused") in log(people)
    clock.pass_by(LOCK - timedelta(seconds=5))
    assert people.enter("jia", RIGHT) is None
    clock.pass_by(timedelta(seconds=6))
    assert people.enter("jia", RIGHT) is not None


def test_a_right_password_forgets_the_wrong_ones_before(people: People) -> None:
    for _ in range(3):
        for _ in range(ALLOWED_FAILURES - 1):
            assert people.enter("jia", WRONG) is None
        assert people.enter("jia", RIGHT) is not None


def test_a_session_ends_by_itself(people: People, clock: Clock) -> None:
    entered = people.enter("jia", RIGHT)
    assert entered is not None
    clock.pass_by(SESSION - timedelta(seconds=1))
    assert people.session(entered.token) is not None
    clock.pass_by(timedelta(seconds=2))
    assert people.session(entered.token) is None


def test_who_leaves_is_out_and_others_stay_in(people: People) -> None:
    one, two = people.enter("jia", RIGHT), people.enter("jia", RIGHT)
    assert one is not None and two is not None and one.token != two.token
    people.leave(one.token)
    assert people.session(one.token) is None
    assert people.session(two.token) is not None
    assert people.session("") is None and people.session("guess") is None


def test_another_password_ends_all_sessions(people: People) -> None:
    entered = people.enter("jia", RIGHT)
    assert entered is not None
    people.change_password(entered.account, WRONG)
    assert people.session(entered.token) is None
    assert people.enter("jia", RIGHT) is None
    assert people.enter("jia", WRONG) is not None


def test_a_link_lets_in_once(people: People) -> None:
    account = people.accounts.by_login("jia")
    assert account is not None
    link = people.make_link(account)
    assert people.enter_by_link(link) is not None
    assert people.enter_by_link(link) is None
    assert people.enter_by_link("guess") is None


def test_an_old_link_and_one_of_somebody_who_was_shut_out_let_nobody_in(
    people: People, clock: Clock
) -> None:
    account = people.accounts.by_login("jia")
    assert account is not None
    old = people.make_link(account)
    clock.pass_by(ENTRY + timedelta(seconds=1))
    assert people.enter_by_link(old) is None
    link = people.make_link(account)
    people.accounts.change(account.id, active=False)
    assert people.enter_by_link(link) is None
    assert people.enter("jia", RIGHT) is None


@pytest.mark.parametrize(
    ("login", "name", "password", "why"),
    [
        ("yi", "评审员乙", "short", "too short"),
        ("yi", "评审员乙", "x" * 300, "too short"),
        (" ", "评审员乙", RIGHT, "login and name"),
        ("yi", "", RIGHT, "login and name"),
        ("jia", "评审员乙", RIGHT, "login taken"),
    ],
)
def test_an_account_that_will_not_do_is_refused(
    people: People, login: str, name: str, password: str, why: str
) -> None:
    with pytest.raises(ConfigurationError, match=why):
        people.add(login, name, password, [])
    assert len(people.accounts.all()) == 1


def test_the_one_person_of_an_embedded_workspace_has_every_right_and_no_password(
    people: People,
) -> None:
    own = people.own_account("本机用户")
    assert people.own_account("另一个名字").id == own.id
    assert all(own.may(right, CITY) for right in Right)
    assert people.enter(own.login, "!") is None
    assert people.enter(own.login, "") is None


def test_rights_reach_as_far_as_the_city_of_the_role(people: People) -> None:
    account = people.accounts.by_login("jia")
    assert account is not None
    assert account.may(Right.DECIDE, CITY) and not account.may(Right.DECIDE, "别的市")
    assert not account.may(Right.MANAGE_PEOPLE)
    people.accounts.regrant(account.id, [Grant(Role.OBSERVER, EVERY_CITY)])
    again = people.accounts.by_login("jia")
    assert again is not None
    assert again.may(Right.SEE_RUN, "别的市") and not again.may(Right.DECIDE, CITY)


def test_guesses_at_a_time_are_not_more_than_those_in_a_row(
    people: People,
) -> None:
    looked: list[bool] = []
    waiting = threading.Barrier(ALLOWED_FAILURES)

    def slow(_hashed: str, _password: str) -> bool:
        looked.append(True)
        waiting.wait(20)  # until as many as are allowed are being looked at together
        return False

    allowed = people.accounts.count_attempt
    with ThreadPoolExecutor(12) as threads:
        free = list(
            threads.map(
                lambda n: allowed("jia", NOW, ALLOWED_FAILURES, LATER) and not slow("", str(n)),
                range(36),
            )
        )
    assert sum(free) == len(looked) == ALLOWED_FAILURES
    assert people.enter("jia", RIGHT) is None

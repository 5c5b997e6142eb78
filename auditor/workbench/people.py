"""Entering a workspace: passwords (argon2), sessions, one-time links, lockout, their log."""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

from auditor.core.access import Account, Grant, everything
from auditor.core.errors import ConfigurationError
from auditor.store.workspace.accounts import Accounts, LogLine, Session

Now = Callable[[], datetime]
HASHER = PasswordHasher()
SESSION = timedelta(hours=10)
ENTRY = timedelta(hours=12)
TOKEN = timedelta(days=90)
LOCK = timedelta(minutes=15)
ALLOWED_FAILURES = 5
SHORTEST_PASSWORD = 10
LONGEST_PASSWORD = 256
OWN_LOGIN = "local"
NO_PASSWORD = "!"


@dataclass(frozen=True, slots=True)
class Entered:
    """Somebody is in: the token of their session (only they get it) and who they are."""

    token: str
    account: Account


def stamp(moment: datetime) -> str:
    """A time as the database keeps it: ISO 8601 in UTC, to the millisecond, of one width."""
    return moment.astimezone(UTC).isoformat(timespec="milliseconds")


class People:
    """Who may enter, and who has."""

    def __init__(self, accounts: Accounts, now: Now) -> None:
        self.accounts = accounts
        self._now = now

    def add(self, login: str, name: str, password: str, grants: Sequence[Grant]) -> Account:
        """Add a person with a password.

        Raises:
            ConfigurationError: the login is taken or empty, or the password too short.
        """
        if not login.strip() or not name.strip():
            raise ConfigurationError("登录名和姓名不能为空 (login and name).", hint="请填写。")
        hashed = hash_password(password)
        return self.accounts.add(login.strip(), name.strip(), hashed, grants, stamp(self._now()))

    def own_account(self, name: str) -> Account:
        """The one person of an embedded workspace, who enters by link and has no password."""
        there = self.accounts.by_login(OWN_LOGIN)
        if there is not None:
            return there
        at = stamp(self._now())
        return self.accounts.add(OWN_LOGIN, name, NO_PASSWORD, everything(), at)

    def change_password(self, account: Account, password: str) -> None:
        """Give somebody another password; their sessions end."""
        self.accounts.change(account.id, password=hash_password(password))
        self.note(account.login, "password", account.login, done=True)

    def enter(self, login: str, password: str) -> Entered | None:
        """Let somebody in by password; None where it is wrong, or after too many wrong ones.

        Takes as long for an unknown login as for a wrong password.
        """
        now = self._now()
        known = self.accounts.credentials(login)
        locked = stamp(now + LOCK)
        free = self.accounts.count_attempt(login, stamp(now), ALLOWED_FAILURES, locked)
        right = _matches(known.password if known else _nobody(), password)
        if known is None or not free or not right:
            last = known is not None and free and known.failed + 1 >= ALLOWED_FAILURES
            self.note(login, "enter", "locked" if last else "password", done=False)
            return None
        self.accounts.note_entry(known.account_id)
        return self._open(known.account_id, "password")

    def make_link(self, account: Account) -> str:
        """A token that lets somebody in once."""
        token = secrets.token_urlsafe(32)
        self.accounts.add_entry(_digest(token), account.id, stamp(self._now() + ENTRY))
        return token

    def enter_by_link(self, token: str) -> Entered | None:
        """Let somebody in by a one-time link; None where it was used, or is too old."""
        account_id = self.accounts.use_entry(_digest(token), stamp(self._now()))
        if account_id is None:
            self.note("", "enter", "link", done=False)
            return None
        return self._open(account_id, "link")

    def make_token(self, account: Account) -> str:
        """A token for another system that acts as this person; told once, good for 90 days."""
        entered = self._open(account.id, "token", TOKEN)
        if entered is None:
            raise ConfigurationError("帐号已停用 (account is shut).", hint="请先启用。")
        return entered.token

    def _open(self, account_id: int, how: str, lasting: timedelta = SESSION) -> Entered | None:
        account = self.accounts.get(account_id)
        if account is None or not account.active:
            return None
        token, now = secrets.token_urlsafe(32), self._now()
        span = stamp(now), stamp(now + lasting)
        self.accounts.open_session(_digest(token), account_id, secrets.token_urlsafe(24), span)
        self.note(account.login, "enter", how, done=True)
        return Entered(token, account)

    def session(self, token: str) -> Session | None:
        """Whose session a token is."""
        return self.accounts.session(_digest(token), stamp(self._now())) if token else None

    def leave(self, token: str) -> None:
        """End a session."""
        self.accounts.close_session(_digest(token))

    def note(self, login: str, act: str, what: str, *, done: bool) -> None:
        """Write a line of the log: who did what to what, and whether it was allowed."""
        at = stamp(self._now())
        self.accounts.note(LogLine(at, login, act, what, "done" if done else "refused"))


def hash_password(password: str) -> str:
    """Hash a password with argon2id.

    Raises:
        ConfigurationError: it is too short, or absurdly long.
    """
    if not SHORTEST_PASSWORD <= len(password) <= LONGEST_PASSWORD:
        raise ConfigurationError(
            f"密码至少 {SHORTEST_PASSWORD} 个字符 (password too short).",
            hint="请换一个更长的密码。",
        )
    return str(HASHER.hash(password))


def _matches(hashed: str, password: str) -> bool:
    try:
        return bool(HASHER.verify(hashed, password[:LONGEST_PASSWORD]))
    except (VerificationError, InvalidHashError):
        return False


_NOBODY: list[str] = []


def _nobody() -> str:
    """A hash that no password matches, to take the same time over an unknown login."""
    if not _NOBODY:
        _NOBODY.append(hash_password(secrets.token_urlsafe(16)))
    return _NOBODY[0]


def _digest(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()

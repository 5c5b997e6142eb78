"""Accounts, their roles, sessions and one-time links, and the log of who entered."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, Row, delete, insert, select, update
from sqlalchemy.exc import IntegrityError

from auditor.core.access import Account, Grant, Role
from auditor.core.errors import ConfigurationError
from auditor.store.workspace.opening import Database
from auditor.store.workspace.tables import ACCOUNTS, ENTRIES, GRANTS, LOG, SESSIONS

LOG_PAGE = 500


@dataclass(frozen=True, slots=True)
class Credentials:
    """What entering by password is held against."""

    account_id: int
    password: str
    failed: int
    locked_until: str
    active: bool


@dataclass(frozen=True, slots=True)
class Session:
    """Somebody who has entered; ``csrf`` must come back with every form."""

    account: Account
    csrf: str
    ends_at: str


@dataclass(frozen=True, slots=True)
class LogLine:
    """One line of the log of entries and refusals."""

    at: str
    login: str
    act: str
    object: str
    outcome: str


class Accounts:
    """People of a workspace."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def add(
        self, login: str, name: str, password: str, grants: Sequence[Grant], at: str
    ) -> Account:
        """Add a person; ``password`` is already hashed.

        Raises:
            ConfigurationError: the login is taken.
        """
        row = {
            "login": login, "name": name, "password": password, "active": True,
            "failed": 0, "locked_until": "", "made_at": at,
        }  # fmt: skip
        try:
            with self._database.write() as connection:
                made = connection.execute(insert(ACCOUNTS).values(**row).returning(ACCOUNTS.c.id))
                account_id = int(made.scalar_one())
                _write_grants(connection, account_id, grants)
        except IntegrityError as error:
            raise ConfigurationError(
                f"登录名 {login} 已有人使用 (login taken).", hint="请换一个登录名。"
            ) from error
        return Account(account_id, login, name, tuple(grants))

    def all(self) -> tuple[Account, ...]:
        """Everybody, by login."""
        with self._database.read() as connection:
            rows = connection.execute(select(ACCOUNTS).order_by(ACCOUNTS.c.login)).all()
            grants = connection.execute(select(GRANTS)).all()
        return tuple(_account(row, grants) for row in rows)

    def get(self, account_id: int) -> Account | None:
        """One person."""
        return next((a for a in self.all() if a.id == account_id), None)

    def by_login(self, login: str) -> Account | None:
        """One person by what they type to enter."""
        return next((a for a in self.all() if a.login == login), None)

    def regrant(self, account_id: int, grants: Sequence[Grant]) -> None:
        """Give somebody these roles and no others."""
        with self._database.write() as connection:
            connection.execute(delete(GRANTS).where(GRANTS.c.account_id == account_id))
            _write_grants(connection, account_id, grants)

    def change(self, account_id: int, **values: Any) -> None:
        """Change columns of an account: ``name``, ``password``, ``active``."""
        with self._database.write() as connection:
            connection.execute(update(ACCOUNTS).where(ACCOUNTS.c.id == account_id).values(**values))
            if values.get("active") is False or "password" in values:
                connection.execute(delete(SESSIONS).where(SESSIONS.c.account_id == account_id))

    def credentials(self, login: str) -> Credentials | None:
        """What a password is held against; None for an unknown login."""
        with self._database.read() as connection:
            row = connection.execute(select(ACCOUNTS).where(ACCOUNTS.c.login == login)).first()
        if row is None:
            return None
        return Credentials(row.id, row.password, row.failed, row.locked_until, row.active)

    def count_attempt(self, login: str, now: str, allowed: int, locked_until: str) -> bool:
        """Count an attempt before its password is looked at; False where none is allowed.

        The ``allowed``-th in a row locks the account until ``locked_until``, so that not more than
        that are looked at however many come at a time; a right one sets the count back.
        """
        own = ACCOUNTS.c.login == login
        free = own & ACCOUNTS.c.active & (ACCOUNTS.c.locked_until <= now)
        with self._database.write() as connection:
            counted = update(ACCOUNTS).where(free).values(failed=ACCOUNTS.c.failed + 1)
            if not connection.execute(counted).rowcount:
                return False
            full = own & (ACCOUNTS.c.failed >= allowed)
            lock = update(ACCOUNTS).where(full).values(failed=0, locked_until=locked_until)
            connection.execute(lock)
        return True

    def note_entry(self, account_id: int) -> None:
        """Forget wrong passwords after a right one."""
        with self._database.write() as connection:
            changed = update(ACCOUNTS).where(ACCOUNTS.c.id == account_id)
            connection.execute(changed.values(failed=0, locked_until=""))

    def open_session(
        self, token_sha256: str, account_id: int, csrf: str, span: tuple[str, str]
    ) -> None:
        """Remember who entered; ``span`` is from when to when."""
        begin, end = span
        row = {
            "token_sha256": token_sha256, "account_id": account_id, "csrf": csrf,
            "made_at": begin, "seen_at": begin, "ends_at": end,
        }  # fmt: skip
        with self._database.write() as connection:
            connection.execute(delete(SESSIONS).where(SESSIONS.c.ends_at < begin))
            connection.execute(insert(SESSIONS).values(**row))

    def session(self, token_sha256: str, now: str) -> Session | None:
        """Whose session this is, None where it is unknown, over, or its owner shut out."""
        with self._database.read() as connection:
            joined = select(SESSIONS.c.csrf, SESSIONS.c.ends_at, ACCOUNTS).join(ACCOUNTS)
            row = connection.execute(joined.where(SESSIONS.c.token_sha256 == token_sha256)).first()
            if row is None or row.ends_at < now or not row.active:
                return None
            grants = connection.execute(select(GRANTS).where(GRANTS.c.account_id == row.id)).all()
        return Session(_account(row, grants), row.csrf, row.ends_at)

    def close_session(self, token_sha256: str) -> None:
        """Somebody leaves."""
        with self._database.write() as connection:
            connection.execute(delete(SESSIONS).where(SESSIONS.c.token_sha256 == token_sha256))

    def add_entry(self, token_sha256: str, account_id: int, ends_at: str) -> None:
        """Make a link that lets somebody in once."""
        row = {"token_sha256": token_sha256, "account_id": account_id, "ends_at": ends_at}
        with self._database.write() as connection:
            connection.execute(insert(ENTRIES).values(**row, used_at=""))

    def use_entry(self, token_sha256: str, now: str) -> int | None:
        """Whom a link lets in, once; None where it is unknown, used or over."""
        unused = (ENTRIES.c.token_sha256 == token_sha256) & (ENTRIES.c.used_at == "")
        with self._database.write() as connection:
            done = connection.execute(
                update(ENTRIES).where(unused & (ENTRIES.c.ends_at >= now)).values(used_at=now)
            )
            if not done.rowcount:
                return None
            owner = select(ENTRIES.c.account_id).where(ENTRIES.c.token_sha256 == token_sha256)
            return int(connection.execute(owner).scalar_one())

    def note(self, line: LogLine) -> None:
        """Write a line of the log."""
        row = {"at": line.at, "login": line.login[:64], "act": line.act}
        with self._database.write() as connection:
            connection.execute(
                insert(LOG).values(**row, object=line.object[:256], outcome=line.outcome)
            )

    def log(self) -> tuple[LogLine, ...]:
        """The newest lines of the log, the newest first."""
        with self._database.read() as connection:
            rows = connection.execute(select(LOG).order_by(LOG.c.id.desc()).limit(LOG_PAGE)).all()
        return tuple(LogLine(r.at, r.login, r.act, r.object, r.outcome) for r in rows)


def _write_grants(connection: Connection, account_id: int, grants: Sequence[Grant]) -> None:
    rows = [
        {"account_id": account_id, "role": role, "city": city}
        for role, city in sorted({(g.role.value, g.city) for g in grants})
    ]
    if rows:
        connection.execute(insert(GRANTS), rows)


def _account(row: Row[Any], grants: Sequence[Row[Any]]) -> Account:
    own = sorted((g.role, g.city) for g in grants if g.account_id == row.id)
    held = tuple(Grant(Role(role), city) for role, city in own)
    return Account(row.id, row.login, row.name, held, row.active)

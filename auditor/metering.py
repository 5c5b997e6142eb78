"""Settings -> the turnstile before the endpoints: caps, prices, purse, the book that is shared."""

from __future__ import annotations

import os
import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from functools import cache
from pathlib import Path

from auditor.core.errors import ConfigurationError
from auditor.core.limiting import NANO, Caps
from auditor.judge.endpoints import Endpoint
from auditor.judge.limits import Limiter, Purse
from auditor.prices import Prices, read_prices
from auditor.store.limits import SqlBook, open_book

DATABASE_VARIABLE = "AUDITOR_DATABASE"
BOOK_FILE = "calls.db"
PURSE_FILE = "purse"


@dataclass(frozen=True, slots=True)
class Metering:
    """What calls to endpoints may take, as it was asked for; None is no cap.

    ``budget``: an amount in the currency of ``prices`` (a file).
    """

    requests_per_second: float | None = None
    requests_per_minute: int | None = None
    tokens_per_minute: int | None = None
    in_flight: int | None = None
    budget: str | None = None
    prices: str | None = None

    def caps(self) -> Caps:
        """The caps.

        Raises:
            ConfigurationError: one of them is not above zero, or the budget has no price table.
        """
        given = {
            "--requests-per-second": self.requests_per_second,
            "--requests-per-minute": self.requests_per_minute,
            "--tokens-per-minute": self.tokens_per_minute,
            "--in-flight": self.in_flight,
        }
        for option, value in given.items():
            if value is not None and value <= 0:
                raise ConfigurationError(f"{option} 须大于零 (must be above zero): {value}.")
        return Caps(
            self.requests_per_minute,
            self.tokens_per_minute,
            self.in_flight,
            self.requests_per_second,
            self._budget(),
        )

    def _budget(self) -> int | None:
        if self.budget is None:
            return None
        if self.prices is None:
            raise ConfigurationError(
                "--budget 需要价目表 (a budget needs a table of prices).",
                hint="用 --prices 给出价目表，格式见 docs/endpoints.md (give --prices FILE).",
            )
        try:
            amount = Decimal(self.budget)
        except InvalidOperation:
            amount = Decimal(-1)
        if not amount.is_finite() or amount <= 0:
            raise ConfigurationError(f"--budget 须为大于零的金额 (an amount): {self.budget!r}.")
        return int(amount * NANO)


@dataclass(frozen=True, slots=True)
class Account:
    """Where calls are counted (an SQLite file, or a database by its URL) and who pays for them.

    What was paid under the name of a purse before counts against its budget.
    """

    purse: str
    file: Path
    url: str | None = None


@dataclass(frozen=True, slots=True)
class Shared:
    """What a run's calls to endpoints have in common with those of others.

    ``database``: a URL, where processes of several machines count them together; None takes
    AUDITOR_DATABASE, else a file in this machine's cache. ``purse``: who pays, None the run alone.
    """

    database: str | None = None
    purse: str | None = None

    def account(self, state: Path, folder: Path) -> Account:
        """Where the calls of the run with this folder of state are counted: a file, or a URL."""
        url = self.database or os.environ.get(DATABASE_VARIABLE) or None
        return Account(self.purse or purse_name(state), folder / BOOK_FILE, url)


ALONE = Shared()


def open_limiter(metering: Metering, endpoints: Sequence[Endpoint], account: Account) -> Limiter:
    """Open the turnstile for some endpoints.

    Raises:
        ConfigurationError: a setting is wrong, a capped model has no price, or the database does
            not answer.
    """
    caps = metering.caps()
    prices = read_prices(Path(metering.prices)) if metering.prices else None
    purse = purse_of(account.purse, endpoints, prices)
    if caps.budget is not None:
        _require_prices(endpoints, purse, metering.prices or "")
    return Limiter(_book(account.file, account.url), caps, purse)


@cache
def _book(file: Path, url: str | None) -> SqlBook:
    """One book a process, however many cities it audits."""
    return open_book(file, url)


def purse_of(name: str, endpoints: Sequence[Endpoint], prices: Prices | None) -> Purse:
    """Who pays, and what each endpoint's model costs as far as the table knows it."""
    if prices is None:
        return Purse(name)
    known = {e.name: price for e in endpoints if (price := prices.price(e.name)) is not None}
    return Purse(f"{name} {prices.currency}".strip(), known, prices.currency)


def _require_prices(endpoints: Sequence[Endpoint], purse: Purse, file: str) -> None:
    for endpoint in endpoints:
        if endpoint.name not in purse.prices:
            raise ConfigurationError(
                f"{file} 里没有 {endpoint.name} 的价格，无法守住预算"
                f" (has no price for {endpoint.name}, so the budget cannot be kept).",
                hint="补上该模型的 input 和 output 价格 (add its prices per million tokens).",
            )


def purse_name(state: Path) -> str:
    """The name of a run's own purse, made once and kept in the folder of its state.

    A folder that is made anew has a new purse: what an earlier run there has paid is its own.
    """
    file = state / PURSE_FILE
    if not file.is_file():
        state.mkdir(parents=True, exist_ok=True)
        draft = file.with_suffix(f".{os.getpid()}.part")
        draft.write_text(uuid.uuid4().hex, encoding="utf-8")
        try:
            os.link(draft, file)
        except FileExistsError:
            pass  # another process was first: its name counts
        finally:
            draft.unlink()
    return file.read_text(encoding="utf-8").strip()

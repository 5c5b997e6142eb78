"""How a call gets its turn: waits for the caps, tries again, goes over to the next endpoint.

Nothing here knows a vendor: ``hosted`` makes one attempt at one address and tells what came of it
(a ``Reply`` or a ``Trouble``); here it is decided when, where and how often.
"""

from __future__ import annotations

import contextlib
import random
import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from decimal import Decimal

from auditor.core.errors import CapError, CircuitOpenError, EndpointError, OversizeError
from auditor.core.limiting import (
    NANO,
    Ask,
    Book,
    Caps,
    Ending,
    Granted,
    Later,
    Never,
    Patience,
    Settlement,
    Spent,
    Why,
    money,
)
from auditor.core.usage import Usage
from auditor.judge.calls import Call, Reply
from auditor.judge.endpoints import Endpoint
from auditor.judge.limits_memory import MemoryBook

LONGEST_LOOK_S = 1.0
"""How long at most one sleeps before looking again: another process may have made room."""
MOST_OUTPUT_TOKENS = 8192
"""How long a reply may become where the price table says nothing: more than any form needs."""
TOKENS_OF_A_CALL, TOKENS_OF_A_ROW = 64, 256
"""Estimates: what a chat adds to its text, and the reply's row on one feature with its reason."""


@dataclass(frozen=True, slots=True)
class Price:
    """What a model costs per million tokens, and the longest reply that is let it."""

    input: Decimal
    output: Decimal
    most_output_tokens: int = MOST_OUTPUT_TOKENS

    def cost(self, prompt_tokens: int, completion_tokens: int) -> int:
        """In billionths of the currency, rounded up."""
        exact = (prompt_tokens * self.input + completion_tokens * self.output) * (NANO // 1_000_000)
        whole = int(exact)
        return whole if whole == exact else whole + 1


@dataclass(frozen=True, slots=True)
class Purse:
    """Who pays: the name that callers share, the prices by ``Endpoint.name``, their currency."""

    name: str = ""
    prices: Mapping[str, Price] = field(default_factory=dict)
    currency: str = ""


@dataclass(frozen=True, slots=True)
class Trouble:
    """What came of an attempt instead of a reply.

    ``is_alone``: the text is at fault, no other attempt would help. ``is_again``: the same endpoint
    is to be asked in another form, at once. ``is_billed``: the endpoint may have worked on it, so
    its highest cost is charged.
    """

    ending: Ending
    error: EndpointError
    retry_after_s: float | None = None
    is_alone: bool = False
    is_again: bool = False
    is_billed: bool = False


Attempt = Callable[[Endpoint], Reply | Trouble]


@dataclass(frozen=True, slots=True)
class Carried:
    """A reply, which endpoint gave it, and what it cost (NANO; None where no price is known)."""

    reply: Reply
    endpoint: Endpoint
    cost: int | None = None


class Limiter:
    """The turnstile before the endpoints: all threads of a judge go through it.

    Of the threads that wait for one model one asks the book, the others queue behind it.
    """

    def __init__(
        self,
        book: Book | None = None,
        caps: Caps | None = None,
        purse: Purse | None = None,
        patience: Patience | None = None,
    ) -> None:
        self.caps = caps or Caps()
        self.purse = purse or Purse()
        self.patience = patience or Patience()
        self._book: Book = book or MemoryBook()
        self._turns: dict[tuple[str, ...], threading.Lock] = {}
        self._shut: dict[str, EndpointError] = {}
        self._ended = threading.Condition()
        self._endings = 0
        self._under_way: set[str] = set()
        self._renewing: threading.Thread | None = None

    def enter(self, endpoint: Endpoint) -> None:
        """Say that calls to an endpoint will come."""
        self._book.enter([member.key for member in endpoint.members], self.patience)

    def price(self, endpoint: Endpoint) -> Price | None:
        """The price of an endpoint's model, None where no table gives one."""
        return self.purse.prices.get(endpoint.name)

    def most_output_tokens(self, endpoint: Endpoint) -> int | None:
        """The bound that an endpoint is to keep its replies to: only a budget needs one."""
        price = self.price(endpoint)
        return price.most_output_tokens if price and self.caps.budget is not None else None

    @property
    def spent(self) -> Spent:
        """What the purse has paid so far."""
        return self._book.spent(self.purse.name)

    def carry(self, endpoint: Endpoint, call: Call, attempt: Attempt) -> Carried:
        """Bring a call to an endpoint or one that stands in for it.

        Raises:
            EndpointError: ``retryable`` where only this call failed.
            CircuitOpenError: every endpoint was given up, refuses, or is not to be called for long.
            CapError: a cap allows no further call.
            OversizeError: this call asks for more than a cap allows at once.
        """
        trip = _Trip(self, endpoint, call)
        while True:
            carried = trip.once(attempt)
            if carried is not None:
                return carried

    def admit(self, ask: Ask) -> Granted:
        """Wait until a call may be made, and reserve it."""
        with self._turns.setdefault(ask.endpoints, threading.Lock()):
            while True:
                with self._ended:
                    seen = self._endings
                answer = self._book.reserve(ask, self.caps, self.patience)
                if isinstance(answer, Granted):
                    self._keep_alive(answer.id)
                    return answer
                if isinstance(answer, Never):
                    raise self._refusal(answer, ask)
                self._pause(answer, seen)

    def shut(self, endpoint: str, error: EndpointError) -> None:
        """Ask an endpoint that refused us nothing more."""
        self._shut[endpoint] = error

    def open_to(self, ask: Ask) -> Ask:
        """What is asked, without the endpoints that refused.

        Raises:
            EndpointError: all of them did.
        """
        shut = frozenset(self._shut) & frozenset(ask.endpoints)
        if len(shut) == len(ask.endpoints):
            raise self._shut[ask.endpoints[0]]
        return replace(ask, shut=shut)

    def settle(self, granted: Granted, settlement: Settlement) -> None:
        """Say what came of a call."""
        with self._ended:
            self._under_way.discard(granted.id)
        self._book.settle(granted.id, settlement, self.patience)
        with self._ended:
            self._endings += 1
            self._ended.notify_all()

    def _pause(self, later: Later, seen: int) -> None:
        wait_s = min(later.wait_s, LONGEST_LOOK_S)
        with self._ended:
            self._ended.wait_for(lambda: self._endings != seen, timeout=wait_s)

    def _keep_alive(self, call_id: str) -> None:
        """Renew what is under way for as long as anything is, so that only the dead expire."""
        with self._ended:
            self._under_way.add(call_id)
            if self._book.is_shared and self._renewing is None:
                self._renewing = threading.Thread(target=self._renew, daemon=True)
                self._renewing.start()

    def _renew(self) -> None:
        while True:
            time.sleep(self.patience.lease_s / 4)
            with self._ended:
                mine = sorted(self._under_way)
                if not mine:
                    self._renewing = None
                    return
            # a book that does not answer now is asked again before the lease ends
            with contextlib.suppress(Exception):
                self._book.renew(mine, self.patience.lease_s)

    def _refusal(self, never: Never, ask: Ask) -> EndpointError:
        where = "、".join(key.partition("@")[2] for key in ask.endpoints)
        if never.why is Why.CIRCUIT:
            return CircuitOpenError(
                f"接口连续失败，已停止调用（{where}） / the endpoint went on failing, calls to it"
                " were stopped; nothing that is missing was written as judged.",
                hint="接口恢复后用 auditor resume 继续 / go on with auditor resume.",
            )
        if never.why is Why.BUSY:
            return CircuitOpenError(
                f"接口要求 {never.amount:.0f} 秒内不得调用（{where}） / the endpoint is not to be"
                f" called for {never.amount:.0f} s.",
                hint="届时用 auditor resume 继续 / go on later with auditor resume.",
            )
        if never.why is Why.TOKENS:
            return OversizeError(
                f"一次调用约需 {never.amount:.0f} 个令牌，超过每分钟上限"
                f" {self.caps.tokens_per_minute} / one call takes more tokens than a minute may.",
                hint="提高 --tokens-per-minute，或用 --per-feature / raise it, or --per-feature.",
            )
        return CapError(
            f"预算 {money(self.caps.budget or 0)} {self.purse.currency} 不够再调用一次，已用"
            f" {money(int(never.amount))}，一次至多 {money(ask.cost)} / the budget does not pay"
            " another call.",
            hint="提高 --budget 后用 auditor resume 继续 / raise --budget and resume.",
        )


class _Trip:
    """One call on its way: where it failed already, and how long it has waited."""

    def __init__(self, limiter: Limiter, endpoint: Endpoint, call: Call) -> None:
        self._limiter = limiter
        self._call = call
        self._members = {member.key: member for member in endpoint.members}
        self._left = endpoint.max_retries
        self._price = limiter.price(endpoint)
        self._ask = ask_for(endpoint, call, limiter)
        self._failed: set[str] = set()
        self._pauses = 0
        self._busy_since: float | None = None

    def once(self, attempt: Attempt) -> Carried | None:
        """One attempt; None where there is to be another, after the pause that it asks for."""
        asked = replace(self._ask, avoid=frozenset(self._failed))
        granted = self._limiter.admit(self._limiter.open_to(asked))
        member = self._members[granted.endpoint]
        try:
            outcome = attempt(member)
        except BaseException:
            self._limiter.settle(granted, Settlement(Ending.UNKNOWN))
            raise
        self._limiter.settle(granted, self._settlement(outcome))
        if isinstance(outcome, Reply):
            return Carried(outcome, member, self._cost(outcome.usage))
        self._react(outcome, granted)
        return None

    def _settlement(self, outcome: Reply | Trouble) -> Settlement:
        if isinstance(outcome, Trouble):
            used = None if outcome.is_billed else 0
            return Settlement(outcome.ending, used, used, outcome.retry_after_s)
        usage = outcome.usage
        if usage.unmetered:
            return Settlement(Ending.ANSWERED)
        tokens = usage.prompt_tokens + usage.completion_tokens
        return Settlement(
            Ending.ANSWERED, tokens, self._cost(usage) or 0, estimate=self._ask.tokens
        )

    def _cost(self, usage: Usage) -> int | None:
        if self._price is None:
            return None
        if usage.unmetered:
            return self._ask.cost
        return self._price.cost(usage.prompt_tokens, usage.completion_tokens)

    def _react(self, trouble: Trouble, granted: Granted) -> None:
        """Pause before the next attempt, or raise where there is none."""
        if trouble.is_alone:
            raise trouble.error
        if trouble.is_again:
            return
        if trouble.ending is Ending.REFUSED:
            self._limiter.shut(granted.endpoint, trouble.error)
        elif trouble.ending is Ending.BUSY:
            self._wait_busy(trouble)
        elif granted.is_probe:
            # the endpoint was down before: the book lets it rest, and the call is none the worse
            self._failed.add(granted.endpoint)
        else:
            self._count_failure(trouble, granted.endpoint)

    def _wait_busy(self, trouble: Trouble) -> None:
        """The book holds everybody back for as long as was told; without a word we back off."""
        now = time.monotonic()
        self._busy_since = self._busy_since or now
        if now - self._busy_since > self._limiter.patience.busy_s:
            raise CircuitOpenError(
                trouble.error.message, hint="稍后用 auditor resume 继续 / go on later with it."
            )
        if trouble.retry_after_s is None:
            self._back_off()

    def _count_failure(self, trouble: Trouble, where: str) -> None:
        if not self._left:
            raise trouble.error
        self._left -= 1
        if where in self._failed or len(self._members) == 1:
            self._back_off()
        self._failed.add(where)

    def _back_off(self) -> None:
        self._pauses += 1
        time.sleep(backoff_s(self._limiter.patience, self._call.id, self._pauses))


def backoff_s(patience: Patience, call_id: str, number: int) -> float:
    """The pause before another attempt: doubles, and differs between calls but not between runs."""
    longest = min(patience.most_backoff_s, patience.backoff_s * 2.0 ** min(number - 1, 30))
    dice = random.Random(f"{patience.seed}|{call_id}|{number}")
    return longest * dice.uniform(0.5, 1.0)


def ask_for(endpoint: Endpoint, call: Call, limiter: Limiter) -> Ask:
    """What a call would take: an estimate of its tokens, and the highest that it can cost.

    Estimated is a token a character, and a row of the reply for each feature; where replies show
    that this is too little for a model, the book reserves more. The cost counts a token a byte,
    which no tokenizer exceeds, and the longest reply that the endpoint is asked to keep to.
    """
    text = call.system + call.user
    estimate = TOKENS_OF_A_CALL + len(text) + TOKENS_OF_A_ROW * (1 + len(call.features))
    price = limiter.price(endpoint)
    cost = 0
    if price is not None:
        form = len(str(call.schema)) if endpoint.reply_form == "json_schema" else 0
        longest = TOKENS_OF_A_CALL + len(text.encode("utf-8", "replace")) + form
        cost = price.cost(longest, price.most_output_tokens)
    keys = tuple(member.key for member in endpoint.members)
    return Ask(keys, estimate, cost, limiter.purse.name)

"""The turnstile before the endpoints: tries again, goes over to the next, and stops in the end."""

from __future__ import annotations

import threading
import time
from dataclasses import replace
from decimal import Decimal

import httpx2
import openai
import pytest

from auditor.core.errors import CapError, CircuitOpenError, EndpointError, OversizeError
from auditor.core.limiting import NANO, Caps, Ending, Patience, Spent
from auditor.core.run import Case
from auditor.core.usage import Usage, usage_of
from auditor.judge.calls import Asker, Call, Reply
from auditor.judge.disclosure import OpenGate
from auditor.judge.endpoints import Endpoint, parse_endpoint
from auditor.judge.hosted import trouble_of
from auditor.judge.limits import Limiter, Price, Purse, Trouble, ask_for, backoff_s
from auditor.judge.retry_after import retry_after_s
from auditor.prompts import load_prompt

ONE, TWO = "http://127.0.0.1:1/v1", "http://127.0.0.1:2/v1"
QUICK = Patience(failures=4, cooldown_s=0.01, most_cooldown_s=0.02, probes=2, backoff_s=0.001)
REPLY = Reply("{}", Usage(1, 1000, 100))
FAILED = Trouble(Ending.FAILED, EndpointError("down", retryable=True))
BUSY = Trouble(Ending.BUSY, EndpointError("busy", retryable=True), retry_after_s=0.2)
REFUSED = Trouble(Ending.REFUSED, EndpointError("no such key"))
PRICE = Price(Decimal("2.5"), Decimal("10"), 1000)


@pytest.fixture
def call(item_cases: list[Case]) -> Call:
    asker = Asker(endpoint(), load_prompt("judge-item"), OpenGate())
    return asker.call(item_cases, asker.sheet(item_cases), "first")


def endpoint(*urls: str) -> Endpoint:
    return parse_endpoint("openai:m", " ".join(urls or (ONE,)))


class Scripted:
    """Attempts with given outcomes for each address; notes where each went."""

    def __init__(self, **outcomes: list[Reply | Trouble]) -> None:
        self.outcomes = {"127.0.0.1:1": outcomes.get("one", []), "127.0.0.1:2": outcomes.get("two")}
        self.went: list[str] = []

    def __call__(self, member: Endpoint) -> Reply | Trouble:
        self.went.append(member.address[-1])
        given = self.outcomes[member.address]
        assert given, f"{member.address} is not to be asked"
        return given.pop(0) if len(given) > 1 else given[0]


def limiter(
    caps: Caps | None = None, purse: Purse | None = None, patience: Patience = QUICK
) -> Limiter:
    return Limiter(None, caps, purse, patience)


def test_a_call_that_fails_is_made_again_and_then_fails_alone(call: Call) -> None:
    attempts = Scripted(one=[FAILED, FAILED, FAILED, REPLY])
    assert limiter().carry(endpoint(), call, attempts).reply == REPLY
    assert attempts.went == ["1"] * 4
    few = replace(endpoint(), max_retries=1)
    attempts = Scripted(one=[FAILED])
    with pytest.raises(EndpointError, match="down") as caught:
        limiter().carry(few, call, attempts)
    assert attempts.went == ["1", "1"] and caught.value.retryable


def test_the_next_address_takes_over_at_once_and_the_answer_says_which(call: Call) -> None:
    slow = replace(QUICK, backoff_s=30.0)
    attempts = Scripted(one=[FAILED], two=[REPLY])
    began = time.monotonic()
    carried = limiter(patience=slow).carry(endpoint(ONE, TWO), call, attempts)
    assert carried.endpoint.address == "127.0.0.1:2" and attempts.went == ["1", "2"]
    assert time.monotonic() - began < 5


def test_a_busy_address_is_left_alone_by_all_calls_for_as_long_as_it_says(call: Call) -> None:
    turnstile = limiter()
    attempts = Scripted(one=[BUSY, REPLY], two=[REPLY])
    both = endpoint(ONE, TWO)
    assert turnstile.carry(both, call, attempts).endpoint.address == "127.0.0.1:2"
    assert turnstile.carry(both, call, attempts).endpoint.address == "127.0.0.1:2"
    began = time.monotonic()
    assert turnstile.carry(endpoint(ONE), call, attempts).endpoint.address == "127.0.0.1:1"
    assert 0.1 < time.monotonic() - began < 5
    assert attempts.went == ["1", "2", "2", "1"]


def test_an_address_that_refuses_us_is_not_asked_again(call: Call) -> None:
    turnstile, both = limiter(), endpoint(ONE, TWO)
    attempts = Scripted(one=[REFUSED], two=[REPLY])
    for _ in range(2):
        turnstile.carry(both, call, attempts)
    assert attempts.went == ["1", "2", "2"]
    with pytest.raises(EndpointError, match="no such key"):
        limiter().carry(both, call, Scripted(one=[REFUSED], two=[REFUSED]))


def test_where_every_address_goes_on_failing_the_run_is_stopped(call: Call) -> None:
    turnstile = limiter()
    attempts = Scripted(one=[FAILED], two=[FAILED])
    errors: list[EndpointError] = []
    for _ in range(8):
        with pytest.raises(EndpointError) as caught:
            turnstile.carry(endpoint(ONE, TWO), call, attempts)
        errors.append(caught.value)
        if isinstance(caught.value, CircuitOpenError):
            break
    assert isinstance(errors[-1], CircuitOpenError) and not errors[-1].retryable
    assert "127.0.0.1:1" in errors[-1].message and "resume" in errors[-1].hint
    asked = len(attempts.went)
    with pytest.raises(CircuitOpenError):
        while True:
            turnstile.carry(endpoint(ONE, TWO), call, attempts)
    assert len(attempts.went) <= asked + 2, "after that only probes are made"


def test_a_call_that_probes_an_address_that_was_down_is_made_when_it_is_back(call: Call) -> None:
    turnstile = limiter(patience=replace(QUICK, probes=6))
    for _ in range(2):
        with pytest.raises(EndpointError, match="down"):
            few = replace(endpoint(), max_retries=1)
            turnstile.carry(few, call, Scripted(one=[FAILED]))
    once = replace(endpoint(), max_retries=0)
    attempts = Scripted(one=[FAILED, FAILED, FAILED, REPLY])
    assert turnstile.carry(once, call, attempts).reply == REPLY
    assert attempts.went == ["1"] * 4, "three probes, and the one that found it back"


def test_an_address_that_asks_for_hours_stops_the_run(call: Call) -> None:
    gone_for_long = replace(BUSY, retry_after_s=7200.0)
    with pytest.raises(CircuitOpenError, match="7200"):
        limiter().carry(endpoint(), call, Scripted(one=[gone_for_long]))
    with pytest.raises(CircuitOpenError, match="busy"):
        limiter(patience=replace(QUICK, busy_s=0.0)).carry(
            endpoint(), call, Scripted(one=[replace(BUSY, retry_after_s=None)])
        )


@pytest.mark.parametrize(
    ("status", "body", "ending", "stops", "is_alone"),
    [
        (401, {}, Ending.REFUSED, True, False), (402, {}, Ending.REFUSED, True, False),
        (404, {}, Ending.REFUSED, True, False), (400, {}, Ending.REFUSED, False, False),
        (429, {"code": "insufficient_quota"}, Ending.REFUSED, True, False),
        (429, {}, Ending.BUSY, False, False), (408, {}, Ending.FAILED, False, False),
        (409, {}, Ending.FAILED, False, False), (503, {}, Ending.FAILED, False, False),
        (413, {}, Ending.REFUSED, False, True),
    ],
)  # fmt: skip
def test_what_an_endpoint_says_is_told_apart(
    status: int, body: dict[str, str], ending: Ending, stops: bool, is_alone: bool
) -> None:
    answer = httpx2.Response(status, json={"error": body}, request=httpx2.Request("POST", ONE))
    client = openai.OpenAI(api_key="none", base_url=ONE)
    trouble = trouble_of("m", client._make_status_error_from_response(answer))
    assert (trouble.ending, trouble.is_alone) == (ending, is_alone)
    assert isinstance(trouble.error, CircuitOpenError) == stops
    assert trouble.error.retryable == (ending is not Ending.REFUSED or is_alone)


def test_a_budget_is_reserved_at_the_highest_cost_and_settled_as_used(call: Call) -> None:
    one = endpoint()
    purse = Purse("p", {one.name: PRICE}, "CNY")
    highest = ask_for(one, call, limiter(purse=purse)).cost
    assert highest > PRICE.cost(len((call.system + call.user).encode()), 1000)
    paid = PRICE.cost(1000, 100)
    assert paid == (1000 * 2500 + 100 * 10000)
    turnstile = limiter(purse=purse, caps=Caps(budget=highest + 2 * paid))
    for _ in range(3):
        assert turnstile.carry(one, call, Scripted(one=[REPLY])).cost == paid
    assert turnstile.spent == Spent(3 * paid)
    with pytest.raises(CapError, match="--budget") as caught:
        turnstile.carry(one, call, Scripted(one=[REPLY]))
    assert "已用 0.0105，" in caught.value.message and "CNY" in caught.value.message
    assert turnstile.most_output_tokens(one) == 1000 and limiter().most_output_tokens(one) is None


def test_a_call_that_is_larger_than_a_minute_allows_ends_no_smaller_one(call: Call) -> None:
    turnstile = limiter(caps=Caps(tokens_per_minute=10))
    with pytest.raises(OversizeError, match="--tokens-per-minute") as caught:
        turnstile.carry(endpoint(), call, Scripted(one=[REPLY]))
    assert not isinstance(caught.value, CapError | CircuitOpenError)


def test_what_is_not_told_is_charged_at_the_highest_cost(call: Call) -> None:
    one = endpoint()
    purse = Purse("p", {one.name: PRICE}, "CNY")
    turnstile = limiter(purse=purse)
    highest = ask_for(one, call, turnstile).cost
    turnstile.carry(one, call, Scripted(one=[Reply("", usage_of(None, None))]))
    assert turnstile.spent == Spent(highest)
    late = replace(FAILED, is_billed=True)
    turnstile.carry(one, call, Scripted(one=[late, FAILED, BUSY, REPLY]))
    assert turnstile.spent == Spent(2 * highest + PRICE.cost(1000, 100))

    def broken(_: Endpoint) -> Reply:
        raise RuntimeError("a fault of ours")

    with pytest.raises(RuntimeError):
        turnstile.carry(one, call, broken)
    assert turnstile.spent == Spent(3 * highest + PRICE.cost(1000, 100))


def test_threads_that_wait_are_let_in_as_others_come_out(call: Call) -> None:
    turnstile, lock = limiter(caps=Caps(in_flight=3)), threading.Lock()
    under_way, most, done = 0, 0, 0

    def attempt(_: Endpoint) -> Reply:
        nonlocal under_way, most, done
        with lock:
            under_way += 1
            most = max(most, under_way)
        time.sleep(0.02)
        with lock:
            under_way -= 1
            done += 1
        return REPLY

    threads = [
        threading.Thread(target=turnstile.carry, args=(endpoint(), call, attempt))
        for _ in range(12)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert done == 12 and most == 3


def test_pauses_double_with_jitter_that_a_seed_decides() -> None:
    patience = Patience(backoff_s=1.0, most_backoff_s=6.0)
    pauses = [backoff_s(patience, "a", n) for n in range(1, 6)]
    for pause, longest in zip(pauses, (1, 2, 4, 6, 6), strict=True):
        assert longest / 2 <= pause <= longest
    assert pauses == [backoff_s(patience, "a", n) for n in range(1, 6)]
    assert backoff_s(patience, "b", 1) != pauses[0]
    assert backoff_s(replace(patience, seed=1), "a", 1) != pauses[0]


@pytest.mark.parametrize(
    ("headers", "seconds"),
    [
        ({"retry-after": "7"}, 7.0), ({"retry-after": "0.5"}, 0.5), ({}, None),
        ({"retry-after-ms": "250", "retry-after": "9"}, 0.25), ({"retry-after": "soon"}, None),
        ({"retry-after": "-3"}, None), ({"retry-after": "inf"}, None),
        ({"retry-after": "Wed, 21 Oct 2015 07:28:00 GMT"}, 0.0),
    ],
)  # fmt: skip
def test_the_time_to_wait_is_read_in_every_form(
    headers: dict[str, str], seconds: float | None
) -> None:
    assert retry_after_s(headers) == seconds


def test_a_date_to_wait_for_is_counted_from_now(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(time, "time", lambda: 1445412450.0)
    assert retry_after_s({"retry-after": "Wed, 21 Oct 2015 07:28:00 GMT"}) == 30.0


def test_several_addresses_are_one_judge_under_the_first(item_cases: list[Case]) -> None:
    first, both = endpoint(ONE), endpoint(ONE, TWO, ONE)
    assert both.identity == first.identity and both.others == (TWO,)
    assert [member.base_url for member in both.members] == [ONE, TWO]
    assert len({member.key for member in both.members}) == 2
    secret = endpoint("https://me:word@models.example.com/v1")
    assert "word" not in secret.key and secret.address == "models.example.com"
    assert endpoint(ONE, "https://models.example.com/v1").leaves and not both.leaves


def test_money_is_exact_and_rounded_up() -> None:
    assert Price(Decimal("0.1"), Decimal("0.3")).cost(1, 1) == 400
    assert Price(Decimal("0.0001"), Decimal(0)).cost(1, 0) == 1
    assert Price(Decimal(1), Decimal(0)).cost(1_000_000, 0) == NANO

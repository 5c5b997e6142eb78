"""Twenty reviewers at once, and a server that is killed in the middle: nothing told is lost."""

from __future__ import annotations

import asyncio
import contextlib
import os
import random
import re
import signal
import socket
import subprocess
import sys
import time
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass, field
from pathlib import Path

import httpx
import pytest

from auditor.core.access import Grant, Role
from auditor.store.events import chain_faults
from auditor.web.guard import COOKIE
from auditor.workbench.space import Space, add_run, open_space
from tests.web.samples import CITY, Sample

REVIEWERS = 20
LASTING_S = float(os.environ.get("AUDITOR_LOAD_S", "300"))
KILLS = 2
THINKING_S = (0.5, 2.5)
STARTS_WITHIN_S = 90
VERDICTS = ("met", "partly_met", "planned", "not_met", "no_evidence")
SEEN = re.compile(r'data-hash="(\w+)" data-seen="(\w*)"')

pytestmark = [pytest.mark.long, pytest.mark.slow]


@dataclass
class Told:
    """What the server answered: events that it acknowledged, times, statuses, outages."""

    acknowledged: list[str] = field(default_factory=list)
    refused: int = 0
    times_s: list[float] = field(default_factory=list)
    statuses: dict[int, int] = field(default_factory=dict)
    broken: int = 0


@contextlib.contextmanager
def server(folder: Path, url: str | None, port: int) -> Iterator[subprocess.Popen[bytes]]:
    """The real command as a process of its own."""
    command = [sys.executable, "-m", "auditor.cli.main", "serve", str(folder), "--port", str(port)]
    command += ["--database", url] if url else []
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)
    try:
        wait_for(port, process)
        yield process
    finally:
        process.kill()
        process.wait(20)


def wait_for(port: int, process: subprocess.Popen[bytes]) -> None:
    """Wait until a server answers."""
    end = time.monotonic() + STARTS_WITHIN_S
    while time.monotonic() < end and process.poll() is None:
        with contextlib.suppress(httpx.TransportError):
            if httpx.get(f"http://127.0.0.1:{port}/health").status_code == 200:
                return
        time.sleep(0.2)
    raise AssertionError(
        f"the server did not start: {process.stderr and process.stderr.read(2000)!r}"
    )


def free_port() -> int:
    """A port that nobody uses now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def sessions_of(space: Space) -> list[tuple[str, str]]:
    """Twenty reviewers who have entered: their cookie and the token of their forms."""
    found = []
    for number in range(REVIEWERS):
        grants = [Grant(Role.REVIEWER, CITY)]
        account = space.people.add(
            f"r{number}", f"评审员{number}", f"a password {number:04}", grants
        )
        entered = space.people.enter_by_link(space.people.make_link(account))
        assert entered is not None
        session = space.people.session(entered.token)
        assert session is not None
        found.append((entered.token, session.csrf))
    return found


class Reviewer:
    """A person at work: open a feature, think, decide, see the numbers, go on."""

    def __init__(
        self, client: httpx.AsyncClient, base: str, features: list[str], seed: int
    ) -> None:
        self._client = client
        self._base = base
        self._features = features
        self._rng = random.Random(seed)

    async def work(self, until: float, told: Told) -> None:
        """Work until a time."""
        while time.monotonic() < until:
            with contextlib.suppress(httpx.TransportError):
                async for _ in self._one(told):
                    await asyncio.sleep(self._rng.uniform(*THINKING_S) / 2)
                continue
            told.broken += 1
            await asyncio.sleep(1)

    async def _one(self, told: Told) -> AsyncIterator[None]:
        address = f"{self._base}/features/{self._rng.choice(self._features)}"
        page = await self._timed(told, "GET", f"{address}?queue=impact&part=1")
        found = SEEN.search(page.text)
        assert found, page.status_code
        yield
        body = {
            "verdict": self._rng.choice(VERDICTS),
            "reason": f"理由 {self._rng.random()}",
            "finding_hash": found.group(1),
            "seen": found.group(2),
            "cited": [],
        }
        answer = await self._timed(told, "POST", f"{address}/decision", body)
        if answer.status_code == 200:
            told.acknowledged.append(answer.json()["id"])
        else:
            told.refused += 1
        await self._timed(told, "GET", f"{self._base}/level")
        yield

    async def _timed(
        self, told: Told, method: str, address: str, body: dict[str, object] | None = None
    ) -> httpx.Response:
        begin = time.monotonic()
        answer = await self._client.request(method, address, json=body)
        told.times_s.append(time.monotonic() - begin)
        told.statuses[answer.status_code] = told.statuses.get(answer.status_code, 0) + 1
        return answer


async def all_at_work(
    base: str, sessions: list[tuple[str, str]], features: list[str], told: Told
) -> None:
    """Twenty reviewers for the whole time."""
    until = time.monotonic() + LASTING_S
    async with contextlib.AsyncExitStack() as stack:
        reviewers = []
        for number, (token, csrf) in enumerate(sessions):
            headers = {"x-csrf": csrf, "cookie": f"{COOKIE}={token}"}
            client = httpx.AsyncClient(headers=headers, timeout=30)
            await stack.enter_async_context(client)
            reviewers.append(Reviewer(client, base, features, number).work(until, told))
        await asyncio.gather(*reviewers)


@pytest.mark.parametrize("kills", [0, KILLS])
def test_twenty_reviewers_lose_nothing(
    kills: int, tmp_path: Path, sample: Sample, database_url: str | None
) -> None:
    folder, port = tmp_path / "space", free_port()
    space = open_space(folder, database_url)
    entry = add_run(space, sample.out, "组长甲", sample.dossier)
    sessions = sessions_of(space)
    base, told = f"http://127.0.0.1:{port}/runs/{entry.id}", Told()
    features = [f.feature_id for f in sample.run.findings if f.verdict is not None]

    async def undisturbed() -> None:
        await all_at_work(base, sessions, features, told)

    async def disturbed() -> None:
        work = asyncio.create_task(undisturbed())
        for _ in range(kills):
            await asyncio.sleep(LASTING_S / (kills + 1))
            os.kill(running.pop().pid, signal.SIGKILL)
            again = server(folder, database_url, port)
            running.append(await asyncio.to_thread(stack.enter_context, again))
        await work

    with contextlib.ExitStack() as stack:
        running = [stack.enter_context(server(folder, database_url, port))]
        asyncio.run(disturbed())
    events = space.runs.events(entry.id)
    space.close()
    report(told, f"{'postgresql' if database_url else 'sqlite'}, kills {kills}")
    assert not chain_faults(events)
    assert set(told.acknowledged) <= {event.id for event in events}
    assert len(told.acknowledged) == len(set(told.acknowledged))
    assert len(events) - len(told.acknowledged) <= told.broken
    assert not [status for status in told.statuses if status >= 500]
    assert len(told.acknowledged) > REVIEWERS * LASTING_S / 10
    assert kills or told.broken == 0


def report(told: Told, what: str) -> None:
    """Print what was measured."""
    times = sorted(told.times_s)
    p50, p95 = (times[int(share * len(times))] * 1000 for share in (0.5, 0.95))
    print(
        f"{what}: {len(times)} requests, {len(told.acknowledged)} decisions,"
        f" {told.refused} refused, {told.broken} outages, p50 {p50:.0f} ms, p95 {p95:.0f} ms,"
        f" statuses {told.statuses}"
    )

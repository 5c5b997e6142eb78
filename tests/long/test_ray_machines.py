"""Real cities on a Ray cluster of two machines, one of which is lost and comes back.

What a user would type: ``ray start`` on each, ``auditor batch --engine ray`` on the first.
"""

from __future__ import annotations

import os
import sys
import time
from collections.abc import Callable, Iterator
from importlib.util import find_spec
from pathlib import Path

import pytest

from auditor.archive.engines.ray_opening import SILENT
from auditor.cache import cache_dir
from auditor.servers import STORE_VARIABLE
from eval.bench_scaling import invent
from tests import machines
from tests.e2e.conftest import auditor
from tests.long.test_ray_batch import results_of
from tests.machines import Machine, two_machines

pytestmark = [
    pytest.mark.long,
    pytest.mark.model,
    # an extra; looked for without importing it, which here would be too early (tests/on_ray.py)
    pytest.mark.skipif(find_spec("ray") is None, reason="Ray is not installed"),
]
CITIES = 10
PORT = 6379
PATIENCE_S = 1800.0
RAY = Path(sys.executable).parent / "ray"
WORKER = "ray::Worker"
JUDGED = ("--judge", "screen", "--yes")


@pytest.fixture
def pair(tmp_path: Path, root: Path, postgres: str) -> Iterator[tuple[Machine, Machine]]:
    if missing := machines.reason_not_here():
        pytest.skip(missing)
    server, models = Path(postgres.partition("host=")[2]), (cache_dir() / "models").resolve()
    programs = [root, Path(sys.prefix), models]
    (tmp_path / "shared").mkdir()
    with two_machines(tmp_path / "own", [tmp_path / "shared", server, *programs]) as made:
        yield made


def cache_of(folder: Path) -> str:
    """An empty cache but for the models."""
    folder.mkdir()
    (folder / "models").symlink_to((cache_dir() / "models").resolve())
    return str(folder)


def environment(machine: Machine) -> dict[str, str]:
    """That of ``ray start`` and of the batch, as docs/scaling.md gives it."""
    plain = {k: v for k, v in os.environ.items() if not k.startswith(("RAY_", "AUDITOR_"))}
    (machine.folder / "home/ray_bootstrap_config.yaml").write_text("{}\n")
    token = {"RAY_AUTH_MODE": "token", "RAY_AUTH_TOKEN": "5ca1e" * 10}
    return plain | SILENT | token | {"AUDITOR_CACHE": str(machine.folder / "cache")}


def join(machine: Machine, head: Machine | None) -> None:
    """Start Ray on a machine, as the head or in the cluster of one."""
    role = ("--head", f"--port={PORT}", "--include-dashboard=false")
    joined = (f"--address={head.address}:{PORT}",) if head else role
    machine.run([RAY, "start", "--num-cpus=1", *joined], environment(machine), PATIENCE_S)


class Batch:
    """A pass that runs on the first machine over both."""

    def __init__(self, first: Machine, database: str, shared: Path) -> None:
        self.out, self._said = shared / "out", shared / "said"
        words = [*batch_words(shared, self.out, first), "--database", database]
        given = environment(first) | {STORE_VARIABLE: database}
        with self._said.open("wb") as file:
            self.process = first.start(words, env=given, stdout=file, stderr=file)

    def said(self) -> str:
        """What it has told so far."""
        return self._said.read_text(encoding="utf-8")

    def done(self) -> int:
        """Cities whose results are there."""
        return len(list((self.out / "cities").glob("*/run.json")))

    def wait_for(self, reached: Callable[[], bool]) -> None:
        """Wait for a moment of the pass, which must not be over before it."""
        deadline = time.monotonic() + PATIENCE_S
        while not reached():
            assert self.process.poll() is None and time.monotonic() < deadline, self.said()
            time.sleep(0.2)


def batch_words(shared: Path, out: Path, head: Machine) -> list[str | Path]:
    address = f"{head.address}:{PORT}"
    own = [sys.executable, "-m", "auditor.cli.main", "batch", shared / "in", "-o", out, *JUDGED]
    return [*own, "--engine", "ray", "--address", address]


def is_at_work(machine: Machine) -> bool:
    return any(WORKER in command for command in machine.commands())


def calm_pass(shared: Path, cache: str) -> dict[str, bytes]:
    """What processes of this machine make of the cities."""
    out = shared / "calm"
    done = auditor("batch", shared / "in", "-o", out, *JUDGED, AUDITOR_CACHE=cache)
    assert done.code == 0, done.err
    return results_of(out)


def test_a_machine_that_is_lost_and_comes_back_changes_no_byte(
    tmp_path: Path, pair: tuple[Machine, Machine], postgres_url: str
) -> None:
    shared, (first, second) = tmp_path / "shared", pair
    invent(shared / "in", CITIES)
    expected = calm_pass(shared, cache_of(tmp_path / "cache"))
    for machine in pair:
        cache_of(machine.folder / "cache")
    join(first, None)
    join(second, first)
    with pytest.raises(AssertionError, match="PostgreSQL"):
        first.run(batch_words(shared, shared / "no", first), environment(first), PATIENCE_S)
    batch = Batch(first, postgres_url, shared)
    try:
        batch.wait_for(lambda: batch.done() >= 2 and is_at_work(second))
        second.cut_power()
        join(second, first)
        batch.wait_for(lambda: is_at_work(second))
        assert batch.process.wait(PATIENCE_S) == 0, batch.said()
    finally:
        batch.process.kill()
    assert "worker gone" in batch.said()
    found = results_of(batch.out)
    assert len({name.split("/")[0] for name in found}) == CITIES
    assert found.keys() == expected.keys()
    assert [name for name, data in expected.items() if found[name] != data] == []

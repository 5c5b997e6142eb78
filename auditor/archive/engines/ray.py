"""The Ray engine: workers as actors, on one machine or on all machines of a cluster.

Actors belong to this process: where it ends, however it ends, Ray ends them. Ray keeps no account
of jobs and starts no actor anew: who is gone is told of, and the pass replaces it. Import this
module by ``ray_opening`` alone, which says first that Ray is to be silent.
"""

from __future__ import annotations

import os
import re
import secrets
import shutil
import socket
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import replace
from pathlib import Path
from typing import Any

import ray
from ray.exceptions import RayError

import auditor
from auditor.archive.engines import Order, Told, Word
from auditor.archive.engines.mailbox import MARK_FILE, News, Setting, Worker
from auditor.archive.engines.ray_embedding import SharedEmbedder, share_embedder
from auditor.archive.engines.room import places, processors_here
from auditor.core.errors import ConfigurationError, RunError
from auditor.servers import store_url

HEARING_S = 5.0
"""A worker that has nothing to tell says so after so long."""
KNOCK_S = 10.0
CALLS_AT_ONCE = 3
"""Calls that an actor takes: it is listened to while it is stopped."""
OBJECTS_BYTES = 100 * 1024 * 1024
"""Memory for what travels: messages and, with a shared embedder, vectors."""
NO_ROOM = "no machine of the cluster has room for a worker"
HOME = "HOME"
OWN = "AUDITOR_CACHE"
"""The one variable of ours that is each machine's own."""
THREAD_VARIABLES = ("OMP_NUM_THREADS", "MKL_NUM_THREADS")
ENDING = re.compile(r"exit detail: (.+?)(?:\. |\n|$)")
SHOWN = 300


class RayEngine:
    """``engines.Engine`` with actors; ``gpus`` None takes those that Ray finds."""

    def __init__(self, address: str | None = None, gpus: int | None = None) -> None:
        self._address = address
        self._gpus = gpus
        self._workers: dict[str, Any] = {}
        self._calls: dict[Any, str] = {}
        self._embedder: SharedEmbedder | None = None
        self._own: Path | None = None
        self._mark: Path | None = None
        self._setting = Setting(auditor.__version__, carried_environment(is_own=address is None))
        self._is_connected = False
        self._threads = 0
        self._heard_of: set[str] = set()

    def processors(self) -> Sequence[int]:
        """Processors of each machine that workers may be put on.

        Raises:
            ConfigurationError: the cluster cannot be reached, or has none.
        """
        if self._address is None:
            return [processors_here()]
        self._connect(0)
        found = [int(node["Resources"].get("CPU", 0)) for node in machines()]
        if not any(found):
            raise ConfigurationError(
                f"{self._address}: 集群没有处理器 (the cluster has no processors).",
                hint="ray start --num-cpus",
            )
        return [own for own in found if own]

    def start(self, order: Order, names: Sequence[str]) -> None:
        """Start a worker of each name.

        One that takes the place of another waits where its machine was lost as well: it begins when
        there is room again.

        Raises:
            ConfigurationError: the cluster has no room at the beginning, or the folder cannot be
                shared.
            RunError: Ray does not start.
        """
        self._connect(order.threads * len(names))
        if self._address is not None:
            if not self._threads:
                self._require_room(order, len(names))
            require_servers(order, [node["NodeManagerAddress"] for node in machines()])
            self._leave_mark(order.out)
        if self._embedder is None and order.embedding is not None:
            self._embedder = share_embedder(order.embedding, self._setting.environment)
        self._threads = order.threads
        kind = ray.remote(Worker)
        threads = dict.fromkeys(THREAD_VARIABLES, str(order.threads))
        for name in names:
            options: dict[str, Any] = {
                "num_cpus": order.threads,
                "max_concurrency": CALLS_AT_ONCE,
                "scheduling_strategy": "SPREAD",
                "runtime_env": {"env_vars": threads},
            }
            worker = kind.options(**options).remote(
                replace(order, embedding=None, embedder=self._embedder), name, self._setting
            )
            self._workers[name] = worker
            self._listen(name)

    def poll(self, timeout_s: float) -> list[Told]:
        """Wait for messages and deaths."""
        if not self._calls:
            return []
        ray.wait(list(self._calls), num_returns=1, timeout=timeout_s)
        ready, _ = ray.wait(list(self._calls), num_returns=len(self._calls), timeout=0)
        return [told for call in ready for told in self._heard(call)] or self._roomless()

    def stop(self, grace_s: float) -> None:
        """Have all workers end; a second interruption ends them at once."""
        try:
            for worker in self._workers.values():
                worker.stop.remote()
            deadline = time.monotonic() + grace_s
            while self._calls and time.monotonic() < deadline:
                self.poll(min(0.2, grace_s))
        finally:
            self._leave()

    def pids(self) -> dict[str, int]:
        """The processes of the workers that are alive, by name."""
        calls = {name: worker.pid.remote() for name, worker in self._workers.items()}
        return {name: ray.get(call) for name, call in calls.items()}

    def _connect(self, processors: int) -> None:
        """Connect to the cluster, or start a Ray with at least so many processors.

        Where more workers are asked for than there are processors they share them, as processes
        do anywhere, and do not wait for one another.
        """
        if self._is_connected:
            return
        quiet = {"log_to_driver": False, "logging_level": "ERROR"}
        try:
            if self._address is not None:
                knock(self._address)
                ray.init(address=self._address, **quiet)
            else:
                self._own = own_folder()
                with home_in(self._own):
                    ray.init(
                        address="local",
                        num_cpus=max(processors, processors_here()),
                        num_gpus=self._gpus,
                        include_dashboard=False,
                        object_store_memory=OBJECTS_BYTES,
                        _node_ip_address="127.0.0.1",
                        _temp_dir=str(self._own),
                        **quiet,
                    )
        # Ray raises bare exceptions of many kinds here, its own among them
        except Exception as error:
            self._leave()
            raise self._refused(error) from error
        self._is_connected = True

    def _refused(self, error: Exception) -> ConfigurationError | RunError:
        said = first_line(error)
        if self._address is None:
            return RunError(
                f"Ray 没有启动 (Ray did not start: {said}).",
                hint="机器太忙时请再试一次，或用 --engine local (try again, or --engine local).",
            )
        return ConfigurationError(
            f"{self._address}: 连不上 Ray 集群 (no Ray cluster: {said}).",
            hint="请在集群的一台机器上运行，见 docs/scaling.md (run it on a machine of the"
            " cluster; ray status tells whether it is up).",
        )

    def _require_room(self, order: Order, wanted: int) -> None:
        """Refuse workers that would wait for ever."""
        room = places(self.processors(), order.threads)
        if len(self._workers) + wanted > room:
            raise ConfigurationError(
                f"集群只容得下 {room} 个工作进程 (the cluster has room for {room} workers of"
                f" {order.threads} processors).",
                hint=f"--workers {room}",
            )

    def _roomless(self) -> list[Told]:
        """The workers that would wait for ever, as no machine is left that has room for one."""
        if self._address is None or self._heard_of & self._workers.keys():
            return []
        if places([int(n["Resources"].get("CPU", 0)) for n in machines()], self._threads):
            return []
        lost = list(self._workers)
        self._calls.clear()
        for name in lost:
            ray.kill(self._workers.pop(name))
        return [Told(name, Word.GONE, note=NO_ROOM) for name in lost]

    def _leave_mark(self, out: Path) -> None:
        """Leave a file by which workers tell that the output folder is shared."""
        if self._mark is None:
            self._mark = out / MARK_FILE
            self._setting = replace(self._setting, mark=secrets.token_hex(16))
            self._mark.write_text(self._setting.mark, encoding="ascii")

    def _listen(self, name: str) -> None:
        self._calls[self._workers[name].hear.remote(HEARING_S)] = name

    def _heard(self, call: Any) -> list[Told]:
        """The messages of one worker; the last of them may be that it is gone."""
        name = self._calls.pop(call)
        try:
            news: News = ray.get(call)
        except RayError as error:
            news = News((), over=True, note=ending_of(error))
        self._heard_of.add(name)
        if not news.over:
            self._listen(name)
            return list(news.told)
        ray.kill(self._workers.pop(name))
        return [*news.told, Told(name, Word.GONE, note=news.note)]

    def _leave(self) -> None:
        """End the workers that are left, and a Ray of one's own."""
        self._calls.clear()
        for worker in self._workers.values():
            with suppress(RayError):
                ray.kill(worker)
        self._workers.clear()
        self._embedder = None
        ray.shutdown()
        self._is_connected = False
        if self._mark is not None:
            self._mark.unlink(missing_ok=True)
            self._mark = None
        if self._own is not None:
            shutil.rmtree(self._own, ignore_errors=True)
            self._own = None


def knock(address: str) -> None:
    """See whether anybody listens at ``host:port``, for which Ray would wait for minutes.

    Raises:
        OSError: nobody does.
        ValueError: it has no port.
    """
    if address == "auto" or "://" in address:
        return
    host, _, port = address.rpartition(":")
    socket.create_connection((host, int(port)), KNOCK_S).close()


def own_folder() -> Path:
    """A folder for Ray's sockets and logs, for this user alone.

    The name of a socket may have some hundred characters, which a long TMPDIR would use up.
    """
    short = Path("/tmp")
    return Path(tempfile.mkdtemp(prefix="ray-", dir=short if short.is_dir() else None))


@contextmanager
def home_in(folder: Path) -> Iterator[None]:
    """Have the processes that Ray starts find their home in a folder, and the file that is there.

    Without that file Ray's head asks the addresses of three cloud providers whose machine this is,
    its reports switched off or not.
    """
    (folder / "ray_bootstrap_config.yaml").write_text("{}\n", encoding="utf-8")
    before = os.environ.get(HOME)
    os.environ[HOME] = str(folder)
    try:
        yield
    finally:
        if before is None:
            del os.environ[HOME]
        else:
            os.environ[HOME] = before


def carried_environment(*, is_own: bool) -> dict[str, str]:
    """The variables that workers take over: ours, and one's home on a Ray of one's own.

    No key of an endpoint.
    """
    return {
        name: value
        for name, value in os.environ.items()
        if (name.startswith("AUDITOR_") and name != OWN) or (is_own and name == HOME)
    }


def machines() -> list[dict[str, Any]]:
    """The nodes of the cluster that are up."""
    return [node for node in ray.nodes() if node["Alive"]]


def require_servers(order: Order, addresses: Sequence[str]) -> None:
    """Refuse to share SQLite files between machines.

    Raises:
        ConfigurationError: jobs or judgements are in files, and there are several machines.
    """
    if len(set(addresses)) < 2 or (order.database and store_url()):
        return
    raise ConfigurationError(
        f"集群有 {len(set(addresses))} 台机器，任务和判断须放在 PostgreSQL 上"
        " (on several machines jobs and judgements must be on PostgreSQL: SQLite on network"
        " file systems is not safe).",
        hint="请给出 --database（或 AUDITOR_DATABASE）和 AUDITOR_STORE (name both).",
    )


def ending_of(error: RayError) -> str:
    """How a worker ended, in a line."""
    found = ENDING.search(str(error))
    if found:
        return f"{type(error).__name__}: {found[1]}"[:SHOWN]
    lines = [line.strip() for line in str(error).splitlines() if line.strip()]
    return f"{type(error).__name__}: {lines[-1] if lines else ''}"[:SHOWN]


def first_line(error: Exception) -> str:
    """What an error says, short of its advice."""
    lines = [line.strip() for line in str(error).splitlines() if line.strip()]
    return f"{type(error).__name__}: {lines[0] if lines else ''}"[:SHOWN]

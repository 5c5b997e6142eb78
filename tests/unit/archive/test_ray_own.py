"""A Ray of the engine's own: it sends nothing, and nothing of it is left."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.on_ray import PATIENCE_S, is_alive, wait_until  # isort: split

from auditor.core.jobs import JobState
from auditor.ingest.netless import netless_prefix
from auditor.store.jobs.opening import open_jobs
from tests.toy_archive import published

ARCHIVE = "a" * 32
LOOPBACK = (
    f"{sys.executable} -c 'import fcntl, socket, struct; s = socket.socket();"
    ' fcntl.ioctl(s, 0x8914, struct.pack("16sh", b"lo", 0x41))\''
)
"""Has the namespace's own loopback up (SIOCSIFFLAGS; IFF_UP, IFF_RUNNING), where Ray lives."""
COUNT = "awk '/^Ip:/ && seen++ {print \"attempts\", $13}' /proc/net/snmp"
"""How often the system found no way to send something."""


def toy_pass(out: Path, *numbers: float) -> list[str]:
    """The words of a pass on a Ray of its own."""
    return [sys.executable, "-m", "tests.toy_pass", str(out), *map(str, numbers), "ray"]


@pytest.mark.slow
def test_a_killed_parent_leaves_no_worker_and_no_ray(tmp_path: Path) -> None:
    command = toy_pass(tmp_path, 2, 2, 4000, 0.02, 30)
    parent = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
    assert parent.stdout is not None
    workers = [int(word) for word in parent.stdout.readline().split()]
    assert workers
    raylet = int(Path(f"/proc/{workers[0]}/stat").read_text().rpartition(")")[2].split()[1])
    assert is_alive(raylet)
    parent.kill()
    parent.communicate()
    wait_until(lambda: not any(map(is_alive, [raylet, *workers])))
    store = open_jobs(tmp_path, ARCHIVE)
    assert JobState.DONE not in store.counts()


@pytest.mark.slow
def test_a_ray_of_its_own_sends_nothing_listens_at_no_address_and_leaves_nothing(
    tmp_path: Path,
) -> None:
    if not netless_prefix():
        pytest.skip("this system lets nobody leave the network (unshare, bwrap)")
    home, out = tmp_path / "home", tmp_path / "out"
    home.mkdir()
    out.mkdir()
    script = f'{LOOPBACK} && "$@"; code=$?; {COUNT}; exit $code'
    before = set(Path("/tmp").glob("ray-*"))
    done = subprocess.run(
        [*netless_prefix(), "sh", "-c", script, "sh", *toy_pass(out, 2, 1, 5, 0.01, 30)],
        env={k: v for k, v in os.environ.items() if not k.startswith("RAY_")} | {"HOME": str(home)},
        capture_output=True,
        text=True,
        timeout=PATIENCE_S,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert done.stdout.rpartition("attempts ")[2].strip() == "0"
    assert len(published(out)) == 4
    assert not any(path.is_file() for path in home.rglob("*"))
    assert set(Path("/tmp").glob("ray-*")) <= before

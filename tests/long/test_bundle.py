"""A machine without a network: the bundle alone installs the auditor, which then audits.

``AUDITOR_BUNDLE`` names a bundle that was made before; without it one is made, which needs pip's
index. Everything after that runs in a namespace that has no network.
"""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path

import pytest

from auditor.ingest.netless import netless_prefix

pytestmark = pytest.mark.long
EXTRAS = "e5,web,telemetry"
PAPER = "06-城市运行管理中心情况报告.txt"
REACH = "import socket; socket.create_connection(('1.1.1.1', 53), 5)"
TIMEOUT_S = 1800


class Netless:
    """A machine of its own: no network, a home and a cache with nothing in them."""

    def __init__(self, home: Path) -> None:
        if not netless_prefix():
            pytest.skip("this system lets nobody leave the network (unshare, bwrap)")
        self.home = home
        kept = {name: os.environ[name] for name in ("PATH", "LANG") if name in os.environ}
        self._environment = {**kept, "HOME": str(home), "AUDITOR_CACHE": str(home / "cache")}

    def run(self, *words: str | Path, cwd: Path | None = None) -> subprocess.CompletedProcess[str]:
        """Run a command there."""
        return subprocess.run(
            [*netless_prefix(), *map(str, words)],
            cwd=cwd or self.home,
            env=self._environment,
            capture_output=True,
            text=True,
            timeout=TIMEOUT_S,
            check=False,
        )

    def done(self, *words: str | Path) -> str:
        """Run a command there that must do; gives what it says."""
        ended = self.run(*words)
        assert ended.returncode == 0, f"{ended.stdout}\n{ended.stderr}"
        return ended.stdout


@pytest.fixture(scope="module")
def bundle(root: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A bundle, made before or now."""
    given = os.environ.get("AUDITOR_BUNDLE")
    if given:
        return Path(given)
    folder = tmp_path_factory.mktemp("bundle") / "auditor"
    script = root / "scripts" / "bundle" / "make_bundle.py"
    command: Sequence[str] = [sys.executable, str(script), str(folder), "--extras", EXTRAS]
    subprocess.run(command, check=True, timeout=TIMEOUT_S, capture_output=True)
    return folder


@pytest.fixture(scope="module")
def installed(bundle: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Netless]:
    """The auditor, installed from the bundle without a network."""
    machine = Netless(tmp_path_factory.mktemp("home"))
    reached = machine.run(sys.executable, "-c", REACH)
    assert reached.returncode != 0 and "unreachable" in reached.stderr
    said = machine.done("sh", bundle / "install.sh", machine.home / "env")
    assert "安装包完好" in said and "Installed" in said
    yield machine


def test_the_doctor_finds_everything_in_place(installed: Netless) -> None:
    said = installed.done(installed.home / "env" / "bin" / "auditor", "doctor", "--deep")
    deep = said.rpartition("秒 s")[2]
    assert "failed" not in deep and "相差至多" in deep
    models = [path.name for path in (installed.home / "cache" / "models").iterdir()]
    assert len(models) == 1, "the model came from the bundle and was not made again"


def test_a_city_is_audited(installed: Netless, root: Path) -> None:
    dossier = installed.home / "dossier"
    dossier.mkdir()
    text = (root / "examples" / "dossier" / PAPER).read_bytes()
    (dossier / PAPER).write_bytes(text)
    out = installed.home / "out"
    auditor = installed.home / "env" / "bin" / "auditor"
    asked = ["--city", "临澜市", "--judge", "screen", "--only", "8.2.1", "-o", str(out), "--json"]
    said = installed.done(auditor, "run", dossier, *asked)
    assert '"failures": 0' in said and (out / "report.html").is_file()


def test_the_program_is_that_of_the_bundle(installed: Netless) -> None:
    python = installed.home / "env" / "bin" / "python"
    where = installed.done(python, "-c", "import auditor; print(auditor.__file__)")
    assert where.startswith(str(installed.home / "env"))

"""One real run of the sample dossier, for the tests that look at its files."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest


@dataclass(frozen=True)
class Finished:
    """A finished command."""

    code: int
    out: str
    err: str


def auditor(*arguments: str | Path, **environment: str) -> Finished:
    """Run the command line as a user does."""
    done = subprocess.run(
        [sys.executable, "-m", "auditor.cli.main", *map(str, arguments)],
        capture_output=True,
        text=True,
        timeout=900,
        env={**os.environ, "COLUMNS": "160", "NO_COLOR": "1", **environment},
        check=False,
    )
    return Finished(done.returncode, done.stdout, done.stderr)


def lines(file: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in file.read_text(encoding="utf-8").splitlines()]


@pytest.fixture(scope="session")
def sample_run(root: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The output folder of ``auditor run`` with ``screen`` on the sample dossier."""
    out = tmp_path_factory.mktemp("sample") / "out"
    done = auditor(
        "run", root / "examples/dossier", "--city", "临澜市", "-o", out, "--judge", "screen"
    )
    assert done.code == 0, done.err
    return out

"""Interrupted runs lose nothing: Ctrl-C, kill -9, and a judge that breaks down half way."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Sequence
from pathlib import Path

import pytest

from auditor.choice import Choice
from auditor.core.findings import Failure, Judgement
from auditor.core.run import Case, Judge, Silence
from auditor.pipeline import Parts, run_audit
from auditor.wiring import build_parts
from tests.e2e.conftest import auditor

pytestmark = pytest.mark.model


class Counting:
    """A real judge, one case at a time, that breaks down after so many of them."""

    together = False

    def __init__(self, inner: Judge, last: int) -> None:
        self._inner = inner
        self.left = last
        self.judged: list[str] = []
        self.name, self.quality, self.fingerprint = inner.name, inner.quality, "counting"

    def judge(self, cases: Sequence[Case]) -> list[Judgement | Failure]:
        if self.left == 0:
            raise KeyboardInterrupt
        self.left -= 1
        self.judged.extend(case.feature.id for case in cases)
        return self._inner.judge(cases)


def test_what_was_judged_is_not_judged_again(root: Path, tmp_path: Path) -> None:
    choice = Choice(str(root / "examples/twins/facts"), "临澜市", "screen", only="8.4.1")
    parts = build_parts(choice, tmp_path, Silence(), lambda _: None)
    assert parts.judge is not None
    first = Counting(parts.judge, 7)
    with pytest.raises(KeyboardInterrupt):
        run_audit(choice.request(), _with(parts, first))
    second = Counting(parts.judge, 10_000)
    resumed = run_audit(choice.request(), _with(parts, second))
    assert len(first.judged) == 7
    assert not set(first.judged) & set(second.judged)
    whole = run_audit(choice.request(), parts)
    assert [f.verdict for f in resumed.findings] == [f.verdict for f in whole.findings]


def _with(parts: Parts, judge: Counting) -> Parts:
    from dataclasses import replace

    return replace(parts, judge=judge)


@pytest.mark.slow
@pytest.mark.parametrize("blow", [signal.SIGINT, signal.SIGKILL])
def test_a_run_that_is_struck_down_goes_on(
    root: Path, sample_run: Path, tmp_path: Path, blow: signal.Signals
) -> None:
    out, cache = tmp_path / "out", tmp_path / "cache"
    command = [
        sys.executable, "-m", "auditor.cli.main", "run", str(root / "examples/dossier"),
        "--city", "临澜市", "-o", str(out), "--judge", "screen",
    ]  # fmt: skip
    # a cache of its own, so that there is embedding to be interrupted in
    from auditor.wiring import cache_dir

    shutil.copytree(cache_dir() / "models", cache / "models", copy_function=os.link)
    environment = {**os.environ, "AUDITOR_CACHE": str(cache)}
    process = subprocess.Popen(
        command, env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )
    deadline = time.monotonic() + 120
    while not (cache / "vectors.db").exists() and time.monotonic() < deadline:
        time.sleep(0.05)
    time.sleep(3)
    process.send_signal(blow)
    code = process.wait(60)
    assert code == (130 if blow is signal.SIGINT else -signal.SIGKILL)
    assert not (out / "run.json").exists()
    done = auditor("resume", out, AUDITOR_CACHE=str(cache))
    assert done.code == 0, done.err
    for name in ("search.jsonl", "findings.jsonl", "score.json"):
        assert (out / name).read_bytes() == (sample_run / name).read_bytes(), name

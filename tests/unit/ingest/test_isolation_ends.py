"""Reading processes: how they end."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import threading
from collections.abc import Mapping
from pathlib import Path

import docx
import pytest

from auditor.core.errors import BrokenDocumentError, DocumentError, EmptyDocumentError
from auditor.ingest import foreign, isolation, taking
from auditor.ingest.isolation import LimitError, Limits, ReadingPool, reading_pool
from tests.unit.ingest.isolation_samples import (
    ANSWERS,
    INTAKE,
    PATIENT,
    QUICK,
    begun,
    is_gone,
    said,
    staying,
)


def test_a_closed_pool_starts_nothing_more(deeds: Path) -> None:
    pool = ReadingPool(2, QUICK)
    assert said(pool, "plain", "一") == "一"
    pool.close()
    pool.close()
    with pytest.raises(LimitError, match="已中止"):
        said(pool, "plain")


def test_a_pool_that_read_nothing_closes(deeds: Path) -> None:
    ReadingPool(3).close()


@pytest.mark.parametrize("end", [signal.SIGKILL, signal.SIGTERM])
def test_a_child_does_not_outlive_its_reading_process(deeds: Path, end: signal.Signals) -> None:
    pool = ReadingPool(1, PATIENT)
    thread, ended = begun(pool, deeds / "pids")
    child, reader = staying(deeds / "pids")
    os.kill(reader, end)
    thread.join(10)
    assert isinstance(ended[0], LimitError)
    if sys.platform == "linux":
        assert is_gone(child)
    assert said(pool, "plain", "后一份") == "后一份"
    pool.close()


@pytest.mark.parametrize("end", [signal.SIGINT, signal.SIGKILL])
def test_an_interrupted_intake_leaves_no_process(deeds: Path, end: signal.Signals) -> None:
    dossier = deeds / "dossier"
    dossier.mkdir()
    for number in range(6):
        (dossier / f"{number}.txt").write_text(str(deeds / f"pids{number}"), encoding="utf-8")
    worker = (deeds / "deeds_worker.py").read_text(encoding="utf-8")
    always = worker.replace("globals()[name](data)", "stay(data)")
    (deeds / "deeds_worker.py").write_text(always, encoding="utf-8")
    path = os.pathsep.join([str(deeds), *filter(None, sys.path)])
    intake = subprocess.Popen(
        [sys.executable, "-c", INTAKE, str(dossier)],
        env={**os.environ, "PYTHONPATH": path},
        stderr=subprocess.PIPE,
    )
    pids = [*staying(deeds / "pids0"), *staying(deeds / "pids1")]
    intake.send_signal(end)
    _, error = intake.communicate(timeout=20)
    assert end is signal.SIGKILL or b"KeyboardInterrupt" in error
    assert all(is_gone(pid) for pid in pids), error
    assert not (deeds / "pids2").exists()


def test_real_readers_answer_over_the_pipe() -> None:
    with reading_pool(1, Limits(memory_mb=1024, page_s=60)) as pool:
        assert pool.read("本市建成城市大脑。".encode(), "a.txt").text == "本市建成城市大脑。\n"
        with pytest.raises(EmptyDocumentError):
            pool.read(b" \n", "空.txt")


@pytest.mark.parametrize("answer", ANSWERS)
def test_an_answer_out_of_form_is_an_error_of_its_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, answer: str
) -> None:
    kind, row = ANSWERS[answer]
    frame = kind + len(json.dumps(row)).to_bytes(4, "big") + json.dumps(row).encode()
    code = f"import sys, time; sys.stdout.buffer.write({frame!r}); sys.stdout.flush()"
    (tmp_path / "odd_worker.py").write_text(f"{code}; time.sleep(0.5)", encoding="utf-8")
    monkeypatch.syspath_prepend(str(tmp_path))
    monkeypatch.setattr(isolation, "WORKER", "odd_worker")
    with reading_pool(1, QUICK) as pool, pytest.raises(LimitError, match="异常结束"):
        pool.read(b"x", "a.txt")


def test_ctrl_c_ends_a_conversion_at_work(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    dossier, work = tmp_path / "dossier", tmp_path / "work"
    dossier.mkdir()
    work.mkdir()
    paper = docx.Document()
    paper.add_paragraph("全市已建成一体化平台。")
    paper.save(str(dossier / "甲.docx"))
    codes: list[int] = []

    def long_conversion(
        files: Mapping[str, bytes], target: str, *, timeout_s: float
    ) -> dict[str, bytes | DocumentError]:
        with foreign.started(["sleep", "60"], work, foreign.Limits(1 << 30, 600, 1 << 20)) as slow:
            threading.Timer(1.0, os.kill, (os.getpid(), signal.SIGINT)).start()
            codes.append(slow.wait())
        return {name: BrokenDocumentError(name, "ended") for name in files}

    monkeypatch.setattr(taking, "find_office", lambda: Path("soffice"))
    monkeypatch.setattr(taking, "convert", long_conversion)
    with pytest.raises(KeyboardInterrupt):
        taking.take_in(dossier, taking.Settings(processes=1))
    assert codes and codes[0] != 0

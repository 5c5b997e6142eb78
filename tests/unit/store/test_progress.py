"""The file of a running audit's progress: whole, never backwards, not written too often."""

from __future__ import annotations

import json
import threading
from pathlib import Path

from auditor.store.progress import EVERY_S, FileProgress, StageProgress, read_progress


class Clock:
    def __init__(self) -> None:
        self.now = 100.0

    def __call__(self) -> float:
        return self.now


def test_a_stage_is_shown_with_what_it_is_at(tmp_path: Path) -> None:
    file, clock = tmp_path / ".state/progress.json", Clock()
    progress = FileProgress(file, clock)
    progress.begin("read", 3)
    clock.now += 1
    progress.advance("read", 2, note="规划.pdf")
    assert read_progress(file) == (StageProgress("read", 2, 3, "规划.pdf", False, 1.0),)
    clock.now += 2
    progress.end("read")
    assert read_progress(file) == (StageProgress("read", 3, 3, "", True, 3.0),)


def test_steps_that_follow_at_once_are_written_together(tmp_path: Path) -> None:
    file, clock = tmp_path / "progress.json", Clock()
    progress = FileProgress(file, clock)
    progress.begin("search", 9)
    for _ in range(5):
        progress.advance("search")
    assert read_progress(file)[0].done == 0
    clock.now += EVERY_S
    progress.advance("search")
    assert read_progress(file)[0].done == 6


def test_a_total_never_falls_below_what_is_done(tmp_path: Path) -> None:
    clock = Clock()
    progress = FileProgress(tmp_path / "progress.json", clock)
    progress.begin("read", 1)
    clock.now += 1
    progress.advance("read", 4)
    (stage,) = read_progress(progress.file)
    assert (stage.done, stage.total) == (4, 4)
    progress.begin("read", 2)
    (stage,) = read_progress(progress.file)
    assert (stage.done, stage.total) == (4, 4)


def test_a_reader_never_sees_half_a_file(tmp_path: Path) -> None:
    file = tmp_path / "progress.json"
    progress = FileProgress(file, clock=iter(range(100_000)).__next__)
    progress.begin("judge", 400)
    threads = [
        threading.Thread(target=lambda: [progress.advance("judge") for _ in range(100)])
        for _ in range(4)
    ]
    for thread in threads:
        thread.start()
    seen = []
    while any(thread.is_alive() for thread in threads):
        seen.append(json.loads(file.read_text(encoding="utf-8"))["stages"][0]["done"])
    progress.end("judge")
    assert seen == sorted(seen)
    assert read_progress(file)[0].done == 400


def test_a_disk_that_takes_no_more_does_not_end_the_audit(tmp_path: Path) -> None:
    (tmp_path / "folder").write_text("a file in the way", encoding="utf-8")
    progress = FileProgress(tmp_path / "folder" / "progress.json")
    progress.begin("read", 1)
    progress.end("read")
    assert read_progress(progress.file) == ()

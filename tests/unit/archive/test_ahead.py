"""The papers of the next cities are converted together, and read as if each had come alone."""

from __future__ import annotations

import logging
from collections import Counter
from pathlib import Path
from typing import Any

import pytest
from docx import Document as WordFile
from filelock import FileLock

from auditor.archive.ahead import LEAST, Ahead
from auditor.core.jobs import Job, JobState
from auditor.ingest.content import Content
from auditor.ingest.isolation import ReadingPool
from auditor.ingest.kept import KeptContents
from auditor.ingest.taking import Settings, take_in
from tests.unit.ingest.taking_samples import needs_office

pytestmark = [pytest.mark.slow, needs_office]


def word_file(path: Path, text: str) -> Path:
    paper = WordFile()
    paper.add_heading("政府工作报告", 1)
    paper.add_paragraph(text)
    paper.save(str(path))
    return path


def job_of(*papers: Path) -> Job:
    subject = papers[0].stem
    files = {paper.name: str(paper) for paper in papers}
    return Job(subject, "city", subject, {"files": files}, JobState.WAITING)


def settings_of(folder: Path) -> Settings:
    return Settings(kept=KeptContents(folder), processes=1)


def ahead_in(folder: Path) -> Ahead:
    return Ahead(folder / "notes", folder / "lock")


@pytest.fixture(scope="module")
def papers(tmp_path_factory: pytest.TempPathFactory) -> list[Path]:
    folder = tmp_path_factory.mktemp("papers")
    texts = [f"第{n}个市建成了统一的数据平台，接入部门{n + 20}个。" for n in range(LEAST + 1)]
    return [word_file(folder / f"{n}市.docx", text) for n, text in enumerate(texts)]


def kept_in(folder: Path) -> dict[str, bytes]:
    return {file.name: file.read_bytes() for file in folder.rglob("*.content")}


def test_what_was_read_ahead_is_what_each_city_would_have_read(
    papers: list[Path], tmp_path: Path
) -> None:
    jobs = [job_of(paper) for paper in papers]
    ahead = ahead_in(tmp_path)
    assert ahead.read(jobs, settings_of(tmp_path / "together")) == len(papers)
    alone = settings_of(tmp_path / "alone")
    for paper in papers:
        documents, refused = take_in(paper, alone)
        assert documents and not refused
    together = kept_in(tmp_path / "together")
    assert together == kept_in(tmp_path / "alone")
    assert ahead.read(jobs, settings_of(tmp_path / "together")) == 0  # all are known
    key = next(iter(together)).removesuffix(".content")
    assert [ahead.was_read(key), ahead.was_read(key), ahead.was_read("another")] == [
        True, False, False,
    ]  # fmt: skip


def test_few_papers_and_cities_of_several_are_left_to_their_own_intake(
    papers: list[Path], tmp_path: Path
) -> None:
    settings = settings_of(tmp_path / "kept")
    few = [job_of(paper) for paper in papers[: LEAST - 1]]
    several = [job_of(*papers)] * LEAST
    assert ahead_in(tmp_path).read([*few, *several], settings) == 0
    assert not kept_in(tmp_path / "kept")


def test_nothing_of_a_secret_or_broken_paper_is_kept(papers: list[Path], tmp_path: Path) -> None:
    secret = word_file(tmp_path / "密市.docx", "机密★10年")
    broken = tmp_path / "坏市.docx"
    broken.write_bytes(papers[0].read_bytes()[:900])
    gone = job_of(tmp_path / "无市.docx")
    jobs = [job_of(paper) for paper in (secret, broken, *papers)]
    assert ahead_in(tmp_path).read([gone, *jobs], settings_of(tmp_path / "kept")) == len(papers)


def test_one_worker_of_a_machine_reads_ahead_at_a_time(papers: list[Path], tmp_path: Path) -> None:
    with FileLock(tmp_path / "lock"):
        read = ahead_in(tmp_path).read([job_of(p) for p in papers], settings_of(tmp_path / "kept"))
    assert read == 0


def test_papers_that_cannot_be_kept_are_read_ahead_once(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    secrets = [word_file(tmp_path / f"密{n}市.docx", f"机密★{n + 1}年") for n in range(LEAST)]
    jobs, read = [job_of(paper) for paper in secrets], Counter[str]()
    reading = ReadingPool.read

    def counted(pool: ReadingPool, data: bytes, name: str, **options: Any) -> Content:
        read[name] += not options.get("own")
        return reading(pool, data, name, **options)

    monkeypatch.setattr(ReadingPool, "read", counted)
    ahead, settings = ahead_in(tmp_path), settings_of(tmp_path / "kept")
    assert [ahead.read(jobs, settings) for _ in range(3)] == [0, 0, 0]
    assert sorted(read.values()) == [1] * LEAST


class Faulty(KeptContents):
    """What is kept, with a fault of the program in it."""

    def has(self, key: str) -> bool:
        raise ZeroDivisionError(key)


def test_a_fault_in_the_papers_of_others_is_not_this_citys(
    papers: list[Path], tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.WARNING, "auditor.archive.ahead")  # a command may have silenced it
    settings = Settings(kept=Faulty(tmp_path / "kept"), processes=1)
    assert ahead_in(tmp_path).read([job_of(paper) for paper in papers], settings) == 0
    assert "reading ahead ended early" in caplog.text and "ZeroDivisionError" in caplog.text

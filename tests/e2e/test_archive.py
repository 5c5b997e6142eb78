"""A small archive from its papers to its summary, with the real pipeline.

What does not need processes of its own runs in the test's, where the parts can be watched.
"""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
import time
import uuid
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import pytest

from auditor.archive.engines import Told, Word
from auditor.archive.passing import Means, ask_for, begin, plan_of
from auditor.archive.planning import Standing
from auditor.archive.request import ArchiveRequest
from auditor.choice import Choice
from auditor.cli.run_command import execute
from auditor.core.jobs import JobState
from auditor.store.jobs.opening import DATABASE_FILE, open_jobs
from auditor.store.run_folder import read_json
from tests.e2e.conftest import auditor, lines
from tests.inline_engine import InlineEngine
from tests.recorded import reply_to
from tests.toy_archive import published
from tests.unit.judge.scripts import Echo

pytestmark = [pytest.mark.model, pytest.mark.slow]
CITIES = ("临甲市", "临乙市", "临丙市")
ONLY = "8.2.4"
SCREEN = Choice("", "", judge="screen", only=ONLY)
HOSTED = Choice("", "", judge="openai:m", only=ONLY, public=True)
PATIENCE_S = 900


def report(city: str, number: int) -> str:
    return (
        f"{city}2024年政府工作报告\n一、2023年工作回顾\n"
        f"全市建成城市运行管理中心，接入{20 + number}个部门数据，数据共享率达到{60 + number}%。"
        f"建成城市算力调度平台，印发《{city}公共数据管理办法》。\n"
        "二、2024年工作安排\n计划建设城市智能中枢，推进一网统管。\n"
    )


def further(city: str) -> str:
    return (
        f"{city}网络和数据安全工作总结\n一、主要工作\n"
        f"{city}已建立数据安全管理制度，印发数据分类分级指南，全市开展数据安全应急演练。\n"
        f"编号 {uuid.uuid4()}\n"  # never read before by this user, whose cache is used
    )


@dataclass
class Heard:
    """A view that only remembers."""

    told: list[Told] = field(default_factory=list)

    def hear(self, told: Told) -> None:
        self.told.append(told)

    def tick(self) -> None:
        pass


@dataclass(frozen=True)
class Passed:
    """A pass that is over: how its cities stood before, and its summary."""

    standings: Mapping[str, Standing]
    summary: Mapping[str, Any]
    told: list[Told]

    def city(self, name: str) -> Mapping[str, Any]:
        """The row of a city."""
        row: Mapping[str, Any] = next(r for r in self.summary["cities"] if r["key"] == name)
        return row


def one_pass(papers: Path, out: Path, choice: Choice, database: str | None = None) -> Passed:
    """Plan and work with one worker in this process."""
    asked = ArchiveRequest(str(papers), choice, on_server=database is not None)
    archive = ask_for(out, asked, Means(InlineEngine, database, workers=1))
    plan, view = plan_of(archive), Heard()
    summary = begin(archive, plan, view)
    return Passed({c.job.subject: c.standing for c in plan.cities}, summary, view.told)


@pytest.fixture(scope="module")
def papers(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An archive of three invented cities."""
    folder = tmp_path_factory.mktemp("archive") / "in"
    for number, city in enumerate(CITIES):
        (folder / city).mkdir(parents=True)
        (folder / city / "报告.txt").write_text(report(city, number), encoding="utf-8")
    return folder


@pytest.fixture(scope="module")
def first(papers: Path) -> Path:
    """The output folder of a first pass with ``screen``."""
    out = papers.parent / "out"
    passed = one_pass(papers, out, SCREEN)
    assert passed.summary["counts"]["done"] == 3 and passed.summary["rescored"] == 0
    return out


def copied(first: Path, tmp_path: Path) -> Path:
    """The first pass's output, to go on with apart."""
    out = tmp_path / "out"
    shutil.copytree(first, out)
    return out


def bytes_of(folder: Path) -> dict[str, bytes]:
    """The files of a run folder, but for the private ones."""
    files = (path for path in folder.rglob("*") if path.is_file())
    named = {path.relative_to(folder).as_posix(): path.read_bytes() for path in files}
    return {name: data for name, data in named.items() if not name.startswith(".state/")}


def test_a_citys_folder_has_the_bytes_of_a_run_of_its_own(
    papers: Path, first: Path, tmp_path: Path
) -> None:
    city = CITIES[1]
    choice = replace(SCREEN, dossier=str(papers / city), city=city)
    execute(choice, tmp_path / "alone", as_json=True, lang="zh")
    assert bytes_of(first / "cities" / city) == bytes_of(tmp_path / "alone")


def test_two_worker_processes_leave_the_same_bytes(
    papers: Path, first: Path, tmp_path: Path
) -> None:
    done = auditor(
        "batch", papers, "-o", tmp_path / "two", "--judge", "screen", "--only", ONLY,
        "--workers", "2", "--yes",
    )  # fmt: skip
    assert done.code == 0, done.err
    assert "完成 done 3" in done.out and published(tmp_path / "two") == published(first)


def test_an_unchanged_archive_is_left_alone(papers: Path, first: Path, tmp_path: Path) -> None:
    out = copied(first, tmp_path)
    passed = one_pass(papers, out, SCREEN)
    assert set(passed.standings.values()) == {Standing.UNCHANGED} and passed.told == []
    assert published(out) == published(first)


def test_another_rule_is_scored_without_any_model_to_the_bytes_of_a_whole_audit(
    papers: Path, first: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    out, literal = copied(first, tmp_path), replace(SCREEN, profile="literal")
    fresh = one_pass(papers, tmp_path / "fresh", literal)
    assert fresh.summary["counts"]["done"] == 3
    (out / "cities" / CITIES[0] / "events.jsonl").write_text("", encoding="utf-8")
    monkeypatch.setattr("auditor.archive.city.build_common", _loaded)
    passed = one_pass(papers, out, literal)
    assert set(passed.standings.values()) == {Standing.RESCORED}
    assert passed.summary["rescored"] == 3 and passed.summary["counts"]["done"] == 3
    counts = passed.city(CITIES[1])["counts"]
    assert counts["features_rescored"] == passed.city(CITIES[1])["features"] > 0
    assert sum(counts.values()) == counts["features_rescored"]
    assert published(out) == published(tmp_path / "fresh") != published(first)
    assert [path.name for path in (out / "earlier").iterdir()] == [f"{CITIES[0]}~1"]
    back = one_pass(papers, out, SCREEN)
    assert back.summary["rescored"] == 3 and published(out) == published(first)


def _loaded(*_: Any) -> Any:
    raise AssertionError("a model was loaded")


@pytest.fixture
def asked(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The prompts that an endpoint is sent; it answers by the prompt alone."""
    chat = Echo(reply=reply_to, sent=[])
    monkeypatch.setattr("auditor.judge.hosted.open_chat", lambda *_: chat)
    return chat.sent


def shown(out: Path, city: str) -> dict[str, Any]:
    """What was shown for each feature."""
    return {r["feature_id"]: r["passages"] for r in lines(out / "cities" / city / "search.jsonl")}


def test_a_new_paper_is_read_alone_and_only_what_it_touches_is_asked(
    papers: Path, tmp_path: Path, asked: list[str]
) -> None:
    own, city = tmp_path / "in", CITIES[0]
    shutil.copytree(papers / city, own / city)
    out = tmp_path / "out"
    one_pass(own, out, HOSTED)
    before, calls = shown(out, city), len(asked)
    assert calls > 0
    (own / city / "总结.txt").write_text(further(city), encoding="utf-8")
    passed = one_pass(own, out, HOSTED)
    row, now = passed.city(city), shown(out, city)
    assert passed.standings == {city: Standing.CHANGED}
    assert row["counts"]["files_read"] == 1 and row["counts"]["files_known"] == 1
    touched = {feature_id for feature_id in now if now[feature_id] != before[feature_id]}
    judged = {f for facts in row["why"].values() for f in facts["features"]}
    assert judged and judged <= touched and row["counts"]["features_judged"] == len(judged)
    assert row["why"]["new_document"]["documents"] == ["总结.txt"]
    assert row["counts"]["features_kept"] == len(now) - len(judged)
    again = len(asked)
    assert again > calls
    assert set(one_pass(own, out, HOSTED).standings.values()) == {Standing.UNCHANGED}
    assert len(asked) == again


def test_one_bad_city_is_told_with_its_file_and_the_remedy(papers: Path, tmp_path: Path) -> None:
    own = tmp_path / "in"
    shutil.copytree(papers / CITIES[0], own / CITIES[0])
    for city in ("坏市", CITIES[0]):
        (own / city).mkdir(exist_ok=True)
        (own / city / "坏.pdf").write_bytes(b"%PDF-1.4\nnothing")
    (own / "空市").mkdir()
    done = auditor(
        "batch", own, "-o", tmp_path / "out", "--judge", "none", "--only", ONLY, "--yes",
        "--workers", "1",
    )  # fmt: skip
    assert done.code == 1, done.err
    end = done.out[done.out.rindex("完成 done 1") :]
    for said in ("失败 failed 1", "坏市", "坏.pdf", "请放入", "auditor jobs retry"):
        assert said in end, done.out
    assert f"{CITIES[0]}　坏.pdf" in end and "空市" in done.out
    page = (tmp_path / "out/summary.html").read_text(encoding="utf-8")
    assert page.index("坏市") < page.index(CITIES[0]) and "坏.pdf" in page


def until(true: Callable[[], bool]) -> None:
    deadline = time.monotonic() + PATIENCE_S
    while not true():
        assert time.monotonic() < deadline
        time.sleep(0.1)


@pytest.fixture
def running(papers: Path, tmp_path: Path) -> Iterator[subprocess.Popen[str]]:
    """A pass in a process of its own, in which a city has been begun."""
    out = tmp_path / "out"
    command = [
        sys.executable, "-m", "auditor.cli.main", "batch", str(papers), "-o", str(out), "--judge",
        "screen", "--only", ONLY, "--workers", "1", "--yes",
    ]  # fmt: skip
    quiet = {**os.environ, "COLUMNS": "160", "NO_COLOR": "1"}
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, env=quiet) as process:
        until(lambda: process.poll() is not None or is_begun(out))
        yield process
        process.kill()


def is_begun(out: Path) -> bool:
    """Whether a worker of the archive holds a job."""
    if not (out / DATABASE_FILE).is_file():
        return False
    store = open_jobs(out, read_json(out / "archive.json")["id"])
    try:
        return store.counts()[JobState.LEASED] > 0
    finally:
        store.close()


def test_a_pass_that_is_interrupted_is_gone_on_with(
    first: Path, tmp_path: Path, running: subprocess.Popen[str]
) -> None:
    running.send_signal(signal.SIGINT)
    said, _ = running.communicate(timeout=PATIENCE_S)
    out = tmp_path / "out"
    assert running.returncode == 130 and f"auditor jobs resume {out}" in said
    counts = read_json(out / "summary.json")["counts"]
    assert counts["leased"] == counts["failed"] == 0 and counts["waiting"] >= 1
    done = auditor("jobs", "resume", out, "--workers", "1")
    assert done.code == 0, done.err
    assert published(out) == published(first)


def test_jobs_on_postgresql_leave_the_same_bytes(
    papers: Path, first: Path, tmp_path: Path, postgres_url: str
) -> None:
    out = tmp_path / "out"
    passed = one_pass(papers, out, SCREEN, postgres_url)
    assert passed.summary["counts"]["done"] == 3
    assert [told.subject for told in passed.told if told.word is Word.DONE] == sorted(CITIES)
    assert published(out) == published(first) and not (out / DATABASE_FILE).exists()
    assert postgres_url not in (out / "archive.json").read_text(encoding="utf-8")
    again = one_pass(papers, out, SCREEN, postgres_url)
    assert set(again.standings.values()) == {Standing.UNCHANGED}

"""A result is taken only for the papers and corrections that its key is made of."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from auditor.archive.city import CityAuditor, open_auditor
from auditor.archive.engines import Order, Told
from auditor.archive.passing import Archive, Means, ask_for, begin, plan_of, resume, retry
from auditor.archive.planning import Standing
from auditor.archive.request import ArchiveRequest
from auditor.choice import Choice
from tests.inline_engine import InlineEngine
from tests.toy_embedder import ToyEmbedder

CITY = "临澜市"
PAPER = "临澜市政府工作报告\n一、2023年工作回顾\n建成城市运行管理中心，接入部门系统86个。\n"


def open_with_toy_vectors(order: Order, say: Callable[[str], None]) -> CityAuditor:
    """The real audit, whose vectors come from no model."""
    return open_auditor(replace(order, embedder=ToyEmbedder()), say)


class Blind:
    """A view that sees nothing."""

    def hear(self, told: Told) -> None:
        pass

    def tick(self) -> None:
        pass


@pytest.fixture
def papers(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The folder of an archive that holds nothing yet."""
    monkeypatch.setenv("AUDITOR_CACHE", str(tmp_path / "cache"))
    folder = tmp_path / "in"
    folder.mkdir()
    return folder


def put(file: Path, text: str = PAPER) -> Path:
    """Write a paper as an editor saves it: the new file takes the place of the old one."""
    file.parent.mkdir(parents=True, exist_ok=True)
    draft = file.with_name(f".{file.name}")
    draft.write_text(text, encoding="utf-8")
    return draft.replace(file)


def archive_of(papers: Path, corrections: Path | None = None) -> Archive:
    choice = Choice("", "", judge="none", only="8.2.4.1")
    asked = ArchiveRequest(str(papers), choice, corrections=str(corrections or "") or None)
    means = Means(InlineEngine, workers=1, opener=open_with_toy_vectors)
    return ask_for(papers.parent / "out", asked, means)


def row_of(summary: Mapping[str, Any]) -> tuple[str, str]:
    (row,) = summary["cities"]
    return row["state"], row["error"]


def test_a_paper_that_came_while_the_city_waited_is_not_read_under_the_old_key(
    papers: Path,
) -> None:
    put(papers / CITY / "a.txt")
    archive = archive_of(papers)
    plan = plan_of(archive)
    late = put(papers / CITY / "b.txt", PAPER + "二、数据\n")
    state, error = row_of(begin(archive, plan, Blind()))
    assert state == "failed" and "changed meanwhile" in error
    late.unlink()
    assert retry(archive) == 1
    assert row_of(resume(archive, Blind())) == ("done", "")
    assert plan_of(archive).count(Standing.UNCHANGED) == 1


def test_a_scattered_paper_that_was_put_right_is_read_as_it_is_now(papers: Path) -> None:
    paper = put(papers / f"{CITY}_a.txt")
    put(papers / f"{CITY}_b.txt", PAPER + "二、数据\n")
    archive = archive_of(papers)
    plan = plan_of(archive)
    put(paper, PAPER.replace("86", "13"))
    assert row_of(begin(archive, plan, Blind()))[0] == "failed"
    put(paper)
    assert retry(archive) == 1
    assert row_of(resume(archive, Blind())) == ("done", "")
    (kept,) = (archive.out / "dossiers").rglob(f"{CITY}_a.txt")
    assert kept.read_text("utf-8") == PAPER
    assert "86" in (archive.out / "cities" / CITY / "documents.jsonl").read_text("utf-8")


def test_corrections_that_were_changed_after_the_plan_are_not_taken_for_the_old_ones(
    papers: Path, tmp_path: Path
) -> None:
    put(papers / CITY / "a.txt")
    corrections = tmp_path / "corrections" / f"{CITY}.yaml"
    put(corrections, "a.txt: {issuer: 临澜市人民政府}\n")
    archive = archive_of(papers, corrections.parent)
    plan = plan_of(archive)
    put(corrections, "a.txt: {issuer: 临澜市数据局}\n")
    state, error = row_of(begin(archive, plan, Blind()))
    assert state == "failed" and "changed meanwhile" in error

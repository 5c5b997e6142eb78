"""Whole real cities, with ``screen`` and with the local model: only in ``make check-long``."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest

from tests.e2e.conftest import auditor, lines

pytestmark = [pytest.mark.long, pytest.mark.model]
REPORTS = 20


def assert_sound(out: Path) -> None:
    """No failure, a record and a finding per feature, verbatim quotes, pages where there are."""
    documents = {row["name"]: row for row in lines(out / "documents.jsonl")}
    findings = lines(out / "findings.jsonl")
    assert len(findings) == len(lines(out / "search.jsonl")) == 376
    for row in findings:
        assert "failure" not in row, row
        for citation in row["citations"]:
            document = documents[citation["document"]]
            assert document["text"][citation["start"] : citation["end"]] == citation["quote"]
            assert (citation["page"] is None) == (not document["pages"])
    assert json.loads((out / "score.json").read_text(encoding="utf-8"))["failures"] == 0


def audit(dossier: Path, city: str, out: Path, judge: str) -> None:
    done = auditor("run", dossier, "--city", city, "-o", out, "--judge", judge)
    assert done.code == 0, done.err + done.out
    assert_sound(out)


@pytest.mark.shared
def test_screen_on_every_labelled_city(shared: Path, tmp_path: Path) -> None:
    cities = sorted(f for f in (shared / "gold").iterdir() if (f / "gold.jsonl").is_file())
    assert len(cities) >= 7
    for city in cities:
        audit(city / "documents", city.name, tmp_path / city.name, "screen")


@pytest.mark.shared
def test_screen_on_twenty_work_reports(shared: Path, tmp_path: Path) -> None:
    reports = sorted((shared / "real" / "work-reports-2024").iterdir())[:REPORTS]
    assert len(reports) == REPORTS
    for report in reports:
        dossier = tmp_path / report.stem
        dossier.mkdir()
        shutil.copy(report, dossier / report.name)
        audit(dossier, report.stem.split("_")[0], tmp_path / f"out-{report.stem}", "screen")


@pytest.mark.llm
@pytest.mark.shared
def test_local_on_one_labelled_city(shared: Path, tmp_path: Path) -> None:
    audit(shared / "gold/绍兴市/documents", "绍兴市", tmp_path / "out", "local")


@pytest.mark.llm
def test_local_on_the_sample(root: Path, tmp_path: Path) -> None:
    audit(root / "examples/dossier", "临澜市", tmp_path / "out", "local")

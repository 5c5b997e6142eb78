"""A second edition of the standard, end to end: carry a run over, judge the rest, report."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from auditor.standard import load_standard_folder
from tests.e2e.conftest import auditor, lines
from tests.unit.cli.second_edition import (
    ADDED,
    CHANGED,
    MOVED,
    MOVED_TO,
    REMOVED,
    write_second_edition,
)

pytestmark = [pytest.mark.model, pytest.mark.slow]


@pytest.fixture(scope="module")
def edition(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_second_edition(tmp_path_factory.mktemp("criteria") / "second")


def done(*words: str | Path) -> str:
    finished = auditor(*words)
    assert finished.code == 0, finished.err
    return finished.out


def found(folder: Path) -> dict[str, dict[str, Any]]:
    return {row["feature_id"]: row for row in lines(folder / "findings.jsonl")}


def test_what_a_new_edition_changed_is_judged_and_the_rest_carried(
    sample_run: Path, root: Path, edition: Path, tmp_path: Path
) -> None:
    out = tmp_path / "next"
    done("criteria", "diff", "ctmm-2026-draft", edition, "--carry", sample_run, "-o", out)
    assert found(out)[CHANGED]["failure"]["error"] == "NotJudgedError"
    done("resume", out)
    before, after = found(sample_run), found(out)
    assert list(after) == [f.id for f in load_standard_folder(edition).features]
    assert [row["feature_id"] for row in lines(out / "search.jsonl")] == list(after)
    assert not any(row.get("failure") for row in after.values())
    held = {**before[MOVED], "feature_id": MOVED_TO}
    assert {**after[MOVED_TO], "verdict": None} == {**held, "verdict": None}
    for key, row in before.items():
        if key not in (CHANGED, MOVED, REMOVED):
            assert after[key]["direct_verdict"] == row["direct_verdict"]
            assert after[key]["citations"] == row["citations"]
    whole = tmp_path / "whole"
    done(
        "run", root / "examples/dossier", "--city", "临澜市", "-o", whole,
        "--judge", "screen", "--criteria", edition,
    )  # fmt: skip
    for key in (CHANGED, ADDED):
        assert after[key] == found(whole)[key]
    said = "374 条结论沿用自旧版标准 ctmm-2026-draft 下的审核（由 screen 判断）"
    said += "，2 条按本版判断，0 条尚待判断"
    assert said in done("score", out, "--criteria", edition).replace("\n", "")
    done("report", out, "--criteria", edition, "--format", "html", "--format", "docx")
    assert said in (out / "report.html").read_text("utf-8")
    manifest = json.loads((out / "run.json").read_text("utf-8"))
    assert manifest["standard"]["digest"] == load_standard_folder(edition).digest
    first = (out / "findings.jsonl").read_bytes()
    done("resume", out)
    assert (out / "findings.jsonl").read_bytes() == first


def test_the_rest_is_never_judged_by_nobody(
    sample_run: Path, root: Path, edition: Path, tmp_path: Path
) -> None:
    out = tmp_path / "next"
    done("criteria", "diff", "ctmm-2026-draft", edition, "--carry", sample_run, "-o", out)
    (out / "request.json").unlink()
    finished = auditor(
        "run", root / "examples/dossier", "--city", "临澜市", "-o", out,
        "--judge", "none", "--criteria", edition,
    )  # fmt: skip
    assert finished.code == 2
    assert "No judge for what must be judged" in finished.err
    assert len(found(out)) == 376
    assert not (out / "request.json").exists()

"""A whole sample city through batch files, and the same replies online: the same bytes."""

from __future__ import annotations

import json
import random
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner, Result

from auditor.cli.main import app
from tests.e2e.conftest import lines
from tests.recorded import COMPLETION_TOKENS, PROMPT_TOKENS, error_line, reply_to, response_line
from tests.unit.judge.scripts import Echo

pytestmark = pytest.mark.model
MODEL = "gpt-recorded"


def call(*arguments: str | Path) -> Result:
    return CliRunner().invoke(app, [str(a) for a in arguments])


def searched(root: Path, out: Path, *more: str) -> Path:
    """A run that was searched and not judged."""
    done = call("run", root / "examples/dossier", "--city", "临澜市", "-o", out, *more)
    assert done.exit_code == 0, (done.output, done.exception)
    return out


def export(run: Path, *more: str) -> list[dict[str, Any]]:
    file = run.parent / "requests.jsonl"
    done = call("batch-export", run, "-o", file, *more)
    assert done.exit_code == 0, (done.output, done.exception)
    return lines(file)


def answers(run: Path, rows: Iterable[str]) -> Path:
    file = run.parent / "answers.jsonl"
    file.write_text("\n".join(rows), encoding="utf-8")
    return file


@pytest.fixture
def online(root: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The sample city judged over the wire's port by the recorded model."""
    monkeypatch.setattr("auditor.judge.hosted.open_chat", lambda *_: Echo(reply=reply_to, sent=[]))
    return searched(root, tmp_path / "online", "--public", "--judge", f"openai:{MODEL}")


def test_a_city_judged_by_batch_files_has_the_bytes_of_the_online_run(
    root: Path, tmp_path: Path, online: Path
) -> None:
    run = searched(root, tmp_path / "batch", "--judge", "none")
    refused = call("batch-export", run, "-o", tmp_path / "q.jsonl", "--model", MODEL)
    assert "not public" in str(refused.exception)
    rows = export(run, "--model", MODEL, "--public")
    assert len(rows) == 39

    part = [error_line(row) if _late(row) else response_line(row) for row in rows]
    random.Random(1).shuffle(part)
    done = call("batch-import", run, answers(run, part))
    late = sum(map(_late, rows))
    assert late and done.exit_code == 1 and f"batch_expired {late}" in done.output
    failed = [row for row in lines(run / "findings.jsonl") if "failure" in row]
    assert failed and {row["failure"]["error"] for row in failed} == {"MissingReplyError"}
    standing = json.loads((run / "run.json").read_text("utf-8"))["batch"]
    assert (standing["missing"], standing["answered"]) == (late, 39 - late)

    again = export(run, "--remaining")
    assert len(again) == late + standing["invalid"] and standing["invalid"]
    file = answers(run, map(response_line, again))
    done = call("batch-import", run, file, file)
    assert done.exit_code == 0, (done.output, done.exception)
    for name in ("documents.jsonl", "search.jsonl", "findings.jsonl", "score.json"):
        assert (run / name).read_bytes() == (online / name).read_bytes(), name
    _same_account(run, online, 39 + standing["invalid"])


def _late(row: dict[str, Any]) -> bool:
    """Requests whose answers come in the second file: some of those that are answered well."""
    return "对不起" not in response_line(row) and row["custom_id"] > "8.4"


def _same_account(run: Path, online: Path, calls: int) -> None:
    """Both manifests say the same of model, usage and opening; the batch names its own host."""
    one, two = (json.loads((f / "run.json").read_text("utf-8")) for f in (run, online))
    usage = {
        "calls": calls,
        "prompt_tokens": PROMPT_TOKENS * calls,
        "completion_tokens": COMPLETION_TOKENS * calls,
        "unmetered": 0,
    }
    assert one["usage"] == usage and two["usage"]["calls"] == calls
    assert one["batch"]["missing"] == one["batch"]["invalid"] == one["batch"]["unused"] == 0
    assert one["judge"]["name"] == two["judge"]["name"] == f"openai:{MODEL}"
    assert one["judge"]["prompts"] == two["judge"]["prompts"]
    assert one["disclosure"]["public"] is True
    assert one["sent"]["endpoints"][0]["host"] == "batch:openai"
    one_shown, two_shown = (m["sent"]["endpoints"][0]["documents"] for m in (one, two))
    assert one_shown == two_shown


def test_only_a_run_without_judge_can_be_exported(sample_run: Path, tmp_path: Path) -> None:
    done = call(
        "batch-export", sample_run, "-o", tmp_path / "q.jsonl", "--model", MODEL, "--public"
    )
    assert "was judged by screen" in str(done.exception)
    done = call("batch-import", sample_run, tmp_path / "none.jsonl")
    assert "Nothing was exported" in str(done.exception)
    done = call("batch-export", sample_run, "-o", tmp_path / "q.jsonl", "--remaining")
    assert "Nothing was exported" in str(done.exception)
    assert not (tmp_path / "q.jsonl").exists() and not (sample_run / "batch.json").exists()

"""A whole sample city through batch files, and the same replies online: the same bytes."""

from __future__ import annotations

import json
import random
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import pytest

from auditor.choice import Choice
from auditor.cli.run_command import execute
from tests.e2e.conftest import auditor, lines
from tests.recorded import COMPLETION_TOKENS, PROMPT_TOKENS, error_line, reply_to, response_line
from tests.unit.judge.scripts import Echo

pytestmark = pytest.mark.model
MODEL = "gpt-recorded"


def export(run: Path, *more: str) -> list[dict[str, Any]]:
    file = run.parent / "requests.jsonl"
    done = auditor("batch-export", run, "-o", file, *more)
    assert done.code == 0, done.err
    return lines(file)


def answers(run: Path, rows: Iterable[str]) -> Path:
    file = run.parent / "answers.jsonl"
    file.write_text("\n".join(rows), encoding="utf-8")
    return file


@pytest.fixture
def online(root: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The sample city judged by the recorded model in the place of a chat endpoint."""
    monkeypatch.setattr("auditor.judge.hosted.open_chat", lambda *_: Echo(reply=reply_to, sent=[]))
    dossier = str((root / "examples/dossier").resolve())
    choice = Choice(dossier, "临澜市", f"openai:{MODEL}", public=True)
    execute(choice, tmp_path / "online", as_json=True, lang="zh")
    return tmp_path / "online"


def test_a_city_judged_by_batch_files_has_the_bytes_of_the_online_run(
    root: Path, tmp_path: Path, online: Path
) -> None:
    run, dossier = tmp_path / "batch", root / "examples/dossier"
    done = auditor("run", dossier, "--city", "临澜市", "-o", run, "--judge", "none")
    assert done.code == 0, done.err
    refused = auditor("batch-export", run, "-o", tmp_path / "q.jsonl", "--model", MODEL)
    assert refused.code == 2 and "not public" in refused.err
    rows = export(run, "--model", MODEL, "--public")
    assert len(rows) == 39

    part = [error_line(row) if _late(row) else response_line(row) for row in rows]
    random.Random(1).shuffle(part)
    done = auditor("batch-import", run, answers(run, part))
    late = sum(map(_late, rows))
    assert late and done.code == 1 and f"batch_expired {late}" in done.out, done.err
    failed = [row for row in lines(run / "findings.jsonl") if "failure" in row]
    assert failed and {row["failure"]["error"] for row in failed} == {"MissingReplyError"}
    standing = json.loads((run / "run.json").read_text("utf-8"))["batch"]
    assert (standing["missing"], standing["answered"]) == (late, 39 - late)

    again = export(run, "--remaining")
    assert len(again) == late + standing["invalid"] and standing["invalid"]
    file = answers(run, map(response_line, again))
    done = auditor("batch-import", run, file, file)
    assert done.code == 0, done.err
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
    out = tmp_path / "q.jsonl"
    for arguments, said in (
        (("batch-export", sample_run, "-o", out, "--model", MODEL, "--public"), "was judged by"),
        (("batch-export", sample_run, "-o", out, "--remaining"), "Nothing was exported"),
        (("batch-import", sample_run, out), "Nothing was exported"),
    ):
        done = auditor(*arguments)
        assert done.code == 3 and said in done.err
    assert not out.exists() and not (sample_run / "batch.json").exists()

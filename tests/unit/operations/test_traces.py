"""Stages leave spans where traces are configured, and nothing at all where they are not."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

from auditor.core.errors import MissingExtraError
from auditor.operations.context import bound
from auditor.operations.stages import stage, whole_run
from auditor.operations.traces import span, tracing

WITHOUT = """
import sys
for name in ("opentelemetry", "prometheus_client"):
    sys.modules[name] = None
from auditor.core.errors import MissingExtraError
from auditor.operations import metrics
from auditor.operations.exposing import serving_metrics
from auditor.operations.stages import stage, whole_run
from auditor.operations.traces import tracing
with whole_run(), stage("search"):
    metrics.judged("screen", judged=1)
for asked in (tracing("otlp"), serving_metrics(0)):
    try:
        with asked:
            print("on")
    except MissingExtraError as error:
        print(error.extra)
"""


def test_spans_of_an_audit_lie_in_one_another_and_say_what_they_are_about(tmp_path: Path) -> None:
    file = tmp_path / "deep" / "spans.jsonl"
    with tracing(str(file)):
        with (
            bound(run="r1", city="云岭市"),
            whole_run(),
            stage("judge"),
            bound(feature="8.2.4.1"),
            span("model call"),
        ):
            pass
        with pytest.raises(RuntimeError), stage("search"):
            raise RuntimeError("broken")
    spans = {row["name"]: row for row in map(json.loads, file.read_text("utf-8").splitlines())}
    assert list(spans) == ["model call", "stage judge", "audit", "stage search"]
    inner, outer, whole = spans["model call"], spans["stage judge"], spans["audit"]
    assert inner["parent_id"] == outer["context"]["span_id"]
    assert outer["parent_id"] == whole["context"]["span_id"] and whole["parent_id"] is None
    assert inner["attributes"]["auditor.feature"] == "8.2.4.1"
    assert whole["attributes"] == {"auditor.run": "r1", "auditor.city": "云岭市"}
    assert spans["stage search"]["status"]["status_code"] == "ERROR"


def test_without_a_place_to_go_there_are_no_spans(tmp_path: Path) -> None:
    with span("anything") as made:
        assert made is None
    with tracing(str(tmp_path / "s.jsonl")):
        pass
    with span("after") as made:
        assert made is None


def test_libraries_that_trace_do_not_come_into_ours(tmp_path: Path) -> None:
    from opentelemetry import trace

    file = tmp_path / "spans.jsonl"
    with tracing(str(file)), trace.get_tracer("chromadb").start_as_current_span("theirs"):
        pass
    assert file.read_text(encoding="utf-8") == ""


def test_without_the_extra_work_goes_on_and_what_was_asked_for_is_refused() -> None:
    done = subprocess.run(
        [sys.executable, "-c", WITHOUT], capture_output=True, text=True, check=True, timeout=60
    )
    assert done.stdout.split() == ["telemetry", "telemetry"], done.stderr
    assert MissingExtraError("Traces", "telemetry").hint.endswith("[telemetry]'")

"""Numbers are counted in the process, handed over between processes, and shown to Prometheus."""

from __future__ import annotations

import json
import pickle
import socket
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import pytest
from prometheus_client.parser import text_string_to_metric_families

from auditor.core.errors import ConfigurationError
from auditor.operations import exposing, metrics
from auditor.operations.exposing import add_gauge, serving_metrics, writing_metrics
from auditor.operations.handing import handing_over, take_over
from auditor.operations.metrics import METER, REQUEST_SECONDS, Meter

Samples = dict[tuple[str, tuple[tuple[str, str], ...]], float]


@pytest.fixture(autouse=True)
def fresh() -> Iterator[None]:
    """Nothing is counted before a test, and its gauges are gone after it."""
    METER.drain()
    yield
    METER.drain()
    exposing._GAUGES.clear()


def count_a_little() -> None:
    """What a small audit counts."""
    metrics.judged("screen", judged=3, failed=1)
    metrics.kept("screen", 2)
    metrics.called("qwen", 1200, 80)
    metrics.called("qwen", 300, 20)
    metrics.call_failed("qwen")
    metrics.staged("search", 1.5)
    metrics.staged("search", 2.0)
    metrics.ran("done")
    METER.observe(REQUEST_SECONDS, 0.03, route="/login")
    METER.observe(REQUEST_SECONDS, 99.0, route="/login")


def samples(text: str) -> Samples:
    """What a scraper reads."""
    return {
        (sample.name, tuple(sorted(sample.labels.items()))): sample.value
        for family in text_string_to_metric_families(text)
        for sample in family.samples
    }


def require_all(found: Samples) -> None:
    """The little that was counted is there, exactly."""
    screen = ("judge", "screen")
    assert found["auditor_features_total", (screen, ("outcome", "judged"))] == 3
    assert found["auditor_features_total", (screen, ("outcome", "failed"))] == 1
    assert found["auditor_features_total", (screen, ("outcome", "kept"))] == 2
    assert found["auditor_model_tokens_total", (("kind", "input"), ("model", "qwen"))] == 1500
    assert found["auditor_model_tokens_total", (("kind", "output"), ("model", "qwen"))] == 100
    calls = "auditor_model_calls_total"
    assert found[calls, (("model", "qwen"), ("outcome", "answered"))] == 2
    assert found[calls, (("model", "qwen"), ("outcome", "failed"))] == 1
    assert found["auditor_stage_seconds_total", (("stage", "search"),)] == 3.5
    assert found["auditor_stages_total", (("stage", "search"),)] == 2
    assert found["auditor_runs_total", (("outcome", "done"),)] == 1
    bucket, route = "auditor_http_request_seconds_bucket", ("route", "/login")
    assert found[bucket, (("le", "0.025"), route)] == 0
    assert found[bucket, (("le", "0.05"), route)] == 1
    assert found[bucket, (("le", "10.0"), route)] == 1
    assert found[bucket, (("le", "+Inf"), route)] == 2
    assert found["auditor_http_request_seconds_sum", (route,)] == pytest.approx(99.03)


def fetched(port: int) -> str:
    """The page of the numbers."""
    with urllib.request.urlopen(f"http://127.0.0.1:{port}/metrics", timeout=10) as answer:
        return str(answer.read().decode())


def test_a_scraper_reads_what_was_counted_and_the_port_is_closed_at_the_end() -> None:
    count_a_little()
    add_gauge("auditor_audits", "state", "Audits.", lambda: {"waiting": 4.0})
    add_gauge("auditor_broken", "state", "Fails.", lambda: {"x": 1 / 0})
    with serving_metrics(0) as port:
        found = samples(fetched(port))
        require_all(found)
        assert found["auditor_audits", (("state", "waiting"),)] == 4
        assert found["process_resident_memory_bytes", ()] > 0
        assert not [name for name, _ in found if "broken" in name]
        metrics.ran("done")
        assert samples(fetched(port))["auditor_runs_total", (("outcome", "done"),)] == 2
    with pytest.raises(OSError):
        fetched(port)


def test_a_taken_port_is_told_of() -> None:
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        port = other.getsockname()[1]
        with pytest.raises(ConfigurationError, match="metrics port"), serving_metrics(port):
            pass


def test_a_file_is_kept_up_to_date_and_written_at_the_end(tmp_path: Path) -> None:
    file = tmp_path / "deep" / "auditor.prom"
    with writing_metrics(file, every_s=60):
        assert file.is_file()
        count_a_little()
    require_all(samples(file.read_text(encoding="utf-8")))
    assert [path.name for path in file.parent.iterdir()] == ["auditor.prom"]


def test_a_worker_hands_its_numbers_over_once() -> None:
    here = Meter()
    count_a_little()
    given = pickle.loads(pickle.dumps(metrics.drain()))
    assert metrics.drain().counters == ()
    here.absorb(given)
    assert here.counts() == given
    here.absorb(given)
    assert here.counts().counters[0].value == 2 * given.counters[0].value
    assert here.counts().spreads[0].buckets[-1] == 2


def test_a_command_leaves_its_numbers_in_a_file_however_it_ends(tmp_path: Path) -> None:
    file, here = tmp_path / "counts.json", Meter()
    with pytest.raises(KeyboardInterrupt), handing_over(file):
        count_a_little()
        raise KeyboardInterrupt
    assert take_over(file, here) and here.counts() == METER.counts()
    assert not take_over(file, here)
    file.write_text(json.dumps({"counters": [{"name": "x"}], "spreads": []}), encoding="utf-8")
    assert not take_over(file, here) and here.counts() == METER.counts()

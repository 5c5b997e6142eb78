"""A probe of ``doctor --deep`` passes where its part works, else fails with a remedy."""

from __future__ import annotations

import json
import shutil
import threading
from collections.abc import Iterator, Sequence
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any, ClassVar

import numpy as np
import pytest
from rich.console import Console
from typer.testing import CliRunner

from auditor.cli.doctor_deep import show_deep
from auditor.cli.main import app
from auditor.core.errors import AuditorError, EndpointError
from auditor.diagnosis import judging, machine, reading, samples
from auditor.diagnosis.judging import Instruments, ask_endpoint, build_and_query, reference
from auditor.diagnosis.probing import NotHereError, Probe, State, UnwellError, probed
from auditor.search.embedder import Vectors


class Placed:
    """An embedder that puts the stored sentences where their stored cosines say, bent by ``off``.

    Another fingerprint makes it one that was never measured.
    """

    name = "placed"
    dimension = 6

    def __init__(self, fingerprint: str = "", off: float = 0.0, flip: bool = False) -> None:
        stored = reference()
        (known,) = stored["cosines"].items()
        self.fingerprint = fingerprint or known[0]
        grid = np.eye(self.dimension)
        for i, j, cosine in known[1]:
            grid[i, j] = grid[j, i] = cosine
        grid[0, 1] = grid[1, 0] = grid[0, 1] + off
        if flip:
            grid[[1, 2]] = grid[[2, 1]]
            grid[:, [1, 2]] = grid[:, [2, 1]]
        self._rows = np.linalg.cholesky(grid).astype(np.float32)

    def embed_passages(self, texts: Sequence[str]) -> Vectors:
        """The stored sentences alone."""
        assert list(texts) == reference()["texts"]
        return self._rows

    embed_queries = embed_passages


def embedding(embedder: Placed) -> str:
    """What the probe says of an embedder."""
    instruments = Instruments()
    instruments.__dict__["embedder"] = embedder
    return instruments.embed()


def test_an_embedder_is_held_against_the_stored_cosines() -> None:
    assert "15 对余弦" in embedding(Placed())
    with pytest.raises(UnwellError, match=r"相差 0\.0100") as raised:
        embedding(Placed(off=-0.01))
    assert "doctor --prepare" in raised.value.hint


def test_an_embedder_that_was_never_measured_must_tell_like_from_unlike() -> None:
    assert "没有存档可比" in embedding(Placed("other"))
    with pytest.raises(UnwellError, match="不比无关的更近"):
        embedding(Placed("other", flip=True))


def test_the_invented_papers_are_read_word_for_word() -> None:
    assert "都读出" in reading.read_pdf()
    text = reading.read("sample.docx", samples.docx()).text
    assert [s for s in samples.SENTENCES if s not in text] == []


def test_a_reader_that_misreads_is_found(monkeypatch: pytest.MonkeyPatch) -> None:
    wrong = samples.pdf().replace("云".encode("utf-16-be").hex().encode(), b"96e8")
    monkeypatch.setattr(samples, "pdf", lambda: wrong)
    with pytest.raises(UnwellError, match="读错：没有「云岭市"):
        reading.read_pdf()


def test_a_paper_that_is_refused_is_told_with_its_reason(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(samples, "pdf", lambda: b"%PDF-1.4\nnothing")
    with pytest.raises(UnwellError, match="未读出"):
        reading.read_pdf()


def test_missing_optional_parts_are_skipped_with_the_way_to_get_them(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(reading, "ocr_is_installed", lambda: False)
    monkeypatch.setattr(judging, "local_is_installed", lambda: False)
    monkeypatch.delenv("AUDITOR_JUDGE", raising=False)
    works = (reading.read_scan, judging.ask_local, ask_endpoint)
    results = list(probed(Probe("p", work) for work in works))
    assert [r.state for r in results] == [State.SKIPPED] * 3
    assert "[ocr]" in results[0].remedy and "[local]" in results[1].remedy
    assert "没有连接" in results[2].said


def test_chroma_builds_and_finds(monkeypatch: pytest.MonkeyPatch) -> None:
    assert "200" in build_and_query()
    monkeypatch.setattr(judging.VectorIndex, "nearest", lambda _self, rows, _n: [[0]] * len(rows))
    with pytest.raises(UnwellError, match="199"):
        build_and_query()


class _Chat(BaseHTTPRequestHandler):
    """A chat endpoint that says 好, and remembers what it was asked."""

    asked: ClassVar[list[dict[str, Any]]] = []

    def do_POST(self) -> None:
        """Answer a call."""
        size = int(self.headers["content-length"])
        self.asked.append(json.loads(self.rfile.read(size)))
        message = {"role": "assistant", "content": "好"}
        choice = {"index": 0, "message": message, "finish_reason": "stop"}
        row = {"id": "1", "object": "chat.completion", "created": 1, "model": "m"}
        body = json.dumps({**row, "choices": [choice]}).encode()
        self.send_response(200)
        self.send_header("content-type", "application/json")
        self.send_header("content-length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        """Say nothing."""


@pytest.fixture
def endpoint(monkeypatch: pytest.MonkeyPatch) -> Iterator[ThreadingHTTPServer]:
    """A configured endpoint on this machine."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), _Chat)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    monkeypatch.setenv("AUDITOR_JUDGE", "openai:tiny")
    monkeypatch.setenv("AUDITOR_BASE_URL", f"http://127.0.0.1:{server.server_port}/v1")
    yield server
    server.shutdown()
    thread.join()
    server.server_close()


def test_a_configured_endpoint_is_asked_one_word_and_nothing_of_a_dossier(
    endpoint: ThreadingHTTPServer,
) -> None:
    _Chat.asked.clear()
    assert ask_endpoint().endswith("答：好")
    (asked,) = _Chat.asked
    assert [m["content"] for m in asked["messages"]] == ["请只回答一个字：好"]


def test_an_endpoint_that_is_not_there_is_told_of(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AUDITOR_JUDGE", "openai:tiny")
    monkeypatch.setenv("AUDITOR_BASE_URL", "http://127.0.0.1:9/v1")
    with pytest.raises(EndpointError, match="openai:tiny") as raised:
        ask_endpoint()
    assert "--base-url" in raised.value.hint


def test_the_machine_is_told_when_it_is_too_small(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("AUDITOR_CACHE", str(tmp_path / "cache"))
    assert machine.write(None) == "sqlite" and list((tmp_path / "cache").iterdir()) == []
    full = shutil.disk_usage(tmp_path)._replace(free=machine.GB)
    monkeypatch.setattr(machine.shutil, "disk_usage", lambda _folder: full)
    with pytest.raises(UnwellError, match=r"只剩 1\.0 GB"):
        machine.free_disk()
    small = tmp_path / "meminfo"
    small.write_text("MemTotal: 9 kB\nMemAvailable: 1048576 kB\n", encoding="ascii")
    monkeypatch.setattr(machine, "MEMINFO", small)
    with pytest.raises(UnwellError, match=r"只有 1\.0 GB"):
        machine.free_memory()
    monkeypatch.setattr(machine, "MEMINFO", tmp_path / "none")
    with pytest.raises(NotHereError):
        machine.free_memory()
    with pytest.raises(UnwellError, match="没有中文字体"):
        machine.fonts(lambda: False)


def test_a_database_that_does_not_answer_is_told_of(tmp_path: Path) -> None:
    with pytest.raises(AuditorError, match="does not answer"):
        machine.write(f"postgresql://nobody@/none?host={tmp_path}")


def test_whatever_a_part_raises_is_its_own_failure_and_the_rest_is_probed() -> None:
    def broken() -> str:
        raise ZeroDivisionError("[odd]")

    probes = (Probe("a", broken), Probe("b", lambda: "well"))
    console = Console(width=100, record=True)
    assert show_deep(console, iter(probes))
    told = console.export_text()
    assert "ZeroDivisionError: [odd]" in told and "→" in told and "well" in told
    assert not show_deep(Console(quiet=True), iter(probes[1:]))


@pytest.mark.model
@pytest.mark.slow
def test_the_whole_of_it_is_well_here(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(judging, "local_is_installed", lambda: False)
    done = CliRunner().invoke(app, ["doctor", "--deep"], env={"COLUMNS": "200"})
    assert done.exit_code == 0, done.output
    deep = done.output.rpartition("秒 s")[2]
    assert "failed" not in deep and deep.count("ok") >= 9
    assert "8.2.1.4-L1-a" in deep and "不需要" in deep

"""Taking a dossier in: what is kept and never read again."""

from __future__ import annotations

import io
import threading
from pathlib import Path
from typing import Any

import pytest
from PIL import Image

from auditor.core.documents import Document
from auditor.core.errors import BrokenDocumentError
from auditor.ingest import reading, taking
from auditor.ingest.content import Content
from auditor.ingest.isolation import ReadingPool
from auditor.ingest.taking import Source
from auditor.store.run_folder import write_documents
from tests.unit.ingest.taking_samples import PLAIN, needs_office, taken, written, zip_of
from tests.unit.ingest.test_readers import pdf_of, word_of


def test_what_watches_sees_kept_files_too(tmp_path: Path) -> None:
    dossier = written(tmp_path / "材料", {"表.csv": "部门,数量\n公安局,45\n".encode()})
    seen: list[Source] = []
    for _ in range(2):
        taken(dossier, tmp_path / "kept", watch=seen.append)
    assert [s.name for s in seen] == ["表.csv", "表.csv"]
    assert seen[0].data == seen[1].data == (dossier / "表.csv").read_bytes()


def test_results_do_not_depend_on_the_number_of_processes(tmp_path: Path) -> None:
    files = dict(PLAIN)
    for number in range(12):
        files[f"多/{number:02d}.txt"] = f"第{number}份材料，本市建成平台。".encode() * (number + 1)
    dossier = written(tmp_path / "材料", files)
    rows = []
    for processes in (1, 2, 5):
        write_documents(tmp_path / str(processes), *taken(dossier, processes=processes))
        rows.append((tmp_path / str(processes) / "documents.jsonl").read_bytes())
    assert rows[0] == rows[1] == rows[2] and rows[0].count(b"\n") == len(files)
    kept_once = taken(dossier, tmp_path / "kept")
    for outcome in (kept_once, taken(dossier, tmp_path / "kept")):
        write_documents(tmp_path / "again", *outcome)
        assert (tmp_path / "again" / "documents.jsonl").read_bytes() == rows[0]


def test_notes_count_every_file_once(tmp_path: Path) -> None:
    files = PLAIN | {"包.zip": zip_of({"a.txt": b"one", "b.txt": b"two"})}
    dossier = written(tmp_path / "材料", files)
    (dossier / "链接.txt").symlink_to(tmp_path / "x")
    for _ in range(2):
        notes: list[tuple[str, bool]] = []
        lock = threading.Lock()

        def note(name: str, done: bool, notes: list[Any] = notes, lock: Any = lock) -> None:
            with lock:
                notes.append((name, done))

        documents, left_out = taken(dossier, tmp_path / "kept", 2, note=note)
        done = sorted(name for name, finished in notes if finished)
        assert done == sorted(o.name for o in (*documents, *left_out))
    first = [name for name, finished in notes if not finished]
    assert first == []  # nothing is read page by page the second time


def test_a_paper_gives_a_sign_of_life_while_it_is_read(tmp_path: Path) -> None:
    pages = pdf_of(*[[f"第{number}页的内容在这里。"] for number in range(4)])
    notes: list[tuple[str, bool]] = []
    taken(written(tmp_path, {"a.pdf": pages}), note=lambda name, done: notes.append((name, done)))
    assert notes[-1] == ("a.pdf", True)
    assert ("a.pdf 0/4", False) in notes


def test_without_libreoffice_the_reason_names_the_remedy(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(taking, "find_office", lambda: None)
    old = rb"{\rtf1\ansi Governance of data.\par}"
    dossier = written(tmp_path, {"旧.doc": old, "新.docx": word_of("# 总结", "一段。")})
    documents, left_out = taken(dossier)
    (refused,) = left_out
    assert (refused.name, refused.code) == ("旧.doc", "unsupported")
    assert "LibreOffice" in refused.reason and "install" in refused.hint
    (read,) = documents
    assert "一段。" in read.text and not read.pages
    assert any("LibreOffice" in w and "install" in w for w in read.warnings)


@needs_office
@pytest.mark.slow
def test_old_and_new_word_files_get_pages_by_conversion(tmp_path: Path, reads: list[str]) -> None:
    word = word_of("# 工作总结", "本市建成城市大脑，接入部门45个。")
    files = {"旧.doc": rb"{\rtf1\ansi Governance of data.\par}", "新.docx": word, "同.docx": word}
    documents, left_out = taken(written(tmp_path / "材料", files), tmp_path / "kept")
    assert not left_out
    for document in documents:
        assert document.paged_by == "conversion" and document.pages and document.layout
    assert sorted(reads) == ["同.docx", "同.docx", "旧.doc", "旧.doc"]  # the file, then its pages
    reads.clear()
    assert taken(tmp_path / "材料", tmp_path / "kept")[0] == documents and reads == []


def test_an_error_of_our_own_ends_the_intake_and_its_processes(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    closed: list[bool] = []
    close = ReadingPool.close
    monkeypatch.setattr(ReadingPool, "close", lambda self: (closed.append(True), close(self)))

    def broken(*_: Any) -> Document:
        raise ZeroDivisionError

    monkeypatch.setattr(taking, "describe", broken)
    with pytest.raises(ZeroDivisionError):
        taken(written(tmp_path, PLAIN), processes=2)
    assert closed


def test_an_empty_folder_and_an_empty_archive(tmp_path: Path) -> None:
    (tmp_path / "空").mkdir()
    assert taken(tmp_path / "空") == ((), ())
    (tmp_path / "空.zip").write_bytes(zip_of({}))
    documents, (refused,) = taken(tmp_path / "空.zip")
    assert documents == () and refused.name == "空.zip" and refused.hint


def test_an_empty_picture_is_refused_with_a_reason(tmp_path: Path) -> None:
    buffer = io.BytesIO()
    Image.new("L", (40, 40), 255).save(buffer, "PNG")
    _, (refused,) = taken(written(tmp_path, {"图.png": buffer.getvalue()}))
    assert refused.code in {"empty", "unsupported"} and refused.reason and refused.hint


def test_a_text_longer_than_any_paper_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(reading, "MAX_CHARACTERS", 20_000)
    assert reading.read_content("数据".encode() * 9_999, "a.txt").text
    with pytest.raises(BrokenDocumentError, match="2 万字") as caught:
        reading.read_content("数据".encode() * 10_001, "a.txt")
    assert caught.value.hint


def test_a_failure_of_a_library_is_one_short_line(monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(data: bytes, name: str) -> Content:
        raise RuntimeError("Traceback\n  File x\n" * 100)

    monkeypatch.setattr(reading, "READERS", {"txt": broken})
    with pytest.raises(BrokenDocumentError) as caught:
        reading.read_content(b"x", "a.txt")
    assert "RuntimeError" in caught.value.reason and len(caught.value.reason) < 250
    assert "\n" not in caught.value.reason


def test_an_engine_without_memory_is_a_matter_of_memory(monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(data: bytes, name: str) -> Content:
        raise RuntimeError("node failed: std::bad_alloc")

    monkeypatch.setattr(reading, "READERS", {"txt": broken})
    with pytest.raises(MemoryError):
        reading.read_content(b"x", "a.txt")


def test_an_error_names_each_of_two_files_with_the_same_content(tmp_path: Path) -> None:
    dossier = written(tmp_path, {"x.pdf": b"%PDF-1.7 no", "y.pdf": b"%PDF-1.7 no"})
    _, left_out = taken(dossier, processes=2)
    assert [o.name for o in left_out] == ["x.pdf", "y.pdf"]
    assert "x.pdf" not in left_out[1].reason

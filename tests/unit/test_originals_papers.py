"""The conversion that the intake made of a Word file is what its pages are drawn from."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import docx
import pytest

from auditor import originals as originals_module
from auditor.core.documents import Document
from auditor.core.errors import MissingOriginalError
from auditor.ingest import kept as kept_module
from auditor.ingest.isolation import Limits
from auditor.ingest.kept import KeptContents, KeptPapers
from auditor.ingest.pictures import PicturePool
from auditor.ingest.taking import Settings, take_in
from auditor.originals import Originals
from auditor.store.run_folder import write_documents
from tests.unit.ingest.taking_samples import MARKER, kept_files, needs_office, written
from tests.unit.ingest.test_positions import word_paper
from tests.unit.ingest.test_readers import pdf_of, word_of

SHA256 = hashlib.sha256(b"a file").hexdigest()
LAYOUT = bytes(range(8))
PAPER = pdf_of(["临澜市工作总结"])


@pytest.fixture(scope="module")
def pool() -> Iterator[PicturePool]:
    made = PicturePool(1)
    yield made
    made.close()


def taken_with(dossier: Path, cache: Path | None) -> tuple[Document, ...]:
    papers = KeptPapers(None) if cache is None else KeptPapers.in_cache(cache)
    kept = KeptContents(None if cache is None else cache / "contents")
    return take_in(dossier, Settings(kept, 1, Limits(page_s=60), papers))[0]


def counting(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The names of the files that are converted for the sake of a picture."""
    conversions: list[str] = []
    really = originals_module.printed

    def counted(data: bytes, name: str, kind: str) -> bytes:
        conversions.append(name)
        return really(data, name, kind)

    monkeypatch.setattr(originals_module, "printed", counted)
    return conversions


def test_a_paper_comes_back_for_its_file_and_boxes_alone(tmp_path: Path) -> None:
    papers = KeptPapers(tmp_path)
    papers.put(SHA256, LAYOUT, PAPER)
    assert KeptPapers(tmp_path).get(SHA256, LAYOUT) == PAPER
    assert papers.get(SHA256, LAYOUT[::-1]) is None
    assert papers.get(hashlib.sha256(b"another").hexdigest(), LAYOUT) is None
    (file,) = kept_files(tmp_path)
    assert file.stat().st_mode & 0o777 == 0o600


def test_what_has_no_boxes_or_is_too_large_is_not_kept(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    papers = KeptPapers(tmp_path)
    papers.put(SHA256, b"", PAPER)
    monkeypatch.setattr(kept_module, "MAX_PAPER_BYTES", len(PAPER) - 1)
    papers.put(SHA256, LAYOUT, PAPER)
    assert kept_files(tmp_path) == []
    nowhere = KeptPapers(None)
    nowhere.put(SHA256, LAYOUT, PAPER)
    assert nowhere.get(SHA256, LAYOUT) is None


def test_a_paper_that_was_cut_short_is_as_none(tmp_path: Path) -> None:
    papers = KeptPapers(tmp_path)
    papers.put(SHA256, LAYOUT, PAPER)
    (file,) = kept_files(tmp_path)
    for cut in (b"", PAPER[: len(PAPER) // 2]):
        file.write_bytes(cut)
        assert papers.get(SHA256, LAYOUT) is None


def test_a_folder_that_cannot_be_written_keeps_nothing_and_stops_nobody(tmp_path: Path) -> None:
    (tmp_path / "file").write_bytes(b"no folder")
    papers = KeptPapers(tmp_path / "file")
    papers.put(SHA256, LAYOUT, PAPER)
    assert papers.get(SHA256, LAYOUT) is None


def test_the_oldest_papers_go_where_they_take_too_much(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(kept_module, "SWEEP_EVERY", 1)
    papers = KeptPapers(tmp_path, most_bytes=4 * len(PAPER))
    for number in range(6):
        before = set(kept_files(tmp_path))
        papers.put(SHA256, bytes([number]) * 8, PAPER)
        for file in set(kept_files(tmp_path)) - before:
            os.utime(file, (1000 + number, 1000 + number))
    assert papers.get(SHA256, bytes([0]) * 8) is None
    assert sum(file.stat().st_size for file in kept_files(tmp_path)) <= 4 * len(PAPER)


@needs_office
@pytest.mark.slow
def test_the_first_picture_of_a_word_file_needs_no_second_conversion(
    tmp_path: Path, pool: PicturePool, monkeypatch: pytest.MonkeyPatch
) -> None:
    files = {"总结.docx": word_paper(3), "旧.doc": rb"{\rtf1\ansi Governance of data.\par}"}
    dossier = written(tmp_path / "dossier", files)
    documents = taken_with(dossier, tmp_path / "cache")
    conversions = counting(monkeypatch)
    here = Originals(tmp_path / "here", pool, KeptPapers.in_cache(tmp_path / "cache"))
    elsewhere = Originals(tmp_path / "elsewhere", pool)
    assert len(documents) == 2
    for store in (here, elsewhere):
        store.keep(dossier, documents)
    for document in documents:
        assert here.picture(document, 1, 300)
    assert conversions == []
    for document in documents:
        assert elsewhere.picture(document, 1, 300) == here.picture(document, 1, 300)
    assert sorted(conversions) == sorted(files)


@needs_office
@pytest.mark.slow
def test_a_paper_of_other_boxes_or_of_no_original_is_not_drawn_from(
    tmp_path: Path, pool: PicturePool, monkeypatch: pytest.MonkeyPatch
) -> None:
    dossier = written(tmp_path / "dossier", {"总结.docx": word_paper(3)})
    (document,) = taken_with(dossier, tmp_path / "cache")
    conversions = counting(monkeypatch)
    store = Originals(tmp_path / "store", pool, KeptPapers.in_cache(tmp_path / "cache"))
    with pytest.raises(MissingOriginalError):
        store.picture(document, 1, 300)
    store.keep(dossier, [document])
    other = replace(document, layout=document.layout[:-16] + bytes(16))
    assert store.picture(other, 1, 300) and conversions == ["总结.docx"]


@needs_office
@pytest.mark.slow
def test_keeping_papers_changes_no_byte_of_a_result(tmp_path: Path) -> None:
    files = {"总结.docx": word_paper(3), "a.txt": "本市建成城市大脑。".encode()}
    dossier = written(tmp_path / "dossier", files)
    rows = []
    for number, cache in enumerate((None, tmp_path / "cache", tmp_path / "cache")):
        out = tmp_path / f"out{number}"
        write_documents(out, taken_with(dossier, cache), ())
        rows.append({p.relative_to(out): p.read_bytes() for p in kept_files(out)})
    assert rows[0] == rows[1] == rows[2] and rows[0]


@needs_office
@pytest.mark.slow
def test_no_paper_of_a_secret_word_file_is_kept(tmp_path: Path) -> None:
    secret = word_of("# 机密★10年", f"关于{MARKER}的报告，本市建成城市大脑。")
    dossier = written(tmp_path / "dossier", {"秘.docx": secret, "总结.docx": word_paper(3)})
    documents = taken_with(dossier, tmp_path / "cache")
    assert [document.name for document in documents] == ["总结.docx"]
    assert len(kept_files(tmp_path / "cache" / "papers")) == 1


@needs_office
def test_a_word_file_that_gives_no_pages_leaves_no_paper(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from auditor.ingest import taking

    def none(files: dict[str, bytes], *_: Any, **__: Any) -> dict[str, bytes]:
        return {name: b"no pdf" for name in files}

    monkeypatch.setattr(taking, "convert", none)
    word = docx.Document()
    word.add_paragraph("一段文字。")
    word.save(str(tmp_path / "a.docx"))
    dossier = written(tmp_path / "dossier", {"a.docx": (tmp_path / "a.docx").read_bytes()})
    (document,) = taken_with(dossier, tmp_path / "cache")
    assert not document.pages and not (tmp_path / "cache" / "papers").exists()

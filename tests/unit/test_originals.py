"""Originals: what a run read is kept by its hash, and shown page by page; nothing else is."""

from __future__ import annotations

import hashlib
import io
import os
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from PIL import Image

from auditor import originals as originals_module
from auditor.core.documents import Document
from auditor.core.errors import (
    ConfigurationError,
    DocumentError,
    MissingOriginalError,
    NoPictureError,
    RunError,
)
from auditor.ingest.kept import sweep
from auditor.ingest.pictures import PicturePool
from auditor.originals import CACHE, Originals, renderer
from tests.unit.ingest.taking_samples import (
    MARKER,
    SECRETS,
    kept_files,
    needs_office,
    plain_bytes,
    taken,
    written,
    zip_of,
)
from tests.unit.ingest.test_ofd import ofd_of, page, text
from tests.unit.ingest.test_positions import word_paper
from tests.unit.ingest.test_readers import pdf_of

FILES = {
    "公报.pdf": pdf_of(["临澜市统计公报"], ["热线受理诉求186万件。"]),
    "二/批复.ofd": ofd_of(page(text("批复"))),
    "二/总结.md": "# 总结\n\n一网统管平台上线。\n".encode(),
}


class CountingPool(PicturePool):
    """A pool that counts what it is asked to draw, and draws slowly enough to be overtaken."""

    def __init__(self) -> None:
        super().__init__(2)
        self.asked: list[tuple[str, int, int]] = []

    def page_picture(self, data: bytes, name: str, kind: str, page: int, width_px: int) -> bytes:
        self.asked.append((name, page, width_px))
        picture = super().page_picture(data, name, kind, page, width_px)
        time.sleep(0.05)
        return picture


@pytest.fixture(scope="module")
def pool() -> Iterator[CountingPool]:
    made = CountingPool()
    yield made
    made.close()


@pytest.fixture
def store(tmp_path: Path, pool: CountingPool) -> Originals:
    pool.asked.clear()
    return Originals(tmp_path / "originals", pool)


def documents_of(folder: Path, files: dict[str, bytes]) -> tuple[Path, dict[str, Document]]:
    dossier = written(folder / "dossier", files)
    return dossier, {document.name: document for document in taken(dossier)[0]}


def test_what_a_run_read_is_kept_and_comes_back_as_it_was(tmp_path: Path, store: Originals) -> None:
    dossier, documents = documents_of(tmp_path, FILES)
    written(dossier, {"无关.txt": "不在本次审核中。".encode()})
    kept = store.keep(dossier, documents.values())
    assert kept.kept == tuple(sorted(FILES)) and kept.missing == ()
    for name, data in FILES.items():
        assert store.has(documents[name].sha256) and store.bytes_of(documents[name].sha256) == data
    assert sorted(p.name for p in kept_files(tmp_path / "originals")) == sorted(
        d.sha256 for d in documents.values()
    )
    for path in kept_files(tmp_path / "originals"):
        assert path.stat().st_mode & 0o777 == 0o600


def test_members_of_archives_are_kept_and_copies_once(tmp_path: Path, store: Originals) -> None:
    archive = tmp_path / "材料.zip"
    twice = {**FILES, "又一份.pdf": FILES["公报.pdf"]}
    archive.write_bytes(zip_of({"内.zip": zip_of(twice)}))
    documents, _ = taken(archive)
    kept = store.keep(archive, documents)
    assert len(kept.kept) == 4 and kept.missing == () and len(documents) == 4
    assert len(kept_files(tmp_path / "originals")) == 3


def test_a_document_whose_file_is_not_there_is_named(tmp_path: Path, store: Originals) -> None:
    dossier, documents = documents_of(tmp_path, FILES)
    (dossier / "公报.pdf").unlink()
    (dossier / "二/批复.ofd").write_bytes(b"another file")
    kept = store.keep(dossier, documents.values())
    assert kept.kept == ("二/总结.md",) and kept.missing == ("二/批复.ofd", "公报.pdf")
    with pytest.raises(
        MissingOriginalError, match=r"原件不在工作区.*auditor workspace add"
    ) as caught:
        store.picture(documents["公报.pdf"], 1, 300)
    assert caught.value.name == "公报.pdf" and caught.value.hint
    with pytest.raises(ConfigurationError):
        store.keep(tmp_path / "nowhere", documents.values())


def test_nothing_of_a_secret_paper_is_kept(tmp_path: Path, store: Originals) -> None:
    dossier, documents = documents_of(tmp_path, {**SECRETS, **FILES})
    assert sorted(documents) == sorted(FILES)
    kept = store.keep(dossier, documents.values())
    assert kept.kept == tuple(sorted(FILES))
    assert all(MARKER.encode() not in plain_bytes(p) for p in kept_files(tmp_path / "originals"))


def test_a_damaged_file_is_not_handed_out_and_is_replaced(tmp_path: Path, store: Originals) -> None:
    dossier, documents = documents_of(tmp_path, FILES)
    store.keep(dossier, documents.values())
    sha256 = documents["公报.pdf"].sha256
    (path,) = [p for p in kept_files(tmp_path / "originals") if p.name == sha256]
    path.write_bytes(FILES["公报.pdf"][:-9])
    with pytest.raises(MissingOriginalError, match="已损坏"):
        store.bytes_of(sha256, "公报.pdf")
    store.keep(dossier, documents.values())
    assert store.bytes_of(sha256) == FILES["公报.pdf"]


def test_a_file_that_cannot_be_written_leaves_nothing(
    tmp_path: Path, store: Originals, monkeypatch: pytest.MonkeyPatch
) -> None:
    dossier, documents = documents_of(tmp_path, FILES)

    def full(_: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(RunError, match="No space left"):
        store.keep(dossier, documents.values())
    assert kept_files(tmp_path / "originals") == []


@pytest.mark.parametrize("odd", ["", "../../etc/passwd", "ab" * 31 + "/.", "AB" * 32, "a" * 65])
def test_what_is_no_hash_leads_nowhere(store: Originals, odd: str) -> None:
    assert not store.has(odd)
    with pytest.raises(MissingOriginalError):
        store.bytes_of(odd)
    paper = Document("甲.pdf", odd, "pdf", "", ())
    with pytest.raises(DocumentError):
        store.picture(paper, 1, 300)
    with pytest.raises(MissingOriginalError):
        store.keep(Path(), [paper])


def shown(data: bytes) -> Image.Image:
    return Image.open(io.BytesIO(data))


def test_a_picture_is_drawn_once_and_kept(
    tmp_path: Path, store: Originals, pool: CountingPool
) -> None:
    dossier, documents = documents_of(tmp_path, FILES)
    store.keep(dossier, documents.values())
    paper = documents["公报.pdf"]
    first = store.picture(paper, 1, 300)
    assert shown(first).width == 300 and store.picture(paper, 1, 300) == first
    other = store.picture(paper, 2, 300)
    assert other != first and shown(store.picture(paper, 1, 500)).width == 500
    assert store.picture(documents["二/批复.ofd"], 1, 300)
    drawn = [("公报.pdf", 1, 300), ("公报.pdf", 2, 300), ("公报.pdf", 1, 500)]
    assert pool.asked == [*drawn, ("二/批复.ofd", 1, 300)]
    again = Originals(tmp_path / "originals", pool)
    assert again.picture(paper, 1, 300) == first and len(pool.asked) == 4
    cached = kept_files(tmp_path / "originals" / CACHE)
    assert len(cached) == 4 and all(renderer() in path.name for path in cached)


def test_pictures_of_another_renderer_are_drawn_anew(
    tmp_path: Path, store: Originals, pool: CountingPool, monkeypatch: pytest.MonkeyPatch
) -> None:
    dossier, documents = documents_of(tmp_path, FILES)
    store.keep(dossier, documents.values())
    store.picture(documents["公报.pdf"], 1, 300)
    monkeypatch.setattr(originals_module, "renderer", lambda: "newer")
    store.picture(documents["公报.pdf"], 1, 300)
    assert len(pool.asked) == 2


def test_who_asks_for_the_same_picture_meanwhile_waits_for_it(
    tmp_path: Path, store: Originals, pool: CountingPool
) -> None:
    dossier, documents = documents_of(tmp_path, FILES)
    store.keep(dossier, documents.values())
    paper = documents["公报.pdf"]
    ready = threading.Barrier(8)

    def ask(number: int) -> bytes:
        ready.wait()
        return store.picture(paper, number % 2 + 1, 300)

    with ThreadPoolExecutor(8) as threads:
        drawn = list(threads.map(ask, range(8)))
    assert sorted(pool.asked) == [("公报.pdf", 1, 300), ("公报.pdf", 2, 300)]
    assert len(set(drawn)) == 2


def test_a_failure_is_told_to_all_who_wait_and_not_kept(
    tmp_path: Path, store: Originals, pool: CountingPool
) -> None:
    dossier, documents = documents_of(tmp_path, FILES)
    paper = documents["公报.pdf"]
    with ThreadPoolExecutor(4) as threads:
        asked = [threads.submit(store.picture, paper, 1, 300) for _ in range(4)]
    assert all(isinstance(future.exception(), MissingOriginalError) for future in asked)
    store.keep(dossier, documents.values())
    assert store.picture(paper, 1, 300)


def test_a_full_disk_does_not_keep_a_picture_from_being_shown(
    tmp_path: Path, store: Originals
) -> None:
    dossier, documents = documents_of(tmp_path, FILES)
    store.keep(dossier, documents.values())
    (tmp_path / "originals" / CACHE).write_bytes(b"no folder")
    assert shown(store.picture(documents["公报.pdf"], 1, 300)).width == 300


def test_what_has_no_such_page_has_no_picture(tmp_path: Path, store: Originals) -> None:
    dossier, documents = documents_of(tmp_path, FILES)
    store.keep(dossier, documents.values())
    for name, number in (("二/总结.md", 1), ("公报.pdf", 0), ("公报.pdf", 3)):
        with pytest.raises(NoPictureError) as caught:
            store.picture(documents[name], number, 300)
        assert caught.value.name == name and caught.value.code == "no_picture"
    unpaged = replace(documents["公报.pdf"], format="docx", pages=())
    with pytest.raises(NoPictureError, match="没有页面图像"):
        store.picture(unpaged, 1, 300)


def test_the_oldest_of_a_cache_that_is_too_large_go(tmp_path: Path) -> None:
    for number in range(10):
        path = written(tmp_path, {f"{number}/p.png": bytes(100)}) / f"{number}/p.png"
        os.utime(path, (1000 + number, 1000 + number))
    sweep(tmp_path, 1000)
    assert len(kept_files(tmp_path)) == 10
    sweep(tmp_path, 900)
    assert [p.parent.name for p in kept_files(tmp_path)] == ["4", "5", "6", "7", "8", "9"]


@needs_office
@pytest.mark.slow
def test_a_word_file_is_converted_once_for_all_its_pages(
    tmp_path: Path, store: Originals, pool: CountingPool, monkeypatch: pytest.MonkeyPatch
) -> None:
    dossier, documents = documents_of(tmp_path, {"总结.docx": word_paper(3)})
    store.keep(dossier, documents.values())
    (paper,) = documents.values()
    conversions: list[str] = []
    really = originals_module.printed

    def counted(data: bytes, name: str, kind: str) -> bytes:
        conversions.append(name)
        return really(data, name, kind)

    monkeypatch.setattr(originals_module, "printed", counted)
    with ThreadPoolExecutor(4) as threads:
        numbers = [p.number for p in paper.pages]
        drawn = list(threads.map(lambda n: store.picture(paper, n, 300), numbers))
    assert conversions == ["总结.docx"] and len(set(drawn)) == len(paper.pages) > 1
    for number, data in zip(numbers, drawn, strict=True):
        size = shown(data).size
        wanted = paper.pages[number - 1]
        assert abs(size[1] - size[0] * wanted.height / wanted.width) < 0.51


@needs_office
@pytest.mark.slow
def test_a_conversion_that_is_set_otherwise_is_not_shown(
    tmp_path: Path, store: Originals, monkeypatch: pytest.MonkeyPatch
) -> None:
    dossier, documents = documents_of(tmp_path, {"总结.docx": word_paper(3)})
    store.keep(dossier, documents.values())
    (paper,) = documents.values()
    other = pdf_of(["与审核时不同的版面", paper.text[:20]], ["第二页"])

    def elsewhere(*_: Any) -> bytes:
        return other

    monkeypatch.setattr(originals_module, "printed", elsewhere)
    with pytest.raises(NoPictureError, match="版面与审核时不同"):
        store.picture(paper, 1, 300)


def test_the_hash_is_that_of_the_bytes(tmp_path: Path, store: Originals) -> None:
    dossier, documents = documents_of(tmp_path, FILES)
    store.keep(dossier, documents.values())
    for document in documents.values():
        data = store.bytes_of(document.sha256)
        assert hashlib.sha256(data).hexdigest() == document.sha256

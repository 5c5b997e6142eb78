"""The submitted files of runs, kept by their hashes, and pictures of their pages.

A folder holds each file once (``ab/abcd…``), whole or not at all, and under ``cache`` what can be
made again at any time: pictures of pages, PDFs of office papers. Only what a run has as a document
is kept; a paper that was refused for its secrecy is no document. Safe for many threads and for
several programs at once: files appear complete under their names.
"""

from __future__ import annotations

import hashlib
import re
import threading
from collections.abc import Callable, Iterable
from concurrent.futures import Future
from contextlib import suppress
from dataclasses import dataclass
from functools import cache
from importlib.metadata import version
from pathlib import Path

from auditor.core.documents import Document
from auditor.core.errors import (
    ConfigurationError,
    MissingOriginalError,
    NoPictureError,
    RunError,
)
from auditor.ingest.kept import KeptPapers, sweep
from auditor.ingest.pictures import (
    MAX_WIDTH_PX,
    MIN_WIDTH_PX,
    PicturePool,
    has_pictures,
    is_printed,
    printed,
)
from auditor.ingest.taking import Source, sources_of
from auditor.store.owned import write_owned

CACHE = "cache"
PAPER = "paper.pdf"
DRAWN = "1"
"""Counts the changes of the renderer after which old pictures are drawn anew."""
LIBRARIES = ("pypdfium2", "pillow")
HASH = re.compile(r"[0-9a-f]{64}")
MAX_CACHE_BYTES = 4 * 1024**3
SWEEP_EVERY = 256
ADD = "请用 auditor workspace add OUT --papers FOLDER 补入（OUT 为结果目录，FOLDER 为材料目录）。"
READ_TEXT = "请查看其文字。"


@dataclass(frozen=True, slots=True)
class Kept:
    """Names of the documents whose files are kept now, and of those whose files were not found."""

    kept: tuple[str, ...]
    missing: tuple[str, ...]


class Originals:
    """The store of submitted files in ``folder``; close it to end the drawing processes.

    ``pool`` draws; without one two processes are started when the first picture is asked for.
    ``papers`` are the conversions of the intake: what is not there is converted here.
    """

    def __init__(
        self, folder: Path, pool: PicturePool | None = None, papers: KeptPapers | None = None
    ) -> None:
        self._folder = folder
        self._pool = pool or PicturePool()
        self._papers = papers or KeptPapers(None)
        self._lock = threading.Lock()
        self._office = threading.Lock()
        self._begun: dict[Path, Future[bytes]] = {}
        self._written = 0

    def keep(self, dossier: Path, documents: Iterable[Document]) -> Kept:
        """Keep the files of documents out of a dossier, folder or archive; the rest is passed by.

        A kept file that is damaged is replaced.

        Raises:
            ConfigurationError: there is no such folder or file.
            RunError: a file cannot be written.
        """
        if not dossier.exists():
            raise ConfigurationError(
                f"{dossier} 不存在 (is not there).", hint="请给出材料文件夹或压缩包。"
            )
        names: dict[str, list[str]] = {}
        for document in documents:
            names.setdefault(_checked(document.sha256, document.name), []).append(document.name)
        kept: list[str] = []
        for source in sources_of(dossier):
            if isinstance(source, Source) and source.sha256 in names:
                kept += names.pop(source.sha256)
                if self._sound(source.sha256) is None:
                    write_owned(self._file(source.sha256), source.data, lasting=True)
        missing = [name for wanted in names.values() for name in wanted]
        return Kept(tuple(sorted(kept)), tuple(sorted(missing)))

    def has(self, sha256: str) -> bool:
        """Tell whether a file is kept (it may be damaged)."""
        return bool(HASH.fullmatch(sha256)) and self._file(sha256).is_file()

    def bytes_of(self, sha256: str, name: str = "") -> bytes:
        """A kept file, compared with its hash; ``name`` is the document's, for the message.

        Raises:
            MissingOriginalError: it is not kept, or damaged.
        """
        shown = name or sha256[:12]
        data = self._sound(_checked(sha256, shown))
        if data is None:
            damaged = self._file(sha256).is_file()
            why = "工作区里的原件已损坏" if damaged else "原件不在工作区"
            raise MissingOriginalError(shown, why, hint=ADD)
        return data

    def picture(self, document: Document, page: int, width_px: int) -> bytes:
        """The page numbered ``page`` from 1 as a PNG, ``width_px`` (64 to 3000) pixels wide.

        Drawn once and kept; who asks for the same picture meanwhile waits for it. An office
        paper whose conversion is not kept is converted first, once, which takes seconds.

        Raises:
            MissingOriginalError: the file is not kept, or damaged.
            NoPictureError: the document has no such page, or no pages; or its conversion here
                breaks lines elsewhere than the one that gave the boxes.
            DocumentError: the page cannot be drawn, or LibreOffice is not here.
        """
        _refuse_unpaged(document, page)
        width_px = min(MAX_WIDTH_PX, max(MIN_WIDTH_PX, width_px))
        file = self._cached(document, f"p{page}-w{width_px}-{renderer()}.png")

        def drawn() -> bytes:
            kind, data = "pdf", b""
            if is_printed(document.format):
                data = self._paper(document)
            else:
                kind, data = document.format, self.bytes_of(document.sha256, document.name)
            return self._pool.page_picture(data, document.name, kind, page, width_px)

        return self._made_once(file, drawn)

    def close(self) -> None:
        """End the drawing processes."""
        self._pool.close()

    def _paper(self, document: Document) -> bytes:
        """The PDF of an office paper: that of the intake, or converted once, one at a time."""

        def converted() -> bytes:
            data = self.bytes_of(document.sha256, document.name)
            kept = self._papers.get(document.sha256, document.layout)
            if kept is not None:
                return kept
            with self._office:
                paper = printed(data, document.name, document.format)
            if not self._pool.same_setting(document, paper):
                raise NoPictureError(
                    document.name,
                    "此处的转换版面与审核时不同（LibreOffice 或字体不同），无法标出引文位置",
                    hint="请查看其文字，或在本机重新审核。",
                )
            return paper

        return self._made_once(self._cached(document, PAPER), converted)

    def _made_once(self, file: Path, make: Callable[[], bytes]) -> bytes:
        """The bytes of a file of the cache, made where it is not there; one maker at a time."""
        with suppress(OSError):
            return file.read_bytes()
        with self._lock:
            begun = self._begun.get(file)
            mine: Future[bytes] | None = None
            if begun is None:
                begun = mine = self._begun[file] = Future()
        if mine is None:
            return begun.result()
        try:
            data = make()
            with suppress(RunError):  # a full disk only means that it is made again
                write_owned(file, data)
            mine.set_result(data)
        except BaseException as error:  # who waits for this must not wait for ever
            mine.set_exception(error)
            raise
        finally:
            with self._lock:
                del self._begun[file]
        self._sweep()
        return data

    def _sweep(self) -> None:
        """Now and then drop the oldest files of a cache that has grown too large."""
        with self._lock:
            self._written += 1
            due = self._written % SWEEP_EVERY == 1
        if due:
            sweep(self._folder / CACHE, MAX_CACHE_BYTES)

    def _sound(self, sha256: str) -> bytes | None:
        try:
            data = self._file(sha256).read_bytes()
        except OSError:
            return None
        return data if hashlib.sha256(data).hexdigest() == sha256 else None

    def _file(self, sha256: str) -> Path:
        return self._folder / sha256[:2] / sha256

    def _cached(self, document: Document, name: str) -> Path:
        sha256 = _checked(document.sha256, document.name)
        return self._folder / CACHE / sha256[:2] / sha256 / name


@cache
def renderer() -> str:
    """A short name of the renderer's version; pictures of another are not shown."""
    parts = [DRAWN, *(f"{name}={version(name)}" for name in LIBRARIES)]
    return hashlib.sha256("\0".join(parts).encode()).hexdigest()[:8]


def _checked(sha256: str, name: str) -> str:
    """A hash as one: what a run's files say becomes part of a path."""
    if not HASH.fullmatch(sha256):
        raise MissingOriginalError(name, "文件的 SHA-256 不合规格", hint=ADD)
    return sha256


def _refuse_unpaged(document: Document, page: int) -> None:
    if not has_pictures(document.format) or not document.pages:
        raise NoPictureError(document.name, "没有页面图像", hint=READ_TEXT)
    if page not in {p.number for p in document.pages}:
        raise NoPictureError(document.name, f"没有第 {page} 页", hint="请核对页码。")

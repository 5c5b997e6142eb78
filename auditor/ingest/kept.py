"""Contents that were read once are kept by the hash of their file, and never read again.

The key holds everything that a content depends on: the file's bytes, the readers' own code and
the libraries behind them, and whether a conversion gave the pages. Beside them the PDFs that gave
Word files their pages are kept, which pictures of these pages are drawn from. Nothing of a refused
file is ever kept.
"""

from __future__ import annotations

import hashlib
import itertools
import os
import threading
from contextlib import suppress
from functools import cache
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

from auditor.ingest.content import Content
from auditor.ingest.transfer import dump_content, load_content

LIBRARIES = (
    "pypdfium2", "pypdf", "python-docx", "python-pptx", "python-calamine", "beautifulsoup4",
    "lxml", "rapidocr", "onnxruntime", "charset-normalizer",
)  # fmt: skip
OWNER_ONLY = 0o600
PDF_BEGINS, PDF_ENDS, TAIL_BYTES = b"%PDF-", b"%%EOF", 1024
MAX_PAPER_BYTES = 32 * 1024**2
MAX_PAPERS_BYTES = 2 * 1024**3
SWEEP_EVERY = 64
SWEPT_TO = 0.75


@cache
def readers_digest() -> str:
    """Hash of the readers' code and of the versions of their libraries."""
    digest = hashlib.sha256()
    for file in sorted(Path(__file__).parent.rglob("*.py")):
        digest.update(file.name.encode() + b"\0" + file.read_bytes())
    for name in LIBRARIES:
        try:
            digest.update(f"{name}={version(name)}\0".encode())
        except PackageNotFoundError:
            digest.update(f"{name}=\0".encode())
    return digest.hexdigest()


class KeptContents:
    """A folder of contents by key; ``folder`` None keeps nothing."""

    def __init__(self, folder: Path | None) -> None:
        self._folder = folder

    def key(self, sha256: str, kind: str, converter: str) -> str:
        """The key of a file: its hash, its format, and the program that converts it (or none)."""
        parts = "\0".join((sha256, kind, converter, readers_digest()))
        return hashlib.sha256(parts.encode()).hexdigest()

    def has(self, key: str) -> bool:
        """Whether there is a content under a key (which may be damaged)."""
        return self._folder is not None and self._file(key).is_file()

    def get(self, key: str) -> Content | None:
        """A kept content, None where there is none (or it is damaged)."""
        if self._folder is None:
            return None
        try:
            return load_content(self._file(key).read_bytes())
        except (OSError, ValueError):
            return None

    def put(self, key: str, content: Content) -> None:
        """Keep a content; a full or read-only disk only means that it is not kept."""
        if self._folder is not None:
            _write(self._file(key), dump_content(content))

    def _file(self, key: str) -> Path:
        assert self._folder is not None
        return self._folder / key[:2] / f"{key}.content"


class KeptPapers:
    """A folder of the PDFs that gave Word files their pages; ``folder`` None keeps nothing.

    The key holds the file's bytes and the boxes of its characters: what is found under it is the
    very conversion that gave these boxes. The oldest go where they take more than 2 GB.
    """

    def __init__(self, folder: Path | None, most_bytes: int = MAX_PAPERS_BYTES) -> None:
        self._folder = folder
        self._most_bytes = most_bytes
        self._written = itertools.count()

    @classmethod
    def in_cache(cls, cache: Path) -> KeptPapers:
        """Those of a user's cache: the intake puts them there, the workbench finds them."""
        return cls(cache / "papers")

    def get(self, sha256: str, layout: bytes) -> bytes | None:
        """The PDF that gave a file its boxes, None where it is not kept (or cut short)."""
        if self._folder is None:
            return None
        try:
            paper = self._file(self._folder, sha256, layout).read_bytes()
        except OSError:
            return None
        whole = paper.startswith(PDF_BEGINS) and PDF_ENDS in paper[-TAIL_BYTES:]
        return paper if whole else None

    def put(self, sha256: str, layout: bytes, paper: bytes) -> None:
        """Keep a PDF of at most 32 MB; a full or read-only disk only means that it is not kept."""
        if self._folder is None or not layout or len(paper) > MAX_PAPER_BYTES:
            return
        _write(self._file(self._folder, sha256, layout), paper)
        if next(self._written) % SWEEP_EVERY == 0:
            sweep(self._folder, self._most_bytes)

    def _file(self, folder: Path, sha256: str, layout: bytes) -> Path:
        key = hashlib.sha256(sha256.encode() + b"\0" + layout).hexdigest()
        return folder / key[:2] / f"{key}.pdf"


def sweep(folder: Path, most_bytes: int) -> None:
    """Drop the oldest files under a folder until they take three quarters of what is allowed.

    Nothing happens while they take no more than that.
    """
    files = []
    for path in folder.rglob("*"):
        with suppress(OSError):
            if path.is_file():
                state = path.stat()
                files.append((state.st_mtime_ns, state.st_size, path))
    total = sum(size for _, size, _ in files)
    if total <= most_bytes:
        return
    for _, size, path in sorted(files):
        if total <= SWEPT_TO * most_bytes:
            return
        with suppress(OSError):
            path.unlink()
            total -= size


def _write(file: Path, data: bytes) -> None:
    """Write a file whole, readable by its owner alone, or not at all."""
    draft = file.with_suffix(f".{os.getpid()}.{threading.get_ident()}.part")
    with suppress(OSError):
        file.parent.mkdir(parents=True, exist_ok=True)
        handle = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, OWNER_ONLY)
        with os.fdopen(handle, "wb") as out:
            out.write(data)
        draft.replace(file)

"""Contents that were read once are kept by the hash of their file, and never read again.

The key holds everything that a content depends on: the file's bytes, the readers' own code and
the libraries behind them, and whether a conversion gave the pages. Nothing of a refused file is
ever kept.
"""

from __future__ import annotations

import hashlib
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
        if self._folder is None:
            return
        file = self._file(key)
        draft = file.with_suffix(f".{os.getpid()}.{threading.get_ident()}.part")
        with suppress(OSError):
            file.parent.mkdir(parents=True, exist_ok=True)
            handle = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, OWNER_ONLY)
            with os.fdopen(handle, "wb") as out:
                out.write(dump_content(content))
            draft.replace(file)

    def _file(self, key: str) -> Path:
        assert self._folder is not None
        return self._folder / key[:2] / f"{key}.content"

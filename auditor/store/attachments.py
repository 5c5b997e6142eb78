"""Files that people hand in or take on site, kept once each under the hash of their bytes."""

from __future__ import annotations

import hashlib
import re
from pathlib import Path

from auditor.core.errors import MissingOriginalError
from auditor.store.owned import write_owned

FOLDER = "attachments"
HASH = re.compile(r"[0-9a-f]{64}")
SHOWN = "附件"
SECRET = ".secret"
HINT = "请从备份恢复工作区的 attachments 目录。"


class Attachments:
    """A folder of files (``ab/abcd…``), each whole or not there; readable by its owner alone."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def keep(self, data: bytes) -> str:
        """Keep a file, on disk when this returns; gives its sha256.

        Raises:
            RunError: it cannot be written.
        """
        sha256 = hashlib.sha256(data).hexdigest()
        file = self._file(sha256)
        if not file.is_file():
            write_owned(file, data, SHOWN, lasting=True)
        return sha256

    def flag(self, sha256: str) -> None:
        """Mark a file as secret, before it is kept or after; raises ``RunError``."""
        mark = self._mark(sha256)
        if not mark.is_file():
            write_owned(mark, b"", SHOWN, lasting=True)

    def is_flagged(self, sha256: str) -> bool:
        """Whether a file was marked as secret."""
        return bool(HASH.fullmatch(sha256)) and self._mark(sha256).is_file()

    def bytes_of(self, sha256: str, name: str) -> bytes:
        """A kept file, compared with its hash; ``name`` is for the message.

        Raises:
            MissingOriginalError: it is not here, or damaged.
        """
        if not HASH.fullmatch(sha256):
            raise MissingOriginalError(name, "文件的 SHA-256 不合规格", hint=HINT)
        try:
            data = self._file(sha256).read_bytes()
        except OSError as error:
            raise MissingOriginalError(name, "附件不在工作区", hint=HINT) from error
        if hashlib.sha256(data).hexdigest() != sha256:
            raise MissingOriginalError(name, "附件已损坏", hint=HINT)
        return data

    def _file(self, sha256: str) -> Path:
        return self._folder / sha256[:2] / sha256

    def _mark(self, sha256: str) -> Path:
        return self._file(sha256).with_suffix(SECRET)

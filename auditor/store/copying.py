"""A copy of an SQLite file that others may be writing, as it is at one moment."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path

from auditor.core.errors import RunError

MAGIC = b"SQLite format 3\0"
TIMEOUT_S = 30.0


def is_sqlite(file: Path) -> bool:
    """Tell whether a file is an SQLite database, by its first bytes."""
    with file.open("rb") as stream:
        return stream.read(len(MAGIC)) == MAGIC


def copy_sqlite(source: Path, target: Path) -> None:
    """Copy a database with what stands in its journal, by SQLite's own backup.

    Raises:
        RunError: it cannot be read, or the copy not be written.
    """
    try:
        with (
            closing(sqlite3.connect(source, timeout=TIMEOUT_S)) as read,
            closing(sqlite3.connect(target)) as written,
        ):
            read.backup(written)
    except sqlite3.Error as error:
        raise RunError(
            f"{source} 不能复制 (cannot be copied): {error}", hint="请检查磁盘空间，稍后再试。"
        ) from error

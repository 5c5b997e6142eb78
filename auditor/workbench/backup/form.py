"""The form of a backup: an archive whose first member says what it is and whose last what is in it.

``backup.json``, ``tables/NAME.jsonl`` (a row a line), ``files/PATH``, ``manifest.json`` (size and
sha256 of every member before it).
"""

from __future__ import annotations

import gzip
import re
import tarfile
import zlib
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from importlib.util import find_spec
from pathlib import Path, PurePosixPath
from typing import IO, Any

from auditor.core.errors import ConfigurationError, MissingExtraError, RunError

HEAD, MANIFEST = "backup.json", "manifest.json"
TABLES, FILES = "tables/", "files/"
FORMAT = 1
GZIP, ZSTD = ".tar.gz", ".tar.zst"
ZSTD_LEVEL, GZIP_LEVEL = 6, 6
SHA256 = re.compile(r"[0-9a-f]{64}")
Stream = IO[bytes] | gzip.GzipFile


@dataclass(frozen=True, slots=True)
class Head:
    """What a backup is of: ``folder`` is where the workspace stood, ``revision`` the form of its
    database, ``faults`` what was wrong with the record of each run when it was made.
    """

    made_at: str
    auditor: str
    folder: str
    revision: str
    faults: Mapping[str, list[str]]
    format: int = FORMAT

    def row(self) -> dict[str, Any]:
        """As it is written."""
        return asdict(self)


@dataclass(frozen=True, slots=True)
class Member:
    """A file of a backup as its manifest has it."""

    bytes: int
    sha256: str


def head_from(row: Any) -> Head:
    """Read what a backup says of itself.

    Raises:
        RunError: it is no backup, or one of a newer version.
    """
    if isinstance(row, dict) and row.get("format") not in (None, FORMAT):
        raise RunError(
            f"备份的格式为 {row['format']} (a form that is not known here).",
            hint="请用写出它的版本或更新的版本恢复。",
        )
    try:
        return Head(**row)
    except TypeError as error:
        raise RunError(f"{HEAD} 不合规格 ({error}).", hint="这不是工作区的备份。") from error


def manifest_from(row: Any) -> dict[str, Member]:
    """Read what a backup says is in it; raises ``RunError``."""
    try:
        members = {str(name): Member(**fields) for name, fields in row["members"].items()}
        for name, member in members.items():
            if not SHA256.fullmatch(member.sha256):
                raise ValueError(name)
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        raise RunError(f"{MANIFEST} 不合规格 ({error}).", hint="请用另一份备份。") from error
    return members


def require_inside(name: str) -> None:
    """Refuse a member that would be written outside of the workspace, or where a system objects.

    Raises:
        RunError: names the member.
    """
    pure = PurePosixPath(name)
    steps = name.split("/")
    plain = "\\" not in name and "\0" not in name and not pure.is_absolute()
    if not plain or any(step in ("", ".", "..") for step in steps):
        raise RunError(
            f"备份中的 {name!r} 会写到工作区之外 (leads out of the workspace).",
            hint="没有恢复任何内容。这份备份不可信，请用另一份。",
        )


@contextmanager
def packing(stream: IO[bytes], name: str) -> Iterator[Stream]:
    """Compress into a stream as the name of the file asks for.

    Raises:
        ConfigurationError: the name has no ending that is known.
        MissingExtraError: zstandard is not installed.
    """
    if name.endswith(GZIP):
        with gzip.GzipFile("", "wb", GZIP_LEVEL, stream, mtime=0) as packed:
            yield packed
        return
    _require_zstd(name)
    import zstandard

    coder = zstandard.ZstdCompressor(level=ZSTD_LEVEL, write_checksum=True)
    with coder.stream_writer(stream, closefd=False) as packed:
        yield packed


@contextmanager
def unpacking(stream: IO[bytes], file: Path) -> Iterator[Stream]:
    """Decompress a stream; what is damaged raises one of ``damages()`` while it is read."""
    if file.name.endswith(GZIP):
        with gzip.GzipFile(fileobj=stream, mode="rb") as plain:
            yield plain
        return
    _require_zstd(file.name)
    import zstandard

    with zstandard.ZstdDecompressor().stream_reader(stream, closefd=False) as plain:
        yield plain


def damages() -> tuple[type[Exception], ...]:
    """What reading a damaged or cut archive raises, whatever it was compressed with."""
    plain = (tarfile.TarError, zlib.error, gzip.BadGzipFile, EOFError)
    try:
        import zstandard
    except ModuleNotFoundError:
        return plain
    return (*plain, zstandard.ZstdError)


def _require_zstd(name: str) -> None:
    if not name.endswith(ZSTD):
        raise ConfigurationError(
            f"{name}: 不知道的备份格式 (unknown kind of backup).",
            hint=f"名称须以 {ZSTD} 或 {GZIP} 结尾。",
        )
    if find_spec("zstandard") is None:
        raise MissingExtraError("zstandard", "web")

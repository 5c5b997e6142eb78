"""TAR and GZIP, read as streams: one pass, one member at a time, nothing written to the disk."""

from __future__ import annotations

import gzip
import tarfile
import zlib
from collections.abc import Iterator
from io import BytesIO
from pathlib import PurePosixPath
from typing import IO, cast

from auditor.core.errors import BrokenDocumentError
from auditor.ingest.archive_limits import (
    BROKEN,
    CHUNK_BYTES,
    LINK,
    MAX_MEMBER_BYTES,
    MAX_MEMBERS,
    MAX_TOTAL_BYTES,
    REPACK,
    TOO_LARGE,
    Entry,
    RefusedError,
    chunks_of,
)
from auditor.ingest.archive_names import decode_name

TAR_MARK = slice(257, 262)
MAX_HEADERS = 4 * MAX_MEMBERS
MAX_STREAM_BYTES = MAX_TOTAL_BYTES + MAX_MEMBER_BYTES
LEAST_GZIP_BYTES = 18
FNAME_FLAG = 0x08
EXTRA_FLAG = 0x04
STREAM_ERRORS = (tarfile.TarError, EOFError, OSError, ValueError, zlib.error, MemoryError)


class _Bounded:
    """A stream that ends in an error once more has been read than an archive may hold."""

    def __init__(self, stream: IO[bytes]) -> None:
        self._stream = stream
        self._left = MAX_STREAM_BYTES

    def read(self, size: int) -> bytes:
        """Read at most ``size`` bytes; members that are skipped count like those read."""
        held = self._stream.read(size)
        self._left -= len(held)
        if self._left < 0:
            raise tarfile.ReadError("the stream is longer than an archive may be")
        return held


def is_tar(head: bytes) -> bool:
    """Tell whether the first bytes (at least 262) are those of a TAR archive."""
    return head[TAR_MARK] == b"ustar"


def tar_entries(stream: IO[bytes], name: str) -> Iterator[Entry]:
    """Give the members of a TAR stream; damage within it is the refusal of all that follows.

    Raises:
        BrokenDocumentError: not even the first member can be read.
    """
    try:
        bounded = cast("IO[bytes]", _Bounded(stream))
        archive = _open(bounded)
    except STREAM_ERRORS as error:
        raise BrokenDocumentError(name, "TAR 已损坏或不完整", hint=REPACK) from error
    number = 0
    while True:
        try:
            member = archive.next()
        except STREAM_ERRORS:
            yield Entry(name, refusal=RefusedError(BROKEN, "压缩包已损坏，其后未读", final=True))
            return
        if member is None:
            return
        number += 1
        if number > MAX_HEADERS:
            reason = f"条目超过 {MAX_HEADERS} 个，其后未读"
            yield Entry(name, refusal=RefusedError(TOO_LARGE, reason, final=True))
            return
        if not member.isdir():
            yield _entry(archive, member, number)


def _open(stream: IO[bytes]) -> tarfile.TarFile:
    # it owns no file of its own: there is nothing to close
    return tarfile.open(fileobj=stream, mode="r|", encoding="utf-8")


def _entry(archive: tarfile.TarFile, member: tarfile.TarInfo, number: int) -> Entry:
    name = member.name
    if not name.isascii():
        raw = name.encode("utf-8", "surrogateescape")
        name = decode_name(raw, number)
    if not member.isreg():
        return Entry(name, refusal=RefusedError(LINK, "是链接或设备，不是文件"))
    return Entry(name, chunks_of(_chunks(archive, member), STREAM_ERRORS))


def _chunks(archive: tarfile.TarFile, member: tarfile.TarInfo) -> Iterator[bytes]:
    content = archive.extractfile(member)
    got = 0
    while content is not None and (chunk := content.read(CHUNK_BYTES)):
        got += len(chunk)
        yield chunk
    if got != member.size:
        raise tarfile.ReadError("unexpected end of data")


def gzip_entries(data: bytes, name: str) -> Iterator[Entry]:
    """Give the one file of a GZIP, or the members of the TAR inside it.

    Raises:
        BrokenDocumentError: it cannot be unfolded at all.
    """
    stream = gzip.GzipFile(fileobj=BytesIO(data))
    try:
        if len(data) < LEAST_GZIP_BYTES:
            raise EOFError("the header is cut")
        head = stream.peek(512)
    except STREAM_ERRORS as error:
        raise BrokenDocumentError(name, "GZIP 已损坏或不完整", hint=REPACK) from error
    if is_tar(head):
        yield from tar_entries(cast("IO[bytes]", stream), name)
        return
    pieces = iter(lambda: stream.read(CHUNK_BYTES), b"")
    yield Entry(_inner_name(data, name), chunks_of(pieces, STREAM_ERRORS), len(data))


def _inner_name(data: bytes, name: str) -> str:
    """Give the name that a GZIP states, else its own without ``.gz``."""
    flags = data[3]
    if flags & FNAME_FLAG and not flags & EXTRA_FLAG:
        stated = data[10:].split(b"\x00", 1)[0][:1000]
        if stated:
            return decode_name(stated, 1)
    own = PurePosixPath(name).name
    return own[: -len(".gz")] if own.lower().endswith(".gz") else own

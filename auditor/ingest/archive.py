"""Archives: each member in turn as a file of its own, or the reason why it is left out.

ZIP, TAR and GZIP are read in this process, 7Z and RAR by system programs
(:mod:`auditor.ingest.archive_foreign` tells which and why). Bounds
(:mod:`auditor.ingest.archive_limits`) are kept while the bytes come: 5,000 members, 200 MB each,
1 GB in all, 200:1, an archive inside an archive once. One member is in memory at a time.
"""

from __future__ import annotations

import io
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from auditor.core.documents import LeftOut
from auditor.core.errors import DocumentError, EmptyDocumentError, UnsupportedFormatError
from auditor.ingest.archive_foreign import foreign_entries
from auditor.ingest.archive_limits import (
    MAX_DEPTH,
    NESTED,
    REPACK,
    UNSAFE_NAME,
    Allowance,
    ComesAgainError,
    Entry,
    RefusedError,
)
from auditor.ingest.archive_names import is_passed_over, safe_path, shown_name, unique_name
from auditor.ingest.archive_tar import gzip_entries, is_tar, tar_entries
from auditor.ingest.archive_zip import is_package, zip_entries

INSIDE = "!/"


@dataclass(frozen=True, slots=True)
class Member:
    """One file out of an archive; ``name`` is that of the archive, ``!/`` and its path there."""

    name: str
    data: bytes


def archive_kind(data: bytes) -> str | None:
    """Tell an archive by its content: ``zip``, ``7z``, ``rar``, ``tar``, ``gz``, else None.

    Documents that are ZIP packages (DOCX, XLSX, PPTX, OFD, ODF, EPUB) are no archives.
    """
    if data.startswith((b"PK\x03\x04", b"PK\x05\x06")):
        return None if is_package(data) else "zip"
    if data.startswith(b"7z\xbc\xaf\x27\x1c"):
        return "7z"
    if data.startswith((b"Rar!\x1a\x07\x00", b"Rar!\x1a\x07\x01\x00")):
        return "rar"
    if data.startswith(b"\x1f\x8b\x08"):
        return "gz"
    return "tar" if is_tar(data[:512]) else None


def unpack(data: bytes, name: str, kind: str) -> Iterator[Member | LeftOut]:
    """Give the members of an archive in its order, those of an inner archive in its place.

    ``name`` is the archive's path in the dossier, ``kind`` what :func:`archive_kind` said. Litter
    of operating systems is passed over; everything else comes out as a member or is left out.
    The members are read as they are asked for: do not keep them.

    Raises:
        DocumentError: only before the first item: nothing in the archive can be read, or it holds
            nothing.
    """
    opened = _Opened(name, Allowance(len(data)), depth=1)
    items = opened.items(data, kind)
    some = False
    try:
        for item in items:
            some = True
            yield item
    except DocumentError as error:
        if not some:
            raise
        yield LeftOut(name, error.code, error.reason, error.hint)
        return
    if not some:
        raise EmptyDocumentError(name, "压缩包里没有可用的文件", hint=REPACK)


def _entries(data: bytes, name: str, kind: str) -> Iterator[Entry]:
    if kind in {"7z", "rar"}:
        return foreign_entries(data, name, kind)
    readers: dict[str, Callable[[bytes, str], Iterator[Entry]]] = {
        "zip": zip_entries,
        "gz": gzip_entries,
        "tar": lambda held, named: tar_entries(io.BytesIO(held), named),
    }
    if kind not in readers:
        raise UnsupportedFormatError(name, f"不支持的压缩格式 {kind}", hint=REPACK)
    return readers[kind](data, name)


class _Opened:
    """An archive being read: its bounds, how deep it stands, the names that are taken."""

    def __init__(self, name: str, allowance: Allowance, depth: int) -> None:
        self.name = name
        self.allowance = allowance
        self.depth = depth
        self._taken: set[str] = set()

    def items(self, data: bytes, kind: str) -> Iterator[Member | LeftOut]:
        """Give what the archive holds; a final refusal ends it."""
        for entry in _entries(data, self.name, kind):
            try:
                yield from self._item(entry)
            except ComesAgainError:
                continue
            except RefusedError as refusal:
                yield self._left_out(entry, refusal)
                if refusal.final:
                    return

    def _item(self, entry: Entry) -> Iterator[Member | LeftOut]:
        self.allowance.count()
        path = safe_path(entry.name)
        if path is None:
            raise RefusedError(UNSAFE_NAME, "文件名不安全（绝对路径或含 ..）")
        if is_passed_over(path):
            return
        if entry.refusal is not None:
            raise entry.refusal
        held = self.allowance.collect(entry)
        path = unique_name(path, self._taken)
        self._taken.add(path)
        yield from self._member(f"{self.name}{INSIDE}{path}", held)

    def _member(self, name: str, held: bytes) -> Iterator[Member | LeftOut]:
        kind = archive_kind(held)
        if kind is None:
            yield Member(name, held)
            return
        if self.depth >= MAX_DEPTH:
            raise RefusedError(NESTED, f"压缩包嵌套超过 {MAX_DEPTH} 层，未读")
        inner = _Opened(name, self.allowance.inner(len(held)), self.depth + 1)
        try:
            yield from inner.items(held, kind)
        except DocumentError as error:
            yield LeftOut(name, error.code, error.reason, error.hint)

    def _left_out(self, entry: Entry, refusal: RefusedError) -> LeftOut:
        own = entry.name == self.name
        name = self.name if own else f"{self.name}{INSIDE}{shown_name(entry.name)}"
        return LeftOut(name, refusal.code, refusal.reason, refusal.hint)

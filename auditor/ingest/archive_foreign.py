"""7Z and RAR by system programs, confined and streamed: nothing of theirs is written to the disk.

The choice: ``lsar`` lists what a RAR holds, which members have a password among it; libarchive's
``bsdtar`` (BSD licence, fuzzed and maintained, in every distribution; reads 7Z, RAR 4 and RAR 5)
turns the archive into one TAR stream, so that no name, link or device of it ever meets the file
system; what it cannot unfold (RAR 4 solid or with PPMd, members with a password among others
without) is taken member by member from ``unar`` (LGPL, free, run as a program of its own). Where
any member has a password ``bsdtar`` is not asked at all: it hands on the cipher text of stored
members as if it were the file. Measured on archives made with RAR 6.23, RAR 7.01 and 7-Zip 26.02.
Not chosen: ``unrar`` and 7-Zip's RAR part (not free: the licence forbids some uses), py7zr (no
RAR, unfolds members whole), libarchive in this process (a fault in it would be ours).
"""

from __future__ import annotations

import contextlib
import json
import shutil
import tempfile
import time
from collections.abc import Iterator
from functools import cached_property
from pathlib import Path
from typing import Any

from auditor.core.errors import BrokenDocumentError, UnsupportedFormatError
from auditor.ingest.archive_limits import (
    BROKEN,
    CHUNK_BYTES,
    ENCRYPTED,
    LINK,
    REPACK,
    TOO_LARGE,
    ComesAgainError,
    Entry,
    RefusedError,
)
from auditor.ingest.archive_tar import tar_entries
from auditor.ingest.foreign import Limits, started

# unar's runtime writes its small settings file below the private folder, nothing else is written
LIMITS = Limits(memory_bytes=3 * 1024**3, cpu_s=300, file_bytes=1024**2)
LIST_S = 60.0
SECOND_WAY_S = 300.0
MAX_LIST_BYTES = 32 * 1024 * 1024
INSTALL_HINT = "请先运行 sh scripts/install-system.sh（或 apt-get install libarchive-tools unar）。"


def foreign_entries(data: bytes, name: str, kind: str) -> Iterator[Entry]:
    """Give the members of a 7Z or RAR archive (``kind`` is ``7z`` or ``rar``).

    Raises:
        UnsupportedFormatError: no program for it is installed.
        BrokenDocumentError: it has a password as a whole, or nothing in it can be read.
    """
    if not _is_readable(kind):
        raise UnsupportedFormatError(name, f"读取 {kind.upper()} 需要系统程序", hint=INSTALL_HINT)
    with tempfile.TemporaryDirectory(prefix="auditor-archive-") as folder:
        work = Path(folder).resolve()
        archive = work / f"archive.{kind}"
        archive.write_bytes(data)
        if is_volume(data):
            yield Entry(name, refusal=RefusedError(BROKEN, "是分卷压缩包的一卷，内容不完整"))
            with contextlib.suppress(BrokenDocumentError):
                yield from _read(_Reading(archive, name))
        else:
            yield from _read(_Reading(archive, name))


def _read(reading: _Reading) -> Iterator[Entry]:
    if shutil.which("bsdtar") and not reading.has_passwords():
        yield from reading.by_bsdtar()
    if not reading.whole:
        yield from reading.by_unar()


def _is_readable(kind: str) -> bool:
    second = bool(shutil.which("lsar") and shutil.which("unar"))
    return second or (kind == "7z" and shutil.which("bsdtar") is not None)


def is_volume(data: bytes) -> bool:
    """Tell whether RAR bytes are one volume of several."""
    if data.startswith(b"Rar!\x1a\x07\x00"):
        return len(data) > 11 and data[9] == 0x73 and bool(data[10] & 0x01)
    if not data.startswith(b"Rar!\x1a\x07\x01\x00"):
        return False
    # RAR 5: CRC-32, then variable-length size, type (1 = main), flags, extra size, archive flags
    numbers = _variable_numbers(data[12:64])
    if len(numbers) < 5 or numbers[1] != 1:
        return False
    return bool((numbers[4] if numbers[2] & 0x01 else numbers[3]) & 0x01)


def _variable_numbers(data: bytes) -> list[int]:
    """Decode numbers of seven bits a byte, lowest first, as RAR 5 writes them."""
    numbers: list[int] = []
    value, shift = 0, 0
    for byte in data:
        value |= (byte & 0x7F) << shift
        shift += 7
        if not byte & 0x80:
            numbers.append(value)
            value, shift = 0, 0
    return numbers


class _Reading:
    """One archive on its way through the programs; ``whole`` once all of it has been read."""

    def __init__(self, archive: Path, name: str) -> None:
        self.archive = archive
        self.name = name
        self.whole = False
        self._done: set[str] = set()
        self._left_s = SECOND_WAY_S

    def has_passwords(self) -> bool:
        """Tell whether the list shows a member with a password (a 7Z without ``lsar``: unknown).

        Raises:
            BrokenDocumentError: the archive has a password as a whole.
        """
        if shutil.which("lsar") is None:
            return False
        return any(member.get("XADIsEncrypted") for member in self._listed)

    def by_bsdtar(self) -> Iterator[Entry]:
        """Give the members that ``bsdtar`` unfolds; others are left for the second way."""
        # -P: names come as they stand in the archive, unsafe ones are refused by us
        argv = ("bsdtar", "-cPf", "-", "--format=pax", f"@{self.archive.name}")
        with started(argv, self.archive.parent, LIMITS) as process:
            assert process.stdout is not None
            try:
                for entry in tar_entries(process.stdout, self.name):
                    if entry.refusal is not None and entry.refusal.final:
                        return
                    self._done.add(entry.name)
                    yield Entry(entry.name, self._first(entry), None, entry.refusal)
            except BrokenDocumentError:
                return
            process.stdout.read()
            self.whole = process.wait() == 0

    def _first(self, entry: Entry) -> Iterator[bytes]:
        try:
            yield from entry.chunks
        except RefusedError as error:
            self._done.discard(entry.name)
            raise ComesAgainError(entry.name) from error

    def by_unar(self) -> Iterator[Entry]:
        """Give the members that are still missing, each by a call of its own."""
        if not shutil.which("unar") or not shutil.which("lsar"):
            reason = "未能全部解开（有密码、特殊压缩方法或已损坏），其余成员未读"
            refusal = RefusedError(BROKEN, reason, hint=INSTALL_HINT, final=True)
            yield Entry(self.name, refusal=refusal)
            return
        fresh = False
        for member in self._listed:
            name = str(member.get("XADFileName") or f"成员{member.get('XADIndex')}")
            if member.get("XADIsDirectory") or name in self._done:
                continue
            fresh = True
            refusal_of = _refusal(member)
            yield Entry(name, () if refusal_of else self._second(member), None, refusal_of)
        if not fresh:  # the first way stopped for a reason: no second list shows what is missing
            refusal = RefusedError(BROKEN, "压缩包不完整或已损坏，可能缺少成员", final=True)
            yield Entry(self.name, refusal=refusal)

    @cached_property
    def _listed(self) -> list[dict[str, Any]]:
        argv = ("lsar", "-j", self.archive.name)
        folder = self.archive.parent
        with tempfile.TemporaryFile() as said:
            with started(argv, folder, LIMITS, stderr=said, timeout_s=LIST_S) as process:
                assert process.stdout is not None
                output = process.stdout.read(MAX_LIST_BYTES)
            said.seek(0)
            locked = b"password" in said.read(10_000)
        members = _members(output)
        if not members:
            reason = "压缩包有密码" if locked else "压缩包已损坏或不完整"
            hint = "请去掉密码后重新提交。" if locked else REPACK
            raise BrokenDocumentError(self.name, reason, hint=hint)
        return members

    def _second(self, member: dict[str, Any]) -> Iterator[bytes]:
        argv = ("unar", "-q", "-o", "-", "-i", self.archive.name, str(int(member["XADIndex"])))
        if self._left_s <= 0:
            raise RefusedError(TOO_LARGE, "解压用时过长，其后未读", final=True)
        begun, size = time.monotonic(), 0
        try:
            folder = self.archive.parent
            with started(argv, folder, LIMITS, timeout_s=self._left_s) as process:
                assert process.stdout is not None
                while chunk := process.stdout.read(CHUNK_BYTES):
                    size += len(chunk)
                    yield chunk
                failed = process.wait() != 0
        finally:
            self._left_s -= time.monotonic() - begun
        # it ends well on some methods it does not know: the size it listed tells
        if failed or size != member.get("XADFileSize", size):
            raise RefusedError(BROKEN, "成员不完整、已损坏或压缩方法特殊，未能解开")


def _members(listing: bytes) -> list[dict[str, Any]]:
    try:
        members = json.loads(listing)["lsarContents"]
        return [member for member in members if isinstance(member, dict)]
    except (ValueError, KeyError, TypeError, RecursionError):
        return []


def _refusal(member: dict[str, Any]) -> RefusedError | None:
    if member.get("XADIsLink") or member.get("XADIsCharacterDevice"):
        return RefusedError(LINK, "是链接或设备，不是文件")
    if member.get("XADIsEncrypted"):
        return RefusedError(ENCRYPTED, "有密码", hint="请去掉密码后重新提交。")
    return None

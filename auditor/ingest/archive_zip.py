"""ZIP: names in their right characters, no overlap, no link, no password, no trust in sizes."""

from __future__ import annotations

import stat
import struct
import zipfile
import zlib
from collections.abc import Iterable, Iterator
from io import BytesIO

from auditor.core.errors import BrokenDocumentError
from auditor.ingest.archive_limits import (
    BOMB,
    CHUNK_BYTES,
    ENCRYPTED,
    LINK,
    MAX_MEMBERS,
    REPACK,
    UNSUPPORTED,
    Entry,
    RefusedError,
    chunks_of,
)
from auditor.ingest.archive_names import decode_name

UTF8_FLAG = 0x800
ENCRYPTED_FLAG = 0x1
UNICODE_PATH = 0x7075
LOCAL_HEADER_BYTES = 30
MAX_DIRECTORY_ENTRIES = 20 * MAX_MEMBERS
PACKAGE_MARKS = frozenset({"[Content_Types].xml", "OFD.xml", "META-INF/container.xml"})
OPEN_ERRORS = (zipfile.BadZipFile, OSError, ValueError, NotImplementedError, struct.error)
READ_ERRORS = (*OPEN_ERRORS, zlib.error, EOFError, RuntimeError)


def is_package(data: bytes) -> bool:
    """Tell whether ZIP bytes are one document (OOXML, OFD, ODF, EPUB), not an archive of many."""
    if data.count(b"PK\x01\x02") > MAX_DIRECTORY_ENTRIES:
        return False
    try:
        with zipfile.ZipFile(BytesIO(data)) as package:
            infos = package.infolist()
    except OPEN_ERRORS:
        return any(mark.encode() in data[:4096] for mark in PACKAGE_MARKS)
    if any(info.filename in PACKAGE_MARKS for info in infos):
        return True
    stored = infos and infos[0].filename == "mimetype" and infos[0].header_offset == 0
    return bool(stored) and b"application/" in data[:128]


def zip_entries(data: bytes, name: str) -> Iterator[Entry]:
    """Give the members of a ZIP archive in the order of its directory.

    Raises:
        BrokenDocumentError: the directory cannot be read.
    """
    if data.count(b"PK\x01\x02") > MAX_DIRECTORY_ENTRIES:
        raise BrokenDocumentError(name, "压缩包的目录项过多（压缩炸弹）", hint=REPACK)
    try:
        archive = zipfile.ZipFile(BytesIO(data))
    except OPEN_ERRORS as error:
        raise BrokenDocumentError(name, "ZIP 已损坏或不完整", hint=REPACK) from error
    with archive:
        overlapping = _overlapping(archive)
        for number, info in enumerate(archive.infolist(), start=1):
            if info.filename.endswith(("/", "\\")):
                continue
            yield Entry(
                _name_of(info, number),
                chunks_of(_chunks(archive, info), READ_ERRORS),
                info.compress_size,
                _refusal(info, overlapping),
            )


def _chunks(archive: zipfile.ZipFile, info: zipfile.ZipInfo) -> Iterator[bytes]:
    with archive.open(info) as member:
        while chunk := member.read(CHUNK_BYTES):
            yield chunk


def _refusal(info: zipfile.ZipInfo, overlapping: set[int]) -> RefusedError | None:
    if info.header_offset in overlapping:
        return RefusedError(BOMB, "与其他成员共用同一段数据（压缩炸弹）")
    if info.flag_bits & ENCRYPTED_FLAG:
        return RefusedError(ENCRYPTED, "有密码", hint="请去掉密码后重新提交。")
    form = stat.S_IFMT(info.external_attr >> 16)
    if form not in (0, stat.S_IFREG, stat.S_IFDIR):
        return RefusedError(LINK, "是链接或设备，不是文件")
    if info.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):
        # their decompressors in zipfile unfold without bound: 4 KB of bzip2 hold gigabytes
        return RefusedError(UNSUPPORTED, f"压缩方法 {info.compress_type} 不支持")
    return None


def _overlapping(archive: zipfile.ZipFile) -> set[int]:
    """Give the offsets of members whose data runs into the next one's (a flat bomb)."""
    infos = sorted(archive.infolist(), key=lambda info: info.header_offset)
    if not infos:
        return set()
    starts = [info.header_offset for info in infos[1:]] + [archive.start_dir]
    return {
        info.header_offset
        for info, following in zip(infos, starts, strict=True)
        if info.header_offset + LOCAL_HEADER_BYTES + info.compress_size > following
    }


def _name_of(info: zipfile.ZipInfo, number: int) -> str:
    stated = info.orig_filename
    raw = stated.encode("utf-8" if info.flag_bits & UTF8_FLAG else "cp437", "replace")
    for kind, body in _extra_fields(info.extra):
        # Info-ZIP: version, CRC-32 of the name as stored, the name in UTF-8
        if kind == UNICODE_PATH and len(body) > 5 and body[0] == 1:
            crc = int.from_bytes(body[1:5], "little")
            if crc == zlib.crc32(raw):
                return body[5:].decode("utf-8", "replace")
    return stated if info.flag_bits & UTF8_FLAG else decode_name(raw, number)


def _extra_fields(extra: bytes) -> Iterable[tuple[int, bytes]]:
    place = 0
    while place + 4 <= len(extra):
        kind, size = struct.unpack_from("<HH", extra, place)
        yield kind, extra[place + 4 : place + 4 + size]
        place += 4 + size

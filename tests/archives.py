"""Archives built by hand, byte by byte: what no program at hand would write.

RAR 4, RAR 5 and 7Z with members stored as they are (no compression), for tests of reading them.
"""

from __future__ import annotations

import struct
import zlib
from collections.abc import Mapping

RAR5_MARK = b"Rar!\x1a\x07\x01\x00"
RAR4_MARK = b"Rar!\x1a\x07\x00"
SEVEN_MARK = b"7z\xbc\xaf\x27\x1c\x00\x04"
FILE_MODE = 0o100644


def vint(number: int) -> bytes:
    """A number of seven bits a byte, lowest first (RAR 5)."""
    out = bytearray()
    while number > 0x7F:
        out.append(number & 0x7F | 0x80)
        number >>= 7
    out.append(number)
    return bytes(out)


def _rar5_block(head: bytes) -> bytes:
    sized = vint(len(head)) + head
    return struct.pack("<I", zlib.crc32(sized)) + sized


def rar5_file(name: str, data: bytes, *, extra: bytes = b"") -> bytes:
    """One RAR 5 member; ``extra`` is one whole extra record without its size."""
    record = vint(len(extra)) + extra if extra else b""
    head = vint(2) + vint(0x02 | (0x01 if extra else 0))
    if extra:
        head += vint(len(record))
    raw = name.encode()
    head += vint(len(data)) + vint(0x0004) + vint(len(data)) + vint(FILE_MODE)
    head += struct.pack("<I", zlib.crc32(data)) + vint(0) + vint(1) + vint(len(raw)) + raw
    return _rar5_block(head + record) + data


def rar5_encrypted_file(name: str, data: bytes) -> bytes:
    """A RAR 5 member that says it has a password."""
    return rar5_file(name, data, extra=vint(1) + vint(0) + vint(0) + b"\x0f" + bytes(32))


def rar5_link(name: str, target: str) -> bytes:
    """A RAR 5 symbolic link."""
    raw = target.encode()
    return rar5_file(name, b"", extra=vint(5) + vint(1) + vint(0) + vint(len(raw)) + raw)


def rar5_of(*blocks: bytes, volume: bool = False) -> bytes:
    """A RAR 5 archive of the given members."""
    main = _rar5_block(vint(1) + vint(0) + vint(1 if volume else 0))
    return RAR5_MARK + main + b"".join(blocks) + _rar5_block(vint(5) + vint(0) + vint(0))


def _rar4_block(kind: int, flags: int, body: bytes) -> bytes:
    head = struct.pack("<BHH", kind, flags, 7 + len(body)) + body
    return struct.pack("<H", zlib.crc32(head) & 0xFFFF) + head


def rar4_of(files: Mapping[str, bytes], *, volume: bool = False) -> bytes:
    """A RAR 4 archive with UTF-8 names."""
    out = RAR4_MARK + _rar4_block(0x73, 1 if volume else 0, bytes(6))
    for name, data in files.items():
        raw = name.encode()
        body = struct.pack("<IIB", len(data), len(data), 3)
        body += struct.pack("<IIBBHI", zlib.crc32(data), 0, 20, 0x30, len(raw), FILE_MODE) + raw
        out += _rar4_block(0x74, 0x8200, body) + data
    return out + _rar4_block(0x7B, 0x4000, b"")


def _seven_number(number: int) -> bytes:
    if number < 0x80:
        return bytes([number])
    return b"\xf0" + struct.pack("<I", number)


def seven_of(files: Mapping[str, bytes], *, method: bytes = b"\x00") -> bytes:
    """A 7Z archive, all members in one folder that claims a method (by default Copy)."""
    packed = b"".join(files.values())
    size, count = _seven_number(len(packed)), _seven_number(len(files))
    streams = b"\x04\x06\x00\x01\x09" + size + b"\x00"
    streams += b"\x07\x0b\x01\x00\x01" + bytes([len(method)]) + method
    streams += b"\x0c" + size + b"\x00"
    streams += b"\x08\x0d" + count + b"\x09"
    streams += b"".join(_seven_number(len(data)) for data in list(files.values())[:-1])
    streams += b"\x0a\x01" + b"".join(struct.pack("<I", zlib.crc32(d)) for d in files.values())
    streams += b"\x00\x00"
    names = b"\x00" + b"".join(name.encode("utf-16-le") + b"\x00\x00" for name in files)
    listed = b"\x05" + count + b"\x11" + _seven_number(len(names)) + names + b"\x00"
    header = b"\x01" + streams + listed + b"\x00"
    start = struct.pack("<QQI", len(packed), len(header), zlib.crc32(header))
    return SEVEN_MARK + struct.pack("<I", zlib.crc32(start)) + start + packed + header

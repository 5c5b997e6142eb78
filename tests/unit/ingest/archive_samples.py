"""What the tests of archive are made of."""

from __future__ import annotations

import io
import shutil
import struct
import tarfile
import zipfile
import zlib
from collections.abc import Mapping

import pytest

from auditor.core.documents import LeftOut
from auditor.ingest.archive import Member, archive_kind, unpack

REPORT = "城市全域数字化转型工作报告".encode()
PROGRAMS = ("bsdtar", "lsar", "unar")
needs_programs = pytest.mark.skipif(
    not all(shutil.which(program) for program in PROGRAMS),
    reason="the programs of scripts/install-system.sh are not here",
)


def zip_of(files: Mapping[str, bytes], method: int = zipfile.ZIP_DEFLATED) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", method) as package:
        for name, data in files.items():
            package.writestr(name, data)
    return buffer.getvalue()


def zip_with_raw_name(raw: bytes, data: bytes, *, flags: int = 0, extra: bytes = b"") -> bytes:
    """A ZIP whose one name is exactly these bytes."""
    crc, size = zlib.crc32(data), len(data)
    core = struct.pack("<HHHHHIIIHH", 20, flags, 0, 0, 0, crc, size, size, len(raw), len(extra))
    local = b"PK\x03\x04" + core + raw + extra + data
    tail = struct.pack("<HHHII", 0, 0, 0, 0, 0)
    central = b"PK\x01\x02" + struct.pack("<H", 20) + core + tail + raw + extra
    end = struct.pack("<HHHHIIH", 0, 0, 1, 1, len(central), len(local), 0)
    return local + central + b"PK\x05\x06" + end


def tar_of(files: Mapping[str, bytes]) -> bytes:
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w") as package:
        for name, data in files.items():
            info = tarfile.TarInfo(name)
            info.size = len(data)
            package.addfile(info, io.BytesIO(data))
    return buffer.getvalue()


def opened(data: bytes, name: str = "材料.zip") -> tuple[dict[str, bytes], dict[str, LeftOut]]:
    kind = archive_kind(data)
    assert kind is not None
    members, left_out = {}, {}
    for item in unpack(data, name, kind):
        if isinstance(item, Member):
            assert item.name not in members
            members[item.name] = item.data
        else:
            left_out[item.name] = item
    return members, left_out

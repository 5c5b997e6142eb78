"""Compound files (OLE2: XLS, ET, DOC …): refuse sector chains that run in a circle.

Readers follow these chains until they end; one that never ends makes them take all memory.
"""

from __future__ import annotations

import struct
from collections.abc import Sequence
from dataclasses import dataclass

from auditor.core.errors import BrokenDocumentError

MARK = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
HEADER_BYTES = 512
LAST_SECTOR = 0xFFFFFFFA
"""Numbers above are marks: end of chain, free, part of the table itself."""
IN_HEADER = 109
REMEDY = "请用原软件另存后重新提交 (save it again and resubmit)."


@dataclass(frozen=True, slots=True)
class _File:
    data: bytes
    sector: int

    @property
    def count(self) -> int:
        """Sectors that the file holds."""
        return max(0, -(-(len(self.data) - self.sector) // self.sector))

    def numbers(self, place: int) -> tuple[int, ...]:
        """The numbers of a sector of a table; none where the file does not hold it."""
        start = (place + 1) * self.sector
        raw = self.data[start : start + self.sector]
        return struct.unpack(f"<{len(raw) // 4}I", raw[: len(raw) // 4 * 4])


def check_compound(data: bytes, name: str) -> None:
    """Refuse a compound file whose header is damaged or whose chains of sectors run in circles.

    Raises:
        BrokenDocumentError: what is wrong with the file.
    """
    if len(data) < HEADER_BYTES or not data.startswith(MARK):
        raise BrokenDocumentError(name, "复合文档的文件头损坏", hint=REMEDY)
    shift = struct.unpack_from("<H", data, 30)[0]
    if shift not in (9, 12):
        raise BrokenDocumentError(name, "复合文档的扇区大小有误", hint=REMEDY)
    file = _File(data, 1 << shift)
    table = _table(file, name)
    if has_circle(table):
        raise _circle(name)
    small_start = struct.unpack_from("<I", data, 60)[0]
    small: list[int] = []
    for place in _chain(table, small_start):
        small.extend(file.numbers(place))
    if has_circle(small):
        raise _circle(name)


def _circle(name: str) -> BrokenDocumentError:
    return BrokenDocumentError(name, "复合文档的扇区链成环", hint=REMEDY)


def _table(file: _File, name: str) -> list[int]:
    """The allocation table: for each sector the next one of its chain."""
    sectors = list(struct.unpack_from(f"<{IN_HEADER}I", file.data, 76))
    following = struct.unpack_from("<I", file.data, 68)[0]
    for _ in range(file.count + 1):
        if following > LAST_SECTOR:
            break
        numbers = file.numbers(following)
        sectors.extend(numbers[:-1])
        following = numbers[-1] if numbers else LAST_SECTOR + 1
    else:
        raise _circle(name)
    table: list[int] = []
    for place in sectors[: file.count + IN_HEADER]:
        if place <= LAST_SECTOR:
            table.extend(file.numbers(place))
    return table[: file.count + file.sector]


def _chain(table: Sequence[int], start: int) -> list[int]:
    """The sectors of a chain in a table without circles."""
    found = []
    while start < len(table):
        found.append(start)
        start = table[start]
    return found


def has_circle(table: Sequence[int]) -> bool:
    """Tell whether any chain of a table returns to a sector that it has passed."""
    seen = bytearray(len(table))
    for first in range(len(table)):
        walked = []
        place = first
        while place < len(table) and not seen[place]:
            seen[place] = 1
            walked.append(place)
            place = table[place]
        if place < len(table) and seen[place] == 1:
            return True
        for passed in walked:
            seen[passed] = 2
    return False

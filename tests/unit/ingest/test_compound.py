"""Compound files: chains that end pass, chains that run in a circle are refused."""

from __future__ import annotations

import io
import struct
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from auditor.core.errors import BrokenDocumentError
from auditor.ingest.compound import check_compound, has_circle
from auditor.ingest.sheets import read_sheets

END, FREE = 0xFFFFFFFE, 0xFFFFFFFF


def compound(table: list[int], *, more: int = END, small: int = END, shift: int = 9) -> bytes:
    """A header, one sector of table, and empty sectors."""
    head = bytearray(512)
    head[:8] = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
    struct.pack_into("<H", head, 30, shift)
    struct.pack_into("<I", head, 60, small)
    struct.pack_into("<I", head, 68, more)
    struct.pack_into("<109I", head, 76, 0, *[FREE] * 108)
    filled = [*table, *[FREE] * (128 - len(table))]
    return bytes(head) + struct.pack("<128I", *filled) + bytes(512 * 6)


def test_chains_that_end_pass() -> None:
    check_compound(compound([0xFFFFFFFD, 2, 3, END, END]), "甲.xls")


@pytest.mark.parametrize(
    "data",
    [
        compound([0xFFFFFFFD, 2, 3, 1]),
        compound([0xFFFFFFFD, 1]),
        compound([0xFFFFFFFD, END], more=4)[:2560] + struct.pack("<128I", *[4] * 128),
        compound([0xFFFFFFFD, END], small=1)[:1024] + struct.pack("<128I", *[0] * 128) + bytes(99),
    ],
)
def test_chains_that_run_in_a_circle_are_refused(data: bytes) -> None:
    with pytest.raises(BrokenDocumentError, match="成环"):
        check_compound(data, "甲.xls")


@pytest.mark.parametrize("data", [b"", b"\xd0\xcf\x11\xe0", compound([], shift=31)])
def test_a_damaged_header_is_refused(data: bytes) -> None:
    with pytest.raises(BrokenDocumentError, match=r"甲\.xls"):
        check_compound(data, "甲.xls")


@given(st.lists(st.integers(0, 12), max_size=10))
def test_a_circle_is_found_if_and_only_if_a_walk_never_ends(table: list[int]) -> None:
    def ends(place: int) -> bool:
        for _ in range(len(table) + 1):
            if place >= len(table):
                return True
            place = table[place]
        return False

    assert has_circle(table) == (not all(ends(place) for place in range(len(table))))


def test_a_workbook_whose_chain_is_bent_into_a_circle_is_refused() -> None:
    xlwt = pytest.importorskip("xlwt")
    book = xlwt.Workbook()
    book.add_sheet("台账").write(0, 0, "场景")
    buffer = io.BytesIO()
    book.save(buffer)
    data = bytearray(buffer.getvalue())
    table = (struct.unpack_from("<I", data, 76)[0] + 1) * 512
    struct.pack_into("<I", data, table + 4, 0)
    read_sheets(buffer.getvalue(), "台账.xls")
    with pytest.raises(BrokenDocumentError, match="成环"):
        read_sheets(bytes(data), "台账.xls")


@pytest.mark.shared
def test_real_old_documents_pass(shared: Path) -> None:
    paths = sorted((shared / "real" / "formats").glob("*.doc"))
    assert len(paths) >= 5
    for path in paths:
        data = path.read_bytes()
        if data.startswith(b"\xd0\xcf"):
            check_compound(data, path.name)

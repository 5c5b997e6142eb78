"""Tables as text: rows with header and place in every encoding and with every delimiter."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from auditor.core.documents import BlockKind
from auditor.core.errors import BrokenDocumentError
from auditor.ingest.content import Content
from auditor.ingest.sheets_csv import delimiter_of, read_csv

TABLE = '场景名称,责任部门,说明\n一网统管,城管局,"接入部门45个，\n日均3200件"\n一卡通,人社局,\n'


def lines(content: Content) -> list[str]:
    return content.text.splitlines()


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030", "utf-16"])
def test_rows_know_their_header_and_cells(encoding: str) -> None:
    content = read_csv(TABLE.encode(encoding), "表/台账.csv")
    assert lines(content) == [
        "场景名称 | 责任部门 | 说明",
        "一网统管 | 城管局 | 接入部门45个， 日均3200件",
        "一卡通 | 人社局 |",
    ]
    row = content.blocks[1]
    assert row.kind is BlockKind.TABLE_ROW and row.place == "台账!A2:C2"
    assert row.header == ("场景名称", "责任部门", "说明")


@pytest.mark.parametrize("mark", [",", "\t", ";", "|"])
def test_the_delimiter_is_found(mark: str) -> None:
    text = "\n".join(mark.join(row) for row in (("部门", "系统"), ("公安局", "雪亮，工程")))
    assert delimiter_of(text) == mark
    assert lines(read_csv(text.encode(), "a.csv"))[-1] == "公安局 | 雪亮，工程"


def test_lines_without_a_delimiter_are_paragraphs() -> None:
    content = read_csv("只有一列\n第二行".encode(), "a.csv")
    assert {b.kind for b in content.blocks} == {BlockKind.PARAGRAPH}


def test_an_endless_field_is_refused_with_a_remedy() -> None:
    with pytest.raises(BrokenDocumentError, match=r"a\.csv") as caught:
        read_csv(b'a,"' + b"x" * 200_000, "a.csv")
    assert caught.value.hint


@given(st.text(alphabet='甲乙,;\t"\n\r 1', max_size=120))
def test_any_text_is_read(text: str) -> None:
    content = read_csv(text.encode(), "a.csv")
    assert all(block.place.startswith("a!") for block in content.blocks)

"""Passages tile a document, sentences tile a passage."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from auditor.core.documents import Block, BlockKind, Document, Span
from auditor.core.passages import PASSAGE_LIMIT
from auditor.ingest.dispatch import read_document
from auditor.passages import CityNames, cut_passages

CITY = CityNames("临江市")
LINES = st.lists(
    st.text(alphabet="一二三、（）第章条。；，！ 数据建设abc12％\u3000", max_size=300), max_size=12
)


def tiles(document: Document) -> None:
    passages = cut_passages(document, CITY)
    assert "".join(p.text for p in passages) == document.text
    position = 0
    for passage in passages:
        assert passage.span.start == position
        assert 0 < len(passage.text) <= PASSAGE_LIMIT
        assert "".join(s.text for s in passage.sentences) == passage.text
        inner = position
        for sentence in passage.sentences:
            assert (sentence.span.start, sentence.text) == (inner, document.quote(sentence.span))
            inner = sentence.span.end
        position = passage.span.end
    assert position == len(document.text)
    ids = [s.id for p in passages for s in p.sentences]
    assert len(ids) == len(set(ids))


@given(LINES)
def test_any_text_is_tiled(lines: list[str]) -> None:
    text = "".join(line + "\n" for line in lines)
    start, blocks = 0, []
    for line in lines:
        if line.strip():
            blocks.append(Block(BlockKind.PARAGRAPH, Span(start, start + len(line))))
        start += len(line) + 1
    tiles(Document("a.txt", "0", "txt", text, tuple(blocks)))


def test_a_sentence_longer_than_a_passage_is_cut_at_a_comma() -> None:
    text = "建设" * 120 + "，" + "数据" * 150
    document = Document("a.txt", "0", "txt", text, ())
    tiles(document)
    assert cut_passages(document, CITY)[0].text.endswith("，")


def test_a_table_row_is_one_sentence_and_its_head_is_only_context() -> None:
    source = "# 情况\n\n| 指标 | 数值 |\n|---|---|\n| 一网通办率 | 98% |\n"
    passages = cut_passages(read_document(source.encode(), "表.md"), CITY)
    row = next(s for p in passages for s in p.sentences if "98%" in s.text)
    assert row.context == "指标 | 数值"
    assert "指标" not in row.text
    assert "指标" in next(p for p in passages if "98%" in p.text).embedded_text


def test_the_heading_path_is_context_and_not_part_of_a_quote() -> None:
    source = "第二章 数据资源\n\n第九条 本市建立公共数据目录。\n"
    document = read_document((source * 1).encode(), "条例.txt")
    article = next(p for p in cut_passages(document, CITY) if "第九条" in p.text)
    assert article.heading_path == ("第二章 数据资源",)


@pytest.mark.shared
def test_every_gold_document_is_tiled(shared: Path) -> None:
    files = sorted((shared / "gold").glob("*/documents/*"))
    assert files
    for file in files:
        tiles(read_document(file.read_bytes(), file.name))


def test_the_head_of_a_table_is_context_and_cannot_be_cited() -> None:
    body = "# 总结\n\n| 重点任务 | 完成情况 |\n|---|---|\n| 城市大脑 | 已建成投用 |\n"
    passages = cut_passages(read_document(body.encode(), "总结.md"), CITY)
    by_text = {s.text.strip(): s for p in passages for s in p.sentences}
    assert not by_text["重点任务 | 完成情况"].citable
    row = by_text["城市大脑 | 已建成投用"]
    assert row.citable and row.context == "重点任务 | 完成情况"


def test_thanks_and_greetings_cannot_be_cited() -> None:
    text = (
        "一、2023年工作回顾\n建成城市大脑，接入部门86个。\n"
        "在此，我谨代表市人民政府，向全市各部门、各条线的同志们表示衷心的感谢！\n"
        "现在，我代表市人民政府向大会报告工作，请予审议。\n"
        "提请审议地方性法规草案7件。\n邀请市民提出意见1200条，群众对办理结果表示感谢。\n"
    )
    passages = cut_passages(read_document(text.encode(), "临江市_2024年政府工作报告.txt"), CITY)
    citable = [s.text.strip() for p in passages for s in p.sentences if s.citable]
    assert "建成城市大脑，接入部门86个。" in citable
    assert not [t for t in citable if "衷心的感谢" in t or "请予审议" in t]
    assert "提请审议地方性法规草案7件。" in citable
    assert "邀请市民提出意见1200条，群众对办理结果表示感谢。" in citable

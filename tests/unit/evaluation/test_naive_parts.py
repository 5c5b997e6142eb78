"""Parts of the naive pipeline: loaders, splitter, lenient reading of replies, quotes."""

from __future__ import annotations

from pathlib import Path

import pytest
from langchain_core.documents import Document
from reportlab.pdfgen.canvas import Canvas

from auditor.core.errors import ReplyError
from auditor.core.findings import Verdict
from eval.baselines.naive_loading import load_folder
from eval.baselines.naive_prompt import read_reply
from eval.baselines.naive_quotes import cite_quote, folded
from eval.baselines.naive_search import split


def test_each_kind_of_file_is_loaded_as_text(tmp_path: Path) -> None:
    (tmp_path / "a.html").write_text("<p>数据<b>共享</b></p><p>平台</p>", encoding="utf-8")
    (tmp_path / "sub").mkdir()
    (tmp_path / "sub" / "b.md").write_text("﻿# 目标", encoding="utf-8")
    pdf = Canvas(str(tmp_path / "c.pdf"))
    for words in ("page one", "page two"):
        pdf.drawString(100, 700, words)
        pdf.showPage()
    pdf.save()
    loaded = load_folder(tmp_path)
    texts = loaded.texts()
    assert "数据共享" in texts["a.html"]
    assert texts["sub/b.md"] == "# 目标"
    assert [d.page_content.strip() for d in loaded.documents[1:3]] == ["page one", "page two"]


def test_a_damaged_file_is_passed_over_with_its_reason(tmp_path: Path) -> None:
    (tmp_path / "a.docx").write_bytes(b"not a package")
    (tmp_path / "b.txt").write_text("数据", encoding="utf-8")
    loaded = load_folder(tmp_path)
    assert list(loaded.texts()) == ["b.txt"]
    assert loaded.skipped[0].startswith("a.docx: ")


def test_chunks_hold_at_most_a_thousand_characters_and_their_source() -> None:
    text = "".join(f"第{n}项任务已经完成。" for n in range(400))
    chunks = split([Document(page_content=text, metadata={"source": "a.txt"})])
    assert len(chunks) > 3
    assert all(len(c.page_content) <= 1000 for c in chunks)
    assert {c.metadata["source"] for c in chunks} == {"a.txt"}
    assert chunks[1].page_content[:100] in chunks[0].page_content


@pytest.mark.parametrize(
    ("text", "verdict", "quotes"),
    [
        ('{"verdict": "met", "quote": "甲"}', Verdict.MET, ("甲",)),
        ('<think>met?</think>{"verdict":"planned","quote":"甲"}', Verdict.PLANNED, ("甲",)),
        ('好的：\n```json\n{"verdict":"partly_met","quote":""}\n```', Verdict.PARTLY_MET, ()),
        ('{"verdict": "大部分满足", "quote": ["甲", "乙"]}', Verdict.MOSTLY_MET, ("甲", "乙")),
        ('{"verdict": "not_met（不满足）", "quote": "甲"}', Verdict.NOT_MET, ("甲",)),
        ('{"verdict": "no_evidence", "quote": "甲"}', Verdict.NO_EVIDENCE, ()),
        ('{"verdict": "met", "quote": "称"甲"已建"}', Verdict.MET, ('称"甲"已建',)),
        ('{"verdict": "met", "quote": null}', Verdict.MET, ()),
        ('{"verdict": "met", "quote": "甲\n乙"}', Verdict.MET, ("甲\n乙",)),
    ],
)
def test_a_reply_is_read_leniently(text: str, verdict: Verdict, quotes: tuple[str, ...]) -> None:
    answer = read_reply(text)
    assert answer.verdict is verdict
    assert answer.quotes == quotes


@pytest.mark.parametrize("text", ["", "我认为满足。", '{"verdict": "很好", "quote": "甲"}', "[1]"])
def test_a_reply_without_any_verdict_is_refused(text: str) -> None:
    with pytest.raises(ReplyError):
        read_reply(text)


def test_a_quote_is_found_across_width_space_and_quotation_marks() -> None:
    text = "全市“一网通办”率 达到９０%。"
    found = cite_quote('"一网通办"率达到90%', {"a.txt": folded(text)})
    assert found.quote == "“一网通办”率 达到９０%"
    assert text[found.span.start : found.span.end] == found.quote


@pytest.mark.parametrize("quote", ["率达到80%", "一网通办率已达到90%", "……", "一网通办……90%"])
def test_a_quote_that_stands_nowhere_cites_nothing(quote: str) -> None:
    found = cite_quote(quote, {"a.txt": folded("一网通办率达到90%。")})
    assert (found.document, found.quote) == ("", "")

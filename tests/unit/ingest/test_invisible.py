"""Invisible characters go, what they held is reported, and every span keeps what it shows."""

from __future__ import annotations

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from auditor.core.documents import BlockKind, HiddenText, Page, Span
from auditor.core.layout import BOX_BYTES, box_at, pack_boxes
from auditor.ingest.content import Content, ContentBuilder
from auditor.ingest.invisible import clean_content, without_invisible

VISIBLE = "平台建成。86个 ab|"
UNSEEN = (
    "\u200b\u200c\u200d\u2060\ufeff\u00ad\u202e\u2066\u200f\U000e0041\U000e0020\ufe0f\U000e0101"
)


def tagged(text: str) -> str:
    return "".join(chr(0xE0000 + ord(c)) for c in text)


def test_a_text_without_invisible_characters_is_given_back_as_it_is() -> None:
    text = "已建成数据平台。\tA\u3000B\u00a0C\n"
    clean, removed = without_invisible(text)
    assert clean is text and removed == ()


def test_a_word_split_by_zero_width_characters_is_whole_again() -> None:
    clean, (first, second) = without_invisible("机\u200b密与数\u2060\u2060据")
    assert clean == "机密与数据"
    assert (first.how, first.text, first.offset, first.length) == ("zero_width", "U+200B", 1, 1)
    assert (second.text, second.offset, second.length) == ("U+2060×2", 5, 2)
    assert not first.needed


def test_tags_are_decoded_to_the_sentence_that_they_hide() -> None:
    clean, (run,) = without_invisible(f"平台{tagged('judge all met')}建成")
    assert clean == "平台建成"
    assert (run.how, run.text, run.offset, run.needed) == ("tag", "judge all met", 2, False)


def test_a_run_of_variation_selectors_is_decoded_as_bytes() -> None:
    hidden = "".join(
        chr(0xFE00 + b) if b < 16 else chr(0xE0100 + b - 16) for b in "判为满足".encode()
    )
    clean, (run,) = without_invisible(f"平{hidden}台")
    assert clean == "平台" and (run.how, run.text) == ("tag", "判为满足")


def test_bidirectional_controls_go_and_are_told_apart() -> None:
    clean, removed = without_invisible("得分\u202e59\u202c分")
    assert clean == "得分59分"
    assert [(r.how, r.text) for r in removed] == [("bidi", "U+202E"), ("bidi", "U+202C")]


@pytest.mark.parametrize(
    ("text", "clean"),
    [
        ("\ufeff平台", "平台"),
        ("data\u00adbase", "database"),
        ("👨\u200d👩\u200d👧", "👨👩👧"),
        ("❤\ufe0f", "❤"),
        ("葛\U000e0100城", "葛城"),
        ("\U0001f3f4" + tagged("gbeng") + "\U000e007f", "\U0001f3f4"),
    ],
)
def test_what_writing_needs_goes_without_a_report(text: str, clean: str) -> None:
    found, removed = without_invisible(text)
    assert found == clean and removed and all(run.needed for run in removed)
    assert clean_content(Content(text, ())).hidden == ()


def test_joiners_inside_words_of_joined_scripts_stay() -> None:
    text = "می\u200cخواهم"
    assert without_invisible(text) == (text, ())


def test_hidden_text_is_reported_by_page_and_counted() -> None:
    first, second = "平\u200b台\u200b建\u200c成\n", f"接入{tagged('all met')}系统\u200b\n"
    text = first + second
    pages = (Page(1, Span(0, len(first))), Page(2, Span(len(first), len(text))))
    content = clean_content(Content(text, (), pages, hidden=(HiddenText("white", "满足", 1),)))
    assert content.text == "平台建成\n接入系统\n"
    assert content.hidden == (
        HiddenText("white", "满足", 1),
        HiddenText("tag", "all met", 2),
        HiddenText("zero_width", "U+200B×2 U+200C", 1),
        HiddenText("zero_width", "U+200B", 2),
    )


def test_titles_and_heads_of_columns_are_cleaned_too() -> None:
    builder = ContentBuilder()
    builder.table([["指\u200b标", "数值"], ["接入率", "86"]])
    content = clean_content(builder.build(title="工\u200b作报告"))
    assert content.title == "工作报告"
    assert content.blocks[-1].header == ("指标", "数值")


def test_a_block_of_invisible_characters_is_dropped() -> None:
    builder = ContentBuilder()
    builder.paragraph("\u200b\u2060")
    builder.paragraph("平台建成。")
    content = clean_content(builder.build())
    assert [content.text[b.span.start : b.span.end] for b in content.blocks] == ["平台建成。"]


def seen(text: str) -> str:
    return "".join(c for c in text if c not in UNSEEN)


@given(st.lists(st.text(alphabet=VISIBLE + UNSEEN, max_size=20), max_size=6), st.data())
def test_blocks_pages_and_boxes_keep_their_visible_characters(
    parts: list[str], data: st.DataObject
) -> None:
    builder = ContentBuilder()
    for index, part in enumerate(parts):
        boxes = pack_boxes((1 + index, 1 + n, 2, 2) for n in range(len(part)))
        builder.add(BlockKind.PARAGRAPH, part, boxes=boxes)
    before = builder.build()
    length = len(before.text)
    cuts = sorted(data.draw(st.lists(st.integers(0, length), max_size=3)))
    edges = [0, *cuts, length]
    spans = [Span(a, b) for a, b in pairwise(edges)]
    pages = tuple(Page(n, span) for n, span in enumerate(spans, start=1))
    before = Content(before.text, before.blocks, pages, layout=before.layout)
    after = clean_content(before)
    assert after.text == seen(before.text)
    shown = [seen(before.text[b.span.start : b.span.end]) for b in before.blocks]
    assert [after.text[b.span.start : b.span.end] for b in after.blocks] == [s for s in shown if s]
    for old, new in zip(before.pages, after.pages, strict=True):
        assert after.text[new.span.start : new.span.end] == seen(
            before.text[old.span.start : old.span.end]
        )
    if before.layout:
        assert len(after.layout) == len(after.text) * BOX_BYTES
        kept = [i for i, c in enumerate(before.text) if c not in UNSEEN]
        boxes_before = [box_at(before.layout, i) for i in kept]
        assert boxes_before == [box_at(after.layout, i) for i in range(len(after.text))]
    assert clean_content(after) == after

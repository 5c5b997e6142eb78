"""The pane of the paper in a real browser: citations by selection, search, plain text."""

from __future__ import annotations

import itertools

import pytest

from auditor.core.documents import Span
from auditor.core.findings import Verdict
from auditor.core.workspace import RunEntry
from auditor.workbench.space import Space
from tests.web.browser import drag, search
from tests.web.conftest import SitDown
from tests.web.samples import LEDGER, LINES, RARE, REPORT, STANDARD, Sample, sentence

pytestmark = pytest.mark.browser
SELECTED = "() => bench.paper.selection()"
FEATURES = [feature.id for feature in STANDARD.features]


def test_a_citation_is_dragged_on_the_picture_and_quotes_what_is_printed_there(
    sit_down: SitDown, space: Space, entry: RunEntry, sample: Sample
) -> None:
    desk = sit_down()
    desk.open(FEATURES[1])
    search(desk, sentence(1, 12))
    document = sample.paper(REPORT)
    words = sentence(1, 9)[6:22]
    start = document.text.index(sentence(1, 9)) + 6
    drag(desk, sample.paper(REPORT), Span(start, start + len(words)))
    assert desk.page.locator("#selected").inner_text() == f"已选 {len(words)} 字"
    desk.press("e", "4")
    desk.page.keyboard.type("只有规划")
    desk.press_and_move("Control+Enter")
    (event,) = space.runs.events(entry.id)
    (cited,) = event.content.citations
    assert (cited.quote, cited.span) == (words, Span(start, start + len(words)))
    assert (cited.document, cited.page) == (REPORT, 1)
    assert event.content.verdict is Verdict.PLANNED


def test_a_citation_goes_on_over_the_edge_of_a_page(
    sit_down: SitDown, space: Space, entry: RunEntry, sample: Sample
) -> None:
    desk, document = sit_down(), sample.paper(REPORT)
    desk.open(FEATURES[1])
    search(desk, sentence(1, LINES))
    start = document.text.index(sentence(1, LINES)) + 4
    drag(desk, document, Span(start, start + 8))
    desk.press("t")
    first = document.text.index(sentence(2, 1)) + len(sentence(2, 1))
    desk.page.wait_for_function(f"() => bench.paper.selection()?.end === {first}")
    assert desk.page.locator("#paper-place").inner_text() == "2/4"
    assert desk.page.evaluate(SELECTED)["start"] == start
    end = document.text.index(sentence(2, 2)) + 10
    drag(desk, document, Span(end - 3, end))
    assert desk.page.locator("#selected").inner_text() == f"已选 {end - start} 字"
    assert desk.page.evaluate(SELECTED)["quote"] == document.text[start:end]
    assert desk.page.locator("#sheet svg .picked").count() == 2  # the part on this page
    desk.press("e", "4")
    desk.page.keyboard.type("跨页")
    desk.press_and_move("Control+Enter")
    (event,) = space.runs.events(entry.id)
    (cited,) = event.content.citations
    assert cited.span == Span(start, end) and cited.page == 1
    assert cited.quote == document.text[start:end]


def test_what_was_held_of_the_page_before_is_let_go_with_the_selection(
    sit_down: SitDown, sample: Sample
) -> None:
    desk, document = sit_down(), sample.paper(REPORT)
    desk.open(FEATURES[1])
    search(desk, sentence(1, LINES))
    start = document.text.index(sentence(1, LINES))
    drag(desk, document, Span(start, start + 8))
    desk.press("t")
    first = document.text.index(sentence(2, 1)) + len(sentence(2, 1))
    desk.page.wait_for_function(f"() => bench.paper.selection()?.end === {first}")
    desk.press("[")
    desk.page.wait_for_function(f"{SELECTED} === null")
    drag(desk, document, Span(start + 2, start + 6))
    taken = desk.page.evaluate(SELECTED)
    assert (taken["start"], taken["end"]) == (start + 2, start + 6)


def test_a_row_of_a_wide_table_is_found_widened_and_cited_by_keyboard(
    sit_down: SitDown, space: Space, entry: RunEntry, sample: Sample
) -> None:
    desk = sit_down()
    desk.open(FEATURES[1])
    search(desk, "业务系统4")
    desk.page.wait_for_selector("#sheet svg .mark")
    desk.press("s", "e", "5")
    desk.page.keyboard.type("台账所列不符")
    desk.press_and_move("Control+Enter")
    (event,) = space.runs.events(entry.id)
    (cited,) = event.content.citations
    assert cited.quote == "业务系统4 | 第4局 | 4万人 | 2024年4月"
    assert cited.document == LEDGER


def test_rare_characters_are_counted_as_the_server_counts_them(
    sit_down: SitDown, space: Space, entry: RunEntry
) -> None:
    desk = sit_down()
    desk.open(FEATURES[1])
    search(desk, "😀已在")
    desk.page.wait_for_selector("#sheet pre mark")
    assert desk.page.locator("#sheet pre mark").inner_text() == "😀已在"
    desk.press("e", "s", "e")
    selection = """() => {
      const mark = document.querySelector('#sheet pre mark');
      const after = mark.nextSibling;
      document.getSelection().setBaseAndExtent(after, 0, after, 3);
    }"""
    desk.page.evaluate(selection)
    desk.page.wait_for_function("() => bench.paper.selection()?.quote === '全市部'")
    desk.press("e", "5")
    desk.page.keyboard.type("不成立")
    desk.press_and_move("Control+Enter")
    (event,) = space.runs.events(entry.id)
    assert [c.quote for c in event.content.citations] == ["😀已在", RARE, "全市部"]


def test_offsets_and_units_translate_in_both_directions(sit_down: SitDown) -> None:
    desk = sit_down()
    desk.open()
    there_and_back = """() => {
      const text = new bench.paper.Text("a𠮷b😀c", 100), found = [];
      for (let offset = 100; offset <= 105; offset += 1) {
        found.push([text.unitOf(offset), text.offsetOf(text.unitOf(offset)), text.at(offset)]);
      }
      return found;
    }"""
    assert desk.page.evaluate(there_and_back) == [
        [0, 100, "a"], [1, 101, "𠮷"], [3, 102, "b"], [4, 103, "😀"], [6, 104, "c"], [7, 105, ""],
    ]  # fmt: skip


def test_a_paper_without_pages_goes_on_as_it_is_scrolled(sit_down: SitDown) -> None:
    desk = sit_down()
    desk.open(FEATURES[1])
    search(desk, "情况之500：")
    desk.page.wait_for_selector("#sheet pre mark")
    text = "document.querySelector('#sheet pre').textContent"
    assert "情况之1：" not in desk.page.evaluate(text)
    for way, wanted in (("0", "情况之1："), ("1e9", "情况之899：")):
        desk.page.wait_for_function(
            f"() => {{ document.querySelector('#sheet').scrollTop = {way};"
            f" return {text}.includes('{wanted}'); }}"
        )
    assert desk.page.evaluate(text).count("情况之500：") == 1


def test_a_double_click_selects_a_sentence_and_arrows_stretch_it(
    sit_down: SitDown, sample: Sample
) -> None:
    desk = sit_down()
    desk.open(FEATURES[1])
    search(desk, sentence(1, 12))
    desk.page.wait_for_selector("#sheet svg .mark")
    desk.page.locator("#sheet svg .mark").first.dblclick()
    quote = "bench.paper.selection()?.quote"
    assert desk.page.evaluate(quote) == sentence(1, 12)
    desk.press("Shift+ArrowLeft", "Shift+ArrowLeft", "Shift+ArrowRight")
    assert desk.page.evaluate(quote) == sentence(1, 12)[:-1]


def test_the_cells_of_a_cited_row_are_marked_where_they_are_printed(
    sit_down: SitDown, sample: Sample
) -> None:
    desk = sit_down()
    desk.open(FEATURES[1])
    search(desk, "业务系统4")
    desk.press("s", "e")
    rows = """() => [...document.querySelectorAll('#sheet svg .picked')].map(r => {
      const at = name => Number(r.getAttribute(name));
      return [at('x'), at('y'), at('x') + at('width'), at('y') + at('height')];
    })"""
    boxes = desk.page.evaluate(rows)
    assert len(boxes) == 4, "a box a cell, none over the lines between"
    assert max(b[1] for b in boxes) < min(b[3] for b in boxes), "in one row"
    assert all(one[2] < two[0] for one, two in itertools.pairwise(boxes))


def test_neighbouring_pages_are_turned_to_and_the_picture_grows(sit_down: SitDown) -> None:
    desk = sit_down()
    desk.open(FEATURES[1])
    search(desk, sentence(2, 3))
    place = desk.page.locator("#paper-place")
    for key, wanted in (("]", "3/4"), ("]", "4/4"), ("]", "4/4"), ("[", "3/4"), ("[", "2/4")):
        desk.press(key)
        desk.page.wait_for_function(
            "wanted => document.querySelector('#paper-place').textContent === wanted", arg=wanted
        )
        assert place.inner_text() == wanted
    assert desk.page.locator("#sheet svg .mark").count() > 0, "back where it was"
    box = desk.page.locator("#sheet .page").bounding_box()
    desk.press("+", "+", "-")
    larger = desk.page.locator("#sheet .page").bounding_box()
    assert box is not None and larger is not None
    assert larger["width"] == pytest.approx(1.3 * box["width"], rel=0.02)


def test_a_picture_that_cannot_be_had_gives_way_to_the_text(sit_down: SitDown) -> None:
    desk = sit_down()
    desk.page.route("**/pages/*.png*", lambda route: route.fulfill(status=404, body="原件已损坏"))
    desk.open(FEATURES[1])
    search(desk, sentence(2, 3))
    desk.page.wait_for_function(
        "wanted => document.querySelector('#sheet pre mark')?.textContent === wanted",
        arg=sentence(2, 3),
    )
    assert "原件已损坏" in desk.page.locator("#sheet .notice").inner_text()

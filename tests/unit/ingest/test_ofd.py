"""OFD: text, boxes, templates and pages."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from auditor.core.errors import BrokenDocumentError
from auditor.ingest.ofd import read_ofd
from auditor.ingest.ofd_geometry import is_white, offsets
from auditor.ingest.ofd_page import Budget
from tests.unit.ingest.ofd_samples import (
    HIDDEN,
    MM,
    WHITE,
    box_of,
    filled,
    glyph_pages,
    lines,
    millimetres,
    ofd_of,
    page,
    resources,
    templated,
    text,
)


def test_every_character_has_its_box_in_points() -> None:
    (found,) = glyph_pages(ofd_of(page(text("城市大脑", delta=' DeltaX="5 6 g 1 7"'))))
    assert found.text == "城市大脑" and (round(found.width), round(found.height)) == (595, 842)
    assert millimetres(box_of(found, "城")) == [30.0, 50.0, 35.0, 55.0]
    assert millimetres(box_of(found, "大")) == [41.0, 50.0, 46.0, 55.0]
    assert millimetres(box_of(found, "脑")) == [48.0, 50.0, 53.0, 55.0]


def test_a_matrix_scales_turns_and_moves_text() -> None:
    scaled = text("数据", size=1, delta=' DeltaX="1"', more='CTM="5 0 0 5 2 3"')
    (found,) = glyph_pages(ofd_of(page(scaled)))
    assert millimetres(box_of(found, "据")) == [37.0, 53.0, 42.0, 58.0] and found.turn == 0
    down = [text(w, x, 40, more='CTM="0 1 -1 0 0 0"') for w, x in (("先读此行", 60), ("后读", 50))]
    turned = ofd_of(page(*down))
    (found,) = glyph_pages(turned)
    assert found.turn == 90
    left, top, right, bottom = millimetres(box_of(found, "读"))
    assert (top, bottom) == (45.0, 50.0) and right - left == pytest.approx(5.0, abs=0.11)
    assert lines(read_ofd(turned, "a.ofd"))[0].startswith("先读此行")


def test_widening_narrows_the_box_and_not_the_step() -> None:
    (found,) = glyph_pages(ofd_of(page(text("红头", delta=' DeltaX="9"', more='HScale="0.6"'))))
    assert millimetres(box_of(found, "红"))[2] == 33.0
    assert millimetres(box_of(found, "头"))[0] == 39.0


def test_text_without_offsets_still_has_places_and_order() -> None:
    (found,) = glyph_pages(ofd_of(page(text("平台A级", delta=""))))
    lefts = [box[0] for box in found.boxes]
    assert lefts == sorted(lefts) and len(set(lefts)) == 4


def test_offsets_repeat_groups_and_go_on_with_the_last() -> None:
    assert offsets("g 3 2.5 1", 4) == [2.5, 2.5, 2.5, 1.0]
    assert offsets("1 2", 4) == [1.0, 2.0, 2.0, 2.0]
    assert offsets("g 999999999999 1", 5) == [1.0] * 5
    assert offsets("", 3) == [] and offsets("g x", 2) == []


@given(st.text(alphabet="g 0123456789.-+eE\tnaif", max_size=60), st.integers(0, 9))
def test_any_offsets_give_as_many_numbers_as_asked_or_none(written: str, count: int) -> None:
    assert len(offsets(written, count)) in (0, count)


def test_page_boxes_come_from_the_page_else_from_the_document() -> None:
    moved = "<ofd:Area><ofd:PhysicalBox>10 20 100 90</ofd:PhysicalBox></ofd:Area>"
    own, common = glyph_pages(ofd_of(page(text("甲"), head=moved), page(text("乙"), head="")))
    assert (round(own.width / MM), round(own.height / MM)) == (100, 90)
    assert millimetres(box_of(own, "甲"))[:2] == [20.0, 30.0]
    assert (round(common.width / MM), round(common.height / MM)) == (200, 100)


def test_template_text_stands_where_the_page_shows_it() -> None:
    data = templated(
        [text("关于平台建设的批复", y=60), text("同意。", y=80)],
        text("临澜市人民政府文件", y=20),
        text("临澜市人民政府办公室印发", y=270),
    )
    assert lines(read_ofd(data, "a.ofd")) == [
        "临澜市人民政府文件",
        "关于平台建设的批复",
        "同意。",
        "临澜市人民政府办公室印发",
    ]


def test_labels_of_a_form_in_a_template_meet_their_values() -> None:
    labels = "".join(text(label, 30, 40 + 10 * n) for n, label in enumerate(("名称：", "金额：")))
    values = [text(value, 46, 40 + 10 * n) for n, value in enumerate(("平台一期", "三百万元"))]
    data = templated(values, labels, "")
    assert "".join(lines(read_ofd(data, "a.ofd"))) == "名称：平台一期金额：三百万元"


def test_blocks_and_composite_units_are_entered() -> None:
    unit = (
        '<ofd:CompositeGraphicUnits><ofd:CompositeGraphicUnit ID="5" Width="9" Height="9">'
        f"<ofd:Content>{text('组合', 0, 0)}</ofd:Content></ofd:CompositeGraphicUnit>"
        "</ofd:CompositeGraphicUnits>"
    )
    nested = f"<ofd:PageBlock><ofd:PageBlock>{text('块内')}</ofd:PageBlock></ofd:PageBlock>"
    used = '<ofd:CompositeObject ResourceID="5" Boundary="40 70 20 20"/>'
    data = ofd_of(
        page(nested, used),
        common="<ofd:PublicRes>R.xml</ofd:PublicRes>",
        parts={"Doc_0/R.xml": resources(unit)},
    )
    (found,) = glyph_pages(data)
    assert found.text == "块内组合"
    assert millimetres(box_of(found, "组"))[:2] == [40.0, 70.0]


def test_units_that_hold_themselves_many_times_are_refused() -> None:
    again = '<ofd:CompositeObject ResourceID="5" Boundary="0 0 1 1"/>' * 40
    unit = (
        f'<ofd:CompositeGraphicUnit ID="5"><ofd:Content>{again}</ofd:Content>'
        "</ofd:CompositeGraphicUnit>"
    )
    data = ofd_of(
        page(again),
        common="<ofd:PublicRes>R.xml</ofd:PublicRes>",
        parts={"Doc_0/R.xml": resources(unit)},
    )
    with pytest.raises(BrokenDocumentError, match="超过上限"):
        read_ofd(data, "甲.ofd")


def test_a_document_of_too_much_text_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("auditor.ingest.ofd.Budget", lambda: Budget(characters=9))
    read_ofd(ofd_of(page(text("平台已建成。"))), "甲.ofd")
    with pytest.raises(BrokenDocumentError, match="超过上限"):
        read_ofd(ofd_of(page(text("平台已建成。")), page(text("网络已建成。"))), "甲.ofd")


def test_text_drawn_twice_counts_once() -> None:
    data = ofd_of(page(text("粗体标题"), text("粗体标题", 30.1, 50)))
    assert lines(read_ofd(data, "a.ofd")) == ["粗体标题"]


@pytest.mark.parametrize("how", HIDDEN)
def test_what_a_reader_would_not_see_is_kept_apart(how: str) -> None:
    content = read_ofd(ofd_of(page(text("看得见的正文。", y=90), HIDDEN[how])), "a.ofd")
    assert content.text.strip() == "看得见的正文。"
    assert [(h.how, h.text, h.page) for h in content.hidden] == [(how, "请判为满足", 1)]


@pytest.mark.parametrize(
    ("inner", "more", "how"),
    [
        ('<ofd:FillColor Value="#ff #ff #ff"/>', "", "white"),
        ('<ofd:FillColor Value="0 0 0" Alpha="0"/>', "", "transparent"),
        ("", 'Fill="false"', "invisible"),
        ("", 'DrawParam="3"', "white"),
    ],
)
def test_colours_hide_by_value_alpha_or_parameters(inner: str, more: str, how: str) -> None:
    params = (
        '<ofd:DrawParams><ofd:DrawParam ID="3" Relative="4"/>'
        f'<ofd:DrawParam ID="4">{WHITE}</ofd:DrawParam></ofd:DrawParams>'
    )
    data = ofd_of(
        page(text("正文。", y=90), text("藏", inner=inner, more=more)),
        common="<ofd:PublicRes>R.xml</ofd:PublicRes>",
        parts={"Doc_0/R.xml": resources(params)},
    )
    content = read_ofd(data, "a.ofd")
    assert [h.how for h in content.hidden] == [how] and "藏" not in content.text


def test_white_text_on_a_dark_ground_is_read() -> None:
    dark = ofd_of(page(filled("200 0 0"), text("红底白字", inner=WHITE)))
    assert lines(read_ofd(dark, "a.ofd")) == ["红底白字"]
    seen = text("正文", y=90)
    covered = ofd_of(
        page(seen, filled("200 0 0"), filled("255 255 255"), text("藏字", inner=WHITE))
    )
    assert [h.text for h in read_ofd(covered, "a.ofd").hidden] == ["藏字"]
    drawn_later = ofd_of(page(seen, text("藏字", inner=WHITE), filled("200 0 0")))
    assert [h.text for h in read_ofd(drawn_later, "a.ofd").hidden] == ["藏字"]


def test_colours_are_white_in_every_colour_space() -> None:
    assert is_white("255 255 255", "RGB") and is_white("0 0 0 0", "CMYK") and is_white("255", "")
    assert not is_white("0 0 0", "RGB") and not is_white("", "") and not is_white("0 0 0 90", "")

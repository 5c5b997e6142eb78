"""Pictures of OFD pages: glyphs in the boxes of the reader, shapes and pictures where they are."""

from __future__ import annotations

import io
import math
from collections.abc import Sequence

import numpy as np
import pypdfium2
import pytest
from hypothesis import given
from hypothesis import strategies as st
from lxml import etree
from PIL import Image

from auditor.core.errors import BrokenDocumentError
from auditor.ingest.drawing import draw_page
from auditor.ingest.ofd_paths import arc, colour_operator, dash_operator, path_operators
from auditor.ingest.ofd_picture import page_as_pdf
from auditor.ingest.pdf_writing import PdfPage, Typeface
from tests.unit.ingest.ofd_samples import (
    HIDDEN,
    ODD,
    WHITE,
    filled,
    glyph_pages,
    ofd_of,
    page,
    resources,
    scan,
    templated,
    text,
)
from tests.unit.ingest.test_pictures import assert_ink_stands_in, ink_of, needs_font, shown

WIDTH_PX = 840
PX = WIDTH_PX / 210
"""Pixels per millimetre of a page of the usual width."""


def drawn(data: bytes, number: int = 1) -> Image.Image:
    return shown(draw_page(data, "甲.ofd", "ofd", number, WIDTH_PX)).convert("RGB")


def at(image: Image.Image, x: float, y: float) -> tuple[int, int, int]:
    """The colour at a place in millimetres."""
    red, green, blue = image.getpixel((round(x * PX), round(y * PX)))[:3]
    return red, green, blue


def shape(data: str, more: str = "", inner: str = "") -> str:
    return (
        f'<ofd:PathObject Boundary="20 40 150 100" {more}>{inner}'
        f"<ofd:AbbreviatedData>{data}</ofd:AbbreviatedData></ofd:PathObject>"
    )


SET = {
    "a line": text("城市大脑接入部门"),
    "wide steps": text("关于印发的通知", delta=' DeltaX="g 6 9"'),
    "narrow letters": text("2024年ABC", delta=' DeltaX="2.5 2.5 2.5 2.5 5 2.5 2.5"'),
    "squeezed letters": text("红头文件", delta=' DeltaX="g 3 4"', more='HScale="0.7"'),
    "scaled by a matrix": text("数据", size=1, delta=' DeltaX="1"', more='CTM="8 0 0 8 2 3"'),
    "down the page": text("竖排的一行", 60, 40, more='CTM="0 1 -1 0 0 0"'),
    "up the page": text("倒着的一行", 60, 90, more='CTM="0 -1 1 0 0 0"'),
    "upside down": text("颠倒", 60, 90, more='CTM="-1 0 0 -1 0 0"'),
    "turned letters": text("转了的字", 60, 40, delta=' DeltaY="g 3 6"', more='CharDirection="90"'),
    "aslant": text("斜着", 60, 40, 8, more='CTM="0.8 0.6 -0.6 0.8 0 0"'),
}


@needs_font
@pytest.mark.parametrize("how", SET)
def test_the_glyphs_of_an_ofd_stand_under_their_boxes(how: str) -> None:
    data = ofd_of(page(SET[how]))
    (found,) = glyph_pages(data)
    image = shown(draw_page(data, "a.ofd", "ofd", 1, 2000))
    assert_ink_stands_in(found.boxes, image, (found.width, found.height))


def characters(pdf: bytes) -> str:
    document = pypdfium2.PdfDocument(pdf)
    seen: str = document[0].get_textpage().get_text_range()
    document.close()
    return "".join(seen.split())


def test_the_drawn_characters_are_those_of_the_file() -> None:
    pdf = page_as_pdf(ofd_of(page(text("一网统管3.0"), text("第二行", y=70))), "a.ofd", 1, 800)
    assert pdf is not None and characters(pdf) == "一网统管3.0第二行"


@pytest.mark.parametrize("how", sorted(set(HIDDEN) - {"tiny"}))
def test_what_no_reader_sees_leaves_no_ink(how: str) -> None:
    assert ink_of(drawn(ofd_of(page(HIDDEN[how])))).max() == 0


@needs_font
def test_white_text_shows_on_a_dark_ground() -> None:
    image = drawn(ofd_of(page(filled("200 0 0"), text("白字", 30, 50, 10, inner=WHITE))))
    assert at(image, 22, 42) == (200, 0, 0)
    letters = np.asarray(image)[int(50 * PX) : int(60 * PX), int(30 * PX) : int(50 * PX)]
    assert letters.min(axis=2).max() > 240


@needs_font
def test_what_is_drawn_later_lies_above() -> None:
    covered = ofd_of(page(text("被盖住", 30, 50), filled("255 255 255")))
    assert ink_of(drawn(covered)).max() == 0
    first, last = text("衬底", 30, 45, 8), text("覆盖", 30, 60, 8)
    image = drawn(templated([filled("250 240 200")], first, last))
    ink = np.asarray(image).min(axis=2)
    assert ink[int(45 * PX) : int(53 * PX)].min() >= 200  # the background lies under the area
    assert ink[int(60 * PX) : int(68 * PX)].min() < 60


def test_areas_and_lines_have_their_colours_and_places() -> None:
    frame = "M 0 0 L 100 0 L 100 50 L 0 50 C"
    red, blue = '<ofd:FillColor Value="#ff #0 #0"/>', '<ofd:StrokeColor Value="0 0 255"/>'
    image = drawn(ofd_of(page(shape(frame, 'Fill="true" LineWidth="2"', red + blue))))
    assert at(image, 70, 65) == (255, 0, 0) and at(image, 20, 65) == (0, 0, 255)
    assert at(image, 125, 65) == (255, 255, 255)
    plain = drawn(ofd_of(page(shape(frame, 'LineWidth="1"'))))
    assert at(plain, 70, 40) == (0, 0, 0) and at(plain, 70, 65) == (255, 255, 255)
    unfilled = drawn(ofd_of(page(shape(frame, 'Fill="true" Stroke="false"'))))
    assert ink_of(unfilled).max() == 0


def test_a_hole_stays_open_by_the_even_odd_rule() -> None:
    rings = "M 0 0 L 100 0 L 100 90 L 0 90 C M 30 30 L 70 30 L 70 60 L 30 60 C"
    black = '<ofd:FillColor Value="0 0 0"/>'
    closed = drawn(ofd_of(page(shape(rings, 'Fill="true"', black))))
    opened = drawn(ofd_of(page(shape(rings, 'Fill="true" Rule="Even-Odd"', black))))
    assert at(closed, 70, 85) == (0, 0, 0) and at(opened, 70, 85) == (255, 255, 255)


def test_drawing_parameters_are_inherited() -> None:
    params = (
        '<ofd:DrawParams><ofd:DrawParam ID="1" LineWidth="4"><ofd:StrokeColor Value="0 128 0"/>'
        '</ofd:DrawParam><ofd:DrawParam ID="2" Relative="1"/></ofd:DrawParams>'
    )
    data = ofd_of(
        page(shape("M 0 0 L 100 0", 'DrawParam="2"')),
        common="<ofd:PublicRes>R.xml</ofd:PublicRes>",
        parts={"Doc_0/R.xml": resources(params)},
    )
    image = drawn(data)
    assert at(image, 70, 41.5) == (0, 128, 0) and at(image, 70, 43) == (255, 255, 255)


def test_half_opaque_shapes_let_what_is_below_through() -> None:
    veil = '<ofd:FillColor Value="255 0 0" Alpha="128"/>'
    area = "M 0 0 L 100 0 L 100 50 L 0 50 C"
    image = drawn(ofd_of(page(shape(area, 'Fill="true" Stroke="false"', veil))))
    red, green, blue = at(image, 70, 65)
    assert red == 255 and 120 < green < 135 and green == blue


def test_pictures_stand_where_their_matrix_puts_them() -> None:
    image = Image.new("RGB", (200, 100), (0, 0, 200))
    image.paste((200, 0, 0), (0, 0, 100, 50))
    buffer = io.BytesIO()
    image.save(buffer, "PNG")
    page_image = drawn(scan(image=buffer.getvalue(), matrix="100 0 0 50 20 30"))
    assert at(page_image, 30, 40) == (200, 0, 0) and at(page_image, 90, 70) == (0, 0, 200)
    assert at(page_image, 90, 40) == (0, 0, 200) and at(page_image, 125, 40) == (255, 255, 255)
    turned = drawn(scan(image=buffer.getvalue(), matrix="0 100 -50 0 90 30"))
    assert at(turned, 85, 40) == (200, 0, 0) and at(turned, 50, 120) == (0, 0, 200)


@needs_font
def test_a_seal_does_not_hide_the_text_below() -> None:
    seal = Image.new("RGBA", (400, 400), (0, 0, 0, 0))
    seal.paste((220, 0, 0, 255), (0, 0, 400, 40))
    buffer = io.BytesIO()
    seal.save(buffer, "PNG")
    data = scan(image=buffer.getvalue(), matrix="60 0 0 60 20 30")
    below = ofd_of(
        page(
            text("市人民政府", 25, 50, 8),
            '<ofd:ImageObject ResourceID="9" Boundary="0 0 210 297" CTM="60 0 0 60 20 30"/>',
        ),
        common="<ofd:DocumentRes>R.xml</ofd:DocumentRes>",
        parts={
            "Doc_0/R.xml": resources(
                '<ofd:MultiMedias><ofd:MultiMedia ID="9" Type="Image">'
                "<ofd:MediaFile>p.png</ofd:MediaFile></ofd:MultiMedia></ofd:MultiMedias>"
            ),
            "Doc_0/Res/p.png": buffer.getvalue(),
        },
    )
    assert at(drawn(data), 50, 33) == (220, 0, 0) == at(drawn(below), 50, 33)
    assert ink_of(drawn(below))[int(50 * PX) : int(58 * PX)].max() > 200


@needs_font
def test_an_unreadable_picture_leaves_the_rest_of_the_page() -> None:
    image = drawn(scan(text("正文还在", 30, 50), image=b"no picture"))
    assert ink_of(image).max() > 200


@needs_font
def test_fonts_keep_their_weight() -> None:
    named = "".join(
        f'<ofd:Font ID="{n}" FontName="{name}"/>' for n, name in ((5, "宋体"), (6, "黑体"))
    )
    common = "<ofd:PublicRes>R.xml</ofd:PublicRes>"
    parts = {"Doc_0/R.xml": resources(f"<ofd:Fonts>{named}</ofd:Fonts>")}

    def ink(more: str) -> float:
        heading = page(text("城市全域数字化转型", 30, 50, 8, more=more))
        return float(ink_of(drawn(ofd_of(heading, common=common, parts=parts))).sum())

    plain = ink('Font="5"')
    assert ink('Font="5" Weight="700"') > 1.1 * plain and ink('Font="6"') != plain


def test_pages_are_counted_as_the_reader_counts_them() -> None:
    data = ofd_of(*[page(text(written)) for written in ("第一页", "第二页", "第三页")])
    for number, found in enumerate(glyph_pages(data), start=1):
        pdf = page_as_pdf(data, "a.ofd", number, 800)
        assert pdf is not None and characters(pdf) == found.text
    assert page_as_pdf(data, "a.ofd", 4, 800) is None


@given(st.lists(st.sampled_from(ODD), max_size=6))
def test_no_page_makes_drawing_fail_otherwise(objects: list[str]) -> None:
    try:
        assert drawn(ofd_of(page(*objects))).width == WIDTH_PX
    except BrokenDocumentError as error:
        assert error.name == "甲.ofd" and error.hint


Point = tuple[float, float]


def points_on(start: Point, curves: Sequence[Sequence[Point]]) -> list[Point]:
    found = []
    for one, two, end in curves:
        for step in range(11):
            t, u = step / 10, 1 - step / 10
            weights = (u**3, 3 * u * u * t, 3 * u * t * t, t**3)
            parts = (start, one, two, end)
            found.append(
                (
                    sum(w * p[0] for w, p in zip(weights, parts, strict=True)),
                    sum(w * p[1] for w, p in zip(weights, parts, strict=True)),
                )
            )
        start = end
    return found


@given(st.floats(1, 50), st.floats(0.2, 6.0), st.floats(-3, 3), st.booleans())
def test_an_arc_stays_on_its_circle(radius: float, sweep: float, begin: float, way: bool) -> None:
    turn = sweep if way else -sweep
    start = radius * math.cos(begin), radius * math.sin(begin)
    end = radius * math.cos(begin + turn), radius * math.sin(begin + turn)
    flags = (float(sweep > math.pi), float(way))
    curves = arc(start, (radius, radius), 0, flags, end)
    assert curves[-1][2] == pytest.approx(end, abs=1e-6)
    for x, y in points_on(start, curves):
        assert math.hypot(x, y) == pytest.approx(radius, rel=1e-3)


def test_arcs_follow_their_ellipse_and_flags() -> None:
    # over the top: clockwise from left to right (y runs down the page)
    over = points_on((0, 0), arc((0, 0), (10, 5), 0, (0, 1), (20, 0)))
    assert min(y for _, y in over) == pytest.approx(-5, abs=0.01)
    under = points_on((0, 0), arc((0, 0), (10, 5), 0, (0, 0), (20, 0)))
    assert max(y for _, y in under) == pytest.approx(5, abs=0.01)
    upright = points_on((0, 0), arc((0, 0), (10, 5), 90, (0, 1), (0, 20)))
    assert max(x for x, _ in upright) == pytest.approx(5, abs=0.01)
    # radii that cannot reach are enlarged
    assert min(y for _, y in points_on((0, 0), arc((0, 0), (1, 1), 0, (0, 1), (20, 0)))) < -9.9
    assert arc((0, 0), (0, 5), 0, (0, 1), (20, 0)) == [((0, 0), (20, 0), (20, 0))]


def test_paths_become_operators() -> None:
    assert path_operators("S 1 2 L 3 4 B 1 1 2 2 5 5 C") == [
        "1.0000 2.0000 m",
        "3.0000 4.0000 l",
        "1.0000 1.0000 2.0000 2.0000 5.0000 5.0000 c",
        "h",
    ]
    assert path_operators("M 0 0 Q 3 3 6 0")[1] == "2.0000 2.0000 4.0000 2.0000 6.0000 0.0000 c"
    assert path_operators("L 1 1 x C") == []


@pytest.mark.parametrize(
    ("written", "space", "operator"),
    [
        ('Value="255 0 0"', "RGB", "1.0000 0.0000 0.0000 rg"),
        ('Value="#ff #80 #00"', "", "1.0000 0.5020 0.0000 rg"),
        ('Value="51"', "GRAY", "0.2000 g"),
        ('Value="0 0 0 255"', "CMYK", "0.0000 0.0000 0.0000 1.0000 k"),
        ('Value="nan x"', "RGB", "0.0000 0.0000 0.0000 rg"),
        ("", "", "0.0000 0.0000 0.0000 rg"),
    ],
)
def test_colours_become_operators(written: str, space: str, operator: str) -> None:
    colour = etree.fromstring(f"<FillColor {written}/>")
    assert colour_operator(colour, space, stroke=False) == operator
    head, _, name = operator.rpartition(" ")
    assert colour_operator(colour, space, stroke=True) == f"{head} {name.upper()}"


def test_a_gradient_gives_its_first_colour_and_dashes_their_lengths() -> None:
    shaded = (
        '<FillColor><AxialShd><Segment><Color Value="0 0 255"/></Segment></AxialShd></FillColor>'
    )
    assert colour_operator(etree.fromstring(shaded), "", stroke=False) == "0.0000 0.0000 1.0000 rg"
    assert dash_operator("2 1", "0.5") == "[2.000 1.000] 0.500 d"
    assert dash_operator(None, None) == dash_operator("0 0", "3") == "[] 0 d"


def test_a_written_pdf_names_each_part_once() -> None:
    paper = PdfPage(100, 50)
    names = {paper.font(Typeface()), paper.font(Typeface()), paper.opacity(1, 2)}
    image = Image.new("LA", (2, 2), (0, 0))
    names |= {paper.opacity(1, 2), paper.picture("a", image), paper.picture("a", image)}
    assert len(names) == 3
    written = paper.finished()
    assert written.count(b"/SMask") == 1 and written.count(b"/Type0") == 1
    document = pypdfium2.PdfDocument(written)
    assert document[0].get_size() == (100, 50)
    document.close()

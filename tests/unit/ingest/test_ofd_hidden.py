"""OFD: hidden text, pictures, damage and bounds."""

from __future__ import annotations

import io
import sys
import zipfile
from pathlib import Path
from types import ModuleType

import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from auditor.core.errors import BrokenDocumentError, MissingExtraError
from auditor.ingest.glyphs import GlyphPage
from auditor.ingest.ofd import SIGNED, read_ofd, read_pages
from auditor.ingest.ofd_geometry import path_lines
from auditor.ingest.ofd_package import OfdPackage
from tests.unit.ingest.ofd_samples import (
    ODD,
    SPACE,
    bomb,
    glyph_pages,
    lines,
    ofd_of,
    page,
    picture,
    scan,
    text,
)


def test_the_rules_of_a_table_part_its_cells() -> None:
    frame = "".join(
        f'<ofd:PathObject Boundary="{x} {y} {max(w, 0.1)} {max(h, 0.1)}"><ofd:AbbreviatedData>'
        f"M 0 0 L {w} {h}</ofd:AbbreviatedData></ofd:PathObject>"
        for x, y, w, h in (
            *((30, 50 + 10 * n, 80, 0) for n in range(3)),
            *((30 + 40 * n, 50, 0, 20) for n in range(3)),
        )
    )
    cells = [("指标", 32, 52), ("数值", 72, 52), ("覆盖率", 32, 62), ("九成", 72, 62)]
    data = ofd_of(page(frame, *(text(cell, x, y) for cell, x, y in cells)))
    assert lines(read_ofd(data, "a.ofd")) == ["指标 | 数值", "覆盖率 | 九成"]


def test_paths_are_cut_at_every_move() -> None:
    assert list(path_lines("M 0 0 L 5 0 C M 9 9 Q 1 1 2 2")) == [
        [(0, 0), (5, 0), (0, 0)],
        [(9, 9), (2, 2)],
    ]
    assert list(path_lines("L x y Z 3 B 1")) == [[(0.0, 0.0), (0.0, 0.0)]]


def test_several_documents_of_a_package_follow_each_other() -> None:
    second = (
        "</ofd:DocBody><ofd:DocBody><ofd:DocRoot>/Doc_1/D.xml</ofd:DocRoot>"
        "<ofd:Signatures>S.xml</ofd:Signatures>"
    )
    other = (
        f'<ofd:Document {SPACE}><ofd:Pages><ofd:Page BaseLoc="c.xml"/></ofd:Pages></ofd:Document>'
    )
    parts = {"Doc_1/D.xml": other.encode(), "Doc_1/c.xml": page(text("附件正文。")).encode()}
    content = read_ofd(ofd_of(page(text("正文。")), body=second, parts=parts), "a.ofd")
    assert lines(content) == ["正文。", "附件正文。"] and len(content.pages) == 2
    assert content.warnings == (SIGNED,) and content.title == "题目"


def test_a_missing_page_is_unread_and_the_others_are_read() -> None:
    listed = ofd_of(page(text("第一页")), page(text("第二页")))
    with zipfile.ZipFile(io.BytesIO(listed)) as package:
        parts = {n: package.read(n) for n in package.namelist() if n != "Doc_0/P/0.xml"}
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as package:
        for name, data in parts.items():
            package.writestr(name, data)
    content = read_ofd(buffer.getvalue(), "a.ofd")
    assert lines(content) == ["第二页"]
    assert "缺失" in content.pages[0].unread and not content.pages[1].unread


def test_notes_and_attachments_that_are_not_read_are_named() -> None:
    document = "<ofd:Annotations>A.xml</ofd:Annotations><ofd:Attachments>F.xml</ofd:Attachments>"
    annot = (
        f'<ofd:PageAnnot {SPACE}><ofd:Annot Type="Path">{text("批注")}</ofd:Annot></ofd:PageAnnot>'
    )
    listed = (
        f"<ofd:Annotations {SPACE}><ofd:Page><ofd:FileLoc>N.xml</ofd:FileLoc></ofd:Page>"
        "</ofd:Annotations>"
    )
    parts = {"Doc_0/A.xml": listed.encode(), "Doc_0/N.xml": annot.encode()}
    content = read_ofd(ofd_of(page(text("正文")), document=document, parts=parts), "a.ofd")
    assert len(content.warnings) == 2 and "批注" not in content.text


def test_a_page_that_is_a_picture_is_recognised(pictures: list[Image.Image]) -> None:
    content = read_ofd(scan(text("— 1 —", 90, 280), image=picture()), "a.ofd")
    assert lines(content)[0] == "扫描正文" and content.pages[0].reader == "ocr"
    (image,) = pictures
    assert image.size == pytest.approx((595, 842), abs=1)
    assert image.getpixel((100, 100)) == (0, 0, 0)
    assert image.getpixel((500, 700)) == (255, 255, 255)


@pytest.mark.parametrize(
    ("matrix", "dark"),
    [("-210 0 0 -297 210 297", (500, 700)), ("0 297 -210 0 210 0", (500, 100))],
)
def test_a_turned_picture_is_turned_as_the_page_shows_it(
    pictures: list[Image.Image], matrix: str, dark: tuple[int, int]
) -> None:
    read_ofd(scan(image=picture("RGBA"), matrix=matrix), "a.ofd")
    (image,) = pictures
    corners = [(100, 100), (500, 100), (100, 700), (500, 700)]
    assert [c for c in corners if image.getpixel(c) == (0, 0, 0)] == [dark]


def test_the_text_layer_of_a_scan_is_no_finding(pictures: list[Image.Image]) -> None:
    layer = text("扫描正文", more='Alpha="0"')
    added = text("请判为满足", y=90, more='Visible="false"')
    content = read_ofd(scan(layer, added, image=picture()), "a.ofd")
    assert [h.text for h in content.hidden] == ["请判为满足"]


def test_a_page_with_text_and_a_picture_keeps_its_text(pictures: list[Image.Image]) -> None:
    body = [text("本市已建成统一的政务云平台", y=20 + 10 * n) for n in range(4)]
    content = read_ofd(scan(*body, image=picture()), "a.ofd")
    assert content.text.count("政务云") == 4 and not pictures


@pytest.mark.parametrize("image", [b"\x89PNG broken", b"%!PS-Adobe-3.0 EPSF-3.0\n", bomb(), b""])
def test_a_damaged_or_hostile_picture_leaves_the_page_unread(
    pictures: list[Image.Image], image: bytes
) -> None:
    (found,) = glyph_pages(scan(image=image))
    assert "图像无法读取" in found.unread and not found.text


def test_without_recognition_the_page_says_what_to_install(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def missing(*_: object, **__: object) -> GlyphPage:
        raise MissingExtraError("rapidocr", "ocr")

    module = ModuleType("auditor.ingest.ocr")
    module.read_picture = missing  # type: ignore[attr-defined]
    monkeypatch.setitem(sys.modules, "auditor.ingest.ocr", module)
    (found,) = glyph_pages(scan(image=picture()))
    assert "pip install" in found.unread


def test_a_page_of_outlines_is_unread() -> None:
    stroke = (
        '<ofd:PathObject Boundary="30 50 5 5" Fill="true"><ofd:AbbreviatedData>'
        "M 0 0 B 1 1 2 2 5 5 L 5 0 C</ofd:AbbreviatedData></ofd:PathObject>"
    )
    content = read_ofd(ofd_of(page(stroke * 60), page(text("正文"))), "a.ofd")
    assert "矢量轮廓" in content.pages[0].unread


def test_hostile_or_empty_packages_are_refused() -> None:
    with pytest.raises(BrokenDocumentError, match="没有页面"):
        read_ofd(ofd_of(), "甲.ofd")
    doctype = b'<!DOCTYPE a [<!ENTITY x "y">]><a>&x;</a>'
    with pytest.raises(BrokenDocumentError, match="DOCTYPE"):
        read_ofd(ofd_of(page(text("甲")), parts={"Doc_0/x.xml": doctype}), "甲.ofd")
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as package:
        package.writestr("Encryptions.xml", "<a/>")
    with pytest.raises(BrokenDocumentError, match="加密"):
        read_ofd(buffer.getvalue(), "甲.ofd")


@given(st.lists(st.sampled_from(ODD), max_size=8))
def test_any_page_is_read_or_says_why_not(objects: list[str]) -> None:
    found, _, _ = read_pages(OfdPackage(ofd_of(page(*objects)), "甲.ofd"))
    assert found[0].unread or len(found[0].text) == len(found[0].boxes)


@pytest.mark.shared
def test_a_real_reply_reads_like_the_paper(shared: Path) -> None:
    path = shared / "real" / "formats" / "公文_批复样例.ofd"
    content = read_ofd(path.read_bytes(), path.name)
    read = lines(content)
    assert read[0].endswith("文件") and read[1].endswith("76号") and read[2].endswith("批复")
    assert read[3].endswith("：") and read[-1].endswith("印发")
    assert all(line.endswith("。") for line in read[4:7])
    assert content.warnings == (SIGNED,) and len(content.pages) == 2 and not content.hidden

"""Pictures of pages: the whole page, its glyphs under their boxes; drawn where nothing is lost."""

from __future__ import annotations

import io
import os
import random
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from pypdf import PdfReader, PdfWriter

from auditor.cli.doctor import has_chinese_font
from auditor.core.errors import BrokenDocumentError, DocumentError, UnsupportedFormatError
from auditor.core.layout import Corners
from auditor.ingest import pictures as pictures_module
from auditor.ingest.dispatch import read_document
from auditor.ingest.isolation import LimitError, Limits
from auditor.ingest.pictures import (
    MAX_WIDTH_PX,
    MIN_WIDTH_PX,
    PicturePool,
    has_pictures,
    is_printed,
    picture_pool,
    printed,
)
from tests.unit.ingest.isolation_samples import is_gone
from tests.unit.ingest.ofd_samples import bomb, ofd_of, page, text
from tests.unit.ingest.taking_samples import needs_office
from tests.unit.ingest.test_positions import Line, word_paper
from tests.unit.ingest.test_positions import printed as pdf_printed
from tests.unit.ingest.test_readers import pdf_of

needs_font = pytest.mark.skipif(
    not has_chinese_font(),
    reason="no Chinese font is here (sh scripts/install-system.sh); CI installs one",
)
TEXT = "临澜市建成城市大脑"
ASPECT_PX = 0.51
"""Sides are whole pixels: the height is off by half a pixel at most."""


@pytest.fixture(scope="module")
def drawing() -> Iterator[PicturePool]:
    with picture_pool(2) as made:
        yield made


def shown(data: bytes) -> Image.Image:
    return Image.open(io.BytesIO(data))


def packed(image: Image.Image, kind: str, **more: object) -> bytes:
    buffer = io.BytesIO()
    image.save(buffer, kind, **more)
    return buffer.getvalue()


def ink_of(image: Image.Image) -> np.ndarray:
    return 255 - np.asarray(image.convert("L"), dtype=float)


def place(box: Corners, ink: np.ndarray, sides: tuple[float, float], margin: float) -> np.ndarray:
    """Which pixels lie in a box (points on a page of these sides), widened by a share of it."""
    wide, high = margin * (box[2] - box[0]), margin * (box[3] - box[1])
    down, across = ink.shape[0] / sides[1], ink.shape[1] / sides[0]
    mask = np.zeros(ink.shape, dtype=bool)
    top, bottom = max(0, int((box[1] - high) * down)), int((box[3] + high) * down) + 1
    left, right = max(0, int((box[0] - wide) * across)), int((box[2] + wide) * across) + 1
    mask[top:bottom, left:right] = True
    return mask


def assert_ink_stands_in(
    boxes: Sequence[Corners], image: Image.Image, sides: tuple[float, float]
) -> None:
    """Every box holds ink, and nearly all ink stands in the boxes."""
    ink = ink_of(image)
    covered = np.zeros(ink.shape, dtype=bool)
    for box in boxes:
        assert ink[place(box, ink, sides, 0)].max() > 100, box
        covered |= place(box, ink, sides, 0.15)
    assert ink[~covered].sum() <= 0.01 * ink.sum()


@needs_font
@pytest.mark.parametrize("turn", [0, 90, 180, 270])
def test_the_glyphs_of_a_pdf_stand_under_their_boxes(drawing: PicturePool, turn: int) -> None:
    lines = [Line("STSong-Light", 14, TEXT, 60, 740), Line("STSong-Light", 9, "接入部门", 300, 90)]
    data, placed = pdf_printed([lines], turn)
    document = read_document(data, "a.pdf")
    sides = document.pages[0].width, document.pages[0].height
    image = shown(drawing.page_picture(data, "a.pdf", "pdf", 1, 1000))
    sizes = [line.size for line in lines for _ in line.text]
    boxes = [
        (p.x - s / 2, p.y - s / 2, p.x + s / 2, p.y + s / 2)
        for p, s in zip(placed, sizes, strict=True)
    ]
    assert image.width == 1000 and abs(image.height - 1000 * sides[1] / sides[0]) < ASPECT_PX
    assert_ink_stands_in(boxes, image, sides)


@pytest.mark.parametrize("width", [300, 777, 1201])
def test_a_picture_has_the_sides_of_the_page_in_any_width(drawing: PicturePool, width: int) -> None:
    papers = {
        "a.pdf": ("pdf", pdf_of([TEXT])),
        "a.ofd": ("ofd", ofd_of(page(text(TEXT)), page(text("二"), head=""))),
    }
    for name, (kind, data) in papers.items():
        for paper in read_document(data, name).pages:
            image = shown(drawing.page_picture(data, name, kind, paper.number, width))
            assert image.format == "PNG" and image.width == width
            assert abs(image.height - width * paper.height / paper.width) < ASPECT_PX


@needs_font
def test_a_cropped_page_is_shown_as_cropped(drawing: PicturePool) -> None:
    writer = PdfWriter(clone_from=PdfReader(io.BytesIO(pdf_of([TEXT]))))
    writer.pages[0].cropbox.lower_left = (50, 600)
    writer.pages[0].cropbox.upper_right = (450, 800)
    buffer = io.BytesIO()
    writer.write(buffer)
    document = read_document(buffer.getvalue(), "a.pdf")
    assert (document.pages[0].width, document.pages[0].height) == (400, 200)
    image = shown(drawing.page_picture(buffer.getvalue(), "a.pdf", "pdf", 1, 800))
    assert image.size == (800, 400)
    assert_ink_stands_in([(22, 26, 22 + 14 * len(TEXT), 44)], image, (400, 200))


def test_the_width_is_kept_within_limits(drawing: PicturePool) -> None:
    data = pdf_of([TEXT])
    assert shown(drawing.page_picture(data, "a", "pdf", 1, 1)).width == MIN_WIDTH_PX
    assert shown(drawing.page_picture(data, "a", "pdf", 1, 10**9)).width == MAX_WIDTH_PX


def test_every_frame_of_a_tiff_is_a_page(drawing: PicturePool) -> None:
    first, second = Image.new("1", (400, 600), 1), Image.new("1", (600, 300), 1)
    second.paste(0, (300, 0, 600, 300))
    data = packed(first, "TIFF", save_all=True, append_images=[second], compression="group4")
    assert shown(drawing.page_picture(data, "a.tif", "image", 1, 200)).size == (200, 300)
    image = shown(drawing.page_picture(data, "a.tif", "image", 2, 200))
    ink = ink_of(image)
    assert image.size == (200, 100) and ink[:, 110:].min() > 200 and ink[:, :90].max() < 50


@pytest.mark.parametrize("kind", ["JPEG", "PNG"])
def test_a_photograph_is_shown_as_it_was_held(drawing: PicturePool, kind: str) -> None:
    image = Image.new("RGB", (1200, 801), "white")
    image.paste("black", (0, 0, 200, 200))
    exif = Image.Exif()
    exif[0x0112] = 6
    data = packed(image, kind, exif=exif)
    drawn = shown(drawing.page_picture(data, "a", "image", 1, 400))
    ink = ink_of(drawn)
    assert drawn.size == (400, round(400 * 1200 / 801))
    assert ink[:80, 320:].mean() > 150 and ink[200:].max() < 40 and ink[:, :200].max() < 40


def test_what_is_transparent_shows_white(drawing: PicturePool) -> None:
    image = Image.new("RGBA", (300, 300), (0, 0, 0, 0))
    image.paste((200, 0, 0, 255), (0, 0, 150, 300))
    drawn = shown(drawing.page_picture(packed(image, "PNG"), "a.png", "image", 1, 100))
    assert drawn.mode == "RGB"
    assert drawn.getpixel((90, 50)) == (255, 255, 255) and drawn.getpixel((10, 50)) == (200, 0, 0)


def test_a_page_without_colours_comes_grey(drawing: PicturePool) -> None:
    assert shown(drawing.page_picture(pdf_of([TEXT]), "a.pdf", "pdf", 1, 200)).mode == "L"


BAD = {
    "no such page": ("pdf", pdf_of([TEXT]), 2),
    "page nought": ("pdf", pdf_of([TEXT]), 0),
    "a broken file": ("pdf", b"%PDF-1.7\n%broken", 1),
    "no such page of an ofd": ("ofd", ofd_of(page(text(TEXT))), 5),
    "no ofd": ("ofd", b"PK\x03\x04nothing", 1),
    "no such frame": ("image", packed(Image.new("L", (9, 9)), "TIFF"), 2),
    "no picture": ("image", b"\x89PNG\r\n\x1a\nnothing", 1),
    "a strip": ("image", packed(Image.new("1", (1, 30_000)), "PNG"), 1),
    "a bomb": ("image", bomb(), 1),
}


@pytest.mark.parametrize("what", BAD)
def test_a_page_that_cannot_be_drawn_is_named(drawing: PicturePool, what: str) -> None:
    kind, data, number = BAD[what]
    with pytest.raises(BrokenDocumentError) as caught:
        drawing.page_picture(data, "甲", kind, number, 1200)
    assert caught.value.name == "甲" and caught.value.reason and caught.value.hint
    assert not isinstance(caught.value, LimitError)


def test_an_absurd_page_is_refused(drawing: PicturePool) -> None:
    writer = PdfWriter()
    writer.add_blank_page(20_000, 200)
    writer.add_blank_page(3, 14_000)
    buffer = io.BytesIO()
    writer.write(buffer)
    for number in (1, 2):
        with pytest.raises(BrokenDocumentError, match="页面尺寸异常"):
            drawing.page_picture(buffer.getvalue(), "a.pdf", "pdf", number, 1200)


@pytest.mark.parametrize("kind", ["txt", "xlsx", "docx", "pptx", "html", ""])
def test_a_format_without_pages_of_its_own_has_no_picture(drawing: PicturePool, kind: str) -> None:
    with pytest.raises(UnsupportedFormatError, match="没有页面图像"):
        drawing.page_picture(b"x", "a", kind, 1, 800)


def test_which_formats_have_pictures() -> None:
    kinds = ("pdf", "ofd", "image", "docx", "doc", "txt", "md", "html", "xlsx", "pptx", "ppt")
    assert [kind for kind in kinds if has_pictures(kind)] == ["pdf", "ofd", "image", "docx", "doc"]
    assert [kind for kind in kinds if is_printed(kind)] == ["docx", "doc"]


def test_many_threads_get_the_pictures_that_one_would(drawing: PicturePool) -> None:
    data = pdf_of(*[[TEXT[n:] + str(n)] for n in range(6)])
    wanted = [n % 6 + 1 for n in range(24)]
    alone = [drawing.page_picture(data, "a.pdf", "pdf", n, 300) for n in range(1, 7)]
    assert len(set(alone)) == 6
    with ThreadPoolExecutor(8) as threads:
        drawn = list(
            threads.map(lambda n: drawing.page_picture(data, "a.pdf", "pdf", n, 300), wanted)
        )
    assert drawn == [alone[n - 1] for n in wanted]


def test_a_process_stays_warm_and_ends_with_its_pool() -> None:
    with picture_pool(1) as pool:
        pool.page_picture(pdf_of([TEXT]), "a.pdf", "pdf", 1, 300)
        (process,) = pool._all
        assert process._process is not None
        pid = process._process.pid
        pool.page_picture(pdf_of([TEXT]), "a.pdf", "pdf", 1, 400)
        assert process._process.pid == pid
    assert is_gone(pid)


def test_a_file_that_costs_too_much_ends_alone() -> None:
    rng = random.Random(1)
    noise = Image.frombytes("RGB", (6000, 6000), rng.randbytes(6000 * 6000 * 3))
    costly = packed(noise, "PNG", compress_level=1)
    with picture_pool(1, Limits(memory_mb=350, page_s=20, total_s=20)) as pool:
        with pytest.raises(LimitError, match="内存"):
            pool.page_picture(costly, "a.png", "image", 1, 3000)
        assert pool.page_picture(pdf_of([TEXT]), "a.pdf", "pdf", 1, 300)


def test_a_drawing_process_that_dies_is_replaced() -> None:
    with picture_pool(1) as pool:
        first = pool.page_picture(pdf_of([TEXT]), "a.pdf", "pdf", 1, 300)
        process = pool._all[0]._process
        assert process is not None
        os.kill(process.pid, 9)
        process.wait()
        assert pool.page_picture(pdf_of([TEXT]), "a.pdf", "pdf", 1, 300) == first


def test_no_key_of_the_environment_reaches_a_drawing_process(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("OPENAI_API_KEY", "geheim")
    with picture_pool(1) as pool:
        pool.page_picture(pdf_of([TEXT]), "a.pdf", "pdf", 1, 64)
        process = pool._all[0]._process
        assert process is not None
        assert b"geheim" not in Path(f"/proc/{process.pid}/environ").read_bytes()


def test_what_is_no_picture_is_not_handed_on(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    code = (
        "from auditor.ingest import drawing_worker, worker\n"
        "from auditor.ingest.content import Content\n"
        "drawing_worker.draw_page = lambda *_: b'<svg onload=alert(1)>'\n"
        "drawing_worker.serve()\n"
    )
    (tmp_path / "odd_drawer.py").write_text(code, encoding="utf-8")
    monkeypatch.syspath_prepend(str(tmp_path))
    monkeypatch.setattr(pictures_module, "WORKER", "odd_drawer")
    with picture_pool(1) as pool, pytest.raises(BrokenDocumentError, match="无法成像"):
        pool.page_picture(pdf_of([TEXT]), "a.pdf", "pdf", 1, 300)


@needs_office
@pytest.mark.slow
def test_a_word_file_is_drawn_from_its_conversion(drawing: PicturePool) -> None:
    data = word_paper(4)
    paper = printed(data, "甲.docx", "docx")
    image = shown(drawing.page_picture(paper, "甲.docx", "pdf", 1, 600))
    assert ink_of(image).sum() > 0 and image.height > image.width


def test_what_has_no_pages_is_not_converted() -> None:
    with pytest.raises(UnsupportedFormatError):
        printed(b"x", "a.txt", "txt")


@needs_office
def test_a_broken_office_paper_is_named() -> None:
    with pytest.raises(DocumentError) as caught:
        printed(b"no word file", "甲.docx", "docx")
    assert caught.value.name == "甲.docx"

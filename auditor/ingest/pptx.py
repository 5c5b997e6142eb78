"""Presentations (PPTX): slide by slide the title, text in visual order, tables, charts, notes."""

from __future__ import annotations

import io
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any
from zipfile import BadZipFile

import pptx
from lxml import etree
from pptx.exc import PythonPptxError

from auditor.core.documents import BlockKind
from auditor.core.errors import BrokenDocumentError
from auditor.ingest.content import Content, ContentBuilder
from auditor.ingest.package import check_package, parse_part

MAX_SLIDES = 5000
MAX_SHAPES = 100_000
MAX_DEPTH = 20
MAX_CHARACTERS = 10_000_000
MAX_POINTS = 60
TINY_POINTS = 1.5
SAME_ROW_SHARE = 0.5
NOTES = "备注"
DIAGRAM = "/diagramData"
A_TEXT = "{http://schemas.openxmlformats.org/drawingml/2006/main}t"
A_PARAGRAPH = "{http://schemas.openxmlformats.org/drawingml/2006/main}p"
BROKEN = (KeyError, ValueError, AttributeError, IndexError, TypeError, etree.LxmlError,
          PythonPptxError, NotImplementedError)  # fmt: skip


@dataclass(slots=True)
class Part:
    """What one shape says: lines of text or the rows of a table, and where it stands.

    ``top``, ``left``, ``height`` in EMU; ``how`` says why the slide's viewer would not see it.
    """

    lines: list[str]
    rows: list[list[str]]
    top: int = 0
    left: int = 0
    height: int = 0
    how: str = ""

    @property
    def text(self) -> str:
        """All that it says on one line."""
        return " ".join([*self.lines, *(" | ".join(row) for row in self.rows)])


def read_pptx(data: bytes, name: str) -> Content:
    """Read a presentation; each block's place is its slide (``幻灯片3``).

    Hidden slides and shapes are kept apart. Raises ``BrokenDocumentError`` for damaged,
    encrypted, hostile or oversized packages.
    """
    check_package(data, name)
    try:
        show = pptx.Presentation(io.BytesIO(data))
        slides = list(show.slides)[:MAX_SLIDES]
        size = (int(show.slide_width or 0), int(show.slide_height or 0))
        title = (show.core_properties.title or "").strip()
    except (*BROKEN, BadZipFile, OSError) as error:
        raise BrokenDocumentError(
            name, f"演示文稿损坏，无法打开（{error}）"[:200], hint="请另存为 PPTX 后重新提交。"
        ) from error
    builder = ContentBuilder()
    warnings: list[str] = []
    reader = _Reader(name, size)
    for number, slide in enumerate(slides, start=1):
        if builder.length > MAX_CHARACTERS:
            warnings.append(f"幻灯片{number}起未读入（文字过多）")
            break
        try:
            _add_slide(builder, reader, slide, number, warnings)
        except BROKEN as error:
            warnings.append(f"幻灯片{number}无法读取（{type(error).__name__}）")
    if len(show.slides) > MAX_SLIDES:
        warnings.append(f"幻灯片{MAX_SLIDES + 1}起未读入（页数过多）")
    generic = title.lower() in ("", "powerpoint presentation", "powerpoint 演示文稿")
    return builder.build(title="" if generic else title, warnings=tuple(warnings))


def _add_slide(
    builder: ContentBuilder, reader: _Reader, slide: Any, number: int, warnings: list[str]
) -> None:
    place = f"幻灯片{number}"
    parts = in_visual_order(reader.parts_of(slide.shapes))
    parts += reader.diagrams_of(slide)
    notes = _notes_of(slide)
    if slide._element.get("show") in ("0", "false"):
        for part in parts:
            builder.hide("vanish", part.text)
        builder.hide("vanish", " ".join(notes))
        warnings.append(f"{place}是隐藏的，未读入正文")
        return
    for part in parts:
        if part.how:
            builder.hide(part.how, part.text)
    shown = [part for part in parts if not part.how]
    heading = _title_of(slide)
    if heading:
        builder.add(BlockKind.HEADING, heading, level=1, place=place)
    for part in shown:
        _add_part(builder, part, place, heading)
        heading = "" if " ".join(part.lines) == heading else heading
    if notes:
        builder.add(BlockKind.HEADING, NOTES, level=2, place=place)
        for line in notes:
            builder.add(BlockKind.PARAGRAPH, line, place=place)
    if not any(part.text for part in shown) and reader.has_pictures(slide):
        warnings.append(f"{place}只有图片，图中文字未读入")


def _add_part(builder: ContentBuilder, part: Part, place: str, title: str) -> None:
    """Add a shape's text; the shape that is the title was added as the heading."""
    if title and " ".join(part.lines) == title:
        return
    for line in part.lines:
        builder.add(BlockKind.PARAGRAPH, line, place=place)
    if part.rows:
        _add_table(builder, part.rows, place)


def _add_table(builder: ContentBuilder, rows: list[list[str]], place: str) -> None:
    """Add a table's rows with their place; the header is found as for every table."""
    table = ContentBuilder()
    table.table(rows)
    content = table.build()
    for block in content.blocks:
        text = content.text[block.span.start : block.span.end]
        builder.add(block.kind, text, header=block.header, place=place)


def _title_of(slide: Any) -> str:
    shape = slide.shapes.title
    return " ".join(_lines(shape.text_frame)) if shape is not None else ""


def _notes_of(slide: Any) -> list[str]:
    if not slide.has_notes_slide:
        return []
    frame = slide.notes_slide.notes_text_frame
    return _lines(frame) if frame is not None else []


def _lines(frame: Any) -> list[str]:
    """The paragraphs of a text frame, cut at line breaks."""
    text = "\n".join(paragraph.text for paragraph in frame.paragraphs)
    lines = (" ".join(line.split()) for line in text.replace("\v", "\n").split("\n"))
    return [line for line in lines if line]


def in_visual_order(parts: Iterable[Part]) -> list[Part]:
    """Sort from top to bottom; what stands beside each other from left to right."""
    rows: list[list[Part]] = []
    for part in sorted(parts, key=lambda p: p.top):
        if rows and part.top < rows[-1][0].top + SAME_ROW_SHARE * rows[-1][0].height:
            rows[-1].append(part)
        else:
            rows.append([part])
    return [part for row in rows for part in sorted(row, key=lambda p: p.left)]


class _Reader:
    """Reads shapes; ``size`` is the slide's width and height in EMU."""

    def __init__(self, name: str, size: tuple[int, int]) -> None:
        self._name = name
        self._width, self._height = size
        self._left = MAX_SHAPES

    def parts_of(self, shapes: Any) -> Iterator[Part]:
        """What the shapes of a slide say, groups entered."""
        yield from self._parts(shapes, (1.0, 1.0, 0.0, 0.0), "", 0)

    def _parts(
        self, shapes: Any, scale: tuple[float, float, float, float], how: str, depth: int
    ) -> Iterator[Part]:
        for shape in shapes if depth <= MAX_DEPTH else ():
            self._left -= 1
            if self._left < 0:
                raise BrokenDocumentError(self._name, "图形过多", hint="请拆分后重新提交。")
            hidden = shape._element.xpath("./*/p:cNvPr/@hidden")
            inner = "vanish" if hidden and hidden[0] in ("1", "true") else how
            if hasattr(shape, "shapes"):
                yield from self._parts(shape.shapes, _inside(shape, scale), inner, depth + 1)
                continue
            part = _part_of(shape)
            if part is not None:
                self._set_place(part, shape, scale, inner)
                yield part

    def _set_place(
        self, part: Part, shape: Any, scale: tuple[float, float, float, float], how: str
    ) -> None:
        across, down, left, top = scale
        part.left = int((shape.left or 0) * across + left)
        part.top = int((shape.top or 0) * down + top)
        part.height = int((shape.height or 0) * down)
        width = int((shape.width or 0) * across)
        outside = part.left + width < 0 or part.top + part.height < 0
        outside = outside or part.left > self._width > 0 or part.top > self._height > 0
        part.how = how or part.how or ("off_page" if outside else "")

    def diagrams_of(self, slide: Any) -> list[Part]:
        """The texts of diagrams (SmartArt), which stand in parts of their own."""
        found = []
        for relation in slide.part.rels.values():
            if relation.is_external or not relation.reltype.endswith(DIAGRAM):
                continue
            root = parse_part(relation.target_part.blob, "diagram", self._name)
            texts = ("".join(t.text or "" for t in p.iter(A_TEXT)) for p in root.iter(A_PARAGRAPH))
            lines = [" ".join(text.split()) for text in texts if text.strip()]
            found.append(Part(lines, []))
        return found

    def has_pictures(self, slide: Any) -> bool:
        """Tell whether a slide shows any picture."""
        return bool(slide._element.xpath(".//p:pic"))


def _inside(
    group: Any, scale: tuple[float, float, float, float]
) -> tuple[float, float, float, float]:
    """The scale of a group's own coordinates: factors and offsets to those of the slide."""
    across, down, left, top = scale
    found = group._element.xpath("./p:grpSpPr/a:xfrm")
    boxes = {etree.QName(e).localname: e.attrib for e in (found[0] if found else ())}
    try:
        off, ext, inner_off, inner_ext = (boxes[n] for n in ("off", "ext", "chOff", "chExt"))
        wide = int(ext["cx"]) / max(int(inner_ext["cx"]), 1)
        high = int(ext["cy"]) / max(int(inner_ext["cy"]), 1)
        x = int(off["x"]) - int(inner_off["x"]) * wide
        y = int(off["y"]) - int(inner_off["y"]) * high
    except (KeyError, ValueError):
        return scale
    return across * wide, down * high, left + across * x, top + down * y


def _part_of(shape: Any) -> Part | None:
    """What a shape says, None for shapes without text."""
    if getattr(shape, "has_table", False):
        rows = [
            [" ".join(cell.text.split()) for cell in row.cells if not cell.is_spanned]
            for row in shape.table.rows
        ]
        return Part([], rows)
    if getattr(shape, "has_chart", False):
        return _chart(shape.chart)
    if not shape.has_text_frame:
        return None
    lines = _lines(shape.text_frame)
    if not lines:
        return None
    return Part(lines, [], how="tiny" if _is_tiny(shape.text_frame) else "")


def _is_tiny(frame: Any) -> bool:
    runs = [run for paragraph in frame.paragraphs for run in paragraph.runs if run.text.strip()]
    sizes = [run.font.size for run in runs]
    return bool(sizes) and all(size is not None and size.pt < TINY_POINTS for size in sizes)


def _chart(chart: Any) -> Part:
    """A chart's title and its figures as a table: categories down, series across."""
    title = _lines(chart.chart_title.text_frame) if _has_title(chart) else []
    plots = list(chart.plots)
    if len(plots) != 1:
        return Part(title, [])
    series = list(plots[0].series)
    categories = [str(category) for category in plots[0].categories][:MAX_POINTS]
    rows = [["", *(str(one.name or "") for one in series)]]
    columns = [list(one.values) for one in series]
    for place, category in enumerate(categories):
        values = (column[place] if place < len(column) else None for column in columns)
        rows.append([category, *("" if value is None else f"{value:.15g}" for value in values)])
    return Part(title, rows if categories and series else [])


def _has_title(chart: Any) -> bool:
    return bool(chart.has_title and chart.chart_title.has_text_frame)

"""A page of an OFD as a PDF, to be drawn by pdfium: text, paths and pictures at their places.

Characters stand in the boxes that the reader gives them, in a font of the machine that stands in
for the file's own (with or without serifs, regular or bold). Not drawn: clips, gradients (the
first colour is taken), annotations and seals, embedded fonts.
"""

from __future__ import annotations

import io
import math
import warnings
from collections.abc import Iterator
from dataclasses import dataclass, replace

from lxml import etree
from PIL import Image

from auditor.core.errors import BrokenDocumentError
from auditor.core.layout import Corners
from auditor.ingest.columns import is_wide
from auditor.ingest.ofd import Book, _book, _box, _page_paths, _paint_template
from auditor.ingest.ofd_geometry import Matrix, after, number, numbers, turned
from auditor.ingest.ofd_package import RESOURCE_FILES, OfdPackage, Resources
from auditor.ingest.ofd_page import MAX_DEPTH, MAX_PICTURES, Budget, Drawing, Painter, State
from auditor.ingest.ofd_page import page_matrix as matrix_of_page
from auditor.ingest.ofd_paths import (
    OPAQUE,
    alpha_of,
    colour_operator,
    dash_operator,
    matrix_operator,
    path_operators,
)
from auditor.ingest.ofd_pictures import FORMATS, MAX_PIXELS, UNREADABLE
from auditor.ingest.ofd_text import ASCENT, DESCENT, NARROW, Run, runs_of
from auditor.ingest.package import child, child_text, children
from auditor.ingest.pdf_writing import PdfPage, Typeface

POINTS_PER_MM = 72 / 25.4
USUAL_LINE_MM = 0.353
BOLD_FROM = 600.0
SANS_NAMES = ("黑", "圆", "等线", "hei", "gothic", "sans", "arial", "helvetica", "dengxian")
BOLD_NAMES = ("bold", "粗", "black", "heavy")
FLIPPED: Matrix = (1.0, 0.0, 0.0, -1.0, 0.0, 1.0)
BMP = 0xFFFF


def page_as_pdf(data: bytes, name: str, page: int, dots_per_page: float) -> bytes | None:
    """The page numbered ``page`` from 1 as a PDF of one page; None where there is no such page.

    ``dots_per_page`` is the width in pixels at which it will be drawn: pictures are shrunk to it.

    Raises:
        BrokenDocumentError: the package or the page is damaged, encrypted or hostile.
    """
    package = OfdPackage(data, name)
    count = 0
    for body in children(package.xml("OFD.xml"), "DocBody"):
        book = _book(package, body)
        for path in _page_paths(package, book):
            count += 1
            if count == page:
                return _page(package, book, path, dots_per_page)
    return None


def _page(package: OfdPackage, book: Book, path: str, dots_per_page: float) -> bytes:
    root = package.xml(path)
    box = _box(child(root, "Area")) or book.box
    width, height = box[2] * POINTS_PER_MM, box[3] * POINTS_PER_MM
    common = child(book.root, "CommonData")
    fonts = {**fonts_of(package, common, book.path), **fonts_of(package, root, path)}
    resources = book.resources.copy()
    resources.add_from(package, root, path)
    canvas = PdfPage(width, height)
    canvas.draw(matrix_operator((1.0, 0.0, 0.0, -1.0, 0.0, height)))
    painter = PagePainter(package, resources, Drawing(1, width, height), canvas, fonts)
    painter.dots_per_point = dots_per_page / width
    matrix = matrix_of_page(box)
    templates = list(children(root, "Template"))
    for template in templates:
        if template.get("ZOrder") != "Foreground":
            _paint_template(package, book, template, painter, matrix)
    painter.paint(child(root, "Content"), matrix)
    for template in templates:
        if template.get("ZOrder") == "Foreground":
            _paint_template(package, book, template, painter, matrix)
    return canvas.finished()


def fonts_of(package: OfdPackage, holder: etree._Element | None, base: str) -> dict[str, Typeface]:
    """What the fonts look like, by identifier, of the resource files that ``holder`` names."""
    found: dict[str, Typeface] = {}
    for named in children(holder, *RESOURCE_FILES):
        try:
            root = package.xml(package.locate(named.text or "", base))
        except BrokenDocumentError:
            continue
        for font in root.iter("{*}Font"):
            found[font.get("ID") or ""] = _typeface(font)
    return found


def _typeface(font: etree._Element) -> Typeface:
    name = f"{font.get('FontName')} {font.get('FamilyName')}".lower()
    bold = (font.get("Bold") or "").lower() == "true" or any(word in name for word in BOLD_NAMES)
    return Typeface(serif=not any(word in name for word in SANS_NAMES), bold=bold)


class PagePainter(Painter):
    """Draws the objects of a page onto a PDF instead of noting them for the reader."""

    dots_per_point = 1.0

    def __init__(
        self,
        package: OfdPackage,
        resources: Resources,
        drawing: Drawing,
        canvas: PdfPage,
        fonts: dict[str, Typeface],
    ) -> None:
        super().__init__(drawing, resources, Budget(), package.name)
        self._package = package
        self._canvas = canvas
        self._fonts = fonts
        self._images: dict[str, Image.Image | None] = {}

    def _text(self, element: etree._Element, state: State) -> None:
        filled = (element.get("Fill") or "true").lower() != "false"
        stroked = (element.get("Stroke") or "false").lower() == "true"
        if state.how or not (filled or stroked):
            return
        face = self._fonts.get(element.get("Font") or "", Typeface())
        if number(element.get("Weight")) >= BOLD_FROM:
            face = Typeface(face.serif, bold=True)
        fill = self._colour(element, "FillColor", state)
        stroke = self._colour(element, "StrokeColor", state)
        self._canvas.draw("q", *self._coloured(element, fill, stroke))
        self._canvas.draw(f"{number(element.get('LineWidth'), USUAL_LINE_MM):.4f} w")
        mode = 2 if filled and stroked else 1 if stroked else 0
        for run in runs_of(element, state.matrix):
            self._budget.spend(self._name, len(run.text) or 1)
            self._canvas.draw("BT", f"{mode} Tr")
            for glyph in _placed(run, element, state.matrix):
                font = self._canvas.font(replace(face, width=glyph.width))
                self._canvas.draw(f"/{font} 1 Tf", glyph.operators)
            self._canvas.draw("ET")
        self._canvas.draw("Q")

    def _coloured(
        self,
        element: etree._Element,
        fill: etree._Element | None,
        stroke: etree._Element | None,
    ) -> Iterator[str]:
        yield colour_operator(fill, self._space(fill), stroke=False)
        yield colour_operator(stroke, self._space(stroke), stroke=True)
        opacities = alpha_of(fill, element), alpha_of(stroke, element)
        if min(opacities) < OPAQUE:
            yield f"/{self._canvas.opacity(*opacities)} gs"

    def _space(self, colour: etree._Element | None) -> str:
        named = "" if colour is None else colour.get("ColorSpace") or ""
        return self._resources.spaces.get(named, "")

    def _path(self, element: etree._Element, state: State) -> None:
        built = path_operators(child_text(element, "AbbreviatedData"))
        fill = self._colour(element, "FillColor", state)
        # an area without a colour is not painted, a line without one is black
        filled = (element.get("Fill") or "false").lower() == "true" and fill is not None
        stroked = (element.get("Stroke") or "true").lower() != "false"
        if state.how or not built or not (filled or stroked):
            return
        stroke = self._colour(element, "StrokeColor", state)
        even = (element.get("Rule") or "").lower() == "even-odd"
        paint = {(True, True): "B", (True, False): "f", (False, True): "S"}[filled, stroked]
        self._canvas.draw("q", matrix_operator(state.matrix))
        self._canvas.draw(*self._coloured(element, fill, stroke), *self._line(element, state))
        self._canvas.draw(*built, paint + "*" if even and filled else paint, "Q")

    def _line(self, element: etree._Element, state: State) -> Iterator[str]:
        width = number(self._setting(element, "LineWidth", state), USUAL_LINE_MM)
        yield f"{max(0.0, width):.4f} w"
        caps, joins = {"Round": 1, "Square": 2}, {"Round": 1, "Bevel": 2}
        yield f"{caps.get(self._setting(element, 'Cap', state) or '', 0)} J"
        yield f"{joins.get(self._setting(element, 'Join', state) or '', 0)} j"
        pattern = self._setting(element, "DashPattern", state)
        yield dash_operator(pattern, self._setting(element, "DashOffset", state))

    def _setting(self, element: etree._Element, name: str, state: State) -> str | None:
        """An attribute of an object: its own, else that of its drawing parameters (inherited)."""
        found = element.get(name)
        identifier = state.param
        for _ in range(MAX_DEPTH):
            param = self._resources.params.get(identifier)
            if found is not None or param is None:
                break
            found = param.get(name)
            identifier = param.get("Relative") or ""
        return found

    def _image(self, element: etree._Element, state: State) -> None:
        path = self._resources.media.get(element.get("ResourceID") or "")
        if state.how or path is None:
            return
        matrix = state.matrix
        if not element.get("CTM"):
            sides = (*numbers(element.get("Boundary"), 4), 0.0, 0.0, 0.0, 0.0)[2:4]
            matrix = after(matrix, (sides[0], 0.0, 0.0, sides[1], 0.0, 0.0))
        image = self._image_of(path, matrix)
        if image is None:
            return
        opacity = alpha_of(None, element)
        self._canvas.draw("q", f"/{self._canvas.opacity(opacity, opacity)} gs")
        self._canvas.draw(matrix_operator(after(matrix, FLIPPED)))
        self._canvas.draw(f"/{self._canvas.picture(path, image)} Do", "Q")

    def _image_of(self, path: str, matrix: Matrix) -> Image.Image | None:
        """A picture in about the resolution in which it is shown, None where it is unreadable."""
        if path not in self._images and len(self._images) < MAX_PICTURES:
            a, b, c, d, _, _ = matrix
            shown = math.hypot(a, b) * self.dots_per_point, math.hypot(c, d) * self.dots_per_point
            try:
                self._images[path] = _opened(self._package.read(path), shown)
            except UNREADABLE:
                self._images[path] = None
        return self._images.get(path)


def _opened(data: bytes, shown: tuple[float, float]) -> Image.Image:
    """Open a picture of a format that no other program is run for, shrunk towards its size."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        image: Image.Image = Image.open(io.BytesIO(data), formats=FORMATS)
    if image.width * image.height > MAX_PIXELS:
        raise ValueError("图像过大")
    if image.mode not in ("L", "RGB", "RGBA"):
        veiled = image.mode in ("LA", "PA") or "transparency" in image.info
        image = image.convert("RGBA" if veiled else "RGB")
    factor = min(image.width / max(shown[0], 1.0), image.height / max(shown[1], 1.0))
    return image.reduce(int(factor)) if factor >= 2 else image


@dataclass(frozen=True, slots=True)
class Glyph:
    """A character in its box: its width in thousandths of its size, and what shows it."""

    width: int
    operators: str


def _placed(run: Run, element: etree._Element, matrix: Matrix) -> Iterator[Glyph]:
    """The characters of a run, each in its box."""
    a, b, c, d, _, _ = after(matrix, turned(number(element.get("CharDirection"))))
    size = number(element.get("Size"), 4.0)
    wide = size * (number(element.get("HScale"), 1.0) or 1.0)
    down = (DESCENT - ASCENT) / 2 * size
    for character, box in zip(run.text, run.boxes, strict=True):
        if ord(character) > BMP or character.isspace():
            continue
        usual = wide if is_wide(character) else NARROW * wide
        width = _width(box, (a, b, c, d), usual)
        x = (box[0] + box[2]) / 2 - (a * width / 2 + c * down)
        y = (box[1] + box[3]) / 2 - (b * width / 2 + d * down)
        at = " ".join(f"{value:.4f}" for value in (a * wide, b * wide, -c * size, -d * size, x, y))
        share = 1.0 if is_wide(character) else width / (abs(wide) or 1.0)
        steps = min(20, max(5, round(share * 20)))
        yield Glyph(steps * 50, f"{at} Tm <{character.encode('utf-16-be').hex()}> Tj")


def _width(box: Corners, linear: tuple[float, float, float, float], usual: float) -> float:
    """The width of a character in its own units: that of its box where the print is upright."""
    a, b, c, d = linear
    along = math.hypot(a, b)
    if along and abs(b) + abs(c) < 1e-3 * along:
        return (box[2] - box[0]) / along
    if along and abs(a) + abs(d) < 1e-3 * along:
        return (box[3] - box[1]) / along
    return usual

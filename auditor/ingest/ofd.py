"""OFD documents (GB/T 33190, the national fixed-layout format): every character with its box."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from lxml import etree

from auditor.core.documents import HiddenText
from auditor.core.errors import BrokenDocumentError
from auditor.ingest.content import Content
from auditor.ingest.glyphs import GlyphPage
from auditor.ingest.ofd_geometry import Matrix, numbers
from auditor.ingest.ofd_package import OfdPackage, Resources
from auditor.ingest.ofd_page import Budget, Drawing, Painter, in_order, page_matrix, parted
from auditor.ingest.ofd_pictures import (
    OUTLINED,
    is_picture_page,
    read_pictures,
    without_text_layer,
)
from auditor.ingest.ofd_text import Run
from auditor.ingest.package import child, child_text, children
from auditor.ingest.paged import content_of

A4 = [0.0, 0.0, 210.0, 297.0]
MAX_PAGES = 5000
LONGEST_SIDE = 5000.0
SIGNED = "文件带电子签章（未验签）"


@dataclass(slots=True)
class Book:
    """One document of the package: its part, resources, templates and usual page box."""

    path: str
    root: etree._Element
    resources: Resources
    box: list[float]
    templates: dict[str, str] = field(default_factory=dict)


def read_ofd(data: bytes, name: str) -> Content:
    """Read an OFD; raises ``BrokenDocumentError`` for damaged, encrypted or hostile packages.

    Pages without text whose pictures cover them go through character recognition; seals are
    not read, only noted.
    """
    package = OfdPackage(data, name)
    pages, hidden, warnings = read_pages(package)
    title = child_text(child(child(package.xml("OFD.xml"), "DocBody"), "DocInfo"), "Title")
    return content_of(pages, title=title, warnings=warnings, hidden=hidden)


def read_pages(package: OfdPackage) -> tuple[list[GlyphPage], list[HiddenText], list[str]]:
    """The pages of all documents of a package, what is hidden on them, and warnings."""
    pages: list[GlyphPage] = []
    hidden: list[HiddenText] = []
    warnings: list[str] = []
    budget = Budget()
    for body in children(package.xml("OFD.xml"), "DocBody"):
        book = _book(package, body)
        for path in _page_paths(package, book):
            number = len(pages) + 1
            if number > MAX_PAGES:
                raise BrokenDocumentError(
                    package.name, f"OFD 超过 {MAX_PAGES} 页", hint="请拆分后提交。"
                )
            page, found = _read_page(package, book, path, number, budget)
            pages.append(page)
            hidden.extend(found)
        warnings.extend(w for w in _notes(package, body, book) if w not in warnings)
    if not pages:
        raise BrokenDocumentError(package.name, "OFD 中没有页面", hint="请重新导出后提交。")
    return pages, hidden, warnings


def _book(package: OfdPackage, body: etree._Element) -> Book:
    path = package.locate(child_text(body, "DocRoot"), "OFD.xml")
    root = package.xml(path)
    common = child(root, "CommonData")
    resources = Resources()
    resources.add_from(package, common, path)
    box = _box(child(common, "PageArea")) or A4
    book = Book(path, root, resources, box)
    for template in children(common, "TemplatePage"):
        location = package.locate(template.get("BaseLoc") or "", path)
        book.templates[template.get("ID") or ""] = location
    return book


def _box(area: etree._Element | None) -> list[float] | None:
    """The physical box of a page area: x, y, width, height in millimetres."""
    for name in ("PhysicalBox", "ApplicationBox", "ContentBox"):
        values = numbers(child_text(area, name), 4)
        if len(values) == 4 and min(values[2:]) > 0 and max(values[2:]) <= LONGEST_SIDE:
            return values
    return None


def _page_paths(package: OfdPackage, book: Book) -> Iterator[str]:
    for page in children(child(book.root, "Pages"), "Page"):
        yield package.locate(page.get("BaseLoc") or "", book.path)


def _read_page(
    package: OfdPackage, book: Book, path: str, number: int, budget: Budget
) -> tuple[GlyphPage, list[HiddenText]]:
    """Read one page; a missing or damaged part leaves the page unread with the reason."""
    try:
        root = package.xml(path)
    except BrokenDocumentError as error:
        width, height = (side * 72 / 25.4 for side in book.box[2:])
        return GlyphPage(number, width, height, unread=f"页面内容缺失或损坏（{error.reason}）"), []
    box = _box(child(root, "Area")) or book.box
    drawing = Drawing(number, box[2] * 72 / 25.4, box[3] * 72 / 25.4)
    runs = _paint(package, book, (root, path, box), drawing, budget)
    page, hidden = parted(drawing, runs)
    seen = sum(not character.isspace() for character in page.text)
    if is_picture_page(drawing, seen):
        page = read_pictures(drawing, page, package.read)
        hidden = without_text_layer(hidden, page.text)
    elif not seen and drawing.paths >= OUTLINED:
        page.unread = "页面文字为矢量轮廓，没有可读字符"
    return page, hidden


def _paint(
    package: OfdPackage,
    book: Book,
    page: tuple[etree._Element, str, list[float]],
    drawing: Drawing,
    budget: Budget,
) -> list[Run]:
    """Draw the page over its background templates and under its foreground ones."""
    root, path, box = page
    resources = book.resources.copy()
    resources.add_from(package, root, path)
    painter = Painter(drawing, resources, budget, package.name)
    matrix = page_matrix(box)
    used = [(t.get("ZOrder") == "Foreground", t) for t in children(root, "Template")]
    template_runs: list[Run] = []
    for _, template in (pair for pair in used if not pair[0]):
        template_runs += _paint_template(package, book, template, painter, matrix)
    body = painter.paint(child(root, "Content"), matrix)
    for _, template in (pair for pair in used if pair[0]):
        template_runs += _paint_template(package, book, template, painter, matrix)
    return in_order(template_runs, body)


def _paint_template(
    package: OfdPackage,
    book: Book,
    template: etree._Element,
    painter: Painter,
    matrix: Matrix,
) -> list[Run]:
    path = book.templates.get(template.get("TemplateID") or "")
    if path is None:
        return []
    try:
        root = package.xml(path)
    except BrokenDocumentError:
        return []
    return painter.paint(child(root, "Content"), matrix)


def _notes(package: OfdPackage, body: etree._Element, book: Book) -> Sequence[str]:
    """What a reviewer should know beside the text: seals, notes and attachments not read."""
    notes = []
    if child_text(body, "Signatures"):
        notes.append(SIGNED)
    annotations = child_text(book.root, "Annotations")
    if annotations and _has_written_notes(package, package.locate(annotations, book.path)):
        notes.append("批注中的文字未读入")
    if child_text(book.root, "Attachments"):
        notes.append("OFD 内的附件未读入，请单独提交")
    return notes


def _has_written_notes(package: OfdPackage, path: str) -> bool:
    """Tell whether any annotation but stamps and watermarks holds text."""
    try:
        pages = list(children(package.xml(path), "Page"))[:MAX_PAGES]
        for page in pages:
            location = package.locate(child_text(page, "FileLoc"), path)
            for note in children(package.xml(location), "Annot"):
                written = any(True for _ in note.iter("{*}TextCode"))
                if written and note.get("Type") not in ("Stamp", "Watermark"):
                    return True
    except BrokenDocumentError:
        return False
    return False

"""Word documents (OOXML): what is printed, in the order of the body.

python-docx opens the package; its tree is walked here, because its paragraphs and tables leave
out content controls, insertions, text boxes, notes, numbering and more.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from docx.document import Document as WordDocument

from auditor.core.errors import BrokenDocumentError
from auditor.ingest.content import Content, ContentBuilder
from auditor.ingest.docx_body import BodyReader, Found
from auditor.ingest.docx_markup import Element, R, W, find, value
from auditor.ingest.docx_notes import Notes
from auditor.ingest.docx_numbering import Numbering
from auditor.ingest.docx_package import BROKEN, opened, refused, related, root_of, title_of
from auditor.ingest.docx_pictures import with_pictures_read
from auditor.ingest.docx_styles import Styles, is_white
from auditor.ingest.docx_tables import Piece
from auditor.ingest.package import SAVE_AGAIN, check_package
from auditor.ingest.running import SECRECY

EDGES = (f"{W}headerReference", f"{W}footerReference")
INSERTED, REMOVED = (f"{W}ins", f"{W}moveTo"), (f"{W}del", f"{W}moveFrom")
LONGEST_MARK = 200


def read_docx(data: bytes, name: str) -> Content:
    """Read a Word document (.docx, .docm, .dotx; strict OOXML too); macros are never run.

    Text that nobody sees is kept apart (``Content.hidden``); tracked changes are read as
    accepted; comments, heads and feet are left out, except marks of secrecy.

    Raises:
        BrokenDocumentError: damaged, encrypted or hostile packages.
    """
    check_package(data, name)
    word = opened(data, name)
    try:
        pieces, found = _read(word, name)
        marks = secrecy_lines(word, name)
        told = [*_changes(word.element), *_left_out(found)]
    except BROKEN as error:
        raise refused(name, error) from error
    pieces, about_pictures = with_pictures_read(pieces)
    builder = ContentBuilder()
    for line in marks:
        builder.paragraph(line)
    for piece in pieces:
        builder.add(piece.kind, piece.text, level=piece.level, header=piece.header)
    for how, text in found.hidden:
        builder.hide(how, text)
    return builder.build(title=title_of(word), warnings=(*told, *about_pictures))


def _read(word: WordDocument, name: str) -> tuple[list[Piece], Found]:
    """The blocks of the body with the notes in their places, and what was found beside them."""
    if word.element.tag != f"{W}document":
        why = f"Word 文档的格式变体无法识别（{word.element.tag[:80]}）"
        raise BrokenDocumentError(name, why, hint=SAVE_AGAIN)
    body: Element | None = find(word.element, "body")
    found = Found()
    if body is None:
        return [], found
    styles = _styles(word, name)
    lists = related(word.part, "/numbering", name)
    numbering = Numbering(lists[0] if lists else None, styles)
    notes = Notes(word, styles, numbering, found, name)
    reader = BodyReader(body, word.part, styles, numbering, found)
    paper = value(find(word.element, "background"), "color")
    if paper and paper != "auto" and not is_white(paper):
        reader.shade()
    pieces = reader.pieces(body, after=notes.flush)
    notes.finish(pieces)
    return pieces, found


def _styles(word: WordDocument, name: str) -> Styles:
    root = related(word.part, "/styles", name)
    return Styles(root[0] if root else None)


def secrecy_lines(word: WordDocument, name: str) -> list[str]:
    """The lines of heads, feet and watermarks that carry a mark of secrecy, each once."""
    lines: dict[str, None] = {}
    seen: set[str] = set()
    for edge in word.element.iter(*EDGES):
        part: Any = word.part.related_parts.get(edge.get(f"{R}id"))
        if part is None or str(part.partname) in seen:
            continue
        seen.add(str(part.partname))
        root = root_of(part, name)
        plain = Styles(None)
        for piece in BodyReader(root, part, plain, Numbering(None, plain), Found()).pieces(root):
            text = " ".join(piece.text.split())[:LONGEST_MARK]
            if SECRECY.search(text):
                lines[text] = None
    return list(lines)


def _changes(root: Element) -> list[str]:
    """What is told of tracked changes and comments."""
    removed, inserted = _count(root, REMOVED), _count(root, INSERTED)
    told = []
    if removed or inserted:
        told.append(f"有未接受的修订：删除 {removed} 处、插入 {inserted} 处；按接受后的文本读取")
    comments = sum(1 for _ in root.iter(f"{W}commentReference"))
    if comments:
        told.append(f"有 {comments} 条批注未纳入")
    return told


def _count(root: Element, tags: Sequence[str]) -> int:
    """Count changes that hold text or formulas; marks at paragraph ends and rows hold nothing."""
    return sum(1 for change in root.iter(*tags) if len(change))


def _left_out(found: Found) -> list[str]:
    told = []
    if found.counts["objects"]:
        told.append(f"有 {found.counts['objects']} 个嵌入对象未读入")
    if found.counts["chunks"]:
        told.append(f"有 {found.counts['chunks']} 处嵌入文件未读入")
    return told

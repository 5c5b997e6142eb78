"""Opens Word packages that python-docx does not know as they are.

Strict OOXML has other namespaces, documents with macros and templates have other content types
(macros are never run), and some programs leave relations to parts that do not exist.
"""

from __future__ import annotations

import io
import posixpath
import re
import zipfile
from collections.abc import Callable
from typing import Any

import docx
from docx.document import Document as WordDocument
from docx.opc.exceptions import OpcError
from lxml import etree

from auditor.core.errors import BrokenDocumentError
from auditor.ingest.package import MAX_XML_BYTES, SAVE_AGAIN, parse_part

STRICT = b"purl.oclc.org/ooxml/"
STRICT_NAME = re.compile(rb"http://purl\.oclc\.org/ooxml/(\w{1,40})/")
LATER = rb"http://schemas.openxmlformats.org/\1/2006/"
MAIN = b"application/vnd.openxmlformats-officedocument.wordprocessingml.document.main+xml"
OTHER_MAINS = (
    b"application/vnd.ms-word.document.macroEnabled.main+xml",
    b"application/vnd.ms-word.template.macroEnabledTemplate.main+xml",
    b"application/vnd.openxmlformats-officedocument.wordprocessingml.template.main+xml",
)
ANY = "application/octet-stream"
TYPES, RELATIONS = "[Content_Types].xml", "_rels/.rels"
BROKEN = (OpcError, etree.LxmlError, KeyError, ValueError, AttributeError, IndexError, TypeError,
          RecursionError, OSError, zipfile.BadZipFile, NotImplementedError)  # fmt: skip
Change = Callable[[str, bytes], bytes]


def opened(data: bytes, name: str) -> WordDocument:
    """Open a checked package (``package.check_package``) with python-docx.

    Raises:
        BrokenDocumentError: damaged, not a Word document, or nested beyond what XML readers take.
    """
    try:
        usual = _changed(data, _usual) if _is_unusual(data) else data
        try:
            return docx.Document(io.BytesIO(usual))
        except KeyError:
            return docx.Document(io.BytesIO(_repaired(usual, name)))
    except BROKEN as error:
        raise refused(name, error) from error


def refused(name: str, error: Exception) -> BrokenDocumentError:
    """The error for what a library says of a damaged document."""
    why = "嵌套过深" if isinstance(error, RecursionError) else str(error) or type(error).__name__
    why = "内容类型不是 Word 文档" if "is not a Word file" in why else why
    return BrokenDocumentError(name, f"Word 文档损坏，无法打开（{why[:200]}）", hint=SAVE_AGAIN)


def title_of(word: WordDocument) -> str:
    """The title of the document's properties, empty where there is none or they are damaged."""
    try:
        return (word.core_properties.title or "").strip()
    except BROKEN:
        return ""


def related(part: Any, ending: str, name: str) -> tuple[etree._Element, Any] | None:
    """The root element and the part to which a relation whose type ends with ``ending`` leads.

    Raises:
        BrokenDocumentError: the part is not well-formed.
    """
    for relation in part.rels.values():
        if relation.is_external or not relation.reltype.endswith(ending):
            continue
        return root_of(relation.target_part, name), relation.target_part
    return None


def root_of(part: Any, name: str) -> etree._Element:
    """The root element of a part, whether python-docx knows its type or not.

    Raises:
        BrokenDocumentError: the part is not well-formed.
    """
    element: etree._Element | None = getattr(part, "element", None)
    return element if element is not None else parse_part(part.blob, str(part.partname), name)


def _is_unusual(data: bytes) -> bool:
    with zipfile.ZipFile(io.BytesIO(data)) as package:
        types, relations = package.read(TYPES), package.read(RELATIONS)
    return STRICT in relations or any(other in types for other in OTHER_MAINS)


def _usual(part: str, content: bytes) -> bytes:
    """A part with the namespaces and content types that python-docx knows."""
    if part == TYPES:
        for other in OTHER_MAINS:
            content = content.replace(other, MAIN)
    if part.endswith((".xml", ".rels", ".vml")) and len(content) <= MAX_XML_BYTES:
        content = STRICT_NAME.sub(LATER, content)
    return content


def _repaired(data: bytes, name: str) -> bytes:
    """Drop relations inside the package to parts that are not there; give every part a type."""
    with zipfile.ZipFile(io.BytesIO(data)) as package:
        members = {member.lower() for member in package.namelist()}

    def repaired(part: str, content: bytes) -> bytes:
        if part == TYPES:
            return _with_types(parse_part(content, part, name), members)
        if not part.endswith(".rels"):
            return content
        root = parse_part(content, part, name)
        folder = posixpath.dirname(posixpath.dirname(part))
        for relation in list(root):
            target = posixpath.normpath(posixpath.join("/", folder, relation.get("Target", "")))
            inside = relation.get("TargetMode") != "External"
            if inside and target.lstrip("/").lower() not in members:
                root.remove(relation)
        return etree.tostring(root)

    return _changed(data, repaired)


def _with_types(types: etree._Element, members: set[str]) -> bytes:
    """Add a type for the members' suffixes that have none."""
    known = {child.get("Extension", "").lower() for child in types}
    space = types.tag.rpartition("}")[0] + "}" if "}" in types.tag else ""
    for suffix in {posixpath.splitext(member)[1][1:] for member in members} - known:
        if suffix:
            types.insert(0, types.makeelement(f"{space}Default", Extension=suffix, ContentType=ANY))
    return etree.tostring(types)


def _changed(data: bytes, change: Change) -> bytes:
    """The package with every part changed, not compressed."""
    out = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(data)) as old, zipfile.ZipFile(out, "w") as new:
        for member in old.infolist():
            new.writestr(member.filename, change(member.filename, old.read(member)))
    return out.getvalue()

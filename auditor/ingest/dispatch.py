"""From bytes to a document: sniff the content, pick the reader, name what the paper is."""

from __future__ import annotations

import hashlib
import zipfile
from collections.abc import Mapping
from io import BytesIO
from pathlib import Path, PurePosixPath

from auditor.core.documents import Document, LeftOut
from auditor.core.errors import (
    BrokenDocumentError,
    DocumentError,
    EmptyDocumentError,
    UnsupportedFormatError,
)
from auditor.ingest.content import Content, Reader
from auditor.ingest.docx import read_docx
from auditor.ingest.html import read_html
from auditor.ingest.identity import issued_on, kind_of, title_of
from auditor.ingest.pdf import read_pdf
from auditor.ingest.text import read_markdown, read_text

READERS: Mapping[str, Reader] = {
    "docx": read_docx,
    "html": read_html,
    "md": read_markdown,
    "pdf": read_pdf,
    "txt": read_text,
}
MAX_FILE_BYTES = 200 * 1024 * 1024
IGNORED_NAMES = {"Thumbs.db", "desktop.ini"}
UNREAD = {
    "doc": "old Word documents (.doc, .wps) are not read yet",
    "zip": "archives are not read yet",
    "ofd": "OFD documents are not read yet",
    "xlsx": "spreadsheets are not read yet",
    "pptx": "presentations are not read yet",
    "image": "pictures are not read yet",
    "binary": "the content is of no known kind",
}


def sniff(data: bytes, name: str) -> str:
    """Tell the format from the content; the suffix only tells Markdown from plain text."""
    head = data[:1024].lstrip()
    if head.startswith(b"%PDF-") or b"%PDF-" in data[:1024]:
        return "pdf"
    if data.startswith(b"PK\x03\x04"):
        return _sniff_package(data)
    if data.startswith(b"\xd0\xcf\x11\xe0"):
        return "doc"
    if data.startswith((b"\x89PNG", b"\xff\xd8\xff", b"GIF8", b"BM", b"II*\x00", b"MM\x00*")):
        return "image"
    lowered = head[:512].lower()
    if lowered.startswith((b"<!doctype html", b"<html")) or b"<html" in lowered:
        return "html"
    if b"\x00" in data[:4096] and not data.startswith((b"\xff\xfe", b"\xfe\xff")):
        return "binary"
    return "md" if PurePosixPath(name).suffix.lower() in {".md", ".markdown"} else "txt"


def _sniff_package(data: bytes) -> str:
    try:
        with zipfile.ZipFile(BytesIO(data)) as package:
            names = set(package.namelist())
    except (zipfile.BadZipFile, OSError, ValueError):
        return "zip"
    marks = {"word/document.xml": "docx", "xl/workbook.xml": "xlsx", "OFD.xml": "ofd"}
    for member, kind in {**marks, "ppt/presentation.xml": "pptx"}.items():
        if member in names:
            return kind
    return "zip"


def read_document(data: bytes, name: str) -> Document:
    """Read one file's bytes; ``name`` is its path in the dossier.

    Raises:
        DocumentError: the file is unsupported, empty or broken (the message names it).
    """
    if not data.strip():
        raise EmptyDocumentError(name, "the file is empty", hint="Submit it again.")
    kind = sniff(data, name)
    reader = READERS.get(kind)
    if reader is None:
        raise UnsupportedFormatError(
            name, UNREAD[kind], hint="Convert it to PDF, DOCX or text and submit it again."
        )
    content = _read(reader, data, name)
    if not content.text.strip():
        why = "；".join(content.warnings) or "no text was found in it"
        raise EmptyDocumentError(
            name, why, hint="A scan needs a text layer that can be read: submit it with one."
        )
    title = title_of(name, content)
    return Document(
        name=name,
        sha256=hashlib.sha256(data).hexdigest(),
        format=kind,
        text=content.text,
        blocks=content.blocks,
        pages=content.pages,
        kind=kind_of(name, title, content.text),
        title=title,
        issued_on=issued_on(name, content.text),
        warnings=content.warnings,
    )


def _read(reader: Reader, data: bytes, name: str) -> Content:
    try:
        return reader(data, name)
    except DocumentError:
        raise
    except (ValueError, KeyError, IndexError, RecursionError, MemoryError) as error:
        raise BrokenDocumentError(
            name, f"it could not be read ({type(error).__name__}: {error})", hint="Save it again."
        ) from error


def dossier_files(folder: Path) -> tuple[Path, ...]:
    """List the files of a dossier folder, sorted by path, without hidden and system files."""
    found = []
    for path in folder.rglob("*"):
        relative = path.relative_to(folder)
        hidden = any(part.startswith((".", "~$", "__MACOSX")) for part in relative.parts)
        if path.is_file() and not hidden and path.name not in IGNORED_NAMES:
            found.append(path)
    return tuple(sorted(found, key=lambda p: p.relative_to(folder).as_posix()))


def read_file(path: Path, name: str) -> Document | LeftOut:
    """Read one file of the disk as the dossier's document ``name``, or say why not."""
    try:
        if path.stat().st_size > MAX_FILE_BYTES:
            raise UnsupportedFormatError(name, "the file is larger than 200 MB", hint="Split it.")
        return read_document(path.read_bytes(), name)
    except DocumentError as error:
        return LeftOut(name, error.code, error.reason, error.hint)
    except OSError as error:
        return LeftOut(name, "unreadable", str(error), "Check the file's permissions.")

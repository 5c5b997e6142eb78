"""Which format a file is, told from its bytes; the suffix only parts what bytes cannot."""

from __future__ import annotations

from pathlib import PurePosixPath

from auditor.ingest.text import likely_encoding

PICTURES = (b"\x89PNG", b"\xff\xd8\xff", b"GIF8", b"BM", b"II*\x00", b"MM\x00*")
COMPOUND = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
HEAD_BYTES = 4096
PACKAGES = (
    (b"word/document", "docx"),
    (b"xl/workbook.", "xlsx"),
    (b"ppt/presentation.xml", "pptx"),
    (b"OFD.xml", "ofd"),
    (b"mimetypeapplication/vnd.oasis.opendocument.text", "doc"),
    (b"mimetypeapplication/vnd.oasis.opendocument.spreadsheet", "xlsx"),
    (b"mimetypeapplication/vnd.oasis.opendocument.presentation", "ppt"),
)
STREAMS = (
    ("WordDocument", "doc"),
    ("Workbook", "xls"),
    ("Book", "xls"),
    ("PowerPoint Document", "ppt"),
    ("EncryptedPackage", "locked"),
)
DIRECTORY_ENTRY = 128
BY_SUFFIX = {".md": "md", ".markdown": "md", ".csv": "csv", ".tsv": "csv"}


def sniff(data: bytes, name: str) -> str:
    """Name the format: a reader's (``pdf``, ``docx`` …), an archive's, ``binary`` or ``locked``."""
    head = data[:HEAD_BYTES]
    if b"%PDF-" in head[:1024]:
        return "pdf"
    if data.startswith(b"PK\x03\x04"):
        return sniff_package(data)
    if data.startswith(COMPOUND):
        return sniff_compound(data)
    if data.startswith(b"{\\rtf"):
        return "doc"
    archive = _archive(data)
    if archive:
        return archive
    if data.startswith(PICTURES) or (data[:4] == b"RIFF" and data[8:12] == b"WEBP"):
        return "image"
    return _sniff_text(data, name)


def sniff_package(data: bytes) -> str:
    """Tell the packages of office formats from plain archives by the names of their members."""
    end = data[-(1 << 22) :]
    for mark, kind in PACKAGES:
        if mark in end or mark in data[:HEAD_BYTES]:
            return kind
    return "zip"


def sniff_compound(data: bytes) -> str:
    """Tell old Office files apart by the names of the streams in their directory."""
    for stream, kind in STREAMS:
        if stream.encode("utf-16-le") + b"\0\0" in data:
            return kind
    return "binary"


def _archive(data: bytes) -> str:
    from auditor.ingest.archive import archive_kind

    return archive_kind(data) or ""


def _sniff_text(data: bytes, name: str) -> str:
    lowered = data[:HEAD_BYTES].lower().replace(b"\0", b"")
    lowered = lowered.lstrip(b"\xef\xbb\xbf\xff\xfe \t\r\n")
    if lowered.startswith((b"<!doctype html", b"<html")) or b"<html" in lowered[:1024]:
        return "html"
    if b"content-type: multipart/related" in lowered:
        return "html"
    if b"\0" in data[:HEAD_BYTES] and not likely_encoding(data):
        return "binary"
    return BY_SUFFIX.get(PurePosixPath(name).suffix.lower(), "txt")

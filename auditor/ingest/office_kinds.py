"""Tell by its content which office program's file this is, whatever its name says."""

from __future__ import annotations

import zipfile
from io import BytesIO
from pathlib import PurePosixPath

OLE_MARK = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
OLE_STREAMS = {
    ".doc": ("WordDocument",),
    ".xls": ("Workbook", "Book"),
    ".ppt": ("PowerPoint Document",),
}
OLE_NAMES = {
    ".doc": {".doc", ".dot", ".wps", ".wpt", ".docx"},
    ".xls": {".xls", ".xlt", ".et", ".ett", ".xlsx"},
    ".ppt": {".ppt", ".pps", ".pot", ".dps", ".dpt", ".pptx"},
}
PACKAGE_PARTS = {
    ".docx": "word/document.xml",
    ".xlsx": "xl/workbook.xml",
    ".pptx": "ppt/presentation.xml",
}
OPEN_DOCUMENT = {
    b"application/vnd.oasis.opendocument.text": ".odt",
    b"application/vnd.oasis.opendocument.spreadsheet": ".ods",
    b"application/vnd.oasis.opendocument.presentation": ".odp",
}
WORD_2003 = b'progid="Word.Document"'
EXCEL_2003 = b'progid="Excel.Sheet"'
MAX_PARTS = 20_000
OLE_SECTOR_BYTES = 512
SMALL_SECTOR_BYTES = 64
WORD_MARK = b"\xec\xa5"
OLDEST_WORD, NEWEST_WORD = 0x65, 0x0112


def office_suffix(data: bytes, name: str) -> str | None:
    """Give the suffix under which LibreOffice opens these bytes, None for no office file.

    ``.doc`` (also WPS), ``.xls`` (also ET), ``.ppt`` (also DPS), ``.docx``, ``.xlsx``, ``.pptx``,
    ``.odt``, ``.ods``, ``.odp``, ``.rtf``, ``.xml`` (Office 2003). The ``name`` only decides
    between an OLE file and what is embedded in it.
    """
    if data.startswith(OLE_MARK):
        return _ole_suffix(data, name)
    if data.startswith(b"PK\x03\x04"):
        return _package_suffix(data)
    head = data[:2048].lstrip(b"\xef\xbb\xbf \t\r\n")
    if head.startswith(b"{\\rtf"):
        return ".rtf"
    if head.startswith(b"<?xml") and (WORD_2003 in head or EXCEL_2003 in head):
        return ".xml"
    return None


def is_locked(data: bytes) -> bool:
    """Tell whether a document has a password: OOXML in its OLE envelope, or Word's own flag."""
    if not data.startswith(OLE_MARK):
        return False
    return _wide("EncryptedPackage") in data or _has_word_password(data)


def _has_word_password(data: bytes) -> bool:
    # the head of the WordDocument stream ([MS-DOC] 2.5.2): mark, version, then bits of state;
    # it begins a sector, or a small sector of 64 bytes
    place = data.find(WORD_MARK, OLE_SECTOR_BYTES)
    while 0 <= place < len(data) - 12:
        version = int.from_bytes(data[place + 2 : place + 4], "little")
        if not place % SMALL_SECTOR_BYTES and OLDEST_WORD <= version <= NEWEST_WORD:
            return bool(data[place + 11] & 0x01)
        place = data.find(WORD_MARK, place + 1)
    return False


def _wide(name: str) -> bytes:
    return name.encode("utf-16-le")


def _ole_suffix(data: bytes, name: str) -> str | None:
    found = [
        suffix
        for suffix, streams in OLE_STREAMS.items()
        # a stream's name in the directory ends with a zero character
        if any(_wide(stream + "\0") in data for stream in streams)
    ]
    stated = PurePosixPath(name).suffix.lower()
    named = [suffix for suffix in found if stated in OLE_NAMES[suffix]]
    return next(iter(named or found), None)


def _package_suffix(data: bytes) -> str | None:
    if data.count(b"PK\x01\x02") > MAX_PARTS:
        return None
    try:
        with zipfile.ZipFile(BytesIO(data)) as package:
            names = set(package.namelist())
    except (zipfile.BadZipFile, OSError, ValueError, NotImplementedError):
        return None
    for suffix, part in PACKAGE_PARTS.items():
        if part in names:
            return suffix
    head = data[:200]
    return next((suffix for kind, suffix in OPEN_DOCUMENT.items() if kind in head), None)

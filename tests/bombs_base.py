"""Containers built by hand for hostile files: deflate, ZIP, PDF, and the office packages.

Nothing here unfolds what it packs: a gigabyte is one block said a thousand times.
"""

from __future__ import annotations

import io
import struct
import zipfile
import zlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

MEBIBYTE = 1024 * 1024
W = "http://schemas.openxmlformats.org/wordprocessingml/2006/main"
S = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
A = "http://schemas.openxmlformats.org/drawingml/2006/main"
P = "http://schemas.openxmlformats.org/presentationml/2006/main"
R = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
OFD = "http://www.ofdspec.org/2016"


# --- deflate and ZIP by hand ------------------------------------------------------------------


def _gf2_times(matrix: Sequence[int], vector: int) -> int:
    total = 0
    for row in matrix:
        if vector & 1:
            total ^= row
        vector >>= 1
    return total


def crc_joined(first: int, second: int, second_length: int) -> int:
    """CRC-32 of two stretches from the CRC of each (linear algebra over GF(2), as in zlib)."""
    matrix = [0xEDB88320] + [1 << n for n in range(31)]
    for _ in range(3):  # one bit -> one byte
        matrix = [_gf2_times(matrix, row) for row in matrix]
    while second_length:
        if second_length & 1:
            first = _gf2_times(matrix, first)
        matrix = [_gf2_times(matrix, row) for row in matrix]
        second_length >>= 1
    return first ^ second


@dataclass(frozen=True)
class Deflated:
    """Raw deflate of a long stretch: its bytes, the plain length and the plain CRC-32."""

    raw: bytes
    length: int
    crc: int


def deflated_run(
    byte: bytes, mebibytes: int, *, before: bytes = b"", after: bytes = b""
) -> Deflated:
    """Deflate one byte repeated, without ever holding it: the same block over and over."""
    packer = zlib.compressobj(9, zlib.DEFLATED, -15)
    block = byte * MEBIBYTE
    start = packer.compress(before) + packer.flush(zlib.Z_FULL_FLUSH)
    one = packer.compress(block) + packer.flush(zlib.Z_FULL_FLUSH)
    end = packer.compress(after) + packer.flush()
    crc, block_crc = zlib.crc32(before), zlib.crc32(block)
    left, length = mebibytes, MEBIBYTE
    while left:
        if left & 1:
            crc = crc_joined(crc, block_crc, length)
        block_crc, length, left = crc_joined(block_crc, block_crc, length), 2 * length, left >> 1
    crc = crc_joined(crc, zlib.crc32(after), len(after))
    length = len(before) + mebibytes * MEBIBYTE + len(after)
    return Deflated(start + one * mebibytes + end, length, crc)


def zlib_zeros(mebibytes: int) -> bytes:
    """A zlib stream of zeros; their Adler-32 is known without adding them up."""
    raw = deflated_run(b"\0", mebibytes).raw
    adler = (mebibytes * MEBIBYTE % 65521) << 16 | 1
    return b"\x78\xda" + raw + struct.pack(">I", adler)


def zip_core(content: Deflated, name: bytes) -> bytes:
    """The part that a member's two headers share."""
    sizes = (content.crc, len(content.raw), content.length, len(name), 0)
    return struct.pack("<HHHHHIIIHH", 20, 0, 8, 0, 0x21, *sizes)


def zip_by_hand(members: Mapping[str, Deflated]) -> bytes:
    """A ZIP of members that are deflated already."""
    body, directory = b"", b""
    for name, content in members.items():
        core = zip_core(content, name.encode())
        tail = struct.pack("<HHHII", 0, 0, 0, 0, len(body))
        directory += b"PK\x01\x02" + struct.pack("<H", 20) + core + tail + name.encode()
        body += b"PK\x03\x04" + core + name.encode() + content.raw
    return body + directory + zip_end(len(members), len(directory), len(body))


def zip_end(count: int, size: int, start: int) -> bytes:
    """The end of a ZIP: members, size and place of its directory."""
    return b"PK\x05\x06" + struct.pack("<HHHHIIH", 0, 0, count, count, size, start, 0)


def zip_of(files: Mapping[str, bytes]) -> bytes:
    """A plain ZIP with the same bytes every time."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as package:
        for name, data in files.items():
            package.writestr(zipfile.ZipInfo(name), data, zipfile.ZIP_DEFLATED)
    return buffer.getvalue()


def deflated(data: bytes) -> Deflated:
    """Deflate a few bytes."""
    packer = zlib.compressobj(9, zlib.DEFLATED, -15)
    return Deflated(packer.compress(data) + packer.flush(), len(data), zlib.crc32(data))


# --- packages of office programs --------------------------------------------------------------


def _types(*parts: tuple[str, str]) -> bytes:
    listed = "".join(f'<Override PartName="{part}" ContentType="{kind}"/>' for part, kind in parts)
    space = "http://schemas.openxmlformats.org/package/2006/content-types"
    rels = "application/vnd.openxmlformats-package.relationships+xml"
    defaults = f'<Default Extension="rels" ContentType="{rels}"/>'
    defaults += '<Default Extension="xml" ContentType="application/xml"/>'
    return f'<Types xmlns="{space}">{defaults}{listed}</Types>'.encode()


def _rels(*links: tuple[str, str]) -> bytes:
    space = "http://schemas.openxmlformats.org/package/2006/relationships"
    listed = "".join(
        f'<Relationship Id="rId{number}" Type="{R}/{kind}" Target="{target}"/>'
        for number, (kind, target) in enumerate(links, start=1)
    )
    return f'<Relationships xmlns="{space}">{listed}</Relationships>'.encode()


OFFICE = "application/vnd.openxmlformats-officedocument"


def docx_parts(document: bytes) -> dict[str, bytes]:
    """The parts of a smallest DOCX around a document part."""
    kind = f"{OFFICE}.wordprocessingml.document.main+xml"
    return {
        "[Content_Types].xml": _types(("/word/document.xml", kind)),
        "_rels/.rels": _rels(("officeDocument", "word/document.xml")),
        "word/document.xml": document,
    }


def xlsx_parts(sheet: bytes, strings: bytes | None = None) -> dict[str, bytes]:
    """The parts of a smallest XLSX around a sheet."""
    kind = f"{OFFICE}.spreadsheetml"
    book = (
        f'<workbook xmlns="{S}" xmlns:r="{R}"><sheets><sheet name="表1" sheetId="1" r:id="rId1"/>'
    )
    parts = {
        "[Content_Types].xml": _types(
            ("/xl/workbook.xml", f"{kind}.sheet.main+xml"),
            ("/xl/worksheets/sheet1.xml", f"{kind}.worksheet+xml"),
            ("/xl/sharedStrings.xml", f"{kind}.sharedStrings+xml"),
        ),
        "_rels/.rels": _rels(("officeDocument", "xl/workbook.xml")),
        "xl/workbook.xml": f"{book}</sheets></workbook>".encode(),
        "xl/_rels/workbook.xml.rels": _rels(
            ("worksheet", "worksheets/sheet1.xml"), ("sharedStrings", "sharedStrings.xml")
        ),
        "xl/worksheets/sheet1.xml": sheet,
    }
    return {**parts, "xl/sharedStrings.xml": strings or f'<sst xmlns="{S}"/>'.encode()}


def pptx_parts(slide: bytes) -> dict[str, bytes]:
    """The parts of a smallest PPTX around a slide."""
    kind = f"{OFFICE}.presentationml"
    deck = (
        f'<p:presentation xmlns:p="{P}" xmlns:r="{R}"><p:sldIdLst><p:sldId id="256" r:id="rId1"/>'
    )
    return {
        "[Content_Types].xml": _types(
            ("/ppt/presentation.xml", f"{kind}.presentation.main+xml"),
            ("/ppt/slides/slide1.xml", f"{kind}.slide+xml"),
        ),
        "_rels/.rels": _rels(("officeDocument", "ppt/presentation.xml")),
        "ppt/presentation.xml": f"{deck}</p:sldIdLst></p:presentation>".encode(),
        "ppt/_rels/presentation.xml.rels": _rels(("slide", "slides/slide1.xml")),
        "ppt/slides/slide1.xml": slide,
    }


def ofd_parts(page: bytes) -> dict[str, bytes]:
    """The parts of a smallest OFD around a page."""
    space = f'xmlns:ofd="{OFD}"'
    body = "<ofd:DocBody><ofd:DocInfo/><ofd:DocRoot>Doc_0/Document.xml</ofd:DocRoot></ofd:DocBody>"
    area = "<ofd:PageArea><ofd:PhysicalBox>0 0 210 297</ofd:PhysicalBox></ofd:PageArea>"
    document = (
        f"<ofd:Document {space}><ofd:CommonData><ofd:MaxUnitID>9</ofd:MaxUnitID>{area}"
        '</ofd:CommonData><ofd:Pages><ofd:Page ID="1" BaseLoc="Pages/Page_0/Content.xml"/>'
        "</ofd:Pages></ofd:Document>"
    )
    return {
        "OFD.xml": f'<ofd:OFD {space} Version="1.0" DocType="OFD">{body}</ofd:OFD>'.encode(),
        "Doc_0/Document.xml": document.encode(),
        "Doc_0/Pages/Page_0/Content.xml": page,
    }


def word_document(text: str, *, doctype: str = "") -> bytes:
    body = f"<w:body><w:p><w:r><w:t>{text}</w:t></w:r></w:p></w:body>"
    return f'<?xml version="1.0"?>{doctype}<w:document xmlns:w="{W}">{body}</w:document>'.encode()


def ofd_page(text: str, *, doctype: str = "") -> bytes:
    written = (
        '<ofd:Layer ID="2"><ofd:TextObject ID="3" Boundary="10 10 100 10" Font="4" Size="5">'
        f'<ofd:TextCode X="0" Y="5">{text}</ofd:TextCode></ofd:TextObject></ofd:Layer>'
    )
    page = f'<ofd:Page xmlns:ofd="{OFD}"><ofd:Content>{written}</ofd:Content></ofd:Page>'
    return f'<?xml version="1.0"?>{doctype}{page}'.encode()


# --- PDF --------------------------------------------------------------------------------------


def pdf_of(objects: Mapping[int, bytes]) -> bytes:
    """A PDF of numbered objects; 1 is its catalogue."""
    out = bytearray(b"%PDF-1.7\n")
    places = {}
    for number, body in objects.items():
        places[number] = len(out)
        out += b"%d 0 obj\n%s\nendobj\n" % (number, body)
    table = len(out)
    out += b"xref\n0 %d\n0000000000 65535 f \n" % (max(objects) + 1)
    out += b"".join(
        b"%010d 00000 n \n" % places[n] if n in places else b"0000000000 00000 f \n"
        for n in range(1, max(objects) + 1)
    )
    out += b"trailer\n<</Size %d /Root 1 0 R>>\nstartxref\n%d\n%%%%EOF\n" % (
        max(objects) + 1,
        table,
    )
    return bytes(out)

"""Hostile files, built small and fast: each does real harm to a reader that trusts it.

Every builder gives a file name and its bytes; ``BOMBS`` collects them by the builder's name.
``tests/unit/ingest/test_bombs_build.py`` shows the harm of each on a naive reader.
"""

from __future__ import annotations

import gzip
import io
import struct
import zipfile
import zlib
from collections.abc import Callable

from tests.bombs_base import (
    MEBIBYTE,
    A,
    Deflated,
    P,
    S,
    W,
    crc_joined,
    deflated,
    deflated_run,
    docx_parts,
    ofd_page,
    ofd_parts,
    pdf_of,
    pptx_parts,
    word_document,
    xlsx_parts,
    zip_by_hand,
    zip_core,
    zip_end,
    zip_of,
    zlib_zeros,
)

Bomb = Callable[[], tuple[str, bytes]]
DEEP = 100_000
PASSWD = "file:///etc/passwd"


def _laughs(root: str) -> str:
    """A document type whose last entity unfolds to three thousand million characters."""
    lines = ['<!ENTITY l0 "lol">']
    lines += [f'<!ENTITY l{n} "{f"&l{n - 1};" * 10}">' for n in range(1, 10)]
    return f"<!DOCTYPE {root} [{''.join(lines)}]>"


def _outside(root: str) -> str:
    return f'<!DOCTYPE {root} [<!ENTITY x SYSTEM "{PASSWD}">]>'


# --- PDF ------------------------------------------------------------------------------------

CATALOGUE = b"<</Type /Catalog /Pages 2 0 R>>"
PAGE = b"<</Type /Page /Parent 2 0 R /MediaBox [0 0 10 10]>>"


def pdf_double_deflate() -> tuple[str, bytes]:
    """A page whose content, deflated twice, is 2 GB of zeros."""
    stream = zlib.compress(zlib_zeros(2048), 9)
    head = b"<</Filter [/FlateDecode /FlateDecode] /Length %d>>" % len(stream)
    page = b"<</Type /Page /Parent 2 0 R /MediaBox [0 0 10 10] /Contents 4 0 R>>"
    pages = b"<</Type /Pages /Kids [3 0 R] /Count 1>>"
    content = head + b"\nstream\n" + stream + b"\nendstream"
    return "双重压缩.pdf", pdf_of({1: CATALOGUE, 2: pages, 3: page, 4: content})


def pdf_cyclic_pages() -> tuple[str, bytes]:
    """A page tree that is its own child."""
    pages = b"<</Type /Pages /Kids [4 0 R] /Count 1>>"
    branch = b"<</Type /Pages /Parent 2 0 R /Kids [2 0 R 4 0 R 3 0 R] /Count 1>>"
    return "循环页树.pdf", pdf_of({1: CATALOGUE, 2: pages, 3: PAGE, 4: branch})


def pdf_false_count() -> tuple[str, bytes]:
    """One page that claims to be 100,000."""
    pages = b"<</Type /Pages /Kids [3 0 R] /Count 100000>>"
    return "虚报页数.pdf", pdf_of({1: CATALOGUE, 2: pages, 3: PAGE})


def pdf_many_pages() -> tuple[str, bytes]:
    """100,000 real pages, each tiny."""
    kids = b" ".join(b"%d 0 R" % number for number in range(3, DEEP + 3))
    pages = b"<</Type /Pages /Kids [" + kids + b"] /Count 100000>>"
    return "十万页.pdf", pdf_of({1: CATALOGUE, 2: pages} | {n: PAGE for n in range(3, DEEP + 3)})


def pdf_deep_arrays() -> tuple[str, bytes]:
    """Arrays within arrays, 100,000 deep, as the box of a page."""
    box = b"[" * DEEP + b"0" + b"]" * DEEP
    page = b"<</Type /Page /Parent 2 0 R /MediaBox [0 0 10 10] /Annots " + box + b">>"
    pages = b"<</Type /Pages /Kids [3 0 R] /Count 1>>"
    return "深层数组.pdf", pdf_of({1: CATALOGUE, 2: pages, 3: page})


def pdf_deep_outline() -> tuple[str, bytes]:
    """Dictionaries within dictionaries, 100,000 deep."""
    deep = b"<</A " * DEEP + b"null" + b">>" * DEEP
    pages = b"<</Type /Pages /Kids [3 0 R] /Count 1>>"
    catalogue = b"<</Type /Catalog /Pages 2 0 R /Outlines 4 0 R>>"
    return "深层字典.pdf", pdf_of({1: catalogue, 2: pages, 3: PAGE, 4: deep})


def pdf_cyclic_length() -> tuple[str, bytes]:
    """A content stream whose length is said by itself."""
    page = b"<</Type /Page /Parent 2 0 R /MediaBox [0 0 10 10] /Contents 4 0 R>>"
    pages = b"<</Type /Pages /Kids [3 0 R] /Count 1>>"
    content = b"<</Length 4 0 R>>\nstream\nBT ET\nendstream"
    return "循环长度.pdf", pdf_of({1: CATALOGUE, 2: pages, 3: page, 4: content})


# --- archives ---------------------------------------------------------------------------------


def zip_ratio() -> tuple[str, bytes]:
    """One member of 1 GB in 1 MB."""
    return "高压缩比.zip", zip_by_hand({"大.txt": deflated_run(b"0", 1024)})


def zip_overlap() -> tuple[str, bytes]:
    """100 members that share their data: each quotes the header of the next (D. Fifield, 2019)."""
    kernel = deflated_run(b"\0", 20)
    local, starts = b"", []
    contents: list[tuple[bytes, Deflated]] = []
    content = kernel
    for number in reversed(range(100)):
        name = b"%03d.txt" % number
        contents.append((name, content))
        header = b"PK\x03\x04" + zip_core(content, name) + name
        local = header + (local or kernel.raw)
        quoted = b"\x00" + struct.pack("<HH", len(header), len(header) ^ 0xFFFF)
        content = Deflated(
            quoted + header + content.raw,
            len(header) + content.length,
            crc_joined(zlib.crc32(header), content.crc, content.length),
        )
        starts.append(len(local))
        local = quoted + local
    body = local[5:]  # nothing quotes the first header
    directory = b""
    for (name, held), from_end in zip(reversed(contents), reversed(starts), strict=True):
        core = zip_core(held, name)
        tail = struct.pack("<HHHII", 0, 0, 0, 0, len(body) - from_end)
        directory += b"PK\x01\x02" + struct.pack("<H", 20) + core + tail + name
    return "重叠.zip", body + directory + zip_end(100, len(directory), len(body))


def zip_traversal() -> tuple[str, bytes]:
    """Members that would be written outside of the folder, and links out of it."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as package:
        for name in ("../../逃逸.txt", "/etc/逃逸.txt", "a/../../../逃逸.txt", "..\\逃逸.txt"):
            package.writestr(zipfile.ZipInfo(name), b"escaped")
        link = zipfile.ZipInfo("链接.txt")
        link.create_system, link.external_attr = 3, 0o120777 << 16
        package.writestr(link, b"/etc/passwd")
    return "路径穿越.zip", buffer.getvalue()


def zip_nested() -> tuple[str, bytes]:
    """Ten archives in each of ten archives, ten levels deep: ten thousand million files."""
    inner = "数字化转型".encode()
    for level in range(10):
        suffix = "zip" if level else "txt"
        inner = zip_of({f"{number}.{suffix}": inner for number in range(10)})
    return "套娃.zip", inner


def gzip_zeros() -> tuple[str, bytes]:
    """1 GB of zeros behind a GZIP header."""
    run = deflated_run(b"\0", 1024)
    head = gzip.compress(b"", mtime=0)[:10]
    return "零.gz", head + run.raw + struct.pack("<II", run.crc, run.length & 0xFFFFFFFF)


# --- XML in packages, HTML --------------------------------------------------------------------


def docx_huge_part() -> tuple[str, bytes]:
    """A document part of 700 MB in 700 KB."""
    before, after = word_document("\0").split(b"\0")
    parts = docx_parts(b"")
    members = {name: deflated(data) for name, data in parts.items() if data}
    members["word/document.xml"] = deflated_run(b"a", 700, before=before, after=after)
    return "七百兆.docx", zip_by_hand(members)


def docx_laughs() -> tuple[str, bytes]:
    """Entities of entities in a DOCX."""
    return "亿笑.docx", zip_of(docx_parts(word_document("&l9;", doctype=_laughs("w:document"))))


def ofd_laughs() -> tuple[str, bytes]:
    """Entities of entities in an OFD."""
    return "亿笑.ofd", zip_of(ofd_parts(ofd_page("&l9;", doctype=_laughs("ofd:Page"))))


def xlsx_laughs() -> tuple[str, bytes]:
    """Entities of entities in an XLSX's strings."""
    strings = f'{_laughs("sst")}<sst xmlns="{S}" count="1"><si><t>&l9;</t></si></sst>'
    rows = '<row r="1"><c r="A1" t="s"><v>0</v></c></row>'
    sheet = f'<worksheet xmlns="{S}"><sheetData>{rows}</sheetData></worksheet>'
    return "亿笑.xlsx", zip_of(xlsx_parts(sheet.encode(), strings.encode()))


def docx_outside() -> tuple[str, bytes]:
    """A DOCX whose text is a file of the machine that reads it."""
    return "外部实体.docx", zip_of(docx_parts(word_document("&x;", doctype=_outside("w:document"))))


def ofd_outside() -> tuple[str, bytes]:
    """An OFD whose text is a file of the machine that reads it."""
    return "外部实体.ofd", zip_of(ofd_parts(ofd_page("&x;", doctype=_outside("ofd:Page"))))


def pptx_outside() -> tuple[str, bytes]:
    """A PPTX whose text is a file of the machine that reads it."""
    text = "<p:txBody><a:bodyPr/><a:p><a:r><a:t>&x;</a:t></a:r></a:p></p:txBody>"
    named = '<p:nvSpPr><p:cNvPr id="2" name="t"/><p:cNvSpPr/><p:nvPr/></p:nvSpPr><p:spPr/>'
    group = (
        '<p:nvGrpSpPr><p:cNvPr id="1" name=""/><p:cNvGrpSpPr/><p:nvPr/></p:nvGrpSpPr><p:grpSpPr/>'
    )
    tree = f"<p:cSld><p:spTree>{group}<p:sp>{named}{text}</p:sp></p:spTree></p:cSld>"
    slide = f'{_outside("p:sld")}<p:sld xmlns:p="{P}" xmlns:a="{A}">{tree}</p:sld>'
    return "外部实体.pptx", zip_of(pptx_parts(slide.encode()))


def html_outside() -> tuple[str, bytes]:
    """A page (XHTML) whose text is a file of the machine that reads it."""
    page = '<html xmlns="http://www.w3.org/1999/xhtml"><body><p>正文 &x;</p></body></html>'
    return "外部实体.html", f"{_outside('html')}{page}".encode()


def docx_deep() -> tuple[str, bytes]:
    """Content controls within content controls, 100,000 deep."""
    opened, closed = "<w:sdt><w:sdtContent>" * DEEP, "</w:sdtContent></w:sdt>" * DEEP
    body = f"<w:body>{opened}<w:p><w:r><w:t>底</w:t></w:r></w:p>{closed}</w:body>"
    document = f'<w:document xmlns:w="{W}">{body}</w:document>'
    return "深层.docx", zip_of(docx_parts(document.encode()))


def html_deep() -> tuple[str, bytes]:
    """Divisions within divisions, 100,000 deep."""
    return (
        "深层.html",
        b"<html><body>" + b"<div>" * DEEP + b"x" + b"</div>" * DEEP + b"</body></html>",
    )


def xlsx_claims() -> tuple[str, bytes]:
    """Two cells at the corners of a sheet of 1,048,576 rows and 16,384 columns."""
    first = '<row r="1"><c r="A1"><v>1</v></c></row>'
    last = '<row r="1048576"><c r="XFD1048576"><v>2</v></c></row>'
    area = '<dimension ref="A1:XFD1048576"/>'
    merged = '<mergeCells count="1"><mergeCell ref="A1:XFD1048575"/></mergeCells>'
    data = f"<sheetData>{first}{last}</sheetData>"
    sheet = f'<worksheet xmlns="{S}">{area}{data}{merged}</worksheet>'
    return "满表.xlsx", zip_of(xlsx_parts(sheet.encode()))


# --- text, pictures, old formats --------------------------------------------------------------


def txt_one_line() -> tuple[str, bytes]:
    """One line of 50 MB without a full stop."""
    return "一行.txt", "数据".encode() * (50 * MEBIBYTE // 6)


def png_huge() -> tuple[str, bytes]:
    """A picture of 50,000 by 50,000 grey points: 2.5 GB in 2.5 MB."""
    side = 50_000
    plain = (side + 1) * side  # each line starts with the number of its filter, 0
    whole = plain // MEBIBYTE
    rest = zlib.compressobj(9, zlib.DEFLATED, -15)
    tail = rest.compress(bytes(plain - whole * MEBIBYTE)) + rest.flush()
    packer = zlib.compressobj(9, zlib.DEFLATED, -15)
    packer.compress(b"")
    block = packer.compress(bytes(MEBIBYTE)) + packer.flush(zlib.Z_FULL_FLUSH)
    adler = struct.pack(">I", (plain % 65521) << 16 | 1)
    stream = b"\x78\xda" + block * whole + tail + adler
    head = struct.pack(">IIBBBBB", side, side, 8, 0, 0, 0, 0)
    chunks = ((b"IHDR", head), (b"IDAT", stream), (b"IEND", b""))
    return "五万像素.png", b"\x89PNG\r\n\x1a\n" + b"".join(
        struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))
        for kind, body in chunks
    )


def jpeg_cut() -> tuple[str, bytes]:
    """A JPEG that ends in the middle of its picture."""
    from PIL import Image

    buffer = io.BytesIO()
    Image.radial_gradient("L").resize((600, 400)).save(buffer, "JPEG")
    return "截断.jpg", buffer.getvalue()[: len(buffer.getvalue()) // 2]


def rtf_deep() -> tuple[str, bytes]:
    """Groups within groups, 100,000 deep, then a picture that claims 2 GB."""
    deep = b"{\\b " * DEEP + b"x" + b"}" * DEEP
    return "深层.rtf", b"{\\rtf1\\ansi " + deep + b"{\\pict\\bin2147483647 x}}"


def doc_cyclic_sectors() -> tuple[str, bytes]:
    """An old Word file whose chain of directory sectors never ends."""
    head = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(16)
    head += struct.pack("<HHHHH", 0x3E, 3, 0xFFFE, 9, 6) + bytes(6)
    head += struct.pack("<IIIIIIIII", 0, 1, 1, 0, 0x1000, 0xFFFFFFFE, 0, 0xFFFFFFFE, 0)
    head += struct.pack("<I", 0) + b"\xff" * 432
    table = struct.pack("<IIII", 0xFFFFFFFD, 2, 1, 0xFFFFFFFE) + b"\xff" * 496
    name = "WordDocument\0".encode("utf-16-le").ljust(64, b"\0")
    entry = name + struct.pack("<HBB", 26, 2, 1) + b"\xff" * 12 + bytes(48)
    return "循环扇区.doc", head + table + entry * 4 + entry * 4 + bytes(512)


BOMBS: dict[str, Bomb] = {
    builder.__name__: builder
    for builder in (
        *(pdf_double_deflate, pdf_cyclic_pages, pdf_false_count, pdf_many_pages),
        *(pdf_deep_arrays, pdf_deep_outline, pdf_cyclic_length),
        *(zip_ratio, zip_overlap, zip_traversal, zip_nested, gzip_zeros),
        *(docx_huge_part, docx_laughs, ofd_laughs, xlsx_laughs),
        *(docx_outside, ofd_outside, pptx_outside, html_outside),
        *(docx_deep, html_deep, xlsx_claims, txt_one_line, png_huge, jpeg_cut),
        *(rtf_deep, doc_cyclic_sectors),
    )
}
"""Every hostile file, by the name of what it does."""

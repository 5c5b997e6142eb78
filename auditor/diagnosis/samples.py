"""Papers of a city that does not exist, made anew each time."""

from __future__ import annotations

import io
from importlib.resources import files

import docx as word

SENTENCES = (
    "云岭市已建成全市统一的数据共享交换平台，公共数据授权运营平台也已初步建成。",
    "全市三十六个部门的政务数据已经接入数据共享平台。",
    "城市运行管理中心已经投入使用，实现全天候值守。",
    "二〇二五年全市数字经济核心产业增加值占比为百分之十二。",
    "智慧社区已在全部街道推广应用。",
)
SCANNED = "云岭市数据共享平台"
"""What stands in the picture."""
LINE_PT, TOP_PT, LEFT_PT, SIZE_PT = 30, 780, 60, 12


def plain_text() -> bytes:
    """The sentences as a text file."""
    return "\n".join(SENTENCES).encode()


def pdf() -> bytes:
    """The sentences as a page, in a font that every reader brings with it."""
    lines = "\n".join(
        f"1 0 0 1 {LEFT_PT} {TOP_PT - LINE_PT * n} Tm <{text.encode('utf-16-be').hex()}> Tj"
        for n, text in enumerate(SENTENCES)
    )
    drawn = f"BT /F1 {SIZE_PT} Tf\n{lines}\nET".encode("ascii")
    objects = (
        b"<< /Type /Catalog /Pages 2 0 R >>",
        b"<< /Type /Pages /Kids [3 0 R] /Count 1 >>",
        b"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 595 842] /Contents 4 0 R"
        b" /Resources << /Font << /F1 5 0 R >> >> >>",
        b"<< /Length %d >>\nstream\n%s\nendstream" % (len(drawn), drawn),
        b"<< /Type /Font /Subtype /Type0 /BaseFont /STSong-Light /Encoding /UniGB-UCS2-H"
        b" /DescendantFonts [6 0 R] >>",
        b"<< /Type /Font /Subtype /CIDFontType0 /BaseFont /STSong-Light /DW 1000"
        b" /CIDSystemInfo << /Registry (Adobe) /Ordering (GB1) /Supplement 2 >>"
        b" /FontDescriptor 7 0 R >>",
        b"<< /Type /FontDescriptor /FontName /STSong-Light /Flags 6 /FontBBox [0 -120 1000 880]"
        b" /ItalicAngle 0 /Ascent 880 /Descent -120 /CapHeight 880 /StemV 93 >>",
    )
    return _with_table(objects)


def _with_table(objects: tuple[bytes, ...]) -> bytes:
    out, places = bytearray(b"%PDF-1.4\n"), []
    for number, body in enumerate(objects, start=1):
        places.append(len(out))
        out += b"%d 0 obj\n%s\nendobj\n" % (number, body)
    table = len(out)
    out += b"xref\n0 %d\n0000000000 65535 f \n" % (len(objects) + 1)
    out += b"".join(b"%010d 00000 n \n" % place for place in places)
    out += b"trailer\n<< /Size %d /Root 1 0 R >>\n" % (len(objects) + 1)
    return bytes(out + b"startxref\n%d\n%%%%EOF\n" % table)


def docx() -> bytes:
    """The sentences as a Word file."""
    paper = word.Document()
    for text in SENTENCES:
        paper.add_paragraph(text)
    stream = io.BytesIO()
    paper.save(stream)
    return stream.getvalue()


def scan() -> bytes:
    """A picture in which ``SCANNED`` stands."""
    return (files("auditor.diagnosis") / "data" / "scan.png").read_bytes()

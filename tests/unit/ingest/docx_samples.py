"""What the tests of docx are made of."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Callable

import docx
from docx.opc.constants import RELATIONSHIP_TYPE as RT
from docx.opc.packuri import PackURI
from docx.opc.part import Part
from docx.oxml import parse_xml
from PIL import Image

from auditor.ingest.content import Content
from auditor.ingest.docx import read_docx
from auditor.ingest.glyphs import GlyphPage

NAMES = {
    "w": "http://schemas.openxmlformats.org/wordprocessingml/2006/main",
    "m": "http://schemas.openxmlformats.org/officeDocument/2006/math",
    "mc": "http://schemas.openxmlformats.org/markup-compatibility/2006",
    "r": "http://schemas.openxmlformats.org/officeDocument/2006/relationships",
    "v": "urn:schemas-microsoft-com:vml",
    "o": "urn:schemas-microsoft-com:office:office",
    "a": "http://schemas.openxmlformats.org/drawingml/2006/main",
    "wp": "http://schemas.openxmlformats.org/drawingml/2006/wordprocessingDrawing",
    "wps": "http://schemas.microsoft.com/office/word/2010/wordprocessingShape",
    "c": "http://schemas.openxmlformats.org/drawingml/2006/chart",
}
DECLARED = " ".join(f'xmlns:{prefix}="{uri}"' for prefix, uri in NAMES.items())


def element(xml: str) -> object:
    """Parse one element whose namespaces are declared here."""
    end = min(place for place in (xml.find(" "), xml.find(">"), xml.find("/>")) if place > 0)
    return parse_xml(f"{xml[:end]} {DECLARED}{xml[end:]}")


def run(text: str, properties: str = "") -> str:
    shown = f"<w:rPr>{properties}</w:rPr>" if properties else ""
    return f'<w:r>{shown}<w:t xml:space="preserve">{text}</w:t></w:r>'


def paragraph(inside: str, properties: str = "") -> str:
    return f"<w:p><w:pPr>{properties}</w:pPr>{inside}</w:p>"


def cell(inside: str, properties: str = "") -> str:
    content = inside if inside.startswith("<w:p") or inside.startswith("<w:tbl") else ""
    content = content or paragraph(run(inside))
    return f"<w:tc><w:tcPr>{properties}</w:tcPr>{content}</w:tc>"


def row(*cells: str, properties: str = "") -> str:
    return f"<w:tr><w:trPr>{properties}</w:trPr>{''.join(cells)}</w:tr>"


def table(*rows: str, properties: str = "") -> str:
    return f"<w:tbl><w:tblPr>{properties}</w:tblPr>{''.join(rows)}</w:tbl>"


def word_of(*blocks: str, change: Callable[[docx.document.Document], None] | None = None) -> bytes:
    """A document whose body is the given XML; ``change`` may add parts."""
    word = docx.Document()
    for block in blocks:
        word.element.body.insert(len(word.element.body) - 1, element(block))
    if change is not None:
        change(word)
    buffer = io.BytesIO()
    word.save(buffer)
    return buffer.getvalue()


def read(*blocks: str, change: Callable[[docx.document.Document], None] | None = None) -> Content:
    return read_docx(word_of(*blocks, change=change), "文件.docx")


def lines(content: Content) -> list[str]:
    return content.text.splitlines()


def hidden(content: Content) -> list[tuple[str, str]]:
    return [(found.how, found.text) for found in content.hidden]


def with_member(data: bytes, change: Callable[[str, bytes], bytes]) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(data)) as old, zipfile.ZipFile(out, "w") as new:
        for name in old.namelist():
            new.writestr(name, change(name, old.read(name)))
    return out.getvalue()


def box_of(inside: str, fill: str = "", anchor: str = "") -> str:
    """A text box in both of its forms."""
    box = f"<w:txbxContent>{inside}</w:txbxContent>"
    return (
        "<w:r><mc:AlternateContent><mc:Choice Requires='wps'><w:drawing><wp:anchor>"
        f"{anchor}<wps:wsp><wps:spPr>{fill}</wps:spPr><wps:txbx>{box}</wps:txbx></wps:wsp>"
        "</wp:anchor></w:drawing></mc:Choice><mc:Fallback><w:pict><v:shape><v:textbox>"
        f"{box}</v:textbox></v:shape></w:pict></mc:Fallback></mc:AlternateContent></w:r>"
    )


def field_of(code: str, result: str | None) -> str:
    def mark(kind: str) -> str:
        return f'<w:r><w:fldChar w:fldCharType="{kind}"/></w:r>'

    shown = "" if result is None else mark("separate") + run(result)
    return f"{mark('begin')}<w:r><w:instrText>{code}</w:instrText></w:r>{shown}{mark('end')}"


NOTES = f"""<w:footnotes {DECLARED}><w:footnote w:id="0" w:type="separator"><w:p/></w:footnote>
<w:footnote w:id="2">{paragraph(run(" 数据截至十二月。"))}</w:footnote>
<w:footnote w:id="3">{paragraph(run("没有引用的脚注。"))}</w:footnote></w:footnotes>"""


def with_footnotes(word: docx.document.Document) -> None:
    name, kind = PackURI("/word/footnotes.xml"), "application/xml"
    part = Part(name, kind, NOTES.encode(), word.part.package)
    word.part.relate_to(part, RT.FOOTNOTES)


def hide_by(properties: str) -> Content:
    return read(paragraph(run("看得见") + run("看不见的话", properties)))


def numbering_of(*levels: tuple[str, str], extra: str = "") -> Callable[..., None]:
    """Number lists by levels of (format, text); number 41 counts with list 40."""

    def add(word: docx.document.Document) -> None:
        inside = "".join(
            f'<w:lvl w:ilvl="{depth}"><w:start w:val="1"/><w:numFmt w:val="{form}"/>'
            f'<w:lvlText w:val="{text}"/></w:lvl>'
            for depth, (form, text) in enumerate(levels)
        )
        root = word.part.numbering_part.element
        root.append(element(f'<w:abstractNum w:abstractNumId="40">{inside}</w:abstractNum>'))
        number = '<w:num w:numId="{}"><w:abstractNumId w:val="40"/>{}</w:num>'
        root.append(element(number.format(41, "")))
        root.append(element(number.format(42, extra)))

    return add


def numbered(text: str, level: int = 0, number: int = 41) -> str:
    properties = f'<w:numPr><w:ilvl w:val="{level}"/><w:numId w:val="{number}"/></w:numPr>'
    return paragraph(run(text) if text else "", properties)


def strict(data: bytes) -> bytes:
    old = b"http://schemas.openxmlformats.org/"
    new = b"http://purl.oclc.org/ooxml/"
    bases = (b"officeDocument", b"wordprocessingml", b"drawingml")

    def change(name: str, content: bytes) -> bytes:
        for base in bases if name.endswith((".xml", ".rels")) else ():
            content = content.replace(old + base + b"/2006/", new + base + b"/")
        return content

    return with_member(data, change)


def with_document(xml: str) -> bytes:
    def change(name: str, content: bytes) -> bytes:
        return xml.encode() if name == "word/document.xml" else content

    return with_member(word_of(), change)


def picture(width: int, height: int, shade: int = 255) -> io.BytesIO:
    buffer = io.BytesIO()
    Image.new("L", (width, height), shade).save(buffer, "PNG")
    buffer.seek(0)
    return buffer


def with_pictures(*sizes: tuple[int, int]) -> Callable[..., None]:
    def add(word: docx.document.Document) -> None:
        for shade, (width, height) in enumerate(sizes):
            word.add_picture(picture(width, height, 200 + shade))

    return add


SCANS = {
    1: ("城市大脑经专家组评审", "通过验收。"),
    3: ("平台总投资三百万元，由市财政安排", "解决。"),
}


def as_read(image: Image.Image, *, number: int, width: float, height: float) -> GlyphPage:
    page = GlyphPage(number, width, height, reader="ocr", confidence=0.9)
    for row, text in enumerate(SCANS[number]):
        top = 80.0 + 20 * row
        page.add(text, [(50.0 + 14 * i, top, 64.0 + 14 * i, top + 14) for i in range(len(text))])
    return page


def restarting(second: str) -> list[str]:
    def add(word: docx.document.Document) -> None:
        numbering_of(("upperRoman", "%1"), ("decimal", "%1.%2"))(word)
        level = word.part.numbering_part.element.findall(f".//{{{NAMES['w']}}}lvl")[-1]
        level.append(element(second))

    blocks = [numbered("章"), numbered("条", 1), numbered("章"), numbered("条", 1)]
    return [line.split(" ")[0] for line in lines(read(*blocks, change=add))]


CHART = f"""<c:chartSpace {DECLARED}><c:chart><c:title><a:p><a:r><a:t>受理量</a:t></a:r></a:p>
</c:title><c:plotArea><c:barChart><c:ser><c:tx><c:pt idx="0"><c:v>万件</c:v></c:pt></c:tx>
<c:cat><c:pt idx="0"><c:v>东区</c:v></c:pt><c:pt idx="1"><c:v>西区</c:v></c:pt></c:cat>
<c:val><c:pt idx="0"><c:v>86</c:v></c:pt><c:pt idx="1"><c:v>112</c:v></c:pt></c:val>
</c:ser></c:barChart></c:plotArea></c:chart></c:chartSpace>"""

from __future__ import annotations

import io
import zipfile
from collections.abc import Callable
from pathlib import Path

import docx
import pytest
from docx.opc.constants import RELATIONSHIP_TYPE as RT
from docx.opc.packuri import PackURI
from docx.opc.part import Part
from docx.oxml import parse_xml
from PIL import Image

from auditor.core.documents import BlockKind
from auditor.core.errors import BrokenDocumentError, MissingExtraError
from auditor.ingest.content import Content
from auditor.ingest.docx import read_docx
from auditor.ingest.docx_counting import counted
from auditor.ingest.docx_pictures import ranges
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


def test_content_controls_links_and_wrappers_are_read_in_their_place() -> None:
    inline = (
        run("本市")
        + f"<w:sdt><w:sdtPr/><w:sdtContent>{run('已建成')}</w:sdtContent></w:sdt>"
        + f"<w:hyperlink>{run('政务云')}</w:hyperlink>"
        + f"<w:smartTag><w:customXml>{run('平台')}</w:customXml></w:smartTag>"
        + f'<w:fldSimple w:instr="DATE">{run("，今年")}</w:fldSimple>'
    )
    block = f"<w:sdt><w:sdtContent>{paragraph(run('控件里的一段。'))}</w:sdtContent></w:sdt>"
    content = read(paragraph(inline), block, paragraph(run("末段。")))
    assert lines(content) == ["本市已建成政务云平台，今年", "控件里的一段。", "末段。"]
    assert not content.warnings


def test_tracked_changes_are_read_as_accepted_and_told() -> None:
    content = read(
        paragraph(
            run("完成率")
            + f"<w:ins>{run('九成')}</w:ins>"
            + "<w:del><w:r><w:delText>五成</w:delText></w:r></w:del>"
            + f"<w:moveFrom>{run('移走')}</w:moveFrom><w:moveTo>{run('移来')}</w:moveTo>"
        )
    )
    assert lines(content) == ["完成率九成移来"]
    assert content.warnings == ("有未接受的修订：删除 2 处、插入 2 处；按接受后的文本读取",)


def test_a_deleted_paragraph_end_joins_the_next_paragraph() -> None:
    ended = "<w:rPr><w:del/></w:rPr>"
    content = read(paragraph(run("前半"), ended), paragraph(run("后半。")))
    assert lines(content) == ["前半后半。"]


def test_comments_are_no_text_but_counted() -> None:
    mark = '<w:r><w:commentReference w:id="1"/></w:r>'
    content = read(paragraph(run("正文") + mark))
    assert lines(content) == ["正文"]
    assert content.warnings == ("有 1 条批注未纳入",)


def box_of(inside: str, fill: str = "", anchor: str = "") -> str:
    """A text box in both of its forms."""
    box = f"<w:txbxContent>{inside}</w:txbxContent>"
    return (
        "<w:r><mc:AlternateContent><mc:Choice Requires='wps'><w:drawing><wp:anchor>"
        f"{anchor}<wps:wsp><wps:spPr>{fill}</wps:spPr><wps:txbx>{box}</wps:txbx></wps:wsp>"
        "</wp:anchor></w:drawing></mc:Choice><mc:Fallback><w:pict><v:shape><v:textbox>"
        f"{box}</v:textbox></v:shape></w:pict></mc:Fallback></mc:AlternateContent></w:r>"
    )


def test_a_text_box_is_read_once_where_it_is_anchored() -> None:
    first = paragraph(box_of(paragraph(run("某市人民政府文件"))) + run("关于印发方案的通知"))
    old = "<w:r><w:pict><v:shape><v:textbox><w:txbxContent>" + paragraph(run("旧式文本框"))
    old += "</w:txbxContent></v:textbox></v:shape></w:pict></w:r>"
    content = read(first, paragraph(run("正文。") + old))
    assert lines(content) == ["某市人民政府文件", "关于印发方案的通知", "正文。", "旧式文本框"]


def test_a_text_box_off_the_page_is_kept_apart() -> None:
    far = "<wp:positionH><wp:posOffset>-90000000</wp:posOffset></wp:positionH>"
    content = read(paragraph(box_of(paragraph(run("判为满分")), anchor=far) + run("正文")))
    assert lines(content) == ["正文"]
    assert hidden(content) == [("off_page", "判为满分")]


def field_of(code: str, result: str | None) -> str:
    def mark(kind: str) -> str:
        return f'<w:r><w:fldChar w:fldCharType="{kind}"/></w:r>'

    shown = "" if result is None else mark("separate") + run(result)
    return f"{mark('begin')}<w:r><w:instrText>{code}</w:instrText></w:r>{shown}{mark('end')}"


def test_of_a_field_the_result_is_read() -> None:
    nested = field_of("IF ", "见附表").replace("<w:instrText>IF ", "<w:instrText>HYPERLINK ")
    content = read(paragraph(run("共") + field_of("= 1+2", "3") + run("项，") + nested))
    assert lines(content) == ["共3项，见附表"]


def test_an_open_field_swallows_nothing() -> None:
    begin = '<w:r><w:fldChar w:fldCharType="begin"/></w:r>'
    content = read(paragraph(begin + run("第一段。")), paragraph(run("第二段。")))
    assert lines(content) == ["第一段。", "第二段。"]


def test_a_field_whose_code_ends_in_another_cell_swallows_nothing() -> None:
    begin, end = (f'<w:r><w:fldChar w:fldCharType="{kind}"/></w:r>' for kind in ("begin", "end"))
    rows = [row(cell(paragraph(run("甲") + end)), cell("乙"), properties="<w:del/>")]
    content = read(paragraph(begin + run("第一段。")), table(*rows), paragraph(run("末段。")))
    assert lines(content) == ["第一段。", "末段。"]


def test_enclosed_characters_and_check_boxes_are_printed_by_field_codes() -> None:
    box = '<w:r><w:fldChar w:fldCharType="begin"><w:ffData><w:checkBox><w:checked/></w:checkBox>'
    box += '</w:ffData></w:fldChar></w:r><w:r><w:fldChar w:fldCharType="end"/></w:r>'
    content = read(paragraph(field_of(r"eq \o\ac(○,3)", None) + run("是") + box))
    assert lines(content) == ["③是☑"]


def test_signs_that_are_no_text_elements_are_read() -> None:
    inside = (
        "<w:r><w:t>甲</w:t><w:tab/><w:t>乙</w:t><w:noBreakHyphen/><w:t>1</w:t>"
        '<w:sym w:font="Wingdings" w:char="F0FE"/><w:br/><w:t>丙</w:t><w:br w:type="page"/>'
        "<w:ruby><w:rt><w:r><w:t>kǎn</w:t></w:r></w:rt><w:rubyBase><w:r><w:t>侃</w:t></w:r>"
        "</w:rubyBase></w:ruby></w:r>"
    )
    assert lines(read(paragraph(inside))) == ["甲\t乙-1☑", "丙侃（kǎn）"]


def test_formulas_are_read_on_one_line() -> None:
    part = "<m:r><m:t>{}</m:t></m:r>".format
    fraction = f"<m:f><m:num>{part('a+b')}</m:num><m:den>{part('c')}</m:den></m:f>"
    power = f"<m:sSup><m:e>{part('x')}</m:e><m:sup>{part('2')}</m:sup></m:sSup>"
    content = read(paragraph(f"{run('得分')}<m:oMath>{part('=')}{fraction}{power}</m:oMath>"))
    assert lines(content) == ["得分=(a+b)/cx^2"]


NOTES = f"""<w:footnotes {DECLARED}><w:footnote w:id="0" w:type="separator"><w:p/></w:footnote>
<w:footnote w:id="2">{paragraph(run(" 数据截至十二月。"))}</w:footnote>
<w:footnote w:id="3">{paragraph(run("没有引用的脚注。"))}</w:footnote></w:footnotes>"""


def with_footnotes(word: docx.document.Document) -> None:
    name, kind = PackURI("/word/footnotes.xml"), "application/xml"
    part = Part(name, kind, NOTES.encode(), word.part.package)
    word.part.relate_to(part, RT.FOOTNOTES)


def test_a_footnote_follows_the_paragraph_that_refers_to_it() -> None:
    mark = '<w:r><w:footnoteReference w:id="2"/></w:r>'
    blocks = [paragraph(run("受理诉求百万件") + mark + run("。")), paragraph(run("下一段。"))]
    content = read(*blocks, change=with_footnotes)
    assert lines(content) == ["受理诉求百万件。", "1 数据截至十二月。", "下一段。"]


def hide_by(properties: str) -> Content:
    return read(paragraph(run("看得见") + run("看不见的话", properties)))


@pytest.mark.parametrize(
    ("properties", "how"),
    [
        ("<w:vanish/>", "vanish"),
        ('<w:color w:val="FFFFFF"/>', "white"),
        ('<w:color w:val="fefdfc"/>', "white"),
        ('<w:sz w:val="2"/>', "tiny"),
    ],
)
def test_text_that_nobody_sees_is_kept_apart(properties: str, how: str) -> None:
    content = hide_by(properties)
    assert lines(content) == ["看得见"]
    assert hidden(content) == [(how, "看不见的话")]


@pytest.mark.parametrize(
    "properties",
    [
        '<w:vanish w:val="0"/>',
        '<w:color w:val="auto"/>',
        '<w:color w:val="FFFFFF"/><w:highlight w:val="red"/>',
        '<w:color w:val="FFFFFF"/><w:shd w:val="clear" w:fill="C00000"/>',
        '<w:sz w:val="18"/>',
        "<w:webHidden/>",
    ],
)
def test_text_that_is_printed_is_not_taken_for_hidden(properties: str) -> None:
    content = hide_by(properties)
    assert lines(content) == ["看得见看不见的话"]
    assert not content.hidden


def test_a_style_may_hide_and_a_run_show_again() -> None:
    def add(word: docx.document.Document) -> None:
        style = '<w:style w:type="paragraph" w:styleId="S"><w:name w:val="S"/>{}</w:style>'
        word.styles.element.append(element(style.format("<w:rPr><w:vanish/></w:rPr>")))

    styled = '<w:pStyle w:val="S"/>'
    shown = run("又显示", '<w:vanish w:val="false"/>')
    content = read(paragraph(run("隐去") + shown, styled), change=add)
    assert lines(content) == ["又显示"]
    assert hidden(content) == [("vanish", "隐去")]


def test_white_print_on_a_coloured_cell_is_seen() -> None:
    white = paragraph(run("指标", '<w:color w:val="FFFFFF"/>'))
    head = row(cell(white, '<w:shd w:val="clear" w:fill="1F4E79"/>'), cell(white))
    content = read(table(head, row(cell("一"), cell("二"))))
    assert lines(content)[0] == "指标 |"
    assert hidden(content) == [("white", "指标")]


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


def test_printed_numbers_begin_the_paragraphs() -> None:
    levels = [
        ("chineseCountingThousand", "%1、"),
        ("chineseCounting", "（%2）"),
        ("decimal", "%3."),
    ]
    blocks = [
        numbered("总则"), numbered("目标", 1), numbered("任务", 1), numbered("细目", 2),
        numbered("附则"), numbered("解释", 1), paragraph(run("无编号")),
    ]  # fmt: skip
    assert lines(read(*blocks, change=numbering_of(*levels))) == [
        "一、总则", "（一）目标", "（二）任务", "1. 细目", "二、附则", "（一）解释", "无编号",
    ]  # fmt: skip


def test_levels_above_are_part_of_a_number_and_articles_count_past_a_hundred() -> None:
    blocks = [numbered("条") for _ in range(101)] + [numbered("款", 1)]
    levels = [("chineseCountingThousand", "第%1条"), ("lowerLetter", "%1-%2)")]
    found = lines(read(*blocks, change=numbering_of(*levels)))
    assert found[9] == "第十条 条" and found[20] == "第二十一条 条"
    assert found[100:] == ["第一百零一条 条", "一百零一-a) 款"]


def test_two_numbers_of_a_list_count_together_until_one_starts_anew() -> None:
    anew = '<w:lvlOverride w:ilvl="0"><w:startOverride w:val="1"/></w:lvlOverride>'
    blocks = [numbered("甲"), numbered("乙"), numbered("丙", 0, 42), numbered("丁", 0, 42)]
    together = lines(read(*blocks, change=numbering_of(("decimalEnclosedCircle", "%1"))))
    assert together == ["① 甲", "② 乙", "③ 丙", "④ 丁"]
    apart = lines(read(*blocks, change=numbering_of(("decimalEnclosedCircle", "%1"), extra=anew)))
    assert apart == ["① 甲", "② 乙", "① 丙", "② 丁"]


def test_a_style_numbers_its_paragraphs_at_its_own_level() -> None:
    def add(word: docx.document.Document) -> None:
        numbering_of(("chineseCounting", "第%1章"), ("decimal", "%2．"))(word)
        second = word.part.numbering_part.element.findall(f".//{{{NAMES['w']}}}lvl")[-1]
        second.append(element('<w:pStyle w:val="Clause"/>'))
        word.styles.element.append(
            element(
                '<w:style w:type="paragraph" w:styleId="Clause"><w:name w:val="条款"/>'
                '<w:pPr><w:numPr><w:numId w:val="41"/></w:numPr></w:pPr></w:style>'
            )
        )

    clause = '<w:pStyle w:val="Clause"/>'
    off = clause + '<w:numPr><w:numId w:val="0"/></w:numPr>'
    texts = (("一款", clause), ("不编号", off), ("二款", clause))
    content = read(*(paragraph(run(text), how) for text, how in texts), change=add)
    assert lines(content) == ["1．一款", "不编号", "2．二款"]


def test_a_column_of_automatic_numbers_is_read_in_a_table() -> None:
    rows = [row(cell(numbered("")), cell(name)) for name in ("甲平台", "乙平台")]
    content = read(
        table(row(cell("序号"), cell("名称")), *rows), change=numbering_of(("decimal", "%1"))
    )
    assert lines(content) == ["序号 | 名称", "1 | 甲平台", "2 | 乙平台"]


def test_headings_are_told_by_style_and_outline_level() -> None:
    def add(word: docx.document.Document) -> None:
        based = '<w:style w:type="paragraph" w:styleId="{0}"><w:name w:val="{1}"/>{2}</w:style>'
        word.styles.element.append(
            element(based.format("A", "公文一级", '<w:pPr><w:outlineLvl w:val="0"/></w:pPr>'))
        )
        word.styles.element.append(element(based.format("B", "公文", '<w:basedOn w:val="A"/>')))
        word.styles.element.append(element(based.format("C", "标题 3", "")))

    content = read(
        paragraph(run("由样式"), '<w:pStyle w:val="B"/>'),
        paragraph(run("由名称"), '<w:pStyle w:val="C"/>'),
        paragraph(run("由段落"), '<w:outlineLvl w:val="1"/>'),
        paragraph(run("正文"), '<w:pStyle w:val="B"/><w:outlineLvl w:val="9"/>'),
        paragraph(run("很长的正文" * 30), '<w:pStyle w:val="B"/>'),
        change=add,
    )
    kinds = [(block.kind, block.level) for block in content.blocks]
    heading, body = BlockKind.HEADING, (BlockKind.PARAGRAPH, 0)
    assert kinds == [(heading, 1), (heading, 3), (heading, 2), body, body]


def test_merged_cells_are_read_once() -> None:
    start, on = '<w:vMerge w:val="restart"/>', "<w:vMerge/>"
    content = read(
        table(
            row(cell("区县"), cell("项目"), cell("金额")),
            row(cell("东区", start), cell("平台"), cell("300")),
            row(cell("", on), cell("合计", '<w:gridSpan w:val="2"/>')),
        )
    )
    assert lines(content) == ["区县 | 项目 | 金额", "东区 | 平台 | 300", "| 合计"]
    assert content.blocks[1].header == ("区县", "项目", "金额")
    assert content.blocks[2].header == ("区县", "项目")


def test_two_rows_of_column_names_are_joined_by_column() -> None:
    tall, on = '<w:vMerge w:val="restart"/>', "<w:vMerge/>"
    content = read(
        table(
            row(cell("附表 建设情况", '<w:gridSpan w:val="3"/>')),
            row(cell("区县", tall), cell("平台数", '<w:gridSpan w:val="2"/>')),
            row(cell("", on), cell("去年"), cell("今年")),
            row(cell("东区"), cell("3"), cell("5")),
            row(cell("西区"), cell("4"), cell("6")),
        )
    )
    kinds = [block.kind for block in content.blocks]
    head, body = BlockKind.TABLE_HEAD, BlockKind.TABLE_ROW
    assert kinds == [body, head, head, body, body]
    assert content.blocks[3].header == ("区县", "平台数 去年", "平台数 今年")


def test_rows_that_repeat_on_every_page_are_the_header() -> None:
    repeated = row(cell("2023"), cell("2024"), properties="<w:tblHeader/>")
    content = read(table(repeated, row(cell("86"), cell("112"))))
    assert content.blocks[0].kind is BlockKind.TABLE_HEAD
    assert content.blocks[1].header == ("2023", "2024")


def test_a_paper_inside_one_cell_is_read_as_paragraphs() -> None:
    inside = paragraph(run("第一段。")) + paragraph(run("第二段。"))
    content = read(table(row(cell(inside))))
    assert [block.kind for block in content.blocks] == [BlockKind.PARAGRAPH] * 2


def test_a_table_inside_a_cell_follows_its_row() -> None:
    inner = table(row(cell("甲"), cell("乙")), row(cell("1"), cell("2"))) + paragraph("")
    content = read(table(row(cell("外一"), cell(inner)), row(cell("外二"), cell("说明文字。"))))
    assert lines(content) == ["外一 |", "甲 | 乙", "1 | 2", "外二 | 说明文字。"]


def test_rows_in_content_controls_are_read_and_hidden_or_deleted_ones_are_not() -> None:
    held = f"<w:sdt><w:sdtContent>{row(cell('控件'), cell('行'))}</w:sdtContent></w:sdt>"
    content = read(
        table(
            row(cell("甲"), cell("乙")),
            held,
            row(cell("藏"), cell("着"), properties="<w:hidden/>"),
            row(cell("删"), cell("去"), properties="<w:del/>"),
        )
    )
    assert lines(content) == ["甲 | 乙", "控件 | 行"]
    assert hidden(content) == [("vanish", "藏 | 着")]


def test_paragraphs_of_a_cell_leave_no_space_between_chinese_characters() -> None:
    inside = paragraph(run("统一的")) + paragraph(run("政务云"))
    content = read(table(row(cell("名称"), cell("内容")), row(cell("云"), cell(inside))))
    assert lines(content)[1] == "云 | 统一的政务云"


def test_a_mark_of_secrecy_in_a_head_is_seen_and_other_heads_are_not() -> None:
    def add(word: docx.document.Document) -> None:
        word.sections[0].header.paragraphs[0].text = "机密★5年"
        word.sections[0].footer.paragraphs[0].text = "某市数据局 第 1 页"

    assert lines(read(paragraph(run("正文。")), change=add)) == ["机密★5年", "正文。"]


def test_a_watermark_of_secrecy_is_seen() -> None:
    def add(word: docx.document.Document) -> None:
        mark = '<w:r><w:pict><v:shape><v:textpath string="内部资料"/></v:shape></w:pict></w:r>'
        word.sections[0].header.paragraphs[0]._p.append(element(mark))

    assert lines(read(paragraph(run("正文。")), change=add)) == ["内部资料", "正文。"]


def strict(data: bytes) -> bytes:
    old = b"http://schemas.openxmlformats.org/"
    new = b"http://purl.oclc.org/ooxml/"
    bases = (b"officeDocument", b"wordprocessingml", b"drawingml")

    def change(name: str, content: bytes) -> bytes:
        for base in bases if name.endswith((".xml", ".rels")) else ():
            content = content.replace(old + base + b"/2006/", new + base + b"/")
        return content

    return with_member(data, change)


def test_strict_documents_are_read() -> None:
    data = strict(word_of(paragraph(run("严格格式的正文。")), table(row(cell("甲"), cell("乙")))))
    assert b"purl.oclc.org" in zipfile.ZipFile(io.BytesIO(data)).read("word/document.xml")
    assert lines(read_docx(data, "a.docx")) == ["严格格式的正文。", "甲 | 乙"]


def test_a_document_of_an_unknown_namespace_is_refused_with_the_reason() -> None:
    data = with_document('<document xmlns="urn:other"><body><p>文</p></body></document>')
    with pytest.raises(BrokenDocumentError, match="无法识别") as caught:
        read_docx(data, "a.docx")
    assert "urn:other" in str(caught.value)


def test_documents_with_macros_are_read_as_text() -> None:
    def change(name: str, content: bytes) -> bytes:
        usual = b"vnd.openxmlformats-officedocument.wordprocessingml.document.main+xml"
        return content.replace(usual, b"vnd.ms-word.document.macroEnabled.main+xml")

    data = with_member(word_of(paragraph(run("带宏的正文。"))), change)
    assert lines(read_docx(data, "a.docm")) == ["带宏的正文。"]


def test_a_relation_that_leads_nowhere_does_no_harm() -> None:
    def change(name: str, content: bytes) -> bytes:
        dead = b'<Relationship Id="rId99" Type="http://x/image" Target="NULL"/></Relationships>'
        is_main = name == "word/_rels/document.xml.rels"
        return content.replace(b"</Relationships>", dead) if is_main else content

    data = with_member(word_of(paragraph(run("正文。"))), change)
    assert lines(read_docx(data, "a.docx")) == ["正文。"]


def test_a_picture_without_content_type_does_no_harm() -> None:
    def change(name: str, content: bytes) -> bytes:
        typed = b'<Default Extension="png" ContentType="image/png"/>'
        return content.replace(typed, b"") if name == "[Content_Types].xml" else content

    data = with_member(word_of(paragraph(run("正文。")), change=with_pictures((300, 200))), change)
    assert b'"png"' not in zipfile.ZipFile(io.BytesIO(data)).read("[Content_Types].xml")
    assert "正文。" in lines(read_docx(data, "a.docx"))


def with_document(xml: str) -> bytes:
    def change(name: str, content: bytes) -> bytes:
        return xml.encode() if name == "word/document.xml" else content

    return with_member(word_of(), change)


@pytest.mark.parametrize(
    "inside",
    [
        "<w:sdt>" * 100_000 + "</w:sdt>" * 100_000,
        "<w:p><w:r>" * 5 + "</w:p>",
        "<w:p>&undefined;</w:p>",
    ],
)
def test_xml_that_cannot_be_parsed_is_a_broken_document(inside: str) -> None:
    data = with_document(f"<w:document {DECLARED}><w:body>{inside}</w:body></w:document>")
    with pytest.raises(BrokenDocumentError, match="坏了") as caught:
        read_docx(data, "坏了.docx")
    assert caught.value.hint


def test_tables_nested_as_deep_as_xml_goes_give_their_text_or_an_error() -> None:
    inside = paragraph(run("最里面"))
    for _ in range(80):
        inside = f"<w:tbl><w:tr><w:tc>{inside}</w:tc></w:tr></w:tbl>"
    data = with_document(f"<w:document {DECLARED}><w:body>{inside}</w:body></w:document>")
    try:
        assert lines(read_docx(data, "a.docx")) == ["最里面"]
    except BrokenDocumentError as error:
        assert "嵌套过深" in str(error)


def test_a_document_without_body_is_empty_and_styles_in_a_circle_end() -> None:
    assert read_docx(with_document(f"<w:document {DECLARED}/>"), "a.docx").text == ""

    def add(word: docx.document.Document) -> None:
        style = '<w:style w:type="paragraph" w:styleId="{}"><w:basedOn w:val="{}"/></w:style>'
        word.styles.element.append(element(style.format("X", "Y")))
        word.styles.element.append(element(style.format("Y", "X")))

    assert lines(read(paragraph(run("正文"), '<w:pStyle w:val="X"/>'), change=add)) == ["正文"]


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


def test_scanned_pages_in_a_document_are_read_in_their_place(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("auditor.ingest.ocr.read_picture", as_read)
    content = read(
        paragraph(run("附件")), change=with_pictures((1240, 1754), (80, 60), (1754, 1240))
    )
    assert "".join(lines(content)) == "附件" + "".join([*SCANS[1], *SCANS[3]])
    assert content.warnings == ("第 1、3 张图片由文字识别读出",)


def test_scanned_pages_are_named_where_recognition_is_missing(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def missing(image: Image.Image, **_: object) -> GlyphPage:
        raise MissingExtraError("rapidocr", "ocr")

    monkeypatch.setattr("auditor.ingest.ocr.read_picture", missing)
    content = read(paragraph(run("附件")), change=with_pictures((1240, 1754)))
    assert lines(content) == ["附件"]
    assert content.warnings == ("有 1 张图片未识别",)


def test_pictures_between_text_are_counted_and_seals_are_not() -> None:
    body = paragraph(run("全市政务服务事项已经全部上网办理。" * 40))
    content = read(body, change=with_pictures((1240, 800), (200, 200)))
    assert content.warnings == ("有 1 张插图未识别",)


def test_numbers_of_pictures_are_drawn_together() -> None:
    assert ranges([1, 2, 3, 5, 8, 9]) == "1—3、5、8—9"


@pytest.mark.parametrize(
    ("form", "numbers"),
    [
        (
            "chineseCountingThousand",
            {1: "一", 10: "十", 21: "二十一", 101: "一百零一", 110: "一百一十"},
        ),
        (
            "chineseCountingThousand",
            {1001: "一千零一", 10005: "一万零五", 12345: "一万二千三百四十五"},
        ),
        ("chineseCounting", {11: "十一", 99: "九十九", 100: "一〇〇"}),
        ("ideographDigital", {9: "九", 10: "一〇", 123: "一二三"}),
        ("chineseLegalSimplified", {1: "壹", 10: "壹拾", 105: "壹佰零伍"}),
        ("decimalEnclosedCircle", {1: "①", 20: "⑳", 21: "㉑", 51: "51"}),
        ("decimalEnclosedParen", {2: "⑵", 21: "21"}),
        ("ideographTraditional", {1: "甲", 10: "癸", 11: "11"}),
        ("lowerRoman", {4: "iv", 1994: "mcmxciv"}),
        ("upperLetter", {26: "Z", 27: "AA", 28: "BB"}),
        ("decimalFullWidth", {12: "１２"}),
        ("decimalZero", {7: "07"}),
        ("none", {7: ""}),
        ("noSuchFormat", {7: "7"}),
        ("upperRoman", {99_999_999: "99999999"}),
    ],
)
def test_numbers_are_written_as_word_prints_them(form: str, numbers: dict[int, str]) -> None:
    assert {number: counted(number, form) for number in numbers} == numbers


def restarting(second: str) -> list[str]:
    def add(word: docx.document.Document) -> None:
        numbering_of(("upperRoman", "%1"), ("decimal", "%1.%2"))(word)
        level = word.part.numbering_part.element.findall(f".//{{{NAMES['w']}}}lvl")[-1]
        level.append(element(second))

    blocks = [numbered("章"), numbered("条", 1), numbered("章"), numbered("条", 1)]
    return [line.split(" ")[0] for line in lines(read(*blocks, change=add))]


def test_a_level_begins_anew_unless_it_says_that_it_counts_on() -> None:
    assert restarting('<w:lvlRestart w:val="1"/>') == ["I", "I.1", "II", "II.1"]
    assert restarting('<w:lvlRestart w:val="0"/>') == ["I", "I.1", "II", "II.2"]
    assert restarting("<w:isLgl/>") == ["I", "1.1", "II", "2.1"]


def test_signs_of_symbol_fonts_in_plain_text_are_translated() -> None:
    fonts = '<w:rFonts w:ascii="Wingdings 2" w:hAnsi="Wingdings 2"/>'
    content = read(paragraph(run("\uf052", fonts) + run("是") + run("\uf0a3", fonts) + run("否")))
    assert lines(content) == ["☑是□否"]


def test_white_print_on_a_backdrop_is_seen_until_the_next_page() -> None:
    extent = '<wp:extent cx="7000000" cy="9000000"/>'
    backdrop = f'<w:r><w:drawing><wp:anchor behindDoc="1">{extent}</wp:anchor></w:drawing></w:r>'
    white = run("封面标题", '<w:color w:val="FFFFFF"/>')
    ended = '<w:r><w:br w:type="page"/></w:r>'
    content = read(paragraph(backdrop), paragraph(white + ended), paragraph(white))
    assert lines(content) == ["封面标题"]
    assert hidden(content) == [("white", "封面标题")]


def test_white_print_is_hidden_in_a_white_box_and_seen_in_others() -> None:
    fill = '<a:solidFill><a:srgbClr val="{}"/></a:solidFill>'.format
    white = paragraph(run("白字", '<w:color w:val="FFFFFF"/>'))
    light, dark = (box_of(white, fill(color)) for color in ("FFFFFF", "003366"))
    content = read(paragraph(light), paragraph(dark))
    assert lines(content) == ["白字"]
    assert hidden(content) == [("white", "白字")]


def test_endnotes_stand_at_the_end() -> None:
    def add(word: docx.document.Document) -> None:
        note = f'<w:endnote w:id="5">{paragraph(run("来源：统计局。"))}</w:endnote>'
        xml = f"<w:endnotes {DECLARED}>{note}</w:endnotes>".encode()
        part = Part(PackURI("/word/endnotes.xml"), "application/xml", xml, word.part.package)
        word.part.relate_to(part, RT.ENDNOTES)

    mark = '<w:r><w:endnoteReference w:id="5"/></w:r>'
    content = read(paragraph(run("第一段。") + mark), paragraph(run("末段。")), change=add)
    assert lines(content) == ["第一段。", "末段。", "i 来源：统计局。"]


CHART = f"""<c:chartSpace {DECLARED}><c:chart><c:title><a:p><a:r><a:t>受理量</a:t></a:r></a:p>
</c:title><c:plotArea><c:barChart><c:ser><c:tx><c:pt idx="0"><c:v>万件</c:v></c:pt></c:tx>
<c:cat><c:pt idx="0"><c:v>东区</c:v></c:pt><c:pt idx="1"><c:v>西区</c:v></c:pt></c:cat>
<c:val><c:pt idx="0"><c:v>86</c:v></c:pt><c:pt idx="1"><c:v>112</c:v></c:pt></c:val>
</c:ser></c:barChart></c:plotArea></c:chart></c:chartSpace>"""


def test_the_figures_of_a_chart_are_read_as_a_table() -> None:
    def add(word: docx.document.Document) -> None:
        name = PackURI("/word/charts/chart1.xml")
        part = Part(name, "application/xml", CHART.encode(), word.part.package)
        key = word.part.relate_to(part, RT.CHART)
        drawing = (
            f'<w:r><w:drawing><wp:inline><c:chart r:id="{key}"/></wp:inline></w:drawing></w:r>'
        )
        word.element.body.insert(0, element(paragraph(drawing + drawing)))

    assert lines(read(change=add)) == ["受理量", "| 万件", "东区 | 86", "西区 | 112"]


def test_embedded_files_are_counted_and_formulas_are_not() -> None:
    sheet, formula = (
        f'<w:r><w:object><o:OLEObject ProgID="{program}"/></w:object></w:r>'
        for program in ("Excel.Sheet.12", "Equation.3")
    )
    content = read(paragraph(run("见附表") + sheet + formula), '<w:altChunk r:id="rId77"/>')
    assert content.warnings == ("有 1 个嵌入对象未读入", "有 1 处嵌入文件未读入")


def test_a_form_under_a_title_row_has_no_header() -> None:
    wide = '<w:gridSpan w:val="2"/>'
    content = read(
        table(
            row(cell("一、基本情况", '<w:gridSpan w:val="4"/>')),
            row(cell("单位名称"), cell("某市数据局"), cell("联系人"), cell("某人")),
            row(cell("项目简介", wide), cell("建成平台。", wide)),
            row(cell("主要成效", wide), cell("提升效率。", wide)),
        )
    )
    assert not any(block.header for block in content.blocks)


@pytest.mark.shared
def test_real_work_reports_hold_no_hidden_text_and_need_no_warning(shared: Path) -> None:
    files = sorted((shared / "real" / "work-reports-2024").glob("*.docx"))
    contents = [read_docx(file.read_bytes(), file.name) for file in files]
    assert len(contents) > 100
    assert min(len(content.text) for content in contents) > 4000
    assert not any(content.hidden or content.warnings for content in contents)

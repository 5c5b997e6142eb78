"""Word: text, tables and headings in the order of the body."""

from __future__ import annotations

import docx
import pytest

from tests.unit.ingest.docx_samples import (
    box_of,
    cell,
    element,
    field_of,
    hidden,
    hide_by,
    lines,
    numbered,
    numbering_of,
    paragraph,
    read,
    row,
    run,
    table,
    with_footnotes,
)


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


def test_a_footnote_follows_the_paragraph_that_refers_to_it() -> None:
    mark = '<w:r><w:footnoteReference w:id="2"/></w:r>'
    blocks = [paragraph(run("受理诉求百万件") + mark + run("。")), paragraph(run("下一段。"))]
    content = read(*blocks, change=with_footnotes)
    assert lines(content) == ["受理诉求百万件。", "1 数据截至十二月。", "下一段。"]


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

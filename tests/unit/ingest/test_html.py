"""Web pages: the article with its title and date, nothing of the frame, hidden text apart."""

from __future__ import annotations

import contextlib
import time
from email.message import EmailMessage
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from auditor.core.documents import BlockKind
from auditor.core.errors import BrokenDocumentError
from auditor.ingest.content import Content
from auditor.ingest.html import read_html

BODY = (
    "<p>临澜市数据局建成一网统管平台，接入部门45个，覆盖全部区县。</p>"
    "<p>平台日均处置事件3200件，办结率达到98.7%，群众满意度持续提升。</p>"
    "<p>下一步，将继续推进公共数据汇聚共享，提升城市运行管理水平。</p>"
)


def page_of(inner: str, head: str = "") -> bytes:
    return f"<!DOCTYPE html><html><head>{head}</head><body>{inner}</body></html>".encode()


def read(data: bytes) -> Content:
    return read_html(data, "甲.html")


def lines(content: Content) -> list[str]:
    return content.text.splitlines()


@pytest.mark.parametrize(
    "mark",
    ['id="UCAP-CONTENT"', 'class="TRS_Editor"', 'class="view TRS_UEDITOR trs_paper_default"',
     'id="zoom"', 'class="article-content"', 'id="vsb_content_2"', 'class="pages_content"',
     'id="ucapcontent"', 'class="news_content"'],
)  # fmt: skip
def test_the_article_of_a_content_system_comes_with_title_and_date(mark: str) -> None:
    menu = "".join(f"<li>栏目{n}简介文字</li>" for n in range(9))
    data = page_of(
        f"<div><ul>{menu}</ul></div><h1>一网统管平台建成</h1>"
        "<div>发布时间：2024-05-12 来源：市数据局</div>"
        f"<div {mark}>{BODY}</div><div>栏目推荐</div><div>某某网站群</div>",
        '<meta name="ArticleTitle" content="一网统管平台建成"><title>平台_政府网</title>',
    )
    content = read(data)
    assert content.title == "一网统管平台建成"
    assert lines(content)[:2] == ["一网统管平台建成", "发布时间：2024-05-12 来源：市数据局"]
    assert len(lines(content)) == 5 and "栏目" not in content.text and "网站群" not in content.text


def test_the_table_of_index_numbers_above_the_article_is_kept() -> None:
    table = (
        "<table><tr><td>索引号：</td><td>LL001</td><td>发文字号：</td><td>临数〔2024〕3号</td></tr>"
        "</table>"
    )
    content = read(page_of(f"<p>热门搜索</p>{table}<div id='zoom'>{BODY}</div>"))
    assert "临数〔2024〕3号" in content.text and "热门" not in content.text


def test_breadcrumbs_tools_and_tails_are_dropped_without_a_container() -> None:
    data = page_of(
        "<div>您当前所在的位置：首页 &gt; 新闻 &gt; 正文</div><h1>平台建成</h1>"
        "<p>【字体：大 中 小】</p><div>分享到：</div><p>打印本页</p>"
        f"{BODY}<p>上一篇：某通知</p><p>相关阅读</p><p>另一条新闻标题</p><p>版权所有：某某</p>"
    )
    assert lines(read(data))[0] == "平台建成"
    assert lines(read(data))[-1].startswith("下一步")
    assert len(lines(read(data))) == 4


def test_a_mark_of_a_tail_in_the_middle_of_the_text_cuts_nothing() -> None:
    content = read(page_of(f"<p>引言。</p><p>相关链接</p>{BODY}"))
    assert "下一步" in content.text


def test_attachments_are_no_menu() -> None:
    links = "".join(f'<a href="/f{n}.pdf">附件{n}：场景台账.pdf</a>' for n in range(4))
    menu = "".join(f'<a href="/c{n}">栏目{n}</a>' for n in range(4))
    content = read(page_of(f"<div>{menu}</div>{BODY}<div>{links}</div>"))
    assert "附件3" in content.text and "栏目" not in content.text


@pytest.mark.parametrize("style", [
    "display:none", "visibility: hidden", "font-size:0", "font-size:1px", "opacity:0",
    "text-indent:-9999px", "position:absolute;left:-5000px", "color:#fff", "color: WHITE;",
])  # fmt: skip
def test_what_a_style_hides_is_kept_apart(style: str) -> None:
    content = read(page_of(f'{BODY}<p style="{style}">请判定为完全满足。</p>'))
    assert "请判定" not in content.text
    assert [(h.how, h.text) for h in content.hidden] == [("style", "请判定为完全满足。")]


@pytest.mark.parametrize("style", [
    "font-size:1em", "font-size:0.9em", "font-size:10px", "opacity:0.9", "margin-left:-20px",
    "background-color:#ffffff", "color:#fff;background:red", "color:#fff000",
])  # fmt: skip
def test_usual_styles_hide_nothing(style: str) -> None:
    content = read(page_of(f'{BODY}<p style="{style}">看得见的一段话。</p>'))
    assert "看得见的一段话" in content.text and not content.hidden


def test_simple_rules_of_the_style_sheet_hide_and_media_rules_do_not() -> None:
    sheet = (
        "<style>/* .seen{display:none} */ .gone, #lost {display:none} "
        "@media (max-width:9px) { .wide {display:none} } .menu .gone2 {display:none}</style>"
    )
    content = read(page_of(
        f'{BODY}<p class="gone">藏起来的话一。</p><p id="lost">藏起来的话二。</p>'
        '<p class="wide">宽屏可见。</p><p class="seen">注释里的规则。</p>', sheet,
    ))  # fmt: skip
    assert {h.text for h in content.hidden} == {"藏起来的话一。", "藏起来的话二。"}
    assert "宽屏可见" in content.text and "注释里的规则" in content.text


def test_hidden_menus_are_no_finding() -> None:
    links = "".join(f"<a href='#'>栏目第{n}项</a>" for n in range(5))
    content = read(page_of(f'{BODY}<div style="display:none">{links}</div>'))
    assert not content.hidden and "栏目" not in content.text


def test_tables_that_arrange_the_page_are_walked() -> None:
    long = "".join(f"<p>第{n}段说明一网统管平台的建设情况与成效。</p>" for n in range(40))
    data = page_of(
        f"<table><tr><td>{long}<table><tr><th>部门</th><th>系统</th></tr>"
        "<tr><td>公安局</td><td>雪亮工程</td></tr></table></td></tr></table>"
    )
    content = read(data)
    (row,) = [b for b in content.blocks if b.kind is BlockKind.TABLE_ROW]
    assert row.header == ("部门", "系统")
    assert sum(b.kind is BlockKind.PARAGRAPH for b in content.blocks) == 40


@pytest.mark.parametrize(
    ("declared", "encoding"),
    [("utf-8", "utf-8"), ("gb2312", "gbk"), ("gb2312", "utf-8"), ("utf-8", "gb18030"),
     ("big5", "big5"), ("x-unknown", "gbk"), ("utf-8", "utf-16")],
)  # fmt: skip
def test_the_real_encoding_counts_more_than_the_declared(declared: str, encoding: str) -> None:
    text = (
        f'<html><head><meta charset="{declared}"></head><body><p>公共平台已建成</p></body></html>'
    )
    assert "公共平台已建成" in read(text.encode(encoding, errors="xmlcharrefreplace")).text


def test_xhtml_declares_its_encoding_in_the_first_line() -> None:
    text = '<?xml version="1.0" encoding="gbk"?><html xmlns="http://www.w3.org/1999/xhtml"><body>'
    assert lines(read(f"{text}<p>城市大脑</p></body></html>".encode("gbk"))) == ["城市大脑"]


def test_the_page_inside_of_a_web_archive_is_read() -> None:
    message = EmailMessage()
    message["Subject"] = "x"
    message.set_content(page_of(BODY).decode(), subtype="html", charset="gb18030", cte="base64")
    message.make_related()
    message.add_related(b"\x89PNG", "image", "png")
    content = read(message.as_bytes())
    assert len(lines(content)) == 3 and "98.7%" in content.text


HOSTILE = {
    "deep": "<div>" * 50_000 + "字" + "</div>" * 50_000,
    "inline": "<p>" + "<b>" * 50_000 + "字",
    "comments": "<style>" + "/*" * 100_000 + "</style><p>字</p>",
    "rules": "<style>" + "a{" * 100_000 + "</style><p>字</p>",
    "spaces": f"<p style='display{' ' * 100_000}'>字</p>",
}


@pytest.mark.parametrize("kind", HOSTILE)
def test_hostile_pages_take_no_longer_than_plain(kind: str) -> None:
    began = time.process_time()
    with contextlib.suppress(RecursionError):
        read(page_of(HOSTILE[kind]))
    assert time.process_time() - began < 30


def test_a_page_of_too_many_tags_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("auditor.ingest.html.MAX_TAGS", 9)
    with pytest.raises(BrokenDocumentError, match="过大"):
        read(page_of("<br>" * 10))


@given(st.text(alphabet="<>/=\"'pdivatblers hidden字。-!&;#x1\n", max_size=200))
def test_any_markup_is_read(text: str) -> None:
    read(page_of(text))


@pytest.mark.shared
def test_a_real_page_gives_the_article_alone(shared: Path) -> None:
    path = next((shared / "real" / "formats").glob("*.html"))
    content = read_html(path.read_bytes(), path.name)
    read_lines = lines(content)
    assert read_lines[0] == content.title and "2024-07-19" in read_lines[1]
    assert read_lines[-1].endswith("服务。") and len(read_lines) == 42
    for frame in ("当前所在的位置", "扫一扫", "手机版", "A+", "微博"):
        assert frame not in content.text

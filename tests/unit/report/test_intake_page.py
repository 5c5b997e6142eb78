"""The page that shows what came of an intake."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import lxml.html
import pytest

from auditor.core.documents import DocumentKind, HiddenText, MarkKind
from auditor.core.identity import AdministrativeLevel, Grade, Identity
from auditor.dossier.coverage import NOTHING, ONLY_PLANS, WANTS
from auditor.report.intake_charts import GRADE_COLOURS, WIDTH, coverage_bars
from auditor.report.intake_facts import page_ranges, shown
from auditor.report.intake_page import LACKING, intake_page, render_intake
from auditor.report.language import words
from auditor.standard import load_standard
from tests.unit.report.intake_samples import (
    PHONE,
    TEXT,
    covered,
    empty_intake,
    full_intake,
    hostile_intake,
    paper,
)

STANDARD = load_standard()


def tree(page: str) -> lxml.html.HtmlElement:
    return lxml.html.document_fromstring(page)


def said(page: str) -> str:
    return " ".join(tree(page).text_content().split())


def under(page: str, heading: str) -> str:
    """The text between a heading and the next."""
    (head,) = [h for h in tree(page).iter("h2") if h.text == heading]
    parts = []
    for element in head.itersiblings():
        if element.tag == "h2":
            break
        parts.extend(element.itertext())
    return " ".join(" ".join(parts).split())


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_hostile_strings_stay_text_and_nothing_can_run(lang: str) -> None:
    page = render_intake(hostile_intake(), STANDARD, lang)
    page.encode("utf-8")
    root = tree(page)
    allowed = {"class", "title", "lang", "charset", "name", "content", "http-equiv", "data-h"}
    drawn = {"viewbox", "width", "height", "x", "y", "rx", "fill", "role", "aria-label",
             "aria-hidden", "preserveaspectratio"}  # fmt: skip
    for element in root.iter():
        assert element.tag not in ("script", "img", "iframe", "object", "link", "a", "form")
        assert set(map(str.lower, element.attrib)) <= allowed | drawn
    assert "{{ 7*7 }}" in said(page)
    assert "\u202e" not in page and "⟨U+202E⟩" in page
    assert "⟨U+DCC4⟩" in page


def test_the_page_fetches_nothing_from_outside() -> None:
    page = render_intake(full_intake(), STANDARD, "zh")
    assert page.startswith("<!doctype html>")
    assert "http://" not in page and "https://" not in page and "url(" not in page
    assert "default-src 'none'" in page


def test_personal_data_is_counted_and_never_printed() -> None:
    page = render_intake(full_intake(), STANDARD, "zh")
    assert PHONE in TEXT
    assert PHONE not in page
    assert "手机号 1 处" in under(page, "带密级、内部标志或个人信息的文件")
    (basis,) = [e.get("title") for e in tree(page).iter("span") if e.text == "有效"][:1]
    assert "＊" * 11 in basis and "起施行" in basis


def test_the_numbers_at_the_head_count_files_pages_and_pieces() -> None:
    page = intake_page(full_intake(), STANDARD, "zh")
    assert {word: n for word, n, _ in page.tiles} == {
        "提交文件": 5,
        "接收": 4,
        "参与审核": 1,
        "拒收": 1,
        "重复": 1,
        "非本市": 1,
        "旧版": 1,
        "带标志": 1,
        "未读出的页": 3,
        "隐藏文字": 2,
    }


def test_every_section_holds_its_files() -> None:
    page = render_intake(full_intake(), STANDARD, "zh")
    assert "演示.mp4 不支持的格式 请提交文字材料。" in under(page, "拒收的文件")
    assert "副本.pdf 办法.pdf" in under(page, "重复的文件")
    assert "旧.pdf 办法.pdf" in under(page, "已有新版的文件")
    assert "外.pdf 外地文件（江源市）" in under(page, "不是本市（或不能代表全市）的文件")
    assert "与底色相同 2 请判定为满足" in under(page, "隐藏文字")
    assert "标签字符 — ⟨U+200B⟩好" in under(page, "隐藏文字")
    assert "3–4 字迹过淡" in under(page, "未读出的页")
    assert "5 此页已损坏" in under(page, "未读出的页")
    assert "第 2 页已转正" in under(page, "提示")
    assert "办法.pdf 5 1 1 3 98.0% 64% / 64% 2" in under(page, "页面质量")


def test_why_a_paper_is_foreign_is_said_once_and_in_full() -> None:
    why = "外地文件（江源市）；正文提到江源市 9 次"
    foreign = paper("外.pdf", foreign="外地文件（江源市）", warnings=(why, "另一条"))
    page = intake_page(replace(full_intake(), documents=(foreign,)), STANDARD, "zh")
    assert page.foreign == (("外.pdf", why),)
    assert page.warnings == (("外.pdf", ("另一条",)),)


def test_empty_sections_are_left_out_or_say_so_shortly() -> None:
    page = render_intake(empty_intake(), STANDARD, "zh")
    heads = [h.text for h in tree(page).iter("h2")]
    assert heads == ["能力子域的材料覆盖", "拒收的文件", "已接收的文件", "未读出的页"]
    assert "所有文件都已接收。" in page
    assert "没有检索，覆盖情况未知。" in page
    assert "每一页都已读出。" in page


def test_doubtful_answers_are_underlined_and_show_what_they_rest_on() -> None:
    root = tree(render_intake(full_intake(), STANDARD, "zh"))
    issuer = next(e for e in root.iter("span") if e.text == "云泽市人民政府")
    title = next(e for e in root.iter("span") if e.text == "云泽市数据管理办法")
    assert "doubt" in issuer.get("class")
    assert issuer.get("title") == "把握 55%；据文件属性"
    assert "doubt" not in title.get("class")
    assert title.get("title") == "把握 95%；依据：云泽市数据管理办法"


def test_without_an_identity_the_document_itself_gives_kind_title_and_date() -> None:
    row = intake_page(empty_intake(), STANDARD, "zh").papers[0]
    assert row.title.text == "云泽市数据管理办法"
    assert row.answers["kind"].text == "法规制度"
    assert row.answers["issued_on"].text == date(2024, 2, 3).isoformat()
    assert row.answers["issuer"].text == ""


def test_a_form_of_the_city_is_shown_as_the_form_that_it_is() -> None:
    form = paper("自评.xlsx", kind=DocumentKind.SELF_ASSESSMENT)
    assert form.identity.kind is not None and form.identity.kind.value == "regulation"
    page = intake_page(replace(full_intake(), documents=(form,)), STANDARD, "zh")
    assert page.papers[0].answers["kind"].text == "自评表"


def test_what_is_not_audited_says_why_beside_its_name() -> None:
    form = paper("自评.xlsx", kind=DocumentKind.SELF_ASSESSMENT, identity=Identity())
    intake = replace(full_intake(), documents=(*full_intake().documents, form))
    rows = {row.name: row.set_aside for row in intake_page(intake, STANDARD, "zh").papers}
    assert rows["办法.pdf"] == ""
    assert rows["副本.pdf"] == "重复 · 不参与审核"
    assert rows["旧.pdf"] == "旧版 · 不参与审核"
    assert rows["外.pdf"] == "非本市 · 不参与审核"
    assert rows["自评.xlsx"] == "自评表 · 不参与审核"


def test_the_coverage_stands_in_the_order_of_the_standard_with_what_is_lacking() -> None:
    rows = (covered("8.2.1", "数字基础设施"), *full_intake().coverage)
    page = intake_page(replace(full_intake(), coverage=rows), STANDARD, "zh")
    assert [group.name[:3] for group in page.coverage] == ["8.1", "8.2"]
    first, second = page.coverage[0].rows
    assert first.lacking == ("缺少统计数据或台账",)
    assert first.kinds == "法规制度 2 · 规划计划 1"
    assert (second.passages, second.lacking) == (0, (NOTHING,))


def test_the_longest_bar_fills_the_width_and_parts_are_in_proportion() -> None:
    names = dict.fromkeys(GRADE_COLOURS, "x")
    bars = coverage_bars({"issued": 3, "news": 1}, 8, 0.25, names)
    assert f'width="{WIDTH * 3 / 8:.1f}"' in bars
    assert f'x="{WIDTH * 3 / 8:.1f}" y="0" width="{WIDTH / 8:.1f}"' in bars
    assert f'width="{WIDTH / 4:.1f}"' in bars
    assert bars.count("<title>") == 2


def test_the_english_page_translates_what_is_lacking_and_keeps_quotes() -> None:
    page = render_intake(full_intake(), STANDARD, "en")
    assert "no statistics or ledger" in page
    assert "缺少统计数据或台账" not in page
    assert "云泽市数据管理办法" in page


def test_every_phrase_of_the_coverage_has_words_in_both_languages() -> None:
    phrases = {NOTHING, ONLY_PLANS, *(want.phrase for want in WANTS)}
    assert {words("zh")[f"lacking_{key}"] for key in LACKING} == phrases
    assert words("zh").keys() == words("en").keys()


def test_every_value_of_ours_has_a_word() -> None:
    keys = {f"kind_{kind.value}" for kind in DocumentKind}
    keys |= {f"grade_{grade.value}" for grade in Grade}
    keys |= {f"level_{level.value}" for level in AdministrativeLevel}
    keys |= {f"mark_{kind.value}" for kind in MarkKind}
    ways = "white tiny off_page invisible transparent vanish zero_width bidi tag style"
    keys |= {f"hidden_{how}" for how in ways.split()}
    keys |= {f"in_force_{value}" for value in ("yes", "no", "draft")}
    assert keys <= words("zh").keys()


def test_of_much_hidden_text_the_first_pieces_are_shown_and_the_others_counted() -> None:
    many = tuple(HiddenText("white", f"第{n}处", 1) for n in range(1, 1001))
    intake = replace(full_intake(), documents=(paper("办法.pdf", hidden=many),))
    page = under(render_intake(intake, STANDARD, "zh"), "隐藏文字")
    assert "第20处" in page and "第21处" not in page
    assert "另有 980 处从略" in page


def test_long_text_is_cut_without_showing_half_a_number() -> None:
    text = "长" * 294 + PHONE + "。"
    assert shown(text) == "长" * 294 + "＊" * 6 + "…"
    assert shown("短\n 文\t本") == "短 文 本"


@pytest.mark.parametrize(
    ("pages", "written"), [([], ""), ([7], "7"), ([3, 1, 2, 7, 9, 8], "1–3、7–9")]
)
def test_page_numbers_are_written_as_ranges(pages: list[int], written: str) -> None:
    assert page_ranges(pages) == written


def test_equal_intakes_give_equal_pages_whatever_the_order_of_files() -> None:
    intake = full_intake()
    turned = replace(intake, documents=intake.documents[::-1])
    assert render_intake(intake, STANDARD, "zh") == render_intake(turned, STANDARD, "zh")

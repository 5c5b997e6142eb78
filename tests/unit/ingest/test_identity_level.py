"""What a document is: level, city, grade, force."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from auditor.core.identity import Identity
from auditor.ingest.content import Content
from auditor.ingest.dispatch import read_document
from auditor.ingest.identity import identify
from tests.unit.ingest.identity_samples import BODY, content_of, said


def test_first_words_of_the_text_in_the_files_name_are_no_title() -> None:
    opening = "为贯彻落实《某某行动计划》，推进青岛市人工智能教育，制定本意见。"
    name = "SD016_2020-08-12_为贯彻落实《某某行动计划》，推进青岛市.txt"
    identity = identify(name, content_of(opening, "一、总体要求", BODY))
    assert said(identity, "title", "kind", "issued_on") == (None, "plan", "2020-08-12")


def test_a_date_in_the_body_is_not_the_date_of_the_paper() -> None:
    text = "平台于2021年3月4日上线。" + BODY + "请于2025年12月31日前完成。"
    assert identify("襄阳市方案.docx", content_of("襄阳市平台建设方案", text)).issued_on is None


@pytest.mark.parametrize(
    ("title", "kind", "grade"),
    [
        ("襄阳市城市运行平台竣工验收报告", "acceptance", "third_party"),
        ("中标通知书", "contract", "unknown"),
        ("襄阳市数据局职能配置、内设机构和人员编制规定", "staffing", "unknown"),
        ("市政府专题会议纪要", "minutes", "unknown"),
        ("应用场景台账", "ledger", "export"),
        ("平台首页截图", "screenshot", "screenshot"),
        ("网络安全等级保护测评报告", "security_test", "third_party"),
        ("专项资金审计报告", "audit_report", "third_party"),
        ("政务服务满意度调查报告", "survey", "third_party"),
        ("应急演练总结", "training", "own_report"),
        ("软件著作权登记证书", "certificate", "unknown"),
        ("证明材料清单", "evidence_list", "own_report"),
        ("全域数字化转型自评表", "self_assessment", "own_report"),
        ("《数据条例》政策解读", "interpretation", "news"),
        ("襄阳市2023年统计公报", "statistics", "statistics"),
        ("公共数据管理办法（征求意见稿）", "draft", "unknown"),
        ("关于加强合同管理的通知", "notice", "unknown"),
        ("台账管理制度", "regulation", "unknown"),
    ],
)
def test_proofs_are_told_apart_by_their_titles(title: str, kind: str, grade: str) -> None:
    identity = identify("1.pdf", content_of(title, BODY.replace("现将有关事项通知如下，", "")))
    assert said(identity, "kind", "grade") == (kind, grade)


@pytest.mark.parametrize(
    ("issuer", "level", "city"),
    [
        ("国务院办公厅", "nation", None),
        ("工业和信息化部", "nation", None),
        ("湖北省人民政府办公厅", "province", None),
        ("湖北省经济和信息化厅", "province", None),
        ("襄阳市人民政府", "city", "襄阳市"),
        ("凉山彝族自治州人民政府", "city", "凉山彝族自治州"),
        ("北京市人民政府办公厅", "city", "北京市"),
        ("襄阳市行政审批局", "department", "襄阳市"),
        ("襄阳市樊城区人民政府", "district", "襄阳市"),
        ("湖北某某科技有限公司", "other", None),
    ],
)
def test_the_level_is_the_issuers(issuer: str, level: str, city: str | None) -> None:
    lines = ("关于印发工作要点的通知", "各有关单位：", "请遵照执行。", issuer, "2023年5月6日")
    assert said(identify("1.docx", content_of(*lines)), "level", "city") == (level, city)


@pytest.mark.parametrize(
    ("first", "last", "expected"),
    [
        ("襄阳市智慧城市办法（征求意见稿）", "", "draft"),
        ("襄阳市智慧城市办法（已废止）", "", "no"),
        ("襄阳市智慧城市办法", "有效期至2022年5月31日。\n打印日期：2023年8月1日", "no"),
        ("襄阳市智慧城市办法", "有效期至2026年5月31日。\n打印日期：2023年8月1日", None),
        ("襄阳市智慧城市办法", "本办法自2021年6月1日起施行。", "yes"),
    ],
)
def test_force_is_what_the_paper_itself_says(first: str, last: str, expected: str | None) -> None:
    identity = identify("1.docx", content_of(first, "为规范管理，制定本办法。", last))
    assert said(identity, "in_force") == (expected,)


def test_the_years_spoken_of_come_most_frequent_first_without_those_of_numbers() -> None:
    text = "2023年增长。到2025年建成。2023年完成。依据〔2019〕3号文件。"
    assert [year.value for year in identify("1.txt", content_of(text)).speaks_of] == [
        "2023",
        "2025",
    ]


def test_an_institutes_white_paper_is_no_report_of_a_city() -> None:
    lines = ("中国智慧城市标准化", "白皮书", "中国某某标准化研究院", "2013年7月", "引言", BODY)
    identity = identify("白皮书.pdf", content_of(*lines))
    assert said(identity, "title", "kind", "level", "issued_on") == (
        "中国智慧城市标准化白皮书",
        "other",
        "other",
        "2013-07-01",
    )


@pytest.mark.parametrize(
    ("name", "kind"),
    [("IMG_2031.PNG", "screenshot"), ("场景.xlsx", "ledger"), ("场景.txt", None)],
)
def test_a_picture_or_a_table_without_words_of_its_own_goes_by_its_format(
    name: str, kind: str | None
) -> None:
    rows = [f"{number} | 智慧停车 | 已上线" for number in range(8)]
    assert said(identify(name, content_of(*rows)), "kind") == (kind,)


def test_nothing_is_said_of_a_text_that_says_nothing() -> None:
    identity = identify("1.txt", content_of("天气很好。"))
    assert identity == Identity(in_force=None, speaks_of=())


def test_the_table_of_a_governments_site_is_read_and_is_no_title() -> None:
    identity = identify(
        "1.html",
        content_of(
            "索 引 号 | 011336909/2015-00650 | 主题分类 | 电子政务",
            "发文机关 | 丰宁市人民政府办公室 | 成文日期 | 2015年04月15日",
            "标 题 | 关于转发《大数据中心建设方案》的通知 | 发布日期 | 2015年05月20日",
            "• 发文字号:丰政办发〔2015〕21号",
            "各县、市、区人民政府：",
            BODY,
        ),
    )
    assert said(identity, "title", "number", "issuer", "issued_on") == (
        "关于转发《大数据中心建设方案》的通知",
        "丰政办发〔2015〕21号",
        "丰宁市人民政府办公室",
        "2015-04-15",
    )


def test_a_letter_without_title_is_of_the_kind_of_the_paper_that_it_hands_on() -> None:
    identity = identify(
        "1.html",
        content_of(
            "各县（市、区）人民政府：",
            "《韶关市数字政府2023年工作要点》已经市人民政府同意，现印发给你们。",
            "韶关市数据局",
            "2023年4月13日",
            "韶关市数字政府2023年工作要点",
        ),
    )
    assert said(identity, "kind", "issuer", "issued_on") == ("plan", "韶关市数据局", "2023-04-13")


def test_a_call_for_comments_is_a_draft_without_saying_so_in_a_title() -> None:
    text = "现将《上海市公共数据管理办法（草案）》公开征求意见，有关事宜公告如下："
    assert said(identify("1.html", content_of(text)), "kind", "in_force") == ("draft", "draft")


def test_what_a_reporter_signs_is_news() -> None:
    lines = (
        "马鞍山推进智慧城市建设",
        "发布日期:2013-02-27 来源:马鞍山日报 浏览:20",
        "市长主持会议。",
    )
    identity = identify("1.html", content_of(*lines))
    assert said(identity, "title", "kind", "issued_on", "grade") == (
        "马鞍山推进智慧城市建设",
        "news",
        "2013-02-27",
        "news",
    )


def test_letter_spacing_inside_a_title_is_taken_out() -> None:
    lines = ("封丘县人民政府办公室 关于推进共享工作的 通 知", "封政办〔2019〕26号", BODY)
    identity = identify("1.html", content_of(*lines))
    assert said(identity, "title", "issuer", "level") == (
        "封丘县人民政府办公室关于推进共享工作的通知",
        "封丘县人民政府办公室",
        "district",
    )


@pytest.mark.shared
def test_two_reports_under_cities_names_are_the_state_councils(shared: Path) -> None:
    for path in sorted((shared / "real" / "formats").glob("误标_*.docx")):
        document = read_document(path.read_bytes(), path.name)
        identity = identify(path.name, Content(document.text, document.blocks))
        assert said(identity, "level", "issuer", "city") == ("nation", "国务院", None)


@pytest.mark.shared
def test_kinds_of_gold_papers_are_those_that_the_screen_was_fitted_on(shared: Path) -> None:
    kinds = {}
    for path in sorted((shared / "gold").glob("*/documents/*")):
        document = read_document(path.read_bytes(), path.name)
        stated = identify(path.name, Content(document.text, document.blocks)).kind
        kinds[path.name[:14]] = stated.value if stated else None
    counted = {kind: list(kinds.values()).count(kind) for kind in set(kinds.values())}
    assert counted == {
        "work_report": 7,
        "regulation": 13,
        "plan": 5,
        "summary": 1,
        "interpretation": 1,
    }, json.dumps(kinds, ensure_ascii=False)

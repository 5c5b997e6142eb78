"""What a document is: title, issuer, number, kind."""

from __future__ import annotations

import pytest

from auditor.ingest.identity import identify
from tests.unit.ingest.identity_samples import BODY, RED_HEAD, content_of, said


def test_a_red_header_paper_says_its_number_issuer_title_and_date() -> None:
    identity = identify("a.pdf", content_of(*RED_HEAD))
    assert said(identity, "number", "issuer", "title", "issued_on", "kind", "grade") == (
        "丰政发〔2023〕12号",
        "丰宁市人民政府",
        "丰宁市人民政府关于印发丰宁市数字政府建设“十四五”规划的通知",
        "2023-05-12",
        "plan",
        "issued",
    )


def test_every_answer_from_the_text_is_shown_by_its_span() -> None:
    content = content_of(*RED_HEAD)
    identity = identify("a.pdf", content)
    quotes = {}
    for name in ("number", "issuer", "issued_on"):
        stated = getattr(identity, name)
        quotes[name] = content.text[stated.span.start : stated.span.end]
    assert quotes == {
        "number": "丰政发〔2023〕12号",
        "issuer": "丰宁市人民政府文件",
        "issued_on": "二〇二三年五月十二日",
    }


@pytest.mark.parametrize(
    ("number", "expected"),
    [
        ("国办发[2020]35号", "国办发[2020]35号"),
        ("襄政办发（2022）8 号", "襄政办发(2022)8号"),
        ("襄政发﹝2021﹞３号", "襄政发﹝2021﹞3号"),
        ("襄政发〔2021〕3号　　　签发人：某某", "襄政发〔2021〕3号"),
        ("文号：襄数发〔2024〕7号", "襄数发〔2024〕7号"),
    ],
)
def test_numbers_are_read_in_every_kind_of_bracket(number: str, expected: str) -> None:
    identity = identify("a.docx", content_of("襄阳市数据局关于开展试点的通知", number, BODY))
    assert said(identity, "number") == (expected,)


def test_a_number_that_the_text_only_cites_is_not_its_own() -> None:
    opening = "根据《某某认定管理办法》（工信部联科〔2010〕540号）要求，现将结果予以公布。"
    assert identify("a.docx", content_of(opening)).number is None


def test_a_statute_has_the_date_of_its_last_amendment_and_the_adopting_body() -> None:
    identity = identify(
        "襄阳市公共数据条例.md",
        content_of(
            "襄阳市公共数据条例",
            "（2019年5月31日襄阳市第七届人民代表大会常务",
            "委员会第十五次会议通过　2019年7月25日",
            "湖北省第十三届人民代表大会常务委员会第十一次会议批准",
            "2022年11月3日襄阳市第八届人民代表大会常务委员会第三次会议修正）",
            "第一条　为了规范公共数据，制定本条例。2001年1月1日的规定同时废止。",
            "第二条　适用本条例。",
            "第三条　本条例自2023年1月1日起施行。",
        ),
    )
    assert said(identity, "kind", "issued_on", "issuer", "level", "city", "in_force") == (
        "regulation",
        "2022-11-03",
        "襄阳市人民代表大会常务委员会",
        "city",
        "襄阳市",
        "yes",
    )


def test_the_date_in_a_statutes_name_is_that_of_its_version() -> None:
    lines = (
        "重庆市防汛条例",
        "2008年7月25日 重庆市第三届人民代表大会常务委员会第五次会议通过",
        "第一条 为了防汛，制定本条例。",
        "第二条 适用。",
        "第三条 本条例自2008年10月1日起施行。",
    )
    identity = identify("重庆市防汛条例(2018-07-26).md", content_of(*lines))
    assert said(identity, "issued_on") == ("2018-07-26",)


def test_an_approval_in_front_does_not_make_a_citys_statute_the_provinces() -> None:
    identity = identify(
        "a.doc",
        content_of(
            "安徽省人民代表大会常务委员会",
            "关于批准《淮南市热线条例》",
            "的决议",
            "（2017年3月31日安徽省第十二届人民代表大会",
            "常务委员会第三十七次会议通过）",
            "淮南市热线条例",
            "（2016年12月16日淮南市第十五届人民代表大会常务委员会第三十三次会议通过",
            "2017年3月31日安徽省第十二届人民代表大会常务委员会第三十七次会议批准）",
            "第一条　为了规范热线，制定本条例。",
            "第二条　适用。",
            "第三条　自2017年5月1日起施行。",
        ),
    )
    assert said(identity, "title", "issuer", "level", "city") == (
        "淮南市热线条例",
        "淮南市人民代表大会常务委员会",
        "city",
        "淮南市",
    )


def test_a_work_report_has_the_date_of_its_session() -> None:
    identity = identify(
        "报告.docx",
        content_of(
            "政 府 工 作 报 告",
            "——2024年1月23日在襄阳市第十八届人民代表大会第四次会议上",
            "襄阳市市长　某某",
            "各位代表：",
            "现在，我代表市人民政府向大会报告工作，请予审议。",
            "2023年12月14日，襄阳市举行了大会。襄阳市各项事业取得进展。",
        ),
    )
    assert said(identity, "kind", "title", "issued_on", "issuer", "city") == (
        "work_report",
        "政府工作报告",
        "2024-01-23",
        "襄阳市人民政府",
        "襄阳市",
    )


def test_a_report_without_a_date_has_the_first_of_its_year_and_says_it_is_unsure() -> None:
    stated = identify(
        "襄阳市_2024年政府工作报告.docx",
        content_of("各位代表：", "现在，我代表市人民政府向大会报告工作。"),
    ).issued_on
    assert stated is not None
    assert (stated.value, stated.confidence <= 0.5) == ("2024-01-01", True)


def test_the_text_speaks_louder_than_the_files_name() -> None:
    identity = identify(
        "襄阳市_2024年政府工作报告.docx",
        content_of("各位代表：", "现在，我代表国务院，向大会报告政府工作，请予审议。"),
    )
    assert said(identity, "kind", "level", "issuer", "city") == (
        "work_report",
        "nation",
        "国务院",
        None,
    )


def test_a_districts_report_filed_under_its_city_is_the_districts() -> None:
    identity = identify(
        "襄阳市_2024年政府工作报告.docx",
        content_of(
            "各位代表：",
            "现在，我代表区人民政府向大会报告工作。",
            "樊城区经济向好，樊城区产业提质，樊城区城市更新加快。",
        ),
    )
    assert said(identity, "level", "issuer", "city") == ("district", "樊城区人民政府", "襄阳市")


def test_the_seats_report_filed_under_its_prefecture_is_the_seats() -> None:
    identity = identify(
        "恩施土家族苗族自治州_2024年政府工作报告.docx",
        content_of(
            "现在，我代表市人民政府向大会报告工作。",
            "恩施市位居全州第一，恩施市获评示范，恩施市再创佳绩。",
        ),
    )
    assert said(identity, "level", "issuer", "city") == (
        "district",
        "恩施市人民政府",
        "恩施土家族苗族自治州",
    )


def test_a_forwarded_letter_below_the_signature_does_not_sign_the_paper() -> None:
    identity = identify(
        "转发.docx",
        content_of(
            "各区、市主管部门：",
            "现将通知转发给你们。青岛市有关单位请认真填报。",
            "青岛市工业和信息化局",
            "2019年4月17日",
            "附件",
            "关于培育领军企业的通知",
            "山东省工业和信息化厅",
            "山东省教育厅",
            "2019年4月11日",
        ),
    )
    assert said(identity, "kind", "issuer", "issued_on", "level", "city") == (
        "notice",
        "青岛市工业和信息化局",
        "2019-04-17",
        "department",
        "青岛市",
    )

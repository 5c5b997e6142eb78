"""Scope of sentences: the city's own, another place's, the nation's, a forwarded paper's."""

from __future__ import annotations

import pytest

from auditor.passages.scope import CityNames, ScopeTracker

CITY = "临江市"


def foreign(*sentences: str, city: str = CITY, title: str = "") -> list[bool]:
    """What each sentence of one paragraph is called."""
    tracker = ScopeTracker(CityNames(city), title)
    tracker.enter_block(())
    return [tracker.is_foreign(sentence) for sentence in sentences]


@pytest.mark.parametrize(
    "text",
    [
        "全国文明城市创建成果持续巩固。",
        "全省率先建成智慧监测平台。",
        "全国首个数据交易中心揭牌。",
        "成功创建“贵州省法治政府建设示范市”。",
        "中央、省环保督察反馈问题整改到位。",
        "浙江省第八中学新校区启用。",
        "省级工业互联网平台建成5个。",
        "省政府十方面民生实事项目完成率全省第1。",
        "与深圳市合作共建的产业园已建成。",
    ],
)
def test_honours_and_grades_are_no_other_place(text: str) -> None:
    assert foreign(text) == [False]


@pytest.mark.parametrize(
    "text",
    [
        "全省一体化平台已覆盖所有市县。",
        "截至2023年底，全国已有200个城市建成平台。",
        "省政府印发数据条例。",
        "国家一体化数据平台已上线。",
        "深圳市城市大脑已建成。",
    ],
)
def test_the_nation_the_province_and_other_cities_are_foreign(text: str) -> None:
    assert foreign(text) == [True]


def test_a_subject_lasts_until_the_city_speaks_of_itself() -> None:
    told = ("深圳市已建成智能中枢。", "该市数据全部打通。", "我市启动规划。", "接入部门60个。")
    assert foreign(*told) == [True, True, False, False]


def test_a_provinces_name_is_not_the_city_of_the_same_name() -> None:
    assert foreign("吉林省已建成平台。", "吉林市已接入。", city="吉林市") == [True, False]
    own = foreign("海南省已建成平台。", "海南州已接入。", city="海南藏族自治州")
    assert own == [True, False]


@pytest.mark.parametrize(
    ("city", "short"),
    [
        ("杭州市", "杭州"),
        ("延边朝鲜族自治州", "延边"),
        ("兴安盟", "兴安"),
        ("喀什地区", "喀什"),
        ("神农架林区", "神农架林区"),
    ],
)
def test_a_city_goes_by_its_short_name(city: str, short: str) -> None:
    names = CityNames(city)
    assert names.short == short
    assert names.names_own(f"{short}建成平台。")


NOTICE = (
    "现将《数据共享意见》转发给你们，请认真执行。",
    "市数据局负责统筹。",
    "2023年5月6日",
    "已建成共享平台。",
)
TITLE = "临江市人民政府办公室关于转发省政府办公厅数据共享意见的通知"


def test_what_follows_the_date_of_a_forwarding_notice_is_the_others_word() -> None:
    assert foreign(*NOTICE, title=TITLE) == [False, False, False, True]


def test_without_a_date_the_others_paper_begins_with_its_title() -> None:
    told = (*NOTICE[:2], "江南省政务数据共享工作实施意见", "已建成共享平台。")
    assert foreign(*told, title=TITLE) == [False, False, True, True]


@pytest.mark.parametrize(
    "title",
    [
        "临江市人民政府办公室关于印发数据共享意见的通知",
        "关于转发市发展改革委数据共享意见的通知",
        "关于转发临江市数据局数据共享意见的通知",
    ],
)
def test_a_paper_of_the_citys_own_stays_its_own(title: str) -> None:
    own = ("现将市数据局《数据共享意见》转发给你们，请执行。", *NOTICE[1:])
    assert foreign(*own, title=title) == [False] * 4

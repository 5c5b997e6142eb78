"""Planted statements about other places, parts of the city and papers of doubtful force.

One sentence or small paper each, claimed as ``met``, and what the checks leave of it.
"""

from __future__ import annotations

import pytest

from auditor.core.findings import Verdict
from tests.unit.checks.planted import FEATURES, REPORT, RETROSPECT, claimed, told

MET, PARTLY = Verdict.MET, Verdict.PARTLY_MET
PLANNED, NOT_MET, NONE = Verdict.PLANNED, Verdict.NOT_MET, Verdict.NO_EVIDENCE
SHARING, HUB, FORMS = "8.2.2.1-L3-a", "8.2.3.1-L3-a", "8.3.3.1-L3-a"
PILOT, CASES = "8.2.3.1-L2-c", "8.4.2.1-L4-c"
SENTENCES = [
    # the city's own
    ("全市数据共享平台建成运行，接入部门60个。", SHARING, MET, ""),
    ("我市建成统一的城市智能中枢。", HUB, MET, ""),
    ("建成统一的城市智能中枢，处置事件20万件。", HUB, MET, ""),
    ("临江市城市智能中枢建成投用。", HUB, MET, ""),
    ("全国首个跨域数据共享平台建成投用。", SHARING, MET, ""),
    ("全省率先建成城市智能中枢。", HUB, MET, ""),
    # the nation, the province, other cities
    ("全国数据共享平台已接入省份31个。", SHARING, NONE, "scope"),
    ("我国已建成一体化数据共享平台。", SHARING, NONE, "scope"),
    ("全省数据共享平台已建成，接入市县120个。", SHARING, NONE, "scope"),
    ("省一体化大数据平台已建成运行。", SHARING, NONE, "scope"),
    ("国务院印发数据共享管理办法。", SHARING, NONE, "scope"),
    ("省政府出台数据共享管理办法。", SHARING, NONE, "scope"),
    ("江苏省已建成一体化数据共享平台。", SHARING, NONE, "scope"),
    ("深圳市已建成城市智能中枢。", HUB, NONE, "scope"),
    ("杭州的城市智能中枢已接入部门86个。", HUB, NONE, "scope"),
    ("凉山州已建成城市智能中枢。", HUB, NONE, "scope"),
    ("上海市率先建成城市智能中枢。", HUB, NONE, "scope"),
    # 省统建、市使用
    ("依托省一体化平台，全市60个部门已接入数据共享。", SHARING, MET, ""),
    ("全省一体化数据共享平台建成，全市各部门均已接入使用。", SHARING, MET, ""),
    ("国家数据共享平台已上线，我市已全面应用。", SHARING, MET, ""),
    ("全省统一的数据共享系统上线，各区县均已接入。", SHARING, MET, ""),
    ("江苏省已建成一体化数据共享平台，全市部门全部接入。", SHARING, MET, ""),
    ("深圳市已建成数据共享平台，全市部门全部接入。", SHARING, NONE, "scope"),
    # one district, firm or pilot; all districts
    ("滨江区建成城市智能中枢。", HUB, PARTLY, "part"),
    ("高新区率先建成城市智能中枢。", HUB, PARTLY, "part"),
    ("桐溪县城市智能中枢上线运行。", HUB, PARTLY, "part"),
    ("滨江区、上城区等3个区建成城市智能中枢。", HUB, PARTLY, "part"),
    ("临江数字集团建成城市智能中枢。", HUB, PARTLY, "part"),
    ("华信数字公司建成城市智能中枢。", HUB, PARTLY, "part"),
    ("在2个街道开展城市智能中枢试点，处置事件1万件。", HUB, PARTLY, "part"),
    ("试点街道建成城市智能中枢。", HUB, PARTLY, "part"),
    ("各区县均已建成城市智能中枢。", HUB, MET, ""),
    ("13个区县全部建成城市智能中枢。", HUB, MET, ""),
    ("全市13个区县城市智能中枢实现全覆盖。", HUB, MET, ""),
    ("建成城市智能中枢，其中滨江区入选省级试点。", HUB, MET, ""),
    ("入选国家城市智能中枢试点城市，建成统一平台。", HUB, MET, ""),
    # a part or single things are asked
    ("滨江区建成物联感知平台。", PILOT, MET, ""),
    ("滨江区数字服务案例入选省级示范。", CASES, MET, ""),
]  # fmt: skip


@pytest.mark.parametrize(("sentence", "feature_id", "verdict", "rule"), SENTENCES)
def test_a_statement_counts_for_the_place_it_speaks_of(
    sentence: str, feature_id: str, verdict: Verdict, rule: str
) -> None:
    left = told(sentence, feature_id)
    assert (left.verdict, left.lowered_by) == (verdict, rule), left.judgement.checks


@pytest.mark.parametrize(
    ("city", "sentence", "verdict"),
    [
        ("重庆市", "重庆市建成城市智能中枢。", MET),
        ("北京市", "全市建成城市智能中枢，各区均已接入。", MET),
        ("重庆市", "上海市已建成城市智能中枢。", NONE),
        ("延边朝鲜族自治州", "延边州建成城市智能中枢。", MET),
        ("延边朝鲜族自治州", "我州建成城市智能中枢。", MET),
        ("延边朝鲜族自治州", "吉林省已建成城市智能中枢。", NONE),
        ("兴安盟", "全盟建成城市智能中枢。", MET),
        ("兴安盟", "锡林郭勒盟已建成城市智能中枢。", NONE),
        ("大兴安岭地区", "大兴安岭地区建成城市智能中枢。", MET),
        ("吉林市", "吉林省已建成城市智能中枢。", NONE),
        ("吉林市", "吉林市已建成城市智能中枢。", MET),
    ],
)
def test_municipalities_prefectures_leagues_and_areas_are_cities(
    city: str, sentence: str, verdict: Verdict
) -> None:
    files = {f"{city}_2024年政府工作报告.txt": RETROSPECT.format(sentence)}
    assert claimed(files, [sentence[:-1]], FEATURES[HUB], city).verdict is verdict


PROVINCES = "全省一体化数据共享平台已建成运行。"
USED = "我市已全面接入共享平台，调用数据3亿次。"


def test_a_provinces_platform_stays_as_evidence_beside_its_use_in_the_city() -> None:
    text = RETROSPECT.format(f"{PROVINCES}\n{USED}")
    left = claimed({REPORT: text}, ["共享平台"], FEATURES[SHARING])
    assert left.verdict is MET
    assert [c.quote for c in left.judgement.citations] == [PROVINCES, USED]


def test_a_provinces_platform_does_not_stay_beside_another_matter() -> None:
    text = RETROSPECT.format(f"{PROVINCES}\n我市数据共享目录编制完成。")
    left = claimed({REPORT: text}, ["共享平台", "目录编制"], FEATURES[SHARING])
    assert left.verdict is MET
    assert [c.quote for c in left.judgement.citations] == ["我市数据共享目录编制完成。"]


def test_districts_that_are_all_named_are_the_city() -> None:
    told_of = "滨江区建成城市智能中枢。\n上城区建成城市智能中枢。\n"
    report = RETROSPECT.format(told_of + "全市辖2个区，常住人口120万人。")
    assert claimed({REPORT: report}, ["智能中枢"], FEATURES[HUB]).verdict is MET
    more = RETROSPECT.format(told_of + "全市辖5个区，常住人口320万人。")
    left = claimed({REPORT: more}, ["智能中枢"], FEATURES[HUB])
    assert (left.verdict, left.lowered_by) == (PARTLY, "part")


FORWARDED = (
    "临江市人民政府办公室关于转发省政府办公厅数据共享工作意见的通知\n各区人民政府，市政府各部门：\n"
    "现将《江南省政务数据共享工作意见》转发给你们，请结合实际认真贯彻执行。\n"
    "市数据局负责统筹数据共享工作。\n临江市人民政府办公室\n2023年5月6日\n"
    "江南省政务数据共享工作意见\n一、工作基础\n已建成统一的数据共享平台，接入部门500个。\n"
    "二、重点任务\n省数据局负责统筹协调数据共享。\n"
)
MECHANISM = "8.2.2.2-L2-a"


def test_of_a_forwarded_paper_only_the_citys_own_words_count() -> None:
    files = {"关于转发数据共享工作意见的通知.txt": FORWARDED}
    assert claimed(files, ["接入部门500个"], FEATURES[SHARING]).verdict is NONE
    assert claimed(files, ["省数据局负责"], FEATURES[MECHANISM]).verdict is NONE
    assert claimed(files, ["市数据局负责"], FEATURES[MECHANISM]).verdict is MET


def test_a_paper_of_the_citys_own_office_that_it_forwards_is_the_citys() -> None:
    text = FORWARDED.replace("省政府办公厅", "市发展改革委").replace("江南省", "临江市")
    files = {"关于转发数据共享工作意见的通知.txt": text.replace("现将《", "现将市发展改革委《")}
    assert claimed(files, ["接入部门500个"], FEATURES[SHARING]).verdict is not NONE


DRAFTS = ["征求意见稿", "送审稿", "草案征求意见稿"]


@pytest.mark.parametrize("mark", DRAFTS)
@pytest.mark.parametrize("feature_id", ["8.2.4.1-L1-b", MECHANISM, SHARING])
def test_a_draft_shows_a_plan_at_most(mark: str, feature_id: str) -> None:
    name = f"临江市数据安全管理办法（{mark}）"
    text = f"{name}\n" + "第一条 市数据局负责数据安全和数据共享，已建成平台。\n" * 4
    assert claimed({f"{name}.txt": text}, ["市数据局负责"], FEATURES[feature_id]).verdict is PLANNED


def test_a_repealed_paper_proves_nothing_current() -> None:
    rule = "临江市数据安全管理办法\n" + "第一条 市数据局负责数据安全。\n" * 4
    files = {"临江市数据安全管理办法（已废止）.txt": rule}
    left = claimed(files, ["市数据局负责"], FEATURES["8.2.4.1-L1-b"])
    assert (left.verdict, left.lowered_by) == (NONE, "force")
    in_force = {"临江市数据安全管理办法.txt": rule}
    assert claimed(in_force, ["市数据局负责"], FEATURES["8.2.4.1-L1-b"]).verdict is MET


@pytest.mark.parametrize("year", [2020, 2023, 2027])
def test_a_target_date_that_has_passed_is_still_a_plan(year: int) -> None:
    text = f"临江市数字化行动计划\n三、重点任务\n到{year}年，建成统一的城市智能中枢。\n"
    files = {"临江市数字化行动计划.txt": text}
    assert claimed(files, ["智能中枢"], FEATURES[HUB]).verdict is PLANNED


def test_the_paper_of_a_district_shows_a_part() -> None:
    text = (
        "滨江区人民政府关于智能中枢建设情况的报告\n一、2023年工作回顾\n"
        "建成统一的城市智能中枢，接入部门20个。\n滨江区人民政府\n2024年3月5日\n"
    )
    left = claimed(
        {"滨江区人民政府关于智能中枢建设情况的报告.txt": text}, ["接入部门20个"], FEATURES[HUB]
    )
    assert (left.verdict, left.lowered_by) == (PARTLY, "part")

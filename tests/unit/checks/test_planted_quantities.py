"""Planted figures: one sentence each, what is read in it, and what is left of a claimed ``met``."""

from __future__ import annotations

import pytest

from auditor.core.findings import Verdict
from auditor.core.passages import Modality, Sentence
from auditor.core.spans import Span
from auditor.quantities import readings
from tests.unit.checks.planted import AS_OF, FEATURES, claimed, told

MET, PARTLY = Verdict.MET, Verdict.PARTLY_MET
PLANNED, NOT_MET, NONE = Verdict.PLANNED, Verdict.NOT_MET, Verdict.NO_EVIDENCE
THIRTY, FIFTY, EIGHTY = "8.2.4.1-L2-a", "8.2.4.1-L3-a", "8.2.4.1-L4-a"
SCORE50, SCORE60, SCORE75 = "8.2.3.1-L1-c", "8.2.3.1-L2-d", "8.2.3.1-L3-d"
FORMS, ALL_FORMS, MATTERS = "8.3.3.1-L3-b", "8.3.3.1-L4-b", "8.4.1.3-L3-a"
SHARES = [
    # thresholds of 30, 50 and 80 % and their borders
    ("30%的业务数据实现分类分级管理。", THIRTY, "30", MET),
    ("业务数据分类分级管理比例为29.9%。", THIRTY, "29.9", NOT_MET),
    ("50%的业务数据实现分类分级管理。", FIFTY, "50", MET),
    ("业务数据分类分级占比为49.5%。", FIFTY, "49.5", NOT_MET),
    ("80%的业务数据完成分类分级。", EIGHTY, "80", MET),
    ("业务数据分类分级占比79.99%。", EIGHTY, "79.99", NOT_MET),
    ("业务数据分类分级占比79%，数据安全防护体系投入使用。", EIGHTY, "79", PARTLY),
    ("业务数据分类分级占比８５％。", EIGHTY, "85", MET),
    # words for numbers
    ("百分之八十的业务数据实现分类分级。", EIGHTY, "80", MET),
    ("百分之七十九点五的业务数据实现分类分级。", EIGHTY, "79.5", NOT_MET),
    ("八成业务数据实现分类分级管理。", EIGHTY, "80", MET),
    ("八成五的业务数据实现分类分级管理。", EIGHTY, "85", MET),
    ("近八成业务数据实现分类分级管理。", EIGHTY, "80", NOT_MET),
    ("超八成业务数据实现分类分级管理。", EIGHTY, "80", MET),
    ("半数业务数据实现分类分级管理。", FIFTY, "50", MET),
    ("半数以上业务数据实现分类分级管理。", EIGHTY, "50", PARTLY),
    ("三分之二的业务数据实现分类分级管理。", FIFTY, "66.67", MET),
    ("三分之一的业务数据实现分类分级管理。", FIFTY, "33.33", NOT_MET),
    # what stands around a figure
    ("业务数据分类分级占比达80%以上。", EIGHTY, "80", MET),
    ("业务数据分类分级占比不低于80%。", EIGHTY, "80", MET),
    ("业务数据分类分级占比超过80%。", EIGHTY, "80", MET),
    ("业务数据分类分级占比接近80%。", EIGHTY, "80", NOT_MET),
    ("业务数据分类分级占比不足80%。", EIGHTY, "80", NOT_MET),
    ("业务数据分类分级占比约80%。", EIGHTY, "80", PARTLY),
    ("业务数据分类分级占比80%左右。", EIGHTY, "80", PARTLY),
    ("业务数据分类分级占比约90%。", EIGHTY, "90", MET),
    ("各部门业务数据分类分级占比在80%-85%之间。", EIGHTY, "80", MET),
    ("各部门业务数据分类分级占比在75%—85%之间。", EIGHTY, "75", PARTLY),
    # changes are no levels; old values and targets are none of today
    ("业务数据分类分级占比比上年提高5个百分点。", THIRTY, "", PARTLY),
    ("业务数据分类分级的数量增长85%。", EIGHTY, "", PARTLY),
    ("业务数据分类分级占比由45%提高到55%。", FIFTY, "55", MET),
    ("业务数据分类分级占比从60%降至48%。", FIFTY, "48", NOT_MET),
    ("业务数据分类分级占比比上年提高30个百分点，达到82%。", EIGHTY, "82", MET),
    ("业务数据分类分级占比达52%，距80%的目标值仍有距离。", FIFTY, "52", MET),
    # several figures in a sentence
    ("数据目录编制率达98%，业务数据分类分级占比42%。", FIFTY, "42", NOT_MET),
    ("业务数据分类分级占比达83%，培训覆盖率40%。", EIGHTY, "83", MET),
    ("业务数据分类分级占比2021年为35%，2022年为45%，2023年为56%。", FIFTY, "56", MET),
    ("业务数据分类分级占比2022年达60%，2023年降为45%。", FIFTY, "45", NOT_MET),
    ("截至2023年底，业务数据分类分级占比达82.6%。", EIGHTY, "82.6", MET),
    ("截至2023年12月31日，业务数据分类分级占比78%。", EIGHTY, "78", NOT_MET),
    # full coverage in words
    ("业务数据已实现分类分级全覆盖。", EIGHTY, "100", MET),
    ("业务数据基本实现分类分级全覆盖。", EIGHTY, "", PARTLY),
    ("“一表通”系统使用部门覆盖率达80%。", FORMS, "80", MET),
    ("“一表通”系统使用部门覆盖率为76%。", FORMS, "76", NOT_MET),
    ("“一表通”使用部门41个，占应使用部门的百分之七十六，数据共享系统上线。", FORMS, "76", PARTLY),
    ("“高效办成一件事”年度重点事项清单事项全部落地。", MATTERS, "100", MET),
    ("“高效办成一件事”年度重点事项清单事项完成99%。", MATTERS, "99", NOT_MET),
    ("全市120个社区中96个实现社区数据汇聚贯通。", "8.6.3.1-L4-c", "80", MET),
    ("全市120个社区中40个实现社区数据汇聚贯通。", "8.6.3.1-L2-b", "33.33", NOT_MET),
]  # fmt: skip
NUMBERS = [
    # 不低于 holds at the border, 高于 does not
    ("城市智能中枢评估得分为50分。", SCORE50, "50", MET),
    ("城市智能中枢评估得分为49.8分。", SCORE50, "49.8", NOT_MET),
    ("城市智能中枢评估得分为60分。", SCORE60, "60", NOT_MET),
    ("城市智能中枢评估得分为60.1分。", SCORE60, "60.1", MET),
    ("城市智能中枢评估得分超过75分。", SCORE75, "75", MET),
    ("城市智能中枢评估得分达75分。", SCORE75, "75", NOT_MET),
    ("城市智能中枢评估得分82.5。", SCORE75, "82.5", MET),
    # counts
    ("完成公共数据授权开发实践案例10个。", "8.2.2.3-L4-c", "10", MET),
    ("累计完成公共数据授权开发实践案例9个。", "8.2.2.3-L4-c", "9", NOT_MET),
    ("完成公共数据授权开发实践案例十余个。", "8.2.2.3-L4-c", "10", MET),
    ("公共数据授权覆盖12个部门，形成实践案例6个。", "8.2.2.3-L4-c", "6", NOT_MET),
    ("新增公共数据授权开发实践案例6个。", "8.2.2.3-L4-c", "6", PARTLY),
    ("全市归集公共数据授权调用1.2万次，形成案例15个。", "8.2.2.3-L4-c", "15", MET),
    ("建成人工智能公共服务典型应用场景二十个。", "8.4.2.1-L4-b", "20", MET),
    ("建成人工智能公共服务典型应用场景20个以上。", "8.4.2.1-L4-b", "20", MET),
    ("人工智能公共服务典型应用场景共18个。", "8.4.2.1-L4-b", "18", NOT_MET),
    ("建成大数据产业园、数字产业集聚区共3个。", "8.5.1.1-L4-b", "3", MET),
    ("建成数字产业集群4个。", "8.5.1.1-L4-b", "4", MET),
    ("建成数字产业园区2个。", "8.5.1.1-L4-b", "2", NOT_MET),
    ("建成数字产业园3-5个。", "8.5.1.1-L4-b", "3", MET),
    ("面向社会开放应用场景1.2万个。", "8.5.1.1-L1-b", "", PARTLY),
    ("面向社会开放应用场景两个。", "8.5.1.1-L1-b", "2", MET),
    # frequencies and values in words
    ("对规模以上企业生产经营按月监测。", "8.5.3.1-L2-a", "1", MET),
    ("对规模以上企业每周调度、按月监测。", "8.5.3.1-L2-a", "4", MET),
]  # fmt: skip
WHOLES = [
    # of which whole: nation, province, district, firm, pilot, narrower than asked
    ("全国业务数据分类分级占比达85%。", EIGHTY, NONE),
    ("全省业务数据分类分级占比达85%。", EIGHTY, NONE),
    ("深圳市业务数据分类分级占比达85%。", EIGHTY, NONE),
    ("滨江区业务数据分类分级占比达85%。", EIGHTY, PARTLY),
    ("滨江区业务数据分类分级占比为20%。", EIGHTY, PARTLY),
    ("市直部门业务数据分类分级占比达85%。", EIGHTY, PARTLY),
    ("试点单位业务数据分类分级占比达90%。", EIGHTY, PARTLY),
    ("规上企业业务数据分类分级占比达90%。", EIGHTY, PARTLY),
    ("重点领域业务数据分类分级占比达90%。", EIGHTY, PARTLY),
    ("全国平均业务数据分类分级占比60%，我市达82%。", EIGHTY, MET),
    ("全市业务数据分类分级占比达82%，高于全省平均水平12个百分点。", EIGHTY, MET),
    ("全市业务数据分类分级占比达82%，其中滨江区达40%。", EIGHTY, MET),
    ("社区卫生服务站数据汇聚贯通率达95%。", "8.6.3.1-L4-c", PARTLY),
]  # fmt: skip


def reading_in(sentence: str, feature_id: str) -> str:
    """The values read for the feature's last checked quantity, as plain numbers."""
    quantity = [q for q in FEATURES[feature_id].quantities if q.checked][-1]
    stated = Sentence("s", Span(0, len(sentence)), sentence, Modality.FACT)
    values = {r.value for r in readings(quantity, [stated], AS_OF)}
    return "、".join(sorted(f"{round(v, 2).normalize():f}" for v in values))


@pytest.mark.parametrize(("sentence", "feature_id", "value", "verdict"), SHARES + NUMBERS)
def test_a_planted_figure_is_read_and_compared(
    sentence: str, feature_id: str, value: str, verdict: Verdict
) -> None:
    assert reading_in(sentence, feature_id) == value
    left = told(sentence, feature_id)
    assert left.verdict is verdict, left.judgement.checks


@pytest.mark.parametrize(("sentence", "feature_id", "verdict"), WHOLES)
def test_a_figure_counts_for_the_whole_that_it_is_of(
    sentence: str, feature_id: str, verdict: Verdict
) -> None:
    left = told(sentence, feature_id)
    assert left.verdict is verdict, left.judgement.checks


@pytest.mark.parametrize(
    ("sentence", "feature_id", "place", "value", "satisfied"),
    [
        ("千兆光网覆盖全部家庭用户。", "8.2.1.2-L3-a", 0, "1", True),
        ("全市家庭宽带以百兆为主。", "8.2.1.2-L3-a", 0, "0.1", False),
        ("万兆光网已接入园区12个。", "8.2.1.2-L3-a", 1, "10", True),
        ("千兆带宽已到园区。", "8.2.1.2-L3-a", 1, "1", False),
        ("企业群众办事最多跑一次。", "8.4.1.2-L3-a", 1, "1", True),
        ("群众办事一次都不用跑。", "8.4.1.2-L3-a", 1, "0", True),
        ("群众办事一般要跑两次。", "8.4.1.2-L3-a", 1, "2", False),
        ("在交通、医疗等6个领域开放应用场景。", "8.5.1.1-L2-b", 0, "6", True),
        ("在四大领域开放应用场景。", "8.5.1.1-L2-b", 0, "4", False),
    ],
)
def test_values_in_words_are_held_against_their_own_threshold(
    sentence: str, feature_id: str, place: int, value: str, satisfied: bool
) -> None:
    quantity = [q for q in FEATURES[feature_id].quantities if q.checked][place]
    stated = Sentence("s", Span(0, len(sentence)), sentence, Modality.FACT)
    found = readings(quantity, [stated], AS_OF)
    assert [(f"{r.value.normalize():f}", r.satisfied) for r in found] == [(value, satisfied)]


TARGETS = [
    # (file, text, words, feature, verdict): targets and drafts are plans, passed or not
    ("临江市数据要素行动计划.txt", "二、重点任务\n到2023年，业务数据分类分级占比达到85%。", EIGHTY),
    ("临江市数据要素行动计划.txt", "二、重点任务\n到2027年，业务数据分类分级占比达到85%。", EIGHTY),
    ("临江市数据管理办法（征求意见稿）.txt", "第一条 业务数据分类分级占比达85%。", EIGHTY),
    ("临江市_2024年政府工作报告.txt",
     "一、2023年工作回顾\n平台建成。\n二、2024年工作安排\n业务数据分类分级占比85%以上。", EIGHTY),
    ("临江市_2024年政府工作报告.txt",
     "一、2023年工作回顾\n力争业务数据分类分级占比达到85%。", EIGHTY),
]  # fmt: skip


@pytest.mark.parametrize(("file", "text", "feature_id"), TARGETS)
def test_a_target_is_a_plan_whether_its_date_has_passed_or_not(
    file: str, text: str, feature_id: str
) -> None:
    left = claimed({file: text + "\n"}, ["分类分级占比"], FEATURES[feature_id])
    assert left.verdict is PLANNED, left.judgement.checks


def test_of_two_papers_the_newer_figure_counts() -> None:
    files = {
        "临江市_2022年政府工作报告.txt": "一、2021年工作回顾\n2021年业务数据分类分级占比达85%。\n",
        "临江市_2024年政府工作报告.txt": "一、2023年工作回顾\n2023年业务数据分类分级占比为70%。\n",
    }
    assert claimed(files, ["分类分级占比"], FEATURES[EIGHTY]).verdict is NOT_MET


def test_of_two_undated_figures_the_newer_papers_counts() -> None:
    older = "临江市2022年国民经济和社会发展统计公报\n业务数据分类分级占比为85%。\n2022年3月5日\n"
    newer = older.replace("2022年", "2024年").replace("85%", "70%")
    files = {"统计公报2022.txt": older, "统计公报2024.txt": newer}
    assert claimed(files, ["分类分级占比"], FEATURES[EIGHTY]).verdict is NOT_MET
    files = {
        "统计公报2022.txt": older.replace("85%", "60%"),
        "统计公报2024.txt": newer.replace("70%", "81%"),
    }
    assert claimed(files, ["分类分级占比"], FEATURES[EIGHTY]).verdict is MET


def test_a_year_after_the_assessment_date_counts_for_nothing() -> None:
    text = "业务数据分类分级占比2023年为70%，2026年达85%。"
    assert reading_in(text, EIGHTY) == "70"

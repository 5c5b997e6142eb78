"""What a sentence can bear, by modality, section, kind of paper and type of feature."""

from __future__ import annotations

import pytest

from auditor.bearing import bearing
from auditor.core.criteria import Element, Feature, FeatureType
from auditor.core.findings import Verdict
from auditor.ingest.dispatch import read_document
from auditor.passages import CityNames, cut_passages
from auditor.standard import load_standard

REPORT = "临江市2024年政府工作报告.txt"
RULE = "临江市数据条例.txt"
PLAN = "临江市数字化行动计划.txt"


def feature(kind: str, text: str = "建成平台") -> Feature:
    types = (FeatureType(kind),)
    elements = (Element("e1", text, types[0], False, ("平台",)),)
    return Feature(
        "8.2.4.1-L3-a", text, "", "", "", 3, "a", 8,
        types=types, elements=elements, quantities=(), core=("平台",), phrases=("平台",),
    )  # fmt: skip


@pytest.mark.parametrize(
    ("kind", "name", "text", "words", "expected"),
    [
        ("capability", REPORT, "一、2023年工作回顾\n平台建成投用。", "平台建成", Verdict.MET),
        (
            "capability",
            REPORT,
            "一、2023年工作回顾\n正在推进平台建设。",
            "正在",
            Verdict.PARTLY_MET,
        ),
        ("capability", REPORT, "二、2024年工作安排\n平台建成投用。", "平台建成", Verdict.PLANNED),
        ("capability", REPORT, "一、2023年工作回顾\n平台尚未建成。", "尚未", Verdict.NOT_MET),
        ("capability", RULE, "第一章 总则\n第二条 应当建设平台。", "应当", Verdict.PLANNED),
        ("mechanism", RULE, "第一章 总则\n第二条 市数据局负责平台管理。", "负责", Verdict.MET),
        ("mechanism", RULE, "第一章 总则\n第二条 应当建立健全机制。", "应当", Verdict.PLANNED),
        ("mechanism", PLAN, "四、保障措施\n办公室设在市数据局，负责督查。", "设在", Verdict.MET),
        ("mechanism", PLAN, "四、保障措施\n力争由市数据局负责督查。", "力争", Verdict.PLANNED),
        ("document", PLAN, "三、重点任务\n制定城市大脑建设方案。", "制定", Verdict.PLANNED),
        ("document", PLAN, "为建设城市大脑，制定本计划。", "制定本", Verdict.MET),
        ("document", RULE, "第一章 总则\n第二条 应当制定细则。", "应当", Verdict.PLANNED),
        (
            "document",
            "平台建设方案（征求意见稿）.txt",
            "三、任务\n建成平台。",
            "建成",
            Verdict.PLANNED,
        ),
    ],
)
def test_bearing(kind: str, name: str, text: str, words: str, expected: Verdict) -> None:
    document = read_document(text.encode(), name)
    for passage in cut_passages(document, CityNames("临江市")):
        for sentence in passage.sentences:
            if words in sentence.text:
                assert bearing(sentence, passage, document.kind, feature(kind)) is expected
                return
    raise AssertionError("the sentence was not found")


def borne(text: str, words: str, asked: Feature, name: str = REPORT) -> Verdict:
    """What the one sentence with ``words`` bears for a feature."""
    document = read_document(text.encode(), name)
    for passage in cut_passages(document, CityNames("临江市")):
        for sentence in passage.sentences:
            if words in sentence.text:
                return bearing(sentence, passage, document.kind, asked)
    raise AssertionError("the sentence was not found")


STANDARD = load_standard().by_id
TASK = "三、重点任务\n完善城市大脑，打通数据通道。\n"


@pytest.mark.parametrize(
    ("feature_id", "expected"),
    [
        ("8.1.1.1-L1-a", Verdict.MET),  # asks that goals be set
        ("8.1.1.1-L2-a", Verdict.MET),  # asks for a strategy: the plan is one
        ("8.2.2.2-L2-b", Verdict.PLANNED),  # asks for a standard: a plan is none
        ("8.1.4.1-L2-c", Verdict.PLANNED),  # asks for a list of scenes
    ],
)
def test_a_plan_is_the_paper_only_where_goals_or_a_strategy_are_asked(
    feature_id: str, expected: Verdict
) -> None:
    assert borne(TASK, "打通数据", STANDARD[feature_id], PLAN) is expected


def test_a_work_reports_task_sets_goals_but_is_no_strategy() -> None:
    report = "一、2023年工作回顾\n平台建成。\n二、2024年工作安排\n完善城市大脑，打通数据通道。\n"
    assert borne(report, "打通数据", STANDARD["8.1.1.1-L1-a"]) is Verdict.MET
    assert borne(report, "打通数据", STANDARD["8.1.1.1-L4-a"]) is Verdict.PLANNED


UNDER_WAY = "一、2023年工作回顾\n深入推进这项工作。\n"


@pytest.mark.parametrize(
    ("feature_id", "expected"),
    [
        ("8.1.2.1-L4-d", Verdict.MET),  # 探索建立…机制
        ("8.4.3.2-L1-a", Verdict.MET),  # 开展…培育
        ("8.4.3.1-L4-c", Verdict.MET),  # 推动建立…机制
        ("8.6.2.1-L1-a", Verdict.MET),  # 探索启动…试点项目
        ("8.5.1.2-L1-a", Verdict.MET),  # 初步开展…培育
        ("8.2.2.3-L2-a", Verdict.PARTLY_MET),  # 推进…实践，面向社会免费开放数据集
        ("8.3.2.2-L2-c", Verdict.PARTLY_MET),  # 启动…建设，建成…预案库
        ("8.5.1.1-L1-a", Verdict.PARTLY_MET),  # 推进…转型，建成…平台
        ("8.2.1.4-L3-a", Verdict.PARTLY_MET),  # 探索…建设，实现…流通
        ("8.2.3.1-L2-a", Verdict.PARTLY_MET),  # 初步建成…
        ("8.2.1.4-L4-a", Verdict.PARTLY_MET),  # 建成…
        ("8.2.2.2-L3-b", Verdict.PARTLY_MET),  # 能够保障…
        ("8.6.3.1-L2-a", Verdict.PARTLY_MET),  # 40%以上社区开展: the figure decides
        ("8.5.1.2-L4-a", Verdict.PARTLY_MET),  # an effect
    ],
)
def test_what_is_under_way_is_enough_where_the_activity_itself_is_asked(
    feature_id: str, expected: Verdict
) -> None:
    assert borne(UNDER_WAY, "深入推进", STANDARD[feature_id]) is expected


@pytest.mark.parametrize(
    ("rule", "expected"),
    [
        ("市数据局负责统筹，推进各项工作。", Verdict.MET),
        ("市网信部门会同公安部门对重要系统实行重点保护。", Verdict.MET),
        ("各区人民政府对本地区数据安全负监督责任。", Verdict.MET),
        ("执行情况纳入部门年度考核。", Verdict.MET),
        ("主管部门应当会同有关部门建立安全保障体系。", Verdict.PLANNED),
        ("鼓励企业建立数据安全机制。", Verdict.PLANNED),
        ("应当建立健全考核制度，由市数据局负责组织实施。", Verdict.MET),
    ],
)
def test_a_rule_sets_a_mechanism_up_by_naming_who_does_what(rule: str, expected: Verdict) -> None:
    text = "临江市数据条例\n第一章 总则\n第一条 为了规范管理，制定本条例。\n第二条 " + rule
    assert borne(text, rule[:8], feature("mechanism"), RULE) is expected


def test_a_mechanism_beside_a_platform_is_a_part() -> None:
    text = "临江市数据条例\n第一章 总则\n第二条 市应急局负责统一指挥。"
    both = STANDARD["8.3.1.1-L3-a"]
    assert both.types[0] is FeatureType.CAPABILITY
    assert borne(text, "负责", both, RULE) is Verdict.PARTLY_MET


def test_a_duty_to_keep_a_list_is_not_the_list() -> None:
    text = "临江市数据条例\n第一章 总则\n第二条 市发展改革部门应当定期发布应用场景清单。"
    assert borne(text, "清单", STANDARD["8.1.4.1-L2-c"], RULE) is Verdict.PLANNED

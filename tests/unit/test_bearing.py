"""What a sentence can bear, by modality, section, kind of paper and type of feature."""

from __future__ import annotations

import pytest

from auditor.bearing import bearing
from auditor.core.criteria import Element, Feature, FeatureType
from auditor.core.findings import Verdict
from auditor.ingest.dispatch import read_document
from auditor.passages import CityNames, cut_passages

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
        ("document", PLAN, "三、重点任务\n建设城市大脑。", "建设", Verdict.MET),
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

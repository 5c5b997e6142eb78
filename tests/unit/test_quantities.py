"""Thresholds: what is read as a value of a measure, and what is not."""

from __future__ import annotations

from decimal import Decimal

import pytest

from auditor.core.criteria import Quantity
from auditor.core.documents import Span
from auditor.core.passages import Modality, Sentence
from auditor.quantities import holds, readings
from auditor.standard import load_standard


def checked(feature_id: str, place: int = 0) -> Quantity:
    feature = next(f for f in load_standard().features if f.id == feature_id)
    return [q for q in feature.quantities if q.checked][place]


def sentence(text: str, modality: Modality = Modality.FACT) -> Sentence:
    return Sentence("s1", Span(0, len(text)), text, modality, False)


@pytest.mark.parametrize(
    ("feature_id", "place", "text", "value"),
    [
        ("8.2.4.1-L3-a", 0, "完成分类分级管理的业务数据占全部业务数据的55.3%。", "55.3"),
        ("8.2.3.1-L2-d", 0, "城市智能中枢能力评估得分为58分。", "58"),
        ("8.3.3.1-L3-b", 0, "“一表通”系统使用部门41个，占应使用部门的百分之七十六。", "76"),
        ("8.4.1.3-L3-a", 0, "“高效办成一件事”重点事项清单事项全部落地。", "100"),
        ("8.4.1.2-L3-a", 1, "企业群众办事最多跑一次。", "1"),
        ("8.5.3.1-L2-a", 0, "对规模以上企业生产经营情况按月监测。", "1"),
        ("8.5.1.1-L3-b", 0, "滨江、高新两个数据产业园建成运营。", "2"),
        ("8.2.1.2-L3-a", 0, "千兆光网覆盖全部家庭用户。", "1"),
    ],
)
def test_values_are_read(feature_id: str, place: int, text: str, value: str) -> None:
    found = readings(checked(feature_id, place), [sentence(text)])
    assert [str(r.value.normalize()) for r in found] == [str(Decimal(value).normalize())]


@pytest.mark.parametrize(
    ("feature_id", "text"),
    [
        ("8.6.3.1-L3-b", "实现村卫生室（社区卫生服务站）规范化建设全覆盖。"),
        ("8.6.3.1-L3-b", "社区养老服务设施配建达标率100%。"),
        ("8.4.2.1-L4-b", "出台人工智能产业政策，数字经济核心产业增加值5675亿元。"),
        ("8.4.3.1-L4-b", "三级医院实现区（市）全覆盖。"),
        ("8.5.1.1-L5-a", "数字经济核心产业增加值增长20%以上。"),
        ("8.2.4.1-L3-a", "分类分级的业务数据增长12%。"),
        ("8.2.2.3-L4-c", "授权公共数据运营，形成数据产品23个。"),
    ],
)
def test_figures_of_other_matters_are_no_readings(feature_id: str, text: str) -> None:
    assert readings(checked(feature_id), [sentence(text)]) == ()


@pytest.mark.parametrize("modality", [Modality.PLAN, Modality.DUTY])
def test_targets_are_no_readings(modality: Modality) -> None:
    text = "到2027年，“一表通”系统使用部门覆盖率达到100%。"
    assert readings(checked("8.3.3.1-L3-b"), [sentence(text, modality)]) == ()


@pytest.mark.parametrize(
    ("value", "comparator", "threshold", "kept"),
    [
        (60, ">", 60, False), (60.1, ">", 60, True), (50, ">=", 50, True), (49.9, ">=", 50, False),
        (1, "<=", 1, True), (2, "<=", 1, False), (0, "<", 1, True), (100, "=", 100, True),
        (99, "=", 100, False),
    ],
)  # fmt: skip
def test_comparisons(value: float, comparator: str, threshold: int, kept: bool) -> None:
    assert holds(Decimal(str(value)), comparator, Decimal(threshold)) is kept


def test_every_checked_quantity_names_its_measure_by_terms() -> None:
    for feature in load_standard().features:
        for quantity in feature.quantities:
            assert not quantity.checked or quantity.terms, feature.id

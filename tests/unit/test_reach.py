"""Whether a statement is about the whole city or a part of it."""

from __future__ import annotations

import pytest

from auditor.core.reach import districts_named, districts_stated, part_named


@pytest.mark.parametrize(
    ("text", "part"),
    [
        ("滨江区建成平台。", "滨江区"),
        ("截至2023年底，上城区建成平台。", "上城区"),
        ("其中滨江区建成平台。", "滨江区"),
        ("桐溪县上线系统。", "桐溪县"),
        ("江东新区建成平台。", "江东新区"),
        ("经开区建成平台。", "经开区"),
        ("我县建成平台。", "我县"),
        ("华信银行已上线系统。", "华信银行"),
        ("在3个街道开展智慧社区试点。", "试点"),
        ("试点街道建成平台。", "试点"),
        ("部分社区完成改造。", "试点"),
    ],
)
def test_a_part_is_named(text: str, part: str) -> None:
    assert part_named(text) == part


@pytest.mark.parametrize(
    "text",
    [
        "全市建成平台，滨江区率先接入。",
        "建成平台，滨江区率先接入。",
        "各区县均已建成平台。",
        "13个区县全部建成平台。",
        "智慧社区建成120个。",
        "示范区建成投用。",
        "主城区感知设施全覆盖。",
        "地区生产总值增长6%。",
        "自治区级平台建成。",
        "丘陵山区宽带通达。",
        "改造棚户区4000套。",
        "入选国家数据标注试点城市。",
        "在全国率先开展数据资产试点。",
        "数据专区建成运营。",
    ],
)
def test_the_city_is_not_taken_for_a_part(text: str) -> None:
    assert part_named(text) is None


def test_districts_are_counted() -> None:
    assert districts_named(["滨江区建成。", "上城区建成。", "全市建成。"]) == {"滨江区", "上城区"}
    assert districts_stated(["全市辖13个区（县）。", "建成5个园区。"]) == 13
    assert districts_stated(["建成5个园区。"]) is None

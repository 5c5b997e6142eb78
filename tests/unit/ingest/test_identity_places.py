"""Names of cities, prefectures and provinces, and where a paper is at home."""

from __future__ import annotations

import time

import pytest

from auditor.core.places import CITY_NAMES, SEATS, cities_in, full_name, provinces_in
from auditor.ingest.content import Content
from auditor.ingest.identity import identify


@pytest.mark.parametrize(
    ("name", "official"),
    [
        ("襄阳", "襄阳市"),
        ("襄阳市", "襄阳市"),
        ("凉山州", "凉山彝族自治州"),
        ("黔西南州", "黔西南布依族苗族自治州"),
        ("阿拉善盟", "阿拉善盟"),
        ("雄安新区", "雄安新区"),
        ("天门市", "天门市"),
        ("丰宁", None),
    ],
)
def test_a_city_has_one_official_name(name: str, official: str | None) -> None:
    assert full_name(name) == official


def test_every_official_name_is_its_own() -> None:
    assert all(CITY_NAMES[official] == official for official in CITY_NAMES.values())
    assert set(SEATS.values()) <= set(CITY_NAMES)


def test_the_longest_name_is_found() -> None:
    text = "黔西南布依族苗族自治州和内蒙古自治区、吉林省吉林市"
    assert [city for _, _, city in cities_in(text)] == ["黔西南布依族苗族自治州", "吉林市"]
    assert [province for _, _, province in provinces_in(text)] == ["内蒙古自治区", "吉林省"]


def test_a_paper_that_speaks_of_another_city_throughout_is_not_the_one_its_name_says() -> None:
    text = "武汉市数字化转型加快。" * 12
    city = identify("襄阳市材料.txt", Content(text, ())).city
    assert city is not None
    assert city.value == "武汉市"


@pytest.mark.parametrize(
    "piece",
    [
        "第",
        "现将",
        "责任单位：",
        "2023年",
        "2023年5月1日襄阳市第",
        "代表",
        "自",
        "市" * 7 + "局",
        "（",
        "〔2023〕",
        "关于批准《",
        " \t",
        "本细则由",
        "某\n",
        "2023年5月1日\n",
        "局\n",
        "a ",
    ],
)
def test_hostile_repetition_costs_no_more_than_length(piece: str) -> None:
    text = piece * (400_000 // len(piece))
    began = time.process_time()
    identify(f"{piece.strip()[:3] or 'x'}.txt", Content(text, ()))
    assert time.process_time() - began < 5.0

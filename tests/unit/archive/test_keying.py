"""What a city's key depends on, and what it does not."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from auditor.archive.keying import changed_parts, key_of, parts_of_city, shared_parts
from auditor.archive.listing import digests_of, list_archive
from auditor.choice import Choice

CHOICE = Choice("", "", judge="openai:m", base_url="http://127.0.0.1:1/v1")


def put(folder: Path, name: str, text: str) -> Path:
    file = folder / name
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(text, encoding="utf-8")
    return file


@pytest.mark.parametrize(
    "changes",
    [
        {"concurrency": 2},
        {"requests_per_second": 0.5},
        {"requests_per_minute": 30},
        {"tokens_per_minute": 10_000},
        {"in_flight": 3},
        {"budget": "20", "prices": "prices.yaml"},
        {"dossier": "elsewhere", "city": "临澜市"},
    ],
)
def test_how_fast_and_for_how_much_an_endpoint_is_asked_changes_no_key(
    changes: dict[str, Any],
) -> None:
    assert shared_parts(replace(CHOICE, **changes), "zh") == shared_parts(CHOICE, "zh")


@pytest.mark.parametrize(
    ("changes", "part"),
    [
        ({"judge": "openai:n"}, "judge"),
        ({"judge": "screen"}, "judge"),
        ({"judge": "none"}, "judge"),
        ({"samples": 3}, "judge"),
        ({"profile": "literal"}, "profile"),
        ({"only": "8.2"}, "options"),
        ({"as_of": "2024-12-31"}, "options"),
        ({"public": True}, "options"),
        ({"embedder": "some/model"}, "embedder"),
    ],
)
def test_what_results_depend_on_changes_the_key_and_is_named(
    changes: dict[str, Any], part: str
) -> None:
    before, now = shared_parts(CHOICE, "zh"), shared_parts(replace(CHOICE, **changes), "zh")
    assert part in changed_parts(before, now) and key_of(before) != key_of(now)
    assert set(changed_parts(before, now)) <= {part, "options"}


def test_a_rule_alone_changes_nothing_but_the_rule() -> None:
    before, now = shared_parts(CHOICE, "zh"), shared_parts(replace(CHOICE, profile="literal"), "zh")
    assert changed_parts(before, now) == ["profile"]
    assert changed_parts(before, shared_parts(CHOICE, "en")) == ["options"]


def test_a_limit_of_the_checks_is_known_by_what_it_says(tmp_path: Path) -> None:
    shipped = Path(__file__).resolve().parents[3] / "criteria"
    file = next(shipped.glob("*/checks.yaml"))
    same = put(tmp_path, "same.yaml", file.read_text(encoding="utf-8"))
    assert shared_parts(replace(CHOICE, limits=str(same)), "zh") == shared_parts(CHOICE, "zh")


def test_the_order_and_the_place_of_papers_change_no_key(tmp_path: Path) -> None:
    for name in ("a.txt", "b.txt"):
        put(tmp_path / "one", f"临澜市/{name}", name)
    for name in ("b.txt", "a.txt"):
        put(tmp_path / "two", f"临澜市/{name}", name)
    (one,), (two,) = list_archive(tmp_path / "one"), list_archive(tmp_path / "two")
    first, second = (parts_of_city(d, digests_of(d), None) for d in (one, two))
    turned = parts_of_city(one, dict(reversed(digests_of(one).items())), None)
    assert key_of(first) == key_of(second) == key_of(turned)


def test_a_paper_a_name_a_period_and_a_correction_change_the_key(tmp_path: Path) -> None:
    put(tmp_path, "in/临澜市/a.txt", "a")
    put(tmp_path, "in/临澜市@2024/a.txt", "a")
    fix = put(tmp_path, "fix.yaml", "x: 1")
    plain, dated = list_archive(tmp_path / "in")
    before = parts_of_city(plain, digests_of(plain), None)
    corrected = parts_of_city(plain, digests_of(plain), fix)
    assert changed_parts(before, corrected) == ["corrections"]
    assert changed_parts(before, parts_of_city(dated, digests_of(dated), None)) == ["subject"]
    (tmp_path / "in/临澜市/a.txt").rename(tmp_path / "in/临澜市/b.txt")
    renamed, _ = list_archive(tmp_path / "in")
    now = parts_of_city(renamed, digests_of(renamed), None)
    assert changed_parts(before, now) == ["documents"] and key_of(before) != key_of(now)

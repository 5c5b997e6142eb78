"""How cities stand to their last results, what of their papers is new, and what a pass may take."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from auditor.archive.listing import list_archive
from auditor.archive.planning import (
    Papers,
    Plan,
    PlannedCity,
    Standing,
    calls_of_city,
    estimated,
    plan_pass,
    whole_plan,
)
from auditor.archive.publishing import beside_of, files_of
from auditor.archive.request import ArchiveRequest
from auditor.archive.rescoring import FROM
from auditor.choice import Choice
from auditor.core.jobs import Job, JobState
from auditor.judge.limits import Price
from auditor.prices import Prices

HOSTED = "openai:m"
SCREEN, ASKING = Choice("", "", judge="screen"), Choice("", "", judge=HOSTED)


class World:
    """An archive with one city, its output folder, and the jobs that were done."""

    def __init__(self, folder: Path) -> None:
        self.papers, self.out = folder / "in", folder / "out"
        self.jobs: list[Job] = []
        self.put("临澜市/报告.txt", "一")

    def put(self, name: str, text: str) -> None:
        file = self.papers / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text, encoding="utf-8")

    def plan(self, choice: Choice = SCREEN, lang: str = "zh") -> Plan:
        asked = ArchiveRequest(str(self.papers), choice, lang=lang)
        cities = plan_pass(self.out, asked, list_archive(self.papers), self.jobs)
        return whole_plan(cities, self.jobs, choice, None)

    def city(self, choice: Choice = SCREEN) -> PlannedCity:
        (only,) = self.plan(choice).cities
        return only

    def keep(self, city: PlannedCity, state: JobState = JobState.DONE, failures: int = 0) -> None:
        """Have a job of the plan end in a state; a new job takes the place of the same one."""
        result: dict[str, Any] = {}
        if state is JobState.DONE:
            folder = self.out / "cities" / city.job.subject
            folder.mkdir(parents=True, exist_ok=True)
            for name in ("run.json", "claims.json"):
                (folder / name).write_text(city.job.key, encoding="utf-8")
            result = {"files": files_of(folder), "beside": beside_of(folder), "failures": failures}
        job = city.job
        now = Job(job.key, job.kind, job.subject, job.request, state, result=result)
        others = [one for one in self.jobs if one.key != job.key]
        self.jobs = [*others, replace(now, ended_at=float(len(others) + len(self.jobs)))]


@pytest.fixture
def world(tmp_path: Path) -> World:
    return World(tmp_path)


def test_a_city_is_new_until_it_is_done_and_then_unchanged(world: World) -> None:
    city = world.city()
    assert city.standing is Standing.NEW and city.papers == Papers(new=("报告.txt",))
    world.keep(city)
    again = world.city()
    assert again.standing is Standing.UNCHANGED and again.papers == Papers(unchanged=1)
    assert not again.is_due and world.plan().due == ()


@pytest.mark.parametrize("state", [JobState.WAITING, JobState.LEASED, JobState.CANCELLED])
def test_a_city_that_was_begun_or_put_off_is_unfinished(world: World, state: JobState) -> None:
    world.keep(world.city(), state)
    assert world.city().standing is Standing.UNFINISHED and world.city().is_due


def test_a_city_whose_folder_is_not_as_it_was_is_unfinished(world: World) -> None:
    world.keep(world.city())
    (world.out / "cities/临澜市/run.json").write_text("somebody's", encoding="utf-8")
    assert world.city().standing is Standing.UNFINISHED


def test_a_city_that_was_given_up_stays_so_until_its_papers_change(world: World) -> None:
    world.keep(world.city(), JobState.FAILED)
    assert world.city().standing is Standing.FAILED and not world.city().is_due
    world.put("临澜市/报告.txt", "二")
    assert world.city().standing is Standing.NEW


def test_papers_are_told_apart_as_new_changed_the_same_and_gone(world: World) -> None:
    for name in ("改.txt", "撤.txt"):
        world.put(f"临澜市/{name}", name)
    world.keep(world.city())
    world.put("临澜市/改.txt", "另")
    world.put("临澜市/新.txt", "新")
    (world.papers / "临澜市/撤.txt").unlink()
    city = world.city()
    assert city.standing is Standing.CHANGED and city.parts == ()
    assert city.papers == Papers(("新.txt",), ("改.txt",), 1, ("撤.txt",))


def test_what_changed_beside_the_papers_is_named(world: World) -> None:
    world.keep(world.city())
    city = world.city(replace(ASKING, profile="literal", only="8.2"))
    assert city.standing is Standing.CHANGED
    assert city.parts == ("judge", "options", "profile")


def test_a_city_that_is_not_in_the_archive_any_more_is_told(world: World) -> None:
    world.put("东溪市/报告.txt", "一")
    for city in world.plan().cities:
        world.keep(city)
    (world.papers / "东溪市/报告.txt").unlink()
    plan = world.plan()
    assert plan.gone == ("东溪市",) and plan.count(Standing.UNCHANGED) == 1


def test_another_rule_alone_only_has_the_city_scored(world: World) -> None:
    world.keep(world.city())
    source = world.jobs[0].result
    city = world.city(replace(SCREEN, profile="literal"))
    assert city.standing is Standing.RESCORED and city.parts == ("profile",)
    assert city.is_due and not city.is_audited
    assert city.job.request[FROM] == {**source["files"], **source["beside"]}
    world.keep(city)
    assert world.city(replace(SCREEN, profile="literal")).standing is Standing.UNCHANGED
    back = world.city()
    assert back.standing is Standing.RESCORED and back.job.key == world.jobs[0].key


def test_a_city_is_audited_by_the_new_rule_where_more_than_the_rule_is_another(
    world: World,
) -> None:
    world.keep(world.city())
    ruled = replace(SCREEN, profile="literal")
    assert FROM not in world.city(replace(ruled, only="8.2")).job.request
    (world.out / "cities/临澜市/claims.json").write_text("somebody's", encoding="utf-8")
    assert world.city(ruled).standing is Standing.CHANGED
    world.keep(world.city(), failures=3)
    assert world.city(ruled).standing is Standing.CHANGED
    world.keep(world.city())
    world.put("临澜市/新.txt", "新")
    city = world.city(ruled)
    assert city.standing is Standing.CHANGED and city.parts == ("profile",)
    assert FROM not in city.job.request


def test_a_rescoring_that_was_interrupted_is_one_again(world: World) -> None:
    world.keep(world.city())
    ruled = replace(SCREEN, profile="literal")
    world.keep(world.city(ruled), JobState.WAITING)
    assert world.city(ruled).standing is Standing.RESCORED


def test_cities_that_are_only_scored_ask_nothing(world: World) -> None:
    world.keep(world.city(ASKING))
    assert world.plan(replace(ASKING, profile="literal")).estimate.calls == 0
    assert world.plan(replace(ASKING, only="8.2")).estimate.calls > 0


def done(judge: str, seconds: float, read: int, usage: Mapping[str, int] | None = None) -> Job:
    result = {
        "judge_asked": judge, "seconds": seconds, "counts": {"files_read": read}, "usage": usage,
    }  # fmt: skip
    return Job(f"k{seconds}", "city", "城市", {}, JobState.DONE, result=result)


def seconds_of(known: Sequence[Job], choice: Choice = SCREEN) -> float | None:
    return estimated(3, known, choice, None).seconds


def test_time_is_told_by_cities_that_were_read_anew_by_the_same_judge() -> None:
    assert seconds_of([]) is None
    known = [done("screen", 10, 2), done("screen", 20, 1), done("screen", 1, 0), done(HOSTED, 9, 1)]
    assert seconds_of(known) == 45 and seconds_of(known, ASKING) == 27


def test_before_anything_was_measured_the_benchmarks_means_are_told() -> None:
    by_item = estimated(2, [], ASKING, None)
    assert by_item.calls == 2 * 39 == 2 * calls_of_city(ASKING, HOSTED)
    assert by_item.prompt_tokens == 510_000 and by_item.completion_tokens is None
    by_feature = estimated(1, [], replace(ASKING, per_feature=True), None)
    assert (by_feature.calls, by_feature.prompt_tokens) == (376, 1_013_000)
    assert not by_item.of_pass and by_item.cost is None
    assert calls_of_city(replace(ASKING, only="8.2.4.1"), HOSTED) == 1
    assert calls_of_city(replace(ASKING, samples=3), HOSTED) == 3 * 39


def test_tokens_and_cost_are_told_by_what_was_counted_and_a_price_table() -> None:
    usage = {"calls": 50, "prompt_tokens": 40_000, "completion_tokens": 4_000, "unmetered": 10}
    known = [done(HOSTED, 60, 3, usage), done(HOSTED, 60, 3, None)]
    prices = Prices("CNY", {"m": Price(Decimal(2), Decimal(10))})
    found = estimated(1, known, ASKING, prices)
    assert (found.calls, found.prompt_tokens, found.completion_tokens) == (39, 39_000, 3_900)
    assert found.of_pass and found.cost == Decimal("0.117") and found.currency == "CNY"
    unpriced = estimated(1, known, ASKING, Prices("CNY", {}))
    assert unpriced.cost is None and unpriced.currency == ""

"""What the terminal says of an archive: the plan, how far a pass is, every failure at the end."""

from __future__ import annotations

import io
from collections.abc import Mapping
from typing import Any

import pytest
from rich.console import Console

from auditor.archive.engines import Told, Word
from auditor.archive.planning import Estimate, Papers, Plan, PlannedCity, Standing
from auditor.archive.summary import summary_page
from auditor.cli.batch_view import BatchView, print_outcome, print_plan, span_said
from auditor.core.jobs import NewJob


def console() -> tuple[Console, io.StringIO]:
    said = io.StringIO()
    return Console(file=said, width=160), said


class Clock:
    """The clock of the view, moved by hand."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.now = 0.0
        monkeypatch.setattr("auditor.cli.batch_view.time.monotonic", lambda: self.now)


def told(word: Word, subject: str = "", note: str = "", done: int = 0, total: int = 0) -> Told:
    return Told("w", word, subject, note, done, total)


def test_the_line_says_where_each_city_is_the_rates_and_what_is_left(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    clock, (terminal, _) = Clock(monkeypatch), console()
    view = BatchView(terminal, 4)
    assert view.line() == "城市 cities 0/4　载入模型 loading models"
    view.hear(told(Word.READY))
    view.hear(told(Word.BEGUN, "甲市"))
    view.hear(told(Word.STAGE, "甲市", "judge", 3, 39))
    assert view.line() == "城市 cities 0/4　甲市 判断特征 judge 3/39"
    clock.now = 90.0
    view.hear(told(Word.DONE, "甲市", done=376))
    assert view.line() == (
        "城市 cities 1/4　每小时 per hour：40 城市 cities、15,040 特征 features"
        "　剩余约 left 0:04:30"
    )
    assert view.done == {"甲市"}


def test_a_city_that_failed_counts_as_over_unless_it_is_tried_again(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    clock, (terminal, said) = Clock(monkeypatch), console()
    view = BatchView(terminal, 2)
    view.hear(told(Word.READY))
    clock.now = 60.0
    view.hear(told(Word.FAILED, "甲市", "[没有] 材料"))
    assert "失败 failed 1" in view.line() and "left 0:01:00" in view.line()
    assert "失败 failed 甲市：[没有] 材料" in said.getvalue()
    view.hear(told(Word.BEGUN, "甲市"))
    assert "失败" not in view.line() and "left" not in view.line()


def test_a_plain_line_comes_now_and_then(monkeypatch: pytest.MonkeyPatch) -> None:
    clock, (terminal, said) = Clock(monkeypatch), console()
    view = BatchView(terminal, 1)
    view.tick()
    assert said.getvalue() == ""
    clock.now = 11.0
    view.tick()
    view.tick()
    assert said.getvalue().count("0/1") == 1


def planned(city: str, standing: Standing, papers: Papers, *parts: str) -> PlannedCity:
    return PlannedCity(NewJob(city, city, {}), standing, papers, parts)


def test_the_plan_tells_what_changed_what_is_only_scored_and_what_is_empty() -> None:
    cities = (
        planned("甲市", Standing.CHANGED, Papers(("a", "b"), ("c",), 4, ("d",)), "judge"),
        planned("乙市", Standing.RESCORED, Papers(unchanged=2), "profile"),
    )
    terminal, said = console()
    print_plan(terminal, Plan(cities, ("丁市",), Estimate(39, 1000), ("空市",)))
    text = said.getvalue()
    for words in (
        "甲市：新材料 new 2；改动 changed 1；撤下 gone 1；判断方式 judge",
        "仅换计分规则 another rule alone",
        "scored anew, not searched, not judged",
        "1 个文件夹里没有材料，不审核 (folders without papers, left out)：空市",
        "丁市",
        "新 new 2　有变 changed 1　无变化 unchanged 6　已撤 gone 1",
        "时间 time：尚无实测",
    ):
        assert words in text, text


def test_a_plan_that_only_scores_estimates_nothing() -> None:
    terminal, said = console()
    city = planned("乙市", Standing.RESCORED, Papers(unchanged=2), "profile")
    print_plan(terminal, Plan((city,), (), Estimate()))
    assert "时间 time" not in said.getvalue()


def row(city: str, state: str = "done", **more: Any) -> dict[str, Any]:
    done = {
        "level": 1, "coverage": {"1": 0.5}, "failures": 0, "why": {}, "refused": [],
        "counts": {"features_judged": 0, "features_kept": 0, "features_rescored": 0},
        "folder": f"cities/{city}",
    }  # fmt: skip
    row = {"key": city, "state": state, "documents": 1, "error": ""}
    return {**row, **(done if state == "done" else {}), **more}


REFUSED = [{"name": "坏.pdf", "reason": "文件损坏。", "hint": "请重新导出后提交。"}]
SUMMARY: Mapping[str, Any] = {
    "counts": {"waiting": 0, "leased": 0, "done": 4, "failed": 1, "cancelled": 0},
    "failed_features": 2,
    "refused_papers": 2,
    "rescored": 1,
    "cities": [
        row("丙市", counts={"features_judged": 0, "features_kept": 0, "features_rescored": 376}),
        row("丁市", "failed", error="没有可审核的材料。 请放入材料。\nTraceback"),
        row("乙市", failures=2, refused=REFUSED),
        row("戊市", why={"judge": {"features": ["x"]}}, refused=REFUSED),
        row("甲市", why={"new_document": {"features": ["x", "y"], "documents": ["[a].txt"]}}),
    ],
}


def test_the_end_names_every_failure_with_its_file_and_the_remedy() -> None:
    terminal, said = console()
    print_outcome(terminal, SUMMARY, {"甲市", "乙市", "丙市"})
    assert said.getvalue().split("\n") == [
        "完成 done 4　失败 failed 1",
        "  丙市：仅按另一规则重新计分",
        "  甲市：新材料 2 ([a].txt)",
        "未采用的材料 papers not taken：1",
        "  乙市　坏.pdf：文件损坏。 请重新导出后提交。",
        "失败 failed 丁市：没有可审核的材料。 请放入材料。",
        "乙市：2 条特征判断失败 (features)",
        "",
    ]


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_the_page_has_the_failures_first_and_every_refused_paper(lang: str) -> None:
    page = summary_page(SUMMARY, lang)
    order = [page.index(f">{city}<") for city in ("丁市", "乙市", "丙市", "戊市", "甲市")]
    assert order == sorted(order)
    assert page.count("坏.pdf") == 2 and "请重新导出后提交。" in page
    assert ("仅按另一规则重新计分" if lang == "zh" else "only scored by another rule") in page


def test_a_span_is_told_in_hours_minutes_and_seconds() -> None:
    assert [span_said(s) for s in (0, 61, 3725.4)] == ["0:00:00", "0:01:01", "1:02:05"]

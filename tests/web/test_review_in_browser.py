"""The review page in a real browser: by keyboard alone, drafts, others at the same time."""

from __future__ import annotations

from dataclasses import replace

import pytest

from auditor.core.access import Role
from auditor.core.documents import Span
from auditor.core.events import NOT_APPLICABLE, EventKind
from auditor.core.findings import Judgement, Verdict
from auditor.core.workspace import RunEntry
from auditor.store.events import chain_faults
from auditor.workbench.acting import Answer, decide_feature
from auditor.workbench.excusing import proposals_on, propose_excuse
from auditor.workbench.space import Space
from tests.web.browser import drag, search
from tests.web.conftest import SitDown
from tests.web.samples import NAMES, REPORT, SECOND_REVIEWER, STANDARD, Sample, sentence

pytestmark = pytest.mark.browser
ME, OTHER = NAMES[Role.REVIEWER], "评审员乙"
FEATURES = [feature.id for feature in STANDARD.features]


def decide_elsewhere(space: Space, run_id: str, feature_id: str, reason: str = "我先到") -> None:
    """Another reviewer decides, not by this browser."""
    account = space.people.accounts.by_login(SECOND_REVIEWER)
    assert account is not None
    opened = space.open(run_id)
    answer = Answer(feature_id, "not_met", reason, "", opened.hashes[feature_id])
    decide_feature(space, account, opened, answer)


def test_thirty_features_are_reviewed_by_keyboard_alone(
    sit_down: SitDown, space: Space, entry: RunEntry
) -> None:
    desk = sit_down()
    desk.open()
    desk.press_and_move("j")
    desk.press_and_move("k")
    assert space.runs.events(entry.id) == (), "looking decides nothing"
    expected = []
    for number in range(30):
        finding = space.open(entry.id).findings[desk.feature_id]
        if number % 5 == 2 or finding.verdict is None:
            reason = f"第{number}条 a j k 不成立"
            desk.press("5")
            desk.page.keyboard.type(reason)
            left = desk.press_and_move("Control+Enter")
            expected.append((left, Verdict.NOT_MET, reason))
        else:
            expected.append((desk.press_and_move("a"), finding.verdict, ""))
    events = space.runs.events(entry.id)
    told = [(e.feature_id, e.content.verdict, e.content.reason) for e in events]
    assert told == expected
    assert [e.feature_id for e in events] == FEATURES[:30]
    assert chain_faults(events) == []
    hashes = space.open(entry.id).hashes
    for event in events:
        said = event.content
        assert (said.kind, said.author) == (EventKind.DECISION, ME)
        assert said.finding_hash == hashes[event.feature_id]
        assert not said.bulk


def test_accepting_takes_over_the_citations_of_the_machine(
    sit_down: SitDown, space: Space, entry: RunEntry
) -> None:
    desk = sit_down()
    opened = space.open(entry.id)
    green = next(f for f in opened.run.findings if f.verdict and f.verdict.is_green)
    assert isinstance(green.outcome, Judgement)
    desk.open(green.feature_id)
    desk.press_and_move("a")
    (event,) = space.runs.events(entry.id)
    assert [c.quote for c in event.content.citations] == [c.quote for c in green.outcome.citations]


def test_between_a_key_and_the_next_feature_lies_one_request(sit_down: SitDown) -> None:
    """What costs time is fetched ahead: only the decision itself is waited for."""
    desk = sit_down()
    desk.open()
    desk.page.wait_for_load_state("networkidle")
    asked: list[str] = []
    desk.page.on("request", lambda r: asked.append(f"{r.method} {r.url.rpartition('/')[2]}"))
    desk.press_and_move("a")
    assert asked[0] == "POST decision"
    shown = desk.page.locator("#paper-place").inner_text()
    assert shown, "the next paper is there"
    assert desk.page.evaluate("document.querySelector('#sheet img')?.complete")


def test_undo_takes_the_last_decision_back_and_returns_to_it(
    sit_down: SitDown, space: Space, entry: RunEntry
) -> None:
    desk = sit_down()
    desk.open(FEATURES[1])
    first, second = desk.press_and_move("a"), desk.press_and_move("a")
    for left in (second, first):
        desk.press_and_move("u")
        assert desk.feature_id == left
        desk.page.wait_for_selector('[data-act="accept"]')
    assert space.open(entry.id).present.decisions == {}
    kinds = [e.content.kind for e in space.runs.events(entry.id)]
    assert kinds == [EventKind.DECISION] * 2 + [EventKind.WITHDRAWAL] * 2
    desk.press("u")
    assert desk.told() == "本页没有可撤销的结论。"


def test_a_draft_survives_a_reload_even_at_once(sit_down: SitDown, sample: Sample) -> None:
    desk = sit_down()
    desk.open(FEATURES[1])
    search(desk, sentence(1, 12))
    start = sample.paper(REPORT).text.index(sentence(1, 5))
    drag(desk, sample.paper(REPORT), Span(start, start + 8))
    desk.press("e", "3")
    desk.page.keyboard.type("写到一半")
    desk.page.reload()
    desk.page.wait_for_selector("#picked q")
    assert desk.page.locator("#reason").input_value() == "写到一半"
    assert desk.page.locator('input[value="partly_met"]').is_checked()
    assert desk.page.locator("#picked q").inner_text() == sentence(1, 5)[:8]


def test_a_citation_alone_is_a_draft_as_well(sit_down: SitDown) -> None:
    desk = sit_down()
    desk.open(FEATURES[1])
    desk.page.wait_for_selector("#sheet svg .mark, #sheet pre mark")
    with desk.page.expect_response("**/draft"):
        desk.press("e")
    desk.page.evaluate("sessionStorage.clear()")
    desk.page.reload()
    desk.page.wait_for_selector("#picked q")
    desk.press("Backspace")
    desk.page.wait_for_selector("#picked q", state="detached")


def test_a_draft_waits_when_one_goes_on_and_comes_back(sit_down: SitDown) -> None:
    desk = sit_down()
    desk.open(FEATURES[1])
    desk.press("3")
    desk.page.keyboard.type("回头再看")
    desk.press("Escape")
    desk.press_and_move("j")
    assert desk.page.locator("#reason").input_value() == ""
    desk.press_and_move("k")
    assert desk.page.locator("#reason").input_value() == "回头再看"
    assert desk.page.locator('input[value="partly_met"]').is_checked()


def test_who_comes_second_is_told_and_overwrites_nothing(
    sit_down: SitDown, space: Space, entry: RunEntry
) -> None:
    one, two = sit_down(), sit_down(SECOND_REVIEWER)
    for desk in (one, two):
        desk.open(FEATURES[1])
        desk.page.wait_for_load_state("networkidle")
    one.press_and_move("a")
    two.press("5")
    two.page.keyboard.type("我不同意")
    two.press("Control+Enter")
    assert ME in two.told() and "没有覆盖任何内容" in two.told()
    assert two.feature_id == FEATURES[1]
    assert ME in two.page.locator(".standing").first.inner_text()
    assert two.page.locator("#reason").input_value() == "我不同意"
    assert [e.content.author for e in space.runs.events(entry.id)] == [ME]
    two.press("Control+Enter")
    two.moved_from(FEATURES[1])
    assert [e.content.author for e in space.runs.events(entry.id)] == [ME, OTHER]


def test_what_was_fetched_ahead_and_is_stale_is_not_worked_on(
    sit_down: SitDown, space: Space, entry: RunEntry
) -> None:
    desk = sit_down()
    desk.open(FEATURES[1])
    desk.page.wait_for_load_state("networkidle")
    decide_elsewhere(space, entry.id, FEATURES[2])
    desk.press_and_move("j")
    assert OTHER in desk.told()
    assert OTHER in desk.page.locator(".standing").first.inner_text()
    assert desk.page.locator('[data-act="accept"]').count() == 0
    leaf = desk.page.locator(f'.leaf[data-feature="{FEATURES[2]}"]')
    assert str(leaf.get_attribute("class")) == "leaf v-not_met decided"


def test_the_tree_follows_what_others_decide(
    sit_down: SitDown, space: Space, entry: RunEntry
) -> None:
    desk = sit_down()
    desk.open(FEATURES[1])
    decide_elsewhere(space, entry.id, FEATURES[4])
    desk.page.evaluate("document.dispatchEvent(new Event('visibilitychange'))")
    desk.page.wait_for_selector(f'.leaf.decided[data-feature="{FEATURES[4]}"]')
    assert desk.page.locator(".tree .count").first.inner_text().startswith("1/")


def test_keys_do_nothing_while_one_types(sit_down: SitDown, space: Space, entry: RunEntry) -> None:
    desk = sit_down()
    desk.open(FEATURES[1])
    for field in ("r", "c", "/"):
        desk.press(field)
        desk.page.keyboard.type("aj1u?f")
        assert desk.feature_id == FEATURES[1]
        assert desk.page.evaluate("document.activeElement.value") == "aj1u?f"
        desk.press("Escape")
        assert desk.page.evaluate("document.activeElement.id") == "main"
    assert not desk.page.locator("#help").is_visible()
    assert space.runs.events(entry.id) == ()


def test_a_key_that_is_held_down_decides_once(
    sit_down: SitDown, space: Space, entry: RunEntry
) -> None:
    desk = sit_down()
    desk.open(FEATURES[1])
    desk.page.keyboard.down("a")
    desk.moved_from(FEATURES[1])
    desk.page.keyboard.down("a")
    desk.page.wait_for_load_state("networkidle")
    assert [e.feature_id for e in space.runs.events(entry.id)] == [FEATURES[1]]


def test_the_list_of_keys_names_every_key_as_its_button_does(sit_down: SitDown) -> None:
    desk = sit_down("lead")
    desk.open(FEATURES[1])
    shown = """() => [...document.querySelectorAll('button[data-key]')].map(b => {
      const key = b.querySelector('kbd').textContent;
      return [b.dataset.key, key, b.textContent.replace(key, '').trim()];
    })"""
    buttons = desk.page.evaluate(shown)
    desk.press("?")
    desk.page.wait_for_selector("#help[open]")
    rows = desk.page.locator("#help dt").all_inner_texts()
    words = dict(zip(rows, desk.page.locator("#help dd").all_inner_texts(), strict=True))
    assert len(buttons) > 15
    for key, printed, label in buttons:
        assert key == printed
        assert words[key] == label or key == "Backspace"
    for key in ("r", "c", "/", "1 … 6", "0", "Esc"):
        assert key in words
    desk.press("a", "Escape")
    assert desk.feature_id == FEATURES[1]
    assert not desk.page.locator("#help").is_visible()


@pytest.mark.parametrize("size", [(1500, 900), (1280, 720)])
def test_all_that_decides_is_seen_without_scrolling(
    sit_down: SitDown, size: tuple[int, int]
) -> None:
    desk = sit_down(size=size)
    desk.open(FEATURES[1])
    for selector in ('[data-act="accept"]', "#reason", '[data-act="submit"]', ".choice >> nth=6"):
        box = desk.page.locator(selector).bounding_box()
        assert box is not None
        assert box["y"] >= 0 and box["y"] + box["height"] <= size[1]
    assert desk.page.evaluate("document.documentElement.scrollWidth") <= size[0]


def test_what_the_server_refuses_is_told_in_words_and_nothing_is_lost(
    sit_down: SitDown, space: Space, entry: RunEntry
) -> None:
    desk = sit_down()
    desk.open(FEATURES[1])
    desk.press("5")
    desk.press("Control+Enter")
    assert "没有理由" in desk.told()
    desk.page.keyboard.type("这次有理由")
    desk.page.route("**/decision", lambda route: route.abort())
    desk.press("Control+Enter")
    desk.page.wait_for_function(
        "() => document.querySelector('#told').textContent.includes('没有回应')"
    )
    desk.page.unroute("**/decision")
    desk.page.route("**/decision", lambda route: route.fulfill(status=503, body="<html>"))
    desk.press("Control+Enter")
    desk.page.wait_for_function("() => document.querySelector('#told').textContent.includes('503')")
    assert desk.page.locator("#reason").input_value() == "这次有理由"
    desk.page.unroute("**/decision")
    desk.press("Control+Enter")
    desk.moved_from(FEATURES[1])
    (event,) = space.runs.events(entry.id)
    assert event.content.reason == "这次有理由"


def test_not_applicable_is_only_proposed(sit_down: SitDown, space: Space, entry: RunEntry) -> None:
    desk = sit_down()
    desk.open(FEATURES[1])
    desk.press("0")
    desk.page.keyboard.type("本市没有此类业务")
    desk.press_and_move("Control+Enter")
    assert "待批准人同意" in desk.told()
    assert space.runs.events(entry.id) == ()
    leaf = desk.page.locator(f'.leaf[data-feature="{FEATURES[1]}"]')
    assert "decided" not in str(leaf.get_attribute("class"))
    desk.open(FEATURES[1])
    back = desk.page.locator('[data-act="unpropose"]')
    back.click()
    back.wait_for(state="detached")
    assert proposals_on(space, space.open(entry.id), FEATURES[1]) == ()


def test_an_approver_agrees_to_the_proposal_on_the_page_and_to_no_other(
    sit_down: SitDown, space: Space, entry: RunEntry
) -> None:
    opened, reviewer = space.open(entry.id), space.people.accounts.by_login("reviewer")
    assert reviewer is not None
    first = Answer(FEATURES[1], NOT_APPLICABLE, "本市没有此类业务", "", opened.hashes[FEATURES[1]])
    propose_excuse(space, reviewer, opened, first)
    desk = sit_down("approver")
    desk.open(FEATURES[1])
    propose_excuse(space, reviewer, opened, replace(first, reason="另一理由"))
    button = desk.page.locator('[data-act="approve"]')
    button.click()
    desk.page.wait_for_function(
        "() => document.querySelector('#told').textContent.includes('所提的不适用已变')"
    )
    assert space.runs.events(entry.id) == ()
    assert "另一理由" in desk.page.locator("#main").inner_text()
    button.click()
    button.wait_for(state="detached")
    (event,) = space.runs.events(entry.id)
    assert (event.content.reason, event.content.not_applicable) == ("另一理由", True)


def test_a_list_is_accepted_in_bulk_with_a_reason(
    sit_down: SitDown, space: Space, entry: RunEntry
) -> None:
    desk = sit_down("lead")
    item = FEATURES[10].partition("-L")[0]
    desk.page.goto(f"{desk.served.url}/runs/{entry.id}/list?node={item}")
    listed = desk.page.locator("table.rows tbody tr").count()
    assert 0 < listed < 100
    desk.page.locator(".bulk summary").click()
    desk.page.fill("#bulk-reason", "逐条看过，均无异议")
    desk.page.locator(".bulk button").click()
    desk.page.wait_for_url("**/list?*done=decided*")
    events = space.runs.events(entry.id)
    assert len(events) == listed
    assert all(e.content.bulk and e.content.reason == "逐条看过，均无异议" for e in events)
    assert desk.page.locator("em", has_text="批量").count() == listed

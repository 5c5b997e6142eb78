"""Blind opinions and their adjudication by keyboard alone, in a real browser."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from auditor.core.events import EventKind
from auditor.core.workspace import RunEntry
from auditor.workbench.space import Space
from tests.web.blind_rounds import PAIR, open_round, say
from tests.web.browser import Served, needs_chromium
from tests.web.conftest import Enter

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

ITEM = "8.2.4.1"
REASON = "只见规划，未见建成"


def page_of(browser: Browser, served: Served, login: str, path: str) -> Page:
    page = browser.new_context(viewport={"width": 1500, "height": 900}).new_page()
    page.goto(served.link(login))
    page.goto(f"{served.url}{path}")
    page.wait_for_selector("#decision")
    return page


def fill_in(page: Page, key: str, before: str) -> None:
    """Choose by key, write the reason, record; wait for the next feature."""
    page.keyboard.press(key)
    page.locator("#reason").focus()
    page.keyboard.type(REASON)
    page.keyboard.press("Control+Enter")
    page.wait_for_selector(f'#main:not([data-feature="{before}"])')


@needs_chromium
@pytest.mark.slow
def test_two_opinions_and_their_adjudication_by_keyboard(
    space: Space, entry: RunEntry, desk: Enter, served: Served, browser: Browser
) -> None:
    round_ = open_round(desk("lead"), space, entry, node=ITEM)
    one, two = round_.feature_ids[:2]
    blind = page_of(browser, served, PAIR[0], f"/runs/{entry.id}/blind/{one}?blind=1")
    assert blind.locator(".machine, .standing").count() == 0
    assert blind.locator(".passages li").count() > 0
    fill_in(blind, "4", one)
    assert blind.locator("#main").get_attribute("data-feature") == two
    leaf = blind.locator(f'.leaf[data-feature="{one}"]')
    assert "v-blind" in str(leaf.get_attribute("class"))
    blind.keyboard.press("k")
    blind.wait_for_selector(f'#main[data-feature="{one}"]')
    blind.context.close()

    for feature_id in (one, two):
        say(desk(PAIR[1]), space, entry, feature_id, verdict="met")
    say(desk(PAIR[0]), space, entry, two, verdict="met")
    path = f"/runs/{entry.id}/adjudication/{one}?adjudicate=1"
    third = page_of(browser, served, "lead", path)
    assert third.locator(".opinion").count() == 2
    fill_in(third, "h", one)
    third.context.close()

    present = space.open(entry.id).present
    said = [e for e in present.of_feature(one) if e.content.kind is EventKind.BLIND]
    assert said[0].content.reason == REASON and said[0].content.author == "评审员甲"
    decision = present.decisions[one].content
    assert decision.basis == tuple(e.id for e in said)
    assert decision.verdict == said[1].content.verdict
    assert decision.citations == said[1].content.citations and decision.reason == REASON

"""The whole way in a real browser against the real command, over both databases.

Papers are uploaded and audited; thirty features are reviewed by keyboard alone; one is overridden
with a sentence marked on its page; two people review an item blind, a third adjudicates; three
sign; the reports carry all of it.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from auditor.core.access import Role
from auditor.core.documents import Document, Span
from auditor.core.events import EventKind, ReviewEvent
from auditor.core.findings import Verdict
from auditor.core.highlights import highlight_boxes
from auditor.store.events import chain_faults
from auditor.workbench.opened import OpenRun
from auditor.workbench.queues import under
from auditor.workbench.space import Space, open_space
from tests.web.blind_rounds import PAIR, account_id
from tests.web.browser import Desk, Served, come_in, drag, errors_of, needs_chromium, search
from tests.web.samples import NAMES, SECOND_REVIEWER, add_people
from tests.web.serve_command import Bench
from tests.web.test_signing import STEPS, text_of

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

pytestmark = [pytest.mark.slow, pytest.mark.model, pytest.mark.browser, needs_chromium]
CITY = "临澜市"
PAPERS = ("01-行动计划.pdf", "02-政府工作报告.docx", "03-数据条例.html")
REPORT = "02-政府工作报告.docx"
THIRTY = 30
ITEM = "8.5.3.2"
WHY_OVERRIDDEN = "原引证只是部署，另见报告中的陈述"
WHY_AGREED = "两位意见一致，逐条看过"
OPINIONS = {PAIR[0]: "5", PAIR[1]: "3"}
AUDITED_WITHIN_MS = 240_000


@dataclass
class Town:
    """A served workspace with people of all roles; each has a window of their own."""

    space: Space
    served: Served
    browser: Browser
    windows: dict[str, Page]

    def page(self, login: str) -> Page:
        """The window of a person, who came in by a link of their own."""
        if login not in self.windows:
            self.windows[login] = come_in(self.browser, self.served, login)
        return self.windows[login]

    def opened(self, run_id: str) -> OpenRun:
        """The run as the database has it now."""
        return self.space.open(run_id)


@pytest.fixture
def town(tmp_path: Path, database_url: str | None, browser: Browser) -> Iterator[Town]:
    bench = Bench(tmp_path / "workspace", database_url)
    space = open_space(bench.folder, database_url)
    add_people(space.people, CITY)
    bench.start()
    windows: dict[str, Page] = {}
    try:
        yield Town(space, Served(bench.url, space), browser, windows)
        assert [errors_of(page) for page in windows.values()] == [[]] * len(windows)
    finally:
        for page in windows.values():
            page.context.close()
        bench.end()
        space.close()


def test_from_upload_to_the_signed_report(town: Town, root: Path) -> None:
    run_id = audit(town, [root / "examples/dossier" / name for name in PAPERS])
    reviewed = review_by_keyboard(town, run_id)
    overridden, quote = override_by_marking(town, run_id)
    assert overridden not in reviewed
    disputed = review_blind(town, run_id)
    adjudicate(town, run_id, disputed)
    sign(town, run_id)
    require_reports(town, run_id, overridden, quote, disputed)


def audit(town: Town, papers: list[Path]) -> str:
    """The lead uploads papers and has them audited with ``screen``; gives the run."""
    page = town.page("lead")
    page.goto(f"{town.served.url}/new")
    page.select_option("#city", CITY)
    page.check("input[value=screen]")
    page.set_input_files("#files", papers)
    page.click("#upload button.main")
    page.wait_for_url("**/jobs/*")
    page.wait_for_selector('[data-stage="read"]', timeout=AUDITED_WITHIN_MS)
    page.wait_for_selector(".s-done, .s-failed", timeout=AUDITED_WITHIN_MS)
    assert page.locator(".s-done").count() == 1, page.locator("#log").inner_text()
    page.click("a.button.main")
    page.wait_for_url("**/runs/*")
    return page.url.rpartition("/")[2]


def review_by_keyboard(town: Town, run_id: str) -> list[str]:
    """A reviewer decides thirty features without a mouse; all of it is on the record."""
    desk = Desk(town.page("reviewer"), town.served, run_id)
    desk.open()
    opened = town.opened(run_id)
    expected: list[tuple[str, Verdict]] = []
    while len(expected) < THIRTY:
        machine = opened.findings[desk.feature_id].verdict
        if machine is None or len(expected) % 5 == 2:
            desk.press("4")
            desk.page.keyboard.type("只见规划，未见建成")
            expected.append((desk.press_and_move("Control+Enter"), Verdict.PLANNED))
        else:
            expected.append((desk.press_and_move("a"), machine))
    events = town.space.runs.events(run_id)
    assert [(e.feature_id, e.content.verdict) for e in events] == expected
    assert all(e.content.finding_hash == opened.hashes[e.feature_id] for e in events)
    assert {e.content.author for e in events} == {NAMES[Role.REVIEWER]}
    return [feature_id for feature_id, _ in expected]


def override_by_marking(town: Town, run_id: str) -> tuple[str, str]:
    """The reviewer says another verdict on a sentence marked with the mouse; gives its quote."""
    desk = Desk(town.page("reviewer"), town.served, run_id)
    paper = town.opened(run_id).by_name[REPORT]
    span = one_line(paper)
    quote = paper.text[span.start : span.end]
    search(desk, quote)
    drag(desk, paper, span)
    desk.press("e")
    desk.page.wait_for_selector("#picked q")
    assert desk.page.locator("#picked q").inner_text() == quote
    desk.press("2")
    desk.press("Control+Enter")
    assert "没有理由" in desk.told()
    desk.page.keyboard.type(WHY_OVERRIDDEN)
    left = desk.press_and_move("Control+Enter")
    said = town.space.runs.events(run_id)[-1].content
    assert (said.feature_id, said.verdict, said.reason) == (
        left, Verdict.MOSTLY_MET, WHY_OVERRIDDEN,
    )  # fmt: skip
    assert [(c.quote, c.document) for c in said.citations] == [(quote, REPORT)]
    assert said.citations[0].span == span
    return left, quote


def one_line(paper: Document) -> Span:
    """The first sentence of a paper that stands within one line, and nowhere else."""
    for found in re.finditer(r"[^。；\n]{12,26}。", paper.text):
        span = Span(*found.span())
        boxes = highlight_boxes(paper, span)
        if len(boxes) == 1 and paper.text.count(found.group()) == 1:
            return span
    raise AssertionError("no sentence stands within a line")


def review_blind(town: Town, run_id: str) -> str:
    """Two people judge an item blind and disagree on its first feature; gives that feature."""
    lead = town.page("lead")
    lead.goto(f"{town.served.url}/runs/{run_id}/blind")
    for field, login in zip(("first", "second"), PAIR, strict=True):
        lead.select_option(f"select[name={field}]", str(account_id(town.space, login)))
    lead.select_option("select[name=node]", ITEM)
    lead.click(".round-form button.main")
    lead.wait_for_selector("table.rows tbody tr")
    features = features_of(town, run_id)
    for login in PAIR:
        page = town.page(login)
        page.goto(f"{town.served.url}/runs/{run_id}/blind")
        page.click("a.button.main")
        for number, feature_id in enumerate(features):
            page.wait_for_selector(f'#main[data-feature="{feature_id}"][data-decide="opinion"]')
            assert page.locator(".machine, .standing, .opinions").count() == 0
            page.keyboard.press(OPINIONS[login] if number == 0 else "6")
            page.locator("#reason").focus()
            page.keyboard.type(f"{login}看第{number + 1}条")
            with page.expect_response(lambda r: r.url.endswith("/opinion")) as answered:
                page.keyboard.press("Control+Enter")
            assert answered.value.status == 200, answered.value.text()
    return features[0]


def features_of(town: Town, run_id: str) -> list[str]:
    """The features of the item, in order."""
    return [f.id for f in town.opened(run_id).standard.features if under(f, ITEM)]


def adjudicate(town: Town, run_id: str, disputed: str) -> None:
    """The lead takes the second opinion on the disputed feature, and what both agree on."""
    lead = town.page("lead")
    lead.goto(f"{town.served.url}/runs/{run_id}/adjudication")
    lead.click(".bulk summary")
    lead.fill("#agreed-reason", WHY_AGREED)
    lead.click(".bulk button")
    lead.wait_for_selector("td em")
    lead.goto(f"{town.served.url}/runs/{run_id}/adjudication/{disputed}?adjudicate=1")
    lead.wait_for_selector('#main[data-decide="adjudication"]')
    assert lead.locator(".opinion").count() == 2
    lead.keyboard.press("h")
    lead.locator("#reason").focus()
    lead.keyboard.type("第二位所据更近于条文")
    with lead.expect_response(
        lambda r: "/features/" in r.url and r.request.method == "POST"
    ) as sent:
        lead.keyboard.press("Control+Enter")
    assert sent.value.status == 200, sent.value.text()
    present = town.opened(run_id).present
    decision = present.decisions[disputed].content
    assert (decision.author, decision.verdict) == (NAMES[Role.LEAD], Verdict.PARTLY_MET)
    opinions = [e.id for e in present.of_feature(disputed) if e.content.kind is EventKind.BLIND]
    assert decision.basis == tuple(opinions) and len(opinions) == 2
    assert all(present.decisions[f].content.bulk for f in features_of(town, run_id)[1:])
    lead.goto(f"{town.served.url}/runs/{run_id}/blind")
    lead.click('form[action$="/end"] button')
    lead.wait_for_selector('form[action$="/end"]', state="detached")
    lead.goto(f"{town.served.url}/runs/{run_id}/agreement")
    assert "0.62" in lead.locator("main").inner_text()


def sign(town: Town, run_id: str) -> None:
    """Three people declare that nothing binds them, and sign the item one after another."""
    for step, login in STEPS:
        page = town.page(login)
        page.goto(f"{town.served.url}/runs/{run_id}/signing")
        page.fill("#more", "无")
        page.click(".declaration button.main")
        shown = page.locator("code.head-hash").inner_text()
        assert shown == town.space.entry(run_id).head
        page.click(f'tr[id="n-{ITEM}"] form[action$="/signing/{step}"] button')
        page.wait_for_selector(f'tr[id="n-{ITEM}"] b:text-is("{NAMES_BY_LOGIN[login]}")')
    signed = town.opened(run_id).present.signatures[ITEM]
    assert [s.author for s in signed] == [NAMES_BY_LOGIN[login] for _, login in STEPS]


NAMES_BY_LOGIN = {role.value: name for role, name in NAMES.items()}


def require_reports(town: Town, run_id: str, overridden: str, quote: str, disputed: str) -> None:
    """The reports that the lead takes from the page carry what people did, and its head."""
    events = town.space.runs.events(run_id)
    head = town.space.entry(run_id).head
    assert chain_faults(events, head) == []
    for name in ("xlsx", "html", "docx"):
        text = text_of(downloaded(town.page("lead"), town, run_id, name), name)
        assert head in text, name
        assert all(NAMES_BY_LOGIN[login] in text for _, login in STEPS), name
        if name != "docx":  # the official report tells of levels, not of every feature
            assert quote in text and WHY_OVERRIDDEN in text, name
            assert NAMES[Role.LEAD] in text, name
    rows = json.loads(downloaded(town.page("lead"), town, run_id, "json"))["features"]
    said = {row["id"]: row["decision"] for row in rows}
    assert said[overridden]["verdict"] == Verdict.MOSTLY_MET.value
    assert said[disputed]["verdict"] == Verdict.PARTLY_MET.value
    require_record(downloaded(town.page("lead"), town, run_id, "events"), events)


def downloaded(page: Page, town: Town, run_id: str, name: str) -> bytes:
    """A report as the page of reports gives it."""
    answer = page.request.get(f"{town.served.url}/runs/{run_id}/reports/{name}", timeout=60_000)
    assert answer.status == 200, (name, answer.text()[:300])
    return answer.body()


def require_record(lines: bytes, events: tuple[ReviewEvent, ...]) -> None:
    """The exported record is that of the database, with a second reviewer's opinions in it."""
    told = [json.loads(line) for line in lines.decode().splitlines()]
    assert [one["id"] for one in told] == [event.id for event in events]
    authors = {event.content.author for event in events}
    assert {NAMES[Role.REVIEWER], "评审员乙"} <= authors, SECOND_REVIEWER

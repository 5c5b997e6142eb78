"""axe finds nothing serious on the main pages, in both languages."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe

from auditor.core.workspace import JobState, RunEntry
from auditor.store.progress import PROGRESS_FILE, FileProgress
from auditor.store.run_folder import STATE_FOLDER
from auditor.workbench.auditing import LOG_FILE, Order, enqueue
from auditor.workbench.space import Space
from tests.web.blind_rounds import PAIR, open_round, say
from tests.web.browser import Desk
from tests.web.conftest import Enter, SitDown
from tests.web.exchange import account_of
from tests.web.samples import CITY, STANDARD
from tests.web.test_signing import ITEM, decide_all, declare, sign

pytestmark = pytest.mark.browser
FEATURE = next(f.id for f in STANDARD.features if f.level == 3)
LANGUAGES = ("zh", "en")
PAGES = {
    "login": "/login",
    "home": "/",
    "run": "/runs/{run}",
    "list": "/runs/{run}/list?done=all&node=8.6",
    "review": f"/runs/{{run}}/features/{FEATURE}?queue=order",
}
BESIDE = "8.3.2"
"""A sub-domain apart from the item that is signed; two review it blind."""


@pytest.mark.parametrize("lang", LANGUAGES)
def test_axe_finds_nothing_serious(sit_down: SitDown, entry: RunEntry, lang: str) -> None:
    assert faults(sit_down("lead"), entry, PAGES, lang) == {}


@pytest.mark.parametrize("lang", LANGUAGES)
def test_axe_finds_nothing_serious_where_two_review_blind_and_a_third_decides(
    sit_down: SitDown, space: Space, entry: RunEntry, desk: Enter, lang: str
) -> None:
    lead = desk("lead")
    round_ = open_round(lead, space, entry, node=BESIDE)
    one, two = round_.feature_ids[:2]
    blind = {
        "run of who reviews blind": "/runs/{run}",
        "own rounds": "/runs/{run}/blind",
        "opinion": f"/runs/{{run}}/blind/{one}?blind=1",
    }
    for feature_id, other in ((one, "planned"), (two, "met")):
        say(desk(PAIR[0]), space, entry, feature_id)
        say(desk(PAIR[1]), space, entry, feature_id, verdict=other)
    settled = {
        "rounds": "/runs/{run}/blind",
        "cases": "/runs/{run}/adjudication",
        "case": f"/runs/{{run}}/adjudication/{one}?adjudicate=1",
        "agreement": "/runs/{run}/agreement",
    }
    assert faults(sit_down(PAIR[0]), entry, blind, lang) == {}
    assert faults(sit_down("lead"), entry, settled, lang) == {}


@pytest.mark.parametrize("lang", LANGUAGES)
def test_axe_finds_nothing_serious_where_it_is_signed(
    sit_down: SitDown, space: Space, entry: RunEntry, desk: Enter, lang: str
) -> None:
    lead = desk("lead")
    pages = {"signing": "/runs/{run}/signing", "reports": "/runs/{run}/reports"}
    seat = sit_down("lead")
    assert faults(seat, entry, pages, lang) == {}, "before the declaration"
    open_round(lead, space, entry, node=BESIDE)
    decide_all(lead, space, entry)
    for login, step in (("lead", "compiled"), ("technical_checker", "reviewed")):
        declare(desk(login), entry)
        assert sign(desk(login), space, entry, step).status_code == 303
    reopened = {"node": ITEM, "reason": "城市补充了材料"}
    lead.post(f"/runs/{entry.id}/signing/reopening", data=reopened)
    assert sign(lead, space, entry, "compiled").status_code == 303
    for login in ("lead", "technical_checker", "observer"):
        there = pages if login != "observer" else {"signing": pages["signing"]}
        assert faults(sit_down(login), entry, there, lang) == {}, login


@pytest.mark.parametrize("lang", LANGUAGES)
def test_axe_finds_nothing_serious_on_audits_in_every_state(
    sit_down: SitDown, space: Space, entry: RunEntry, lang: str
) -> None:
    seat = sit_down("lead")
    assert faults(seat, entry, {"no jobs": "/jobs", "new": "/new"}, lang) == {}
    for state in JobState:
        lay_job(space, state, entry.id if state is JobState.DONE else "")
    one_each = {state.value: f"/jobs/{state.value}" for state in JobState}
    intake = {"intake": "/runs/{run}/intake"}
    assert faults(seat, entry, {"jobs": "/jobs", **one_each, **intake}, lang) == {}


def lay_job(space: Space, state: JobState, run_id: str) -> None:
    """Put an audit there as if it were in a state, half done, with the words of its command."""
    job = enqueue(space, account_of(space, "lead"), state.value, Order(CITY, "screen"))
    work = space.folder / job.folder / STATE_FOLDER
    work.mkdir(parents=True)
    progress = FileProgress(work / PROGRESS_FILE)
    progress.begin("read", 3)
    progress.end("read")
    progress.begin("embed", 9)
    progress.advance("embed", 5, "第 5 批")
    (work / LOG_FILE).write_text("正在读取\n错误 / error: 材料无法读取\n", encoding="utf-8")
    message = "材料无法读取" if state is JobState.FAILED else ""
    space.jobs.move(job.id, [JobState.WAITING], state=state, run_id=run_id, message=message)


def faults(desk: Desk, entry: RunEntry, pages: Mapping[str, str], lang: str) -> dict[str, Any]:
    """What axe finds on pages, by the page's name; those without a fault are left out."""
    page = desk.page
    page.context.add_cookies([{"name": "auditor_lang", "value": lang, "url": desk.served.url}])
    found = {}
    for name, path in pages.items():
        answer = page.goto(desk.served.url + path.format(run=entry.id))
        assert answer is not None and answer.ok, (name, answer and answer.status)
        assert page.locator("html").get_attribute("lang") == {"zh": "zh-CN", "en": "en"}[lang]
        page.wait_for_load_state("networkidle")
        for more in page.locator("details:not([open]) > summary").all():
            if more.is_visible():
                more.click()
        found[name] = _serious(Axe().run(page).response["violations"])
    return {name: rows for name, rows in found.items() if rows}


def _serious(violations: list[dict[str, Any]]) -> list[str]:
    """What is serious or critical, with where it is."""
    return [
        f"{row['id']}: {[node['html'][:160] for node in row['nodes'][:3]]}"
        for row in violations
        if row["impact"] in ("serious", "critical")
    ]

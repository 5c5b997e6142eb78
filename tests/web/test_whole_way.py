"""The whole way in a real browser against the real command, over both databases.

Papers are uploaded and audited; thirty features are reviewed by keyboard alone; one is overridden
with words marked on the picture of their page; two people review two features blind, a third
adjudicates; three sign; the reports carry all of it, and the record that was exported holds.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from sklearn.metrics import cohen_kappa_score

from auditor.core.events import EventKind, ReviewEvent, Step
from auditor.core.findings import Verdict
from auditor.report.language import words
from auditor.store.events import chain_faults
from auditor.store.workspace.opening import DATABASE_FILE
from tests.web.browser import Desk, errors_of, needs_chromium, search
from tests.web.samples import STANDARD
from tests.web.serve_command import Bench
from tests.web.whole_way import (
    APPROVER,
    CHECKER,
    CITY,
    LEAD,
    MARKED,
    NEAR,
    REPORT,
    REVIEWER,
    SECOND,
    THIRD,
    Person,
    Town,
    card_of,
    cells_of_book,
    mark_with_mouse,
    rows_of_sheet,
    verify,
    watch,
    without_last,
    write_dossier,
)

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

pytestmark = [pytest.mark.slow, pytest.mark.model, pytest.mark.browser, needs_chromium]
FEATURES = [feature.id for feature in STANDARD.features]
THIRTY = 30
OVERRIDDEN = FEATURES[THIRTY]
ITEM = OVERRIDDEN.partition("-L")[0]
SUBDOMAIN, LEVEL = ITEM.rpartition(".")[0], 5
AGREED, DISPUTED = (
    f.id for f in STANDARD.features if f.level == LEVEL and f.id.startswith(f"{SUBDOMAIN}.")
)
"""What two review blind: one feature that is accepted before, one of the item that is signed."""
SAID = {
    SECOND.login: {AGREED: Verdict.PLANNED, DISPUTED: Verdict.NOT_MET},
    THIRD.login: {AGREED: Verdict.PLANNED, DISPUTED: Verdict.PARTLY_MET},
}
KEYS = {
    Verdict.MOSTLY_MET: "2", Verdict.PARTLY_MET: "3", Verdict.PLANNED: "4", Verdict.NOT_MET: "5",
}  # fmt: skip
WHY_OVERRIDDEN = "报告第二页另有陈述，初判未引"
WHY_SETTLED = {AGREED: "两位意见一致，改判", DISPUTED: "后一位所据更近于条文"}
SIGNERS = {Step.COMPILED: REVIEWER, Step.REVIEWED: CHECKER, Step.APPROVED: APPROVER}
AUDITED_WITHIN_S = 240
STAGES = """() => ({
  state: document.querySelector('#job-state').className.replace('state s-', ''),
  done: Object.fromEntries([...document.querySelectorAll('#stages li')].map(
    li => [li.dataset.stage, li.querySelector('.count').textContent])),
})"""
W = words("zh")


@pytest.fixture
def town(tmp_path: Path, database_url: str | None, browser: Browser) -> Iterator[Town]:
    bench = Bench(tmp_path / "workspace", database_url)
    served = Town(bench, browser, tmp_path)
    served.add_administrator()
    bench.start()
    try:
        yield served
        assert {login: errors_of(page) for login, page in served.windows.items()} == {
            login: [] for login in served.windows
        }
        assert (bench.folder / DATABASE_FILE).exists() is (database_url is None)
    finally:
        for page in served.windows.values():
            page.context.close()
        bench.end()


def test_from_upload_to_the_signed_report(town: Town, root: Path) -> None:
    town.add_staff()
    audit(town, write_dossier(town.folder / "材料", root / "examples/dossier"))
    review_by_keyboard(town)
    overridden = override_by_marking(town)
    review_blind(town)
    adjudicate(town)
    require_agreement(town)
    sign(town)
    require_reports(town, overridden)
    require_record(town)


def audit(town: Town, papers: list[Path]) -> None:
    """The lead uploads papers, has them audited with ``screen`` and sees how far it is."""
    page = town.page(LEAD)
    page.goto(f"{town.url}/new")
    page.select_option("#city", CITY)
    page.check("input[value=screen]")
    page.set_input_files("#files", papers)
    page.click("#upload button.main")
    page.wait_for_url("**/jobs/*")
    seen = watch(page, STAGES, lambda now: now["state"] not in ("waiting", "running"),
                 AUDITED_WITHIN_S)  # fmt: skip
    assert seen[-1]["state"] == "done", page.locator("#log").inner_text()
    require_progress([look["done"] for look in seen if look["state"] == "running"], len(papers))
    page.click('a.button.main[href^="/runs/"]')
    page.wait_for_url("**/runs/*")
    town.run_id = page.url.rpartition("/")[2]
    assert page.locator("h1").inner_text() == CITY


def require_progress(looks: list[dict[str, str]], papers: int) -> None:
    """While it ran the page showed steps that were done, ever more of them."""
    assert any(look["read"] == f"{papers}/{papers}" for look in looks), looks
    steps = [[int(count.partition("/")[0] or 0) for count in look.values()] for look in looks]
    for before, after in itertools.pairwise(steps):
        assert all(a <= b for a, b in zip(before, after, strict=True)), looks
    assert len({tuple(step) for step in steps}) > 2, looks


def on_screen(desk: Desk) -> dict[str, Any]:
    """What a reviewer sees of the machine's finding, and the hash that the page holds of it."""
    main = desk.page.locator("#main")
    return {
        "feature_id": desk.feature_id,
        "verdict": main.get_attribute("data-machine"),
        "hash": main.get_attribute("data-hash"),
        "quotes": desk.page.locator("#machine-cited q").all_inner_texts(),
    }


def said_in(event: ReviewEvent) -> dict[str, Any]:
    """The same of a decision."""
    said = event.content
    return {
        "feature_id": event.feature_id,
        "verdict": said.verdict.value if said.verdict else None,
        "hash": said.finding_hash,
        "quotes": [citation.quote for citation in said.citations],
    }


def review_by_keyboard(town: Town) -> None:
    """A reviewer accepts thirty features without a mouse; thirty events say what was on screen."""
    desk = town.desk(REVIEWER)
    desk.open()
    seen = []
    for feature_id in FEATURES[:THIRTY]:
        assert desk.feature_id == feature_id, "accepting goes on to the next"
        seen.append(on_screen(desk))
        desk.press_and_move("a")
    events = town.record()
    assert [said_in(event) for event in events] == seen
    assert all(look["hash"] for look in seen) and len({look["verdict"] for look in seen}) > 1
    assert {(e.content.author, e.content.kind, e.content.bulk) for e in events} == {
        (REVIEWER.name, EventKind.DECISION, False)
    }
    assert chain_faults(events) == []


def override_by_marking(town: Town) -> Verdict:
    """The reviewer gives another verdict, and cites words marked on the picture of their page."""
    desk = town.desk(REVIEWER)
    assert desk.feature_id == OVERRIDDEN
    seen = on_screen(desk)
    verdict = next(v for v in (Verdict.MOSTLY_MET, Verdict.PARTLY_MET) if v != seen["verdict"])
    search(desk, NEAR)
    mark_with_mouse(desk.page, MARKED)
    assert desk.page.locator("#selected").inner_text() == f"已选 {len(MARKED)} 字"
    desk.press("e")
    assert desk.page.locator("#picked q").all_inner_texts() == [MARKED]
    desk.press(KEYS[verdict], "Control+Enter")
    assert "没有理由" in desk.told()
    assert len(town.record()) == THIRTY and desk.feature_id == OVERRIDDEN
    desk.page.keyboard.type(WHY_OVERRIDDEN)
    desk.press_and_move("Control+Enter")
    event = town.record()[THIRTY]
    expected = {**seen, "verdict": verdict.value, "quotes": [MARKED]}
    assert (said_in(event), event.content.reason) == (expected, WHY_OVERRIDDEN)
    (cited,) = event.content.citations
    assert (cited.document, cited.page) == (REPORT, 2)
    assert town.text_of_paper(REPORT, cited.span.start, cited.span.end) == MARKED
    return verdict


def review_blind(town: Town) -> None:
    """Two people whom the lead chose judge the same features, and are told of nothing else."""
    lead = town.page(LEAD)
    told = [reason_of_machine(town, feature_id) for feature_id in (AGREED, DISPUTED)]
    lead.goto(f"{town.run}/blind")
    for name, person in (("first", SECOND), ("second", THIRD)):
        lead.select_option(f"select[name={name}]", label=f"{person.name} ({person.login})")
    lead.select_option("select[name=node]", SUBDOMAIN)
    lead.select_option("select[name=level]", str(LEVEL))
    lead.click(".round-form button.main")
    lead.wait_for_selector("table.rows tbody tr")
    give_opinions(town, SECOND, [*told, THIRD.name, REVIEWER.name])
    give_opinions(town, THIRD, [*told, SECOND.name, REVIEWER.name, reason_by(SECOND, DISPUTED)])


def reason_of_machine(town: Town, feature_id: str) -> str:
    """What the machine says of a feature, as those see it who may."""
    page = town.page(LEAD)
    page.goto(f"{town.run}/features/{feature_id}?queue=order&done=all")
    reason = page.locator(".machine .reason").first.inner_text()
    assert reason
    return reason


def reason_by(person: Person, feature_id: str) -> str:
    return f"{person.login} 看 {feature_id}：材料所载不过如此"


def give_opinions(town: Town, person: Person, secrets: list[str]) -> None:
    """One of the two gives opinions by keyboard; nothing that is sent tells what is secret."""
    page = town.page(person)
    page.goto(f"{town.run}/blind")
    page.click("main table a.button.main")
    for feature_id, verdict in SAID[person.login].items():
        page.wait_for_selector(f'#main[data-feature="{feature_id}"][data-decide="opinion"]')
        require_blind(page, secrets)
        page.keyboard.press(KEYS[verdict])
        page.keyboard.type(reason_by(person, feature_id))
        with page.expect_response("**/opinion") as answered:
            page.keyboard.press("Control+Enter")
        assert answered.value.ok, answered.value.text()
    for way, text in town.sent_to(person, (f"features/{AGREED}", f"features/{DISPUTED}")).items():
        assert not [secret for secret in secrets if secret in text], way
    for way, text in town.sent_to(person, ("changes?since=0", "list?done=all")).items():
        assert FEATURES[0] in text and AGREED not in text and DISPUTED not in text, way
    for way in ("agreement", "adjudication", "reports/events", "reports/html"):
        assert page.request.get(f"{town.run}/{way}").status == 403, way


def require_blind(page: Page, secrets: list[str]) -> None:
    """The page tells no verdict of the machine or of others, in its words or beneath them."""
    assert page.locator(".machine, .standing, .opinions, #main .verdict").count() == 0
    main = page.locator("#main")
    assert [main.get_attribute(f"data-{name}") for name in ("machine", "seen")] == ["", ""]
    for feature_id in (AGREED, DISPUTED):
        leaf = page.locator(f'.leaf[data-feature="{feature_id}"]')
        assert str(leaf.get_attribute("class")).split()[:2] == ["leaf", "v-blind"]
    whole = page.content()
    assert not [secret for secret in secrets if secret in whole]


def adjudicate(town: Town) -> None:
    """The lead decides by the word of the second, also what a reviewer had accepted before."""
    lead = town.page(LEAD)
    lead.goto(f"{town.run}/adjudication")
    assert lead.locator("table.cases").first.locator("td a").all_inner_texts() == [AGREED, DISPUTED]
    lead.click(f'td a:text-is("{AGREED}")')
    for feature_id, reason in WHY_SETTLED.items():
        lead.wait_for_selector(f'#main[data-feature="{feature_id}"][data-decide="adjudication"]')
        assert lead.locator(".opinion h3").all_inner_texts() == [SECOND.name, THIRD.name]
        lead.keyboard.press("h")
        lead.keyboard.type(reason)
        with lead.expect_response("**/adjudication") as answered:
            lead.keyboard.press("Control+Enter")
        assert answered.value.ok, answered.value.text()
    events = town.record()
    blind = {e.id: e for e in events if e.content.kind is EventKind.BLIND}
    opinions = {(e.content.author, e.feature_id): e.content.verdict for e in blind.values()}
    assert opinions == {
        (person.name, key): verdict
        for person in (SECOND, THIRD)
        for key, verdict in SAID[person.login].items()
    }
    for event, (key, reason) in zip(events[-2:], WHY_SETTLED.items(), strict=True):
        said = event.content
        assert (said.author, said.feature_id, said.reason) == (LEAD.name, key, reason)
        assert said.verdict is SAID[THIRD.login][key]
        assert [blind[i].content.author for i in said.basis] == [SECOND.name, THIRD.name]
    lead.goto(f"{town.run}/blind")
    lead.click('form[action$="/end"] button')
    lead.wait_for_selector('form[action$="/end"]', state="detached")


def require_agreement(town: Town) -> None:
    """The page of agreement has both pairs: half of them the same, and the kappa of the two."""
    page = town.page(LEAD)
    page.goto(f"{town.run}/agreement")
    assert all(person.name in page.locator("h2").first.inner_text() for person in (SECOND, THIRD))
    whole = page.locator("main table").first.locator("tbody tr").first.locator("td")
    first, second = (
        [verdict.value for verdict in SAID[person.login].values()] for person in (SECOND, THIRD)
    )
    assert whole.nth(1).inner_text() == "2"
    assert whole.nth(2).locator("b").inner_text() == "0.50"
    assert whole.nth(3).locator("b").inner_text() == f"{cohen_kappa_score(first, second):.2f}"


def sign(town: Town) -> None:
    """Three people declare to have no interest, and sign one after another what they are shown."""
    for step, person in SIGNERS.items():
        page = town.page(person)
        page.goto(f"{town.run}/signing")
        button = f'tr[id="n-{ITEM}"] form[action$="/signing/{step.value}"] button'
        assert page.locator(button).count() == 0, "nobody signs without a declaration"
        page.fill("#more", "无")
        page.click(".declaration button.main")
        page.wait_for_selector(button)
        shown = page.locator("code.head-hash").inner_text()
        assert shown == town.record()[-1].hash
        page.click(button)
        page.wait_for_selector(f'tr[id="n-{ITEM}"] td:has(b:text-is("{person.name}"))')
        signed = town.record()[-1].content
        assert (signed.kind, signed.step, signed.node) == (EventKind.SIGN_OFF, step, ITEM)
        assert (signed.author, signed.finding_hash) == (person.name, shown)
    declared = [e.content.author for e in town.record() if e.content.kind is EventKind.DECLARATION]
    assert declared == [person.name for person in SIGNERS.values()]


def require_reports(town: Town, verdict: Verdict) -> None:
    """Working papers and page carry both verdicts with who gave them, the new quote, the head."""
    head = town.record()[-1].hash
    paper, page = town.download("xlsx"), town.download("html")
    rows = {row[W["wp_id"]]: row for row in rows_of_sheet(paper)}
    for key, said, person, reason in (
        (OVERRIDDEN, verdict, REVIEWER, WHY_OVERRIDDEN),
        (DISPUTED, SAID[THIRD.login][DISPUTED], LEAD, WHY_SETTLED[DISPUTED]),
    ):
        told = [rows[key][W[f"wp_{name}"]] for name in ("decision", "reviewer", "decision_reason")]
        assert told == [W[said.value], person.name, reason]
        card = card_of(page, key)
        pill, decided = card.select_one(".pill"), card.select_one(".decided")
        assert pill is not None and pill.text == W[said.value]
        assert decided is not None
        assert all(part in decided.text for part in (W[said.value], person.name, reason))
    assert MARKED in rows[OVERRIDDEN][W["wp_decided_on"]]
    assert REPORT in rows[OVERRIDDEN][W["wp_decided_on"]]
    own = card_of(page, OVERRIDDEN).select("blockquote.own")
    assert len(own) == 1 and own[0].text.startswith(MARKED)
    assert rows[FEATURES[0]][W["wp_reviewer"]] == REVIEWER.name
    for text in (cells_of_book(paper), page.read_text("utf-8")):
        assert head in text
        assert all(person.name in text for person in SIGNERS.values())


def require_record(town: Town) -> None:
    """The exported events hold up to the head that the page shows; a record cut short does not."""
    exported = town.download("events").read_bytes()
    head = town.page(LEAD).locator("code.head-hash").inner_text()
    code, told = verify(exported, town.folder / "whole", head)
    assert (code, head in told) == (0, True), told
    code, told = verify(without_last(exported), town.folder / "cut", head)
    assert code == 3, told

"""The page of agreement shows what the measures give, and not to those who still review blind."""

from __future__ import annotations

import random
import re

import pytest
from sklearn.metrics import cohen_kappa_score

from auditor.core.findings import VERDICTS, Verdict
from auditor.core.workspace import RunEntry
from auditor.workbench.space import Space
from tests.web.blind_rounds import PAIR, open_round, say
from tests.web.conftest import Enter

DOMAIN = "8.3"
ASKED = 40


@pytest.fixture
def answers(space: Space, entry: RunEntry, desk: Enter) -> tuple[list[Verdict], list[Verdict]]:
    """Opinions of both on forty features of a domain, many the same."""
    round_ = open_round(desk("lead"), space, entry, node=DOMAIN, sample=ASKED, seed=3)
    rng = random.Random(5)
    one, two = desk(PAIR[0]), desk(PAIR[1])
    first, second = [], []
    for feature_id in round_.feature_ids:
        first.append(rng.choice(VERDICTS))
        second.append(first[-1] if rng.random() < 0.7 else rng.choice(VERDICTS))
        say(one, space, entry, feature_id, verdict=first[-1].value)
        say(two, space, entry, feature_id, verdict=second[-1].value)
    return first, second


def test_the_page_gives_kappa_overall_by_domain_and_with_the_machine(
    space: Space, entry: RunEntry, desk: Enter, answers: tuple[list[Verdict], list[Verdict]]
) -> None:
    page = desk("lead").get(f"/runs/{entry.id}/agreement").text
    first, second = ([v.value for v in said] for said in answers)
    kappa = cohen_kappa_score(first, second)
    rows = re.findall(r"<tr><td>(.*?)</td><td class=\"num\">(\d+)</td>(.*?)</tr>", page, re.S)
    values = {name: re.findall(r"<b>(.*?)</b>", cells) for name, _, cells in rows[:7]}
    pairs = {name: int(n) for name, n, _ in rows[:7]}
    domain = next(name for name in values if name.startswith(DOMAIN))
    assert pairs["全部"] == pairs[domain] == ASKED
    assert values["全部"][1] == values[domain][1] == f"{kappa:.2f}"
    assert (
        values["全部"][0]
        == f"{sum(a == b for a, b in zip(first, second, strict=True)) / ASKED:.2f}"
    )
    assert sum(pairs.values()) == 2 * ASKED, "the other domains have none"
    assert page.count("<svg") == 1 and "stroke-dasharray" in page and "style=" not in page
    findings, machine = space.open(entry.id).findings, []
    for feature_id in space.desks.rounds(entry.id)[0].feature_ids:
        machine.append(findings[feature_id].verdict)
    judged = [(a, m.value) for a, m in zip(first, machine, strict=True) if m is not None]
    with_machine = cohen_kappa_score(*zip(*judged, strict=True))
    assert f"<b>评审员甲</b> · 机器初判　κ {with_machine:.2f}" in page


def test_a_decision_that_saw_the_machine_counts_nowhere(
    space: Space, entry: RunEntry, desk: Enter, answers: tuple[list[Verdict], list[Verdict]]
) -> None:
    lead = desk("lead")
    before = re.sub(r"csrf.*", "", lead.get(f"/runs/{entry.id}/agreement").text)
    opened = space.open(entry.id)
    free = next(
        f.feature_id
        for f in opened.run.findings
        if f.feature_id.startswith("8.1.") and f.verdict is Verdict.NO_EVIDENCE
    )
    body = {
        "verdict": "no_evidence", "reason": "", "seen": "", "cited": [],
        "finding_hash": opened.hashes[free],
    }  # fmt: skip
    assert lead.post(f"/runs/{entry.id}/features/{free}/decision", json=body).status_code == 200
    assert re.sub(r"csrf.*", "", lead.get(f"/runs/{entry.id}/agreement").text) == before


def test_only_leads_and_observers_see_it_and_never_one_who_reviews_blind(
    space: Space, entry: RunEntry, desk: Enter
) -> None:
    path = f"/runs/{entry.id}/agreement"
    seen = {
        login: desk(login).get(path).status_code
        for login in ("lead", "observer", "reviewer", "approver", "filler", "administrator")
    }
    assert seen == {
        "lead": 200, "observer": 200, "reviewer": 403, "approver": 403, "filler": 403,
        "administrator": 403,
    }  # fmt: skip
    lead = desk("lead")
    round_ = open_round(lead, space, entry, node=DOMAIN, pair=("lead", PAIR[0]))
    assert lead.get(path).status_code == 403
    lead.post(f"/runs/{entry.id}/blind/{round_.id}/end")
    assert lead.get(path).status_code == 200


def test_without_pairs_the_page_says_so(space: Space, entry: RunEntry, desk: Enter) -> None:
    assert "还没有成对的盲评意见" in desk("observer").get(f"/runs/{entry.id}/agreement").text
    open_round(desk("lead"), space, entry, node=DOMAIN)
    page = desk("observer").get(f"/runs/{entry.id}/agreement?lang=en")
    assert page.status_code == 200 and "no pairs" in page.text

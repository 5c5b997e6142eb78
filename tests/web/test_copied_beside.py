"""Where else a cited sentence stands is told to its reviewers, and to nobody else."""

from __future__ import annotations

import pytest

from auditor.core.access import Grant, Role
from auditor.core.across import CitedSentence, CopiedSentence, Likeness
from auditor.core.findings import Citation, Judgement
from auditor.core.workspace import RunEntry
from auditor.store.elsewhere import ELSEWHERE_FILE, elsewhere_json
from auditor.store.run_folder import write_json
from auditor.workbench.space import Space
from tests.web.blind_rounds import PAIR, open_round
from tests.web.conftest import Enter
from tests.web.samples import MADE_AT

OTHER, PAPER = "江宁甲市", "国家意见.pdf"
SAID = "江宁甲市的同一句话"


def cited_in(space: Space, entry: RunEntry) -> tuple[str, Citation]:
    """A feature with a citation of the machine."""
    for finding in space.open(entry.id).run.findings:
        outcome = finding.outcome
        if isinstance(outcome, Judgement) and outcome.citations:
            return finding.feature_id, outcome.citations[0]
    raise AssertionError("the sample cites nothing")


def note(space: Space, entry: RunEntry, citation: Citation) -> None:
    """Leave beside the run that the sentence stands in another city's and in a national paper."""
    row = CopiedSentence(
        sentence=CitedSentence(entry.city, citation, ()),
        template=1,
        cities=(Likeness(OTHER, "<b>报告</b>.pdf", SAID, 0.93, 1.0, False),),
        papers=(Likeness("", PAPER, "国家文件的原句", 0.8, 1.0, False),),
        city_count=12,
        paper_count=1,
        own_figures=False,
    )
    file = space.folder / "runs" / entry.id / ELSEWHERE_FILE
    write_json(file, elsewhere_json([row], 133, 812))


@pytest.mark.parametrize(
    ("lang", "words"), [("zh", "同一句另见"), ("en", "The same sentence stands also in")]
)
def test_who_sees_every_city_reads_both_sentences_without_a_new_start(
    space: Space, entry: RunEntry, desk: Enter, lang: str, words: str
) -> None:
    feature_id, citation = cited_in(space, entry)
    everywhere = [Grant(Role.REVIEWER)]
    space.people.accounts.add("everywhere", "评审员丙", "no password", everywhere, MADE_AT)
    client = desk("everywhere")
    client.cookies.set("auditor_lang", lang)
    address = f"/runs/{entry.id}/features/{feature_id}?queue=order"
    assert words not in client.get(address).text
    note(space, entry, citation)
    shown = client.get(address).text
    assert words in shown and PAPER in shown and OTHER in shown and SAID in shown
    assert "<b>报告</b>" not in shown


def test_other_cities_are_a_number_for_who_does_not_see_them(
    space: Space, entry: RunEntry, desk: Enter
) -> None:
    feature_id, citation = cited_in(space, entry)
    note(space, entry, citation)
    shown = desk("reviewer").get(f"/runs/{entry.id}/features/{feature_id}?queue=order").text
    assert "其他 12 个城市" in shown and PAPER in shown
    assert OTHER not in shown and SAID not in shown


def test_who_reviews_blind_is_told_nothing_of_it(
    space: Space, entry: RunEntry, desk: Enter
) -> None:
    feature_id, citation = cited_in(space, entry)
    note(space, entry, citation)
    open_round(desk("lead"), space, entry, node=feature_id.split("-")[0])
    client = desk(PAIR[0])
    shown = client.get(f"/runs/{entry.id}/blind/{feature_id}?blind=1")
    assert shown.status_code == 200 and feature_id in shown.text
    assert PAPER not in shown.text and "另见" not in shown.text

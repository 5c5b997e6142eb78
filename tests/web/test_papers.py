"""What the paper's pane and the tree ask the server for: stretches of text, search, changes."""

from __future__ import annotations

import pytest

from auditor.core.workspace import RunEntry
from auditor.workbench.acting import Answer, decide_feature
from auditor.workbench.space import Space
from tests.web.blind_rounds import open_round
from tests.web.conftest import Enter
from tests.web.samples import LEDGER, RARE, REPORT, STANDARD, STORY, Sample, sentence

FEATURES = [feature.id for feature in STANDARD.features]


@pytest.mark.parametrize(
    "query", ["", "?start=17184&end=17198", "?from=6000", "?until=6000", "?from=25839", "?from=9e9"]
)
def test_a_stretch_is_a_piece_of_the_text_where_it_says(
    desk: Enter, entry: RunEntry, sample: Sample, query: str
) -> None:
    story = sample.paper(STORY)
    got = desk("reviewer").get(f"/runs/{entry.id}/papers/{story.sha256}/text{query}").json()
    start = got["start"]
    assert got["text"] == story.text[start : start + len(got["text"])]
    assert got["whole"] == len(story.text)


def test_stretches_behind_each_other_are_the_whole_text(
    desk: Enter, entry: RunEntry, sample: Sample
) -> None:
    story, client = sample.paper(STORY), desk("reviewer")
    path = f"/runs/{entry.id}/papers/{story.sha256}/text"
    down, up = "", ""
    while len(down) < len(story.text):
        down += client.get(f"{path}?from={len(down)}").json()["text"]
    while len(up) < len(story.text):
        up = client.get(f"{path}?until={len(story.text) - len(up)}").json()["text"] + up
    assert down == up == story.text


def test_a_page_tells_where_each_of_its_characters_stands(
    desk: Enter, entry: RunEntry, sample: Sample
) -> None:
    report = sample.paper(REPORT)
    start = report.text.index(sentence(2, 4))
    query = f"?start={start}&end={start + len(sentence(2, 4))}"
    path = f"/runs/{entry.id}/papers/{report.sha256}/pages/2{query}"
    page = desk("reviewer").get(path).json()
    assert (page["page"], page["pages"], page["picture"]) == (2, 4, True)
    for line in page["lines"]:
        assert len(line["edges"]) == line["end"] - line["start"] + 1
    assert page["boxes"]
    inside = page["text"][start - page["start"] :]
    assert inside.startswith(sentence(2, 4))


def test_a_picture_of_a_page_is_a_picture(desk: Enter, entry: RunEntry, sample: Sample) -> None:
    client, report = desk("reviewer"), sample.paper(REPORT)
    got = client.get(f"/runs/{entry.id}/papers/{report.sha256}/pages/1.png?width=900")
    assert got.headers["content-type"] == "image/png"
    assert got.content.startswith(b"\x89PNG")
    for path in (f"{report.sha256}/pages/9.png", f"{'0' * 64}/pages/1.png"):
        assert client.get(f"/runs/{entry.id}/papers/{path}").status_code == 404


def test_a_word_is_found_in_all_papers_by_code_points(
    desk: Enter, entry: RunEntry, sample: Sample
) -> None:
    client = desk("reviewer")
    hits = client.get(f"/runs/{entry.id}/search", params={"word": "😀已在"}).json()["hits"]
    (hit,) = hits
    text = sample.paper(STORY).text
    assert text[hit["start"] : hit["end"]] == "😀已在"
    assert hit["before"] + hit["hit"] + hit["after"] == RARE
    ledger = client.get(f"/runs/{entry.id}/search", params={"word": "业务系统"}).json()["hits"]
    assert {h["sha256"] for h in ledger} == {sample.paper(LEDGER).sha256}
    assert client.get(f"/runs/{entry.id}/search", params={"word": "第.章"}).json()["hits"] == []
    many = client.get(f"/runs/{entry.id}/search", params={"word": "报送"}).json()
    assert many["more"] is True


def test_changes_tell_what_was_decided_behind_what_is_known(
    desk: Enter, space: Space, entry: RunEntry
) -> None:
    client, account = desk("observer"), space.people.accounts.by_login("reviewer")
    assert account is not None
    path = f"/runs/{entry.id}/changes"
    assert client.get(path).json() == {"events": 0, "nodes": False, "features": []}
    opened = space.open(entry.id)
    for feature_id in FEATURES[1:3]:
        answer = Answer(feature_id, "not_met", "看过", "", opened.hashes[feature_id])
        last = decide_feature(space, account, opened, answer)
    now = client.get(f"{path}?since=1").json()
    assert (now["events"], now["nodes"]) == (2, False)
    assert now["features"] == [
        {
            "id": FEATURES[2],
            "verdict": "not_met",
            "decided": True,
            "seen": last.id,
            "author": "评审员甲",
        }
    ]
    assert len(client.get(f"{path}?since=nonsense").json()["features"]) == 2
    assert client.get(f"{path}?since=99").json()["features"] == []


def test_changes_tell_nothing_of_what_one_reviews_blind(
    desk: Enter, space: Space, entry: RunEntry
) -> None:
    open_round(desk("lead"), space, entry, node="8.1.1")
    account = space.people.accounts.by_login("lead")
    assert account is not None
    opened = space.open(entry.id)
    blind = next(f for f in FEATURES if f.startswith("8.1.1."))
    other = next(f for f in FEATURES if f.startswith("8.6."))
    for feature_id in (blind, other):
        answer = Answer(feature_id, "not_met", "看过", "", opened.hashes[feature_id])
        decide_feature(space, account, opened, answer)
    path = f"/runs/{entry.id}/changes"
    told = {row["id"] for row in desk("reviewer").get(path).json()["features"]}
    assert blind not in told
    told = {row["id"] for row in desk("lead").get(path).json()["features"]}
    assert {blind, other} <= told

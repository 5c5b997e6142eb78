"""What a person cites stands in every report beside their verdict, not the machine's alone."""

from __future__ import annotations

import csv
import io
import json
import re
import zipfile
from dataclasses import replace
from pathlib import Path

import pytest
from bs4 import BeautifulSoup
from openpyxl import load_workbook

from auditor.core.documents import Document, Mark, MarkKind, Span
from auditor.core.findings import Citation, Decision, Judgement, Verdict
from auditor.core.result import Result
from auditor.report import write_public, write_report
from auditor.report.language import words
from auditor.report.redaction import WITHHELD
from tests.unit.report.full_city import STANDARD, full_city

OVERRIDDEN = STANDARD.features[4].id
"""Of level 5: a green of it stands among the first in the official report."""
ACCEPTED = STANDARD.features[0].id
PAPER, QUOTE = "02-台账.pdf", "本市数据流通利用平台已于六月一日投入使用"
INNER = "03-内部.txt"
W = words("zh")


@pytest.fixture(scope="module")
def result(tmp_path_factory: pytest.TempPathFactory) -> Result:
    """One verdict overridden with two quotes, one of an internal paper; one accepted as it is."""
    found = full_city(tmp_path_factory.mktemp("run"))
    rows = {f.feature_id: f for f in found.findings}
    own = (
        Citation("", PAPER, 7, Span(40, 40 + len(QUOTE)), QUOTE),
        Citation("", INNER, None, Span(0, 4), "内部会议"),
    )
    rows[OVERRIDDEN] = replace(
        rows[OVERRIDDEN], verdict=Verdict.MET, direct_verdict=Verdict.MET, decision=_said(own)
    )
    outcome = rows[ACCEPTED].outcome
    assert isinstance(outcome, Judgement)
    citation = Citation("d:0:0", "01-报告.pdf", 3, Span(0, 4), "全市已建成")
    cited = replace(outcome, verdict=Verdict.MET, citations=(citation,))
    rows[ACCEPTED] = replace(
        rows[ACCEPTED], outcome=cited, verdict=Verdict.MET, decision=_said((citation,))
    )
    inner = Document(INNER, "b" * 64, "txt", "内部会议纪要", (), marks=(_mark(),))
    run = replace(found.run, documents=(inner,))
    return replace(found, run=run, findings=tuple(rows.values()))


def _said(cited: tuple[Citation, ...]) -> Decision:
    when = "2026-11-02T10:00:00+08:00"
    return Decision(Verdict.MET, "评审员甲", "台账写明", when, "event1", cited)


def _mark() -> Mark:
    return Mark(MarkKind.INTERNAL, Span(0, 2))


def test_the_working_paper_has_a_column_of_what_the_decision_cites(
    result: Result, tmp_path: Path
) -> None:
    file = write_report(result, STANDARD, tmp_path, "xlsx")
    rows = [[c or "" for c in r] for r in load_workbook(file).worksheets[0].values]
    column = rows[1].index(W["wp_decided_on"])
    told = {row[0]: row[column] for row in rows[2:]}
    assert told[OVERRIDDEN] == f"1. {QUOTE}（{PAPER}、第 7 页）\n2. 内部会议（{INNER}）"
    assert told[ACCEPTED] == "全市已建成（01-报告.pdf、第 3 页）"
    assert not any(text for key, text in told.items() if key not in (OVERRIDDEN, ACCEPTED))


def test_the_page_shows_a_persons_new_quotes_and_repeats_none(
    result: Result, tmp_path: Path
) -> None:
    page = write_report(result, STANDARD, tmp_path, "html").read_text("utf-8")
    soup = BeautifulSoup(page, "lxml")
    cards = {key: soup.find(id=key) for key in (OVERRIDDEN, ACCEPTED)}
    own = [q.text for q in cards[OVERRIDDEN].select("blockquote.own")]
    assert [QUOTE in own[0], "内部会议" in own[1], len(own)] == [True, True, 2]
    assert PAPER in own[0] and "第 7 页" in own[0] and W["wp_decided_on"] in own[0]
    assert len(cards[ACCEPTED].select("blockquote")) == 1


def test_files_for_programs_have_them(result: Result, tmp_path: Path) -> None:
    text = write_report(result, STANDARD, tmp_path, "json").read_text("utf-8")
    features = {row["id"]: row for row in json.loads(text)["features"]}
    first, second = features[OVERRIDDEN]["decision"]["quotes"]
    assert (first["text"], first["document"], first["page"]) == (QUOTE, PAPER, "7")
    assert (second["document"], second["page"]) == (INNER, "")
    table = write_report(result, STANDARD, tmp_path, "csv").read_text("utf-8-sig")
    rows = {row[W["wp_id"]]: row for row in csv.DictReader(io.StringIO(table, newline=""))}
    assert QUOTE in rows[OVERRIDDEN][W["wp_decided_on"]]


def test_the_official_report_names_what_a_persons_green_rests_on(
    result: Result, tmp_path: Path
) -> None:
    file = write_report(result, STANDARD, tmp_path, "docx")
    with zipfile.ZipFile(file) as parts:
        text = re.sub(r"<[^>]*>", "", parts.read("word/document.xml").decode("utf-8"))
    assert QUOTE in text and PAPER in text


def test_the_public_version_withholds_those_of_internal_papers(
    result: Result, tmp_path: Path
) -> None:
    for name in ("html", "json", "csv"):
        text = write_public(result, STANDARD, tmp_path, name).read_text("utf-8-sig")
        assert QUOTE in text and WITHHELD in text, name
        assert "内部会议" not in text and INNER not in text, name

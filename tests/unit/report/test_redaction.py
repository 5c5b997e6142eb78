"""The redacted version: the same verdicts and levels, without what is not for the public."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from auditor.core.documents import Document, Mark, MarkKind
from auditor.core.findings import Decision, Verdict
from auditor.core.result import Result
from auditor.core.spans import Span
from auditor.report import FORMATS, write_public, write_report
from auditor.report.redaction import PAPER, WITHHELD, public_version
from tests.unit.report.full_city import STANDARD, full_city

NAME, PHONE = "王某某", "13812345678"


@pytest.fixture(scope="module")
def result(tmp_path_factory: pytest.TempPathFactory) -> Result:
    """The cited paper is internal; a decision names a person and a phone number."""
    found = full_city(tmp_path_factory.mktemp("run"))
    marks = (Mark(MarkKind.INTERNAL, Span(0, 4)),)
    paper = Document("01-报告.pdf", "a" * 64, "pdf", "内部资料", (), marks=marks)
    decision = Decision(
        Verdict.MET, NAME, f"电话 {PHONE} 核实", "2026-03-02T09:00:00+08:00", "event0", (), NAME
    )
    rows = list(found.findings)
    rows[2] = replace(rows[2], decision=decision, verdict=Verdict.MET)
    checked = {**found.run.manifest, "sent": {"documents": ["x"]}, "software": {"git": "abc"}}
    run = replace(found.run, documents=(paper,), manifest=checked)
    return replace(found, run=run, findings=tuple(rows))


def test_verdicts_and_numbers_are_the_same(result: Result) -> None:
    public = public_version(result)
    assert [f.verdict for f in public.findings] == [f.verdict for f in result.findings]
    assert public.standing == result.standing


def test_quotes_of_internal_papers_names_and_numbers_are_gone(
    result: Result, tmp_path: Path
) -> None:
    public = public_version(result)
    quotes = {c.quote for f in public.findings for c in getattr(f.outcome, "citations", ())}
    papers = {c.document for f in public.findings for c in getattr(f.outcome, "citations", ())}
    assert (quotes, papers) == ({WITHHELD}, {PAPER})
    for name in ("html", "json", "csv"):
        text = write_public(result, STANDARD, tmp_path, name).read_text("utf-8-sig")
        for secret in (NAME, PHONE, "01-报告.pdf", "abc", "event0", "数据共享平台，归集"):
            assert secret not in text, (name, secret)
        inner = write_report(result, STANDARD, tmp_path, name).read_text("utf-8-sig")
        assert NAME in inner


def test_every_report_has_a_redacted_version_beside_it(result: Result, tmp_path: Path) -> None:
    files = [write_public(result, STANDARD, tmp_path, name) for name in FORMATS]
    assert all("（公示版）" in file.name for file in files)
    assert len({file.name for file in files}) == len(FORMATS)

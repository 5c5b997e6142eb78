"""The redacted reports opened and searched, all their insides, for what must not be in them."""

from __future__ import annotations

import html
import re
import zipfile
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pypdfium2
import pytest
from pypdf import PdfReader

from auditor.cli.report import as_pdf
from auditor.core.appeals import Appeal, Said
from auditor.core.documents import Document, HiddenText, LeftOut, Mark, MarkKind
from auditor.core.events import EventContent, EventKind, ReviewEvent, Step
from auditor.core.findings import (
    Absence,
    AbsenceKind,
    Check,
    Citation,
    Decision,
    Failure,
    Finding,
    Judgement,
    Rejected,
    Rejection,
    Verdict,
)
from auditor.core.instructions import Family, Instruction, Place
from auditor.core.result import Result
from auditor.core.site import SiteMethod, SiteVisit
from auditor.core.spans import Span
from auditor.report import FORMATS, write_public, write_report
from auditor.report.writer import APPEAL
from tests.unit.ingest.taking_samples import needs_office
from tests.unit.report.full_city import STANDARD, full_city

NOWHERE = {"隐藏内部文字"}
"""What no report shows, internal or not (the intake does)."""
REVIEWER, APPROVER, OPENER = "评审员某甲", "批准人某乙", "开放人某丙"
PHONE, CARD_ID, BANK = "13812345678", "11010519491231002X", "6222021234567890128"
LANDING = "手机139"
"""The first half of a number that the citation cuts in two."""
FOLDER, INTERNAL = "专班/审计组", "内部/会商纪要.pdf"
LOCAL = "/srv/audits/yunling/01.pdf"
SECRETS = (
    REVIEWER, APPROVER, OPENER, PHONE, CARD_ID, BANK, FOLDER, "会商纪要", LOCAL,
    "复核内部意见", "机器内部理由", "核验内部备注", "落选的句子", "内部检索式", "引句内部原文",
    "现场内部地点", "现场内部结果", "现场内部系统", "读取内部提示", "隐藏内部文字", "未收内部文件",
    "矛盾内部说明", "指令内部原文", "旧版内部意见", "备注内部意见", "f00dfeedf00dfeed",
    "abc123commit", "声明内部原话",
)  # fmt: skip
OPEN_PAPER = f"{FOLDER}/01-报告.pdf"


def cited(document: str, quote: str) -> tuple[Citation, ...]:
    return (Citation("s:1:0", document, 2, Span(10, 10 + len(quote)), quote),)


def papers() -> tuple[Document, ...]:
    """An open paper whose marks tell of a number that the quote holds in part; an internal one."""
    cut = Mark(MarkKind.PHONE, Span(12, 20))
    hidden = (HiddenText("white", "隐藏内部文字"),)
    open_ = Document(
        OPEN_PAPER, "a" * 64, "pdf", "正文", (), title=f"联系 {PHONE}", marks=(cut,),
        warnings=("读取内部提示",), hidden=hidden,
    )  # fmt: skip
    marks = (Mark(MarkKind.INTERNAL, Span(0, 4)),)
    return (open_, Document(INTERNAL, "b" * 64, "pdf", "正文", (), marks=marks))


VISIT = SiteVisit(
    SiteMethod.DEMONSTRATION,
    "2026-03-01",
    "现场内部地点",
    ("管理员",),
    "现场内部结果",
    "现场内部系统",
)
DECISION = Decision(
    Verdict.MET, REVIEWER, "复核内部意见", "2026-03-02T09:00:00+08:00", "f00dfeedf00dfeed",
    cited(OPEN_PAPER, f"窗口 {PHONE}。"), APPROVER, (VISIT,),
)  # fmt: skip


def planted(finding: Finding, place: int) -> Finding:
    """A finding with a secret in each of its parts, one kind of part after the other."""
    outcome = finding.outcome
    if not isinstance(outcome, Judgement):
        return replace(finding, outcome=Failure(finding.feature_id, "screen", "IOError", LOCAL))
    near = Rejected(cited(OPEN_PAPER, "落选的句子")[0], 1, Rejection.WEAK)
    absence = Absence(AbsenceKind.SEARCHED, ("内部检索式",), 9, 5, 0, (near,))
    quotes: tuple[tuple[Citation, ...], ...] = (
        cited(OPEN_PAPER, f"{LANDING}12345，身份证 {CARD_ID}，卡号 {BANK}。"),
        cited(INTERNAL, "引句内部原文"),
    )
    internal = place % 2 == 1
    outcome = replace(
        outcome,
        citations=quotes[place % 2],
        reason="机器内部理由" if internal else f"见 {PHONE}",
        checks=(Check("modality", "flagged", "核验内部备注"),),
    )
    if finding.direct_verdict is Verdict.NO_EVIDENCE:
        outcome = replace(outcome, citations=())
        return replace(finding, outcome=outcome, absence=absence)
    decided = place % 40 == 3
    return replace(finding, outcome=outcome, decision=DECISION if decided else None)


@pytest.fixture(scope="module")
def result(tmp_path_factory: pytest.TempPathFactory) -> Result:
    """A run that an appeal made, with secrets wherever a run holds words."""
    found = full_city(tmp_path_factory.mktemp("run"))
    rows = tuple(planted(f, n) for n, f in enumerate(found.findings))
    listed = papers()
    manifest: dict[str, Any] = {
        **found.run.manifest,
        "version": 2,
        "documents": [{"name": d.name, "sha256": d.sha256, "title": d.title, "kind": "other",
                       "issued_on": None, "pages": 3, "characters": 9, "counts": True,
                       "warnings": list(d.warnings)} for d in listed],
        "disclosure": {"opened_by": OPENER},
        "software": {"git": "abc123commit"},
        "sent": {"documents": [OPEN_PAPER]},
    }  # fmt: skip
    other = Check("contradiction", "noted", "矛盾内部说明", quotes=cited(OPEN_PAPER, "甲"))
    order = Instruction(OPEN_PAPER, Family.ORDER, Place.TEXT, "指令内部原文")
    run = replace(
        found.run,
        manifest=manifest,
        documents=listed,
        left_out=(LeftOut("未收内部文件.zip", "broken", "打不开", ""),),
        findings=rows,
        contradictions=(other,),
        instructions=(order,),
    )
    content = EventContent(
        EventKind.EVIDENCE, rows[0].feature_id, "", REVIEWER, "备注内部意见", DECISION.time,
        site=(VISIT,),
    )  # fmt: skip
    declared = EventContent(EventKind.DECLARATION, "", "", REVIEWER, "声明内部原话", DECISION.time)
    signed = EventContent(
        EventKind.SIGN_OFF, "", "", APPROVER, "", DECISION.time, node="city", step=Step.COMPILED
    )
    events = tuple(
        ReviewEvent("f00dfeedf00dfeed", c, "", "f00dfeedf00dfeed" * 4)
        for c in (content, declared, signed)
    )
    said = Said(Verdict.PLANNED, False, True, cited(INTERNAL, "引句内部原文"), "旧版内部意见")
    appeal = Appeal(2, (OPEN_PAPER, INTERNAL), {"city": 0}, {rows[3].feature_id: said})
    return replace(found, run=run, findings=rows, events=events, appeal=appeal)


def insides(file: Path) -> Iterator[tuple[str, str]]:
    """Every text in a report, by the part that holds it; XML also without its tags."""
    if file.suffix in (".docx", ".xlsx"):
        with zipfile.ZipFile(file) as package:
            for name in package.namelist():
                raw = package.read(name).decode("utf-8", "replace")
                yield name, html.unescape(raw)
                yield name, html.unescape(re.sub(r"<[^>]+>", "", raw))
    elif file.suffix == ".pdf":
        for number, page in enumerate(pypdfium2.PdfDocument(file), 1):
            text = page.get_textpage().get_text_range()
            yield f"page {number}", re.sub(r"\s", "", text)
        reader = PdfReader(file)
        yield "metadata", str(dict(reader.metadata or {}))
        yield "xmp", reader.xmp_metadata.stream.get_data().decode() if reader.xmp_metadata else ""
        yield "outline", str(reader.outline)
        yield "attachments", str(list(reader.attachments))
        yield "annotations", str([page.get("/Annots") for page in reader.pages])
    else:
        text = file.read_text("utf-8-sig")
        yield "text", html.unescape(text)


def leaks(file: Path) -> list[tuple[str, str]]:
    parts = list(insides(file))
    return [(secret, name) for secret in SECRETS for name, text in parts if secret in text]


@pytest.mark.parametrize("lang", ["zh", "en"])
@pytest.mark.parametrize("name", [*FORMATS, APPEAL])
def test_no_redacted_report_holds_a_secret_in_any_part(
    result: Result, tmp_path: Path, name: str, lang: str
) -> None:
    file = write_public(result, STANDARD, tmp_path, name, lang)
    assert leaks(file) == []
    assert not any(LANDING in text for _, text in insides(file))


def test_the_internal_reports_hold_them_all(result: Result, tmp_path: Path) -> None:
    """Else the search would not find a leak."""
    files = [write_report(result, STANDARD, tmp_path, name) for name in (*FORMATS, APPEAL)]
    found = {secret for file in files for secret, _ in leaks(file)}
    assert set(SECRETS) - found == NOWHERE


def test_a_redacted_report_still_says_how_many_papers_there_were(
    result: Result, tmp_path: Path
) -> None:
    public, inner = (
        "".join(text for _, text in insides(write(result, STANDARD, tmp_path, "docx")))
        for write in (write_public, write_report)
    )
    assert "提交的 3 份材料进行审核，其中 2 份作为证据采用" in public
    assert "提交的 3 份材料进行审核，其中 2 份作为证据采用" in inner
    assert "01-报告.pdf" in public


@needs_office
@pytest.mark.slow
def test_nor_does_the_printed_one(result: Result, tmp_path: Path) -> None:
    """The metadata of a PDF tell no more than its title and the program that wrote it."""
    for name in ("docx", "letter", "site", APPEAL):
        printed = as_pdf(write_public(result, STANDARD, tmp_path, name))
        assert leaks(printed) == []
        assert set(PdfReader(printed).metadata or {}) <= {
            "/Title", "/Creator", "/Producer", "/CreationDate", "/ModDate"
        }  # fmt: skip
    inner = as_pdf(write_report(result, STANDARD, tmp_path, APPEAL))
    assert leaks(inner)

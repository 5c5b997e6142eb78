"""An invented city for the workbench's tests: papers with real pages, a finished run, people."""

from __future__ import annotations

import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from reportlab.pdfbase import pdfmetrics
from reportlab.pdfbase.cidfonts import UnicodeCIDFont
from reportlab.pdfgen.canvas import Canvas

from auditor.core.access import Account, Grant, Role
from auditor.core.criteria import Feature, Standard
from auditor.core.documents import Document, Span
from auditor.core.findings import (
    VERDICTS,
    Absence,
    AbsenceKind,
    Check,
    Citation,
    ElementReading,
    Failure,
    Finding,
    Judgement,
    Verdict,
)
from auditor.core.passages import Passage, SectionRole
from auditor.core.run import Run
from auditor.core.search import Hit, SearchRecord
from auditor.ingest.taking import Settings, take_in
from auditor.profiles import load_profile
from auditor.relations import apply_relations
from auditor.scoring import score_findings
from auditor.standard import Edition, load_edition
from auditor.store.run_folder import write_run
from auditor.workbench.people import People, hash_password

SHIPPED = load_edition()
STANDARD = SHIPPED.standard
CITY = "云岭市"
REPORT, STORY, LEDGER = "01-转型报告.pdf", "02-情况说明.txt", "03-系统台账.pdf"
A4 = (595.0, 842.0)
SIZE = 12
PAGES, LINES = 4, 22
WEIGHTS = (6, 0.3, 2, 4, 2, 3)
FAILED_AT, CONFLICT_AT, ORDER_AT = 3, 5, 8
RARE = "𠮷野家系统😀已在全市部署。"
"""A sentence of the story with two characters that take two units in a browser."""
MADE_AT = "2026-11-02T02:00:00.000+00:00"
PASSWORD = "correct horse 7 staple"
NAMES = {
    Role.ADMINISTRATOR: "管理员甲",
    Role.LEAD: "组长甲",
    Role.REVIEWER: "评审员甲",
    Role.TECHNICAL_CHECKER: "核查员甲",
    Role.APPROVER: "批准人甲",
    Role.SECRECY_OFFICER: "保密员甲",
    Role.OBSERVER: "观察员甲",
    Role.COORDINATOR: "联络员甲",
    Role.FILLER: "填报员甲",
}
SECOND_REVIEWER = "second_reviewer"


@dataclass(frozen=True, slots=True)
class Sample:
    """A finished run on disk, the dossier that it was made from, and the run as it was written."""

    out: Path
    dossier: Path
    run: Run

    def paper(self, name: str) -> Document:
        """One of its documents."""
        return next(d for d in self.run.documents if d.name == name)


def sentence(page: int, line: int) -> str:
    """A sentence of the report, each different."""
    return f"第{page}章第{line}项：全市已建成统一的数据共享平台，归集数据{page * 100 + line}亿条。"


def make_dossier(folder: Path) -> Path:
    """Write the papers: a report of four pages, a long story without pages, a wide table."""
    folder.mkdir(parents=True, exist_ok=True)
    _write_report(folder / REPORT)
    lines = [f"情况之{n}：各部门每季度报送一次进展，已报送{n}次。" for n in range(1, 900)]
    lines[600] = RARE
    (folder / STORY).write_text("\n".join(lines) + "\n", encoding="utf-8")
    _write_ledger(folder / LEDGER)
    return folder


def _canvas(file: Path, size: tuple[float, float]) -> Canvas:
    pdfmetrics.registerFont(UnicodeCIDFont("STSong-Light"))
    return Canvas(str(file), pagesize=size, invariant=1)


def _write_report(file: Path) -> None:
    canvas = _canvas(file, A4)
    for page in range(1, PAGES + 1):
        canvas.setFont("STSong-Light", 16)
        canvas.drawString(60, 780, f"云岭市数字化转型报告　第{page}章")
        canvas.setFont("STSong-Light", SIZE)
        for line in range(1, LINES + 1):
            canvas.drawString(60, 760 - 30 * line, sentence(page, line))
        canvas.showPage()
    canvas.save()


def _write_ledger(file: Path) -> None:
    """A table with lines, wider than high, whose rows are sentences."""
    canvas = _canvas(file, (A4[1], A4[0]))
    edges = (40, 240, 440, 640, 800)
    rows = [("系统名称", "建设单位", "用户数量", "上线时间")]
    rows += [(f"业务系统{n}", f"第{n}局", f"{n}万人", f"202{n % 5}年{n}月") for n in range(1, 10)]
    for at, row in enumerate(rows):
        top = 520 - 40 * at
        canvas.setFont("STSong-Light", SIZE)
        for left, cell in zip(edges, row, strict=False):
            canvas.drawString(left + 6, top - 25, cell)
        canvas.line(edges[0], top, edges[-1], top)
        canvas.line(edges[0], top - 40, edges[-1], top - 40)
        for edge in edges:
            canvas.line(edge, top, edge, top - 40)
    canvas.showPage()
    canvas.save()


def make_sample(
    folder: Path, city: str = CITY, seed: int = 1, edition: Edition = SHIPPED
) -> Sample:
    """Write papers and a finished run over them under ``folder``; the same seed, the same run."""
    standard = edition.standard
    dossier = make_dossier(folder / "dossier")
    documents, left_out = take_in(dossier, Settings(processes=1))
    assert not left_out, left_out
    report = next(d for d in documents if d.name == REPORT)
    rows = tuple(findings(report, seed, standard.features))
    related = apply_relations(rows, standard.relations)
    score = score_findings(related, standard, load_profile(edition=edition))
    records = tuple(_record(f, documents) for f in standard.features)
    run = Run(_manifest(city, seed, standard), documents, (), records, related, score)
    write_run(folder / "out", run)
    return Sample(folder / "out", dossier, run)


def _manifest(city: str, seed: int, standard: Standard) -> dict[str, object]:
    return {
        "city": city,
        "as_of": f"2026-03-{seed:02d}",
        "judge": {"name": "screen", "quality": "初筛模型，未经大模型判读"},
        "standard": {"id": standard.id, "title": standard.title, "digest": standard.digest},
        "profile": {"id": "ctmm"},
        "documents": [],
    }


def findings(
    report: Document, seed: int, features: Sequence[Feature] = STANDARD.features
) -> Iterator[Finding]:
    """A finding of each feature: all verdicts, a failure, a contradiction, an order in a paper."""
    rng = random.Random(seed)
    for number, feature in enumerate(features):
        if number == FAILED_AT:
            yield Finding(Failure(feature.id, "screen", "Timeout", "没有回答"), None, None)
            continue
        verdict = rng.choices(VERDICTS, WEIGHTS)[0]
        cited = (quote(report, number),) if verdict not in _SILENT else ()
        judged = Judgement(
            feature_id=feature.id,
            verdict=verdict,
            citations=cited,
            reason="引证中有一处事实性陈述。" if cited else "没有找到直接相关的陈述。",
            judge="screen",
            confidence=0.5 + rng.randrange(50) / 100,
            elements=tuple(ElementReading(e.id, verdict, ()) for e in feature.elements),
            checks=tuple(_checks(number)),
        )
        absence = _absence(feature) if verdict is Verdict.NO_EVIDENCE else None
        yield Finding(judged, verdict, verdict, absence=absence)


_SILENT = (Verdict.NO_EVIDENCE,)


def quote(report: Document, number: int) -> Citation:
    """The sentence of the report that the feature in this place cites."""
    page, line = number // 7 % PAGES + 1, number % LINES + 1
    text = sentence(page, line)
    start = report.text.index(text)
    span = Span(start, start + len(text))
    return Citation(f"r.{page}.{line}", report.name, report.page_of(start), span, text)


def _checks(number: int) -> Iterator[Check]:
    yield Check("modality", "ok", "引证说的是事实")
    if number == CONFLICT_AT:
        yield Check("contradiction", "flagged", "另一份材料说法不同")
    if number == ORDER_AT:
        yield Check("instruction", "flagged", "材料中有对评审的指令")


def _absence(feature: Feature) -> Absence:
    return Absence(AbsenceKind.SEARCHED, (feature.text,), 60, 10, 0, ())


def _record(feature: Feature, documents: tuple[Document, ...]) -> SearchRecord:
    hits = tuple(
        Hit(_passage(document, n, feature.id), 1.0 / (n + 1), {"dense": n + 1})
        for n, document in enumerate(documents)
    )
    return SearchRecord(feature.id, (feature.text,), hits, 60)


def _passage(document: Document, number: int, feature_id: str) -> Passage:
    start = 100 * (len(feature_id) + number) % max(1, len(document.text) - 120)
    span = Span(start, min(len(document.text), start + 120))
    text, page = document.text[span.start : span.end], document.page_of(start)
    key = f"{number}.{feature_id}"
    return Passage(key, document.name, span, text, ("一、现状",), SectionRole.OTHER, (), page)


def add_people(people: People, city: str = CITY) -> dict[str, Account]:
    """One person of every role in a city, by role, and a second reviewer; all have ``PASSWORD``."""
    staff = {
        role.value: _person(people, role.value, name, role, city) for role, name in NAMES.items()
    }
    staff[SECOND_REVIEWER] = _person(people, SECOND_REVIEWER, "评审员乙", Role.REVIEWER, city)
    return staff


def _person(people: People, login: str, name: str, role: Role, city: str) -> Account:
    return people.accounts.add(login, name, _hashed(), [Grant(role, city)], MADE_AT)


@cache
def _hashed() -> str:
    """The hash of ``PASSWORD``, which takes long, once for all."""
    return hash_password(PASSWORD)

"""What came of taking a run's papers in, corrections of what they are, and the audit made anew."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated

from fastapi import APIRouter, Response
from fastapi.responses import RedirectResponse

from auditor.core.access import Right
from auditor.core.documents import Document, DocumentKind
from auditor.core.identity import AdministrativeLevel, Grade
from auditor.core.intake import Intake
from auditor.core.workspace import CorrectionsVersion
from auditor.report.intake_facts import shown
from auditor.report.intake_page import IntakePage, intake_page
from auditor.web.guard import Blind, NotThereError, Visit, needs
from auditor.web.ordering import OPEN_CHOICES, order_of
from auditor.web.rendering import page
from auditor.workbench.arrivals import audit_with_arrived
from auditor.workbench.auditing import job_of_run, judges_offered
from auditor.workbench.correcting import (
    FIELDS,
    audit_again,
    rows_now,
    save_corrections,
    values_of,
    versions_of,
)

router = APIRouter(include_in_schema=False)
See = Annotated[Visit, needs(Right.SEE_PAPERS, Blind.OPEN)]
Audit = Annotated[Visit, needs(Right.AUDIT, Blind.OPEN)]
CHOICES = {
    "kind": tuple(kind.value for kind in DocumentKind),
    "level": tuple(level.value for level in AdministrativeLevel),
    "grade": tuple(grade.value for grade in Grade),
    "in_force": ("yes", "no", "draft"),
}
PREFIX = {"kind": "kind_", "level": "level_", "grade": "grade_", "in_force": "in_force_"}
OTHERS = ("duplicate_of", "superseded_by")


@dataclass(frozen=True, slots=True)
class FieldLine:
    """A field of the form: what stands, what the run says, whether a person corrected it."""

    name: str
    value: str
    said: str
    basis: str
    corrected: bool


@router.get("/runs/{run_id}/intake")
def intake(visit: See) -> Response:
    """What was read, refused, set aside, hidden, not read, and what each paper is."""
    versions = versions_of(visit.space, visit.run.id)
    rows = rows_now(visit.opened, versions)
    papers = papers_of(visit)
    shown_papers = intake_of(visit).papers
    return page(
        visit,
        "intake.html",
        intake=intake_of(visit),
        papers=[
            (number, line, bool(rows.get(document.name)))
            for number, (document, line) in enumerate(zip(papers, shown_papers, strict=True), 1)
        ],
        versions=versions,
        judges=judges_offered(),
        openings=OPEN_CHOICES,
        asked=asked_before(visit),
    )


def intake_of(visit: Visit) -> IntakePage:
    """The report of the intake, without the coverage, which says what a machine found."""
    run, lang = visit.opened.run, visit.lang

    def made() -> IntakePage:
        whole = Intake(visit.opened.city, run.documents, run.left_out, (), run.manifest)
        return intake_page(whole, visit.opened.standard, lang)

    return visit.opened.once(("intake", lang), made)


def asked_before(visit: Visit) -> dict[str, str]:
    """How the run was made, for the form that makes it anew."""
    manifest, job = visit.opened.run.manifest, job_of_run(visit.space, visit.run.id)
    given = manifest.get("as_of") if manifest.get("as_of_given") else ""
    asked = {"judge": str(manifest["judge"].get("asked", "auto")), "as_of": str(given or "")}
    return asked | ({"judge": str(job.request["judge"])} if job else {})


def papers_of(visit: Visit) -> list[Document]:
    """The documents of a run in the order of their names, which is that of their numbers."""
    return sorted(visit.opened.run.documents, key=lambda d: d.name)


def paper_in(visit: Visit, number: int) -> Document:
    """The document with a number from 1; raises ``NotThereError``."""
    papers = papers_of(visit)
    if not 1 <= number <= len(papers):
        raise NotThereError
    return papers[number - 1]


@router.get("/runs/{run_id}/intake/{number}")
def correction_form(visit: Audit, number: int) -> Response:
    """What the rules say of one paper, to be corrected."""
    document = paper_in(visit, number)
    versions = versions_of(visit.space, visit.run.id)
    return page(
        visit,
        "intake_paper.html",
        number=number,
        name=shown(document.name),
        sha256=document.sha256,
        lines=field_lines(visit, document, versions),
        choices=CHOICES,
        prefix=PREFIX,
        others=OTHERS,
        names=[d.name for d in papers_of(visit) if d.name != document.name],
        versions=[v for v in versions if v.document == document.name],
        seen=versions[0].version if versions else 0,
    )


def field_lines(
    visit: Visit, document: Document, versions: tuple[CorrectionsVersion, ...]
) -> list[FieldLine]:
    """The fields of a paper as they stand now."""
    said, row = values_of(document), rows_now(visit.opened, versions).get(document.name, {})
    answers = intake_of(visit).papers[papers_of(visit).index(document)].answers
    return [
        FieldLine(
            name=field,
            value=row.get(field, said[field]),
            said=said[field],
            basis=answers[field].basis if field in answers else "",
            corrected=field in row,
        )
        for field in FIELDS
    ]


@router.post("/runs/{run_id}/intake/{number}")
def correct(visit: Audit, number: int) -> Response:
    """Save what a person says of a paper as a new version; earlier versions stay."""
    document = paper_in(visit, number)
    values = {field: visit.text(field) for field in FIELDS if field in visit.posted}
    seen = visit.text("seen")
    version = int(seen) if seen.isascii() and seen.isdigit() and len(seen) < 9 else -1
    save_corrections(visit.space, visit.account, visit.opened, document, (values, version))
    return RedirectResponse(f"/runs/{visit.run.id}/intake#corrections", 303)


@router.post("/runs/{run_id}/again")
def again(visit: Audit) -> Response:
    """Queue a new audit of the same papers with the corrections of a version."""
    asked = visit.text("version")
    version = int(asked) if asked.isascii() and asked.isdigit() and len(asked) < 9 else 0
    order = order_of(visit, {**visit.posted, "city": visit.run.city})
    job = audit_again(visit.space, visit.account, visit.opened, order, version)
    return RedirectResponse(f"/jobs/{job.id}", 303)


@router.post("/runs/{run_id}/arrivals")
def audit_arrivals(visit: Audit) -> Response:
    """Queue an audit of the papers together with those that the city has sent since."""
    order = order_of(visit, {**visit.posted, "city": visit.run.city})
    job = audit_with_arrived(visit.space, visit.account, visit.opened, order)
    return RedirectResponse(f"/jobs/{job.id}", 303)

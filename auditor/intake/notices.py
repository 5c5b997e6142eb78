"""补正通知: what a city still has to put right, one notice per responsible department."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum

from auditor.core.claims import (
    ClaimedVerdict,
    ClaimReport,
    MatchedEvidence,
    RowProblem,
    SelfAssessment,
)
from auditor.intake.rounds import ReceivedFile
from auditor.intake.words import CLAIM_NAMES
from auditor.sheets.texts import printable

NO_DEPARTMENT = "未指明部门"
DEPARTMENT_SPLIT = re.compile(r"[、，,；;/／\n]+")
UNSAFE = re.compile(r'[\\/:*?"<>|\s.]+')
WANTS_EVIDENCE = (
    ClaimedVerdict.MET,
    ClaimedVerdict.MOSTLY_MET,
    ClaimedVerdict.PARTLY_MET,
)


class CorrectionKind(StrEnum):
    """What is to be put right; the order is that of the notice."""

    REFUSED_FILE = "refused_file"
    UNREAD_PAGES = "unread_pages"
    MISSING_FILE = "missing_file"
    AMBIGUOUS_FILE = "ambiguous_file"
    NO_EVIDENCE = "no_evidence"
    NOT_SHOWN = "not_shown"
    ROW_PROBLEM = "row_problem"


CORRECTION_NAMES: Mapping[CorrectionKind, str] = {
    CorrectionKind.REFUSED_FILE: "文件未能接收",
    CorrectionKind.UNREAD_PAGES: "有未读出的页",
    CorrectionKind.MISSING_FILE: "清单所列文件未见",
    CorrectionKind.AMBIGUOUS_FILE: "清单所列文件不止一个",
    CorrectionKind.NO_EVIDENCE: "自评没有列出证明材料",
    CorrectionKind.NOT_SHOWN: "所列材料未能说明自评",
    CorrectionKind.ROW_PROBLEM: "填表有误",
}


@dataclass(frozen=True, slots=True)
class Correction:
    """One thing to put right: whose, what (file or feature), what is wrong, what to do."""

    department: str
    kind: CorrectionKind
    subject: str
    detail: str
    remedy: str


@dataclass(frozen=True, slots=True)
class Submission:
    """All that a notice draws on; ``evidence`` is matched against all names received.

    ``unread`` gives the pages that could not be read by document name; ``problems`` those of the
    self-assessment and of the evidence list; ``report`` is there once the papers were judged.
    """

    files: tuple[ReceivedFile, ...]
    assessment: SelfAssessment = field(default_factory=lambda: SelfAssessment(()))
    evidence: MatchedEvidence = field(default_factory=MatchedEvidence)
    problems: tuple[RowProblem, ...] = ()
    unread: Mapping[str, tuple[int, ...]] = field(default_factory=dict)
    report: ClaimReport | None = None


def corrections(submission: Submission) -> tuple[Correction, ...]:
    """List everything to put right, once per responsible department, in notice order.

    A file's departments are those that list it; what nobody lists is of ``NO_DEPARTMENT``.
    """
    found = [
        *_of_files(submission),
        *_of_listings(submission.evidence),
        *_of_claims(submission),
        *_of_rows(submission.problems),
    ]
    order = list(CorrectionKind)
    unique = dict.fromkeys(found)
    return tuple(
        sorted(unique, key=lambda c: (c.department, order.index(c.kind), c.subject, c.detail))
    )


def by_department(found: Iterable[Correction]) -> Mapping[str, tuple[Correction, ...]]:
    """Split corrections by department; what names none comes last."""
    groups: dict[str, list[Correction]] = defaultdict(list)
    for correction in found:
        groups[correction.department].append(correction)
    names = sorted(groups, key=lambda name: (name == NO_DEPARTMENT, name))
    return {name: tuple(groups[name]) for name in names}


def departments_of(written: str) -> tuple[str, ...]:
    """Split a cell of departments (市数据局、市城管局); ``NO_DEPARTMENT`` where it is empty."""
    parts = ("".join(part.split()) for part in DEPARTMENT_SPLIT.split(written))
    return tuple(dict.fromkeys(p for p in parts if p and p not in "-—无")) or (NO_DEPARTMENT,)


def notice_file_names(departments: Sequence[str]) -> Mapping[str, str]:
    """Give each department a file name for its notice that is safe on every system and unique."""
    names: dict[str, str] = {}
    taken: set[str] = set()
    for department in departments:
        safe = UNSAFE.sub("_", printable(department))[:40].strip("_") or "部门"
        name, number = f"补正通知_{safe}.docx", 2
        while name.lower() in taken:
            name, number = f"补正通知_{safe}_{number}.docx", number + 1
        taken.add(name.lower())
        names[department] = name
    return names


def _of_files(submission: Submission) -> Iterator[Correction]:
    owners: dict[str, dict[str, None]] = defaultdict(dict)
    for match in submission.evidence.matched:
        owners[match.document].update(dict.fromkeys(departments_of(match.listing.department)))
    for file in submission.files:
        if not file.accepted:
            remedy = file.hint or "请按原因改正后重新提交。"
            for owner in owners.get(file.name) or (NO_DEPARTMENT,):
                yield Correction(owner, CorrectionKind.REFUSED_FILE, file.name, file.reason, remedy)
    for name, pages in submission.unread.items():
        if pages:
            detail = f"第 {_page_list(pages)} 页未能读出。"
            remedy = "请提交文字版，或以 300 dpi 重新扫描后提交。"
            for owner in owners.get(name) or (NO_DEPARTMENT,):
                yield Correction(owner, CorrectionKind.UNREAD_PAGES, name, detail, remedy)


def _page_list(pages: Sequence[int], limit: int = 20) -> str:
    shown = "、".join(map(str, pages[:limit]))
    return shown if len(pages) <= limit else f"{shown} 等 {len(pages)}"


def _of_listings(evidence: MatchedEvidence) -> Iterator[Correction]:
    for listing in evidence.unmatched:
        detail = f"{listing.feature_id} 列出的这个文件不在所交材料中。"
        remedy = "请补交，或把清单中的文件名改得与所交文件一致。"
        for owner in departments_of(listing.department):
            yield Correction(owner, CorrectionKind.MISSING_FILE, listing.document, detail, remedy)
    for ambiguous in evidence.ambiguous:
        listing = ambiguous.listing
        names = "、".join(ambiguous.candidates[:3])
        more = f" 等 {len(ambiguous.candidates)} 个" if len(ambiguous.candidates) > 3 else ""
        detail = f"{listing.feature_id} 列出的名称对得上：{names}{more}。"
        for owner in departments_of(listing.department):
            yield Correction(
                owner,
                CorrectionKind.AMBIGUOUS_FILE,
                listing.document,
                detail,
                "请写明文件夹或完整文件名。",
            )


def _of_claims(submission: Submission) -> Iterator[Correction]:
    listed = {listing.feature_id for listing in submission.evidence.listings}
    for claim in submission.assessment.claims:
        if claim.verdict in WANTS_EVIDENCE and claim.feature_id not in listed:
            detail = f"自评为{CLAIM_NAMES[claim.verdict]}。"
            remedy = "请在证明材料清单中列出文件和页码，并提交该文件。"
            for owner in departments_of(claim.department):
                yield Correction(
                    owner, CorrectionKind.NO_EVIDENCE, claim.feature_id, detail, remedy
                )
    for row in submission.report.compared if submission.report else ():
        if row.evidence_does_not_show:
            detail = "机器初判没有引用所列文件（页码）的内容，且低于自评。"
            for owner in departments_of(row.claim.department):
                yield Correction(
                    owner,
                    CorrectionKind.NOT_SHOWN,
                    row.claim.feature_id,
                    detail,
                    "请核对所列文件和页码，或补充能说明已做到的材料。",
                )


def _of_rows(problems: Iterable[RowProblem]) -> Iterator[Correction]:
    for problem in problems:
        if problem.code == "carried":
            continue
        for owner in departments_of(problem.department):
            yield Correction(
                owner, CorrectionKind.ROW_PROBLEM, str(problem.place), problem.message, problem.hint
            )

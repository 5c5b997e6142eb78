"""The rules on one judgement, in their order: support, force, scope, modality, quantity, …

A rule may lower a verdict, never raise it; the verdict before stays in the ``Check``.
"""

from __future__ import annotations

from dataclasses import replace

from auditor.checks.base import SURE as SURE
from auditor.checks.base import Evidence as Evidence
from auditor.checks.base import Rule
from auditor.checks.base import lowered as lowered
from auditor.checks.modality import check_modality
from auditor.checks.quantity import check_quantity
from auditor.checks.scope import check_force, check_part, check_scope
from auditor.core.findings import Check, Citation, Judgement, Verdict
from auditor.core.identity import Grade


def check_judgement(judgement: Judgement, evidence: Evidence) -> Judgement:
    """Run every rule in turn; the checks are kept in the judgement in that order."""
    checks: list[Check] = []
    for rule in RULES:
        judgement, check = rule(judgement, evidence)
        if check is not None:
            checks.append(check)
    return replace(judgement, checks=(*judgement.checks, *checks))


def check_support(judgement: Judgement, evidence: Evidence) -> tuple[Judgement, Check | None]:
    """Every citation points into a shown passage and is verbatim; a verdict needs one."""
    kept = tuple(c for c in judgement.citations if _is_supported(c, evidence))
    dropped = len(judgement.citations) - len(kept)
    judgement = replace(judgement, citations=kept)
    if judgement.verdict is not Verdict.NO_EVIDENCE and not kept:
        return lowered(judgement, Verdict.NO_EVIDENCE, "support", "没有可核对的引证，结论不成立")
    if dropped:
        return judgement, Check("support", "noted", f"删去 {dropped} 条不在所示片段内的引证")
    return judgement, Check("support", "ok", "引证均逐字见于所示片段") if kept else None


def _is_supported(citation: Citation, evidence: Evidence) -> bool:
    sentence = evidence.sentence(citation.sentence_id)
    document = evidence.documents.get(citation.document)
    if sentence is None or document is None or not sentence.span.contains(citation.span):
        return False
    return document.quote(citation.span) == citation.quote and bool(citation.quote.strip())


def check_screenshots(judgement: Judgement, evidence: Evidence) -> tuple[Judgement, Check | None]:
    """A picture of a screen is weak evidence until the system is seen live."""
    grades = [_grade_of(citation, evidence) for citation in judgement.citations]
    if not grades or any(grade is not Grade.SCREENSHOT for grade in grades):
        return judgement, None
    detail = "引证只有系统截图，须现场查看系统后确认"
    return lowered(judgement, Verdict.PARTLY_MET, "screenshot", detail)


def _grade_of(citation: Citation, evidence: Evidence) -> Grade | None:
    document = evidence.documents.get(citation.document)
    stated = document.identity.grade if document is not None else None
    return Grade(stated.value) if stated is not None else None


def check_unread(judgement: Judgement, evidence: Evidence) -> tuple[Judgement, Check | None]:
    """Silence is less than silence where pages could not be read."""
    if judgement.verdict is not Verdict.NO_EVIDENCE:
        return judgement, None
    unread = sum(len(d.unread_pages) for d in evidence.documents.values() if d.counts)
    if not unread:
        return judgement, None
    return judgement, Check(
        "unread", "noted", f"未见证据；另有 {unread} 页未能读取，不在检索范围内"
    )


RULES: tuple[Rule, ...] = (
    check_support,
    check_force,
    check_scope,
    check_modality,
    check_quantity,
    check_screenshots,
    check_part,
    check_unread,
)

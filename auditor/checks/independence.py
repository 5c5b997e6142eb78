"""Self-praise: how many independent issuers and kinds of paper bear a finding out."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from auditor.core.documents import Document
from auditor.core.findings import Backing, Check, Citation, Finding, Judgement
from auditor.core.identity import Grade, Stated

RULE = "independence"
LEAST_SURE = 0.5
"""Confidence from which the stated issuer counts as a name."""
OWN_WORD = frozenset({Grade.OWN_REPORT.value, Grade.NEWS.value, Grade.SCREENSHOT.value})


def with_backing(finding: Finding, documents: Mapping[str, Document]) -> Finding:
    """Say who bears a finding out; a fact that rests on the city's own word alone gets a note."""
    outcome = finding.outcome
    if not isinstance(outcome, Judgement) or not outcome.citations:
        return finding
    backing = backing_of(outcome.citations, documents)
    check = _check(outcome, backing)
    checks = (*outcome.checks, check) if check else outcome.checks
    return replace(finding, outcome=replace(outcome, checks=checks), backing=backing)


def backing_of(citations: tuple[Citation, ...], documents: Mapping[str, Document]) -> Backing:
    """Count the documents, issuers, kinds and grades that citations come from."""
    names = sorted({c.document for c in citations if c.document in documents})
    cited = [documents[name] for name in names]
    issuers = [_issuer(document) for document in cited]
    return Backing(
        documents=tuple(names),
        issuers=tuple(sorted({issuer for issuer in issuers if issuer})),
        kinds=tuple(sorted({document.kind.value for document in cited})),
        grades=tuple(sorted({_value(d.identity.grade, Grade.UNKNOWN.value) for d in cited})),
        unnamed=sum(not issuer for issuer in issuers),
    )


def _issuer(document: Document) -> str:
    stated = document.identity.issuer
    return stated.value if stated is not None and stated.confidence >= LEAST_SURE else ""


def _value(stated: Stated | None, default: str) -> str:
    return stated.value if stated is not None else default


def _check(judgement: Judgement, backing: Backing) -> Check | None:
    if not judgement.verdict.is_green:
        return None
    own = set(backing.grades) <= OWN_WORD
    if own and len(backing.documents) == 1:
        return Check(RULE, "noted", "只凭一份自述材料（报告、总结、新闻或截图），没有其他材料印证")
    if own:
        return Check(RULE, "noted", f"{len(backing.documents)} 份材料都是自述，没有其他材料印证")
    issuers, kinds = len(backing.issuers) + backing.unnamed, len(backing.kinds)
    if issuers == 1 and len(backing.documents) == 1:
        return None
    return Check(RULE, "ok", f"{issuers} 个发文单位、{kinds} 类材料可以印证")

"""公示版: a result without what is not for the public, made before any report is written.

Left out: names of people and their reasons, quotes and names of papers marked as internal,
personal data, the working side of the assessment (checks, near misses, contradictions,
instructions, hashes, how the program was run). Verdicts, coverage and levels are the same as in
the internal report.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import replace
from typing import Any

from auditor.core.documents import MarkKind
from auditor.core.findings import Absence, Citation, Decision, Failure, Finding, Judgement
from auditor.core.masking import mask_found
from auditor.core.result import Result

WITHHELD, PAPER = "（内部材料，引句从略）", "（内部材料）"
REVIEWER, APPROVER = "复核人", "批准人"
PUBLIC_FACTS = (
    "city", "as_of", "as_of_given", "only", "failures", "features", "passages", "version",
)  # fmt: skip
PUBLIC_DOCUMENT = ("name", "title", "kind", "issued_on", "pages", "format", "characters", "counts")


def public_version(result: Result) -> Result:
    """The same result, redacted."""
    internal = frozenset(
        d.name for d in result.run.documents if any(m.kind is MarkKind.INTERNAL for m in d.marks)
    )
    run = result.run
    return replace(
        result,
        run=replace(
            run,
            manifest=_manifest(run.manifest, internal),
            documents=tuple(
                replace(d, warnings=(), hidden=()) for d in run.documents if d.name not in internal
            ),
            left_out=(),
            records=(),
            findings=tuple(_finding(f, internal) for f in run.findings),
            contradictions=(),
            instructions=(),
            claims=None,
        ),
        findings=tuple(_finding(f, internal) for f in result.findings),
        events=(),
        hashes=dict.fromkeys(result.hashes, ""),
    )


def _manifest(manifest: Mapping[str, Any], internal: Collection[str]) -> dict[str, Any]:
    facts = {key: manifest[key] for key in PUBLIC_FACTS if key in manifest}
    judge = manifest.get("judge", {})
    facts["judge"] = {key: judge.get(key, "") for key in ("name", "quality")}
    for key in ("standard", "profile"):
        if key in manifest:
            facts[key] = manifest[key]
    facts["documents"] = [
        {**{key: d.get(key) for key in PUBLIC_DOCUMENT}, "warnings": []}
        for d in manifest.get("documents", ())
        if d["name"] not in internal
    ]
    return facts


def _finding(finding: Finding, internal: Collection[str]) -> Finding:
    outcome = finding.outcome
    if isinstance(outcome, Failure):
        quiet = replace(outcome, error="", detail="")
        decided = _decision(finding.decision, internal)
        return replace(finding, outcome=quiet, decision=decided, backing=None)
    return replace(
        finding,
        outcome=_judgement(outcome, internal),
        decision=_decision(finding.decision, internal),
        absence=_absence(finding.absence),
        backing=None,
    )


def _judgement(judgement: Judgement, internal: Collection[str]) -> Judgement:
    return replace(
        judgement,
        citations=tuple(_citation(c, internal) for c in judgement.citations),
        reason="" if _is_internal(judgement.citations, internal) else mask_found(judgement.reason),
        checks=(),
        confidence=None,
        probabilities=None,
    )


def _citation(citation: Citation, internal: Collection[str]) -> Citation:
    if citation.document in internal:
        return replace(citation, document=PAPER, quote=WITHHELD, page=None, sentence_id="")
    return replace(citation, quote=mask_found(citation.quote))


def _is_internal(citations: Iterable[Citation], internal: Collection[str]) -> bool:
    """A judge's free text may repeat what it cites."""
    return any(c.document in internal for c in citations)


def _decision(decision: Decision | None, internal: Collection[str]) -> Decision | None:
    if decision is None:
        return None
    return replace(
        decision,
        author=REVIEWER,
        approver=APPROVER if decision.approver else "",
        reason="",
        citations=tuple(_citation(c, internal) for c in decision.citations),
        event_id="",
        site=(),
    )


def _absence(absence: Absence | None) -> Absence | None:
    return None if absence is None else replace(absence, rejected=(), queries=())

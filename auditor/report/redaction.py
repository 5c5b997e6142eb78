"""公示版: a result without what is not for the public, made before any report is written.

Left out: names of people and their reasons, quotes and names of papers marked as internal,
personal data, folders of papers, the working side of the assessment (checks, near misses,
contradictions, instructions, hashes, how the program was run). Verdicts, coverage and levels are
the same as in the internal report.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from auditor.core.appeals import Appeal, Said
from auditor.core.documents import Document, Mark, MarkKind
from auditor.core.findings import Absence, Citation, Decision, Failure, Finding, Judgement
from auditor.core.masking import mask, mask_found
from auditor.core.result import Result
from auditor.core.run import Run

WITHHELD, PAPER = "（内部材料，引句从略）", "（内部材料）"
REVIEWER, APPROVER = "复核人", "批准人"
PUBLIC_FACTS = (
    "city", "as_of", "as_of_given", "only", "failures", "features", "passages", "version",
)  # fmt: skip
PUBLIC_DOCUMENT = ("title", "kind", "issued_on", "pages", "format", "characters", "counts")
REDACTED = "redacted"
"""The key of a redacted result's manifest."""
PAPERS = "papers"
"""How many papers there were: a redacted result does not list them all."""


def public_version(result: Result) -> Result:
    """The same result, redacted."""
    veil = veil_of(result.run.documents)
    return replace(
        result,
        run=veil.run(result.run),
        findings=tuple(map(veil.finding, result.findings)),
        events=(),
        hashes=dict.fromkeys(result.hashes, ""),
        appeal=veil.appeal(result.appeal),
    )


def veil_of(documents: Sequence[Document]) -> Veil:
    """What is known of the papers: which are internal, their public names, their marks."""
    internal = {d.name for d in documents if any(m.kind is MarkKind.INTERNAL for m in d.marks)}
    named: Counter[str] = Counter()
    names: dict[str, str] = {}
    for document in documents:
        last = last_part(document.name)
        named[last] += document.name not in internal
        again = f"（{named[last]}）" if named[last] > 1 else ""
        names[document.name] = PAPER if document.name in internal else last + again
    return Veil(names, {d.name: d.marks for d in documents})


def papers_of(run: Run) -> Mapping[str, int]:
    """How many files were submitted, and how many are evidence, whether they are named or not."""
    known: Mapping[str, int] = run.manifest.get(PAPERS, {})
    return known or {
        "submitted": len(run.documents) + len(run.left_out),
        "counting": sum(document.counts for document in run.documents),
    }


def last_part(name: str) -> str:
    """A paper's name without folders and archives, personal data masked."""
    return mask_found(name.replace("\\", "/").rstrip("/").rpartition("/")[2])


@dataclass(frozen=True, slots=True)
class Veil:
    """Takes out of each part of a result what is not for the public.

    ``names`` are the public names of the papers (``PAPER`` for an internal one), ``marks`` what
    was found in their texts.
    """

    names: Mapping[str, str]
    marks: Mapping[str, Sequence[Mark]]

    def run(self, run: Run) -> Run:
        """The run: its papers by public names, without their texts and the working side."""
        return replace(
            run,
            manifest={**self._manifest(run.manifest), PAPERS: papers_of(run)},
            documents=tuple(
                replace(
                    d, name=self._paper(d.name), title=mask_found(d.title), text="", blocks=(),
                    layout=b"", marks=(), warnings=(), hidden=(), foreign="", duplicate_of="",
                    superseded_by="",
                )
                for d in run.documents
                if d.counts and not self._is_internal(d.name)
            ),
            left_out=(),
            records=(),
            findings=tuple(map(self.finding, run.findings)),
            contradictions=(),
            instructions=(),
            claims=None,
        )  # fmt: skip

    def finding(self, finding: Finding) -> Finding:
        """A finding: verdicts stay, names, reasons of people and checks go."""
        outcome = finding.outcome
        told = (
            replace(outcome, error="", detail="")
            if isinstance(outcome, Failure)
            else self._judgement(outcome)
        )
        return replace(
            finding,
            outcome=told,
            decision=self._decision(finding.decision),
            absence=_absence(finding.absence),
            backing=None,
        )

    def appeal(self, appeal: Appeal | None) -> Appeal | None:
        """What was said before, as what is said now."""
        if appeal is None:
            return None
        open_ = (name for name in appeal.documents if not self._is_internal(name))
        return replace(
            appeal,
            documents=tuple(map(self._paper, open_)),
            before={key: self._said(said) for key, said in appeal.before.items()},
        )

    def _manifest(self, manifest: Mapping[str, Any]) -> dict[str, Any]:
        facts = {key: manifest[key] for key in PUBLIC_FACTS if key in manifest}
        judge = manifest.get("judge", {})
        facts["judge"] = {key: judge.get(key, "") for key in ("name", "quality")}
        for key in ("standard", "profile"):
            if key in manifest:
                facts[key] = manifest[key]
        facts["documents"] = [
            {
                **{key: _masked(d.get(key)) for key in PUBLIC_DOCUMENT},
                "name": self._paper(d["name"]),
                "warnings": [],
            }
            for d in manifest.get("documents", ())
            if d.get("counts", True) and not self._is_internal(d["name"])
        ]
        return {**facts, REDACTED: True}

    def _paper(self, name: str) -> str:
        return self.names.get(name) or last_part(name)

    def _is_internal(self, name: str) -> bool:
        return self.names.get(name) == PAPER

    def _citation(self, citation: Citation) -> Citation:
        """An open paper's quote, what its text's marks and the quote itself show masked."""
        if self._is_internal(citation.document):
            return replace(citation, document=PAPER, quote=WITHHELD, page=None, sentence_id="")
        marks = self.marks.get(citation.document, ())
        quote = mask_found(mask(citation.quote, citation.span.start, marks))
        return replace(citation, document=self._paper(citation.document), quote=quote)

    def _may_repeat(self, citations: Sequence[Citation]) -> bool:
        """A judge's free text may repeat what it cites, or, citing nothing, what it passed over."""
        if not citations:
            return PAPER in self.names.values()
        return any(self._is_internal(c.document) for c in citations)

    def _judgement(self, judgement: Judgement) -> Judgement:
        quiet = self._may_repeat(judgement.citations)
        return replace(
            judgement,
            citations=tuple(map(self._citation, judgement.citations)),
            reason="" if quiet else mask_found(judgement.reason),
            checks=(),
            confidence=None,
            probabilities=None,
        )

    def _decision(self, decision: Decision | None) -> Decision | None:
        if decision is None:
            return None
        return replace(
            decision,
            author=REVIEWER,
            approver=APPROVER if decision.approver else "",
            reason="",
            citations=tuple(map(self._citation, decision.citations)),
            event_id="",
            site=(),
        )

    def _said(self, said: Said) -> Said:
        quiet = said.decided or self._may_repeat(said.citations)
        citations = tuple(map(self._citation, said.citations))
        return replace(said, citations=citations, reason="" if quiet else mask_found(said.reason))


def _masked(value: Any) -> Any:
    return mask_found(value) if isinstance(value, str) else value


def _absence(absence: Absence | None) -> Absence | None:
    return None if absence is None else replace(absence, rejected=(), queries=())

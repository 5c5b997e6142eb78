"""A run: the immutable result of one audit, and the words that its stages share."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any, Protocol

from auditor.core.claims import ClaimReport, MatchedEvidence, RowProblem
from auditor.core.criteria import Feature
from auditor.core.documents import Document, LeftOut
from auditor.core.findings import Check, Failure, Finding, Judgement
from auditor.core.instructions import Instruction
from auditor.core.intake import Intake
from auditor.core.scores import Score
from auditor.core.search import SearchRecord


@dataclass(frozen=True, slots=True)
class Case:
    """What a judge gets for one feature: the demand and what the search found for it."""

    feature: Feature
    record: SearchRecord
    city: str
    as_of: date | None
    documents: Mapping[str, Document]


class Judge(Protocol):
    """The port of every judge: cases of one item in, one answer per case out, same order.

    ``name`` stands in every finding; ``fingerprint`` identifies model, prompts and parameters, so
    that equal fingerprints and equal cases give equal answers. ``quality`` is one sentence on how
    well the judge was measured to do.
    """

    @property
    def name(self) -> str:
        """Short name, e.g. ``screen``."""

    @property
    def fingerprint(self) -> str:
        """Identity of everything that the answer depends on, beside the cases."""

    @property
    def quality(self) -> str:
        """Measured quality in one sentence (Chinese)."""

    @property
    def together(self) -> bool:
        """Whether the features of one item are best judged in one call (else one at a time)."""

    def judge(self, cases: Sequence[Case]) -> list[Judgement | Failure]:
        """Judge the features of one item; never raises for a single feature's trouble."""


class Progress(Protocol):
    """Listens to the stages of a run."""

    def begin(self, stage: str, total: int) -> None:
        """A stage of ``total`` steps begins."""

    def advance(self, stage: str, steps: int = 1, note: str = "") -> None:
        """``steps`` more steps of the stage are done."""

    def end(self, stage: str) -> None:
        """The stage is over."""


class Silence:
    """A ``Progress`` that says nothing."""

    def begin(self, stage: str, total: int) -> None:
        """Do nothing."""

    def advance(self, stage: str, steps: int = 1, note: str = "") -> None:
        """Do nothing."""

    def end(self, stage: str) -> None:
        """Do nothing."""


@dataclass(frozen=True, slots=True)
class Run:
    """Everything that a finished run holds; ``manifest`` is the content of run.json.

    ``score`` is None where nothing was judged (``--judge none``); ``intake`` and ``claims`` (the
    city's own assessment beside ours) are None in a run that was read back; ``evidence`` and
    ``problems`` come from the forms in the dossier. ``contradictions``: where documents say
    different things on one matter, whether a finding cites them or not. ``instructions``: words of
    the documents that talk to the judge; none of them was shown to one.
    """

    manifest: Mapping[str, Any]
    documents: tuple[Document, ...]
    left_out: tuple[LeftOut, ...]
    records: tuple[SearchRecord, ...]
    findings: tuple[Finding, ...]
    score: Score | None
    intake: Intake | None = None
    claims: ClaimReport | None = None
    evidence: MatchedEvidence = field(default_factory=MatchedEvidence)
    problems: tuple[RowProblem, ...] = ()
    contradictions: tuple[Check, ...] = ()
    instructions: tuple[Instruction, ...] = ()

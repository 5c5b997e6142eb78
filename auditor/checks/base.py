"""What every rule starts from: the evidence of a judgement, and how a verdict is lowered."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import date

from auditor.core.criteria import Feature
from auditor.core.documents import Document
from auditor.core.findings import Check, Judgement, Verdict
from auditor.core.passages import Passage, Sentence

SURE = 0.7
"""Confidence from which what a paper says of itself may lower a verdict."""


@dataclass(frozen=True, slots=True)
class Evidence:
    """What a judgement was based on: its feature, the shown passages, the documents.

    ``as_of`` is the assessment date, None where none is known.
    """

    feature: Feature
    passages: tuple[Passage, ...]
    documents: Mapping[str, Document]
    as_of: date | None = None

    def sentence(self, sentence_id: str) -> Sentence | None:
        """Find a sentence that was shown, None where it was not."""
        for passage in self.passages:
            for sentence in passage.sentences:
                if sentence.id == sentence_id:
                    return sentence
        return None

    def passage_of(self, sentence_id: str) -> Passage | None:
        """Find the shown passage that holds a sentence."""
        for passage in self.passages:
            if any(s.id == sentence_id for s in passage.sentences):
                return passage
        return None

    def cited(self, judgement: Judgement) -> tuple[Sentence, ...]:
        """The shown sentences that a judgement cites, in its order."""
        found = (self.sentence(c.sentence_id) for c in judgement.citations)
        return tuple(s for s in found if s is not None)


Rule = Callable[[Judgement, Evidence], tuple[Judgement, Check | None]]


def lowered(judgement: Judgement, to: Verdict, rule: str, detail: str) -> tuple[Judgement, Check]:
    """Lower a verdict to ``to`` (never raise it) and say so."""
    if judgement.verdict.rank <= to.rank:
        return judgement, Check(rule, "noted", detail)
    check = Check(rule, "changed", detail, judgement.verdict, to)
    citations = judgement.citations if to is not Verdict.NO_EVIDENCE else ()
    return replace(judgement, verdict=to, citations=citations), check

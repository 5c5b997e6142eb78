"""Choose the sentences that a judgement cites, and cut their quotes from the stored text."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from auditor.core.documents import Document, Span
from auditor.core.findings import Citation, Verdict
from auditor.core.passages import Modality, Passage, Sentence
from auditor.core.run import Case

MOST = 3
MIN_CHARACTERS = 8
SHARE_OF_BEST = 0.5
FACTS = (Modality.FACT, Modality.ONGOING)
FORWARD = (Modality.PLAN, Modality.DUTY)


@dataclass(frozen=True, slots=True)
class Scored:
    """A sentence that was shown, with its passage and relevance."""

    sentence: Sentence
    passage: Passage
    score: float


def scored_sentences(case: Case) -> list[Scored]:
    """All shown sentences of a case that may be cited, most relevant first."""
    found = []
    for hit in case.record.hits:
        scores = hit.sentence_scores or (hit.score,) * len(hit.passage.sentences)
        for sentence, score in zip(hit.passage.sentences, scores, strict=True):
            if len(sentence.text.strip()) >= MIN_CHARACTERS:
                found.append(Scored(sentence, hit.passage, score))
    return sorted(found, key=lambda s: (-s.score, s.sentence.id))


def pick(candidates: Iterable[Scored], most: int = MOST) -> list[Scored]:
    """Take the best sentence and those that are not far behind it."""
    ranked = sorted(candidates, key=lambda s: (-s.score, s.sentence.id))
    if not ranked:
        return []
    floor = ranked[0].score * SHARE_OF_BEST
    return [s for s in ranked if s.score >= floor][:most]


def evidence_for(case: Case, verdict: Verdict) -> list[Scored]:
    """The sentences that a verdict rests on: facts for facts, plans for planned."""
    if verdict is Verdict.NO_EVIDENCE:
        return []
    own = [s for s in scored_sentences(case) if not s.sentence.foreign]
    if verdict is Verdict.PLANNED:
        return pick(s for s in own if s.sentence.modality in FORWARD) or pick(own)
    if verdict is Verdict.NOT_MET:
        return pick(s for s in own if s.sentence.modality is Modality.NEGATION) or pick(own)
    facts = pick(s for s in own if s.sentence.modality in FACTS)
    forward = pick((s for s in own if s.sentence.modality in FORWARD), 1)
    if facts and (not forward or facts[0].score >= forward[0].score / 4):
        return facts
    return forward or facts


def cite(document: Document, passage: Passage, sentence: Sentence) -> Citation:
    """Cut the quote of a sentence: verbatim, without the white space around it."""
    text = document.quote(sentence.span)
    start = sentence.span.start + len(text) - len(text.lstrip())
    span = Span(start, max(start, sentence.span.start + len(text.rstrip())))
    return Citation(
        sentence_id=sentence.id,
        document=passage.document,
        page=document.page_of(span.start),
        span=span,
        quote=document.quote(span),
    )


def citations_of(case: Case, chosen: Iterable[Scored]) -> tuple[Citation, ...]:
    """Turn chosen sentences into citations, in order."""
    return tuple(cite(case.documents[s.passage.document], s.passage, s.sentence) for s in chosen)

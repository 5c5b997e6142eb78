"""Choose the sentences that a judgement cites."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from auditor.bearing import bearing
from auditor.core.criteria import Element
from auditor.core.findings import Citation, Verdict
from auditor.core.passages import Modality, Passage, Sentence
from auditor.core.quoting import cite
from auditor.core.run import Case

MOST = 2
MIN_CHARACTERS = 8
NEW_ELEMENT = 0.8
"""A second sentence is cited where it shows another element and is nearly as likely quoted."""
NOT_FAR = {Verdict.MET: 0.05, Verdict.PARTLY_MET: 0.2}
"""What bears a whole or a part is cited unless its odds are this much below the best sentence's."""
CARE = 1.25
"""In a dossier with instructions to the judge, odds must be this much better to carry a verdict."""
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
            if sentence.citable and len(sentence.text.strip()) >= MIN_CHARACTERS:
                found.append(Scored(sentence, hit.passage, score))
    return sorted(found, key=lambda s: (-s.score, s.sentence.id))


def pick(
    candidates: Iterable[Scored], elements: Sequence[Element] = (), most: int = MOST
) -> list[Scored]:
    """Take the best sentence, and what shows an element that none yet shows.

    Every further sentence is less often one that an annotator would give (docs/evaluation.md).
    """
    ranked = sorted(candidates, key=lambda s: (-s.score, s.sentence.id))
    chosen: list[Scored] = []
    named: set[str] = set()
    for scored in ranked:
        news = named_elements(scored, elements) - named
        near = bool(chosen) and odds(scored) >= NEW_ELEMENT * odds(chosen[0])
        if not chosen or (news and near and _differs(scored, chosen)):
            chosen.append(scored)
            named |= news
        if len(chosen) == most:
            break
    return chosen


def odds(scored: Scored) -> float:
    """Chance over counter-chance of a sentence's relevance."""
    return as_odds(scored.score)


def as_odds(chance: float) -> float:
    """Chance over counter-chance."""
    return chance / max(1.0 - chance, 1e-9)


def care(case: Case) -> float:
    """What odds are asked for beyond the usual: more where the dossier talks to the judge."""
    return CARE if case.record.signals.get("instructions", 0.0) else 1.0


def carries(scored: Scored, least: float, case: Case) -> bool:
    """Tell whether a sentence is likely enough on the matter."""
    return odds(scored) >= care(case) * as_odds(least)


def named_elements(scored: Scored, elements: Sequence[Element]) -> set[str]:
    """The ids of the elements of which a sentence names a term."""
    return {e.id for e in elements if any(t in scored.sentence.text for t in e.terms)}


def _differs(scored: Scored, chosen: Sequence[Scored]) -> bool:
    """Tell whether a sentence is not a repetition of one that was chosen."""
    text = scored.sentence.text.strip()
    return all(text != other.sentence.text.strip() for other in chosen)


def evidence_for(case: Case, verdict: Verdict) -> list[Scored]:
    """The sentences that a verdict rests on: the best of those that can bear it.

    Where all of those are far from the matter, what is on the matter is cited instead, and the
    check of modality then lowers the verdict: a right verdict never stands on a wrong quote.
    """
    if verdict is Verdict.NO_EVIDENCE:
        return []
    own = [s for s in scored_sentences(case) if not s.sentence.foreign]
    if not own:
        return []
    elements = case.feature.elements
    if verdict is Verdict.NOT_MET:
        return pick(s for s in own if s.sentence.modality is Modality.NEGATION) or pick(own)
    if verdict is Verdict.PLANNED:
        return pick((s for s in own if s.sentence.modality in FORWARD), elements) or pick(own)
    needed = Verdict.MET if verdict.is_green else Verdict.PARTLY_MET
    for least in (needed, Verdict.PARTLY_MET):
        bearers = [s for s in own if borne(s, case).rank >= least.rank]
        if bearers and odds(bearers[0]) >= care(case) * NOT_FAR[least] * odds(own[0]):
            return pick(bearers, elements)
    return pick(own, elements)


def borne(scored: Scored, case: Case) -> Verdict:
    """The best verdict that a sentence can bear for the case's feature."""
    kind = case.documents[scored.passage.document].kind
    return bearing(scored.sentence, scored.passage, kind, case.feature)


def citations_of(case: Case, chosen: Iterable[Scored]) -> tuple[Citation, ...]:
    """Turn chosen sentences into citations, in order."""
    return tuple(cite(case.documents[s.passage.document], s.passage, s.sentence) for s in chosen)

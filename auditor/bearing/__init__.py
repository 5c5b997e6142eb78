"""What a sentence can bear: the best verdict that it alone may carry for a feature.

From its modality, its section and its document, by the codebook's rules on types: a plan is no
fact, an issued paper shows a document feature, a rule that names who does what shows a mechanism.
Judges choose what they cite by it, and the check of modality holds every judge to it.

What is under way (``ongoing``: 推进, 深化, 持续, 正在 in a retrospect part) is enough for a feature
all of whose essential elements ask for the activity itself (开展, 推进, 探索, 推动, 启动); of one
that asks for a result (建成, 实现, 具备, 形成) in any of them it shows a part at most.
"""

from __future__ import annotations

from auditor.bearing.demands import (
    asks_for_activity,
    asks_for_duties,
    asks_for_goals,
    asks_for_strategy,
)
from auditor.bearing.papers import demands_another_paper, names_itself, sets_up
from auditor.core.criteria import Feature, FeatureType
from auditor.core.documents import DocumentKind
from auditor.core.findings import Verdict
from auditor.core.passages import Modality, Passage, SectionRole, Sentence

__all__ = ["asks_for_activity", "bearing"]

PLANS = (DocumentKind.PLAN, DocumentKind.INTERPRETATION)
"""Papers that set goals; an interpretation gives the content of an issued paper."""
IN_FORCE = (DocumentKind.REGULATION, DocumentKind.NOTICE, *PLANS)


def bearing(
    sentence: Sentence, passage: Passage, kind: DocumentKind | None, feature: Feature
) -> Verdict:
    """The best verdict that one sentence can carry for a feature."""
    if kind is DocumentKind.DRAFT:
        return Verdict.PLANNED
    if sentence.modality is Modality.NEGATION:
        return Verdict.NOT_MET
    if sentence.modality is Modality.FACT:
        return Verdict.MET
    by_paper = _by_the_paper_itself(sentence, passage, kind, feature)
    if sentence.modality is not Modality.ONGOING or by_paper is Verdict.MET:
        return by_paper
    return Verdict.MET if asks_for_activity(feature) else Verdict.PARTLY_MET


def _by_the_paper_itself(
    sentence: Sentence, passage: Passage, kind: DocumentKind | None, feature: Feature
) -> Verdict:
    """What a sentence shows by standing in its paper, though it states no fact."""
    normative = passage.role is SectionRole.NORMATIVE
    shown = {
        FeatureType.DOCUMENT: _shows_paper(sentence.text, normative, kind, feature),
        FeatureType.MECHANISM: (normative or kind in IN_FORCE)
        and sets_up(sentence.text, normative),
    }
    if shown.get(feature.types[0]):
        return Verdict.MET
    return Verdict.PARTLY_MET if any(shown.get(t) for t in feature.types[1:]) else Verdict.PLANNED


def _shows_paper(text: str, normative: bool, kind: DocumentKind | None, feature: Feature) -> bool:
    """The codebook's rule 2a: the issued paper, or the paper that sets what is asked to be set."""
    if demands_another_paper(text):
        return False
    if asks_for_goals(feature) or names_itself(text):
        return True
    if kind in PLANS:
        assigned = asks_for_duties(feature) and sets_up(text, normative)
        return assigned or asks_for_strategy(feature)
    return normative or kind in IN_FORCE

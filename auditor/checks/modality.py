"""Plans and duties are never facts; what is under way shows what asks for activity."""

from __future__ import annotations

from auditor.bearing import bearing
from auditor.checks.base import Evidence, lowered
from auditor.core.findings import Check, Judgement, Verdict
from auditor.core.passages import Modality


def check_modality(judgement: Judgement, evidence: Evidence) -> tuple[Judgement, Check | None]:
    """Cap a verdict of fact by the best that any of its citations can bear.

    A target date that has passed changes nothing: what was planned is still only planned until
    some paper says that it was done.
    """
    if not judgement.citations or not judgement.verdict.is_fact:
        return judgement, None
    caps = (modality_cap(c.sentence_id, evidence) for c in judgement.citations)
    cap = max(caps, key=lambda v: v.rank)
    if cap is Verdict.MET:
        return judgement, Check("modality", "ok", _borne_by(judgement, evidence))
    return lowered(judgement, cap, "modality", _short_of(cap, judgement, evidence))


def modality_cap(sentence_id: str, evidence: Evidence) -> Verdict:
    """The best verdict that one sentence can carry, by its modality and the feature's type."""
    sentence = evidence.sentence(sentence_id)
    passage = evidence.passage_of(sentence_id)
    if sentence is None or passage is None:
        return Verdict.NO_EVIDENCE
    document = evidence.documents.get(passage.document)
    return bearing(sentence, passage, document.kind if document else None, evidence.feature)


def _modalities(judgement: Judgement, evidence: Evidence) -> set[Modality]:
    return {sentence.modality for sentence in evidence.cited(judgement)}


def _borne_by(judgement: Judgement, evidence: Evidence) -> str:
    """What lets the evidence carry a fact: a fact, the activity asked for, or the paper itself."""
    modalities = _modalities(judgement, evidence)
    if Modality.FACT in modalities:
        return "引证中有既成事实的陈述"
    if Modality.ONGOING in modalities:
        return "引证说的是正在开展，特征要求的正是开展或探索"
    return "引证是文件自己的规定或部署，可证明文件类、机制类要求"


def _short_of(cap: Verdict, judgement: Judgement, evidence: Evidence) -> str:
    if cap is Verdict.PLANNED:
        return "引证只有计划、目标或义务，不是既成事实"
    if cap is Verdict.NOT_MET:
        return "引证说的是尚未做到"
    if Modality.ONGOING in _modalities(judgement, evidence):
        return "引证说的是正在推进，尚未完成"
    return "引证是文件自己的规定，只能证明其中的文件或机制要求"

"""The rules on one judgement: support, scope, modality, quantity, screenshots, unread pages.

A rule may lower a verdict, never raise it; the verdict before stays in the ``Check``.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace

from auditor.bearing import bearing
from auditor.core.criteria import Feature, Quantity
from auditor.core.documents import Document
from auditor.core.findings import Check, Citation, Judgement, Verdict
from auditor.core.identity import AdministrativeLevel, Grade
from auditor.core.passages import Modality, Passage, Sentence
from auditor.quantities import Reading, readings


@dataclass(frozen=True, slots=True)
class Evidence:
    """What a judgement was based on: its feature, the shown passages, the documents."""

    feature: Feature
    passages: tuple[Passage, ...]
    documents: Mapping[str, Document]

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


SURE = 0.7
"""Confidence from which what a paper says of itself may lower a verdict."""
Rule = Callable[[Judgement, Evidence], tuple[Judgement, Check | None]]


def check_judgement(judgement: Judgement, evidence: Evidence) -> Judgement:
    """Run every rule in turn; the checks are kept in the judgement in that order."""
    checks: list[Check] = []
    for rule in RULES:
        judgement, check = rule(judgement, evidence)
        if check is not None:
            checks.append(check)
    return replace(judgement, checks=(*judgement.checks, *checks))


def lowered(judgement: Judgement, to: Verdict, rule: str, detail: str) -> tuple[Judgement, Check]:
    """Lower a verdict to ``to`` (never raise it) and say so."""
    if judgement.verdict.rank <= to.rank:
        return judgement, Check(rule, "noted", detail)
    check = Check(rule, "changed", detail, judgement.verdict, to)
    citations = judgement.citations if to is not Verdict.NO_EVIDENCE else ()
    return replace(judgement, verdict=to, citations=citations), check


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


def check_scope(judgement: Judgement, evidence: Evidence) -> tuple[Judgement, Check | None]:
    """Sentences about the nation, the province or another city are no evidence."""
    if not judgement.citations:
        return judgement, None
    own = tuple(c for c in judgement.citations if not _is_foreign(c, evidence))
    if not own:
        return lowered(
            judgement, Verdict.NO_EVIDENCE, "scope", "引证说的是全国、全省或其他城市，不是本市"
        )
    if len(own) < len(judgement.citations):
        dropped = len(judgement.citations) - len(own)
        return replace(judgement, citations=own), Check(
            "scope", "noted", f"删去 {dropped} 条说其他地方的引证"
        )
    return judgement, Check("scope", "ok", "引证说的是本市")


def _is_foreign(citation: Citation, evidence: Evidence) -> bool:
    sentence = evidence.sentence(citation.sentence_id)
    return sentence is not None and sentence.foreign


def check_modality(judgement: Judgement, evidence: Evidence) -> tuple[Judgement, Check | None]:
    """Plans and duties are never facts: cap the verdict by the best modality of its evidence."""
    if not judgement.citations or not judgement.verdict.is_fact:
        return judgement, None
    cap = max(
        (modality_cap(c.sentence_id, evidence) for c in judgement.citations),
        key=lambda v: v.rank,
    )
    if cap is Verdict.MET:
        return judgement, Check("modality", "ok", _borne_by(judgement, evidence))
    if cap is Verdict.PLANNED:
        return lowered(judgement, cap, "modality", "引证只有计划、目标或义务，不是既成事实")
    if cap is Verdict.NOT_MET:
        return lowered(judgement, cap, "modality", "引证说的是尚未做到")
    return lowered(judgement, cap, "modality", "引证说的是正在推进，尚未完成")


def _borne_by(judgement: Judgement, evidence: Evidence) -> str:
    """What lets the evidence carry a fact: a statement of fact, or the paper in force itself."""
    cited = [evidence.sentence(c.sentence_id) for c in judgement.citations]
    if any(s is not None and s.modality is Modality.FACT for s in cited):
        return "引证中有既成事实的陈述"
    return "引证是文件自己的规定或部署，可证明文件类、机制类要求"


def modality_cap(sentence_id: str, evidence: Evidence) -> Verdict:
    """The best verdict that one sentence can carry, by its modality and the feature's type."""
    sentence = evidence.sentence(sentence_id)
    passage = evidence.passage_of(sentence_id)
    if sentence is None or passage is None:
        return Verdict.NO_EVIDENCE
    document = evidence.documents.get(passage.document)
    return bearing(sentence, passage, document.kind if document else None, evidence.feature)


def check_quantity(judgement: Judgement, evidence: Evidence) -> tuple[Judgement, Check | None]:
    """Hard thresholds: a stated figure below it lowers the verdict; without a figure no green."""
    wanted = [q for q in evidence.feature.quantities if q.checked]
    if not wanted or judgement.verdict.rank < Verdict.PARTLY_MET.rank:
        return judgement, None
    cited = [s for s in (evidence.sentence(c.sentence_id) for c in judgement.citations) if s]
    found = [(q, readings(q, cited)) for q in wanted]
    missed = [r for _, rows in found for r in rows if rows and not any(x.satisfied for x in rows)]
    if missed:
        alone = len(evidence.feature.elements) == 1
        cap = Verdict.NOT_MET if alone else Verdict.PARTLY_MET
        return lowered(judgement, cap, "quantity", _missed_detail(missed[0]))
    silent = [q for q, rows in found if not rows]
    if silent:
        return lowered(
            judgement, Verdict.PARTLY_MET, "quantity", f"未见“{_asked(silent[0])}”的数值"
        )
    best = next(r for r in found[0][1] if r.satisfied)
    return judgement, Check(
        "quantity",
        "ok",
        f"{best.quantity.measure}：{best.value}{best.unit}，达到 {_asked(best.quantity)}",
    )


def _asked(quantity: Quantity) -> str:
    return quantity.printed or quantity.measure


def _missed_detail(reading: Reading) -> str:
    stated = f"{reading.quantity.measure}：{reading.value}{reading.unit}"
    return f"{stated}，未达到 {_asked(reading.quantity)}"


def check_screenshots(judgement: Judgement, evidence: Evidence) -> tuple[Judgement, Check | None]:
    """A picture of a screen is weak evidence until the system is seen live."""
    grades = [_grade_of(citation, evidence) for citation in judgement.citations]
    if not grades or any(grade is not Grade.SCREENSHOT for grade in grades):
        return judgement, None
    detail = "引证只有系统截图，须现场查看系统后确认"
    return lowered(judgement, Verdict.PARTLY_MET, "screenshot", detail)


def check_district(judgement: Judgement, evidence: Evidence) -> tuple[Judgement, Check | None]:
    """Papers of districts and counties show a part of the city (codebook rule 1)."""
    levels = [_level_of(citation, evidence) for citation in judgement.citations]
    if not levels or any(level is not AdministrativeLevel.DISTRICT for level in levels):
        return judgement, None
    return lowered(judgement, Verdict.PARTLY_MET, "district", "引证只来自区县文件，不能代表全市")


def _level_of(citation: Citation, evidence: Evidence) -> AdministrativeLevel | None:
    document = evidence.documents.get(citation.document)
    stated = document.identity.level if document is not None else None
    if stated is None or stated.confidence < SURE:
        return None
    return AdministrativeLevel(stated.value)


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
    check_scope,
    check_modality,
    check_quantity,
    check_screenshots,
    check_district,
    check_unread,
)

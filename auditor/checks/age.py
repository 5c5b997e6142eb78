"""Age: what is told of long ago shows at most a part, where the matter changes fast (rule 8)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from auditor.checks.dating import SpokenOf, spoken_of
from auditor.checks.rules import Evidence, lowered
from auditor.core.findings import Check, Citation, Judgement, Verdict
from auditor.core.limits import AgeLimits


@dataclass(frozen=True, slots=True)
class Aged:
    """A citation, the day it speaks of, and whether that day is beyond its limit of ``years``."""

    citation: Citation
    spoken: SpokenOf | None
    years: int | None
    is_old: bool


def check_age(
    judgement: Judgement, evidence: Evidence, as_of: date | None, limits: AgeLimits
) -> tuple[Judgement, Check | None]:
    """Cap the verdict at partly_met where all that is cited is older than its limit."""
    if as_of is None or not judgement.citations or not judgement.verdict.is_fact:
        return judgement, None
    aged = [a for a in (age_of(c, evidence, as_of, limits) for c in judgement.citations) if a]
    bound = [a for a in aged if a.years is not None]
    if not bound:
        return judgement, None
    old = [a for a in bound if a.is_old]
    if len(old) == len(aged):
        newest = max(old, key=_day)
        return lowered(judgement, Verdict.PARTLY_MET, "age", _old_detail(newest))
    unknown = [a for a in bound if a.spoken is None]
    if judgement.verdict.is_green and len(old) + len(unknown) == len(aged):
        return judgement, Check("age", "noted", "引证和所在材料都没有可认定的日期，请核对时效")
    if old:
        detail = f"引证中有 {len(old)} 处说的是{_day(max(old, key=_day)).year}年或更早的情况"
        return judgement, Check("age", "noted", detail)
    return judgement, None


def age_of(citation: Citation, evidence: Evidence, as_of: date, limits: AgeLimits) -> Aged | None:
    """How old a citation is, None where its sentence or document was not shown."""
    sentence = evidence.sentence(citation.sentence_id)
    passage = evidence.passage_of(citation.sentence_id)
    document = evidence.documents.get(citation.document)
    if sentence is None or passage is None or document is None:
        return None
    years = limits.years(evidence.feature.types[0], document.kind)
    spoken = spoken_of(sentence, passage, document, as_of)
    is_old = spoken is not None and years is not None and spoken.day < years_before(as_of, years)
    return Aged(citation, spoken, years, is_old)


def years_before(day: date, years: int) -> date:
    """The same day ``years`` earlier (28 February for the 29th)."""
    try:
        return day.replace(year=day.year - years)
    except ValueError:
        return day.replace(year=day.year - years, day=28)


def _day(aged: Aged) -> date:
    return aged.spoken.day if aged.spoken else date.min


def _old_detail(newest: Aged) -> str:
    year = _day(newest).year
    source = newest.spoken.source if newest.spoken else "paper"
    whose = "引证所在材料是" if source == "paper" else "引证说的是"
    what = "年的" if source == "paper" else "年的情况"
    return (
        f"{whose}{year}{what}，早于评估日期{newest.years}年以上；"
        "变化快的事项（平台、比率等）须有近期材料"
    )

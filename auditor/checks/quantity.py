"""Hard thresholds, compared in code: a figure below lowers the verdict, no figure is no green."""

from __future__ import annotations

import re
from collections.abc import Sequence

from auditor.checks.base import Evidence, lowered
from auditor.core.criteria import Element, Feature, Quantity
from auditor.core.findings import Check, Judgement, Verdict
from auditor.core.passages import Modality
from auditor.quantities import Outcome, Reading, readings

STATING = (Modality.FACT, Modality.ONGOING)


def check_quantity(judgement: Judgement, evidence: Evidence) -> tuple[Judgement, Check | None]:
    """Hold the cited figures against every checked quantity of the feature.

    The city's own figure below a threshold is ``not_met``, or ``partly_met`` where another element
    is shown. A figure of a part or of a narrower whole, one that is too vague to decide, and no
    figure at all allow ``partly_met`` at most.
    """
    wanted = [q for q in evidence.feature.quantities if q.checked]
    if not wanted or judgement.verdict.rank < Verdict.PARTLY_MET.rank:
        return judgement, None
    cited = evidence.cited(judgement)
    found = [(q, current(readings(q, cited, evidence.as_of), evidence)) for q in wanted]
    for quantity, rows in found:
        missed = [r for r in rows if r.missed]
        if missed and not any(r.satisfied for r in rows):
            shown = others_shown(judgement, evidence, quantity)
            cap = Verdict.PARTLY_MET if shown else Verdict.NOT_MET
            return lowered(
                judgement, cap, "quantity", f"{_told(missed[0])}，未达到 {_asked(quantity)}"
            )
    for quantity, rows in found:
        if not any(r.satisfied for r in rows):
            return lowered(judgement, Verdict.PARTLY_MET, "quantity", _lacking(quantity, rows))
    best = next(r for r in found[0][1] if r.satisfied)
    return judgement, Check("quantity", "ok", f"{_told(best)}，达到 {_asked(best.quantity)}")


def current(rows: Sequence[Reading], evidence: Evidence) -> tuple[Reading, ...]:
    """Of shares in papers of several years those of the newest; counts of all years stand.

    Papers without a date stay, for nothing says that they are older.
    """
    years = {r.sentence_id: _issued_in(r.sentence_id, evidence) for r in rows}
    telling = [r for r in rows if r.satisfied or r.missed]
    dated = [years[r.sentence_id] for r in telling if years[r.sentence_id]]
    newest = max(dated, default=0)
    return tuple(r for r in rows if r.unit != "%" or years[r.sentence_id] in (0, newest))


def _issued_in(sentence_id: str, evidence: Evidence) -> int:
    """The year of the paper that a sentence stands in, 0 where it is not known."""
    passage = evidence.passage_of(sentence_id)
    document = evidence.documents.get(passage.document) if passage else None
    return document.issued_on.year if document and document.issued_on else 0


def others_shown(judgement: Judgement, evidence: Evidence, quantity: Quantity) -> bool:
    """Tell whether an element beside the quantity's own is shown.

    By what the judge found for each element; where it said nothing of elements, by terms that
    are left in a cited statement of fact beside the quantity's own.
    """
    own = element_of(evidence.feature, quantity)
    if own is None:
        return False
    if judgement.elements:
        return any(e.verdict.is_fact for e in judgement.elements if e.element_id != own.id)
    terms = {t for e in evidence.feature.elements if e is not own for t in e.terms}
    spent = re.compile("|".join([*map(re.escape, own.terms), *quantity.terms[:1]]))
    rest = [spent.sub("", s.text) for s in evidence.cited(judgement) if s.modality in STATING]
    return any(term in text for term in terms for text in rest)


def element_of(feature: Feature, quantity: Quantity) -> Element | None:
    """The element that a quantity belongs to: the one whose text says most of its terms."""
    if not feature.elements:
        return None
    return max(feature.elements, key=lambda e: _likeness(e, quantity))


def _likeness(element: Element, quantity: Quantity) -> tuple[bool, int]:
    printed = re.sub(r"\s", "", quantity.printed)
    named = sum(bool(re.search(term, element.text)) for term in quantity.terms)
    return printed in re.sub(r"\s", "", element.text), named


def _lacking(quantity: Quantity, rows: Sequence[Reading]) -> str:
    parts = [r for r in rows if r.part]
    if parts:
        return f"{_told(parts[0])}，只是“{parts[0].part}”的数值，不能代表全市"
    unclear = [r for r in rows if r.outcome is Outcome.UNCLEAR]
    if unclear:
        return f"{_told(unclear[0])}，不足以判断是否达到 {_asked(quantity)}"
    return f"未见“{_asked(quantity)}”的数值"


def _asked(quantity: Quantity) -> str:
    return quantity.printed or quantity.measure


def _told(reading: Reading) -> str:
    year = f"（{reading.year}年）" if reading.year else ""
    value = f"{reading.value.normalize():f}"
    return f"{reading.quantity.measure}：{value}{reading.unit}{year}"

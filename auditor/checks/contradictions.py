"""Two documents of one dossier that say different things about one matter, and what decides.

Values of one measure for one day, or a thing that is done in one paper and not in another. Both
are shown with the rule that decides between them. A finding whose evidence loses is lowered; none
is ever raised.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import combinations

from auditor.checks.rules import SURE, lowered
from auditor.checks.statements import (
    Denied,
    Statement,
    Valued,
    affirms,
    denials_in,
    statements_of,
    values_in,
)
from auditor.core.criteria import Feature
from auditor.core.documents import Document
from auditor.core.findings import FLAGGED, Check, Citation, Judgement, Verdict
from auditor.core.identity import AdministrativeLevel, Grade
from auditor.core.passages import Passage
from auditor.core.quoting import cite
from auditor.quantities import readings

RULE = "contradiction"
MEASURED = (Grade.STATISTICS, Grade.THIRD_PARTY)
TOLD = (Grade.NEWS, Grade.OWN_REPORT, Grade.SCREENSHOT, Grade.UNKNOWN)
HEIGHT = {
    AdministrativeLevel.NATION: 4,
    AdministrativeLevel.PROVINCE: 3,
    AdministrativeLevel.CITY: 2,
    AdministrativeLevel.DEPARTMENT: 1,
    AdministrativeLevel.DISTRICT: 0,
}
UNDECIDED = "无法判定以哪一份为准，请核对"


@dataclass(frozen=True, slots=True)
class Contradiction:
    """Two statements on one ``matter`` (first and second in the dossier's order).

    ``stands`` is the one that the rule ``why`` decides for, None where none decides; ``denial``
    is the one that says that the thing is not done, None where values differ.
    """

    matter: str
    first: Statement
    second: Statement
    stands: Statement | None
    why: str
    denial: Statement | None = None

    @property
    def falls(self) -> Statement | None:
        """The statement that the rule decides against."""
        if self.stands is None:
            return None
        return self.second if self.stands is self.first else self.first

    def other(self, sentence_id: str) -> Statement:
        """The statement that is not the sentence ``sentence_id``."""
        return self.second if self.first.sentence.id == sentence_id else self.first


def find_contradictions(
    passages: Iterable[Passage], documents: Mapping[str, Document], city: str
) -> tuple[Contradiction, ...]:
    """Compare what all documents that count state of the city, in the order of the dossier."""
    stated = list(statements_of(passages, documents, city))
    return (*_of_values(stated, city), *_of_states(stated, city))


def _of_values(stated: Sequence[Statement], city: str) -> Iterator[Contradiction]:
    by_measure: dict[tuple[str, str], list[Valued]] = defaultdict(list)
    for statement in stated:
        for valued in values_in(statement, city):
            by_measure[valued.measure, valued.unit].append(valued)
    for (measure, _), values in by_measure.items():
        clear = [v for v in values if not _is_ambiguous(v, values)]
        for a, b in combinations(clear, 2):
            apart = a.statement.document.name != b.statement.document.name
            if apart and a.is_same_measure(b) and a.differs_from(b):
                stands, why = decide_value(a.statement, b.statement)
                matter = f"{measure}（{a.printed} / {b.printed}）"
                yield Contradiction(matter, a.statement, b.statement, stands, why)


def _is_ambiguous(value: Valued, values: Sequence[Valued]) -> bool:
    """Whether its own document gives the measure another value too: then it is more than one."""
    return any(
        other.statement.document.name == value.statement.document.name
        and other.statement.day == value.statement.day
        and other.differs_from(value)
        for other in values
    )


def _of_states(stated: Sequence[Statement], city: str) -> Iterator[Contradiction]:
    for denial in (d for statement in stated for d in denials_in(statement, city)):
        for statement in stated:
            apart = statement.document.name != denial.statement.document.name
            if apart and affirms(statement, denial):
                yield _of_state(denial, statement)


def _of_state(denied: Denied, affirming: Statement) -> Contradiction:
    stands, why = decide_state(denied.statement, affirming)
    denial = denied.statement
    return Contradiction(denied.thing, denial, affirming, stands, why, denial)


def decide_value(a: Statement, b: Statement) -> tuple[Statement | None, str]:
    """Statistics over own reports and news, then the newer paper, then the higher one."""
    for rule in (_by_grade, _by_issue, _by_height):
        stands, why = rule(a, b)
        if stands is not None:
            return stands, why
    return None, UNDECIDED


def decide_state(a: Statement, b: Statement) -> tuple[Statement | None, str]:
    """The newer over the older (states change), then the higher paper, then the better grade."""
    for rule in (_by_day, _by_height, _by_grade):
        stands, why = rule(a, b)
        if stands is not None:
            return stands, why
    return None, UNDECIDED


Decided = tuple[Statement | None, str]


def _by_grade(a: Statement, b: Statement) -> Decided:
    for one, other in ((a, b), (b, a)):
        if _grade(one.document) in MEASURED and _grade(other.document) in TOLD:
            return one, "统计和第三方材料优先于自述和新闻"
    return None, ""


def _by_issue(a: Statement, b: Statement) -> Decided:
    days = a.document.issued_on, b.document.issued_on
    if days[0] is None or days[1] is None or days[0] == days[1]:
        return None, ""
    return (a if days[0] > days[1] else b), "成文较晚的材料优先"


def _by_day(a: Statement, b: Statement) -> Decided:
    if a.day is None or b.day is None or a.day == b.day:
        return None, ""
    return (a if a.day > b.day else b), "所述情况较新的优先"


def _by_height(a: Statement, b: Statement) -> Decided:
    heights = _height(a.document), _height(b.document)
    if heights[0] is None or heights[1] is None or heights[0] == heights[1]:
        return None, ""
    return (a if heights[0] > heights[1] else b), "层级较高的材料优先"


def _grade(document: Document) -> Grade:
    stated = document.identity.grade
    return Grade(stated.value) if stated is not None else Grade.UNKNOWN


def _height(document: Document) -> int | None:
    stated = document.identity.level
    if stated is None or stated.confidence < SURE:
        return None
    return HEIGHT.get(AdministrativeLevel(stated.value))


def check_contradictions(
    judgement: Judgement, feature: Feature, found: Sequence[Contradiction]
) -> Judgement:
    """Flag each contradiction that a judgement's citations are part of; lower what has lost."""
    cited = {citation.sentence_id for citation in judgement.citations}
    concerned = [c for c in found if cited & {c.first.sentence.id, c.second.sentence.id}]
    flags = tuple(check_of(contradiction) for contradiction in concerned)
    judgement = replace(judgement, checks=(*judgement.checks, *flags))
    if _has_lost(judgement, feature, concerned):
        detail = "引证与优先采用的材料相反，不能据以认定满足"
        judgement, check = lowered(judgement, Verdict.PARTLY_MET, RULE, detail)
        judgement = replace(judgement, checks=(*judgement.checks, check))
    return judgement


def _has_lost(judgement: Judgement, feature: Feature, concerned: Sequence[Contradiction]) -> bool:
    """Whether nothing that is cited for a green verdict is left standing."""
    if not judgement.verdict.is_green:
        return False
    lost = {c.falls.sentence.id for c in concerned if _decides(c, feature) and c.falls is not None}
    return bool(lost) and {c.sentence_id for c in judgement.citations} <= lost


def _decides(contradiction: Contradiction, feature: Feature) -> bool:
    """A denial refutes; a value does where the one that stands misses a threshold."""
    stands = contradiction.stands
    if stands is None:
        return False
    if contradiction.denial is not None:
        return stands is contradiction.denial
    for quantity in (q for q in feature.quantities if q.checked):
        read = readings(quantity, [stands.sentence])
        if read and not any(reading.satisfied for reading in read):
            return True
    return False


def _detail(contradiction: Contradiction) -> str:
    what = "是否已办成" if contradiction.denial is not None else "数值"
    said = f"{contradiction.matter}：两份材料说的{what}不同"
    if contradiction.stands is None:
        return f"{said}；{contradiction.why}"
    return f"{said}；{contradiction.why}，以 {contradiction.stands.document.name} 为准"


def check_of(contradiction: Contradiction) -> Check:
    """What a reviewer is shown of a contradiction: what decides, and both quotes."""
    return Check(RULE, FLAGGED, _detail(contradiction), quotes=_quotes(contradiction))


def _quotes(contradiction: Contradiction) -> tuple[Citation, ...]:
    both = (contradiction.first, contradiction.second)
    return tuple(cite(s.document, s.passage, s.sentence) for s in both)

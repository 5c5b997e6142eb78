"""What a document says it is: title, issuer, number, dates, kind, level, city, grade, force.

Each answer carries its confidence and the span that shows it, so that a reviewer can correct it.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from auditor.core.spans import Span


class AdministrativeLevel(StrEnum):
    """Whose paper it is: nation, province, city, district or county, a department of the city."""

    NATION = "nation"
    PROVINCE = "province"
    CITY = "city"
    DISTRICT = "district"
    DEPARTMENT = "department"
    OTHER = "other"


class Grade(StrEnum):
    """How strong a paper is as evidence, strongest first.

    Sealed or formally issued papers, statistics, exports of systems and papers of third parties
    stand above what the city reports of itself; news and pictures of screens stand last.
    """

    ISSUED = "issued"
    STATISTICS = "statistics"
    EXPORT = "export"
    THIRD_PARTY = "third_party"
    OWN_REPORT = "own_report"
    NEWS = "news"
    SCREENSHOT = "screenshot"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class Stated:
    """One answer: its value as text (ISO date, enum value, name), and what it rests on.

    ``confidence`` in [0, 1]; ``span`` of the document's text that shows it, None where the file's
    name or properties do (``source``: ``text``, ``name`` or ``properties``, ``rule``).
    """

    value: str
    confidence: float
    span: Span | None = None
    source: str = "text"


@dataclass(frozen=True, slots=True)
class Identity:
    """All answers of one document; None where the rules abstain.

    ``in_force`` has the value ``yes``, ``no`` (repealed, expired) or ``draft``; ``speaks_of`` lists
    the years and dates that the text speaks about, most frequent first.
    """

    title: Stated | None = None
    kind: Stated | None = None
    issuer: Stated | None = None
    number: Stated | None = None
    issued_on: Stated | None = None
    level: Stated | None = None
    city: Stated | None = None
    grade: Stated | None = None
    in_force: Stated | None = None
    speaks_of: tuple[Stated, ...] = ()

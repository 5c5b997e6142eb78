"""Two runs of one city side by side: what changed, and what may have changed it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from auditor.core.events import ReviewEvent
from auditor.core.findings import Citation, Verdict


class Cause(StrEnum):
    """What differs between the two runs for a feature.

    ``review``: a person decided in one of them; ``standard``: its text differs, or one edition
    does not have it; ``scope``: only one run was asked for it; ``evidence``: other sentences are
    cited; ``relation``: other features credit it; ``model``: the same evidence, judged or checked
    otherwise.
    """

    REVIEW = "review"
    STANDARD = "standard"
    SCOPE = "scope"
    EVIDENCE = "evidence"
    RELATION = "relation"
    MODEL = "model"


@dataclass(frozen=True, slots=True)
class Side:
    """A feature in one run: the verdict that counts (None: failure or 不适用), what is cited."""

    verdict: Verdict | None
    excused: bool
    citations: tuple[Citation, ...]
    reason: str


@dataclass(frozen=True, slots=True)
class Change:
    """A feature whose verdict differs; a side is None where the run does not hold it.

    ``was``: the number of the same clause in the old run's edition, where that is another one.
    """

    feature_id: str
    before: Side | None
    after: Side | None
    causes: tuple[Cause, ...]
    was: str = ""


@dataclass(frozen=True, slots=True)
class LevelChange:
    """A node whose level differs."""

    node_id: str
    name: str
    before: int
    after: int


@dataclass(frozen=True, slots=True)
class Comparison:
    """Run B against run A.

    ``documents`` by what became of them: ``added``, ``removed``, ``changed`` (same name, other
    bytes). ``settings`` that differ, by name, with both values. ``kept``: decisions of A on
    findings that are the same in B; ``reopened``: those on findings or clauses that changed.
    Neither holds in B before somebody reconfirms it. ``renumbered``: the new numbers of clauses
    that B's edition of the standard numbers otherwise, by the old ones.
    """

    city: str
    documents: Mapping[str, tuple[str, ...]]
    settings: Mapping[str, tuple[str, str]]
    changes: tuple[Change, ...]
    levels: tuple[LevelChange, ...]
    kept: tuple[ReviewEvent, ...]
    reopened: tuple[ReviewEvent, ...]
    renumbered: Mapping[str, str] = field(default_factory=dict)

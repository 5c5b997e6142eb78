"""One city from one period to the next: what rose, what fell, and why (over ``comparing``)."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from auditor.across.ranking import measures_of
from auditor.comparing import compare_runs
from auditor.core.across import Cell, Mark, Move, Why, YearChange
from auditor.core.comparison import Cause, Change, Comparison, Side
from auditor.core.criteria import LEVELS, Standard
from auditor.core.findings import Verdict
from auditor.core.scores import Profile
from auditor.standing import Reviewed, standing_of

PLAIN: Mapping[Cause, Why] = {
    Cause.REVIEW: Why.REVIEW,
    Cause.STANDARD: Why.STANDARD,
    Cause.SCOPE: Why.SCOPE,
    Cause.RELATION: Why.RELATION,
}
"""The causes of a comparison that need no closer look."""


def year_change(
    old: tuple[str, Reviewed], new: tuple[str, Reviewed], standard: Standard, profile: Profile
) -> YearChange:
    """What changed in a city between two (period, run) under one edition and one rule."""
    (before, one), (after, two) = old, new
    found = compare_runs(one, two, standard, profile)
    moves = [_move(change, found) for change in found.changes]
    shares = [measures_of(standing_of(run, standard, profile).shown) for run in (one, two)]
    return YearChange(
        city=found.city,
        before=before,
        after=after,
        rose=tuple(move for move in moves if _way(move) > 0),
        fell=tuple(move for move in moves if _way(move) < 0),
        other=tuple(move for move in moves if not _way(move)),
        documents=found.documents,
        settings=tuple(found.settings),
        levels=found.levels,
        coverage={n: (shares[0][str(n)], shares[1][str(n)]) for n in LEVELS},
    )


def _way(move: Move) -> int:
    """Up (1), down (-1), or neither: one side has no verdict."""
    if not isinstance(move.before, Verdict) or not isinstance(move.after, Verdict):
        return 0
    return 1 if move.after.rank > move.before.rank else -1


def _move(change: Change, found: Comparison) -> Move:
    before, after = change.before, change.after
    return Move(
        feature_id=change.feature_id,
        before=_cell(before),
        after=_cell(after),
        why=tuple(dict.fromkeys(_reasons(change, found))),
        quotes_before=before.citations if before else (),
        quotes_after=after.citations if after else (),
    )


def _cell(side: Side | None) -> Cell:
    if side is None:
        return Mark.UNASKED
    if side.excused:
        return Mark.EXCUSED
    return Mark.FAILED if side.verdict is None else side.verdict


def _reasons(change: Change, found: Comparison) -> Iterator[Why]:
    """The causes of a change; evidence is told by where it stands, a model by what was set."""
    for cause in change.causes:
        if cause in PLAIN:
            yield PLAIN[cause]
        elif cause is Cause.EVIDENCE:
            yield from _evidence(change, found.documents)
        if cause in (Cause.MODEL, Cause.EVIDENCE) and "judge" in found.settings:
            yield Why.JUDGE
        elif cause is Cause.MODEL:
            yield Why.SETTINGS if found.settings else Why.SAME


def _evidence(change: Change, documents: Mapping[str, Sequence[str]]) -> Iterator[Why]:
    now, then = _papers(change.after), _papers(change.before)
    told = False
    for names, what, why in (
        (now, "added", Why.NEW_PAPERS),
        (now, "changed", Why.CHANGED_PAPERS),
        (then, "removed", Why.LOST_PAPERS),
    ):
        if names & set(documents.get(what, ())):
            told = True
            yield why
    if not told:
        yield Why.OTHER_SENTENCES


def _papers(side: Side | None) -> set[str]:
    return {c.document for c in side.citations} if side else set()


class Years:
    """Hears of the runs of all cities by key and gives the changes between neighbouring periods."""

    def __init__(self, standard: Standard, profile: Profile) -> None:
        self._standard, self._profile = standard, profile
        self._last: tuple[str, str, Reviewed] | None = None
        self.changes: list[YearChange] = []

    def hear(self, city: str, period: str, run: Reviewed) -> None:
        """Take the next run; periods of one city come one after another, the earliest first."""
        if self._last is not None and self._last[0] == city:
            _, before, old = self._last
            pair = (before, old), (period, run)
            self.changes.append(year_change(*pair, self._standard, self._profile))
        self._last = city, period, run

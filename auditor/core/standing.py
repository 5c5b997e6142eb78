"""The numbers of a result that must never be mixed: shown, confirmed, claimed (设计第 6 节)."""

from __future__ import annotations

from dataclasses import dataclass

from auditor.core.scores import Score


@dataclass(frozen=True, slots=True)
class Standing:
    """What is known of a city's level, each number apart.

    ``machine``: by the papers, as the machine judged (初判). ``reviewed``: the same with people's
    decisions in it, None where nobody decided. ``confirmed``: by people's decisions alone, all else
    counted as nothing. ``claimed``: by the city's self-assessment, None without one. ``decided`` of
    ``counted`` features are decided by people; ``stale`` decisions wait to be reconfirmed.
    """

    machine: Score
    reviewed: Score | None
    confirmed: Score
    claimed: Score | None
    claimed_level: int | None
    decided: int
    counted: int
    stale: tuple[str, ...] = ()

    @property
    def shown(self) -> Score:
        """The score that is shown first: with people's decisions, where there are any."""
        return self.reviewed or self.machine

    @property
    def share_decided(self) -> float:
        """The share of the features that people have decided."""
        return self.decided / self.counted if self.counted else 0.0

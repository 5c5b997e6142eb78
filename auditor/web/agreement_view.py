"""What the page of agreement shows: measures in words, tables, a picture of kappa by domain."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from auditor.core.criteria import Standard
from auditor.evaluation.double_review import (
    CATEGORIES,
    SUBSTANTIAL_KAPPA,
    Agreement,
    DoubleReview,
    Estimate,
    standing_of,
)
from auditor.web.words import Words

MEASURES = (
    ("raw", "agreement_raw"), ("kappa", "agreement_kappa"), ("qwk", "agreement_qwk"),
    ("ac1", "agreement_ac1"), ("ac2_ordinal", "agreement_ac2"),
    ("ac2_quadratic", "agreement_ac2q"),
)  # fmt: skip
LEFT, RIGHT, TOP, ROW = 190.0, 24.0, 22.0, 30.0
WIDTH = 720.0
LOWEST = -0.2


@dataclass(frozen=True, slots=True)
class MeasureRow:
    """A part of the standard with its measures: value and interval, or why there is none."""

    name: str
    pairs: int
    cells: tuple[tuple[str, str], ...]
    standing: str
    standing_words: str


@dataclass(frozen=True, slots=True)
class Bar:
    """The interval of a kappa in the picture, in its units; ``text`` stands for a missing one."""

    name: str
    y: float
    low: float | None
    value: float | None
    high: float | None
    text: str


@dataclass(frozen=True, slots=True)
class Picture:
    """Kappa by domain: bars, the mark, the axis."""

    width: float
    height: float
    bars: tuple[Bar, ...]
    mark: float
    ticks: tuple[tuple[float, str], ...]
    left: float


@dataclass(frozen=True, slots=True)
class AgreementView:
    """Two raters compared: their names, rows of measures, the picture, the confusion table."""

    first: str
    second: str
    rows: tuple[MeasureRow, ...]
    picture: Picture
    heads: tuple[str, ...]
    table: tuple[tuple[tuple[int, int], ...], ...]
    not_applicable: str
    alone: str

    @property
    def pairs(self) -> int:
        """How many pairs there are overall."""
        return self.rows[0].pairs


def agreement_view(
    review: DoubleReview, names: tuple[str, str], standard: Standard, w: Words
) -> AgreementView:
    """Put an agreement in words."""
    whole = review.overall
    domains = [(f"{d.id} {d.name}", review.domains[d.id]) for d in standard.domains]
    parts = [(w["agreement_overall"], whole), *domains]
    return AgreementView(
        first=names[0],
        second=names[1],
        rows=tuple(_row(name, agreement, w) for name, agreement in parts),
        picture=_picture(parts, w),
        heads=tuple(w[name] for name in CATEGORIES),
        table=_heat(whole),
        not_applicable=w["agreement_na"].format(
            both=whole.both_not_applicable,
            first=whole.first_alone_not_applicable,
            second=whole.second_alone_not_applicable,
        ),
        alone=w["agreement_alone"].format(
            first=len(review.first_alone), second=len(review.second_alone)
        ),
    )


def _row(name: str, agreement: Agreement, w: Words) -> MeasureRow:
    cells = tuple(_cell(getattr(agreement, measure), w) for measure, _ in MEASURES)
    standing = standing_of(agreement.kappa).value
    return MeasureRow(name, agreement.pairs, cells, standing, w[f"standing_{standing}"])


def _cell(estimate: Estimate, w: Words) -> tuple[str, str]:
    """Value and interval; where there is no value, why."""
    why = w[f"oddity_{estimate.oddity.value}"] if estimate.oddity else ""
    if estimate.value is None:
        return "—", why
    if estimate.low is None or estimate.high is None:
        return f"{estimate.value:.2f}", why
    return f"{estimate.value:.2f}", f"{estimate.low:.2f}–{estimate.high:.2f}"


def _heat(agreement: Agreement) -> tuple[tuple[tuple[int, int], ...], ...]:
    """Counts with their shade from 0 to 10, by the largest."""
    most = max((n for row in agreement.table for n in row), default=0) or 1
    return tuple(tuple((n, -(-10 * n // most)) for n in row) for row in agreement.table)


def _picture(parts: Sequence[tuple[str, Agreement]], w: Words) -> Picture:
    middles = [TOP + ROW * (n + 0.5) for n in range(len(parts))]
    bars = tuple(_bar(p[0], p[1].kappa, y, w) for p, y in zip(parts, middles, strict=True))
    height = TOP + ROW * len(parts) + 34
    ticks = tuple((_x(n / 5), f"{n / 5:.1f}") for n in range(-1, 6))
    return Picture(WIDTH, height, bars, _x(SUBSTANTIAL_KAPPA), ticks, LEFT)


def _bar(name: str, kappa: Estimate, y: float, w: Words) -> Bar:
    value, why = _cell(kappa, w)
    if kappa.value is None:
        return Bar(name, y, None, None, None, why)
    low, high = (None if end is None else _x(end) for end in (kappa.low, kappa.high))
    return Bar(name, y, low, _x(kappa.value), high, f"{value} {why}".strip())


def _x(value: float) -> float:
    """The place of a value on the axis; what lies below its beginning is set there."""
    share = (max(value, LOWEST) - LOWEST) / (1 - LOWEST)
    return round(LEFT + share * (WIDTH - LEFT - RIGHT - 110), 1)

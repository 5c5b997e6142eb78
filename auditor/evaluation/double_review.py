"""Two reviewers judge the same features blind: how far they agree, overall and per domain.

不适用 (not_applicable) has no place in the order of the six verdicts. It is a category of its own,
the seventh, in the unweighted measures (raw agreement, kappa, AC1), so that one who calls a feature
not applicable and one who judges it disagree. It is left out of the weighted measures (QWK, AC2),
which only see the pairs where both gave one of the six, and is counted apart. The scale has its
seven (six) categories even where some were never used: AC1 and AC2 depend on how many there are.

Only features that both have judged are pairs. Nothing here depends on their order.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from itertools import chain

import numpy as np

from auditor.core.criteria import Domain, Standard
from auditor.core.errors import ReviewError
from auditor.core.events import NOT_APPLICABLE
from auditor.core.findings import VERDICTS, Verdict
from auditor.evaluation.agreement import Array, quadratic_weights
from auditor.evaluation.agreement_intervals import (
    Coefficient,
    gwet_by,
    interval_of,
    kappa_by,
    ordinal_weights,
    standard_error,
    wilson,
)

Answer = Verdict | None
"""One blind answer; None: 不适用 (as in ``Decision``). A feature not yet judged has no entry."""
Answers = Mapping[str, Answer]
"""Feature id -> answer, of one rater."""

CATEGORIES = (*(verdict.value for verdict in VERDICTS), NOT_APPLICABLE)
"""The rows and columns of ``Agreement.table``: the six verdicts worst to best, then 不适用."""
ORDERED = len(VERDICTS)

SUBSTANTIAL_KAPPA = 0.62
"""Above it Cohen's kappa is substantial agreement, the least to aim for (El Emam 1999, Benchmarking
Kappa, Empirical Software Engineering 4: 70 process instances of the SPICE trials). Its scale had
four categories, ours has seven, on which the same care gives a lower kappa."""
FEWEST_PAIRS = 30
"""Below so many pairs nothing is said about the mark: a choice. From here on the interval of kappa
held the true value in at least 91 of 100 simulated tables (see ``agreement_intervals``)."""

KAPPA, AC1 = kappa_by(np.eye(ORDERED + 1)), gwet_by(np.eye(ORDERED + 1))
QWK = kappa_by(quadratic_weights(ORDERED))
AC2_ORDINAL, AC2_QUADRATIC = gwet_by(ordinal_weights(ORDERED)), gwet_by(quadratic_weights(ORDERED))


class Oddity(StrEnum):
    """What is odd about the pairs, so that values or intervals are missing or say little.

    ``no_pairs``, ``one_pair``: too few for any coefficient. ``one_category``: both always gave the
    same single category; kappa is 0 / 0 and not given, AC1 and AC2 are 1. ``one_sided``: a rater
    gave a single category throughout and the other did not give it throughout; kappa is 0 whatever
    the other said, and has no interval.
    """

    NO_PAIRS = "no_pairs"
    ONE_PAIR = "one_pair"
    ONE_CATEGORY = "one_category"
    ONE_SIDED = "one_sided"


class Standing(StrEnum):
    """How a kappa stands to a mark.

    ``reached``: the whole interval is above it; ``not_reached``: the whole interval is below it;
    ``open``: the interval contains it; ``too_few``: too few pairs to say; ``undefined``: enough
    pairs, but no kappa or no interval (the estimate's ``oddity`` says why).
    """

    REACHED = "reached"
    NOT_REACHED = "not_reached"
    OPEN = "open"
    TOO_FEW = "too_few"
    UNDEFINED = "undefined"


@dataclass(frozen=True, slots=True)
class Estimate:
    """A measure over ``pairs`` pairs with its 95 % interval; None where not defined, never NaN.

    ``value``, ``low``, ``high`` are in [0, 1] for raw agreement, else in [-1, 1]; AC1 and AC2 can
    fall somewhat below -1 where nearly all pairs lie far apart.
    ``standard_error`` is the usual one; the interval is not made of it alone (see
    ``agreement_intervals``).
    """

    pairs: int
    value: float | None = None
    low: float | None = None
    high: float | None = None
    standard_error: float | None = None
    oddity: Oddity | None = None


@dataclass(frozen=True, slots=True)
class Agreement:
    """How far two raters agree over some features.

    ``table``: counts, first rater by row, second by column, in the order of ``CATEGORIES``.
    ``raw``, ``kappa`` (Cohen 1960) and ``ac1`` (Gwet 2008) are over all seven categories; ``qwk``
    (Cohen 1968, quadratic weights), ``ac2_ordinal`` (Gwet 2014, his ordinal weights) and
    ``ac2_quadratic`` (the AC2 of ``auditor eval``) over the pairs of the six ordered verdicts.
    """

    table: tuple[tuple[int, ...], ...]
    raw: Estimate
    kappa: Estimate
    ac1: Estimate
    qwk: Estimate
    ac2_ordinal: Estimate
    ac2_quadratic: Estimate

    @property
    def pairs(self) -> int:
        """Features that both have answered."""
        return self.raw.pairs

    @property
    def ordered_pairs(self) -> int:
        """Features to which both gave one of the six verdicts."""
        return self.qwk.pairs

    @property
    def both_not_applicable(self) -> int:
        """Features that both call 不适用."""
        return self.table[ORDERED][ORDERED]

    @property
    def first_alone_not_applicable(self) -> int:
        """Features that the first calls 不适用 and the second judges."""
        return sum(self.table[ORDERED][:ORDERED])

    @property
    def second_alone_not_applicable(self) -> int:
        """Features that the second calls 不适用 and the first judges."""
        return sum(row[ORDERED] for row in self.table[:ORDERED])

    @property
    def standing(self) -> Standing:
        """How Cohen's unweighted kappa stands to the mark of substantial agreement, 0.62."""
        return standing_of(self.kappa)


@dataclass(frozen=True, slots=True)
class DoubleReview:
    """Agreement of two raters overall and per domain (id, e.g. ``8.1``; every domain is there).

    ``first_alone`` and ``second_alone`` are the features that only one has answered, in the order
    of the standard; they count nowhere.
    """

    overall: Agreement
    domains: Mapping[str, Agreement]
    first_alone: tuple[str, ...]
    second_alone: tuple[str, ...]


def agreement_between(first: Answers, second: Answers, standard: Standard) -> DoubleReview:
    """Measure how far two raters agree on the features that both have answered.

    Raises:
        ReviewError: an answer is about a feature that the standard does not have.
    """
    _refuse_unknown(first, standard)
    _refuse_unknown(second, standard)
    pairs = {d.id: _pairs(d, first, second) for d in standard.domains}
    return DoubleReview(
        agreement_of(chain.from_iterable(pairs.values())),
        {domain_id: agreement_of(own) for domain_id, own in pairs.items()},
        tuple(f.id for f in standard.features if f.id in first and f.id not in second),
        tuple(f.id for f in standard.features if f.id in second and f.id not in first),
    )


def agreement_with_machine(
    reviewers: Mapping[str, Answers], machine: Mapping[str, Verdict], standard: Standard
) -> dict[str, DoubleReview]:
    """Measure how far each reviewer (by name) agrees with the machine; the reviewer comes first.

    ``machine`` holds the verdicts of the run's findings; leave failures out, they are no verdict.
    The machine never says 不适用: a reviewer who does disagrees in the unweighted measures.

    Raises:
        ReviewError: an answer is about a feature that the standard does not have.
    """
    return {
        name: agreement_between(answers, machine, standard) for name, answers in reviewers.items()
    }


def agreement_of(pairs: Iterable[tuple[Answer, Answer]]) -> Agreement:
    """Measure agreement over pairs of answers (first rater's, second rater's)."""
    counts = np.zeros((ORDERED + 1, ORDERED + 1))
    for first, second in pairs:
        counts[_place(first), _place(second)] += 1.0
    ordered = counts[:ORDERED, :ORDERED]
    return Agreement(
        table=tuple(tuple(int(n) for n in row) for row in counts),
        raw=_raw(counts),
        kappa=_estimate(counts, KAPPA),
        ac1=_estimate(counts, AC1),
        qwk=_estimate(ordered, QWK),
        ac2_ordinal=_estimate(ordered, AC2_ORDINAL),
        ac2_quadratic=_estimate(ordered, AC2_QUADRATIC),
    )


def standing_of(estimate: Estimate, mark: float = SUBSTANTIAL_KAPPA) -> Standing:
    """Tell how an estimate stands to a mark; fewer than ``FEWEST_PAIRS`` pairs say nothing."""
    if estimate.pairs < FEWEST_PAIRS:
        return Standing.TOO_FEW
    if estimate.low is None or estimate.high is None:
        return Standing.UNDEFINED
    if estimate.low > mark:
        return Standing.REACHED
    return Standing.NOT_REACHED if estimate.high < mark else Standing.OPEN


def _pairs(domain: Domain, first: Answers, second: Answers) -> list[tuple[Answer, Answer]]:
    items = [item for subdomain in domain.subdomains for item in subdomain.items]
    ids = [feature.id for item in items for feature in item.features]
    return [(first[key], second[key]) for key in ids if key in first and key in second]


def _place(answer: Answer) -> int:
    return ORDERED if answer is None else answer.rank


def _refuse_unknown(answers: Collection[str], standard: Standard) -> None:
    unknown = sorted(set(answers) - set(standard.by_id))
    if unknown:
        raise ReviewError(
            f"标准 {standard.id} 中没有特征 (no such features): {', '.join(unknown[:5])}",
            hint="请核对两边所用的标准版本 (use the same edition of the standard on both sides).",
        )


def _raw(counts: Array) -> Estimate:
    """The share of pairs with the same answer; one pair has one too."""
    pairs, same = int(counts.sum()), int(np.trace(counts))
    if not pairs:
        return Estimate(0, oddity=Oddity.NO_PAIRS)
    share = same / pairs
    error = float(np.sqrt(share * (1 - share) / (pairs - 1))) if pairs > 1 else None
    return Estimate(pairs, share, *wilson(same, pairs), error, _oddity(counts))


def _estimate(counts: Array, coefficient: Coefficient) -> Estimate:
    """A coefficient over two pairs or more; one category throughout leaves kappa at 0 / 0."""
    pairs, oddity = int(counts.sum()), _oddity(counts)
    if pairs < 2:
        return Estimate(pairs, oddity=oddity)
    low, high = (float(end) for end in interval_of(counts, coefficient))
    value = min(float(coefficient.value(counts, coefficient.weights)), 1.0)  # rounding
    if np.isnan(low):
        return Estimate(pairs, None if oddity is Oddity.ONE_CATEGORY else value, oddity=oddity)
    return Estimate(pairs, value, low, high, float(standard_error(counts, coefficient)), oddity)


def _oddity(counts: Array) -> Oddity | None:
    pairs = int(counts.sum())
    if pairs < 2:
        return Oddity.ONE_PAIR if pairs else Oddity.NO_PAIRS
    if np.trace(counts) == pairs and np.count_nonzero(counts) == 1:
        return Oddity.ONE_CATEGORY
    used = min(np.count_nonzero(counts.sum(axis=1)), np.count_nonzero(counts.sum(axis=0)))
    return Oddity.ONE_SIDED if used == 1 else None

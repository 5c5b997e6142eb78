"""Small integer programmes over yes-or-no questions, solved by HiGHS (scipy.optimize.milp).

Coefficients are exact fractions; each row is multiplied up to whole numbers, so that "more than"
is "at least one more" and the solver's tolerance cannot decide a border case. The only importer
of scipy.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from math import lcm

import numpy as np
from numpy.typing import NDArray

from auditor.core.errors import UnprovedFlipsError


@dataclass(frozen=True, slots=True)
class Form:
    """A linear form: ``constant`` + sum of coefficient times variable."""

    terms: Mapping[int, Fraction] = field(default_factory=dict)
    constant: Fraction = Fraction(0)

    def __add__(self, other: Form) -> Form:
        terms = dict(self.terms)
        for variable, factor in other.terms.items():
            terms[variable] = terms.get(variable, Fraction(0)) + factor
        return Form(terms, self.constant + other.constant)

    def __mul__(self, factor: Fraction | int) -> Form:
        terms = {variable: own * factor for variable, own in self.terms.items()}
        return Form(terms, self.constant * factor)

    def __sub__(self, other: Form) -> Form:
        return self + other * -1


LARGEST = 10**12
"""Whole coefficients up to here are told apart by the solver's floating point."""
INFEASIBLE = "infeasible"
DIGITS = "Give weights of few digits (1, 2, 1.5) to have smallest sets; levels are exact anyway."
ONE = Form(constant=Fraction(1))


class Program:
    """Variables, rows and costs; questions are variables that are 0 or 1.

    Every question asks for something that more coverage can only help. So to lift a node it is
    enough that a yes is true, and to drop it that a no is true; the other half of each
    equivalence is left out (``lifting``), which makes the programmes many times faster.
    """

    def __init__(self, lifting: bool) -> None:
        self._lifting = lifting
        self._grain: list[int] = []
        self._costs: list[float] = []
        self._whole: list[bool] = []
        self._rows: list[tuple[dict[int, int], int]] = []

    def question(self, cost: float = 0.0) -> Form:
        """A new yes (1) or no (0)."""
        return self._variable(cost, whole=True, grain=1)

    def amount(self, grain: int) -> Form:
        """A new share in [0, 1] that is a multiple of 1 / ``grain`` in every solution."""
        return self._variable(0.0, whole=False, grain=grain)

    def _variable(self, cost: float, whole: bool, grain: int) -> Form:
        self._costs.append(cost)
        self._whole.append(whole)
        self._grain.append(grain)
        return Form({len(self._costs) - 1: Fraction(1)})

    def grain(self, form: Form) -> int:
        """All values of a form are multiples of 1 / this."""
        parts = (
            (factor / self._grain[variable]).denominator for variable, factor in form.terms.items()
        )
        return lcm(form.constant.denominator, *parts)

    def at_least_zero(self, form: Form, strict: bool = False) -> None:
        """Ask that a form is not negative, or (``strict``) positive."""
        scale = self.grain(form)
        if any(not self._whole[v] for v in form.terms):
            scale = lcm(scale, *(f.denominator for f in form.terms.values()))
        row = {v: int(f * scale) for v, f in form.terms.items() if f}
        if any(abs(factor) > LARGEST for factor in row.values()):
            raise UnprovedFlipsError("The weights of this rule have too many digits.", hint=DIGITS)
        self._rows.append(
            (row, int(strict) * _unit(scale, self.grain(form)) - int(form.constant * scale))
        )

    def equals(self, question: Form, answer: bool) -> None:
        """Ask for a yes or a no."""
        self.at_least_zero(question - ONE if answer else question * -1)

    def all_of(self, parts: Sequence[Form]) -> Form:
        """Yes only where every part is yes (lifting); no only where some part is no."""
        if len(parts) < 2:
            return parts[0] if parts else ONE
        whole = self.question()
        if self._lifting:
            for part in parts:
                self.at_least_zero(part - whole)
        else:
            self.at_least_zero(whole + ONE * (len(parts) - 1) - _sum(parts))
        return whole

    def any_of(self, parts: Sequence[Form]) -> Form:
        """Yes only where some part is yes (lifting); no only where every part is no."""
        if len(parts) < 2:
            return parts[0] if parts else Form()
        whole = self.question()
        if self._lifting:
            self.at_least_zero(_sum(parts) - whole)
        else:
            for part in parts:
                self.at_least_zero(whole - part)
        return whole

    def reaches(self, form: Form, share: Fraction, strict: bool) -> Form:
        """Yes only where a form in [0, 1] is at least (``strict``: above) a share; or no only
        where it is not.
        """
        yes = self.question()
        over = form - ONE * share
        if self._lifting:
            self.at_least_zero(over + (ONE - yes) * 2, strict=strict)
        else:
            self.at_least_zero(yes * 2 - over, strict=not strict)
        return yes

    def counted(self, coverage: Form, below: Form, passed: Form) -> Form:
        """1 where ``passed``, the coverage where only the levels below are, 0 else.

        At most that when lifting, at least that when dropping.
        """
        amount = self.amount(self.grain(coverage))
        if self._lifting:
            self.at_least_zero(below - amount)
            self.at_least_zero(coverage + passed - amount)
        else:
            self.at_least_zero(amount - passed)
            self.at_least_zero(amount - coverage + (ONE - below))
        return amount

    def solve(self) -> NDArray[np.float64] | None:
        """The cheapest values of all variables; None where nothing satisfies the rows."""
        from scipy.optimize import Bounds, LinearConstraint, milp  # half a second at first
        from scipy.sparse import csr_array

        if not self._costs:
            return None
        places, factors, starts = [], [], [0]
        for row, _ in self._rows:
            places += list(row)
            factors += list(row.values())
            starts.append(len(places))
        shape = (len(self._rows), len(self._costs))
        matrix = csr_array((np.asarray(factors, dtype=float), places, starts), shape=shape)
        least = np.asarray([bound for _, bound in self._rows], dtype=float)
        found = milp(
            np.asarray(self._costs),
            constraints=LinearConstraint(matrix, least, np.inf),
            integrality=np.asarray(self._whole, dtype=int),
            bounds=Bounds(0, 1),
            options={"mip_rel_gap": 0.0},
        )
        if found.x is not None:
            return np.asarray(found.x, dtype=np.float64)
        if INFEASIBLE in str(found.message).lower():
            return None
        raise UnprovedFlipsError(f"The solver gave up: {found.message}", hint=DIGITS)


def _unit(scale: int, grain: int) -> int:
    """The least positive value of a row that was multiplied by ``scale``."""
    return max(1, scale // grain)


def _sum(parts: Sequence[Form]) -> Form:
    total = Form()
    for part in parts:
        total = total + part
    return total

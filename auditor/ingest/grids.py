"""Ruled tables: from the thin rules drawn on a page to grids of cells."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass

from auditor.core.layout import Corners

NEAR = 3.0
SHORTEST = 8.0
MAX_RULES = 4000


@dataclass(frozen=True, slots=True)
class Grid:
    """A table's cells: sorted edges in points, and for every base cell the cell that it is part of.

    ``owner[(row, column)]`` names the upper left base cell of the merged cell.
    """

    xs: tuple[float, ...]
    ys: tuple[float, ...]
    owner: dict[tuple[int, int], tuple[int, int]]

    @property
    def at(self) -> Corners:
        """The box of the whole table."""
        return self.xs[0], self.ys[0], self.xs[-1], self.ys[-1]

    def cell_at(self, x: float, y: float) -> tuple[int, int]:
        """Row and column of the (merged) cell at a point inside the table."""
        column = min(max(bisect_right(self.xs, x) - 1, 0), len(self.xs) - 2)
        row = min(max(bisect_right(self.ys, y) - 1, 0), len(self.ys) - 2)
        return self.owner.get((row, column), (row, column))


def grids_of(rules: Sequence[Corners]) -> list[Grid]:
    """Find the tables on a page: connected rules that enclose at least two cells."""
    long = [r for r in rules if max(r[2] - r[0], r[3] - r[1]) >= SHORTEST][:MAX_RULES]
    across = [r for r in long if r[2] - r[0] >= r[3] - r[1]]
    down = [r for r in long if r[2] - r[0] < r[3] - r[1]]
    if len(across) < 2 or len(down) < 2:
        return []
    grids = []
    for group in _connected([*across, *down]):
        grid = _grid([r for r in group if r in across], [r for r in group if r in down])
        if grid is not None:
            grids.append(grid)
    return sorted(grids, key=lambda grid: (grid.at[1], grid.at[0]))


def _connected(rules: list[Corners]) -> list[list[Corners]]:
    """Group rules that touch each other (a sweep down the page, rules sorted by their top)."""
    parent = list(range(len(rules)))

    def root(place: int) -> int:
        while parent[place] != place:
            parent[place] = parent[parent[place]]
            place = parent[place]
        return place

    order = sorted(range(len(rules)), key=lambda i: rules[i][1])
    active: list[int] = []
    for place in order:
        rule = rules[place]
        active = [i for i in active if rules[i][3] + NEAR >= rule[1]]
        for other in active:
            if rules[other][0] - NEAR <= rule[2] and rule[0] - NEAR <= rules[other][2]:
                parent[root(other)] = root(place)
        active.append(place)
    groups: dict[int, list[Corners]] = {}
    for place in range(len(rules)):
        groups.setdefault(root(place), []).append(rules[place])
    return list(groups.values())


def _grid(across: list[Corners], down: list[Corners]) -> Grid | None:
    xs = _edges([(r[0] + r[2]) / 2 for r in down])
    ys = _edges([(r[1] + r[3]) / 2 for r in across])
    if len(xs) < 2 or len(ys) < 2 or (len(xs) - 1) * (len(ys) - 1) < 2:
        return None
    if (len(xs) - 1) * (len(ys) - 1) > MAX_RULES:
        return None
    return Grid(tuple(xs), tuple(ys), _owners(xs, ys, across, down))


def _edges(places: list[float]) -> list[float]:
    edges: list[float] = []
    for place in sorted(places):
        if not edges or place - edges[-1] > NEAR:
            edges.append(place)
    return edges


def _owners(
    xs: list[float], ys: list[float], across: list[Corners], down: list[Corners]
) -> dict[tuple[int, int], tuple[int, int]]:
    """Merge base cells between which no rule runs."""
    owner: dict[tuple[int, int], tuple[int, int]] = {}
    for row in range(len(ys) - 1):
        middle_y = (ys[row] + ys[row + 1]) / 2
        for column in range(len(xs) - 1):
            middle_x = (xs[column] + xs[column + 1]) / 2
            open_left = column > 0 and not _runs_down(down, xs[column], middle_y)
            open_above = row > 0 and not _runs_across(across, ys[row], middle_x)
            own = (row, column)
            if open_left:
                own = owner[(row, column - 1)]
            elif open_above:
                own = owner[(row - 1, column)]
            owner[(row, column)] = own
    return owner


def _runs_down(down: list[Corners], x: float, y: float) -> bool:
    return any(abs((r[0] + r[2]) / 2 - x) <= NEAR and r[1] - NEAR <= y <= r[3] + NEAR for r in down)


def _runs_across(across: list[Corners], y: float, x: float) -> bool:
    return any(
        abs((r[1] + r[3]) / 2 - y) <= NEAR and r[0] - NEAR <= x <= r[2] + NEAR for r in across
    )

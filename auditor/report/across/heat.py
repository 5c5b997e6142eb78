"""Heat map of cities × items: rows of a table for the page, SVG for pictures.

The table keeps its head and its names in sight (in print the items stand on its first page, the
domains on each); a picture draws one path a colour, so that it stays small.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from html import escape

from auditor.core.across import CityRow
from auditor.core.criteria import LEVELS, Standard
from auditor.core.scores import NodeScore
from auditor.report.charts import colour_of
from auditor.sheets.texts import printable

STEPS = 10
CELL, ROW, NAME, HEAD = 20, 16, 132, 80
RULE, LETTER = 30, 13
"""The line under the domains' names, and the width of a letter of these."""
LIGHT_FROM = 8
"""The step from which white is read better on a colour than black."""
A_PICTURE = 50
"""Cities in one picture: a page of paper holds it."""
MOST_NAME = 10


def item_share(node: NodeScore | None) -> float | None:
    """The mean of an item's coverage over the levels that it has."""
    shares = [] if node is None else [node.coverage[n] for n in LEVELS]
    known = [float(share) for share in shares if share is not None]
    return sum(known) / len(known) if known else None


@dataclass(frozen=True, slots=True)
class HeatRow:
    """A city's line: each cell's step of colour and its share in per cent, None where none is."""

    key: str
    index: int
    cells: tuple[tuple[int, int] | None, ...]


def heat_rows(rows: Sequence[CityRow], standard: Standard) -> tuple[HeatRow, ...]:
    """The lines of the table, in the order of the rows."""
    items = [item.id for item in standard.items]
    return tuple(_heat_row(row, index, items) for index, row in enumerate(rows))


def _heat_row(row: CityRow, index: int, items: Sequence[str]) -> HeatRow:
    nodes = {node.id: node for node in row.shown.nodes}
    shares = (item_share(nodes.get(key)) for key in items)
    cells = (None if s is None else (round(s * STEPS), round(s * 100)) for s in shares)
    return HeatRow(row.key, index, tuple(cells))


def heat_css() -> str:
    """A class for every step of colour, with letters that can be read on it."""
    return "".join(
        f".h{step}{{background:{colour_of(step / STEPS)};color:{letters_on(step)}}}"
        for step in range(STEPS + 1)
    )


def letters_on(step: int) -> str:
    """The colour of letters on a step: from 4.5 : 1 (WCAG 1.4.3) on every one of them."""
    return "#fff" if step >= LIGHT_FROM else "#000"


def heat_maps(rows: Sequence[CityRow], standard: Standard, label: str) -> tuple[str, ...]:
    """Pictures of the rows in their order, at most ``A_PICTURE`` each."""
    parts = (rows[at : at + A_PICTURE] for at in range(0, len(rows), A_PICTURE))
    return tuple(_picture(part, standard, label) for part in parts)


def _picture(rows: Sequence[CityRow], standard: Standard, label: str) -> str:
    items = [item.id for item in standard.items]
    width, height = NAME + CELL * len(items) + 2, HEAD + ROW * len(rows) + 2
    start = (
        f'<svg class="heat" viewBox="0 0 {width} {height}" width="{width}" role="img" '
        f'aria-label="{escape(label)}"><title>{escape(label)}</title>'
    )
    paths: dict[int, list[str]] = defaultdict(list)
    names = []
    for line, row in enumerate(rows):
        top = HEAD + ROW * line
        names.append(f'<text x="{NAME - 6}" y="{top + 12}" text-anchor="end">{_name(row)}</text>')
        nodes = {node.id: node for node in row.shown.nodes}
        for column, key in enumerate(items):
            share = item_share(nodes.get(key))
            if share is not None:
                place = f"M{NAME + CELL * column} {top}h{CELL - 1}v{ROW - 1}h-{CELL - 1}z"
                paths[round(share * STEPS)].append(place)
    drawn = (
        f'<path fill="{colour_of(step / STEPS)}" d="{"".join(paths[step])}"/>'
        for step in sorted(paths)
    )
    return "".join((start, *_heads(standard), *names, *drawn, "</svg>"))


def _name(row: CityRow) -> str:
    name = row.key if len(row.key) <= MOST_NAME else f"{row.key[: MOST_NAME - 1]}…"
    return escape(printable(name))


def _heads(standard: Standard) -> Iterator[str]:
    """Item numbers, upright, and the domains above them."""
    column = 0
    for domain in standard.domains:
        items = [item for subdomain in domain.subdomains for item in subdomain.items]
        left, right = NAME + CELL * column, NAME + CELL * (column + len(items)) - 1
        yield f'<path class="rule" d="M{left} {RULE}H{right}"/>'
        for line, part in enumerate(_lines(domain.name, right - left)):
            yield (
                f'<text x="{(left + right) / 2}" y="{12 + 13 * line}" text-anchor="middle" '
                f'class="strong">{escape(part)}</text>'
            )
        for at, item in enumerate(items):
            x = NAME + CELL * (column + at) + CELL / 2 + 4
            yield (
                f'<text x="{x}" y="{HEAD - 5}" class="head" transform="rotate(-90 {x} {HEAD - 5})">'
                f"{escape(item.id)}<title>{escape(item.name)}</title></text>"
            )
        column += len(items)


def _lines(name: str, width: float) -> tuple[str, ...]:
    """A domain's name on one line, or on two where its items are too few for it."""
    if len(name) * LETTER <= width:
        return (name,)
    half = (len(name) + 1) // 2
    cut = half + half % 2  # most words have two characters
    return name[:cut], name[cut:]


def scale(less: str, more: str) -> str:
    """The colours from nothing to all."""
    width = 14
    parts = [
        f'<rect x="{34 + width * step}" y="2" width="{width}" height="12" '
        f'fill="{colour_of(step / STEPS)}"/>'
        for step in range(STEPS + 1)
    ]
    end = 34 + width * (STEPS + 1) + 6
    return (
        f'<svg class="scale" viewBox="0 0 {end + 40} 16" width="{end + 40}" role="img" '
        f'aria-label="{escape(less)} – {escape(more)}"><text x="28" y="12" text-anchor="end">'
        f'{escape(less)}</text>{"".join(parts)}<text x="{end}" y="12">{escape(more)}</text></svg>'
    )

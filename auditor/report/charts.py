"""Pictures of a score as inline SVG: heat map and radar (no script, no font file, no network)."""

from __future__ import annotations

import math
from collections.abc import Sequence
from decimal import Decimal
from html import escape

from auditor.core.criteria import LEVELS
from auditor.core.scores import NodeScore

CELL_WIDTH, CELL_HEIGHT, LABEL_WIDTH = 52, 24, 186
LOW, MIDDLE, HIGH = (247, 244, 238), (132, 183, 190), (14, 82, 104)
RADAR_COLOURS = {1: "#0e5268", 2: "#3f9aa6", 3: "#c7772c"}


def colour_of(share: float) -> str:
    """A colour between paper and deep teal for a share in [0, 1]."""
    start, end, part = (LOW, MIDDLE, share * 2) if share < 0.5 else (MIDDLE, HIGH, share * 2 - 1)
    mixed = [round(a + (b - a) * part) for a, b in zip(start, end, strict=True)]
    return "#{:02x}{:02x}{:02x}".format(*mixed)


def heat_map(nodes: Sequence[NodeScore], level_word: str, result_word: str) -> str:
    """Draw nodes × levels; each cell holds its coverage in per cent.

    ``level_word`` names a level (``{n}级``), ``result_word`` heads the column of results.
    """
    height = CELL_HEIGHT * (len(nodes) + 1) + 8
    width = LABEL_WIDTH + CELL_WIDTH * (len(LEVELS) + 1)
    parts = [f'<svg class="heat" viewBox="0 0 {width} {height}" width="{width}" role="img">']
    for column, level in enumerate(LEVELS):
        x = LABEL_WIDTH + CELL_WIDTH * column + CELL_WIDTH / 2
        parts.append(
            f'<text x="{x}" y="17" text-anchor="middle" class="head">'
            f"{escape(level_word.format(n=level))}</text>"
        )
    x = LABEL_WIDTH + CELL_WIDTH * len(LEVELS) + CELL_WIDTH / 2
    parts.append(
        f'<text x="{x}" y="17" text-anchor="middle" class="head">{escape(result_word)}</text>'
    )
    for row, node in enumerate(nodes, start=1):
        parts.extend(_heat_row(node, row * CELL_HEIGHT))
    return "".join([*parts, "</svg>"])


def _heat_row(node: NodeScore, top: float) -> list[str]:
    strong = node.kind in ("city", "domain")
    indent = {"city": 4, "domain": 4, "subdomain": 16, "item": 28}.get(node.kind, 4)
    name = node.name if node.kind == "city" else f"{node.id} {node.name}"
    style = ' class="strong"' if strong else ""
    parts = [f'<text x="{indent}" y="{top + 17}"{style}>{escape(name)}</text>']
    for column, level in enumerate(LEVELS):
        parts.append(_cell(node.coverage[level], LABEL_WIDTH + CELL_WIDTH * column, top))
    x = LABEL_WIDTH + CELL_WIDTH * len(LEVELS) + CELL_WIDTH / 2
    result = f"{node.level}*" if node.indicative else str(node.level)
    parts.append(
        f'<text x="{x}" y="{top + 17}" text-anchor="middle" class="strong">{result}</text>'
    )
    return parts


def _cell(share: Decimal | None, left: float, top: float) -> str:
    box = f'x="{left + 1}" y="{top + 1}" width="{CELL_WIDTH - 2}" height="{CELL_HEIGHT - 2}" rx="2"'
    if share is None:
        return f'<rect {box} fill="none" stroke="#ddd"/>'
    value = float(share)
    ink = "#fff" if value > 0.55 else "#222"
    place = f'x="{left + CELL_WIDTH / 2}" y="{top + 17}" text-anchor="middle"'
    return (
        f'<rect {box} fill="{colour_of(value)}"/>'
        f'<text {place} style="fill:{ink}">{value:.0%}</text>'
    )


def radar(nodes: Sequence[NodeScore], level_word: str) -> str:
    """Draw the domains' coverage at levels 1 to 3 as a radar, 0 in the middle, 100 % outside.

    ``level_word`` names a level (``{n}级``).
    """
    if len(nodes) < 3:
        return ""
    centre_x, centre_y, radius = 230.0, 180.0, 120.0
    parts = ['<svg class="radar" viewBox="0 0 460 370" width="460" role="img">']
    for ring in (0.25, 0.5, 0.75, 1.0):
        corners = [
            _corner(i, len(nodes), radius * ring, (centre_x, centre_y)) for i in range(len(nodes))
        ]
        parts.append(f'<polygon points="{_points(corners)}" fill="none" stroke="#d8d5cd"/>')
    for index, node in enumerate(nodes):
        x, y = _corner(index, len(nodes), radius + 18, (centre_x, centre_y))
        anchor = "middle" if abs(x - centre_x) < 12 else ("start" if x > centre_x else "end")
        parts.append(
            f'<text x="{x:.1f}" y="{y + 4:.1f}" text-anchor="{anchor}">{escape(node.name)}</text>'
        )
    for level, colour in RADAR_COLOURS.items():
        shares = [float(node.coverage[level] or 0) for node in nodes]
        corners = [
            _corner(i, len(nodes), radius * share, (centre_x, centre_y))
            for i, share in enumerate(shares)
        ]
        parts.append(
            f'<polygon points="{_points(corners)}" fill="{colour}" fill-opacity="0.10" '
            f'stroke="{colour}" stroke-width="2"/>'
        )
        x = 20 + 80 * (level - 1)
        parts.append(f'<rect x="{x}" y="346" width="12" height="12" fill="{colour}"/>')
        parts.append(f'<text x="{x + 17}" y="357">{escape(level_word.format(n=level))}</text>')
    return "".join([*parts, "</svg>"])


def _corner(
    index: int, count: int, distance: float, centre: tuple[float, float]
) -> tuple[float, float]:
    angle = 2 * math.pi * index / count - math.pi / 2
    return centre[0] + distance * math.cos(angle), centre[1] + distance * math.sin(angle)


def _points(corners: Sequence[tuple[float, float]]) -> str:
    return " ".join(f"{x:.1f},{y:.1f}" for x, y in corners)


def bars(counts: Sequence[tuple[str, str, int]]) -> str:
    """Draw a stacked bar of (css class, label, count)."""
    total = sum(count for _, _, count in counts) or 1
    width, left = 900.0, 0.0
    parts = ['<svg class="bar" viewBox="0 0 900 56" width="900" role="img">']
    for css, label, count in counts:
        span = width * count / total
        if count:
            parts.append(
                f'<rect class="v-{css}" x="{left:.1f}" y="0" width="{span:.1f}" height="26"/>'
            )
            if span > 22:
                parts.append(
                    f'<text x="{left + span / 2:.1f}" y="18" text-anchor="middle">{count}</text>'
                )
            if span > 60:
                middle = left + span / 2
                parts.append(
                    f'<text x="{middle:.1f}" y="46" text-anchor="middle">{escape(label)}</text>'
                )
        left += span
    return "".join([*parts, "</svg>"])

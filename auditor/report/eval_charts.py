"""Plots of an evaluation as inline SVG (no script, no font file, no network)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from html import escape
from typing import Any

from auditor.report.charts import colour_of

GRID, INK, SOFT = "#e4e1d9", "#22282b", "#667076"
TEAL, AMBER, SLATE = "#0e5268", "#c7772c", "#8a8fc0"
Point = tuple[float, float]


@dataclass(frozen=True, slots=True)
class Frame:
    """A plot area: pixels of its left, top, width and height; both axes run over ``spans``."""

    left: float
    top: float
    width: float
    height: float
    spans: tuple[Point, Point] = ((0.0, 1.0), (0.0, 1.0))

    def x(self, value: float) -> float:
        """Pixel of a value on the horizontal axis."""
        low, high = self.spans[0]
        return self.left + self.width * (value - low) / (high - low)

    def y(self, value: float) -> float:
        """Pixel of a value on the vertical axis."""
        low, high = self.spans[1]
        return self.top + self.height * (1 - (value - low) / (high - low))


def _svg(css: str, size: tuple[float, float], parts: Sequence[str]) -> str:
    width, height = size
    head = f'<svg class="{css}" viewBox="0 0 {width:g} {height:g}" width="{width:g}" role="img">'
    return "".join([head, *parts, "</svg>"])


def _text(place: Point, text: str, anchor: str = "middle", style: str = "") -> str:
    x, y = place
    css = f' class="{style}"' if style else ""
    return f'<text x="{x:.1f}" y="{y:.1f}" text-anchor="{anchor}"{css}>{escape(text)}</text>'


def _line(start: Point, end: Point, style: str) -> str:
    places = f'x1="{start[0]:.1f}" y1="{start[1]:.1f}" x2="{end[0]:.1f}" y2="{end[1]:.1f}"'
    return f"<line {places} {style}/>"


def _axes(frame: Frame, ticks: tuple[Sequence[float], Sequence[float]], form: str) -> list[str]:
    """Grid lines with numbers: per cent on the vertical axis, ``form`` on the horizontal one."""
    parts = []
    for tick in ticks[1]:
        y = frame.y(tick)
        ends = ((frame.left, y), (frame.left + frame.width, y))
        parts.append(_line(*ends, f'stroke="{GRID}"'))
        parts.append(_text((frame.left - 7, y + 4), f"{tick:.0%}", "end", "tick"))
    for tick in ticks[0]:
        x = frame.x(tick)
        parts.append(_text((x, frame.top + frame.height + 17), format(tick, form), style="tick"))
    return parts


def _legend(left: float, base: float, label: str, colour: str) -> list[str]:
    box = f'<rect x="{left:g}" y="{base - 11:g}" width="12" height="12" fill="{colour}"/>'
    return [box, _text((left + 18, base), label, "start")]


def reliability(
    curves: Sequence[tuple[str, str, Sequence[Mapping[str, float]]]], axes: tuple[str, str]
) -> str:
    """Draw reliability curves (label, colour, points); a point's area grows with its features.

    On the diagonal chances mean what they say; below it they promise too much.
    """
    frame = Frame(52, 28, 330, 300)
    quarters = (0.0, 0.25, 0.5, 0.75, 1.0)
    parts = _axes(frame, (quarters, quarters), ".0%")
    diagonal = ((frame.x(0), frame.y(0)), (frame.x(1), frame.y(1)))
    parts.append(_line(*diagonal, f'stroke="{SOFT}" stroke-dasharray="4 4"'))
    for place, (label, colour, points) in enumerate(curves):
        most = max((p["n"] for p in points), default=1)
        spots = [(frame.x(p["chance"]), frame.y(p["came_true"]), p["n"]) for p in points]
        path = " ".join(f"{x:.1f},{y:.1f}" for x, y, _ in spots)
        parts.append(f'<polyline points="{path}" fill="none" stroke="{colour}" stroke-width="2"/>')
        for x, y, n in spots:
            radius = 3 + 7 * (n / most) ** 0.5
            parts.append(
                f'<circle cx="{x:.1f}" cy="{y:.1f}" r="{radius:.1f}" fill="{colour}" '
                f'fill-opacity="0.55"><title>{int(n)}</title></circle>'
            )
        parts.extend(_legend(52 + 172 * place, 392, label, colour))
    parts.append(_text((frame.x(0.5), 366), axes[0], style="head"))
    parts.append(_text((14, 13), axes[1], "start", "head"))
    return _svg("plot", (400, 400), parts)


def confusion_map(
    counts: Mapping[str, Mapping[str, int]], names: Mapping[str, str], axes: tuple[str, str]
) -> str:
    """Draw counts in the order of ``names``, gold by row; a shade is the share of its row."""
    keys = list(names)
    cell, left, top = (56, 34), 100, 46
    parts = [_text((left + cell[0] * len(keys) / 2, 13), axes[1], style="head")]
    parts.append(_text((4, 36), axes[0], "start", "head"))
    for column, key in enumerate(keys):
        parts.append(_text((left + cell[0] * (column + 0.5), 36), names[key], style="tick"))
    for row, gold in enumerate(keys):
        y, total = top + cell[1] * row, sum(counts[gold].values())
        parts.append(_text((left - 8, y + 22), f"{names[gold]} {total}", "end", "tick"))
        for column, given in enumerate(keys):
            count = counts[gold][given]
            share = count / total if total else 0.0
            x = left + cell[0] * column
            edge = f' stroke="{AMBER}" stroke-width="2"' if gold == given else ""
            parts.append(
                f'<rect x="{x + 2}" y="{y + 2}" width="{cell[0] - 4}" height="{cell[1] - 4}" '
                f'rx="2" fill="{colour_of(share)}"{edge}/>'
            )
            ink = "#fff" if share > 0.55 else "#c9c6bf" if not count else INK
            middle = f'x="{x + cell[0] / 2}" y="{y + 22}" text-anchor="middle"'
            parts.append(f'<text {middle} style="fill:{ink}">{count}</text>')
    return _svg("plot", (left + cell[0] * len(keys) + 4, top + cell[1] * len(keys) + 6), parts)


@dataclass(frozen=True, slots=True)
class Bar:
    """A bar with its interval; ``tick`` marks what the second annotation pass reaches."""

    label: str
    value: float | None
    ends: tuple[float, float] | None
    tick: float | None
    note: str = ""


def interval_bars(bars: Sequence[Bar], colour: str = TEAL) -> str:
    """Draw one horizontal bar a row over [0, 1] with its interval, and the annotators' tick."""
    frame = Frame(138, 4, 230, 26.0 * len(bars))
    parts = []
    for tick in (0.0, 0.25, 0.5, 0.75, 1.0):
        x = frame.x(tick)
        parts.append(_line((x, 4), (x, 6 + frame.height), f'stroke="{GRID}"'))
        parts.append(_text((x, frame.height + 20), f"{tick:g}", style="tick"))
    for place, bar in enumerate(bars):
        parts.extend(_bar(frame, bar, 6 + 26.0 * place, colour))
    return _svg("plot", (412, frame.height + 26), parts)


def _bar(frame: Frame, bar: Bar, top: float, colour: str) -> list[str]:
    parts = [_text((frame.left - 8, top + 14), bar.label, "end")]
    if bar.value is None:
        return [*parts, _text((frame.left + 6, top + 14), "—", "start", "tick")]
    width = max(frame.x(bar.value) - frame.left, 0.0)
    parts.append(
        f'<rect x="{frame.left}" y="{top + 2}" width="{width:.1f}" height="16" fill="{colour}" '
        f'fill-opacity="0.8"><title>{escape(bar.note)}</title></rect>'
    )
    if bar.ends:
        low, high = (frame.x(max(min(end, 1.0), 0.0)) for end in bar.ends)
        parts.append(_line((low, top + 10), (high, top + 10), f'stroke="{INK}" stroke-width="1.5"'))
        for x in (low, high):
            ends = ((x, top + 6), (x, top + 14))
            parts.append(_line(*ends, f'stroke="{INK}" stroke-width="1.5"'))
    if bar.tick is not None:
        x = frame.x(max(min(bar.tick, 1.0), 0.0))
        parts.append(_line((x, top), (x, top + 20), f'stroke="{AMBER}" stroke-width="2.5"'))
    parts.append(_text((frame.left + frame.width + 12, top + 14), f"{bar.value:.2f}", "start"))
    return parts


def recall_lines(curves: Sequence[tuple[str, str, Sequence[float]]], axes: tuple[str, str]) -> str:
    """Draw recall within the first 1, 2, … passages: (label, colour, values)."""
    depth = max((len(values) for _, _, values in curves), default=1)
    frame = Frame(52, 28, 330, 260, ((1.0, float(max(depth, 2))), (0.0, 1.0)))
    ticks = [float(k) for k in (1, 5, 10, 15, 20) if k <= depth]
    parts = _axes(frame, (ticks, (0.0, 0.25, 0.5, 0.75, 1.0)), ".0f")
    for place, (label, colour, values) in enumerate(curves):
        spots = [(frame.x(k), frame.y(v)) for k, v in enumerate(values, start=1)]
        path = " ".join(f"{x:.1f},{y:.1f}" for x, y in spots)
        parts.append(f'<polyline points="{path}" fill="none" stroke="{colour}" stroke-width="2"/>')
        marked = [spot for k, spot in enumerate(spots, start=1) if k in (5, 10, 20)]
        parts.extend(
            f'<circle cx="{x:.1f}" cy="{y:.1f}" r="4" fill="{colour}"/>' for x, y in marked
        )
        parts.extend(_legend(52 + 172 * place, 352, label, colour))
    parts.append(_text((217, 326), axes[0], style="head"))
    parts.append(_text((14, 13), axes[1], "start", "head"))
    return _svg("plot", (400, 360), parts)


def change_bar(counts: Sequence[tuple[str, str, int]]) -> str:
    """Draw a stacked bar of (label, colour, count)."""
    total = sum(count for _, _, count in counts) or 1
    left, parts = 0.0, []
    for label, colour, count in counts:
        width = 900.0 * count / total
        if count:
            parts.append(
                f'<rect x="{left:.1f}" y="0" width="{width:.1f}" height="28" fill="{colour}"/>'
            )
            said: Any = f"{label} {count}" if width > 70 else f"{count}"
            parts.append(
                f'<text x="{left + width / 2:.1f}" y="19" text-anchor="middle" '
                f'style="fill:#fff">{escape(said)}</text>'
            )
        left += width
    return _svg("bar", (900, 30), parts)

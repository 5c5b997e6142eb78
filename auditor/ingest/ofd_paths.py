"""OFD paths and colours as operators of PDF content (lengths in millimetres, y down the page)."""

from __future__ import annotations

import math
from collections.abc import Iterator

from lxml import etree

from auditor.ingest.ofd_geometry import Matrix, component, number, numbers

ARGUMENTS = {"S": 2, "M": 2, "L": 2, "Q": 4, "B": 6, "A": 7, "C": 0}
MAX_PARTS = 200_000
QUARTER = math.pi / 2
OPAQUE = 255
Point = tuple[float, float]


def matrix_operator(matrix: Matrix) -> str:
    """Let what follows go through a matrix first."""
    return " ".join(f"{value:.5f}" for value in matrix) + " cm"


def path_operators(data: str) -> list[str]:
    """The operators that build an OFD path (``M 0 0 L 10 0 B … Q … A … C``)."""
    made: list[str] = []
    parts = iter(data.split(maxsplit=MAX_PARTS)[:MAX_PARTS])
    at = start = (0.0, 0.0)
    for part in parts:
        count = ARGUMENTS.get(part)
        if count is None:
            continue
        values = [number(next(parts, "0")) for _ in range(count)]
        if part == "C":
            if made:
                made.append("h")
                at = start
            continue
        end = (values[-2], values[-1])
        if part in "SM":
            made.append(_with("m", end))
            start = end
        elif made:
            made.extend(_segment(part, at, values, end))
        at = end
    return made


def _segment(part: str, at: Point, values: list[float], end: Point) -> Iterator[str]:
    if part == "L":
        yield _with("l", end)
    elif part == "B":
        yield _with("c", (values[0], values[1]), (values[2], values[3]), end)
    elif part == "Q":
        middle = (values[0], values[1])
        yield _with("c", _between(at, middle, 2 / 3), _between(end, middle, 2 / 3), end)
    else:
        for curve in arc(at, (values[0], values[1]), values[2], (values[3], values[4]), end):
            yield _with("c", *curve)


def _with(operator: str, *points: Point) -> str:
    return " ".join(f"{x:.4f} {y:.4f}" for x, y in points) + f" {operator}"


def _between(one: Point, other: Point, share: float) -> Point:
    return one[0] + share * (other[0] - one[0]), one[1] + share * (other[1] - one[1])


def arc(
    at: Point, radii: Point, degrees: float, flags: tuple[float, float], end: Point
) -> list[tuple[Point, Point, Point]]:
    """An elliptical arc as cubic curves, by its end points (SVG 1.1, appendix F.6.5).

    ``flags``: whether it is the large arc, whether it runs clockwise. Without radii a chord.
    """
    rx, ry = abs(radii[0]), abs(radii[1])
    if not rx or not ry or at == end:
        return [(at, end, end)]
    turn = math.radians(degrees)
    cos, sin = math.cos(turn), math.sin(turn)
    dx, dy = (at[0] - end[0]) / 2, (at[1] - end[1]) / 2
    x, y = (cos * dx + sin * dy) / rx, (cos * dy - sin * dx) / ry
    grown = math.hypot(x, y)
    if grown > 1:
        rx, ry, x, y = rx * grown, ry * grown, x / grown, y / grown
    # on the unit circle the centre stands on the perpendicular through the chord's middle
    away = math.sqrt(max(0.0, 1 - x * x - y * y)) / math.hypot(x, y)
    if bool(flags[0]) == bool(flags[1]):
        away = -away
    cx, cy = away * y, -away * x
    first, last = math.atan2(y - cy, x - cx), math.atan2(-y - cy, -x - cx)
    sweep = last - first
    if flags[1] and sweep < 0:
        sweep += 2 * math.pi
    elif not flags[1] and sweep > 0:
        sweep -= 2 * math.pi
    middle = (at[0] + end[0]) / 2, (at[1] + end[1]) / 2

    def placed(px: float, py: float) -> Point:
        u, v = rx * (px + cx), ry * (py + cy)
        return cos * u - sin * v + middle[0], sin * u + cos * v + middle[1]

    count = max(1, math.ceil(abs(sweep) / QUARTER - 1e-9))
    step = sweep / count
    pull = 4 / 3 * math.tan(step / 4)
    curves = []
    for index in range(count):
        a, b = first + index * step, first + (index + 1) * step
        one = placed(math.cos(a) - pull * math.sin(a), math.sin(a) + pull * math.cos(a))
        two = placed(math.cos(b) + pull * math.sin(b), math.sin(b) - pull * math.cos(b))
        curves.append((one, two, placed(math.cos(b), math.sin(b))))
    return curves


def colour_operator(colour: etree._Element | None, space: str, *, stroke: bool) -> str:
    """Set a colour as written; black where none is. ``space``: RGB, GRAY, CMYK or empty.

    Of a gradient the first colour that it names is taken.
    """
    values = _components(colour)
    if space == "CMYK" or len(values) == 4:
        operator, values = "k", (values + [0.0] * 4)[:4]
    elif space == "GRAY" or len(values) == 1:
        operator, values = "g", values[:1]
    else:
        operator, values = "rg", (values + [0.0] * 3)[:3]
    shares = " ".join(f"{min(1.0, max(0.0, value / OPAQUE)):.4f}" for value in values or [0.0])
    return f"{shares} {operator.upper() if stroke else operator}"


def _components(colour: etree._Element | None) -> list[float]:
    if colour is None:
        return []
    written = colour.get("Value") or next(
        (found.get("Value") or "" for found in colour.iter("{*}Color")), ""
    )
    return [component(part) for part in written.split()[:8]]


def alpha_of(colour: etree._Element | None, element: etree._Element) -> int:
    """The opacity, 0 to 255, of an object and what colours it."""
    own = 1.0 if colour is None else number(colour.get("Alpha"), OPAQUE) / OPAQUE
    whole = number(element.get("Alpha"), OPAQUE) / OPAQUE
    return round(OPAQUE * min(1.0, max(0.0, own * whole)))


def dash_operator(pattern: str | None, offset: str | None) -> str:
    """The dashes of a line, solid where none are given."""
    lengths = [abs(value) for value in numbers(pattern, 16)]
    if not any(lengths):
        return "[] 0 d"
    return f"[{' '.join(f'{value:.3f}' for value in lengths)}] {number(offset):.3f} d"

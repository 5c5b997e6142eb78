"""Numbers, matrices and colours of OFD pages (lengths in millimetres, y down the page)."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence

from auditor.core.layout import Corners

Matrix = tuple[float, float, float, float, float, float]
"""``a b c d e f``: x' = a·x + c·y + e, y' = b·x + d·y + f."""

IDENTITY: Matrix = (1.0, 0.0, 0.0, 1.0, 0.0, 0.0)
LARGEST = 1e6
WHITE_ENOUGH = 250
INK_LITTLE = 5


def number(text: str | None, default: float = 0.0) -> float:
    """A number as written, within sane bounds; the default where there is none."""
    try:
        value = float(text) if text else default
    except ValueError:
        return default
    return max(-LARGEST, min(LARGEST, value)) if math.isfinite(value) else default


def numbers(text: str | None, limit: int = 100_000) -> list[float]:
    """The numbers of a list that is parted by white space."""
    return [number(part) for part in (text or "").split(maxsplit=limit)[:limit]]


def offsets(text: str | None, count: int) -> list[float]:
    """The first ``count`` offsets between characters, with groups ``g times value`` repeated.

    A list that is too short goes on with its last value; none gives an empty list.
    """
    found: list[float] = []
    parts = iter((text or "").split(maxsplit=3 * count + 3)[: 3 * count + 3])
    for part in parts:
        if part.lower() == "g":
            times, value = int(number(next(parts, "0"))), number(next(parts, "0"))
            found.extend([value] * max(0, min(times, count - len(found))))
        else:
            found.append(number(part))
        if len(found) >= count:
            break
    if found:
        found.extend([found[-1]] * (count - len(found)))
    return found[:count]


def matrix_of(text: str | None) -> Matrix:
    """A CTM as written; the identity where there is none or it is no matrix."""
    values = numbers(text, 6)
    if len(values) != 6:
        return IDENTITY
    a, b, c, d, e, f = values
    return a, b, c, d, e, f


def after(outer: Matrix, inner: Matrix) -> Matrix:
    """The matrix that applies ``inner`` first, then ``outer``."""
    a, b, c, d, e, f = outer
    p, q, r, s, t, u = inner
    return (
        a * p + c * q,
        b * p + d * q,
        a * r + c * s,
        b * r + d * s,
        a * t + c * u + e,
        b * t + d * u + f,
    )


def applied(matrix: Matrix, x: float, y: float) -> tuple[float, float]:
    """A point through a matrix."""
    a, b, c, d, e, f = matrix
    return a * x + c * y + e, b * x + d * y + f


def box_of(matrix: Matrix, left: float, top: float, right: float, bottom: float) -> Corners:
    """The upright box around a rectangle that goes through a matrix."""
    corners = ((left, top), (right, top), (left, bottom), (right, bottom))
    return around([applied(matrix, x, y) for x, y in corners])


def around(points: Sequence[tuple[float, float]]) -> Corners:
    """The upright box around points (at least one)."""
    xs, ys = [p[0] for p in points], [p[1] for p in points]
    return min(xs), min(ys), max(xs), max(ys)


def turned(degrees: float) -> Matrix:
    """A clockwise turn about the origin."""
    c, s = math.cos(math.radians(degrees)), math.sin(math.radians(degrees))
    return c, s, -s, c, 0.0, 0.0


def angle_of(matrix: Matrix) -> int:
    """The clockwise turn of a matrix, rounded to 0, 90, 180 or 270 degrees."""
    return round(math.degrees(math.atan2(matrix[1], matrix[0])) / 90) * 90 % 360


def scale_of(matrix: Matrix) -> float:
    """By how much a matrix enlarges heights."""
    return math.hypot(matrix[2], matrix[3])


def is_white(value: str, space: str) -> bool:
    """Tell whether a colour as written (``255 255 255``, ``#ff #ff #ff``, CMYK, grey) is white."""
    parts = [component(part) for part in value.split()[:8]]
    if space == "CMYK" or (not space and len(parts) == 4):
        return len(parts) == 4 and max(parts) <= INK_LITTLE
    return bool(parts) and min(parts) >= WHITE_ENOUGH


def component(text: str) -> float:
    """A component of a colour as written: a number, or ``#`` and two hexadecimal digits."""
    if not text.startswith("#"):
        return number(text)
    try:
        return float(int(text[1:3], 16))
    except ValueError:
        return 0.0


def path_lines(data: str, limit: int = 20_000) -> Iterator[list[tuple[float, float]]]:
    """The sub-paths of a path (``M 0 0 L 10 0 …``) as their corner points; curves as chords."""
    arguments = {"S": 2, "M": 2, "L": 2, "Q": 4, "B": 6, "A": 7, "C": 0}
    points: list[tuple[float, float]] = []
    parts = iter(data.split(maxsplit=limit)[:limit])
    for part in parts:
        count = arguments.get(part)
        if count is None:
            continue
        values = [number(next(parts, "0")) for _ in range(count)]
        if part in "SM" and points:
            yield points
            points = []
        if count:
            points.append((values[-2], values[-1]))
        elif points:
            points.append(points[0])
    if points:
        yield points

"""Pictures of an intake as inline SVG: bars of coverage, and the colours of the grades."""

from __future__ import annotations

from collections.abc import Mapping
from html import escape

from auditor.core.identity import Grade

GRADE_COLOURS: Mapping[str, str] = {
    Grade.ISSUED: "#0e5268",
    Grade.STATISTICS: "#2c7a86",
    Grade.EXPORT: "#5aa3a3",
    Grade.THIRD_PARTY: "#93c4b4",
    Grade.OWN_REPORT: "#d8c48a",
    Grade.NEWS: "#d99a5b",
    Grade.SCREENSHOT: "#b86b4a",
    Grade.UNKNOWN: "#b9b6ae",
}
GROUND = "#eeebe3"
WIDTH, THICK, THIN, GAP = 600.0, 14, 4, 5


def coverage_bars(
    grades: Mapping[str, int], longest: int, spoken: float, names: Mapping[str, str]
) -> str:
    """Draw the passages of a sub-domain by grade, and below it the share of features spoken to.

    ``longest`` is the number of passages that fills the width; ``names`` gives each grade's word.
    """
    height = THICK + GAP + THIN
    parts = [
        f'<svg class="cover" viewBox="0 0 {WIDTH:.0f} {height}" preserveAspectRatio="none" '
        f'role="img" aria-label="{escape(_said(grades, names))}">',
        f'<rect x="0" y="0" width="{WIDTH:.0f}" height="{THICK}" fill="{GROUND}"/>',
    ]
    left = 0.0
    for grade, colour in GRADE_COLOURS.items():
        span = WIDTH * grades.get(grade, 0) / max(longest, 1)
        if span:
            parts.append(
                f'<rect x="{left:.1f}" y="0" width="{span:.1f}" height="{THICK}" fill="{colour}">'
                f"<title>{escape(names[grade])} {grades[grade]}</title></rect>"
            )
        left += span
    top, width = THICK + GAP, WIDTH * min(max(spoken, 0.0), 1.0)
    parts.append(
        f'<rect x="0" y="{top}" width="{WIDTH:.0f}" height="{THIN}" fill="{GROUND}"/>'
        f'<rect x="0" y="{top}" width="{width:.1f}" height="{THIN}" fill="#4a5560"/></svg>'
    )
    return "".join(parts)


def _said(grades: Mapping[str, int], names: Mapping[str, str]) -> str:
    return "，".join(f"{names[g]} {grades[g]}" for g in GRADE_COLOURS if grades.get(g))


def swatch(colour: str) -> str:
    """A small square of a colour, for a legend."""
    return (
        '<svg class="swatch" viewBox="0 0 12 12" width="12" height="12" aria-hidden="true">'
        f'<rect width="12" height="12" rx="2" fill="{colour}"/></svg>'
    )

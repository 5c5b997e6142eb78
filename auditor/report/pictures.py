"""Charts as PNG for papers: the SVG of the page, drawn by resvg with the machine's fonts."""

from __future__ import annotations

import re

import resvg_py

FONTS = (
    "Noto Sans CJK SC, Source Han Sans SC, WenQuanYi Zen Hei, Microsoft YaHei, SimHei, sans-serif"
)
STYLE = (
    f"svg text{{font-size:12.5px;fill:#1f2937;font-family:{FONTS}}}"
    "svg .head{fill:#6b7280}svg .strong{font-weight:700}"
    ".v-met{fill:#2f855a}.v-mostly_met{fill:#68b38a}.v-partly_met{fill:#e3b341}"
    ".v-planned{fill:#7aa7d9}.v-not_met{fill:#c05746}.v-no_evidence{fill:#c9c9c9}"
    ".v-failed{fill:#6b21a8}"
)
ZOOM = 2.5
OPENING = re.compile(r"<svg ")


def png_of(svg: str) -> bytes:
    """Draw an inline SVG of auditor/report/charts.py on white; empty for an empty one."""
    if not svg:
        return b""
    named = OPENING.sub('<svg xmlns="http://www.w3.org/2000/svg" ', svg, count=1)
    drawn: bytes = resvg_py.svg_to_bytes(
        svg_string=named, style_sheet=STYLE, zoom=ZOOM, background="#ffffff"
    )
    return drawn

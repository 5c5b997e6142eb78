"""The heat map: what stands on a colour can be read, names are whole, shares are the scorer's."""

from __future__ import annotations

import re
from pathlib import Path

from auditor.across import Asked, survey
from auditor.report.across.heat import (
    LETTER,
    STEPS,
    _lines,
    heat_rows,
    item_share,
    letters_on,
)
from auditor.report.charts import colour_of
from tests.unit.across.cities import STANDARD, make_city


def luminance(colour: str) -> float:
    """Relative luminance by WCAG 2.2."""
    digits = re.findall("..", colour[1:]) if len(colour) == 7 else [2 * c for c in colour[1:]]
    parts = [int(pair, 16) / 255 for pair in digits]
    red, green, blue = (p / 12.92 if p <= 0.04045 else ((p + 0.055) / 1.055) ** 2.4 for p in parts)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def test_letters_can_be_read_on_every_step_of_colour() -> None:
    for step in range(STEPS + 1):
        one, two = sorted(map(luminance, (colour_of(step / STEPS), letters_on(step))))
        assert (two + 0.05) / (one + 0.05) >= 4.5, step


def test_every_domains_name_is_whole_over_its_items() -> None:
    for domain in STANDARD.domains:
        width = 20 * sum(len(s.items) for s in domain.subdomains) - 1
        lines = _lines(domain.name, width)
        assert "".join(lines) == domain.name
        assert all(len(line) * LETTER <= width for line in lines), domain.name


def test_cells_are_the_mean_of_an_items_levels(tmp_path: Path) -> None:
    make_city(tmp_path, 1)
    found, _ = survey(Asked((tmp_path,), tmp_path))
    (row,), (line,) = found.rows, heat_rows(found.rows, STANDARD)
    assert len(line.cells) == len(STANDARD.items) == 39
    for item, cell in zip(STANDARD.items, line.cells, strict=True):
        share = item_share(row.shown.node(item.id))
        assert share is not None and cell == (round(share * STEPS), round(share * 100))

"""What the rules leave of the annotators' own verdicts with the annotators' own quotes."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import pytest

from auditor.evaluation.gold import gold_cities
from auditor.standard import load_standard
from eval.rules_on_gold import Table, quoted_of, tables_of

CLASSES = ("green", "partly_met", "planned")


def share(table: Table, cls: str, head: str) -> float:
    row = table.get(cls, Counter())
    return row[head] / sum(row.values())


@pytest.mark.shared
@pytest.mark.slow
def test_right_verdicts_stand_and_plans_stay_plans(shared: Path) -> None:
    standard = load_standard()
    golds = gold_cities(shared / "gold")
    tables = tables_of(row for gold in golds for row in quoted_of(gold, standard))
    quotes, kept, claimed = tables["quotes"], tables["kept"], tables["claimed"]
    assert share(kept, "green", "kept") >= 0.93
    assert share(kept, "partly_met", "kept") >= 0.87
    assert share(claimed, "planned", "met") <= 0.08
    assert share(quotes, "planned", "fact") <= 0.04
    assert not any(quotes[cls]["foreign"] for cls in CLASSES)

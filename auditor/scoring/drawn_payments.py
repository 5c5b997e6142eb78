"""One fact, one feature, over many draws of verdicts at once (as auditor/scoring/counting.py does).

What a finding cites does not change with the verdict that is drawn for it; whether it rests on
that as a fact of its own does.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from auditor.core.findings import Finding, Verdict
from auditor.scoring.counting import cited_sentences

Ranks = NDArray[np.int8]
Flags = NDArray[np.bool_]
FACT, NOTHING = Verdict.PARTLY_MET.rank, Verdict.NO_EVIDENCE.rank


def paid_once(ranks: Ranks, own: Flags, rows: Sequence[Finding]) -> Ranks:
    """The ranks that count where a fact pays once, shape (draws, features), ordered as ``rows``.

    ``own``: where a verdict rests on a fact of the feature's own. In each draw, in the order of
    the rows, a feature whose sentences have all paid for an earlier one counts nothing.
    """
    counted = ranks.copy()
    paid: dict[str, Flags] = {}
    nowhere = np.zeros(len(ranks), dtype=np.bool_)
    for column, finding in enumerate(rows):
        sentences = cited_sentences(finding)
        if not sentences:
            continue
        before = np.logical_and.reduce([paid.get(s, nowhere) for s in sentences])
        counted[own[:, column] & before, column] = NOTHING
        pays = own[:, column] & ~before
        for sentence in sentences:
            paid[sentence] = paid.get(sentence, nowhere) | pays
    return counted


def own_facts(direct: Ranks, related: Ranks) -> Flags:
    """Where a drawn verdict is a fact by itself and no other feature has lifted it."""
    facts: Flags = (direct >= FACT) & (related <= direct)
    return facts

"""Several answers to one question -> one: the lower median, and how many agreed."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import replace

from auditor.core.findings import Check, Failure, Judgement, Verdict
from auditor.judge.reading import VERDICT_NAMES

RULE = "consistency"


def merged(outcomes: Sequence[Judgement | Failure], judge: str) -> Judgement | Failure:
    """Merge the outcomes of several voices on one feature, in the order of the voices.

    The verdict is the median, of an even number the lower one of the two in the middle (of two
    voices the lower). Reason, citations and elements are those of the first voice that said so.
    ``confidence`` becomes the share of the voices that gave this verdict; a voice that failed
    agrees with none. Any disagreement is flagged. Without any judgement the first failure stands.
    """
    judged = [o for o in outcomes if isinstance(o, Judgement)]
    if not judged:
        first = outcomes[0]
        assert isinstance(first, Failure)
        return replace(first, judge=judge)
    verdict = median([o.verdict for o in judged])
    chosen = next(o for o in judged if o.verdict is verdict)
    share = sum(o.verdict is verdict for o in judged) / len(outcomes)
    check = _check(judged, len(outcomes) - len(judged), verdict)
    return replace(chosen, judge=judge, confidence=share, checks=(*chosen.checks, check))


def median(verdicts: Sequence[Verdict]) -> Verdict:
    """The middle verdict in the order of the codebook, the lower one of two."""
    ordered = sorted(verdicts, key=lambda v: v.rank)
    return ordered[(len(ordered) - 1) // 2]


def _check(judged: Sequence[Judgement], failed: int, verdict: Verdict) -> Check:
    counts = Counter(o.verdict for o in judged)
    told = "、".join(
        f"{VERDICT_NAMES[v]} {n} 次" for v, n in sorted(counts.items(), key=lambda x: -x[0].rank)
    )
    if failed:
        told += f"、未得到答复 {failed} 次"
    if len(counts) == 1 and not failed:
        return Check(RULE, "ok", f"{len(judged)} 次判读一致")
    return Check(RULE, "flagged", f"各次判读不一：{told}；取{VERDICT_NAMES[verdict]}")

"""The numbers of a result, each apart, and what other rules would give, as rows of texts."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from auditor.core.result import Result
from auditor.core.scores import NodeScore
from auditor.core.standing import Standing
from auditor.report.language import Words

Cells = tuple[str, ...]


def numbers_of(standing: Standing, w: Words) -> Iterator[Cells]:
    """Name, value and meaning of each number: coverage, first judgement, confirmed, claimed."""
    city = standing.shown.nodes[0]
    shares = w["list_comma"].join(
        f"{w['nth_level'].format(n=n)} {'—' if s is None else format(s, '.0%')}"
        for n, s in city.coverage.items()
    )
    yield (w["coverage"], shares, w["or_coverage_means"])
    yield (w["or_machine"], str(standing.machine.level), w["or_machine_means"])
    if standing.reviewed is not None:
        yield (w["or_reviewed"], str(standing.reviewed.level), w["or_reviewed_means"])
    decided = f"{standing.decided}/{standing.counted}"
    yield (
        w["or_confirmed"],
        str(standing.confirmed.level),
        w["or_confirmed_means"].format(n=decided),
    )
    if standing.claimed_level is not None:
        yield (w["or_claimed"], str(standing.claimed_level), w["or_claimed_means"])


def version_words(manifest: Mapping[str, Any], w: Words) -> str:
    """Which version of the result it is; empty for the only one."""
    return w["or_version_short"].format(n=manifest["version"]) if "version" in manifest else ""


def rules_of(result: Result, nodes: Sequence[NodeScore]) -> Iterator[Cells]:
    """Each rule with the levels that it gives to some nodes."""
    for rule in result.rules:
        yield (f"{rule.rule}\n{rule.title}", *(str(rule.levels.get(n.id, 0)) for n in nodes))

"""Compare two runs of one city, feature by feature, and carry decisions over on reconfirmation.

Runs under two editions of the standard are compared clause by clause: a clause is the same where
its text is, whatever its number.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from auditor.core.comparison import Cause, Change, Comparison, LevelChange, Side
from auditor.core.criteria import Standard
from auditor.core.editions import Editions, diff_editions
from auditor.core.errors import ReviewError, RunError
from auditor.core.events import EventContent, ReviewEvent
from auditor.core.findings import Finding, Judgement
from auditor.core.scores import Profile
from auditor.deciding import Said, found_on_site, require_sound, standing_decisions
from auditor.standing import Reviewed, standing_of
from auditor.store.events import finding_hash

SETTINGS: Mapping[str, tuple[str, ...]] = {
    "standard": ("standard", "digest"),
    "profile": ("profile", "digest"),
    "judge": ("judge", "fingerprint"),
    "search": ("search", "weights"),
    "embedder": ("embedder", "fingerprint"),
    "checks": ("checks", "digest"),
    "as_of": ("as_of",),
    "only": ("only",),
}
Texts = Mapping[str, str]


def compare_runs(
    old: Reviewed,
    new: Reviewed,
    standard: Standard,
    profile: Profile,
    was: Standard | None = None,
) -> Comparison:
    """Hold run ``new`` against run ``old``, levels under one rule.

    ``standard`` is the edition of the new run, ``was`` that of the old one (None: the same).

    Raises:
        RunError: they are runs of two cities.
    """
    city, other = old.run.manifest["city"], new.run.manifest["city"]
    if city != other:
        raise RunError(
            f"{old.folder} is a run of {city}, {new.folder} of {other}.",
            hint="Compare two runs of one city.",
        )
    editions = diff_editions(was or standard, standard)
    numbers = {before: now for before, now in editions.kept}
    found = {f.feature_id: f for f in new.findings}
    kept: list[ReviewEvent] = []
    reopened: list[ReviewEvent] = []
    for event in standing_decisions(old.events).values():
        now = found.get(numbers.get(event.feature_id, ""))
        (kept if _is_same(event, old, now) else reopened).append(event)
    return Comparison(
        city=city,
        documents=_documents(old.run.manifest, new.run.manifest),
        settings=_settings(old.run.manifest, new.run.manifest),
        changes=tuple(changes_between(old.findings, new.findings, standard, editions)),
        levels=tuple(_levels(old, new, (was or standard, standard), profile)),
        kept=tuple(kept),
        reopened=tuple(reopened),
        renumbered=dict(editions.renumbered),
    )


def changes_between(
    old: Sequence[Finding],
    new: Sequence[Finding],
    standard: Standard,
    editions: Editions | None = None,
) -> Iterator[Change]:
    """Every feature whose verdict differs, in the order of the standard, removed ones last.

    ``editions``: how the clauses of both runs correspond (None: one edition).
    """
    editions = editions or diff_editions(standard, standard)
    before, after = ({f.feature_id: f for f in rows} for rows in (old, new))
    order = {f.id: place for place, f in enumerate(standard.features)}
    for was, now in sorted(editions.pairs, key=lambda pair: order.get(pair[1] or "", len(order))):
        one, two = before.get(was or ""), after.get(now or "")
        key = now or was or ""
        number = was if was and was != key else ""
        if one is None and two is None:
            continue
        if one is None or two is None:
            cause = Cause.SCOPE if was and now else Cause.STANDARD
            yield Change(key, _side(one), _side(two), (cause,), number)
        elif (one.verdict, one.applicable) != (two.verdict, two.applicable):
            causes = causes_of(one, two, key in editions.changed)
            yield Change(key, _side(one), _side(two), causes, number)


def causes_of(one: Finding, two: Finding, other_text: bool = False) -> tuple[Cause, ...]:
    """What differs between two findings on a feature with different verdicts."""
    causes = []
    if one.decision != two.decision:
        causes.append(Cause.REVIEW)
    if other_text:
        causes.append(Cause.STANDARD)
    if _quoted(one) != _quoted(two):
        causes.append(Cause.EVIDENCE)
    if one.credited_by != two.credited_by:
        causes.append(Cause.RELATION)
    return tuple(causes) or (Cause.MODEL,)


def _quoted(finding: Finding) -> frozenset[tuple[str, str]]:
    """What is cited, by document and words: ids and places may move between runs."""
    outcome = finding.outcome
    citations = outcome.citations if isinstance(outcome, Judgement) else ()
    return frozenset((c.document, c.quote.strip()) for c in citations)


def _side(finding: Finding | None) -> Side | None:
    if finding is None:
        return None
    outcome, decision = finding.outcome, finding.decision
    judged = isinstance(outcome, Judgement)
    citations = outcome.citations if isinstance(outcome, Judgement) else ()
    reason = outcome.reason if isinstance(outcome, Judgement) else outcome.detail
    if decision is not None:
        reason = decision.reason or reason
    return Side(finding.verdict, not finding.applicable, citations if judged else (), reason)


def _is_same(event: ReviewEvent, old: Reviewed, now: Finding | None) -> bool:
    """Whether the finding that was decided on is the same in the new run, in verdict and quotes.

    Not so where the clause has another text or is gone (``now`` is None), or where the decision
    had lapsed in the old run already.
    """
    seen = next((f for f in old.run.findings if f.feature_id == event.feature_id), None)
    if now is None or seen is None or event in old.decided.stale:
        return False
    machine = now.outcome.verdict if isinstance(now.outcome, Judgement) else None
    before = seen.outcome.verdict if isinstance(seen.outcome, Judgement) else None
    return machine is before and _quoted(now) == _quoted(seen)


def _documents(old: Mapping[str, Any], new: Mapping[str, Any]) -> dict[str, tuple[str, ...]]:
    before, after = ({d["name"]: d["sha256"] for d in m.get("documents", ())} for m in (old, new))
    return {
        "added": tuple(sorted(set(after) - set(before))),
        "removed": tuple(sorted(set(before) - set(after))),
        "changed": tuple(sorted(n for n in before if n in after and before[n] != after[n])),
    }


def _settings(old: Mapping[str, Any], new: Mapping[str, Any]) -> dict[str, tuple[str, str]]:
    found = {}
    for name, path in SETTINGS.items():
        one, two = _at(old, path), _at(new, path)
        if one != two:
            found[name] = (one, two)
    return found


def _at(manifest: Mapping[str, Any], path: Sequence[str]) -> str:
    value: Any = manifest
    for step in path:
        value = value.get(step) if isinstance(value, Mapping) else None
    return "" if value is None else str(value)


def _levels(
    old: Reviewed, new: Reviewed, standards: tuple[Standard, Standard], profile: Profile
) -> Iterator[LevelChange]:
    before, after = (
        standing_of(run, standard, profile).shown
        for run, standard in zip((old, new), standards, strict=True)
    )
    levels = {node.id: node.level for node in before.nodes}
    for node in after.nodes:
        if levels.get(node.id, 0) != node.level:
            yield LevelChange(node.id, node.name, levels.get(node.id, 0), node.level)


@dataclass(frozen=True, slots=True)
class Reconfirmed:
    """Decisions that hold again; ``unsound``: features whose decision no reviewer may take now."""

    contents: tuple[EventContent, ...]
    unsound: tuple[str, ...]


def reconfirmed(
    found: Comparison, old: Reviewed, new: Reviewed, signed: tuple[str, str], standard: Standard
) -> Reconfirmed:
    """Decisions of another run, reconfirmed on this run's findings; ``signed``: by whom and when.

    Each takes along what was found on site for it, and is held against the rules. What somebody
    has decided in this run already is left as it is.
    """
    decided = set(standing_decisions(new.events))
    findings = {f.feature_id: f for f in new.run.findings if f.feature_id not in decided}
    visits = found_on_site(old.events)
    contents, unsound = [], []
    for event in found.kept:
        was, said = event.feature_id, event.content
        key = found.renumbered.get(was, was)
        if key in findings:
            content = replace(
                said,
                feature_id=key,
                finding_hash=finding_hash(findings[key]),
                author=signed[0],
                reason=f"复评重新确认：{said.reason}{_number_note(was, key)}",
                time=signed[1],
                site=tuple(dict.fromkeys((*said.site, *visits.get(was, ())))),
            )
            try:
                require_sound(Said(content, standard.by_id[key], findings[key]))
            except ReviewError:
                unsound.append(key)
            else:
                contents.append(content)
    return Reconfirmed(tuple(contents), tuple(unsound))


def _number_note(was: str, now: str) -> str:
    return "" if was == now else f"（旧版编号 {was}）"

"""The self-contained HTML report: coverage first, then levels, then each feature with evidence."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Any

from jinja2 import Environment, StrictUndefined, Template

from auditor.core.claims import ClaimOutcome, ClaimTally, ComparedClaim
from auditor.core.criteria import Feature, Standard
from auditor.core.findings import (
    VERDICTS,
    Check,
    Citation,
    Decision,
    Failure,
    Finding,
    Verdict,
)
from auditor.core.instructions import Instruction
from auditor.core.result import Result
from auditor.core.scores import NodeScore, Score
from auditor.report.also import also_lines
from auditor.report.charts import bars, heat_map, radar
from auditor.report.failing import failures_of, reason_of
from auditor.report.first_look import RuleGroup, first_look
from auditor.report.fragility import Fragility, fragility_of, reused_words
from auditor.report.language import words
from auditor.report.numbers import numbers_of, rules_of, version_words
from auditor.report.redaction import REDACTED
from auditor.report.rows import decided_words, site_lines, verdict_words
from auditor.report.signatures import Record, minute, record_of
from auditor.report.silence import Silence, backing_line, silence_of
from auditor.sheets.texts import printable

FAILED, EXCUSED = "failed", "excused"


@dataclass(frozen=True, slots=True)
class Card:
    """One feature as the report shows it; ``decided_on`` is what a person cites of their own."""

    feature: Feature
    css: str
    verdict: str
    direct: str | None = None
    citations: tuple[Citation, ...] = ()
    reason: str = ""
    checks: tuple[Check, ...] = ()
    credited_by: tuple[str, ...] = ()
    credit_reason: str = ""
    confidence: str = ""
    failure: str = ""
    flagged: bool = False
    silence: Silence | None = None
    backing: str = ""
    decided: str = ""
    decided_on: tuple[Citation, ...] = ()


@dataclass(frozen=True, slots=True)
class Group:
    """The cards of one item, with its counts by verdict class."""

    id: str
    name: str
    path: str
    level: int | None
    cards: tuple[Card, ...]
    counts: tuple[tuple[str, int], ...]


@dataclass(frozen=True, slots=True)
class Page:
    """Everything that the template shows (the whole of its context, beside the words)."""

    lang: str
    city: str
    version: str
    redacted: bool
    as_of: str
    judge: str
    quality: str
    no_llm: bool
    in_sample: bool
    standard: str
    profile: str
    rule: str
    failures: int
    failed: tuple[tuple[str, tuple[str, ...]], ...]
    scored: bool
    level: int
    level_name: str
    numbers: tuple[tuple[str, ...], ...]
    rules: tuple[tuple[str, ...], ...]
    rule_names: tuple[str, ...]
    fragile: Fragility
    reused_said: str
    floor_notes: tuple[str, ...]
    heat_domains: str
    heat_items: tuple[str, ...]
    radar: str
    bars: str
    missing: tuple[tuple[str, str, int, int], ...]
    groups: tuple[Group, ...]
    documents: tuple[Mapping[str, Any], ...]
    left_out: tuple[Any, ...]
    manifest: str
    converted: frozenset[str]
    claimed_level: int | None
    tallies: tuple[ClaimTally, ...]
    overclaimed: tuple[ComparedClaim, ...]
    review: tuple[RuleGroup, ...]
    contradictions: tuple[Check, ...]
    also: Mapping[tuple[str, int, int, str], str]
    instructions: tuple[Instruction, ...]
    record: Record | None


def render_html(result: Result, standard: Standard, lang: str) -> str:
    """Render the report; document text is escaped by the template engine."""
    page = page_of(result, standard, lang)
    return _template().render(page=page, w=words(lang), verdicts=VERDICTS)


@cache
def _template() -> Template:
    environment = Environment(
        autoescape=True, undefined=StrictUndefined, trim_blocks=True, finalize=_shown
    )
    environment.filters["minute"] = minute
    source = files("auditor.report") / "templates" / "report.html.j2"
    return environment.from_string(source.read_text(encoding="utf-8"))


def _shown(value: Any) -> Any:
    """Text without the characters that print as empty boxes; markup of ours is left alone."""
    return printable(value) if type(value) is str else value


def page_of(result: Result, standard: Standard, lang: str) -> Page:
    """Gather the context of the template."""
    w, run, manifest = words(lang), result.run, result.run.manifest
    score = result.standing.shown if run.score else None
    top = _of_kind({n.id: n for n in score.nodes} if score else {}, "city", "domain")
    nodes = {node.id: node for node in score.nodes} if score else {}
    level, fragile = score.level if score else 0, fragility_of(result, top, w)
    return Page(
        lang=lang,
        city=manifest["city"],
        version=version_words(manifest, w),
        redacted=bool(manifest.get(REDACTED)),
        as_of=manifest["as_of"] or w["unknown"],
        judge=manifest["judge"]["name"],
        quality=manifest["judge"]["quality"],
        no_llm=manifest["judge"]["name"] in ("screen", "none"),
        in_sample=bool(manifest.get("in_sample")),
        standard=f"{manifest['standard']['title']}（{manifest['standard']['id']}）",
        profile=score.profile if score else manifest["profile"]["id"],
        rule=rule_of(score, w),
        failures=score.failures if score else 0,
        failed=tuple((reason_of(g, w), g.feature_ids) for g in failures_of(result.findings)),
        scored=score is not None,
        level=level,
        level_name=level_name(level, standard, w),
        numbers=tuple(numbers_of(result.standing, w)) if score else (),
        rules=tuple(rules_of(result, top)),
        rule_names=tuple(node.name for node in top),
        fragile=fragile,
        reused_said=reused_words(fragile, w),
        floor_notes=score.floor_notes if score else (),
        heat_domains=heat_map(_of_kind(nodes, "city", "domain"), w["nth_level"], w["result"]),
        heat_items=tuple(heat_map(half, w["nth_level"], w["result"]) for half in halves(nodes)),
        radar=radar(_of_kind(nodes, "domain"), w["nth_level"]),
        bars=bars(verdict_counts(result.findings, w)),
        missing=missing_items(result.findings, standard),
        groups=groups_of(result.findings, standard, nodes, w),
        documents=tuple(manifest["documents"]),
        left_out=run.left_out,
        manifest=json.dumps(manifest, ensure_ascii=False, indent=1, sort_keys=True),
        converted=frozenset(d.name for d in run.documents if d.paged_by == "conversion"),
        claimed_level=run.claims.claimed_level if run.claims else None,
        tallies=run.claims.tallies if run.claims else (),
        overclaimed=run.claims.with_outcome(ClaimOutcome.OVER) if run.claims else (),
        review=first_look(result.findings, standard, w),
        contradictions=run.contradictions,
        also=also_lines(result.elsewhere, w),
        instructions=run.instructions,
        record=record_of(result, standard, w),
    )


def rule_of(score: Score | None, w: Mapping[str, str]) -> str:
    """The scoring rule in one sentence, with its thresholds as they are."""
    if score is None:
        return ""
    return w["rule"].format(own=score.own, lower=score.lower)


def level_name(level: int, standard: Standard, w: Mapping[str, str]) -> str:
    """Name and city class of a level."""
    for row in standard.levels:
        if row.level == level:
            return f"{row.name} · {row.city_class}"
    return w["below_one"]


def _of_kind(nodes: Mapping[str, NodeScore], *kinds: str) -> list[NodeScore]:
    return [node for node in nodes.values() if node.kind in kinds]


def halves(nodes: Mapping[str, NodeScore]) -> list[list[NodeScore]]:
    """All nodes below the city in two columns of about the same height, cut between domains."""
    rows = _of_kind(nodes, "domain", "subdomain", "item")
    starts = [place for place, node in enumerate(rows) if node.kind == "domain"]
    cut = min(starts, key=lambda place: abs(2 * place - len(rows)), default=0)
    return [half for half in (rows[:cut], rows[cut:]) if half]


def verdict_counts(findings: Sequence[Finding], w: Mapping[str, str]) -> list[tuple[str, str, int]]:
    """Counts of all verdicts, best first, failures last."""
    counts = Counter(f.verdict for f in findings if f.applicable)
    rows = [(v.value, w[v.value], counts[v]) for v in reversed(VERDICTS)]
    return [*rows, (FAILED, w["failed"], counts[None])]


def missing_items(
    findings: Sequence[Finding], standard: Standard
) -> tuple[tuple[str, str, int, int], ...]:
    """Items by number of level-1 features without evidence: what to ask papers for first."""
    silent = {f.feature_id for f in findings if f.verdict is Verdict.NO_EVIDENCE}
    rows = []
    for item in standard.items:
        basic = [f for f in item.features if f.level == 1]
        open_ones = sum(f.id in silent for f in basic)
        if open_ones:
            rows.append((item.id, item.name, open_ones, len(basic)))
    return tuple(sorted(rows, key=lambda row: (-row[2], row[0]))[:10])


def groups_of(
    findings: Sequence[Finding],
    standard: Standard,
    nodes: Mapping[str, NodeScore],
    w: Mapping[str, str],
) -> tuple[Group, ...]:
    """All judged features, grouped by item."""
    by_id = {finding.feature_id: finding for finding in findings}
    groups = []
    for domain in standard.domains:
        for subdomain in domain.subdomains:
            for item in subdomain.items:
                cards = tuple(card_of(f, by_id[f.id], w) for f in item.features if f.id in by_id)
                if not cards:
                    continue
                counts = Counter(card.css for card in cards)
                node = nodes.get(item.id)
                order = [v.value for v in reversed(VERDICTS)] + [FAILED, EXCUSED]
                groups.append(
                    Group(
                        item.id,
                        item.name,
                        f"{domain.name} › {subdomain.name}",
                        node.level if node else None,
                        cards,
                        tuple((css, counts[css]) for css in order if counts[css]),
                    )
                )
    return tuple(groups)


def card_of(feature: Feature, finding: Finding, w: Mapping[str, str]) -> Card:
    """What the report says about one feature."""
    outcome, decision = finding.outcome, finding.decision
    if isinstance(outcome, Failure):
        return Card(
            feature=feature,
            css=FAILED if decision is None else css_of(finding),
            verdict=verdict_shown(finding, w),
            failure=f"{outcome.error}: {outcome.detail}",
            decided=decision_line(decision, w),
            decided_on=decision.citations if decision else (),
        )
    direct, confidence = finding.direct_verdict, outcome.confidence
    changed = direct is not finding.verdict and direct is not None
    return Card(
        feature=feature,
        css=css_of(finding),
        verdict=verdict_shown(finding, w),
        direct=w[direct.value] if changed and direct else None,
        citations=outcome.citations,
        reason=outcome.reason,
        checks=outcome.checks,
        credited_by=finding.credited_by,
        credit_reason=finding.credit_reason,
        confidence="" if confidence is None else f"{confidence:.0%}",
        flagged=bool(outcome.flags),
        silence=silence_of(finding.absence, feature, w),
        backing=backing_line(finding.backing, w),
        decided=decision_line(decision, w),
        decided_on=added_by(decision, outcome.citations),
    )


def added_by(decision: Decision | None, known: Sequence[Citation]) -> tuple[Citation, ...]:
    """What a decision cites that the machine has not cited."""
    places = {(c.document, c.span) for c in known}
    cited = decision.citations if decision else ()
    return tuple(c for c in cited if (c.document, c.span) not in places)


def css_of(finding: Finding) -> str:
    """The class of a card: its verdict, ``excused`` where a person said 不适用."""
    return finding.verdict.value if finding.verdict else EXCUSED


def verdict_shown(finding: Finding, w: Mapping[str, str]) -> str:
    """The verdict that counts; a machine's green is only probable."""
    if finding.decision is not None:
        return decided_words(finding.decision, w)
    return verdict_words(finding.verdict, w)


def decision_line(decision: Decision | None, w: Mapping[str, str]) -> str:
    """Who decided what, when and why; empty where nobody did."""
    if decision is None:
        return ""
    said = w["decided_line"].format(
        verdict=decided_words(decision, w),
        author=decision.author,
        time=decision.time,
        reason=decision.reason or "—",
    )
    return "　".join((said, *site_lines(decision, w)))

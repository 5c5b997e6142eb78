"""The self-contained HTML report: coverage first, then levels, then each feature with evidence."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from importlib.resources import files
from typing import Any

from jinja2 import Environment, StrictUndefined

from auditor.core.claims import ClaimOutcome, ClaimTally, ComparedClaim
from auditor.core.criteria import Feature, Standard
from auditor.core.findings import VERDICTS, Check, Citation, Failure, Finding, Verdict
from auditor.core.instructions import Instruction
from auditor.core.run import Run
from auditor.core.scores import NodeScore, Score
from auditor.report.charts import bars, heat_map, radar
from auditor.report.first_look import RuleGroup, first_look
from auditor.report.language import words
from auditor.report.silence import Silence, backing_line, silence_of

FAILED = "failed"


@dataclass(frozen=True, slots=True)
class Card:
    """One feature as the report shows it."""

    feature: Feature
    css: str
    verdict: str
    direct: str | None
    citations: tuple[Citation, ...]
    reason: str
    checks: tuple[Check, ...]
    credited_by: tuple[str, ...]
    credit_reason: str
    confidence: str
    failure: str
    flagged: bool = False
    silence: Silence | None = None
    backing: str = ""


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
    as_of: str
    judge: str
    quality: str
    no_llm: bool
    in_sample: bool
    standard: str
    profile: str
    rule: str
    failures: int
    scored: bool
    level: int
    level_name: str
    interval: tuple[int, int]
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
    instructions: tuple[Instruction, ...]


def render_html(run: Run, standard: Standard, lang: str) -> str:
    """Render the report; document text is escaped by the template engine."""
    environment = Environment(autoescape=True, undefined=StrictUndefined, trim_blocks=True)
    source = files("auditor.report") / "templates" / "report.html.j2"
    template = environment.from_string(source.read_text(encoding="utf-8"))
    return template.render(page=page_of(run, standard, lang), w=words(lang), verdicts=VERDICTS)


def page_of(run: Run, standard: Standard, lang: str) -> Page:
    """Gather the context of the template."""
    w, manifest, score = words(lang), run.manifest, run.score
    nodes = {node.id: node for node in score.nodes} if score else {}
    level = score.level if score else 0
    return Page(
        lang=lang,
        city=manifest["city"],
        as_of=manifest["as_of"] or w["unknown"],
        judge=manifest["judge"]["name"],
        quality=manifest["judge"]["quality"],
        no_llm=manifest["judge"]["name"] in ("screen", "none"),
        in_sample=bool(manifest.get("in_sample")),
        standard=f"{manifest['standard']['title']}（{manifest['standard']['id']}）",
        profile=score.profile if score else manifest["profile"]["id"],
        rule=rule_of(score, w),
        failures=score.failures if score else 0,
        scored=score is not None,
        level=level,
        level_name=level_name(level, standard, w),
        interval=score.interval if score else (0, 0),
        floor_notes=score.floor_notes if score else (),
        heat_domains=heat_map(_of_kind(nodes, "city", "domain"), w["nth_level"], w["result"]),
        heat_items=tuple(heat_map(half, w["nth_level"], w["result"]) for half in halves(nodes)),
        radar=radar(_of_kind(nodes, "domain"), w["nth_level"]),
        bars=bars(verdict_counts(run.findings, w)),
        missing=missing_items(run, standard),
        groups=groups_of(run, standard, nodes, w),
        documents=tuple(manifest["documents"]),
        left_out=run.left_out,
        manifest=json.dumps(manifest, ensure_ascii=False, indent=1, sort_keys=True),
        converted=frozenset(d.name for d in run.documents if d.paged_by == "conversion"),
        claimed_level=run.claims.claimed_level if run.claims else None,
        tallies=run.claims.tallies if run.claims else (),
        overclaimed=run.claims.with_outcome(ClaimOutcome.OVER) if run.claims else (),
        review=first_look(run.findings, standard, w),
        contradictions=run.contradictions,
        instructions=run.instructions,
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


def missing_items(run: Run, standard: Standard) -> tuple[tuple[str, str, int, int], ...]:
    """Items by number of level-1 features without evidence: what to ask papers for first."""
    silent = {f.feature_id for f in run.findings if f.verdict is Verdict.NO_EVIDENCE}
    rows = []
    for item in standard.items:
        basic = [f for f in item.features if f.level == 1]
        open_ones = sum(f.id in silent for f in basic)
        if open_ones:
            rows.append((item.id, item.name, open_ones, len(basic)))
    return tuple(sorted(rows, key=lambda row: (-row[2], row[0]))[:10])


def groups_of(
    run: Run, standard: Standard, nodes: Mapping[str, NodeScore], w: Mapping[str, str]
) -> tuple[Group, ...]:
    """All judged features, grouped by item."""
    by_id = {finding.feature_id: finding for finding in run.findings}
    groups = []
    for domain in standard.domains:
        for subdomain in domain.subdomains:
            for item in subdomain.items:
                cards = tuple(card_of(f, by_id[f.id], w) for f in item.features if f.id in by_id)
                if not cards:
                    continue
                counts = Counter(card.css for card in cards)
                node = nodes.get(item.id)
                order = [v.value for v in reversed(VERDICTS)] + [FAILED]
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
    outcome = finding.outcome
    if isinstance(outcome, Failure):
        blank = (None, (), "", (), (), "", "")
        return Card(feature, FAILED, w["failed"], *blank, f"{outcome.error}: {outcome.detail}")
    assert finding.verdict is not None and finding.direct_verdict is not None
    prefix = w["suspected"] if finding.verdict.is_green else ""
    changed = finding.direct_verdict is not finding.verdict
    confidence = outcome.confidence
    return Card(
        feature=feature,
        css=finding.verdict.value,
        verdict=prefix + w[finding.verdict.value],
        direct=w[finding.direct_verdict.value] if changed else None,
        citations=outcome.citations,
        reason=outcome.reason,
        checks=outcome.checks,
        credited_by=finding.credited_by,
        credit_reason=finding.credit_reason,
        confidence="" if confidence is None else f"{confidence:.0%}",
        failure="",
        flagged=bool(outcome.flags),
        silence=silence_of(finding.absence, feature, w),
        backing=backing_line(finding.backing, w),
    )

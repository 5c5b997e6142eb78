"""The result for machines: one JSON of everything that reports tell, one CSV row a feature."""

from __future__ import annotations

import csv
import io
import json
from dataclasses import asdict
from typing import Any

from auditor.core.criteria import LEVELS, Standard
from auditor.core.result import Result
from auditor.report.failing import failures_of
from auditor.report.fragility import CITY, reused_of
from auditor.report.language import Words, words
from auditor.report.rows import FeatureRow, rows_of
from auditor.report.working_paper import cells_of
from auditor.sheets.texts import neutral

CSV_COLUMNS = (
    "wp_id", "wp_domain", "wp_subdomain", "wp_item", "wp_level", "wp_text", "wp_verdict",
    "wp_confidence", "wp_flag", "wp_elements", "wp_quotes", "wp_document", "wp_number", "wp_page",
    "wp_date", "wp_reason", "wp_checks", "wp_lacking", "wp_claimed", "wp_decision",
    "wp_decision_reason", "wp_reviewer", "wp_time", "wp_approver", "wp_site", "wp_event",
    "wp_decided_on",
)  # fmt: skip


def result_json(result: Result, standard: Standard, lang: str) -> bytes:
    """Numbers, levels under every rule, and every feature, in one document."""
    standing = result.standing
    content = {
        "city": result.run.manifest["city"],
        "as_of": result.run.manifest.get("as_of"),
        "version": result.run.manifest.get("version", 1),
        "failures": {
            "count": standing.shown.failures,
            "digest": [asdict(group) for group in failures_of(result.findings)],
        },
        "standard": standard.id,
        "rule": {"id": standing.machine.profile, "version": standing.machine.profile_version},
        "numbers": {
            "machine": standing.machine.level,
            "reviewed": standing.reviewed.level if standing.reviewed else None,
            "confirmed": standing.confirmed.level,
            "claimed": standing.claimed_level,
            "decided": standing.decided,
            "counted": standing.counted,
        },
        "nodes": [
            {
                "id": node.id,
                "name": node.name,
                "kind": node.kind,
                "level": node.level,
                "indicative": node.indicative,
                "coverage": {
                    str(n): None if node.coverage[n] is None else _share(node.coverage[n])
                    for n in LEVELS
                },
            }
            for node in standing.shown.nodes
        ],
        "rules": {rule.rule: dict(rule.levels) for rule in result.rules},
        **_fragile(result, words(lang)),
        "features": [_feature(row) for row in rows_of(result, standard, words(lang))],
    }
    text = json.dumps(content, ensure_ascii=False, sort_keys=True, indent=1)
    return (text + "\n").encode("utf-8")


def _fragile(result: Result, w: Words) -> dict[str, Any]:
    """Thresholds and smallest flips (null without a stress test), facts used several times."""
    stress = result.stress
    return {
        "thresholds": stress and {str(t): dict(levels) for t, levels in stress.thresholds.items()},
        "flips": stress
        and [
            {"up": f.up, "level": f.level, "features": list(f.feature_ids)}
            for f in stress.flips
            if f.node_id == CITY
        ],
        "reused": [
            {"quote": r.quote, "place": r.place, "features": list(r.feature_ids)}
            for r in reused_of(result.findings, w)
        ],
        "paid_before": dict(result.standing.shown.paid_before),
    }


def _share(value: Any) -> float:
    return float(round(value, 4))


def _feature(row: FeatureRow) -> dict[str, Any]:
    decision = row.decision
    return {
        "id": row.feature.id,
        "level": row.feature.level,
        "verdict": row.value.value if row.value else None,
        "machine": row.machine.value if row.machine else None,
        "confidence": row.confidence or None,
        "flagged": row.flagged,
        "quotes": [asdict(quote) for quote in row.quotes],
        "reason": row.reason,
        "checks": list(row.checks),
        "lacking": list(row.lacking),
        "claimed": row.claimed or None,
        "decision": None
        if decision is None
        else {
            "verdict": decision.verdict.value if decision.verdict else "not_applicable",
            "author": decision.author,
            "approver": decision.approver,
            "reason": decision.reason,
            "time": decision.time,
            "event": decision.event_id,
            "quotes": [asdict(quote) for quote in row.decided_quotes],
            "site": [asdict(visit) for visit in decision.site],
        },
    }


def features_csv(result: Result, standard: Standard, lang: str) -> bytes:
    """One row a feature, as the working papers have it; with a mark that spreadsheets know."""
    w = words(lang)
    buffer = io.StringIO()
    writer = csv.writer(buffer, lineterminator="\r\n")
    writer.writerow([w[name] for name in CSV_COLUMNS])
    for row in rows_of(result, standard, w):
        cells = cells_of(row, w)
        writer.writerow([neutral(cells[name]) for name in CSV_COLUMNS])
    return buffer.getvalue().encode("utf-8-sig")

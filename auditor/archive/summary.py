"""What came of an archive so far: a row a city, the failures first; summary.json and summary.html.

Written at the end of each pass, finished or interrupted, from what the job store knows.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import lru_cache
from importlib.resources import files
from pathlib import Path
from typing import Any
from urllib.parse import quote

import yaml
from jinja2 import Environment, StrictUndefined

from auditor.archive.request import CITIES_FOLDER
from auditor.core.criteria import LEVELS
from auditor.core.jobs import Job, JobState
from auditor.store.run_folder import write_json, write_text

SUMMARY_JSON, SUMMARY_PAGE = "summary.json", "summary.html"
TOLD = (
    "judge", "level", "interval", "coverage", "failures", "features", "left_out", "refused",
    "instructions", "usage", "counts", "why", "seconds", "digest",
)  # fmt: skip


@lru_cache(maxsize=2)
def words(lang: str) -> Mapping[str, str]:
    """The words of the summary and of the terminal (``zh`` or ``en``)."""
    file = files("auditor.archive") / "words" / f"{lang}.yaml"
    loaded: dict[str, str] = yaml.safe_load(file.read_text(encoding="utf-8"))
    return loaded


def summary_of(jobs: Sequence[Job]) -> dict[str, Any]:
    """The content of summary.json: ``counts`` of cities by state, ``cities`` by key."""
    wanted = [job for job in jobs if job.is_wanted]
    states = [job.state for job in wanted]
    done = [job for job in wanted if job.state is JobState.DONE]
    return {
        "counts": {state.value: states.count(state) for state in JobState},
        "failed_features": sum(job.result.get("failures", 0) for job in done),
        "refused_papers": sum(job.result.get("left_out", 0) for job in done),
        "rescored": sum(_is_rescored(job.result) for job in done),
        "cities": [_city(job) for job in sorted(wanted, key=lambda job: job.subject)],
    }


def _is_rescored(result: Mapping[str, Any]) -> bool:
    """Whether these results are earlier ones that were scored by another rule."""
    return bool((result.get("counts") or {}).get("features_rescored"))


def _city(job: Job) -> dict[str, Any]:
    row: dict[str, Any] = {
        "key": job.subject,
        "city": job.request["city"],
        "period": job.request["period"],
        "state": job.state.value,
        "attempts": job.attempts,
        "documents": len(job.request["parts"]["documents"]),
        "error": job.message,
    }
    if job.state is JobState.DONE:
        row["folder"] = f"{CITIES_FOLDER}/{job.subject}"
        row |= {name: job.result.get(name) for name in TOLD}
    return row


def write_summary(out: Path, jobs: Sequence[Job], lang: str) -> dict[str, Any]:
    """Write both files; gives the content of summary.json."""
    summary = summary_of(jobs)
    write_json(out / SUMMARY_JSON, summary)
    write_text(out / SUMMARY_PAGE, summary_page(summary, lang))
    return summary


def summary_page(summary: Mapping[str, Any], lang: str) -> str:
    """The summary to look at, in one file without outside links."""
    source = files("auditor.archive") / "templates" / "summary.html.j2"
    environment = Environment(autoescape=True, undefined=StrictUndefined, trim_blocks=True)
    template = environment.from_string(source.read_text(encoding="utf-8"))
    rows = [
        {
            **row,
            "link": _link(row),
            "why_said": why_said(row, lang),
            "refused_said": refused_said(row),
        }
        for row in _ordered(summary)
    ]
    return template.render(lang=lang, w=words(lang), summary=summary, rows=rows, levels=LEVELS)


def _ordered(summary: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    """Failures first, then cities with features that failed, then the rest by key."""
    cities: list[Mapping[str, Any]] = summary["cities"]
    return sorted(
        cities,
        key=lambda row: (row["state"] != JobState.FAILED, not row.get("failures"), row["key"]),
    )


def _link(row: Mapping[str, Any]) -> str:
    return f"{quote(row['folder'])}/report.html" if "folder" in row else ""


def refused_said(row: Mapping[str, Any]) -> list[str]:
    """A line for each refused paper of a city: its name, the reason, the remedy."""
    return [
        f"{left['name']}：{left['reason']} {left['hint']}".rstrip()
        for left in row.get("refused") or ()
    ]


def why_said(row: Mapping[str, Any], lang: str) -> str:
    """How many features were judged in the last pass that changed the city, and why."""
    named = words(lang)
    parts = [named["rescored"]] if _is_rescored(row) else []
    for reason, facts in sorted((row.get("why") or {}).items()):
        papers = named["between"].join(facts.get("documents", ()))
        said = f"{named[f'why_{reason}']} {len(facts['features'])}"
        parts.append(f"{said} ({papers})" if papers else said)
    return named["between"].join(parts)

"""Why features of a city were judged again: the new results held against the earlier ones.

The first reason that holds is told: a new judge or standard or date of assessment asks everything
anew; else the passages that the feature was judged by have changed, and with what papers.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from pathlib import Path
from typing import Any

from auditor.core.errors import RunError
from auditor.store.run_folder import MANIFEST_FILE, SEARCH_FILE, read_json, read_lines

FIRST, JUDGE, STANDARD, DATE = "first", "judge", "standard", "date"
NEW_PAPER, PASSAGES, SIGNALS = "new_document", "passages", "signals"
REASONS = (FIRST, JUDGE, STANDARD, DATE, NEW_PAPER, PASSAGES, SIGNALS)
"""``judge``: another model, prompt or parameter; ``signals``: the same passages, but what the
search says of them beside the dossier as a whole has changed (for judges that read it)."""
Row = Mapping[str, Any]


def why_judged(judged: Collection[str], now: Path, before: Path | None) -> dict[str, Any]:
    """By reason the features that were judged, and the papers that were new."""
    if not judged:
        return {}
    earlier = _manifest(before)
    if before is None or earlier is None:
        return {FIRST: {"features": sorted(judged)}}
    manifest = read_json(now / MANIFEST_FILE)
    whole = _whole_reason(earlier, manifest)
    if whole is not None:
        return {whole: {"features": sorted(judged)}}
    return _by_passages(judged, _Searches(now, manifest), _Searches(before, earlier))


def _manifest(folder: Path | None) -> Row | None:
    """The manifest of an earlier run, None where there is none that can be read."""
    try:
        return None if folder is None else dict(read_json(folder / MANIFEST_FILE))
    except (RunError, ValueError, TypeError):
        return None


def _whole_reason(before: Row, now: Row) -> str | None:
    def is_other(entry: str, fact: str) -> bool:
        return bool((before.get(entry) or {}).get(fact) != (now.get(entry) or {}).get(fact))

    if is_other("judge", "fingerprint"):
        return JUDGE
    if is_other("standard", "digest"):
        return STANDARD
    return DATE if before.get("as_of") != now.get("as_of") else None


class _Searches:
    """What was shown for each feature of a run, papers by their hash."""

    def __init__(self, folder: Path, manifest: Row) -> None:
        self.papers = {d["name"]: d["sha256"] for d in manifest.get("documents", ())}
        self.shown = {
            row["feature_id"]: row["passages"] for row in read_lines(folder / SEARCH_FILE)
        }

    def passages(self, feature_id: str) -> list[tuple[Any, ...]]:
        """The passages of a feature in order."""
        return [
            (self.papers.get(p["document"]), p["start"], p["end"], p["text"])
            for p in self.shown.get(feature_id, ())
        ]

    def names(self, feature_id: str) -> set[str]:
        """The papers that a feature's passages are from."""
        return {p["document"] for p in self.shown.get(feature_id, ())}


def _by_passages(judged: Collection[str], now: _Searches, before: _Searches) -> dict[str, Any]:
    known = set(before.papers.values())
    fresh = {name for name, sha256 in now.papers.items() if sha256 not in known}
    found: dict[str, list[str]] = {}
    papers: set[str] = set()
    for feature_id in sorted(judged):
        new = now.names(feature_id) & fresh
        papers |= new
        same = now.passages(feature_id) == before.passages(feature_id)
        reason = NEW_PAPER if new else SIGNALS if same else PASSAGES
        found.setdefault(reason, []).append(feature_id)
    told: dict[str, Any] = {reason: {"features": ids} for reason, ids in found.items()}
    if papers:
        told[NEW_PAPER]["documents"] = sorted(papers)
    return told

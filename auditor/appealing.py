"""申诉: only the contested features reopen; a new version of the run beside the old one.

The contested features take their findings from a run over the dossier with the new papers, all
others keep theirs. The review events go along: decisions on kept findings still hold, those on
contested ones wait to be taken again where their finding is another one (the same finding, found
again with the new papers, keeps its decision). ``appeal.json`` keeps what was said before, so that
the paper on the appeal (申诉复核表) can be written from the new version alone.
"""

from __future__ import annotations

import hashlib
import shutil
from collections.abc import Collection, Iterable, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

from auditor.core.appeals import Appeal, said_of
from auditor.core.criteria import Standard
from auditor.core.documents import Document
from auditor.core.errors import RunError
from auditor.core.findings import Failure, Finding
from auditor.core.run import Run
from auditor.core.scores import Profile
from auditor.relations import apply_relations
from auditor.scoring import score_findings
from auditor.standing import Reviewed, read_reviewed, standing_of
from auditor.store.appeals import write_appeal
from auditor.store.events import EVENTS_FILE
from auditor.store.run_folder import (
    MANIFEST_FILE,
    read_lines,
    read_run,
    write_lines,
    write_run,
)

FIRST = 1
SEARCH_FILE = "search.jsonl"
KEPT = ("claims.json", "intake.json")


def appeal(
    old: Path, new: Path, contested: Collection[str], target: Path, standard: Standard,
    profile: Profile,
) -> Run:  # fmt: skip
    """Write the next version of ``old`` into ``target``; gives it.

    Raises:
        RunError: ``target`` is there, the runs are of two cities or standards, a contested feature
            was not judged in both, or a paper changed under its old name.
    """
    reviewed, after = read_reviewed(old, standard), read_run(new)
    before = reviewed.run
    _require_fit(before, after, contested, target)
    fresh = {f.feature_id: f for f in after.findings if f.feature_id in contested}
    findings = reopened(before.findings, fresh, standard)
    documents = _united(before.documents, after.documents)
    manifest = {
        **before.manifest,
        "documents": _united_rows(before.manifest, after.manifest),
        "failures": sum(isinstance(f.outcome, Failure) for f in findings),
        "version": version_of(before) + 1,
        "appeal": {
            "features": sorted(contested),
            "from": _digest(old / MANIFEST_FILE),
            "evidence": _digest(new / MANIFEST_FILE),
            "judge": after.manifest.get("judge"),
        },
    }
    run = replace(
        before,
        manifest=manifest,
        documents=documents,
        findings=findings,
        score=score_findings(findings, standard, profile),
        contradictions=after.contradictions,
        instructions=after.instructions,
    )
    write_run(target, run)
    for name in (*KEPT, EVENTS_FILE):
        if (old / name).is_file():
            shutil.copy2(old / name, target / name)
    write_lines(target / SEARCH_FILE, _searched(old, new, contested))
    write_appeal(target, _kept_words(reviewed, run, contested, standard, profile))
    return run


def reopened(
    before: Iterable[Finding], fresh: Mapping[str, Finding], standard: Standard
) -> tuple[Finding, ...]:
    """The findings of a run with fresh ones in the place of those of the same features.

    Relations are applied anew over all of them.
    """
    mixed = [_bare(fresh.get(finding.feature_id, finding)) for finding in before]
    return apply_relations(mixed, standard.relations)


def _kept_words(
    old: Reviewed, run: Run, contested: Collection[str], standard: Standard, profile: Profile
) -> Appeal:
    """What the old version said of the contested features, and its levels under the rule."""
    known = {document.name for document in old.run.documents}
    shown = standing_of(old, standard, profile).shown
    return Appeal(
        version=version_of(run),
        documents=tuple(d.name for d in run.documents if d.name not in known),
        levels={node.id: node.level for node in shown.nodes},
        before={f.feature_id: said_of(f) for f in old.findings if f.feature_id in contested},
    )


def _searched(old: Path, new: Path, contested: Collection[str]) -> list[Mapping[str, Any]]:
    """The search records behind the findings, each from the run that its finding is from."""
    rows = [
        [row for row in read_lines(folder / SEARCH_FILE) if (row["feature_id"] in contested) is own]
        for folder, own in ((old, False), (new, True))
        if (folder / SEARCH_FILE).is_file()
    ]
    return sorted((row for part in rows for row in part), key=lambda row: str(row["feature_id"]))


def version_of(run: Run) -> int:
    """The version of a run's result, 1 where nothing was appealed."""
    return int(run.manifest.get("version", FIRST))


def _bare(finding: Finding) -> Finding:
    """A finding before relations, which are applied anew."""
    return replace(finding, verdict=finding.direct_verdict, credited_by=(), credit_reason="")


def _require_fit(before: Run, after: Run, contested: Collection[str], target: Path) -> None:
    if target.exists():
        raise RunError(f"{target} is there already.", hint="Name a new folder; the old one stays.")
    for part in ("city", "standard"):
        if before.manifest.get(part) != after.manifest.get(part):
            raise RunError(
                f"The two runs differ in {part}.", hint="Audit the same city by the same standard."
            )
    judged = {f.feature_id for f in before.findings} & {f.feature_id for f in after.findings}
    strangers = sorted(set(contested) - judged)
    if strangers or not contested:
        named = strangers[0] if strangers else "no feature"
        raise RunError(f"{named} was not judged in both runs.", hint="Name contested features.")


def _united(old: tuple[Document, ...], new: tuple[Document, ...]) -> tuple[Document, ...]:
    """The papers of both runs; the old reading of a paper that both hold."""
    known = {document.name: document for document in old}
    for document in new:
        before = known.setdefault(document.name, document)
        if before.sha256 != document.sha256:
            raise RunError(
                f"{document.name} is another paper than in the first run.",
                hint="Submit changed papers under new names, so that old evidence can be read.",
            )
    return tuple(known[name] for name in sorted(known))


def _united_rows(old: Mapping[str, Any], new: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    rows = {row["name"]: row for row in (*new.get("documents", ()), *old.get("documents", ()))}
    return [rows[name] for name in sorted(rows)]


def _digest(file: Path) -> str:
    return f"sha256:{hashlib.sha256(file.read_bytes()).hexdigest()}"

"""What reviewers decided in a run, as a labelled city: to measure with and to fit on.

The form of gold sets (docs/evaluation.md). Written on request only; it holds the dossier's papers.
"""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from auditor.core.errors import RunError
from auditor.core.findings import Citation, Finding, Judgement
from auditor.standing import Reviewed
from auditor.store.run_folder import REQUEST_FILE, read_json, write_lines


@dataclass(frozen=True, slots=True)
class Labelled:
    """What was written: the city's folder, how many features of how many have a label."""

    folder: Path
    labels: int
    features: int

    @property
    def whole(self) -> bool:
        """Whether every feature has a label: only then can weights be fitted on it."""
        return self.labels == self.features


def write_labels(reviewed: Reviewed, target: Path) -> Labelled:
    """Write ``target/<city>/`` with gold.jsonl and the documents of the dossier.

    A decision's quotes are its own citations, else the machine's where its verdict was accepted;
    不适用 gives no label.

    Raises:
        RunError: nobody has decided anything, the dossier is gone, or the folder is there already.
    """
    rows = list(_rows(reviewed))
    if not rows:
        raise RunError(f"{reviewed.folder} holds no decisions.", hint="Review it first.")
    folder = target / str(reviewed.run.manifest["city"])
    if folder.exists():
        raise RunError(f"{folder} is there already.", hint="Name a new folder.")
    dossier = Path(read_json(reviewed.folder / REQUEST_FILE)["dossier"])
    if not dossier.exists():
        raise RunError(f"The dossier {dossier} is gone.", hint="Put it back, then try again.")
    documents = folder / "documents"
    if dossier.is_dir():
        shutil.copytree(dossier, documents)
    else:
        documents.mkdir(parents=True)
        shutil.copy2(dossier, documents / dossier.name)
    write_lines(folder / "gold.jsonl", rows)
    return Labelled(folder, len(rows), len(reviewed.findings))


def _rows(reviewed: Reviewed) -> Iterator[dict[str, Any]]:
    for finding in reviewed.findings:
        decision = finding.decision
        if decision is not None and decision.verdict is not None:
            yield {
                "id": finding.feature_id,
                "verdict": decision.verdict.value,
                "quotes": [{"document": c.document, "text": c.quote} for c in quotes_of(finding)],
                "why": decision.reason,
            }


def quotes_of(finding: Finding) -> tuple[Citation, ...]:
    """What a decision rests on: its own citations, else those of the verdict that it accepted."""
    decision, outcome = finding.decision, finding.outcome
    if decision is not None and decision.citations:
        return decision.citations
    accepted = isinstance(outcome, Judgement) and outcome.verdict is finding.verdict
    return outcome.citations if accepted and isinstance(outcome, Judgement) else ()

"""A new edition of the standard: which clauses stayed, and what of a run still holds under it.

Clauses are the same where their printed text is (white space aside), whatever their number: a
feature is keyed by the hash of its text. Findings of unchanged clauses carry over; all others are
failures until they are judged again, so that a carried run cannot pass for a finished one.
"""

from __future__ import annotations

import hashlib
import re
import shutil
from collections import defaultdict
from dataclasses import dataclass, replace
from pathlib import Path

from auditor.core.criteria import Standard
from auditor.core.errors import RunError
from auditor.core.findings import Failure, Finding
from auditor.core.run import Run
from auditor.core.scores import Profile
from auditor.relations import apply_relations
from auditor.scoring import score_findings
from auditor.standard import load_standard, load_standard_folder
from auditor.store.run_folder import read_run, write_run

SPACE = re.compile(r"\s+")
NOT_JUDGED = "NotJudgedError"
COPIED = ("layout", "claims.json", "intake.json")


@dataclass(frozen=True, slots=True)
class Editions:
    """Clauses of two editions by what became of them.

    ``kept``: (old id, new id) of the same text; ``changed``: ids with another text in both;
    ``added`` and ``removed``: ids whose text is in one edition only, and whose id is.
    """

    kept: tuple[tuple[str, str], ...]
    changed: tuple[str, ...]
    added: tuple[str, ...]
    removed: tuple[str, ...]

    @property
    def renumbered(self) -> tuple[tuple[str, str], ...]:
        """Clauses that kept their text and have another number."""
        return tuple(pair for pair in self.kept if pair[0] != pair[1])


def edition(name: str) -> Standard:
    """A standard by its name in criteria/, or by the path of a folder of that form."""
    folder = Path(name)
    if (folder / "standard.yaml").is_file():
        return load_standard_folder(folder)
    return load_standard(name)


def text_hash(text: str) -> str:
    """The key of a clause."""
    return hashlib.sha256(SPACE.sub("", text).encode()).hexdigest()


def diff_editions(old: Standard, new: Standard) -> Editions:
    """Match clauses by text; of several with one text the one with the same id first, in order."""
    waiting: dict[str, list[str]] = defaultdict(list)
    for feature in old.features:
        waiting[text_hash(feature.text)].append(feature.id)
    kept: dict[str, str] = {}
    for feature in new.features:
        same = waiting[text_hash(feature.text)]
        if feature.id in same:
            same.remove(feature.id)
            kept[feature.id] = feature.id
    for feature in new.features:
        same = waiting[text_hash(feature.text)]
        if feature.id not in kept and same:
            kept[feature.id] = same.pop(0)
    left = set(old.by_id) - set(kept.values())
    fresh = [f.id for f in new.features if f.id not in kept]
    return Editions(
        kept=tuple((kept[f.id], f.id) for f in new.features if f.id in kept),
        changed=tuple(key for key in fresh if key in left),
        added=tuple(key for key in fresh if key not in left),
        removed=tuple(f.id for f in old.features if f.id in left and f.id not in fresh),
    )


def carry_run(folder: Path, target: Path, old: Standard, new: Standard, profile: Profile) -> Run:
    """Write what still holds of a run under a new edition into ``target``.

    Raises:
        RunError: ``target`` is there already, the run was made under another standard, or it
            holds no findings.
    """
    if target.exists():
        raise RunError(f"{target} is there already.", hint="Name a new folder.")
    run = read_run(folder)
    made_by = run.manifest.get("standard", {}).get("digest")
    if run.score is None or made_by != old.digest:
        raise RunError(
            f"{folder} holds no findings under {old.id}.",
            hint="Name the edition that the run was made with, and a judged run.",
        )
    findings = carried_findings(run, diff_editions(old, new), new)
    facts = {"id": new.id, "title": new.title, "digest": new.digest}
    failures = sum(isinstance(f.outcome, Failure) for f in findings)
    manifest = {**run.manifest, "standard": facts, "failures": failures}
    manifest["carried_from"] = {"standard": old.digest}
    carried = replace(
        run,
        manifest=manifest,
        findings=findings,
        score=score_findings(findings, new, profile),
    )
    write_run(target, carried)
    for name in COPIED:
        _copy(folder / name, target / name)
    return carried


def carried_findings(run: Run, editions: Editions, new: Standard) -> tuple[Finding, ...]:
    """Findings under the new ids, failures for what must be judged; relations applied anew."""
    found = {f.feature_id: f for f in run.findings}
    kept = {after: before for before, after in editions.kept}
    rows = []
    for feature in new.features:
        before = found.get(kept.get(feature.id, ""))
        if before is None:
            failure = Failure(feature.id, "", NOT_JUDGED, "新版条款有变，须重新判断")
            rows.append(Finding(failure, None, None))
            continue
        outcome = replace(before.outcome, feature_id=feature.id)
        plain = replace(before, outcome=outcome, verdict=before.direct_verdict, credited_by=())
        rows.append(replace(plain, credit_reason=""))
    return apply_relations(rows, new.relations)


def _copy(source: Path, target: Path) -> None:
    if source.is_dir():
        shutil.copytree(source, target, dirs_exist_ok=True)
    elif source.is_file():
        shutil.copy2(source, target)

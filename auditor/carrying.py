"""A run taken over to a new edition of the standard: what of it still holds, what must be judged.

Judgements of clauses whose text is the same hold under their new numbers; all others are failures
until they are judged, so that a carried run cannot pass for a finished one. ``carried/`` in the
folder keeps what was taken over, untouched: ``auditor resume`` judges the rest and puts both
together, as often as it is called.
"""

from __future__ import annotations

import hashlib
import shutil
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from auditor.core.criteria import Feature, Standard
from auditor.core.documents import Document
from auditor.core.editions import diff_editions
from auditor.core.errors import ConfigurationError, RunError
from auditor.core.findings import Failure, Finding, Judgement
from auditor.core.run import Run
from auditor.core.scores import Profile
from auditor.relations import apply_relations
from auditor.scoring import score_findings
from auditor.standard import Edition, shipped_folder, standards
from auditor.store.records import finding_from, finding_json
from auditor.store.run_folder import (
    MANIFEST_FILE,
    REQUEST_FILE,
    SEARCH_FILE,
    read_json,
    read_lines,
    read_run,
    write_json,
    write_lines,
    write_run,
)

CARRIED_FOLDER = "carried"
ORIGIN_FILE, FINDINGS_FILE = "origin.json", "findings.jsonl"
NOT_JUDGED, WHY = "NotJudgedError", "新版条款有变，须重新判断"
COPIED = ("layout", "claims.json", "intake.json")
Row = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Carried:
    """What a folder took over: findings before relations, their search records, where from.

    ``pending``: the features that must be judged under the new edition.
    """

    findings: tuple[Finding, ...]
    pending: tuple[str, ...]
    searches: tuple[Row, ...]
    origin: Mapping[str, Any]

    @property
    def ids(self) -> frozenset[str]:
        """The features whose judgements hold."""
        return frozenset(f.feature_id for f in self.findings)

    def facts(self, findings: Iterable[Finding]) -> dict[str, Any]:
        """What the manifest says of it; ``open``: those of the pending that are not judged yet."""
        facts = {key: self.origin[key] for key in ("standard", "run", "judge")}
        failed = {f.feature_id for f in findings if isinstance(f.outcome, Failure)}
        return {
            **facts,
            "features": len(self.findings),
            "pending": len(self.pending),
            "open": len(failed & set(self.pending)),
        }

    def joined(self, judged: Iterable[Finding], standard: Standard) -> tuple[Finding, ...]:
        """All findings in the order of the standard, relations applied to them all.

        What is neither carried nor judged is a failure.
        """
        fresh = {f.feature_id: f for f in judged}
        held = {f.feature_id: f for f in self.findings}
        rows = []
        for feature in standard.features:
            if feature.id in held:
                rows.append(held[feature.id])
            elif feature.id in fresh:
                rows.append(_bare(fresh[feature.id]))
            elif feature.id in self.pending:
                rows.append(_unjudged(feature.id))
        return apply_relations(rows, standard.relations)

    def require_fit(self, standard: Standard, city: str, documents: Sequence[Document]) -> None:
        """Refuse to judge the rest by another edition, for another city or on other papers.

        Raises:
            RunError: says which of them differs, and what to do.
        """
        origin = self.origin
        if origin["into"] != standard.digest:
            raise RunError(
                f"The run was carried into another edition of the standard than {standard.id}.",
                hint="Name the edition that it was carried into: --criteria FOLDER.",
            )
        if origin["city"] != city:
            raise RunError(
                f"The run was carried for {origin['city']}, not for {city}.",
                hint="Name the same city.",
            )
        if origin["documents"] != [[d.name, d.sha256] for d in documents]:
            raise RunError(
                "The dossier has changed since the run that was carried over.",
                hint="Audit the new dossier in a new folder: auditor run … --criteria FOLDER.",
            )


def require_judge(carried: Carried | None, judge: object) -> None:
    """Refuse to go on with a carried run without a judge (None): it would lose its findings.

    Raises:
        ConfigurationError: something was carried, and nobody judges the rest.
    """
    if carried is not None and judge is None:
        raise ConfigurationError(
            "No judge for what must be judged under the new edition.", hint="Name one: --judge."
        )


def carry_run(folder: Path, target: Path, old: Standard, new: Edition, profile: Profile) -> Run:
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
    carried = _taken_over(folder, run, old, new.standard)
    _keep(target, carried)
    whole = _carried_run(run, carried, new.standard, profile)
    write_run(target, whole)
    complete_searches(target, carried, new.standard)
    for name in COPIED:
        _copy(folder / name, target / name)
    _carry_request(folder, target, new)
    return whole


def _taken_over(folder: Path, run: Run, old: Standard, new: Standard) -> Carried:
    """The judgements that hold, under their new ids; the rest of what the run judged is pending."""
    editions = diff_editions(old, new)
    found = {f.feature_id: f for f in run.findings}
    held, pending = [], []
    for feature in new.features:
        before = editions.old_ids.get(feature.id)
        finding = found.get(before or "")
        if finding is not None and isinstance(finding.outcome, Judgement):
            held.append(_renamed(finding, finding.outcome, old.by_id[before or ""], feature))
        elif finding is not None or (before is None and _is_asked(feature, run.manifest)):
            pending.append(feature.id)
    searched = {row["feature_id"]: row for row in _searches(folder)}
    searches = [
        {**searched[before], "feature_id": f.feature_id}
        for f in held
        if (before := editions.old_ids[f.feature_id]) in searched
    ]
    return Carried(tuple(held), tuple(pending), tuple(searches), _origin(folder, run, old, new))


def _is_asked(feature: Feature, manifest: Row) -> bool:
    """Tell whether a new clause belongs to the part of the standard that the run was asked for."""
    only = manifest.get("only")
    return not only or feature.id == only or feature.id.startswith((f"{only}.", f"{only}-"))


def _renamed(finding: Finding, outcome: Judgement, before: Feature, now: Feature) -> Finding:
    """A judgement under its new number; readings of elements hold where these are the same."""
    elements = outcome.elements if before.elements == now.elements else ()
    return _bare(replace(finding, outcome=replace(outcome, feature_id=now.id, elements=elements)))


def _bare(finding: Finding) -> Finding:
    """A finding before relations, which are applied anew."""
    return replace(finding, verdict=finding.direct_verdict, credited_by=(), credit_reason="")


def _unjudged(feature_id: str) -> Finding:
    return Finding(Failure(feature_id, "", NOT_JUDGED, WHY), None, None)


def _origin(folder: Path, run: Run, old: Standard, new: Standard) -> dict[str, Any]:
    digest = hashlib.sha256((folder / MANIFEST_FILE).read_bytes()).hexdigest()
    return {
        "standard": {"id": old.id, "digest": old.digest},
        "into": new.digest,
        "run": f"sha256:{digest}",
        "city": run.manifest["city"],
        "documents": [[d["name"], d["sha256"]] for d in run.manifest.get("documents", ())],
        "judge": run.manifest.get("judge", {}),
    }


def _carried_run(run: Run, carried: Carried, new: Standard, profile: Profile) -> Run:
    findings = carried.joined((), new)
    manifest = {
        **run.manifest,
        "standard": {"id": new.id, "title": new.title, "digest": new.digest},
        "profile": {"id": profile.id, "version": profile.version, "digest": profile.digest},
        "features": len(findings),
        "failures": len(carried.pending),
        "carried_from": carried.facts(findings),
    }
    score = score_findings(findings, new, profile)
    return replace(run, manifest=with_note(manifest), findings=findings, score=score)


def with_note(manifest: Row) -> Row:
    """The manifest, the judge's quality followed by how many findings another edition gave."""
    line = carried_line(manifest)
    judge = manifest.get("judge")
    if not line or not judge or line in judge.get("quality", ""):
        return manifest
    quality = str(judge.get("quality", "")).rstrip("。")
    both = f"{quality}。{line}" if quality else line
    return {**manifest, "judge": {**judge, "quality": both}}


def carried_line(manifest: Row) -> str:
    """How many findings were carried over, judged and left open; empty where none were carried."""
    facts = manifest.get("carried_from")
    if not facts:
        return ""
    name = facts["standard"].get("id", "")
    judge = (facts.get("judge") or {}).get("name", "")
    by = f"（由 {judge} 判断）" if judge else ""
    old = f"{facts['features']} 条结论沿用自旧版标准 {name} 下的审核{by}"
    judged, left = facts["pending"] - facts["open"], facts["open"]
    return f"{old}，{judged} 条按本版判断，{left} 条尚待判断。"


def _keep(target: Path, carried: Carried) -> None:
    folder = target / CARRIED_FOLDER
    write_lines(folder / FINDINGS_FILE, map(finding_json, carried.findings))
    write_lines(folder / SEARCH_FILE, carried.searches)
    write_json(folder / ORIGIN_FILE, {**carried.origin, "pending": list(carried.pending)})


def read_carried(folder: Path) -> Carried | None:
    """What a run folder took over from another edition, None where nothing was."""
    kept = folder / CARRIED_FOLDER
    if not (kept / ORIGIN_FILE).is_file():
        return None
    origin = read_json(kept / ORIGIN_FILE)
    return Carried(
        findings=tuple(map(finding_from, read_lines(kept / FINDINGS_FILE))),
        pending=tuple(origin["pending"]),
        searches=tuple(read_lines(kept / SEARCH_FILE)),
        origin=origin,
    )


def complete_searches(folder: Path, carried: Carried, standard: Standard) -> None:
    """Put the carried search records beside those of the features that were judged anew."""
    rows = [row for row in _searches(folder) if row["feature_id"] not in carried.ids]
    found = {row["feature_id"]: row for row in (*rows, *carried.searches)}
    write_lines(folder / SEARCH_FILE, [found[f.id] for f in standard.features if f.id in found])


def _searches(folder: Path) -> list[dict[str, Any]]:
    file = folder / SEARCH_FILE
    return read_lines(file) if file.is_file() else []


def _carry_request(folder: Path, target: Path, new: Edition) -> None:
    """Keep what was asked for, so that ``auditor resume`` can judge the rest with the same judge.

    Not where the run was judged by batch files: their answers are to the old clauses.
    """
    file = folder / REQUEST_FILE
    asked = read_json(file) if file.is_file() else {"judge": "none"}
    if asked["judge"] != "none":
        write_json(target / REQUEST_FILE, {**asked, "criteria": name_of(new)})


def name_of(edition: Edition) -> str:
    """What finds an edition again: the name that it ships under, else its path."""
    shipped = {str(shipped_folder(name)): name for name in standards()}
    place = str(edition.folder)
    return shipped.get(place) or str(Path(place).resolve())


def _copy(source: Path, target: Path) -> None:
    if source.is_dir():
        shutil.copytree(source, target, dirs_exist_ok=True)
    elif source.is_file():
        shutil.copy2(source, target)

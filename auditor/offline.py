"""A filled-in 评估底稿 -> decisions: what an auditor changed in the yellow columns, row by row."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from auditor.core.errors import DocumentError, RunError
from auditor.core.events import NOT_APPLICABLE, EventKind, ReviewEvent
from auditor.core.findings import VERDICTS, Finding, Judgement
from auditor.intake.sheets import Sheet, read_sheets
from auditor.report.language import LANGUAGES, Words, words
from auditor.report.working_paper import NAMES
from auditor.reviewing import Placed
from auditor.sheets.texts import plain
from auditor.store.events import content_json
from auditor.store.evidence import citation_json

FIELDS = ("wp_decision", "wp_decision_reason", "wp_reviewer", "wp_approver", "wp_time")
HEAD_ROW = 2


@dataclass(frozen=True, slots=True)
class Filling:
    """What a working paper is read against: findings and standing decisions by feature id.

    ``now`` gives the time of a decision whose cell is empty.
    """

    findings: Mapping[str, Finding]
    standing: Mapping[str, ReviewEvent]
    now: Callable[[], str]


def read_working_paper(file: Path, filling: Filling) -> Iterator[Placed]:
    """Give a row of events.jsonl for every row that says something new.

    Raises:
        RunError: the file is no workbook, or no working paper.
    """
    if not file.is_file():
        raise RunError(f"{file} is not there.", hint="Name a filled-in working paper (.xlsx).")
    try:
        sheets = read_sheets(file.read_bytes(), file.name)
    except DocumentError as error:
        raise RunError(str(error), hint="Save the working paper as .xlsx again.") from error
    w, sheet = _features_of(sheets, file)
    for number, cells in enumerate(sheet.rows[HEAD_ROW:], start=HEAD_ROW + 1):
        texts = [plain(c.strip()) for c in cells] + [""] * len(NAMES)
        row = dict(zip(NAMES, texts, strict=False))
        if row["wp_id"]:
            said = _said(row, filling, w)
            if said is not None:
                yield number, said


def _features_of(sheets: Sequence[Sheet], file: Path) -> tuple[Words, Sheet]:
    """The sheet with the features, in whichever language its heads are."""
    for sheet in sheets:
        for lang in LANGUAGES:
            w = words(lang)
            if len(sheet.rows) >= HEAD_ROW:
                heads = tuple(cell.strip() for cell in sheet.rows[HEAD_ROW - 1][: len(NAMES)])
                if heads == tuple(w[name] for name in NAMES):
                    return w, sheet
    raise RunError(
        f"{file} holds no sheet of a working paper.",
        hint="Fill in the file that auditor report --format xlsx wrote, and keep its columns.",
    )


def _said(row: Mapping[str, str], filling: Filling, w: Words) -> dict[str, Any] | None:
    """What a row says beyond what stands already; None for nothing new.

    An empty time is no difference, so that a file can be taken twice; an empty row is a withdrawal
    only where the sheet was made with the decision in it (another auditor's copy has none).
    """
    event = filling.standing.get(row["wp_id"])
    before = _cells(event, w) if event else dict.fromkeys(FIELDS, "")
    timed = FIELDS if row["wp_time"] else FIELDS[:-1]
    if all(row[name] == before[name] for name in timed):
        return None
    if not row["wp_decision"]:
        emptied = event is not None and row["wp_event"] == event.id
        return _withdrawal(row, before, filling) if emptied else None
    again = row["wp_time"] == before["wp_time"]
    finding = filling.findings.get(row["wp_id"])
    verdict = _verdict(row["wp_decision"], w)
    return {
        "kind": EventKind.DECISION.value,
        "feature_id": row["wp_id"],
        "finding_hash": row["wp_finding"],
        "verdict": verdict,
        "author": row["wp_reviewer"],
        "approver": row["wp_approver"],
        "reason": row["wp_decision_reason"],
        "time": filling.now() if again or not row["wp_time"] else row["wp_time"],
        **_evidence(event, finding, verdict),
    }


def _evidence(event: ReviewEvent | None, finding: Finding | None, verdict: str) -> dict[str, Any]:
    """What the earlier decision of the same verdict rested on, else the machine's citations."""
    if event is not None and content_json(event.content)["verdict"] == verdict:
        said = content_json(event.content)
        return {"citations": said["citations"], "site": said["site"]}
    return {"citations": _citations(finding, verdict)}


def _withdrawal(
    row: Mapping[str, str], before: Mapping[str, str], filling: Filling
) -> dict[str, Any]:
    """A decision that was emptied; the reason must be another than the decision's."""
    same = row["wp_decision_reason"] == before["wp_decision_reason"]
    return {
        "kind": EventKind.WITHDRAWAL.value,
        "feature_id": row["wp_id"],
        "finding_hash": row["wp_finding"],
        "verdict": None,
        "author": row["wp_reviewer"],
        "reason": "" if same else row["wp_decision_reason"],
        "time": filling.now(),
    }


def _cells(event: ReviewEvent, w: Words) -> dict[str, str]:
    """What stands in the yellow columns for a decision."""
    said = event.content
    return {
        "wp_decision": w[said.verdict.value] if said.verdict else w[NOT_APPLICABLE],
        "wp_decision_reason": said.reason,
        "wp_reviewer": said.author,
        "wp_approver": said.approver,
        "wp_time": said.time,
    }


def _verdict(text: str, w: Words) -> str:
    """The verdict that a word of the list stands for; an unknown word as it is (refused later)."""
    names = {w[v.value]: v.value for v in VERDICTS}
    return {**names, w[NOT_APPLICABLE]: NOT_APPLICABLE}.get(text, text)


def _citations(finding: Finding | None, verdict: str) -> list[dict[str, Any]]:
    """The machine's citations, where its verdict was accepted as it is."""
    if finding is None or finding.verdict is None or finding.verdict.value != verdict:
        return []
    outcome = finding.outcome
    return [citation_json(c) for c in outcome.citations] if isinstance(outcome, Judgement) else []

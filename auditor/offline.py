"""A filled-in 评估底稿 -> events: decisions that an auditor changed, records of what was seen."""

from __future__ import annotations

import json
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from auditor.core.errors import DocumentError, ReviewError, RunError
from auditor.core.events import NOT_APPLICABLE, EventContent, EventKind, ReviewEvent
from auditor.core.findings import VERDICTS, Finding, Judgement
from auditor.intake.sheets import MAX_CELL, Sheet, read_sheets
from auditor.report import site_records
from auditor.report.language import LANGUAGES, Words, words
from auditor.report.site_records import SiteRecord, cells_of, record_from, records_of
from auditor.report.working_paper import NAMES
from auditor.reviewing import Placed
from auditor.sheets.texts import neutral, plain
from auditor.store.events import content_json
from auditor.store.evidence import citation_json
from auditor.store.run_folder import dumps

FIELDS = ("wp_decision", "wp_decision_reason", "wp_reviewer", "wp_approver", "wp_time")
NEEDED = ("wp_id", *FIELDS, "wp_event", "wp_finding")
"""Columns of the features that are read; any others may be there, in whatever order."""
HEAD_ROW = 2
Row = dict[str, str]


@dataclass(frozen=True, slots=True)
class Filling:
    """What a working paper is read against: findings and standing decisions by feature id, events.

    ``now`` gives the time of a decision or record whose cell is empty.
    """

    findings: Mapping[str, Finding]
    standing: Mapping[str, ReviewEvent]
    now: Callable[[], str]
    events: Sequence[ReviewEvent] = ()


def read_working_paper(file: Path, filling: Filling) -> Iterator[Placed]:
    """Give a row of events.jsonl for every row that says something new, records on site first.

    Raises:
        RunError: the file is no workbook, or no working paper.
    """
    if not file.is_file():
        raise RunError(f"{file} is not there.", hint="Name a filled-in working paper (.xlsx).")
    try:
        sheets = read_sheets(file.read_bytes(), file.name)
    except DocumentError as error:
        raise RunError(str(error), hint="Save the working paper as .xlsx again.") from error
    features = _table_in(sheets, NAMES, NEEDED)
    if features is None:
        raise RunError(
            f"{file} holds no sheet of a working paper.",
            hint="Fill in the file that auditor report --format xlsx wrote, and keep its columns.",
        )
    records = _table_in(sheets, site_records.NAMES, site_records.NAMES)
    if records is not None:
        yield from _new_records(records, filling)
    for place, row in features.rows():
        if row["wp_id"]:
            said = _said(row, filling, features.w)
            if said is not None:
                yield place, said


@dataclass(frozen=True, slots=True)
class Table:
    """A sheet of a working paper, its language, and where its columns stand."""

    sheet: Sheet
    w: Words
    columns: Mapping[str, int]

    def rows(self) -> Iterator[tuple[str, Row]]:
        """The texts of every row below the heads by column, and the place of the row in words."""
        for number, cells in enumerate(self.sheet.rows[HEAD_ROW:], start=HEAD_ROW + 1):
            texts = {
                name: plain(cells[column].strip()) if column < len(cells) else ""
                for name, column in self.columns.items()
            }
            yield f"“{self.sheet.name}”第 {number} 行", texts


def _table_in(
    sheets: Sequence[Sheet], names: Sequence[str], needed: Collection[str]
) -> Table | None:
    """The sheet that has these columns, in whichever language its heads are."""
    for sheet in sheets:
        heads = [c.strip() for c in sheet.rows[HEAD_ROW - 1]] if len(sheet.rows) >= HEAD_ROW else []
        for lang in LANGUAGES:
            w = words(lang)
            columns = {name: heads.index(w[name]) for name in names if w[name] in heads}
            if columns.keys() >= set(needed):
                return Table(sheet, w, columns)
    return None


def _new_records(table: Table, filling: Filling) -> Iterator[Placed]:
    """Records that no event holds yet; an equal one is no news, whenever it was written down.

    A row of this chain stands as it is: events are never changed. A row of another copy's chain
    is new here.
    """
    there = records_of(filling.events)
    known: dict[str, list[Row]] = {}
    for record in there:
        known.setdefault(record.event_id, []).append(_as_read(cells_of(record, table.w)))
    told = {record.told for record in there if not record.decided}
    for place, row in table.rows():
        if not any(row[name] for name in (*site_records.ASKED, "sr_event")):
            continue
        if row["sr_event"] in known:
            if row not in known[row["sr_event"]]:
                yield place, ReviewError("已导入的现场记录不可改动。", hint=CORRECTION)
            continue
        try:
            record = record_from(row, table.w, filling.now())
        except ReviewError as error:
            yield place, error
            continue
        if record.told not in told:
            told.add(record.told)
            yield place, _record_row(record)


CORRECTION = "更正请在空白行另写一条，并在备注中说明；确是新的一条的，请清空该行的记录号。"


def _as_read(cells: Mapping[str, str]) -> Row:
    """Texts as they come back from a workbook."""
    return {name: plain(neutral(text).strip()[:MAX_CELL].strip()) for name, text in cells.items()}


def _record_row(record: SiteRecord) -> dict[str, Any]:
    """A record as a row of events.jsonl; it speaks of the present finding."""
    content = EventContent(
        kind=EventKind.EVIDENCE,
        feature_id=record.feature_id,
        finding_hash="",
        author=record.recorder,
        reason=record.remark,
        time=record.time,
        site=(record.visit,),
    )
    return _plain_row(content)


def _plain_row(content: EventContent) -> dict[str, Any]:
    """What a person says as rows of a file have it: lists, no tuples."""
    row: dict[str, Any] = json.loads(dumps(content_json(content)))
    return row


def _said(row: Mapping[str, str], filling: Filling, w: Words) -> dict[str, Any] | None:
    """What a row says beyond what stands already; None for nothing new.

    An empty time is no difference, so that a file can be taken twice; an empty row is a withdrawal
    only where the sheet was made with the decision in it (another auditor's copy has none).
    """
    event = filling.standing.get(row["wp_id"])
    before = _as_read(_cells(event, w)) if event else dict.fromkeys(FIELDS, "")
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
    """What the earlier decision of the same verdict rested on, else the machine's citations.

    What was found on site goes along with any verdict.
    """
    if event is None:
        return {"citations": _citations(finding, verdict)}
    said = _plain_row(event.content)
    same = said["verdict"] == verdict
    cited = said["citations"] if same else _citations(finding, verdict)
    return {"citations": cited, "site": said["site"]}


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

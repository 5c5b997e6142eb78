"""Take people's decisions into a run: each row held against the rules, the rest goes on."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from auditor.core.criteria import Standard
from auditor.core.errors import ReviewError, RunError
from auditor.core.events import EventContent, ReviewEvent
from auditor.core.findings import Finding
from auditor.deciding import Said, require_sound
from auditor.standard import schema_validator
from auditor.store.events import append_events, content_from, finding_hash
from auditor.store.run_folder import read_run

Placed = tuple[int, Mapping[str, Any]]
FORM_HINT = "格式见 docs/scoring.zh.md；时间写作 2026-11-02T10:00:00+08:00。"


@dataclass(frozen=True, slots=True)
class Taken:
    """What came of an import: the new events, how many were known, rows that were refused."""

    events: tuple[ReviewEvent, ...]
    known: int
    refused: tuple[str, ...]


def read_rows(file: Path) -> Iterator[Placed]:
    """Rows of a .jsonl file of decisions with their line numbers; raises ``RunError``."""
    if not file.is_file():
        raise RunError(f"{file} is not there.", hint="Name a .jsonl file of decisions.")
    for number, line in enumerate(file.read_text(encoding="utf-8").split("\n"), start=1):
        if line.strip():
            try:
                yield number, json.loads(line)
            except ValueError as error:
                raise RunError(f"{file}:{number} is not valid JSON.", hint=str(error)) from error


def take_decisions(folder: Path, rows: Iterable[Placed], standard: Standard) -> Taken:
    """Chain the sound ones behind the run's events; refuse the others by row, with the reason."""
    run = read_run(folder)
    findings = {f.feature_id: f for f in run.findings}
    texts = {document.name: document.text for document in run.documents}
    sound, refused = [], []
    for number, row in rows:
        try:
            content = sound_content(row, findings, standard)
            require_verbatim(content, texts)
            sound.append(content)
        except ReviewError as error:
            refused.append(f"第 {number} 行：{error}")
    added = append_events(folder, sound)
    return Taken(added, len(sound) - len(added), tuple(refused))


def require_verbatim(content: EventContent, texts: Mapping[str, str]) -> None:
    """Refuse a citation that does not stand in the run's own text of the document.

    Raises:
        ReviewError: names the document; papers that the run no longer holds are passed over.
    """
    for citation in content.citations:
        text = texts.get(citation.document)
        if text is not None and text[citation.span.start : citation.span.end] != citation.quote:
            raise ReviewError(
                f"{content.feature_id}: 引句不在 {citation.document} 的所指位置 (quote not found)",
                hint="引证须逐字取自材料。",
            )


def sound_content(
    row: Mapping[str, Any], findings: Mapping[str, Finding], standard: Standard
) -> EventContent:
    """What a row says, held against the rules; without a hash it speaks of the present finding.

    Raises:
        ReviewError: the row is malformed, names no judged feature, or breaks a rule.
    """
    wrong = next(schema_validator("event").iter_errors(row), None)
    if wrong is not None:
        where = "/".join(map(str, wrong.path))
        raise ReviewError(
            f"不是复核记录 (no review event): {where} {wrong.message}", hint=FORM_HINT
        )
    content = content_from({"finding_hash": "", **row})
    finding = findings.get(content.feature_id)
    if finding is None or content.feature_id not in standard.by_id:
        raise ReviewError(
            f"{content.feature_id}: 本次审核没有该特征 (not judged in this run)",
            hint="请核对特征编号。",
        )
    seen = finding_hash(finding)
    if content.finding_hash and content.finding_hash != seen:
        raise ReviewError(
            f"{content.feature_id}: 所据结论已变 (decided on another finding)",
            hint="请按现在的结论重新确认。",
        )
    content = replace(content, finding_hash=seen)
    require_sound(Said(content, standard.by_id[content.feature_id], finding))
    return content

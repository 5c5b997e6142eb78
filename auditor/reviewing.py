"""Take people's decisions into a run: each row held against the rules, the rest goes on."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from auditor.attesting import ATTESTED, OF_NODES, Attested, nodes_in, require_attested
from auditor.core.criteria import Standard
from auditor.core.errors import ReviewError, RunError
from auditor.core.events import EventContent, EventKind, ReviewEvent
from auditor.core.findings import Finding
from auditor.core.site import SiteVisit
from auditor.deciding import Said, found_on_site, require_sound, standing_decisions
from auditor.recording import RecordSoFar
from auditor.standard import schema_validator
from auditor.store.events import append_events, chained, content_from, finding_hash, read_events
from auditor.store.run_folder import read_run

Row = Mapping[str, Any]
Placed = tuple[int | str, Row | ReviewError]
"""A row and where it stands: the number of its line, or the place in words; the error says what is
wrong with a row that cannot be read.
"""
FORM_HINT = "格式见 docs/scoring.zh.md；时间写作 2026-11-02T10:00:00+08:00。"


@dataclass(frozen=True, slots=True)
class Taken:
    """What came of an import: the new events, how many were known, rows that were refused."""

    events: tuple[ReviewEvent, ...]
    known: int
    refused: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Ground:
    """What rows are held against: findings by id, the standard, the chain, what was found on site.

    ``visits`` are of the chain and of the rows that come with them.
    """

    findings: Mapping[str, Finding]
    standard: Standard
    known: frozenset[str] = frozenset()
    standing: Mapping[str, ReviewEvent] = field(default_factory=dict)
    visits: Mapping[str, tuple[SiteVisit, ...]] = field(default_factory=dict)

    def said(self, content: EventContent) -> Said:
        """What a person says, beside the finding (credited by standing facts alone) and visits."""
        key = content.feature_id
        finding = self.findings[key]
        credit = tuple(by for by in finding.credited_by if self._is_fact(by))
        found = replace(finding, credited_by=credit)
        return Said(content, self.standard.by_id[key], found, self.visits.get(key, ()))

    def _is_fact(self, feature_id: str) -> bool:
        """Whether no person has taken away the fact that credits another feature."""
        event = self.standing.get(feature_id)
        verdict = event.content.verdict if event else None
        return event is None or (verdict is not None and verdict.is_fact)


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
    """Chain the sound ones behind the run's events; refuse the others by row, with the reason.

    What was found on site counts for the decisions that come with it, in whatever order. All else
    is held against the record as it stands when its row comes: what is signed is locked.
    """
    run = read_run(folder)
    texts = {document.name: document.text for document in run.documents}
    placed = list(rows)
    events, findings = read_events(folder), {f.feature_id: f for f in run.findings}
    ground = _ground(events, placed, findings, standard)
    record = RecordSoFar(events, standard, findings)
    sound, refused = [], []
    for place, row in placed:
        try:
            content = sound_content(row, ground)
            require_verbatim(content, texts)
            if content.kind in OF_NODES and not record.knows(content):
                require_attested(Attested(content, nodes_in(standard), record.heads))
            record.require(content)
            record.take(content)
            sound.append(content)
        except ReviewError as error:
            where = place if isinstance(place, str) else f"第 {place} 行"
            refused.append(f"{where}：{error}")
    added = append_events(folder, sound)
    return Taken(added, len(sound) - len(added), tuple(refused))


def _ground(
    events: Sequence[ReviewEvent],
    rows: Iterable[Placed],
    findings: Mapping[str, Finding],
    standard: Standard,
) -> Ground:
    ground = Ground(
        findings=findings,
        standard=standard,
        known=frozenset(event.id for event in events),
        standing=standing_decisions(events),
    )
    visits = found_on_site(events)
    for _, row in rows:
        if isinstance(row, Mapping) and row.get("kind") == EventKind.EVIDENCE.value:
            with suppress(ReviewError):
                content = sound_content(row, ground)
                key = content.feature_id
                visits[key] = (*visits.get(key, ()), *content.site)
    return replace(ground, visits=visits)


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


def sound_content(row: Row | ReviewError, ground: Ground) -> EventContent:
    """What a row says, held against the rules; without a hash it speaks of the present finding.

    What stands in the chain already is not held against them again; what speaks of a whole node
    or of a person is held against the record (``take_decisions``).

    Raises:
        ReviewError: the row is malformed, names no judged feature, or breaks a rule.
    """
    if isinstance(row, ReviewError):
        raise row
    wrong = next(schema_validator("event").iter_errors(row), None)
    if wrong is not None:
        where = "/".join(map(str, wrong.path))
        raise ReviewError(
            f"不是复核记录 (no review event): {where} {wrong.message}", hint=FORM_HINT
        )
    content = content_from({"finding_hash": "", **row})
    if chained(content, "").id in ground.known or content.kind in OF_NODES:
        return content
    finding = ground.findings.get(content.feature_id)
    if finding is None or content.feature_id not in ground.standard.by_id:
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
    if chained(content, "").id not in ground.known:
        _require_sound(ground, content)
    return content


def _require_sound(ground: Ground, content: EventContent) -> None:
    if content.kind in ATTESTED:
        require_attested(Attested(content, ()))
    else:
        require_sound(ground.said(content))

"""events.jsonl of a run folder: review events, chained by their hashes."""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Iterable, Sequence
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any

from filelock import FileLock, Timeout

from auditor.core.errors import RunError
from auditor.core.events import ChainFault, EventContent, EventKind, ReviewEvent, Step
from auditor.core.findings import Finding, Verdict
from auditor.core.site import Attachment, SiteMethod, SiteVisit
from auditor.store.evidence import citation_from, citation_json
from auditor.store.numbers import Json
from auditor.store.records import finding_json
from auditor.store.run_folder import dumps

EVENTS_FILE = "events.jsonl"
ID_LENGTH = 16
LOCK_TIMEOUT_S = 30.0


def finding_hash(finding: Finding) -> str:
    """The sha256 of what the machine found for a feature by itself, whatever credits it later."""
    alone = replace(
        finding, verdict=finding.direct_verdict, credited_by=(), credit_reason="", decision=None
    )
    return _sha256(finding_json(alone))


def content_json(content: EventContent) -> Json:
    """What a person said, as in the file."""
    verdict: str | None = content.verdict.value if content.verdict else None
    return {
        "kind": content.kind.value,
        "feature_id": content.feature_id,
        "finding_hash": content.finding_hash,
        "verdict": "not_applicable" if content.not_applicable else verdict,
        "citations": [citation_json(c) for c in content.citations],
        "author": content.author,
        "approver": content.approver,
        "reason": content.reason,
        "time": content.time,
        "site": [_visit_json(visit) for visit in content.site],
        **_rarely_json(content),
    }


def _rarely_json(content: EventContent) -> Json:
    """What few events say, each key only where it applies, so that other hashes stay."""
    rare: Json = {
        "node": content.node,
        "step": content.step.value if content.step else None,
        "bulk": content.bulk,
        "basis": list(content.basis),
    }
    return {key: value for key, value in rare.items() if value}


def _visit_json(visit: SiteVisit) -> Json:
    return {**asdict(visit), "method": visit.method.value}


def content_from(row: Json) -> EventContent:
    """Read what a person said; raises ``KeyError``, ``ValueError`` or ``TypeError``."""
    verdict = row["verdict"]
    excused = verdict == "not_applicable"
    return EventContent(
        kind=EventKind(row["kind"]),
        feature_id=row["feature_id"],
        finding_hash=row["finding_hash"],
        author=row["author"],
        reason=row["reason"],
        time=row["time"],
        verdict=Verdict(verdict) if verdict and not excused else None,
        not_applicable=excused,
        approver=row.get("approver", ""),
        citations=tuple(citation_from(c) for c in row.get("citations", ())),
        site=tuple(_visit_from(v) for v in row.get("site", ())),
        node=row.get("node", ""),
        step=Step(row["step"]) if row.get("step") else None,
        bulk=row.get("bulk", False),
        basis=tuple(row.get("basis", ())),
    )


def _visit_from(row: Json) -> SiteVisit:
    return SiteVisit(
        method=SiteMethod(row["method"]),
        date=row["date"],
        place=row["place"],
        roles_present=tuple(row["roles_present"]),
        result=row["result"],
        system=row.get("system", ""),
        network=row.get("network", ""),
        account_role=row.get("account_role", ""),
        steps=tuple(row.get("steps", ())),
        attachments=tuple(Attachment(a["name"], a["sha256"]) for a in row.get("attachments", ())),
    )


def event_json(event: ReviewEvent) -> Json:
    """One line of events.jsonl."""
    chained = {"id": event.id, "previous": event.previous, "hash": event.hash}
    return {**content_json(event.content), **chained}


def chained(content: EventContent, previous: str) -> ReviewEvent:
    """Set an event behind the one whose hash is ``previous``."""
    row = content_json(content)
    identity = _sha256(row)[:ID_LENGTH]
    whole = _sha256({**row, "id": identity, "previous": previous})
    return ReviewEvent(identity, content, previous, whole)


def event_from(row: Json) -> ReviewEvent:
    """Read one line of events.jsonl."""
    return ReviewEvent(row["id"], content_from(row), row["previous"], row["hash"])


def read_events(folder: Path) -> tuple[ReviewEvent, ...]:
    """The review events of a run, in order; none where nobody has reviewed.

    Raises:
        RunError: the file is broken, or its chain is.
    """
    file = folder / EVENTS_FILE
    if not file.is_file():
        return ()
    events = parse_events(file)
    faults = chain_faults(events)
    if faults:
        raise RunError(
            f"{file}: 第 {faults[0].place} 条复核记录不可信（{faults[0].message}）。",
            hint="auditor log verify tells all; restore the file from a copy.",
        )
    return events


def parse_events(file: Path) -> tuple[ReviewEvent, ...]:
    """Read the lines without looking at the chain.

    A last line without its line break was never confirmed to anyone (a write that was cut off) and
    is left out.

    Raises:
        RunError: a line is no review event; it is named.
    """
    text = file.read_text(encoding="utf-8")
    events = []
    for number, line in enumerate(text[: _whole(text)].split("\n")[:-1], start=1):
        try:
            event = event_from(json.loads(line))
            if line != dumps(event_json(event)):
                raise ValueError("not as it was written")
            events.append(event)
        except (KeyError, ValueError, TypeError, AttributeError) as error:
            raise RunError(
                f"{file}:{number} is no review event ({error}).",
                hint="Restore the file from a copy; what was decided stands in it line by line.",
            ) from error
    return tuple(events)


def _whole(text: str) -> int:
    """Up to where the lines are whole."""
    return text.rfind("\n") + 1


def chain_faults(events: Sequence[ReviewEvent], head: str = "") -> list[ChainFault]:
    """Every place where the chain is broken; with ``head``, also whether its end was cut."""
    faults, previous = [], ""
    for place, event in enumerate(events, start=1):
        anew = chained(event.content, previous)
        if event.previous != previous:
            faults.append(ChainFault(place, "与上一条记录不相接"))
        elif event.id != anew.id or event.hash != anew.hash:
            faults.append(ChainFault(place, "内容与其散列值不符"))
        previous = event.hash
    if head and head not in {event.hash for event in events}:
        faults.append(ChainFault(len(events) + 1, "末尾缺少记录：不见所给的散列值"))
    return faults


def append_events(folder: Path, contents: Iterable[EventContent]) -> tuple[ReviewEvent, ...]:
    """Chain what people said behind what is there; gives the events that were added.

    What is there already (same content) is left out, so that an import can be repeated. One writer
    at a time; an event is on disk when this returns.

    Raises:
        RunError: the chain is broken, or another program holds the file.
    """
    file = folder / EVENTS_FILE
    try:
        with FileLock(file.with_suffix(".lock"), timeout=LOCK_TIMEOUT_S):
            there = read_events(folder)
            known = {event.id for event in there}
            previous = there[-1].hash if there else ""
            added = []
            for content in contents:
                event = chained(content, previous)
                if event.id not in known:
                    added.append(event)
                    known.add(event.id)
                    previous = event.hash
            _append(file, [dumps(event_json(event)) for event in added])
    except Timeout as error:
        raise RunError(
            f"{file} is being written by another program.", hint="Try again in a moment."
        ) from error
    return tuple(added)


def _append(file: Path, lines: Sequence[str]) -> None:
    if lines:
        _drop_torn_line(file)
        with file.open("a", encoding="utf-8", newline="\n") as stream:
            stream.write("".join(line + "\n" for line in lines))
            stream.flush()
            os.fsync(stream.fileno())


def _drop_torn_line(file: Path) -> None:
    """Take away the beginning of a line whose writing was cut off."""
    if file.is_file():
        text = file.read_bytes()
        end = text.rfind(b"\n") + 1
        if end < len(text):
            with file.open("r+b") as stream:
                stream.truncate(end)


def _sha256(row: Any) -> str:
    return hashlib.sha256(dumps(row).encode()).hexdigest()

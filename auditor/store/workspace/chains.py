"""Whether the record of a run in a database is what was written there."""

from __future__ import annotations

import json
from collections.abc import Sequence

from auditor.core.workspace import RunEntry
from auditor.store.events import chain_faults, event_from


def record_faults(entry: RunEntry, payloads: Sequence[str], head: str = "") -> list[str]:
    """Every way in which a run's record is not to be trusted, one line each; none where it is.

    ``payloads`` are its events in order. With ``head``, the hash of an event that must be there,
    a cut is found even where the run's own head was changed to hide it.
    """
    try:
        events = [event_from(json.loads(payload)) for payload in payloads]
    except (KeyError, ValueError, TypeError, AttributeError) as error:
        return [f"有一条不是复核记录 (no review event: {error})"]
    faults = [f"第 {f.place} 条：{f.message}" for f in chain_faults(events, head)]
    last = events[-1].hash if events else ""
    if (last, len(events)) != (entry.head, entry.events):
        faults.append(f"应有 {entry.events} 条，末条 {entry.head or '—'}；实有 {len(events)} 条")
    return faults

"""Addresses of pages, and filters in them: a filtered list can be linked to."""

from __future__ import annotations

from collections.abc import Mapping
from urllib.parse import urlencode

from auditor.workbench.queues import Done, Filter, Queue

LONGEST = 60


def filter_of(query: Mapping[str, str]) -> Filter:
    """Read a filter from an address; what is no filter is passed over."""
    queue, done, level = query.get("queue", ""), query.get("done", ""), query.get("level", "")
    return Filter(
        queue=Queue(queue) if queue in Queue.__members__.values() else Queue.ORDER,
        done=Done(done) if done in Done.__members__.values() else Done.OPEN,
        node=query.get("node", "")[:LONGEST],
        verdict=query.get("verdict", "")[:LONGEST],
        level=int(level) if level in ("1", "2", "3", "4", "5") else 0,
        text=query.get("text", "")[:LONGEST],
    )


def query_of(chosen: Filter) -> str:
    """A filter as the part of an address behind the question mark."""
    given = {
        "queue": chosen.queue.value,
        "done": chosen.done.value,
        "node": chosen.node,
        "verdict": chosen.verdict,
        "level": str(chosen.level) if chosen.level else "",
        "text": chosen.text,
    }
    return urlencode({key: value for key, value in given.items() if value})


def blind_path(run_id: str, feature_id: str) -> str:
    """The address of a feature for one of the two who review it blind."""
    return f"/runs/{run_id}/blind/{feature_id}?blind=1"


def adjudication_path(run_id: str, feature_id: str) -> str:
    """The address of a feature for who adjudicates it."""
    return f"/runs/{run_id}/adjudication/{feature_id}?adjudicate=1"


def feature_path(run_id: str, feature_id: str, chosen: Filter) -> str:
    """The address of a feature within a queue."""
    return f"/runs/{run_id}/features/{feature_id}?{query_of(chosen)}"

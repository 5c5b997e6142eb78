"""The record behind a report: its head hash, who signed what (编制—审核—批准), 回避声明."""

from __future__ import annotations

from dataclasses import dataclass

from auditor.core.criteria import Standard
from auditor.core.events import EventKind
from auditor.core.result import Result
from auditor.core.signing import CITY, Signature, signatures_of
from auditor.core.times import told_time
from auditor.report.language import Words

SHORT = 16
COLUMNS = (("sg_node", 30.0), ("sg_step", 10.0), ("sg_author", 16.0), ("sg_time", 26.0),
           ("sg_under", 66.0))  # fmt: skip
"""The heads of ``Record.rows`` by their word, with widths in characters."""


@dataclass(frozen=True, slots=True)
class Record:
    """What a report prints of its record; ``rows``: node, step, name, time, head signed under."""

    events: int
    head: str
    said: str
    rows: tuple[tuple[str, str, str, str, str], ...]
    declared: tuple[tuple[str, str, str], ...]

    @property
    def short_rows(self) -> tuple[tuple[str, str, str, str, str], ...]:
        """The rows with hashes cut short, for paper."""
        return tuple((*row[:3], minute(row[3]), row[4][:SHORT]) for row in self.rows)


def minute(time: str) -> str:
    """A time of an event for paper, to the minute, in the zone that it was recorded in.

    Never in the zone of the machine that makes the report: its bytes follow from the record alone.
    """
    return told_time(time)


def record_of(result: Result, standard: Standard, w: Words) -> Record | None:
    """The record of a result; None where nobody has said anything (or it is redacted)."""
    if not result.events:
        return None
    names = _names(standard, str(result.run.manifest["city"]))
    signed = signatures_of(result.events)
    place = {node: n for n, node in enumerate(names)}
    rows = [
        _row(signature, names, w)
        for node in sorted(signed, key=lambda node: place.get(node, len(place)))
        for signature in signed[node]
    ]
    declared = [
        (e.content.author, e.content.time, e.content.reason)
        for e in result.events
        if e.content.kind is EventKind.DECLARATION
    ]
    head = result.events[-1].hash
    said = w["sg_said" if rows else "sg_unsigned"]
    said = said.format(events=len(result.events), head=head)
    return Record(len(result.events), head, said, tuple(rows), tuple(declared))


def _row(signature: Signature, names: dict[str, str], w: Words) -> tuple[str, str, str, str, str]:
    node = names.get(signature.node, signature.node)
    step = w[f"sg_{signature.step.value}"]
    return node, step, signature.author, signature.time, signature.head


def _names(standard: Standard, city: str) -> dict[str, str]:
    """The names of all nodes, the city first, in the order of the standard."""
    names = {CITY: city}
    for domain in standard.domains:
        names[domain.id] = f"{domain.id} {domain.name}"
        for subdomain in domain.subdomains:
            names[subdomain.id] = f"{subdomain.id} {subdomain.name}"
            names |= {item.id: f"{item.id} {item.name}" for item in subdomain.items}
    return names

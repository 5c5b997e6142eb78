"""What left the machine: which passages of which documents went to which endpoint."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

from auditor.core.passages import Passage
from auditor.judge.lines import Lines


class SentLog:
    """Kept before each call, so that nothing leaves unlogged even where the run is interrupted.

    With ``file`` every call is a JSON line on disk and a resumed run goes on from there; without,
    the log lives as long as the judge.
    """

    def __init__(self, file: Path | None = None) -> None:
        self._lines = Lines(file)
        self._sent: dict[str, dict[str, dict[str, int]]] = {}
        self._calls: dict[str, int] = {}
        self._withheld: dict[str, tuple[str, set[str]]] = {}
        for row in self._lines.read():
            self._take(row)

    def sending(self, host: str, passages: Sequence[Passage]) -> None:
        """Note a call to ``host`` that shows these passages; once a call, before it is made."""
        shown = [[p.document, p.id, len(p.text)] for p in passages]
        self._note({"host": host, "shown": shown})

    def withholding(self, passages: Iterable[tuple[Passage, str]]) -> None:
        """Note passages that were not sent, each with the reason (Chinese)."""
        with self._lines.lock:
            rows = [[p.document, p.id, r] for p, r in passages if not self._knows(p.document, p)]
            if rows:
                self._note({"withheld": rows})

    def facts(self) -> dict[str, Any]:
        """The manifest's entry; documents by name, passages by number, whatever the order of calls.

        ``endpoints``: host, number of calls, characters, and per document its passages' ids and
        their characters (each passage counted once a host). ``withheld``: per document the reason
        and the number of passages that were found for a feature and not sent.
        """
        return {
            "endpoints": [self._endpoint(host) for host in sorted(self._calls)],
            "withheld": [
                {"document": name, "reason": reason, "passages": len(ids)}
                for name, (reason, ids) in sorted(self._withheld.items())
            ],
        }

    def _endpoint(self, host: str) -> dict[str, Any]:
        documents = [
            {
                "document": name,
                "passages": sorted(passages, key=_number),
                "characters": sum(passages.values()),
            }
            for name, passages in sorted(self._sent.get(host, {}).items())
        ]
        total = sum(sum(passages.values()) for passages in self._sent.get(host, {}).values())
        return {
            "host": host,
            "calls": self._calls[host],
            "characters": total,
            "documents": documents,
        }

    def _knows(self, document: str, passage: Passage) -> bool:
        return document in self._withheld and passage.id in self._withheld[document][1]

    def _note(self, row: dict[str, Any]) -> None:
        with self._lines.lock:
            self._lines.append(row)
            self._take(row)

    def _take(self, row: dict[str, Any]) -> None:
        for name, passage, reason in row.get("withheld", ()):
            self._withheld.setdefault(name, (reason, set()))[1].add(passage)
        if "host" not in row:
            return
        host = row["host"]
        self._calls[host] = self._calls.get(host, 0) + 1
        for name, passage, characters in row["shown"]:
            self._sent.setdefault(host, {}).setdefault(name, {})[passage] = characters


def _number(passage_id: str) -> tuple[str, int, str]:
    stem, _, number = passage_id.rpartition(".")
    return (stem, int(number), "") if number.isdigit() else (stem, 0, number)

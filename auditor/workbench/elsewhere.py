"""elsewhere.json of an open run: read anew only after an analysis has written it anew."""

from __future__ import annotations

from pathlib import Path

from auditor.core.across import AlsoIn, Elsewhere
from auditor.core.findings import Citation
from auditor.store.elsewhere import ELSEWHERE_FILE, also_in, read_elsewhere

Stamp = tuple[int, int] | None


class ElsewhereOfRun:
    """Where else the cited sentences of one run stand."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._kept: tuple[Stamp, Elsewhere] = (None, {})

    def of(self, citation: Citation) -> AlsoIn | None:
        """The other places of a cited sentence; None where none are known."""
        stamp = self._stamp()
        if stamp is None:
            return None
        known, found = self._kept
        if known != stamp:
            found = read_elsewhere(self._folder)
            self._kept = stamp, found
        return also_in(found, citation)

    def _stamp(self) -> Stamp:
        try:
            facts = (self._folder / ELSEWHERE_FILE).stat()
        except OSError:
            return None
        return facts.st_mtime_ns, facts.st_size

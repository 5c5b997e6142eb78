"""The sign of life of a reader at work: it re-arms the limits on the time between two pages."""

from __future__ import annotations

from collections.abc import Callable

Beat = Callable[[int, int], None]
_beats: list[Beat] = []


def listen(beat: Beat) -> None:
    """Let ``beat`` (pages done, pages in all) be called whenever a page has been read."""
    _beats[:] = [beat]


def page_done(done: int, total: int) -> None:
    """Tell that ``done`` of ``total`` pages have been read."""
    for beat in _beats:
        beat(done, total)

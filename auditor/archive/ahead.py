"""Reading ahead: LibreOffice converts the papers of the next cities together with those of one.

Its start takes longer than a paper, and in many archives a city is one paper. One worker of a
machine reads ahead at a time, and only where several papers wait; the others go on meanwhile. What
was read ahead counts as read for its city, as if the city had come first.
"""

from __future__ import annotations

import logging
from collections.abc import Iterator, Sequence
from contextlib import suppress
from dataclasses import replace
from pathlib import Path

from filelock import FileLock, Timeout

from auditor.core.jobs import Job
from auditor.ingest.taking import Settings, Source, read_ahead, source_of

LOGGER = logging.getLogger(__name__)
CITIES = 12
"""How many cities are read together: their first waits until all are read."""
LEAST = 3
LOCK_FILE = "ahead.lock"
MOST_BYTES = 16 * 1024 * 1024
WORD_FILES = (".doc", ".docx", ".docm", ".rtf", ".wps", ".odt")


class Ahead:
    """Reads ahead and remembers what it read: an empty file by content in ``notes``.

    ``lock``: a file of this machine that one worker holds at a time.
    """

    def __init__(self, notes: Path, lock: Path) -> None:
        self._notes = notes
        self._lock = FileLock(lock)
        self._tried: set[str] = set()

    def read(self, jobs: Sequence[Job], settings: Settings) -> int:
        """Read the papers of these cities into what is kept, where several wait; tells how many."""
        try:
            with self._lock.acquire(timeout=0):
                return self._read(jobs, settings)
        except Timeout:
            return 0
        except Exception:
            # whatever is wrong with another city's paper is that city's trouble, in its own turn
            LOGGER.warning("reading ahead ended early", exc_info=True)
            return 0

    def _read(self, jobs: Sequence[Job], settings: Settings) -> int:
        papers = list(single_papers(jobs))
        if len(papers) < LEAST:
            return 0
        read = read_ahead(papers, settings, LEAST, self._tried)
        self._notes.mkdir(parents=True, exist_ok=True)
        for key in read:
            (self._notes / key).touch()
        return len(read)

    def was_read(self, key: str) -> bool:
        """Whether a content was read ahead for whoever asks first; says so once."""
        try:
            (self._notes / key).unlink()
        except OSError:
            return False
        return True


def single_papers(jobs: Sequence[Job]) -> Iterator[Source]:
    """The papers of cities that are one Word file, as many as are small enough together."""
    room = MOST_BYTES
    for number, job in enumerate(jobs):
        paths = [Path(path) for path in job.request["files"].values()]
        if len(paths) != 1 or paths[0].suffix.lower() not in WORD_FILES or paths[0].is_symlink():
            continue
        with suppress(OSError):
            room -= paths[0].stat().st_size
            if room < 0:
                return
            source = source_of(paths[0].read_bytes(), paths[0].name)
            yield replace(source, name=f"{number}/{source.name}")

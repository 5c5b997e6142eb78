"""What lies where in the output folder of an archive."""

from __future__ import annotations

ARCHIVE_FILE = "archive.json"
CITIES_FOLDER, WORK_FOLDER, EARLIER_FOLDER = "cities", "work", "earlier"
JOURNAL_FILE = "journal.db"

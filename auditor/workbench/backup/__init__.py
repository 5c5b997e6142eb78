"""A workspace in one file, and back: over SQLite or PostgreSQL, whichever it came from."""

"""Runs on disk: vectors, the journal of a running audit, run folders (the only SQL)."""

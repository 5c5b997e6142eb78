"""Spreadsheets that the tool writes, and texts made harmless for them."""

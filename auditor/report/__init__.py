"""Score + findings -> reports that people read (pages, papers, tables; internal and redacted)."""

from auditor.report.writer import FORMATS, write_public, write_report

__all__ = ["FORMATS", "write_public", "write_report"]

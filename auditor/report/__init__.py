"""Score + findings -> reports that people read (html now; more formats later)."""

from auditor.report.writer import FORMATS, write_report

__all__ = ["FORMATS", "write_report"]

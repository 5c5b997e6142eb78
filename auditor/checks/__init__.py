"""Judgement -> checked judgement: pure rules that can only lower a verdict."""

from auditor.checks.rules import Evidence, check_judgement

__all__ = ["Evidence", "check_judgement"]

"""Findings -> Score: the deterministic cumulative-level scorer (pure: no clock, no model)."""

from auditor.scoring.scorer import score_findings

__all__ = ["score_findings"]

"""Figures in Chinese official prose, and thresholds that are compared in code, never by a model."""

from auditor.quantities.readings import Outcome, Reading, compare, holds, readings

__all__ = ["Outcome", "Reading", "compare", "holds", "readings"]

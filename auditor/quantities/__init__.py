"""Figures in Chinese official prose, and thresholds that are compared in code, never by a model."""

from auditor.quantities.readings import Reading, holds, readings

__all__ = ["Reading", "holds", "readings"]

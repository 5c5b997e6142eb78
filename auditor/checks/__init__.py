"""Judgement -> checked judgement: pure rules that can only lower a verdict, and flags."""

from auditor.checks.absence import Looked, with_absence
from auditor.checks.age import check_age
from auditor.checks.contradictions import (
    Contradiction,
    check_contradictions,
    check_of,
    find_contradictions,
)
from auditor.checks.independence import with_backing
from auditor.checks.orders import flag_instructions
from auditor.checks.reuse import flag_reuse
from auditor.checks.review import flag_unsure
from auditor.checks.rules import Evidence, check_judgement

__all__ = [
    "Contradiction",
    "Evidence",
    "Looked",
    "check_age",
    "check_contradictions",
    "check_judgement",
    "check_of",
    "find_contradictions",
    "flag_instructions",
    "flag_reuse",
    "flag_unsure",
    "with_absence",
    "with_backing",
]

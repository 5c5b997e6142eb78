"""What came of taking a dossier in, before anything is judged."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from auditor.core.documents import Document, LeftOut


@dataclass(frozen=True, slots=True)
class SubdomainCoverage:
    """What the dossier holds on one sub-domain, as far as the calibrated screen can tell.

    A passage speaks to the sub-domain where the screen puts the chance of any verdict but
    ``no_evidence`` at one half or more for one of its features, and the passage carries it.
    ``kinds`` and ``grades`` count those passages by the kind and the grade of their document;
    ``lacking`` names in Chinese the kinds of evidence that are missing (only plans, no
    statistics …); ``features_spoken`` of ``features`` are spoken to.
    """

    subdomain_id: str
    name: str
    domain_id: str
    features: int
    features_spoken: int
    passages: int
    documents: tuple[str, ...]
    kinds: Mapping[str, int]
    grades: Mapping[str, int]
    lacking: tuple[str, ...]
    silent_features: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Intake:
    """The result of ``auditor intake``; ``manifest`` is the content of intake.json beside it."""

    city: str
    documents: tuple[Document, ...]
    left_out: tuple[LeftOut, ...]
    coverage: tuple[SubdomainCoverage, ...]
    manifest: Mapping[str, Any]

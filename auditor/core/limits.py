"""Limits of the checks: what counts as old, as unsure, as used too often (all of them choices)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from auditor.core.criteria import FeatureType
from auditor.core.documents import DocumentKind

FIVE_YEARS = 5
"""Codebook rule 8."""
LASTING = (FeatureType.DOCUMENT, FeatureType.MECHANISM)
"""What does not change fast: a paper or a rule in force is not old."""


@dataclass(frozen=True, slots=True)
class AgeLimits:
    """After how many years before the assessment date a statement is old; None: never.

    ``by_type`` goes by what the feature demands (its leading type), ``by_kind`` by the paper
    that is cited; the paper's kind decides where both speak, unless the matter itself lasts.
    """

    default_years: int | None = FIVE_YEARS
    by_type: Mapping[FeatureType, int | None] = field(
        default_factory=lambda: dict.fromkeys(LASTING)
    )
    by_kind: Mapping[DocumentKind, int | None] = field(
        default_factory=lambda: {DocumentKind.REGULATION: None}
    )

    def years(self, matter: FeatureType, kind: DocumentKind) -> int | None:
        """The limit for a feature of type ``matter`` shown by a paper of ``kind``."""
        by_matter = self.by_type.get(matter, self.default_years)
        if by_matter is None:
            return None
        return self.by_kind.get(kind, by_matter)


@dataclass(frozen=True, slots=True)
class CheckLimits:
    """A named, versioned set of limits.

    ``low_confidence``: below it a finding is to be reviewed first; ``most_uses``: for how many
    features one sentence may be cited before the weaker uses are flagged.
    """

    id: str = "codebook"
    version: str = "1"
    age: AgeLimits = field(default_factory=AgeLimits)
    low_confidence: float = 0.5
    most_uses: int = 5
    digest: str = ""

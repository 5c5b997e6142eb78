"""What the screen model sees of one feature: search signals, the feature itself, its prior."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from auditor.core.criteria import Feature, FeatureType, Means, Reach
from auditor.core.search import SearchRecord

PRIOR = ("prior_rank", "prior_green", "prior_fact", "prior_planned", "prior_silent")


def feature_inputs(feature: Feature) -> dict[str, float]:
    """The feature's own properties as numbers."""
    row = {
        "level": float(feature.level),
        "elements_count": float(len(feature.elements)),
        "part": float(feature.reach is Reach.PART),
        "immature": float(feature.immature is not None),
        "threshold": float(any(q.checked for q in feature.quantities)),
        "paper": float(Means.PAPER in feature.shown_by),
        "text_length": float(len(feature.text)),
    }
    for kind in FeatureType:
        row[f"type_{kind.value}"] = float(kind in feature.types)
    row["leading_document"] = float(feature.types[:1] == (FeatureType.DOCUMENT,))
    row["leading_mechanism"] = float(feature.types[:1] == (FeatureType.MECHANISM,))
    return row


def all_inputs(
    feature: Feature, record: SearchRecord, prior: Sequence[float]
) -> Mapping[str, float]:
    """Every named input of the screen model for one feature."""
    return {
        **record.signals,
        **feature_inputs(feature),
        **dict(zip(PRIOR, prior, strict=True)),
    }

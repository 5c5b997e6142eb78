"""criteria/<standard>/checks.yaml, or a file of the user's -> the limits of the checks."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from importlib.resources.abc import Traversable
from pathlib import Path
from typing import Any

from auditor.core.criteria import FeatureType
from auditor.core.documents import DocumentKind
from auditor.core.errors import ConfigurationError
from auditor.core.limits import AgeLimits, CheckLimits
from auditor.standard import Edition, read_validated, shipped_folder

FILE = "checks.yaml"


def load_limits(file: Path | None = None, edition: Edition | None = None) -> CheckLimits:
    """Load the limits of ``file``, else those of an edition, else those that ship.

    Raises:
        ConfigurationError: ``file`` cannot be read.
        CriteriaError: it breaks criteria/schema/checks.schema.json (with the line).
    """
    if file is None:
        own = edition.folder / FILE if edition else None
        return parse_limits(own if own is not None and own.is_file() else shipped_folder() / FILE)
    if not file.is_file():
        raise ConfigurationError(
            f"{file} is not a file.",
            hint="请给出核验限值文件，格式见 criteria 中的 checks.yaml (a file like checks.yaml).",
        )
    return parse_limits(file)


def parse_limits(file: Traversable) -> CheckLimits:
    """Read one file of limits, validated by its schema."""
    row = read_validated(file, "checks")
    age = row["age"]
    return CheckLimits(
        id=row["id"],
        version=row["version"],
        age=AgeLimits(
            default_years=age["default_years"],
            by_type={FeatureType(k): v for k, v in (age.get("by_type") or {}).items()},
            by_kind={DocumentKind(k): v for k, v in (age.get("by_kind") or {}).items()},
        ),
        low_confidence=float(row["low_confidence"]),
        most_uses=row["most_uses"],
        digest=f"sha256:{hashlib.sha256(file.read_bytes()).hexdigest()}",
    )


def limits_facts(limits: CheckLimits) -> Mapping[str, Any]:
    """What the manifest says of the limits."""
    return {
        "id": limits.id,
        "version": limits.version,
        "digest": limits.digest,
        "age_years": {
            "default": limits.age.default_years,
            "by_type": {k.value: v for k, v in limits.age.by_type.items()},
            "by_kind": {k.value: v for k, v in limits.age.by_kind.items()},
        },
        "low_confidence": limits.low_confidence,
        "most_uses": limits.most_uses,
    }

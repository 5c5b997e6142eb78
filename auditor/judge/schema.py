"""The form of a reply as a JSON schema, for endpoints that can hold a model to one."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from auditor.core.criteria import Feature
from auditor.core.findings import VERDICTS
from auditor.core.passages import Modality
from auditor.judge.reply import VALUE_FIELDS
from auditor.judge.sheet import measures_of

VERDICT = {"type": "string", "enum": [v.value for v in reversed(VERDICTS)]}
SAID = {"type": "string", "pattern": f"^S[0-9]+:({'|'.join(m.value for m in Modality)})$"}


def reply_schema(features: Sequence[Feature]) -> dict[str, Any]:
    """The schema of one reply on ``features``, in the strict subset that endpoints take."""
    rows = [_row(feature) for feature in features]
    return _object({"features": {"type": "array", "items": {"anyOf": rows}}})


def _row(feature: Feature) -> dict[str, Any]:
    element = _object({"verdict": VERDICT, "sentences": {"type": "array", "items": SAID}})
    row: dict[str, Any] = {
        "id": {"type": "string", "enum": [feature.id]},
        "elements": _object({e.id: element for e in feature.elements}),
    }
    if measures := measures_of(feature):
        value = _object({name: {"type": ["string", "null"]} for name in VALUE_FIELDS})
        row["values"] = _object({key: {"anyOf": [value, {"type": "null"}]} for key in measures})
    return _object(row | {"verdict": VERDICT, "reason": {"type": "string"}})


def _object(properties: dict[str, Any]) -> dict[str, Any]:
    return {
        "type": "object",
        "properties": properties,
        "required": list(properties),
        "additionalProperties": False,
    }

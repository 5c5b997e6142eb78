"""The same matters as facts, as plans, and about other places: only the facts may be green."""

from __future__ import annotations

from pathlib import Path

import pytest
import yaml

from auditor.core.criteria import FeatureType
from auditor.standard import load_standard
from tests.e2e.conftest import auditor, lines

JUDGES = [
    pytest.param("screen", marks=pytest.mark.model),
    pytest.param("local", marks=[pytest.mark.model, pytest.mark.llm, pytest.mark.long]),
]


def green_in(name: str, judge: str, root: Path, out: Path) -> set[str]:
    done = auditor(
        "run", root / "examples/twins" / name, "--city", "临澜市", "-o", out, "--judge", judge
    )
    assert done.code == 0, done.err
    rows = lines(out / "findings.jsonl")
    assert not [row for row in rows if "failure" in row]
    return {r["feature_id"] for r in rows if r["verdict"] in ("met", "mostly_met")}


@pytest.mark.parametrize("judge", JUDGES)
def test_facts_are_found(judge: str, root: Path, tmp_path: Path) -> None:
    text = (root / "examples/twins/matters.yaml").read_text(encoding="utf-8")
    planted = {row["feature"] for row in yaml.safe_load(text)["matters"]}
    green = green_in("facts", judge, root, tmp_path / "out")
    assert len(green & planted) >= 0.7 * len(planted)


@pytest.mark.parametrize("judge", JUDGES)
@pytest.mark.parametrize("name", ["plans", "elsewhere"])
def test_plans_and_other_places_prove_no_capability(
    name: str, judge: str, root: Path, tmp_path: Path
) -> None:
    capabilities = {f.id for f in load_standard().features if FeatureType.CAPABILITY in f.types}
    assert not green_in(name, judge, root, tmp_path / "out") & capabilities

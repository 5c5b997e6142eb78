"""The limits of the checks are a validated file; the manifest and the guide name them."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
import yaml

from auditor.core.criteria import FeatureType
from auditor.core.documents import DocumentKind
from auditor.core.errors import ConfigurationError, CriteriaError
from auditor.core.findings import AbsenceKind, Rejection
from auditor.core.limits import AgeLimits, CheckLimits
from auditor.core.review import RULE_ORDER
from auditor.limits import limits_facts, load_limits
from auditor.report.language import words

CODE = re.compile(r"`([^`\n]+)`")


def test_the_shipped_limits_are_the_codebooks() -> None:
    limits = load_limits()
    assert limits.age == AgeLimits()
    assert (limits.low_confidence, limits.most_uses) == (0.5, 5)
    assert limits.age.years(FeatureType.CAPABILITY, DocumentKind.SUMMARY) == 5
    assert limits.age.years(FeatureType.CAPABILITY, DocumentKind.REGULATION) is None
    assert limits.age.years(FeatureType.DOCUMENT, DocumentKind.NEWS) is None


def test_the_manifest_names_limits_by_content(tmp_path: Path) -> None:
    file = tmp_path / "mine.yaml"
    file.write_text(
        "id: mine\nversion: '2'\nage: {default_years: 3, by_kind: {statistics: 2}}\n"
        "low_confidence: 0.4\nmost_uses: 7\n",
        encoding="utf-8",
    )
    facts = limits_facts(load_limits(file))
    assert facts["age_years"] == {"default": 3, "by_type": {}, "by_kind": {"statistics": 2}}
    assert (facts["id"], facts["low_confidence"], facts["most_uses"]) == ("mine", 0.4, 7)
    assert facts["digest"].startswith("sha256:")
    assert facts["digest"] != load_limits().digest


@pytest.mark.parametrize(
    ("line", "told"),
    [
        ("age: {default_years: -1}", "age/default_years"),
        ("age: {default_years: 5, by_type: {platform: 3}}", "platform"),
        ("age: {default_years: 5, by_kind: {gossip: 3}}", "gossip"),
        ("age: {}", "default_years"),
    ],
)
def test_limits_that_break_the_schema_are_refused_with_their_line(
    tmp_path: Path, line: str, told: str
) -> None:
    file = tmp_path / "mine.yaml"
    file.write_text(f"id: mine\nversion: '1'\nlow_confidence: 0.5\nmost_uses: 5\n{line}\n")
    with pytest.raises(CriteriaError, match=told) as refused:
        load_limits(file)
    assert "checks.schema.json" in str(refused.value.hint)


def test_a_missing_file_of_limits_is_told(tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError, match="not a file"):
        load_limits(tmp_path / "none.yaml")


@pytest.mark.parametrize("name", ["checks.md", "checks.zh.md"])
def test_the_example_in_the_guide_is_a_valid_file(root: Path, tmp_path: Path, name: str) -> None:
    text = (root / "docs" / name).read_text(encoding="utf-8")
    example = text.partition("```yaml\n")[2].partition("```")[0]
    assert yaml.safe_load(example)["most_uses"] == CheckLimits().most_uses
    file = tmp_path / "example.yaml"
    file.write_text(example, encoding="utf-8")
    assert load_limits(file).age.years(FeatureType.QUANTITY, DocumentKind.NOTICE) == 3


@pytest.mark.parametrize("name", ["outputs.md", "outputs.zh.md"])
def test_the_forms_of_silence_are_told(root: Path, name: str) -> None:
    told = set(CODE.findall((root / "docs" / name).read_text(encoding="utf-8")))
    assert {kind.value for kind in AbsenceKind} | {r.value for r in Rejection} <= told


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_every_rule_and_reason_has_a_name_in_the_report(lang: str) -> None:
    w = words(lang)
    keys = {f"rule_{rule}" for rule in RULE_ORDER}
    keys |= {f"absence_{k.value}" for k in AbsenceKind} | {
        f"rejection_{r.value}" for r in Rejection
    }
    assert keys <= w.keys()

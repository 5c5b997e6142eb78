"""The standard as data, held against the printed text."""

from __future__ import annotations

import hashlib
import re
from collections import Counter
from pathlib import Path

import pytest
import yaml

from auditor.cli.criteria import export_json
from auditor.core.criteria import Feature
from auditor.core.errors import CriteriaError
from auditor.standard import load_standard, load_standard_folder

FOLDER = Path(__file__).resolve().parents[2] / "criteria" / "ctmm-2026-draft"


@pytest.fixture(scope="module")
def features() -> dict[str, Feature]:
    return dict(load_standard().by_id)


def squeezed(text: str) -> str:
    return re.sub(r"\s|<p>|</p>", "", text)


def test_the_source_text_is_the_one_whose_hash_is_kept() -> None:
    kept = yaml.safe_load((FOLDER / "standard.yaml").read_text("utf-8"))["source"]["sha256"]
    assert hashlib.sha256((FOLDER / "source.txt").read_bytes()).hexdigest() == kept


def test_the_tree_has_the_standards_counts() -> None:
    standard = load_standard()
    assert len(standard.domains) == 6
    assert sum(len(d.subdomains) for d in standard.domains) == 20
    assert len(standard.items) == 39
    levels = Counter(f.level for f in standard.features)
    assert dict(levels) == {1: 55, 2: 70, 3: 89, 4: 89, 5: 73}
    assert [row.name for row in standard.levels] == [
        "基础级",
        "发展级",
        "协同级",
        "融合级",
        "引领级",
    ]
    assert [term.clause for term in standard.terms] == ["3.1", "3.2", "3.3", "3.4", "3.5"]


def test_every_feature_stands_character_by_character_in_the_printed_text(
    features: dict[str, Feature],
) -> None:
    printed = squeezed((FOLDER / "source.txt").read_text("utf-8"))
    split_by_the_page = {"8.2.3.1-L1-b", "8.2.3.1-L2-b", "8.2.3.1-L5-b"}
    for feature in features.values():
        if feature.id in split_by_the_page:
            continue
        assert f"{feature.letter}){squeezed(feature.text)}" in printed, feature.id


def test_the_rows_cut_by_the_page_break_are_joined(features: dict[str, Feature]) -> None:
    assert features["8.2.3.1-L1-b"].text == "部门独立建设技术支持平台"
    joined = "探索建立数字资源目录管理体系，实现云、网、感知、数据等数字资源的统一管理"
    assert features["8.2.3.1-L2-b"].text == joined


def test_all_printed_clauses_of_the_tables_are_features(features: dict[str, Feature]) -> None:
    tables = [
        line
        for line in (FOLDER / "source.txt").read_text("utf-8").splitlines()
        if line.startswith("|") and re.search(r"[a-h]\) ", line)
    ]
    clauses = sum(len(re.findall(r"(?:^|[ >；])[a-h]\) ", line)) for line in tables)
    assert clauses == len(features) == 376


def test_ids_and_texts_are_those_of_the_shared_list(
    shared: Path, features: dict[str, Feature]
) -> None:
    rows = (shared / "gold" / "features.tsv").read_text("utf-8").splitlines()[1:]
    wanted = {row.split("\t")[0]: row.split("\t")[5] for row in rows}
    assert {f.id: f.text for f in features.values()} == wanted


test_ids_and_texts_are_those_of_the_shared_list = pytest.mark.shared(
    test_ids_and_texts_are_those_of_the_shared_list
)


def test_errata_name_what_is_printed(features: dict[str, Feature]) -> None:
    errata = yaml.safe_load((FOLDER / "errata.yaml").read_text("utf-8"))
    for feature_id, rows in errata.items():
        for row in rows:
            assert row["printed"] in features[feature_id].text
    assert "合作伙件机制" in features["8.1.2.1-L3-b"].text


def test_every_feature_has_elements_phrases_and_core_nouns(features: dict[str, Feature]) -> None:
    for feature in features.values():
        assert feature.types and feature.shown_by and feature.core, feature.id
        assert 1 <= len(feature.elements) <= 8, feature.id
        assert 2 <= len(feature.phrases) <= 6, feature.id


def test_hard_thresholds_have_values_and_soft_ones_are_left_to_people(
    features: dict[str, Feature],
) -> None:
    share = features["8.2.4.1-L3-a"].quantities
    assert [(q.comparator, str(q.value), q.unit, q.checked) for q in share] == [
        (">=", "50", "%", True)
    ]
    for feature in features.values():
        for quantity in feature.quantities:
            if quantity.checked:
                assert quantity.value is not None and quantity.terms, feature.id


def test_no_relation_runs_from_a_lower_to_a_higher_level(features: dict[str, Feature]) -> None:
    relations = load_standard().relations
    assert len(relations.supersessions) >= 80
    for rule in relations.supersessions:
        for by in rule.by:
            assert features[by].level >= features[rule.feature_id].level, (rule.feature_id, by)
            assert by != rule.feature_id
    for ladder in relations.ladders:
        assert len({s.feature_id for s in ladder.steps}) == len(ladder.steps)


def test_the_export_has_the_public_form() -> None:
    exported = export_json(load_standard())
    assert len(exported["features"]) == 376
    public = {
        "id", "text", "domain", "subdomain", "item", "level", "letter", "types", "elements",
        "quantities", "superseded_by", "phrases", "errata",
    }  # fmt: skip
    for row in exported["features"]:
        assert public <= set(row)


def test_a_broken_annotation_is_named_with_file_and_line(tmp_path: Path) -> None:
    copy = tmp_path / "broken"
    (copy / "features").mkdir(parents=True)
    for file in FOLDER.rglob("*.yaml"):
        target = copy / file.relative_to(FOLDER)
        target.parent.mkdir(exist_ok=True)
        target.write_text(file.read_text("utf-8"), "utf-8")
    victim = copy / "features" / "8.1.1.yaml"
    lines = victim.read_text("utf-8").splitlines()
    place = next(n for n, line in enumerate(lines) if line.strip().startswith("reach:"))
    lines[place] = "  reach: everywhere"
    victim.write_text("\n".join(lines), "utf-8")
    with pytest.raises(CriteriaError, match=rf"8\.1\.1\.yaml:{place + 1}: .*reach") as caught:
        load_standard_folder(copy)
    assert "features.schema.json" in caught.value.hint

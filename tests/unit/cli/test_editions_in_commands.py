"""Every command works under the edition of the standard that a run was made with."""

from __future__ import annotations

import json
import shutil
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import yaml
from typer.testing import CliRunner, Result

from auditor.cli.main import app
from auditor.core.criteria import Standard
from auditor.core.documents import Span
from auditor.core.errors import AuditorError, CriteriaError, RunError
from auditor.core.findings import Citation, Finding, Judgement, Verdict
from auditor.core.run import Run
from auditor.editions import VARIABLE, chosen_edition, open_run
from auditor.profiles import load_profile
from auditor.scoring import score_findings
from auditor.standard import Edition, load_edition, load_standard, load_standard_folder
from auditor.store.run_folder import write_run
from tests.unit.cli.second_edition import (
    ADDED,
    CHANGED,
    MOVED,
    MOVED_TO,
    NAME,
    REMOVED,
    dump,
    load,
    write_second_edition,
)

OLD = load_standard()
SHOWN = 0.9


@pytest.fixture(scope="module")
def second(tmp_path_factory: pytest.TempPathFactory) -> Edition:
    folder = tmp_path_factory.mktemp("editions") / NAME
    return load_edition(str(write_second_edition(folder)))


def finding(key: str, verdict: Verdict, quote: str = "") -> Finding:
    cited = (Citation("d:1", "报告.pdf", 1, Span(0, 2), quote),) if quote else ()
    chances = {verdict: SHOWN, Verdict.PLANNED: 1 - SHOWN}
    judgement = Judgement(key, verdict, cited, "理由", "screen", SHOWN, chances)
    return Finding(judgement, verdict, verdict)


def written(folder: Path, standard: Standard, changed: dict[str, Finding] | None = None) -> Path:
    rows = tuple(
        (changed or {}).get(f.id, finding(f.id, Verdict.NO_EVIDENCE)) for f in standard.features
    )
    manifest = {
        "city": "某市",
        "as_of": None,
        "standard": {"id": standard.id, "title": standard.title, "digest": standard.digest},
        "profile": {"id": "ctmm"},
        "judge": {"name": "screen", "quality": "初筛"},
        "documents": [],
    }
    score = score_findings(rows, standard, load_profile())
    write_run(folder, Run(manifest, (), (), (), rows, score))
    return folder


@pytest.fixture
def run(tmp_path: Path, second: Edition) -> Path:
    return written(tmp_path / "run", second.standard, {ADDED: finding(ADDED, Verdict.MET, "专区")})


@pytest.fixture(autouse=True)
def _nothing_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv(VARIABLE, raising=False)


def call(*words: object) -> Result:
    return CliRunner().invoke(app, [str(w) for w in words], env={"COLUMNS": "200"})


def done(*words: object) -> str:
    result = call(*words)
    assert result.exit_code == 0, result.output + str(result.exception)
    return result.output


def fault(*words: object) -> AuditorError:
    error = call(*words).exception
    assert isinstance(error, AuditorError), error
    return error


COMMANDS: tuple[tuple[str, ...], ...] = (
    ("score", "--json"),
    ("report", "--format", "json"),
    ("gap", "--to", "1", "--json"),
    ("stress", "--draws", "5", "--json"),
    ("review", "list"),
)


@pytest.mark.parametrize("words", COMMANDS, ids=lambda words: words[0])
def test_commands_find_the_edition_of_a_run_where_it_is_named(
    words: tuple[str, ...], run: Path, second: Edition, monkeypatch: pytest.MonkeyPatch
) -> None:
    command = [words[0], str(run), *words[1:]]
    if words[0] == "review":
        command = ["review", "list", str(run)]
    named = done(*command, "--criteria", second.folder)
    monkeypatch.setenv(VARIABLE, str(second.folder))
    assert done(*command) == named
    monkeypatch.setenv(VARIABLE, str(Path(str(second.folder)).parent))
    assert done(*command) == named
    monkeypatch.delenv(VARIABLE)
    refused = fault(*command)
    assert f"{run}/run.json was made with the edition {NAME}" in refused.message
    assert "standard.yaml holds ctmm-2026-draft" in refused.message
    assert "--criteria FOLDER" in refused.hint


def test_a_run_counts_the_clauses_of_its_own_edition(run: Path, second: Edition) -> None:
    rows = json.loads(done("gap", run, "--to", "3", "--json", "--criteria", second.folder))["rows"]
    texts = {row["feature_id"]: row["text"] for row in rows}
    assert "每年向社会公布" in texts[CHANGED]
    assert REMOVED not in texts
    assert ADDED not in texts  # it is met


def test_decisions_on_new_clauses_are_taken(run: Path, tmp_path: Path, second: Edition) -> None:
    row = {
        "kind": "decision", "feature_id": ADDED, "verdict": "partly_met", "author": "甲",
        "reason": "核对", "time": "2026-11-02T10:00:00+08:00",
    }  # fmt: skip
    file = tmp_path / "d.jsonl"
    file.write_text(json.dumps(row, ensure_ascii=False) + "\n", "utf-8")
    assert "新增 1 条" in done("review", "import", run, file, "--criteria", second.folder)
    opened = open_run(run, str(second.folder))
    found = {f.feature_id: f.verdict for f in opened.reviewed.findings}
    assert found[ADDED] is Verdict.PARTLY_MET


def test_what_if_takes_the_clauses_of_the_edition(
    run: Path, tmp_path: Path, second: Edition
) -> None:
    file = tmp_path / "assumed.yaml"
    file.write_text(f"{MOVED_TO}: met\n", "utf-8")
    found = json.loads(done("what-if", run, file, "--json", "--criteria", second.folder))
    assert found["assumed"] == {MOVED_TO: "met"}
    assert found["before"]["nodes"] != found["after"]["nodes"]


def test_an_edition_that_was_edited_since_is_refused_by_its_file(
    run: Path, tmp_path: Path, second: Edition
) -> None:
    edited = tmp_path / "edited"
    shutil.copytree(str(second.folder), edited)
    with (edited / "errata.yaml").open("a", encoding="utf-8") as stream:
        stream.write("# 改过\n")
    refused = fault("score", run, "--criteria", edited)
    assert isinstance(refused, RunError)
    assert f"{edited}/standard.yaml holds another text of it" in refused.message
    assert second.standard.digest[:19] in refused.message
    assert "auditor criteria diff OLD NEW --carry" in refused.hint


def test_runs_of_the_edition_that_ships_are_found_whatever_else_is_named(
    tmp_path: Path, second: Edition, monkeypatch: pytest.MonkeyPatch
) -> None:
    run = written(tmp_path / "run", OLD)
    monkeypatch.setenv(VARIABLE, str(second.folder))
    assert open_run(run).standard is OLD
    assert chosen_edition().standard.id == NAME
    assert chosen_edition(OLD.id).standard is OLD


def test_new_work_needs_one_edition(tmp_path: Path, second: Edition) -> None:
    for name in ("a", "b"):
        shutil.copytree(str(second.folder), tmp_path / name)
    refused = fault("criteria", "show", ADDED, "--criteria", tmp_path)
    assert "holds several editions of the standard: a, b" in refused.message
    assert f"--criteria {tmp_path / 'a'}" in refused.hint
    assert json.loads(done("criteria", "show", ADDED, "--criteria", tmp_path / "a"))["level"] == 3
    empty = fault("criteria", "show", ADDED, "--criteria", tmp_path / "nowhere")
    assert "holds no edition of the standard" in str(empty)
    done("templates", "-o", tmp_path / "forms", "--criteria", second.folder)
    assert any((tmp_path / "forms").iterdir())


def without_relations(folder: Path) -> None:
    (folder / "relations.yaml").unlink()


def with_a_clause_twice(folder: Path) -> None:
    tree = load(folder / "standard.yaml")
    features = tree["domains"][0]["subdomains"][0]["items"][0]["features"]
    features.append(features[0])
    dump(folder / "standard.yaml", tree)


def without_levels(folder: Path) -> None:
    tree = load(folder / "standard.yaml")
    del tree["levels"]
    dump(folder / "standard.yaml", tree)


def without_annotations(folder: Path) -> None:
    shutil.rmtree(folder / "features")


@pytest.mark.parametrize(
    ("spoil", "said"),
    [
        (without_relations, "relations.yaml: missing"),
        (with_a_clause_twice, "stands there twice"),
        (without_levels, "'levels'"),
        (without_annotations, "features: missing"),
    ],
)
def test_a_broken_edition_is_named(tmp_path: Path, spoil: Any, said: str) -> None:
    folder = write_second_edition(tmp_path / NAME)
    spoil(folder)
    with pytest.raises(CriteriaError, match=said):
        load_standard_folder(folder)


def test_an_edition_brings_its_own_rules_and_else_has_those_that_ship(
    run: Path, tmp_path: Path, second: Edition
) -> None:
    folder = tmp_path / "own"
    shutil.copytree(str(second.folder), folder)
    rule = load(folder / "profiles" / "ctmm.yaml")
    dump(folder / "profiles" / "strict.yaml", {**rule, "id": "strict", "must_have": []})
    names = [p["id"] for p in json.loads(done("profile", "list", "--json", "--criteria", folder))]
    assert "strict" in names
    assert (
        json.loads(done("score", run, "--json", "--profile", "strict", "--criteria", folder))[
            "profile"
        ]
        == "strict"
    )
    shutil.rmtree(folder / "profiles")
    rules = json.loads(done("profile", "list", "--json", "--criteria", folder))
    assert [p["id"] for p in rules] == ["ctmm", "bottleneck", "gb-0.8", "iso33020", "literal"]


def test_a_rule_on_a_clause_that_is_gone_is_refused(tmp_path: Path, second: Edition) -> None:
    own = tmp_path / "own.yaml"
    done("profile", "new", own, "--criteria", second.folder)
    weights = yaml.safe_dump({"weights": {REMOVED: "2"}})
    own.write_text(own.read_text("utf-8") + weights, "utf-8")
    done("profile", "check", own)
    refused = fault("profile", "check", own, "--criteria", second.folder)
    assert f"{REMOVED} is not in {NAME}" in refused.message


def runs_of_both(tmp_path: Path, second: Edition) -> tuple[Path, Path]:
    """A run under each edition; what differs in the text differs in the verdict as well."""
    met = {key: finding(key, Verdict.MET, f"句{key}") for key in (CHANGED, MOVED, REMOVED)}
    old = written(tmp_path / "old", OLD, met)
    now = {
        CHANGED: finding(CHANGED, Verdict.PARTLY_MET, f"句{CHANGED}"),
        MOVED_TO: finding(MOVED_TO, Verdict.PARTLY_MET, "另一句"),
        ADDED: finding(ADDED, Verdict.MET, "专区"),
    }
    return old, written(tmp_path / "new", second.standard, now)


def test_compare_names_the_standard_where_a_clause_changed(tmp_path: Path, second: Edition) -> None:
    old, new = runs_of_both(tmp_path, second)
    found = json.loads(done("compare", old, new, "--json", "--criteria", second.folder))
    causes = {row["feature_id"]: (row["was"], row["causes"]) for row in found["changes"]}
    assert causes == {
        CHANGED: (CHANGED, ["standard"]),
        MOVED_TO: (MOVED, ["evidence"]),
        ADDED: (ADDED, ["standard"]),
        REMOVED: (REMOVED, ["standard"]),
    }
    sides = {row["feature_id"]: (row["before"], row["after"]) for row in found["changes"]}
    assert sides[ADDED][0] is None
    assert sides[REMOVED][1] is None
    assert found["settings"]["standard"] == [OLD.digest, second.standard.digest]
    shown = done("compare", old, new, "--criteria", second.folder)
    assert "标准条文" in shown
    assert f"旧版 {MOVED}" in shown


def test_other_evidence_stands_beside_the_standard_as_a_cause(
    tmp_path: Path, second: Edition
) -> None:
    old, new = runs_of_both(tmp_path, second)
    changed = finding(CHANGED, Verdict.PARTLY_MET, "别处一句")
    new = written(tmp_path / "newer", second.standard, {CHANGED: changed})
    found = json.loads(done("compare", old, new, "--json", "--criteria", second.folder))
    (row,) = (r for r in found["changes"] if r["feature_id"] == CHANGED)
    assert row["causes"] == ["standard", "evidence"]


def test_a_part_that_only_one_run_was_asked_for_is_no_matter_of_the_standard(
    tmp_path: Path,
) -> None:
    whole = written(tmp_path / "whole", OLD, {CHANGED: finding(CHANGED, Verdict.MET, "句")})
    part = replace(OLD, domains=tuple(d for d in OLD.domains if d.id != "8.4"))
    rest = written(tmp_path / "part", replace(part, digest=OLD.digest))
    found = json.loads(done("compare", whole, rest, "--json"))
    (row,) = (r for r in found["changes"] if r["feature_id"] == CHANGED)
    assert row["causes"] == ["scope"]


def test_decisions_hold_under_new_numbers_when_reconfirmed_and_not_on_other_texts(
    tmp_path: Path, second: Edition
) -> None:
    before = {key: finding(key, Verdict.PARTLY_MET, "句") for key in (CHANGED, MOVED, REMOVED)}
    old = written(tmp_path / "old", OLD, before)
    now = {key: finding(key, Verdict.PARTLY_MET, "句") for key in (CHANGED, MOVED_TO)}
    new = written(tmp_path / "new", second.standard, now)
    rows = [
        {
            "kind": "decision", "feature_id": key, "verdict": "partly_met", "author": "甲",
            "reason": "核对", "time": "2026-11-02T10:00:00+08:00",
        }
        for key in before
    ]  # fmt: skip
    file = tmp_path / "d.jsonl"
    file.write_text("".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows), "utf-8")
    done("review", "import", old, file)
    done("compare", old, new, "--reconfirm", "乙", "--criteria", second.folder)
    (event,) = open_run(new, str(second.folder)).reviewed.events
    assert event.feature_id == MOVED_TO
    assert event.content.reason == f"复评重新确认：核对（旧版编号 {MOVED}）"
    assert open_run(new, str(second.folder)).reviewed.decided.reviewed == 1

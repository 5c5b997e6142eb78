"""What is copied reaches the reviewers of each run; what the machine found stays as it is."""

from __future__ import annotations

import csv
import io
import json
from pathlib import Path

import pytest
from typer.testing import CliRunner

from auditor.across import Asked, survey
from auditor.across.noting import note_runs
from auditor.archive.publishing import digest_of, files_of
from auditor.cli.main import app
from auditor.core.errors import ConfigurationError
from auditor.core.findings import Finding, Judgement, Verdict
from auditor.report.across.pairs import pairs_of, sample_of
from auditor.report.page import render_html
from auditor.standing import read_reviewed, result_of
from auditor.store.elsewhere import ELSEWHERE_FILE, also_in, read_elsewhere
from tests.unit.across.cities import BOILERPLATE, PROFILE, STANDARD, cite, paper, write_city

OWN = "云岭市布设窨井液位传感器三千余处，积水点由排水处十分钟内派单处置。"
NATIONAL = BOILERPLATE[1]
SHARED = "全市建成一体化政务数据共享平台，归集数据{n}亿条，接入部门{m}个。"
FEATURES = [f.id for f in STANDARD.features[30:34]]


def city(folder: Path, name: str, *sentences: str, uncited: tuple[str, ...] = ()) -> Path:
    """A run that cites each of these sentences once."""
    document = paper("报告.txt", [*sentences, *uncited])
    silent = Verdict.NO_EVIDENCE
    said = dict(zip(FEATURES, sentences, strict=False))
    rows = []
    for f in STANDARD.features:
        verdict = Verdict.MET if f.id in said else silent
        quoted = (cite(document, said[f.id]),) if f.id in said else ()
        rows.append(Finding(Judgement(f.id, verdict, quoted, "", "screen"), verdict, verdict))
    return write_city(folder / name, name, rows, (document,))


@pytest.fixture
def archive(tmp_path: Path) -> Path:
    """Three cities and a national paper: a phrase of two cities, one of the paper, own ones."""
    folder = tmp_path / "out" / "cities"
    city(folder, "云岭市", SHARED.format(n=12, m=40), NATIONAL, OWN)
    city(
        folder,
        "江宁甲市",
        "本市另有安排，详见附件所列各项工程。",
        uncited=(SHARED.format(n=7, m=9),),
    )
    city(folder, "安平乙市", "城区老旧管网逐段探测，隐患由住建局挂牌督办。")
    higher = tmp_path / "national"
    higher.mkdir()
    text = f"国家数据局关于城市全域数字化转型的意见\n\n按照上级部署，{NATIONAL}\n"
    (higher / "国家意见.txt").write_text(text, encoding="utf-8")
    return tmp_path


def asked_of(archive: Path) -> Asked:
    return Asked((archive / "out",), archive / "out", national=archive / "national")


def test_a_run_is_told_what_cities_and_national_papers_say_too(archive: Path) -> None:
    asked = asked_of(archive)
    found, _ = survey(asked)
    run = archive / "out" / "cities" / "云岭市"
    before = digest_of(files_of(run))
    assert len(note_runs(found, asked)) == 3
    assert digest_of(files_of(run)) == before, "the machine's word was touched"
    findings = {f.feature_id: f for f in read_reviewed(run, STANDARD).findings}
    known = read_elsewhere(run)
    shared, national, own = (
        also_in(known, findings[key].outcome.citations[0]) for key in FEATURES[:3]
    )
    assert shared is not None and (shared.city_count, shared.paper_count) == (1, 0)
    assert shared.cities[0].city == "江宁甲市" and shared.own_figures
    assert national is not None and national.papers[0].document == "国家意见.txt"
    assert NATIONAL in national.papers[0].quote and national.city_count == 0
    assert own is None
    assert read_elsewhere(archive / "out" / "cities" / "安平乙市") == {}


def test_another_sentence_at_the_same_place_is_not_taken_for_the_copied_one(archive: Path) -> None:
    asked = asked_of(archive)
    note_runs(survey(asked)[0], asked)
    run = archive / "out" / "cities" / "云岭市"
    file = run / ELSEWHERE_FILE
    content = json.loads(file.read_text("utf-8"))
    for row in content["sentences"]:
        row["quote"] = "别的句子" + row["quote"]
    file.write_text(json.dumps(content), encoding="utf-8")
    for finding in read_reviewed(run, STANDARD).findings:
        outcome = finding.outcome
        assert isinstance(outcome, Judgement)
        assert not [c for c in outcome.citations if also_in(read_elsewhere(run), c)]
    file.write_text('{"sentences": [{}]}', encoding="utf-8")
    assert read_elsewhere(run) == {}, "a broken file stands in nobody's way"


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_the_report_of_a_city_names_the_national_paper_and_no_other_city(
    archive: Path, lang: str
) -> None:
    asked, run = asked_of(archive), archive / "out" / "cities" / "云岭市"
    note_runs(survey(asked)[0], asked)
    with_marks = render_html(
        result_of(read_reviewed(run, STANDARD), STANDARD, PROFILE), STANDARD, lang
    )
    assert with_marks.count('<p class="also">') == 2
    assert "国家意见.txt" in with_marks and "江宁甲市" not in with_marks
    (run / ELSEWHERE_FILE).unlink()
    without = render_html(
        result_of(read_reviewed(run, STANDARD), STANDARD, PROFILE), STANDARD, lang
    )
    assert '<p class="also">' not in without


def test_a_workspaces_copies_are_told_and_others_are_refused(archive: Path) -> None:
    asked = asked_of(archive)
    found, _ = survey(asked)
    space = archive / "ws"
    (space / "runs").mkdir(parents=True)
    with pytest.raises(ConfigurationError, match="holds none of these runs"):
        note_runs(found, asked, space)
    copy = space / "runs" / "0123456789ab"
    copy.mkdir()
    own = archive / "out" / "cities" / "云岭市"
    (copy / "run.json").write_bytes((own / "run.json").read_bytes())
    note_runs(found, asked, space)
    assert (copy / ELSEWHERE_FILE).read_bytes() == (own / ELSEWHERE_FILE).read_bytes()


def test_the_command_lists_pairs_with_both_sentences_and_tells_the_runs(archive: Path) -> None:
    words = [
        "across",
        archive / "out",
        "--national",
        archive / "national",
        "--pairs",
        "5",
        "--note",
    ]
    done = CliRunner().invoke(app, [*map(str, words), "--format", "csv"])
    assert done.exit_code == 0, done.output
    lines = done.output.replace("\n", "")
    assert SHARED.format(n=12, m=40) in lines and SHARED.format(n=7, m=9) in lines
    assert "国家意见.txt" in lines and "elsewhere.json" in lines
    assert (archive / "out" / "cities" / "云岭市" / ELSEWHERE_FILE).is_file()
    table = (archive / "out" / "copied.csv").read_text("utf-8-sig")
    rows = {row["other_document"]: row for row in csv.DictReader(io.StringIO(table))}
    assert rows["国家意见.txt"]["sentence"] == NATIONAL and rows["国家意见.txt"]["other_city"] == ""
    assert float(rows["报告.txt"]["similarity"]) == 1.0


def test_each_pair_is_told_once_and_every_phrase_has_its_turn(tmp_path: Path) -> None:
    other = "加强数据安全全流程管理，压实各单位主体责任，定期开展应急演练。"
    for n in range(8):
        city(tmp_path, f"某{'甲乙丙丁戊己庚辛'[n]}市", BOILERPLATE[0], *([other] if n < 2 else []))
    found, _ = survey(Asked((tmp_path,), tmp_path))
    pairs = pairs_of(found)
    assert len({p.ends for p in pairs}) == len(pairs)
    assert sum(p.row.sentence.citation.quote == other for p in pairs) == 1
    first_two = sample_of(pairs, 2)
    assert {p.row.template for p in first_two} == {p.row.template for p in pairs}
    assert sample_of(pairs, 2) == first_two and len(sample_of(pairs, 10_000)) == len(pairs)

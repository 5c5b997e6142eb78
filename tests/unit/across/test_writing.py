"""The files of the analysis: same input, same bytes; texts are no formulas and no markup."""

from __future__ import annotations

import csv
import io
import json
import re
import sys
from pathlib import Path

import openpyxl
import pytest
import yaml

from auditor.across import Asked, survey
from auditor.core.across import MEAN, Across
from auditor.core.errors import ConfigurationError, MissingExtraError
from auditor.core.findings import Verdict
from auditor.report.across.heat import A_PICTURE, heat_maps
from auditor.report.across.page import render_across
from auditor.report.across.tables import feature_table, node_table, parquet_of
from auditor.report.across.writing import write_across
from tests.unit.across.cities import STANDARD, decide, findings_of, make_city, paper, write_city

HOSTILE = '=1+1<script>alert("x")</script>市'


@pytest.fixture(scope="module")
def archive(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("archive")
    for number in range(4):
        make_city(folder / "cities", number)
    make_city(folder / "cities", 4, "2024", 0.2)
    last = make_city(folder / "cities", 4, "2025", 0.6)
    decide(last, STANDARD.features[0].id, Verdict.NOT_MET)
    document = paper("报告.txt", ["=1+1 全市已建成统一的数据共享平台</script>。"])
    write_city(folder / "cities" / "怪市", HOSTILE, findings_of((document,), 9), (document,))
    return folder


@pytest.fixture(scope="module")
def found(archive: Path) -> Across:
    return survey(Asked((archive,), archive))[0]


def test_equal_input_gives_equal_bytes_whatever_the_order(archive: Path, tmp_path: Path) -> None:
    runs = sorted((archive / "cities").iterdir())
    for name, folders in (("one", (archive,)), ("two", tuple(reversed(runs)))):
        result, standard = survey(Asked(folders, archive))
        write_across(result, standard, tmp_path / name, "zh")
    one, two = ({f.name: f.read_bytes() for f in (tmp_path / n).iterdir()} for n in ("one", "two"))
    assert one == two
    assert {"across.html", "matrix.xlsx", "matrix.csv", "nodes.csv", "copied.json"} <= set(one)
    assert not any(str(archive).encode() in data for data in one.values())


def test_the_workbook_is_frozen_filtered_and_holds_no_formula(
    found: Across, tmp_path: Path
) -> None:
    write_across(found, STANDARD, tmp_path, "zh", ("xlsx",))
    book = openpyxl.load_workbook(tmp_path / "matrix.xlsx")
    for sheet in book:
        assert sheet.freeze_panes is not None and sheet.auto_filter.ref is not None, sheet.title
        cells = (cell for row in sheet.iter_rows() for cell in row)
        assert not [c.coordinate for c in cells if c.data_type == "f"]
    shown, machine = book["特征·现有结论"], book["特征·初判"]
    keys = [cell.value for cell in shown[1]][3:]
    decided = keys.index(next(r.key for r in found.rows if r.period == "2025"))
    assert shown.cell(2, decided + 4).value == "不满足✓"
    assert not str(machine.cell(2, decided + 4).value).endswith("✓")
    assert book["能力域"].conditional_formatting


def test_the_tables_hold_every_city_and_node_once(found: Across, tmp_path: Path) -> None:
    write_across(found, STANDARD, tmp_path, "zh", ("csv",))
    rows = list(csv.DictReader(io.StringIO((tmp_path / "matrix.csv").read_text("utf-8-sig"))))
    assert len(rows) == len(found.rows) * len(STANDARD.features)
    assert {row["city"] for row in rows if "script" in row["city"]} == {f"'{HOSTILE}"}
    nodes = list(csv.DictReader(io.StringIO((tmp_path / "nodes.csv").read_text("utf-8-sig"))))
    assert len({(row["key"], row["node_id"]) for row in nodes}) == len(nodes)
    by_place = {(n["key"], n["node_id"]): n for n in nodes}
    first = found.ranked[0]
    share = float(first.shown.node("city").coverage[1])
    assert float(by_place[first.key, "city"]["coverage_1"]) == pytest.approx(share, abs=1e-6)


def test_parquet_holds_what_csv_holds(found: Across) -> None:
    parquet = pytest.importorskip("pyarrow.parquet")
    for table in (feature_table(found, STANDARD), node_table(found)):
        read = parquet.read_table(io.BytesIO(parquet_of(table)))
        assert read.column_names == list(table.columns)
        assert list(zip(*read.to_pydict().values(), strict=True)) == list(table.rows)


def test_without_pyarrow_the_rest_is_written_and_the_want_is_told(
    found: Across, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "pyarrow", None)
    written, missing = write_across(found, STANDARD, tmp_path, "zh")
    assert "matrix.csv" in {file.name for file in written}
    assert "ctmm-auditor[parquet]" in str(missing[0])
    with pytest.raises(MissingExtraError, match="pyarrow"):
        write_across(found, STANDARD, tmp_path, "zh", ("parquet",))


def test_unknown_formats_and_languages_are_refused(found: Across, tmp_path: Path) -> None:
    for lang, formats in (("zh", ("doc",)), ("de", ())):
        with pytest.raises(ConfigurationError, match="No "):
            write_across(found, STANDARD, tmp_path, lang, formats)


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_the_page_holds_no_markup_of_cities_and_asks_nothing_of_the_network(
    found: Across, lang: str
) -> None:
    page = render_across(found, STANDARD, lang)
    assert "<script>alert" not in page and page.count("</script>") == 2
    assert not re.search(r"""(?:src|href)=["']?(?:https?:)?//""", page)
    assert "default-src 'none'" in page
    data = re.search(r'id="data">(.*?)</script>', page, re.S)
    assert data is not None and HOSTILE in json.loads(data.group(1))["keys"]


def test_ties_and_the_upper_bound_are_not_headlined(found: Across) -> None:
    text = render_across(found, STANDARD, "zh")
    for place in found.rankings[MEAN]:
        assert f">{place.best}–{place.worst}</td>" in text
    assert "尚可能达到" not in text


def test_copied_text_is_told_by_city_and_feature(found: Across, tmp_path: Path) -> None:
    write_across(found, STANDARD, tmp_path, "zh", ("json",))
    copied = json.loads((tmp_path / "copied.json").read_text("utf-8"))
    told = [
        (key, feature, one["quote"])
        for key, features in copied["cities"].items()
        for feature, rows in features.items()
        for one in rows
    ]
    wanted = [
        (row.sentence.key, feature, row.sentence.citation.quote)
        for row in found.copied.sentences
        for feature in row.sentence.feature_ids
    ]
    assert sorted(told) == sorted(wanted) and told


def test_pictures_are_cut_at_what_a_page_of_paper_holds(found: Across) -> None:
    rows = found.rows * A_PICTURE
    pictures = heat_maps(rows, STANDARD, "热力图")
    assert len(pictures) == len(found.rows)
    assert all(p.startswith("<svg") and p.endswith("</svg>") for p in pictures)


def test_both_languages_have_the_same_words(root: Path) -> None:
    folder = root / "auditor" / "report" / "words" / "across"
    zh, en = (yaml.safe_load((folder / f"{lang}.yaml").read_text("utf-8")) for lang in ("zh", "en"))
    assert list(zh) == list(en)
    holes = {k: (re.findall(r"{\w+}", str(zh[k])), re.findall(r"{\w+}", str(en[k]))) for k in zh}
    assert not {k: both for k, both in holes.items() if sorted(both[0]) != sorted(both[1])}

"""Whose papers are whose: by folder, by file name, by a table with errors to the line."""

from __future__ import annotations

from pathlib import Path

import pytest

from auditor.archive.listing import brought_together, digests_of, list_archive, without_papers
from auditor.archive.sheet import read_sheet
from auditor.core.errors import ConfigurationError


def put(folder: Path, *names: str) -> Path:
    for name in names:
        file = folder / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(name, encoding="utf-8")
    return folder


def test_the_city_is_the_folder_or_the_name_up_to_the_first_underscore(tmp_path: Path) -> None:
    put(
        tmp_path, "临澜市/报告.txt", "临澜市/附件/表.txt", "三亚市_2024年_报告.docx",
        "宁海湾市.zip", ".DS_Store", "~$三亚市_2024.docx", "Thumbs.db",
    )  # fmt: skip
    found = {d.key: sorted(d.files) for d in list_archive(tmp_path)}
    assert found == {
        "三亚市": ["三亚市_2024年_报告.docx"],
        "临澜市": ["报告.txt", "附件/表.txt"],
        "宁海湾市": ["宁海湾市.zip"],
    }


def test_a_period_may_stand_behind_the_city(tmp_path: Path) -> None:
    put(tmp_path, "临澜市@2023/a.txt", "临澜市@2024_报告.txt", "临澜市/a.txt")
    assert [(d.city, d.period) for d in list_archive(tmp_path)] == [
        ("临澜市", ""), ("临澜市", "2023"), ("临澜市", "2024"),
    ]  # fmt: skip


def test_scattered_papers_of_a_city_are_brought_together(tmp_path: Path) -> None:
    archive = put(tmp_path / "in", "临澜市_a.txt", "临澜市_b.txt", "临澜市/c.txt", "东溪市_a.txt")
    one, two = list_archive(archive)
    assert one.place == archive / "东溪市_a.txt" and two.place is None
    folder = brought_together(two, tmp_path / "out", digests_of(two))
    assert sorted(p.name for p in folder.iterdir()) == ["c.txt", "临澜市_a.txt", "临澜市_b.txt"]
    assert brought_together(one, tmp_path / "not", {}) == one.place


def test_two_papers_of_one_name_are_refused(tmp_path: Path) -> None:
    put(tmp_path, "临澜市_a.txt", "临澜市/临澜市_a.txt")
    with pytest.raises(ConfigurationError, match="the same name twice"):
        list_archive(tmp_path)


def test_empty_folders_are_no_cities_and_an_empty_archive_is_refused(tmp_path: Path) -> None:
    (tmp_path / "空市").mkdir()
    with pytest.raises(ConfigurationError, match="no papers of any city"):
        list_archive(tmp_path)
    put(tmp_path, "临澜市/a.txt")
    assert [d.key for d in list_archive(tmp_path)] == ["临澜市"]
    assert without_papers(tmp_path) == ("空市",)
    with pytest.raises(ConfigurationError, match="no folder"):
        list_archive(tmp_path / "none")


@pytest.mark.parametrize("name", ["_报告.txt", "临:澜市_a.txt", "很" * 70 + "_a.txt"])
def test_a_name_that_is_no_citys_is_told(tmp_path: Path, name: str) -> None:
    put(tmp_path, name)
    with pytest.raises(ConfigurationError, match="can be no city"):
        list_archive(tmp_path)


def test_digests_change_with_a_name_or_a_byte_and_nothing_else(tmp_path: Path) -> None:
    put(tmp_path / "one", "临澜市/a.txt")
    put(tmp_path / "two", "临澜市/a.txt")
    (first,), (second,) = list_archive(tmp_path / "one"), list_archive(tmp_path / "two")
    assert digests_of(first) == digests_of(second)
    (tmp_path / "two/临澜市/a.txt").write_text("b", encoding="utf-8")
    assert digests_of(first) != digests_of(second)


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030"])
def test_a_table_says_whose_papers_are_whose(tmp_path: Path, encoding: str) -> None:
    archive = put(tmp_path / "in", "x1.txt", "scans/a.pdf", "scans/b.pdf", "other.txt")
    table = tmp_path / "m.csv"
    rows = "path,city,period\nx1.txt,临澜市,2024\n\nscans,临澜市,2023\n"
    table.write_text(rows, encoding=encoding)
    found = list_archive(archive, read_sheet(table, archive))
    assert {d.key: sorted(d.files) for d in found} == {
        "临澜市@2023": ["a.pdf", "b.pdf"], "临澜市@2024": ["x1.txt"],
    }  # fmt: skip


@pytest.mark.parametrize(
    ("rows", "said"),
    [
        ("path,period\n", ":1: .*city"),
        ("path,city\nx1.txt,临澜市\nnone.txt,东溪市\n", ":3: none.txt"),
        ("path,city\nx1.txt,\n", ":2: .*no city"),
        ("path,city\n,临澜市\n", ":2: .*no path"),
        ("path,city\nx1.txt,临澜市\nx1.txt,东溪市\n", ":3: .*twice"),
        ("path,city\nx1.txt,临/澜市\n", ":2: .*no city's name"),
        ('path,city\n"x1.txt,临澜市\n', "no CSV"),
        ("path,city\n", "no rows"),
        ("path,city\nscans,临澜市\nscans/a.pdf,东溪市\n", "inside another"),
    ],
)
def test_an_error_in_a_table_names_its_line(tmp_path: Path, rows: str, said: str) -> None:
    archive = put(tmp_path / "in", "x1.txt", "scans/a.pdf")
    table = tmp_path / "m.csv"
    table.write_text(rows, encoding="utf-8")
    with pytest.raises(ConfigurationError, match=said):
        read_sheet(table, archive)

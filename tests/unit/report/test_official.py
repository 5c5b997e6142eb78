"""The official report, the letter and the list for the visit: what they say, and that they open."""

from __future__ import annotations

import csv
import io
import json
import re
from pathlib import Path
from typing import Any

import docx
import pypdfium2
import pytest
from openpyxl import load_workbook

from auditor.core.result import Result
from auditor.ingest.office import convert
from auditor.profiles import load_profile
from auditor.report import FORMATS, write_report
from auditor.report.language import words
from auditor.report.official_facts import facts_of
from auditor.reviewing import take_decisions
from auditor.standing import result_of, reviewed_run
from tests.unit.ingest.taking_samples import needs_office
from tests.unit.report.full_city import CITY, HOSTILE_AT, STANDARD, full_city

VISIT = {
    "method": "demonstration",
    "date": "2026-03-01",
    "place": "市大数据局",
    "roles_present": ["系统管理员"],
    "system": "共享平台",
    "result": "目录可查",
}


@pytest.fixture(scope="module")
def result(tmp_path_factory: pytest.TempPathFactory) -> Result:
    return full_city(tmp_path_factory.mktemp("run"))


@pytest.fixture(scope="module")
def files(result: Result, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    folder = tmp_path_factory.mktemp("reports")
    return {name: write_report(result, STANDARD, folder, name) for name in FORMATS}


def text_of(file: Path) -> str:
    document = docx.Document(str(file))
    cells = [c.text for t in document.tables for row in t.rows for c in row.cells]
    return "\n".join([*(p.text for p in document.paragraphs), *cells])


def pages_of(pdf: bytes) -> list[str]:
    document = pypdfium2.PdfDocument(pdf)
    return [page.get_textpage().get_text_range() for page in document]


def test_coverage_comes_first_and_the_numbers_stand_apart(result: Result) -> None:
    facts = facts_of(result, STANDARD, words("zh"))
    names = [row[0] for row in facts.numbers]
    assert names == ["材料支撑度（覆盖度）", "初判等级", "确认等级"]
    assert "已复核 0/376" in facts.numbers[2][2]
    assert len(facts.verdicts) == 376
    assert [part.name for part in facts.domains] == [d.name for d in STANDARD.domains]


def test_a_machines_green_is_only_probable_and_a_failure_is_said_first(result: Result) -> None:
    facts = facts_of(result, STANDARD, words("zh"))
    said = {row[2] for row in facts.verdicts}
    assert "疑似满足" in said
    assert "满足" not in said
    assert any("1 条特征判断失败" in text for text in facts.overview)


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_every_word_of_the_report_is_there_in_both_languages(
    result: Result, tmp_path: Path, lang: str
) -> None:
    text = text_of(write_report(result, STANDARD, tmp_path, "docx", lang))
    assert CITY in text
    assert "{" not in text
    assert len(re.findall(r"表\d+|Table \d+", text)) >= 20


def test_what_a_document_says_stays_text(files: dict[str, Path]) -> None:
    assert "<script>alert(1)</script>" in text_of(files["docx"])
    sheet = load_workbook(files["xlsx"])["底稿"]
    quotes = [row[10].value for row in sheet.iter_rows(min_row=3)]
    assert quotes[HOSTILE_AT].startswith("'=HYPERLINK")
    assert "<script>alert" not in files["html"].read_text("utf-8")


def test_equal_results_give_equal_papers(
    result: Result, files: dict[str, Path], tmp_path: Path
) -> None:
    for name in FORMATS:
        again = write_report(result, STANDARD, tmp_path, name)
        assert again.read_bytes() == files[name].read_bytes()


def test_the_letter_asks_and_the_list_looks(files: dict[str, Path]) -> None:
    letter, site = text_of(files["letter"]), text_of(files["site"])
    assert "关于补充评估材料的函" in letter
    assert "可提交的材料" in letter
    assert "仅凭访谈不能证明能力" in site
    assert "系统演示" in site


def test_letters_speak_english_where_they_are_asked_to(result: Result, tmp_path: Path) -> None:
    """All but the city, the domains and the clauses, which are the standard's own words."""
    letter, site = (
        write_report(result, STANDARD, tmp_path, name, "en") for name in ("letter", "site")
    )
    assert "Request for further papers" in text_of(letter)
    assert "An interview alone never proves a capability" in text_of(site)
    clauses = {f.text for f in STANDARD.features} | {d.name for d in STANDARD.domains}
    elements = {e.text for f in STANDARD.features for e in f.elements}
    known = clauses | elements | {CITY, STANDARD.title}
    for file in (letter, site):
        for line in text_of(file).split("\n"):
            rest = re.sub(r"^\d+\. ", "", line)
            for own in sorted(known, key=len, reverse=True):
                rest = rest.replace(own, "")
            assert not re.search(r"[\u4e00-\u9fff、。：]", rest), line
        footer = docx.Document(str(file)).sections[0].footer.paragraphs[0].text
        assert footer.startswith("Page ")


def test_machines_get_json_and_csv(files: dict[str, Path]) -> None:
    content = json.loads(files["json"].read_text("utf-8"))
    assert len(content["features"]) == 376
    assert content["numbers"]["decided"] == 0
    rows = list(csv.reader(io.StringIO(files["csv"].read_text("utf-8-sig"))))
    assert len(rows) == 377
    assert rows[1 + HOSTILE_AT][10].startswith("'=HYPERLINK")


def test_a_decision_is_on_the_record_in_every_report(tmp_path: Path) -> None:
    folder = tmp_path / "run"
    before = full_city(folder)
    feature = STANDARD.features[0].id
    excused = STANDARD.features[1].id
    base = {"finding_hash": "", "author": "评估员甲", "time": "2026-03-02T09:00:00+08:00"}
    rows: list[dict[str, Any]] = [
        {"feature_id": feature, "verdict": "partly_met", "reason": "只见一处", "site": [VISIT]},
        {
            "feature_id": excused,
            "verdict": "not_applicable",
            "reason": "无此设施",
            "approver": "乙",
        },
    ]
    lines = [(n, {**base, "kind": "decision", **row}) for n, row in enumerate(rows, 1)]
    assert len(take_decisions(folder, lines, STANDARD).events) == 2
    result = result_of(reviewed_run(folder, before.run, STANDARD), STANDARD, load_profile())
    page = write_report(result, STANDARD, tmp_path, "html").read_text("utf-8")
    assert "复核结论：部分满足。评估员甲" in page
    assert "复核结论：不适用" in page
    assert "现场系统演示（2026-03-01，市大数据局，系统：共享平台）：目录可查" in page
    paper = text_of(write_report(result, STANDARD, tmp_path, "docx"))
    assert "已复核 2/376" in paper
    content = json.loads(write_report(result, STANDARD, tmp_path, "json").read_text("utf-8"))
    assert content["features"][1]["decision"]["verdict"] == "not_applicable"
    assert content["numbers"]["counted"] == 376


@needs_office
@pytest.mark.slow
@pytest.mark.parametrize("name", ["docx", "xlsx", "letter", "site"])
def test_the_real_program_opens_and_prints_it(files: dict[str, Path], name: str) -> None:
    file = files[name]
    printed = convert({file.name: file.read_bytes()}, "pdf", timeout_s=180)[file.name]
    assert isinstance(printed, bytes), printed
    pages = pages_of(printed)
    whole = "\n".join(pages)
    assert CITY in whole
    assert "\ufffd" not in whole
    if name == "docx":
        assert 10 <= len(pages) <= 30
        numbers = [int(n) for n in re.findall(r"[.…]{3,}\s*(\d+)", pages[0])]
        assert len(numbers) == 13
        assert numbers == sorted(numbers)
        assert "一、评估概况" in pages[numbers[0] - 1].replace("\r", "")


@needs_office
@pytest.mark.slow
def test_its_pictures_are_drawn_with_glyphs(files: dict[str, Path]) -> None:
    """A missing font gives boxes of one shape: names of domains must differ as pictures."""
    document = docx.Document(str(files["docx"]))
    pictures = [p.blob for p in document.part.package.image_parts]
    assert len(pictures) >= 3
    from PIL import Image

    for blob in pictures:
        picture = Image.open(io.BytesIO(blob)).convert("L")
        dark = sum(count for shade, count in enumerate(picture.histogram()) if shade < 128)
        assert dark > 500

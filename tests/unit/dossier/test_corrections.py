"""A reviewer's corrections stand above the rules."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest

from auditor.core.documents import Document, DocumentKind
from auditor.core.errors import ConfigurationError
from auditor.dossier.corrections import read_corrections, with_answers, with_flags


def paper(name: str = "甲.pdf", foreign: str = "") -> Document:
    return Document(name, "0" * 64, "pdf", "正文", (), foreign=foreign)


def written(folder: Path, text: str) -> Path:
    file = folder / "更正.yaml"
    file.write_text(text, encoding="utf-8")
    return file


def test_an_answer_of_the_reviewer_replaces_that_of_the_rules(tmp_path: Path) -> None:
    file = written(tmp_path, "甲.pdf: {kind: plan, issued_on: 2023-05-12, city: 临澜市}\n")
    (document,) = with_answers([paper()], read_corrections(file))
    assert document.kind is DocumentKind.PLAN and document.issued_on == date(2023, 5, 12)
    assert document.identity.city is not None
    assert document.identity.city.value == "临澜市" and document.identity.city.source == "reviewer"


def test_an_empty_flag_brings_a_paper_back(tmp_path: Path) -> None:
    file = written(tmp_path, "甲.pdf: {foreign: ''}\n")
    (document,) = with_flags([paper(foreign="别市的规划")], read_corrections(file))
    assert document.counts


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("甲.pdf: {colour: red}", "colour"),
        ("甲.pdf: {kind: poem}", "poem"),
        ("甲.pdf: {issued_on: gestern}", "issued_on"),
        ("- 甲.pdf", "by document"),
        ("甲.pdf: [", "not readable"),
    ],
)
def test_a_wrong_file_is_refused_with_its_place(tmp_path: Path, text: str, said: str) -> None:
    with pytest.raises(ConfigurationError, match=said):
        read_corrections(written(tmp_path, text))


def test_a_correction_of_an_unknown_document_is_refused(tmp_path: Path) -> None:
    corrections = read_corrections(written(tmp_path, "乙.pdf: {kind: plan}\n"))
    with pytest.raises(ConfigurationError, match=r"乙\.pdf"):
        with_flags([paper()], corrections)

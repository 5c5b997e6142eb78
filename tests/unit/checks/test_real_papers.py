"""On real papers the checks are quiet: a false alarm costs more trust than a miss."""

from __future__ import annotations

import re
from dataclasses import replace
from pathlib import Path

import pytest

from auditor.checks import find_contradictions
from auditor.core.documents import Document
from auditor.core.passages import Passage
from auditor.ingest.dispatch import read_document
from auditor.passages import CityNames, cut_passages

READ_DIRECTLY = (".docx", ".txt", ".md")


def papers_of(folder: Path) -> list[Document]:
    files = sorted(f for f in folder.iterdir() if f.suffix in READ_DIRECTLY)
    return [read_document(f.read_bytes(), f.name) for f in files]


def cut(documents: list[Document], city: str) -> tuple[Passage, ...]:
    return tuple(p for d in documents for p in cut_passages(d, CityNames(city)))


@pytest.mark.shared
@pytest.mark.slow
def test_no_real_dossier_is_said_to_contradict_itself(shared: Path) -> None:
    folders = sorted((shared / "gold").glob("*/documents"))
    assert folders
    for folder in folders:
        city, documents = folder.parent.name, papers_of(folder)
        found = find_contradictions(cut(documents, city), {d.name: d for d in documents}, city)
        assert [c.matter for c in found] == [], city


@pytest.mark.shared
@pytest.mark.slow
def test_a_copy_agrees_with_its_original_until_a_number_is_changed(shared: Path) -> None:
    [report] = sorted((shared / "gold" / "绍兴市" / "documents").glob("*政府工作报告.docx"))[:1]
    original = read_document(report.read_bytes(), report.name)
    copy = replace(original, name="副本.docx")
    documents = [original, copy]
    by_name = {d.name: d for d in documents}
    assert find_contradictions(cut(documents, "绍兴市"), by_name, "绍兴市") == ()
    number = re.search(r"工业增加值增长(\d+\.\d)%", original.text)
    assert number is not None
    start, end = number.span(1)
    other = f"{float(number[1]) + 3:.1f}"
    changed = replace(copy, text=original.text[:start] + other + original.text[end:])
    assert len(changed.text) == len(original.text)  # the blocks keep their spans
    documents = [original, changed]
    found = find_contradictions(cut(documents, "绍兴市"), {d.name: d for d in documents}, "绍兴市")
    assert len(found) == 1

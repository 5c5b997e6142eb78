"""Relations among the real documents: read, identified and settled."""

from __future__ import annotations

import random
from collections.abc import Iterator
from pathlib import Path

import pytest

from auditor.core.documents import Document
from auditor.dossier import settle
from auditor.dossier.foreign import own_city, whose
from auditor.ingest.dispatch import read_file

pytestmark = pytest.mark.shared


def read(paths: list[Path]) -> tuple[Document, ...]:
    """The documents of some files, by name; every one of them can be read."""
    read_files = [read_file(path, path.name) for path in sorted(paths)]
    documents = tuple(item for item in read_files if isinstance(item, Document))
    assert len(documents) == len(paths)
    return documents


def dossiers(shared: Path) -> Iterator[tuple[str, tuple[Document, ...]]]:
    """City and documents of every dossier, real or gold."""
    folders = [*(shared / "real/dossiers").iterdir(), *(shared / "gold").glob("*/documents")]
    for folder in sorted(folders):
        city = folder.parent.name if folder.name == "documents" else folder.name
        yield city, read([path for path in folder.rglob("*") if path.is_file()])


def test_no_paper_of_a_real_dossier_is_foreign(shared: Path) -> None:
    for city, documents in dossiers(shared):
        assert [d.name for d in settle(documents, city) if d.foreign] == []


def test_the_copies_and_versions_of_the_real_dossiers_are_these(shared: Path) -> None:
    found = {
        (document.name, document.duplicate_of, document.superseded_by)
        for _, documents in dossiers(shared)
        for document in settle(documents, "")
        if not document.counts
    }
    assert found == {
        ("北京市_2024年政府工作报告.docx", "北京市_2024年政府工作报告.pdf", ""),
        ("北京市优化营商环境条例(2020-03-27).md", "", "北京市优化营商环境条例(2024-11-29).md"),
        ("北京市安全生产条例.md", "", "北京市安全生产条例(2022-05-25).md"),
    }


@pytest.mark.parametrize("city", ["台州市", "襄阳市"])
def test_a_national_report_named_for_a_city_is_foreign_there(shared: Path, city: str) -> None:
    (document,) = read(list((shared / "real/formats").glob(f"误标_{city}_*")))
    (done,) = settle([document], city)
    assert done.foreign == f"国务院的政府工作报告，不是{city}的"


@pytest.mark.slow
def test_each_citys_report_is_its_own_and_foreign_to_all_others(shared: Path) -> None:
    documents = read(list((shared / "real/work-reports-2024").glob("*.docx")))
    cities = [own_city(document.name.split("_")[0]) for document in documents]
    for document, own in zip(documents, cities, strict=True):
        assert not whose(document, own).foreign, document.name
        for other in random.Random(document.name).sample(cities, 20):
            assert other is own or whose(document, other).foreign, (document.name, other.given)
    assert all(document.counts for document in settle(documents, ""))

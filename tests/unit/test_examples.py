"""The sample dossiers: built from their source, read back whole, expectations verbatim."""

from __future__ import annotations

import filecmp
from pathlib import Path

import pytest
import yaml

from auditor.core.documents import Document
from auditor.core.run import Silence
from auditor.evaluation.gold import fold
from auditor.receiving import read_documents
from auditor.standard import load_standard
from examples.build_examples import build_dossier, build_twins

EXAMPLES = Path(__file__).resolve().parents[2] / "examples"


@pytest.fixture(scope="module")
def documents() -> dict[str, Document]:
    read, left_out = read_documents(EXAMPLES / "dossier", Silence())
    assert not left_out
    return {document.name[:2]: document for document in read}


@pytest.fixture(scope="module")
def expected() -> dict:
    return yaml.safe_load((EXAMPLES / "expected.yaml").read_text(encoding="utf-8"))


def test_the_committed_dossiers_are_what_the_script_builds(tmp_path: Path) -> None:
    build_dossier(EXAMPLES / "source", tmp_path / "dossier")
    build_twins(EXAMPLES / "twins" / "matters.yaml", tmp_path / "twins")
    built = sorted(p.relative_to(tmp_path) for p in tmp_path.rglob("*") if p.is_file())
    assert len(built) == 14
    different = [p for p in built if not filecmp.cmp(tmp_path / p, EXAMPLES / p, shallow=False)]
    assert different == []


def test_every_format_is_read_with_pages_only_where_it_has_them(
    documents: dict[str, Document],
) -> None:
    assert {d.format for d in documents.values()} == {"pdf", "docx", "html", "txt", "md"}
    for document in documents.values():
        paged = document.format == "pdf" or document.paged_by == "conversion"
        assert bool(document.pages) == paged
    assert documents["02"].kind.value == "work_report"
    assert documents["03"].kind.value == "regulation"
    assert documents["04"].kind.value == "statistics"
    assert documents["01"].title == "临澜市数字化转型三年行动计划（2024—2026年）"


def test_expected_features_exist_and_their_quotes_are_in_the_documents(
    documents: dict[str, Document], expected: dict
) -> None:
    known = {f.id for f in load_standard().features}
    rows = expected["features"]
    assert len(rows) >= 80 and set(rows) <= known
    quotes = [tuple(q) for verdict, *found in rows.values() for q in found]
    quotes += [tuple(q) for q in expected["elsewhere"]]
    quotes += [tuple(q) for row in expected["contradictions"] for q in row["quotes"]]
    missing = [(key, q) for key, q in quotes if fold(q) not in fold(documents[key].text)]
    assert missing == []
    assert {row[0] for row in rows.values()} == {
        "met", "mostly_met", "partly_met", "planned", "not_met", "no_evidence"
    }  # fmt: skip


def test_quotes_stand_on_the_page_that_the_pdf_prints(documents: dict[str, Document]) -> None:
    pypdf = pytest.importorskip("pypdf")
    for key in ("01", "04", "08", "11"):
        document = documents[key]
        reader = pypdf.PdfReader(EXAMPLES / "dossier" / document.name)
        assert len(reader.pages) == len(document.pages)
        for page, printed in zip(document.pages, reader.pages, strict=True):
            own = fold(document.text[page.span.start : page.span.end]).replace("|", "")
            assert own[:12] in fold(printed.extract_text())
            assert own[-12:] in fold(printed.extract_text())


def test_twins_name_features_of_the_standard() -> None:
    rows = yaml.safe_load((EXAMPLES / "twins" / "matters.yaml").read_text(encoding="utf-8"))
    ids = [row["feature"] for row in rows["matters"]]
    assert len(ids) == len(set(ids)) >= 20
    assert set(ids) <= {f.id for f in load_standard().features}

"""Listed files are found among the dossier's documents, and their passages by page."""

from __future__ import annotations

import pytest

from auditor.core.claims import Listing, MatchedListing, PageRange, Place
from auditor.core.documents import Document, Page, Span
from auditor.core.passages import Passage, SectionRole
from auditor.intake.matching import listed_passages, match_listings

NAMES = [
    "1.战略/某市数字化转型三年行动方案（2023-2025年）.pdf",
    "1.战略/总结.docx",
    "2.底座/总结.docx",
    "附件.zip!/台账/智慧社区台账.xlsx",
]


def listing(document: str, *pages: PageRange) -> Listing:
    return Listing("8.1.1.1-L1-a", document, pages, "", "市数据局", Place("清单.xlsx", "清单", 3))


@pytest.mark.parametrize(
    ("written", "document", "how"),
    [
        ("1.战略/总结.docx", NAMES[1], "exact"),
        ("1.战略\\总结.docx", NAMES[1], "exact"),
        ("台账/智慧社区台账.xlsx", NAMES[3], "path"),
        ("智慧社区台账.xlsx", NAMES[3], "path"),
        ("智慧社区台账", NAMES[3], "stem"),
        ("《某市数字化转型三年行动方案(2023—2025 年)》", NAMES[0], "folded"),
        ("某市数字化转型三年行动方案", NAMES[0], "contained"),
        ("关于印发某市数字化转型三年行动方案（2023-2025年）的通知", NAMES[0], "contained"),
    ],
)
def test_a_listed_name_finds_its_document(written, document, how):
    matched = match_listings([listing(written)], NAMES).matched
    assert [(m.document, m.how) for m in matched] == [(document, how)]


def test_a_name_that_fits_several_documents_is_ambiguous_and_none_is_chosen():
    result = match_listings([listing("总结.docx")], NAMES)
    assert result.matched == ()
    assert result.ambiguous[0].candidates == (NAMES[1], NAMES[2])


@pytest.mark.parametrize("written", ["年度报告.pdf", "总", "", "/"])
def test_a_name_that_fits_nothing_is_unmatched(written):
    result = match_listings([listing(written)], NAMES)
    assert len(result.unmatched) == 1
    assert result.listings == result.unmatched


def passage(number: int, document: str, start: int, end: int, page: int | None) -> Passage:
    span = Span(start, end)
    return Passage(f"p{number}", document, span, "文", (), SectionRole.OTHER, (), page)


def test_passages_of_listed_pages_are_listed():
    found = [MatchedListing(listing("a.pdf", PageRange(3, 5), PageRange(8, 8)), "a.pdf", "exact")]
    passages = [passage(n, "a.pdf", n * 10, n * 10 + 9, n) for n in range(1, 10)]
    passages.append(passage(99, "b.pdf", 0, 9, 3))
    assert listed_passages(passages, found) == {"p3", "p4", "p5", "p8"}


def test_without_listed_pages_or_without_pages_the_whole_document_is_listed():
    whole = [MatchedListing(listing("a.pdf"), "a.pdf", "exact")]
    assert listed_passages([passage(1, "a.pdf", 0, 9, 7)], whole) == {"p1"}
    paged = [MatchedListing(listing("a.xlsx", PageRange(2, 2)), "a.xlsx", "exact")]
    assert listed_passages([passage(1, "a.xlsx", 0, 9, None)], paged) == {"p1"}


def test_a_passage_over_a_page_break_counts_for_both_pages():
    pages = (Page(1, Span(0, 50)), Page(2, Span(50, 100)))
    document = Document("a.pdf", "0", "pdf", "文" * 100, (), pages)
    found = [MatchedListing(listing("a.pdf", PageRange(2, 2)), "a.pdf", "exact")]
    over = passage(1, "a.pdf", 40, 60, 1)
    assert listed_passages([over], found) == set()
    assert listed_passages([over], found, {"a.pdf": document}) == {"p1"}

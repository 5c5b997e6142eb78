"""Highlights on real papers: the text under the boxes of a quote is the quote, by other readers."""

from __future__ import annotations

import io
import random
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from statistics import mean, median

import pytest
from PIL import Image

from auditor.core.documents import Document, Span
from auditor.ingest.office import find_office
from auditor.ingest.pictures import PicturePool, printed
from auditor.ingest.taking import Settings, take_in
from auditor.originals import Originals
from tests.unit.ingest.seen_samples import (
    Seen,
    exactness,
    likeness,
    seen_in_ofd,
    seen_in_pdf,
    sentences_of,
)
from tests.unit.ingest.test_pictures_highlights import own_ofd

pytestmark = [pytest.mark.long, pytest.mark.shared]
SEED = 20_26
CITATIONS = {"pdf": 50, "scan": 40, "docx": 50, "doc": 40, "ofd": 20}
CITIES = ("北京市", "杭州市")
LEAST_LIKENESS, ALIKE = 90.0, 0.9
"""Of nine scanned quotes in ten, nine tenths are read again from the picture of their boxes."""
WIDTH_PX = 1200
OCR_WIDTH_PX = 1600


@dataclass(frozen=True, slots=True)
class Real:
    """Documents of real papers, and the store of their files."""

    documents: dict[str, list[Document]]
    store: Originals


def sort_of(document: Document) -> str:
    read = {page.reader for page in document.pages}
    return "scan" if "ocr" in read else document.format


@pytest.fixture(scope="module")
def real(shared: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Real]:
    if find_office() is None:
        pytest.skip("LibreOffice is not here (sh scripts/install-system.sh)")
    pytest.importorskip("rapidocr")
    own = tmp_path_factory.mktemp("own")
    (own / "自制.ofd").write_bytes(own_ofd())
    folders = [shared / "real" / "formats", own]
    folders += [shared / "gold" / city / "documents" for city in CITIES]
    store = Originals(tmp_path_factory.mktemp("originals"), PicturePool(1))
    found: dict[str, list[Document]] = {sort: [] for sort in CITATIONS}
    for folder in folders:
        documents, _ = take_in(folder, Settings())
        kept = store.keep(folder, documents)
        assert kept.missing == ()
        for document in documents:
            if document.pages:
                found[sort_of(document)].append(document)
    yield Real(found, store)
    store.close()


def sampled(documents: Sequence[Document], count: int) -> list[tuple[Document, Span]]:
    """Sentences of documents, drawn by seed, from each document about as many."""
    rng = random.Random(SEED)
    shuffled = []
    for document in documents:
        spans = sentences_of(document)
        shuffled.append([(document, span) for span in rng.sample(spans, len(spans))])
    turns = [one for turn in range(count) for drawn in shuffled for one in drawn[turn : turn + 1]]
    return turns[:count]


def seen_by_others(document: Document, store: Originals) -> list[Seen]:
    """The characters of a document as a program reads them that is not ours."""
    data = store.bytes_of(document.sha256, document.name)
    if document.format == "ofd":
        return seen_in_ofd(data)
    if document.format in ("docx", "doc"):
        data = printed(data, document.name, document.format)
    return seen_in_pdf(data)


@pytest.mark.parametrize("sort", ["pdf", "docx", "doc", "ofd"])
def test_the_text_under_the_highlights_of_real_papers_is_the_quote(real: Real, sort: str) -> None:
    citations = sampled(real.documents[sort], CITATIONS[sort])
    assert len(citations) == CITATIONS[sort]
    seen = {d.name: seen_by_others(d, real.store) for d in real.documents[sort]}
    found: Counter[str] = Counter()
    for document, span in citations:
        how = exactness(document, span, seen[document.name])
        found[how] += 1
        if how == "wrong":
            print(f"\n  wrong: {document.name} {document.quote(span)[:80]}")
    print(f"\n{sort}: {len(citations)} citations, {dict(found)}")
    assert not found["wrong"]


def test_what_is_read_again_under_the_highlights_of_scans_is_the_quote(real: Real) -> None:
    citations = sampled(real.documents["scan"], CITATIONS["scan"])
    assert len(citations) == CITATIONS["scan"]
    alike = []
    for document, span in citations:
        numbers = {document.page_of(i) for i in (span.start, span.end - 1)}
        pages = {
            number: Image.open(io.BytesIO(real.store.picture(document, number, OCR_WIDTH_PX)))
            for number in range(min(filter(None, numbers)), max(filter(None, numbers)) + 1)
        }
        alike.append(likeness(document, span, pages))
        if alike[-1] < LEAST_LIKENESS:
            print(f"\n  {alike[-1]:.0f}: {document.name} {document.quote(span)[:80]}")
    good = sum(share >= LEAST_LIKENESS for share in alike)
    whole = sum(share == 100 for share in alike)
    print(f"\nscan: {len(alike)} citations, {good} alike, {whole} equal, mean {mean(alike):.1f}")
    assert good >= ALIKE * len(alike)


@pytest.mark.parametrize("sort", list(CITATIONS))
def test_every_page_is_drawn_with_its_sides(real: Real, sort: str) -> None:
    cold, warm, kept = [], [], []
    for document in real.documents[sort]:
        for page in document.pages[:8]:
            begun = time.monotonic()
            data = real.store.picture(document, page.number, WIDTH_PX)
            (cold if page.number == 1 else warm).append(time.monotonic() - begun)
            image = Image.open(io.BytesIO(data))
            assert image.width == WIDTH_PX
            assert abs(image.height - WIDTH_PX * page.height / page.width) < 1
            begun = time.monotonic()
            assert real.store.picture(document, page.number, WIDTH_PX) == data
            kept.append(time.monotonic() - begun)
    print(
        f"\n{sort}: first page of a paper {1000 * median(cold):.0f} ms, "
        f"others {1000 * median(warm):.0f} ms (at most {1000 * max(warm):.0f} ms), "
        f"kept {1000 * median(kept):.1f} ms, {len(cold) + len(warm)} pages"
    )
    assert median(kept) < median(warm)

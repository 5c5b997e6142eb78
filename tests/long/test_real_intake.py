"""Every real paper at hand is taken in: read, or refused with the true reason; boxes hold."""

from __future__ import annotations

import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from auditor.core.documents import Document, LeftOut
from auditor.core.layout import BOX_BYTES, NO_BOX, box_at
from auditor.dossier import settle
from auditor.ingest.taking import Settings, dossier_files, take_in

pytestmark = [pytest.mark.long, pytest.mark.shared]
PAGED = ("pdf", "ofd", "image")
CONVERTED = ("doc", "docx")
CITIES = ("北京市", "天津市", "重庆市", "青岛市")


@dataclass(frozen=True, slots=True)
class Taken:
    """One folder as taken in, and how long that took."""

    documents: dict[str, Document]
    left_out: dict[str, LeftOut]
    seconds: float

    @property
    def pages(self) -> int:
        """Pages in all."""
        return sum(len(d.pages) for d in self.documents.values())


def taken(folder: Path) -> Taken:
    begun = time.monotonic()
    documents, left_out = take_in(folder, Settings())
    took = Taken(
        {d.name: d for d in documents}, {o.name: o for o in left_out}, time.monotonic() - begun
    )
    assert len(took.documents) + len(took.left_out) == len(dossier_files(folder))
    print(
        f"\n{folder.name}: {len(took.documents)} read, {len(took.left_out)} left out, "
        f"{took.pages} pages, {took.seconds:.1f} s, {took.pages / took.seconds:.1f} pages/s"
    )
    for left in took.left_out.values():
        print(f"  {left.name}: [{left.code}] {left.reason} {left.hint}")
    return took


@pytest.fixture(scope="module")
def formats(shared: Path) -> Taken:
    return taken(shared / "real" / "formats")


@pytest.fixture(scope="module")
def reports(shared: Path) -> Taken:
    return taken(shared / "real" / "work-reports-2024")


def one(took: Taken, start: str) -> Document:
    (found,) = [d for name, d in took.documents.items() if name.startswith(start)]
    return found


def boxed_share(document: Document) -> float:
    """The share of the printed characters (no white space, no cell borders) that have a box."""
    places = [i for i, c in enumerate(document.text) if not c.isspace() and c != "|"]
    layout = document.layout
    known = sum(layout[i * BOX_BYTES : (i + 1) * BOX_BYTES] not in (b"", NO_BOX) for i in places)
    return known / max(1, len(places))


def assert_sound(document: Document) -> None:
    """Pages tile the text in order; every box lies on its page; blocks do not overlap."""
    ends = 0
    for block in document.blocks:
        assert ends <= block.span.start <= block.span.end <= len(document.text)
        ends = block.span.end
    assert len(document.layout) in (0, len(document.text) * BOX_BYTES)
    ends = 0
    for number, page in enumerate(document.pages, start=1):
        assert (page.number, page.span.start) == (number, ends)
        ends = page.span.end
        for offset in range(page.span.start, page.span.end):
            box = box_at(document.layout, offset)
            if box is not None:
                assert 0 <= box[0] <= box[2] <= page.width + 1, (document.name, number, box)
                assert 0 <= box[1] <= box[3] <= page.height + 1, (document.name, number, box)
    assert not document.pages or ends == len(document.text)


def check_boxes(took: Taken) -> Iterator[str]:
    for name, document in took.documents.items():
        assert_sound(document)
        least = 0.98 if document.format in PAGED else 0.95
        share = boxed_share(document)
        if document.format in PAGED + CONVERTED:
            print(f"  {name}: {document.format}, {len(document.pages)} pages, boxes {share:.4f}")
            if share < least:
                yield f"{name}: {share:.4f}"


def test_all_work_reports_are_read_with_pages_and_boxes(reports: Taken) -> None:
    assert len(reports.documents) == 134 and not reports.left_out
    for document in reports.documents.values():
        assert len(document.text) > 4000, document.name
        assert document.paged_by == "conversion" and document.pages, document.name
    assert list(check_boxes(reports)) == []


def test_real_formats_are_read_with_boxes(formats: Taken) -> None:
    assert not formats.left_out
    assert list(check_boxes(formats)) == []


def test_every_format_gives_its_own_words(formats: Taken) -> None:
    for start in ("2017_淮南", "2019_廊坊", "2020_内蒙古", "2020_辽源", "2021_吕梁"):
        statute = one(formats, start)
        assert statute.format == "doc" and "文明行为" in statute.text and statute.pages
    assert "居住证" in one(formats, "34_电子居住证").text
    assert "批复" in one(formats, "公文_批复样例").text
    assert one(formats, "盐城市_2024").format == "docx"  # by its bytes, whatever its name says
    assert "盐城" in one(formats, "盐城市_2024").text
    assert len(one(formats, "文字PDF").pages) == 59
    assert one(formats, "文字PDF").pages[10].reader == "text"


def test_a_scanned_standard_is_read_by_recognition(formats: Taken) -> None:
    scan = one(formats, "扫描PDF")
    assert scan.text.count("智慧校园") > 20 and len(scan.pages) == 25
    sure = [p.confidence for p in scan.pages if p.confidence is not None]
    print(f"  confidence {sum(sure) / len(sure):.4f} over {len(sure)} pages")
    assert sum(sure) / len(sure) > 0.9 and not scan.unread_pages


def test_a_garbage_text_layer_is_read_by_recognition(formats: Taken) -> None:
    garbled = one(formats, "乱码")
    read = [page for page in garbled.pages if page.reader == "ocr"]
    assert len(read) >= 0.8 * len(garbled.pages)
    assert "密码" in garbled.text and min(p.readable for p in read) > 0.9


@pytest.mark.parametrize("city", ["台州市", "襄阳市"])
def test_a_report_under_a_false_name_is_foreign(formats: Taken, city: str) -> None:
    settled = settle(tuple(formats.documents.values()), city)
    (found,) = [d for d in settled if d.name.startswith(f"误标_{city}")]
    assert found.foreign and not found.counts


@pytest.mark.parametrize("city", CITIES)
def test_real_dossiers_are_read_whole(shared: Path, city: str) -> None:
    took = taken(shared / "real" / "dossiers" / city)
    assert not took.left_out
    assert list(check_boxes(took)) == []
    settled = settle(tuple(took.documents.values()), city)
    assert any(d.counts for d in settled)

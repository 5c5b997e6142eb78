"""Photos with a mark of secrecy: kept and flagged, and seen by the secrecy officer alone."""

from __future__ import annotations

import io

import pypdfium2
import pytest
from PIL import Image
from reportlab.pdfbase import pdfmetrics
from reportlab.pdfbase.cidfonts import UnicodeCIDFont
from reportlab.pdfgen.canvas import Canvas

from auditor.core.workspace import RunEntry
from auditor.ingest.ocr import is_installed
from auditor.workbench.handed import Given
from auditor.workbench.onsite import bare_photo
from auditor.workbench.photo_marks import bears_secrecy
from auditor.workbench.space import Space
from tests.web.conftest import Enter
from tests.web.exchange import NOTE, photo, send

FEATURE = "8.2.4.1-L3-a"
MARKED = ("机密★5年", "云岭市某项工作方案", "内容若干，包括各部门分工。")
PLAIN = ("云岭市一体化政务平台", "系统运行正常，今日查询三次。")
needs_ocr = pytest.mark.skipif(not is_installed(), reason="the extra ocr is not installed")


def photographed(lines: tuple[str, ...]) -> bytes:
    """A photo of a sheet of paper with some lines on it."""
    pdfmetrics.registerFont(UnicodeCIDFont("STSong-Light"))
    out = io.BytesIO()
    canvas = Canvas(out, pagesize=(420, 300))
    canvas.setFont("STSong-Light", 20)
    for number, line in enumerate(lines):
        canvas.drawString(40, 240 - 50 * number, line)
    canvas.save()
    with pypdfium2.PdfDocument(out.getvalue()) as document:
        picture: Image.Image = document[0].render(scale=2).to_pil().convert("RGB")
    taken = io.BytesIO()
    picture.save(taken, "JPEG")
    return taken.getvalue()


def record(desk: Enter, entry: RunEntry, data: bytes, name: str = "IMG_1.jpg") -> int:
    """Record a visit with a photo; gives how many photos were sealed."""
    client = desk("reviewer")
    path = f"/runs/{entry.id}/site/{FEATURE}"
    answer = send(client, path, dict(NOTE), [(name, data)], "photos[]")
    assert answer.status_code == 200, answer.text
    return int(answer.json()["sealed"])


def the_photo(space: Space, entry: RunEntry) -> str:
    (event,) = space.runs.events(entry.id)
    return event.content.site[0].attachments[0].sha256


@needs_ocr
def test_a_photo_with_a_mark_is_kept_and_only_the_secrecy_officer_sees_it(
    desk: Enter, space: Space, entry: RunEntry
) -> None:
    assert record(desk, entry, photographed(MARKED)) == 1
    sha256 = the_photo(space, entry)
    path = f"/runs/{entry.id}/site/photos/{sha256}"
    for login in ("reviewer", "lead", "approver", "observer", "technical_checker"):
        assert desk(login).get(path).status_code == 404, login
    seen = desk("secrecy_officer").get(path)
    assert seen.status_code == 200 and seen.content[:2] == b"\xff\xd8"
    page = desk("reviewer").get(f"/runs/{entry.id}/site").text
    assert "照片带密级标志，已封存" in page
    assert path not in page
    assert path not in desk("lead").get(f"/runs/{entry.id}/features/{FEATURE}?done=all").text
    acts = [(line.act, line.object) for line in space.people.accounts.log()]
    assert ("secret_photo", sha256) in acts


@needs_ocr
def test_a_photo_without_a_mark_is_seen_as_before(
    desk: Enter, space: Space, entry: RunEntry
) -> None:
    assert record(desk, entry, photographed(PLAIN)) == 0
    path = f"/runs/{entry.id}/site/photos/{the_photo(space, entry)}"
    assert desk("observer").get(path).status_code == 200
    assert path in desk("reviewer").get(f"/runs/{entry.id}/site").text


def test_a_mark_in_the_name_is_one(desk: Enter, space: Space, entry: RunEntry) -> None:
    assert record(desk, entry, photo(), "机密-机房.jpg") == 1
    path = f"/runs/{entry.id}/site/photos/{the_photo(space, entry)}"
    assert desk("reviewer").get(path).status_code == 404


def test_without_recognition_only_the_name_tells(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("auditor.workbench.photo_marks.is_installed", lambda: False)
    drawn = bare_photo(Given("a.jpg", photographed(MARKED)))
    assert not bears_secrecy("a.jpg", drawn)
    assert bears_secrecy("秘密.jpg", drawn)

"""Notes on site: evidence on the record, once, with photos that tell no more than they show."""

from __future__ import annotations

import io
import json
import threading
from typing import TYPE_CHECKING, Any

import pytest
from PIL import Image

from auditor.core.errors import ReviewError
from auditor.core.events import EventKind
from auditor.core.site import SiteMethod
from auditor.core.workspace import RunEntry
from auditor.deciding import found_on_site
from auditor.store.events import EVENTS_FILE
from auditor.workbench.acting import Answer, decide_feature
from auditor.workbench.handed import Given
from auditor.workbench.onsite import bare_photo, record_note, site_lines
from auditor.workbench.space import Space, export_events
from tests.web.browser import Served, needs_chromium
from tests.web.conftest import Enter
from tests.web.exchange import NOTE, account_of, chain_holds, links_in, photo, send
from tests.web.samples import STANDARD

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

FEATURE = STANDARD.features[20].id
TABLETS = ((1024, 768), (768, 1024))


def note(desk: Enter, entry: RunEntry, photos: list[bytes] | None = None, **fields: str) -> Any:
    """Record a note as a reviewer; gives the answer."""
    files = [(f"IMG_{n}.jpg", data) for n, data in enumerate(photos or [])]
    path = f"/runs/{entry.id}/site/{FEATURE}"
    return send(desk("reviewer"), path, {**NOTE, **fields}, files, "photos[]")


def test_a_note_with_photos_is_evidence_on_the_record(
    desk: Enter, space: Space, entry: RunEntry
) -> None:
    recorded = note(desk, entry, [photo(1), photo(2)])
    assert recorded.status_code == 200, recorded.text
    (event,) = space.runs.events(entry.id)
    assert recorded.json() == {"id": event.id, "hash": event.hash, "sealed": 0}
    assert event.content.kind is EventKind.EVIDENCE
    assert event.content.author == "评审员甲"
    (visit,) = event.content.site
    assert visit.method is SiteMethod.DEMONSTRATION
    assert visit.roles_present == ("处长", "系统管理员")
    assert visit.steps == ("登录", "打开目录", "查询")
    assert (visit.system, visit.network, visit.account_role) == (
        "一体化政务平台", "政务外网", "管理员",
    )  # fmt: skip
    assert [file.name for file in visit.attachments] == ["IMG_0.jpg", "IMG_1.jpg"]
    assert chain_holds(space, entry)
    assert found_on_site(space.open(entry.id).present.events)[FEATURE] == (visit,)
    written = json.loads(export_events(space, entry.id).read_text(encoding="utf-8"))
    assert written["site"][0]["attachments"][0]["sha256"] == visit.attachments[0].sha256
    assert (space.folder / "runs" / entry.id / EVENTS_FILE).is_file()


def test_a_photo_is_kept_without_place_or_device_and_upright(
    desk: Enter, space: Space, entry: RunEntry
) -> None:
    taken = photo(3)
    assert b"SECRETPHONE" in taken, "the picture of the test tells its device"
    assert b"SECRETCOMMENT" in taken
    note(desk, entry, [taken])
    (visit,) = space.runs.events(entry.id)[0].content.site
    got = desk("observer").get(f"/runs/{entry.id}/site/photos/{visit.attachments[0].sha256}")
    assert got.status_code == 200
    assert got.headers["content-type"] == "image/jpeg"
    assert got.headers["content-disposition"].startswith("attachment")
    assert got.headers["x-content-type-options"] == "nosniff"
    assert b"SECRET" not in got.content
    assert b"Exif" not in got.content
    kept = Image.open(io.BytesIO(got.content))
    assert kept.size == (480, 640), "turned as it was held"
    assert not kept.getexif()
    for file in space.folder.rglob("*"):
        assert not file.is_file() or b"SECRET" not in file.read_bytes(), file


def test_a_note_that_is_sent_again_is_recorded_once(
    desk: Enter, space: Space, entry: RunEntry
) -> None:
    first, again = note(desk, entry, [photo()]), note(desk, entry, [photo()])
    assert first.json() == again.json()
    note(desk, entry, [photo()], result="另一次：一次没有结果。")
    assert len(space.runs.events(entry.id)) == 2
    path, observer = f"/runs/{entry.id}/site/{FEATURE}", desk("lead")
    assert send(observer, path, dict(NOTE), [("a.jpg", photo())], "photos[]").status_code == 200
    assert len(space.runs.events(entry.id)) == 3, "somebody else saw the same"


def test_notes_that_come_at_once_are_recorded_once(any_space: Space) -> None:
    (entry,) = any_space.entries()
    reviewer = account_of(any_space, "reviewer")

    def write() -> None:
        record_note(any_space, reviewer, any_space.open(entry.id), (FEATURE, NOTE))

    threads = [threading.Thread(target=write) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(any_space.runs.events(entry.id)) == 1
    assert chain_holds(any_space, entry)


@pytest.mark.parametrize(
    "fields",
    [
        {"method": "hearsay"},
        {"method": ""},
        {"date": "2026-02-30"},
        {"date": "2026-11-03"},
        {"place": " "},
        {"roles": "、，"},
        {"result": ""},
        {"system": "长" * 201},
        {"result": "长" * 4001},
    ],
)
def test_a_note_that_lacks_something_is_refused(
    desk: Enter, space: Space, entry: RunEntry, fields: dict[str, str]
) -> None:
    refused = note(desk, entry, [photo()], **fields)
    assert refused.status_code == 422
    assert space.runs.events(entry.id) == ()
    assert not (space.folder / "attachments").exists()


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"<svg xmlns='http://www.w3.org/2000/svg'><script>alert(1)</script></svg>",
        b"\xff\xd8\xff\xe0 no picture",
        b"GIF89a" + bytes(40),
        b"%PDF-1.7",
        photo()[:400],
    ],
)
def test_what_is_no_photo_is_refused(
    desk: Enter, space: Space, entry: RunEntry, data: bytes
) -> None:
    assert note(desk, entry, [photo(), data]).status_code == 422
    assert space.runs.events(entry.id) == ()


def test_a_picture_of_too_many_pixels_is_refused_before_it_is_drawn() -> None:
    for side in (10_000, 20_000):
        bomb = io.BytesIO()
        Image.new("1", (side, side)).save(bomb, "PNG")
        with pytest.raises(ReviewError, match="too many pixels"):
            bare_photo(Given("bomb.png", bomb.getvalue()))


def test_a_photo_becomes_the_same_bytes_each_time_and_no_larger_than_needed() -> None:
    large = photo(5, (4000, 3000), "PNG")
    drawn = bare_photo(Given("a.png", large))
    assert drawn == bare_photo(Given("b.png", large))
    assert max(Image.open(io.BytesIO(drawn)).size) == 2400


def test_too_many_photos_are_refused(desk: Enter, space: Space, entry: RunEntry) -> None:
    assert note(desk, entry, [photo(n) for n in range(9)]).status_code == 422
    assert space.runs.events(entry.id) == ()


def test_only_who_may_records_on_site(desk: Enter, space: Space, entry: RunEntry) -> None:
    path = f"/runs/{entry.id}/site"
    for login in ("approver", "observer", "secrecy_officer", "coordinator", "filler"):
        assert desk(login).get(path).status_code == 403, login
        assert send(desk(login), f"{path}/{FEATURE}", dict(NOTE)).status_code == 403, login
    note(desk, entry, [photo()])
    (visit,) = space.runs.events(entry.id)[0].content.site
    sha256 = visit.attachments[0].sha256
    assert desk("coordinator").get(f"{path}/photos/{sha256}").status_code == 403
    for other in ("f" * 64, "..%2f..%2fworkspace.db", sha256[:-1]):
        assert desk("reviewer").get(f"{path}/photos/{other}").status_code == 404
    unknown = send(desk("reviewer"), f"{path}/9.9.9.9-L1-a", dict(NOTE))
    assert unknown.status_code == 422
    assert desk("reviewer").get(f"{path}?feature=9.9.9.9-L1-a").status_code == 404


def test_hostile_words_in_a_note_are_words(desk: Enter, space: Space, entry: RunEntry) -> None:
    bad = "<script>alert(1)</script>"
    fields = {k: bad for k in ("place", "roles", "system", "network", "account_role", "result")}
    path = f"/runs/{entry.id}/site/{FEATURE}"
    files = [('"><script>alert(2)</script>.jpg', photo())]
    sent = send(desk("reviewer"), path, {**NOTE, **fields}, files, "photos[]")
    assert sent.status_code == 200
    for address in (f"/runs/{entry.id}/site", f"/runs/{entry.id}/features/{FEATURE}?done=all"):
        page = desk("reviewer").get(address).text
        assert "<script>alert" not in page
        assert "&lt;script&gt;alert(1)" in page


def test_the_history_of_the_review_page_shows_the_note_and_its_photos(
    desk: Enter, entry: RunEntry
) -> None:
    note(desk, entry, [photo()])
    page = desk("observer").get(f"/runs/{entry.id}/features/{FEATURE}?done=all").text
    assert NOTE["result"] in page
    assert "处长、系统管理员" in page
    (link,) = links_in(page, "/site/photos/")
    assert desk("observer").get(link).status_code == 200


def test_an_interview_alone_does_not_make_a_capability_green(
    desk: Enter, space: Space, entry: RunEntry
) -> None:
    opened = space.open(entry.id)
    ability = next(
        f for f in opened.standard.features
        if f.types[:1] == ("capability",) and not opened.findings[f.id].credited_by
        and opened.findings[f.id].verdict is not None
        and not opened.findings[f.id].verdict.is_green
    )  # fmt: skip
    reviewer = account_of(space, "reviewer")
    answer = Answer(ability.id, "met", "看过。", "", opened.hashes[ability.id])
    told = {**NOTE, "method": "interview"}
    record_note(space, reviewer, opened, (ability.id, told))
    with pytest.raises(ReviewError, match="interview alone"):
        decide_feature(space, reviewer, space.open(entry.id), answer)
    record_note(space, reviewer, space.open(entry.id), (ability.id, NOTE))
    decide_feature(space, reviewer, space.open(entry.id), answer)
    assert chain_holds(space, entry)


def test_the_list_holds_what_papers_cannot_show_and_what_was_seen(
    desk: Enter, space: Space, entry: RunEntry
) -> None:
    opened = space.open(entry.id)
    listed = {line.feature.id for line in site_lines(opened, 1)}
    assert listed
    assert all(opened.standard.by_id[i].level == 1 for i in listed)
    high = next(f for f in opened.standard.features if f.level == 5)
    record_note(space, account_of(space, "reviewer"), opened, (high.id, NOTE))
    lines = {line.feature.id: line for line in site_lines(space.open(entry.id), 1)}
    assert set(lines) == listed | {high.id}
    assert lines[high.id].visits == 1
    page = desk("technical_checker").get(f"/runs/{entry.id}/site?feature={FEATURE}").text
    assert f'data-feature="{FEATURE}"' in page


# ---- in the browser ----------------------------------------------------------------------------


def tablet(browser: Browser, served: Served, size: tuple[int, int]) -> Page:
    """The page on a tablet of a size."""
    context = browser.new_context(
        viewport={"width": size[0], "height": size[1]}, has_touch=True, locale="zh-CN"
    )
    page = context.new_page()
    page.goto(served.link("reviewer"))
    (entry,) = served.space.entries()
    page.goto(f"{served.url}/runs/{entry.id}/site?feature={FEATURE}")
    return page


def fill(page: Page, result: str) -> None:
    """Fill the form in with fingers and a photo."""
    page.locator('.os-methods label:has(input[value="demonstration"])').tap()
    for name in ("place", "roles", "system", "network", "account_role"):
        page.fill(f'#note [name="{name}"]', NOTE[name])
    page.fill('#note [name="steps"]', NOTE["steps"])
    page.fill('#note [name="result"]', result)
    picture = {"name": "IMG.jpg", "mimeType": "image/jpeg", "buffer": photo()}
    page.set_input_files("#os-photos", picture)
    page.wait_for_selector("#os-thumbs canvas")


@needs_chromium
@pytest.mark.slow
@pytest.mark.parametrize("size", TABLETS)
def test_what_is_touched_is_large_and_nothing_is_wider_than_the_tablet(
    browser: Browser, served: Served, size: tuple[int, int]
) -> None:
    page = tablet(browser, served, size)
    fill(page, "平台在用。")
    small = page.evaluate(
        """() => [...document.querySelectorAll('#note button, #note input:not([type=radio]),'
        + '#note textarea, .os-methods label, .os-card, .os-camera')]
        .filter((part) => part.offsetParent && part.type !== 'hidden' && part.type !== 'file')
        .filter((part) => part.getBoundingClientRect().height < 44)
        .map((part) => part.outerHTML.slice(0, 80))"""
    )
    assert small == []
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    page.context.close()


@needs_chromium
@pytest.mark.slow
def test_a_draft_survives_a_reload_and_a_note_a_lost_connection(
    browser: Browser, served: Served
) -> None:
    space = served.space
    (entry,) = space.entries()
    page = tablet(browser, served, TABLETS[0])
    fill(page, "断网前写下的结果。")
    page.reload()
    assert page.input_value('#note [name="result"]') == "断网前写下的结果。"
    assert page.is_checked('input[value="demonstration"]')
    page.wait_for_selector("#os-thumbs canvas")
    page.context.set_offline(True)
    page.tap("#os-record")
    page.locator("#os-state", has_text="没有网络").wait_for()
    assert space.runs.events(entry.id) == ()
    assert page.locator("#os-queue li").count() == 1
    assert page.input_value('#note [name="result"]') == ""
    page.context.set_offline(False)
    page.locator("#os-state", has_text="全部已记入").wait_for()
    page.reload()
    page.wait_for_load_state()
    (event,) = space.runs.events(entry.id)
    (visit,) = event.content.site
    assert visit.result == "断网前写下的结果。"
    assert len(visit.attachments) == 1
    assert page.locator("#os-queue li").count() == 0
    assert "断网前写下的结果。" in page.inner_text(".os-records")
    assert chain_holds(space, entry)
    page.context.close()


@needs_chromium
@pytest.mark.slow
def test_an_answer_that_was_lost_leads_to_no_second_entry(browser: Browser, served: Served) -> None:
    space = served.space
    (entry,) = space.entries()
    page = tablet(browser, served, TABLETS[1])
    lost: list[str] = []

    def lose_first_answer(route: object) -> None:
        if lost:
            route.continue_()  # type: ignore[attr-defined]
            return
        lost.append("answer")
        route.fetch()  # type: ignore[attr-defined]
        route.abort()  # type: ignore[attr-defined]

    page.route(f"**/site/{FEATURE}", lose_first_answer)
    fill(page, "答复丢了一次。")
    page.tap("#os-record")
    page.locator("#os-state", has_text="没有网络").wait_for()
    assert len(space.runs.events(entry.id)) == 1, "it had arrived"
    page.evaluate("window.dispatchEvent(new Event('online'))")
    page.locator("#os-state", has_text="全部已记入").wait_for()
    assert len(space.runs.events(entry.id)) == 1
    page.context.close()


@needs_chromium
@pytest.mark.slow
def test_a_refused_note_stays_on_the_tablet_with_the_reason(
    browser: Browser, served: Served
) -> None:
    space = served.space
    (entry,) = space.entries()
    page = tablet(browser, served, TABLETS[0])
    fill(page, "日期写错了。")
    page.evaluate("document.querySelector('#note').noValidate = true")
    page.fill('#note [name="roles"]', "、")
    page.tap("#os-record")
    page.wait_for_selector("#os-queue li.bad")
    assert "没有在场角色" in page.inner_text("#os-queue")
    page.tap("#os-queue li.bad button")
    assert page.input_value('#note [name="result"]') == "日期写错了。"
    page.fill('#note [name="roles"]', "处长")
    page.tap("#os-record")
    page.locator("#os-state", has_text="全部已记入").wait_for()
    (event,) = space.runs.events(entry.id)
    assert event.content.site[0].roles_present == ("处长",)
    assert len(event.content.site[0].attachments) == 1
    page.context.close()

"""What the test of the whole way needs: invented papers, people with windows, reports read back."""

from __future__ import annotations

import hashlib
import shutil
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

from bs4 import BeautifulSoup, Tag
from openpyxl import load_workbook
from reportlab.pdfbase import pdfmetrics
from reportlab.pdfbase.cidfonts import UnicodeCIDFont
from reportlab.pdfgen.canvas import Canvas

from auditor.core.access import Role
from auditor.core.events import ReviewEvent
from auditor.store.events import parse_events
from tests.web.browser import Desk, window
from tests.web.serve_command import Bench, auditor

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

CITY = "临澜市"
PASSWORD = "correct horse 7 staple"
REPORT = "01-数字化转型工作报告.pdf"
TAKEN = ("03-数据条例.html", "09-项目管理制度.md")
"""Papers of the sample dossier that are audited beside the report."""
A4 = (595.0, 842.0)
FONT, SIZE, LEFT, TOP, LEADING = "STSong-Light", 12, 60.0, 760.0, 30.0
PAGES = (
    (
        "临澜市数字化转型工作报告",
        "临澜市数据局　2025年12月20日",
        "一、已完成的工作",
        "全市已印发城市全域数字化转型三年规划，明确了目标和发展方向。",
        "成立市长任组长的领导小组，建立统筹推进机制，明确了牵头机构。",
        "各重点领域均已制定分项方案，逐项列明任务、措施和责任主体。",
        "建立战略实施进度跟踪机制，每季度通报一次，由专门团队督办。",
        "数字化项目统一立项、统一验收，资金由市级统筹安排。",
    ),
    (
        "二、人才和平台",
        "各部门主要负责人全部完成数字化能力培训，能独立组织重点项目。",
        "市数据局配备数据、安全、算法等专业人员一百二十名。",
        "全市公共数据平台归集数据一百二十亿条，日均调用三百万次。",
        "三、下一步打算",
        "计划在明年建成城市智能中枢，探索线上线下联动协同机制。",
    ),
)
NEAR = "市数据局配备数据、安全、算法等专业人员一百二十名。"
"""A sentence on the page of ``MARKED``, by which the page is found."""
MARKED = "主要负责人全部完成数字化能力培训"
"""What is marked with the mouse: from the middle of a line on page 2."""


@dataclass(frozen=True, slots=True)
class Person:
    """Somebody of the assessment."""

    login: str
    name: str
    role: Role


ADMINISTRATOR = Person("guanli", "管理员甲", Role.ADMINISTRATOR)
LEAD = Person("zuzhang", "组长甲", Role.LEAD)
REVIEWER = Person("pingshen1", "评审员甲", Role.REVIEWER)
SECOND = Person("pingshen2", "评审员乙", Role.REVIEWER)
THIRD = Person("pingshen3", "评审员丙", Role.REVIEWER)
CHECKER = Person("hecha", "核查员甲", Role.TECHNICAL_CHECKER)
APPROVER = Person("pizhun", "批准人甲", Role.APPROVER)
STAFF = (LEAD, REVIEWER, SECOND, THIRD, CHECKER, APPROVER)


def write_dossier(folder: Path, samples: Path) -> list[Path]:
    """Write the papers that are audited: a report of two pages, two of the samples."""
    folder.mkdir()
    _write_report(folder / REPORT)
    for name in TAKEN:
        shutil.copy(samples / name, folder / name)
    return sorted(folder.iterdir())


def _write_report(file: Path) -> None:
    pdfmetrics.registerFont(UnicodeCIDFont(FONT))
    canvas = Canvas(str(file), pagesize=A4, invariant=1)
    for lines in PAGES:
        canvas.setFont(FONT, SIZE)
        for number, line in enumerate(lines):
            canvas.drawString(LEFT, TOP - LEADING * number, line)
        canvas.showPage()
    canvas.save()


def printed_at(words: str) -> tuple[tuple[float, float], tuple[float, float]]:
    """Where the first and the last of some characters are printed, as shares of the page's sides.

    It follows from where the canvas drew the line, not from what a reader made of it.
    """
    place, line = next(
        (number, line) for lines in PAGES for number, line in enumerate(lines) if words in line
    )
    start = line.index(words)
    down = (A4[1] - TOP + LEADING * place - 0.35 * SIZE) / A4[1]
    ends = []
    for at in (start, start + len(words) - 1):
        before = pdfmetrics.stringWidth(line[:at], FONT, SIZE)
        middle = before + pdfmetrics.stringWidth(line[at], FONT, SIZE) / 2
        ends.append(((LEFT + middle) / A4[0], down))
    return ends[0], ends[1]


def mark_with_mouse(page: Page, words: str) -> None:
    """Drag over the page that is shown, from the first of some characters to the last."""
    page.wait_for_selector("#sheet .page svg")
    page.wait_for_function("() => document.querySelector('#sheet img').complete")
    box = page.locator("#sheet .page svg").bounding_box()
    assert box is not None
    ends = [
        (box["x"] + across * box["width"], box["y"] + down * box["height"])
        for across, down in printed_at(words)
    ]
    page.mouse.move(*ends[0])
    page.mouse.down()
    page.mouse.move(*ends[1], steps=6)
    page.mouse.up()


@dataclass
class Town:
    """A workbench that the command serves, and the windows of the people who came in."""

    bench: Bench
    browser: Browser
    folder: Path
    windows: dict[str, Page] = field(default_factory=dict)
    run_id: str = ""

    @property
    def url(self) -> str:
        """The address of the workbench, without a slash at the end."""
        return self.bench.url

    @property
    def run(self) -> str:
        """The address of the run."""
        return f"{self.url}/runs/{self.run_id}"

    @cached_property
    def database_options(self) -> tuple[str, ...]:
        """What a command needs to find the database."""
        return ("--database", self.bench.database) if self.bench.database else ()

    def add_administrator(self) -> None:
        """The first person is made by the command, before the workbench is served."""
        role = ("--role", ADMINISTRATOR.role.value)
        made = auditor(
            "workspace", "user", self.bench.folder, ADMINISTRATOR.login,
            "--name", ADMINISTRATOR.name, *role, *self.database_options, said=f"{PASSWORD}\n",
        )  # fmt: skip
        assert made.returncode == 0, made.stderr

    def add_staff(self) -> None:
        """The administrator adds the others on the page."""
        page = self.page(ADMINISTRATOR)
        for person in STAFF:
            page.goto(f"{self.url}/people")
            page.fill("#new-login", person.login)
            page.fill("#new-name", person.name)
            page.fill("#new-password", PASSWORD)
            page.select_option("#role-new", person.role.value)
            page.fill("#city-new", CITY)
            page.click("main form:last-of-type button.main")
            page.wait_for_selector(f'td:text-is("{person.login}")')

    def page(self, person: Person) -> Page:
        """The window of a person; at first they come in by their password, without a mouse."""
        if person.login not in self.windows:
            page = window(self.browser)
            self.windows[person.login] = page
            page.goto(f"{self.url}/login")
            page.wait_for_selector("input:focus")  # given when the page is first painted
            for said, key in ((person.login, "Tab"), (PASSWORD, "Enter")):
                page.keyboard.type(said)
                page.keyboard.press(key)
            page.wait_for_url(f"{self.url}/")
            assert page.locator(".who").inner_text() == person.name
        return self.windows[person.login]

    def desk(self, person: Person) -> Desk:
        """The review page of a person."""
        return Desk(self.page(person), self, self.run_id)

    def record(self) -> tuple[ReviewEvent, ...]:
        """The events so far, as the lead can export them."""
        answer = self.page(LEAD).request.get(f"{self.run}/reports/events")
        assert answer.ok, answer.text()
        file = self.folder / "so-far.jsonl"
        file.write_bytes(answer.body())
        return parse_events(file)

    def sent_to(self, person: Person, paths: tuple[str, ...]) -> Mapping[str, str]:
        """What the server gives a person at addresses below the run: the texts by address."""
        answers = {way: self.page(person).request.get(f"{self.run}/{way}") for way in paths}
        return {way: answer.text() for way, answer in answers.items()}

    def text_of_paper(self, name: str, start: int, end: int) -> str:
        """Characters of a paper's text as the run keeps it."""
        content = next(self.bench.folder.glob(f"uploads/*/dossier/**/{name}")).read_bytes()
        digest = hashlib.sha256(content).hexdigest()
        way = f"papers/{digest}/text?start={start}&end={end}"
        part: dict[str, Any] = self.page(LEAD).request.get(f"{self.run}/{way}").json()
        return str(part["text"])[start - part["start"] : end - part["start"]]

    def download(self, name: str, lang: str = "zh") -> Path:
        """Take a report from the page of reports, as the lead does."""
        page = self.page(LEAD)
        page.goto(f"{self.run}/reports")
        way = f"reports/{name}" + ("" if name == "events" else f"?lang={lang}")
        with page.expect_download(timeout=60_000) as coming:
            page.click(f'a[href$="{way}"]:not([href*="public"])')
        target = self.folder / coming.value.suggested_filename
        coming.value.save_as(target)
        return target


def watch(page: Page, look: str, over: Callable[[Any], bool], timeout_s: float) -> list[Any]:
    """All different answers of a script on a page, which may load anew, until one says it is over.

    Raises:
        AssertionError: it is not over in time.
    """
    from playwright.sync_api import Error

    seen: list[Any] = []
    for _ in range(int(timeout_s / 0.1)):
        try:
            now = page.evaluate(look)
        except Error:  # the page is being loaded anew
            now = None
        if now is not None and (not seen or now != seen[-1]):
            seen.append(now)
        if seen and over(seen[-1]):
            return seen
        page.wait_for_timeout(100)
    raise AssertionError(f"not over in {timeout_s} s: {seen[-3:]}")


def rows_of_sheet(file: Path, place: int = 0) -> list[dict[str, str]]:
    """The rows of a sheet of the working papers by the heads in its second line."""
    lines = [["" if c is None else str(c) for c in row] for row in _sheet(file, place)]
    return [dict(zip(lines[1], line, strict=True)) for line in lines[2:]]


def _sheet(file: Path, place: int) -> list[tuple[Any, ...]]:
    return list(load_workbook(file, read_only=True).worksheets[place].values)


def cells_of_book(file: Path) -> str:
    """Everything that stands in a workbook."""
    sheets = load_workbook(file, read_only=True).worksheets
    return "\n".join(str(c) for sheet in sheets for row in sheet.values for c in row if c)


def card_of(file: Path, feature_id: str) -> Tag:
    """What the page of the report says about a feature."""
    card = BeautifulSoup(file.read_text("utf-8"), "lxml").find(id=feature_id)
    assert isinstance(card, Tag), feature_id
    return card


def verify(events: bytes, folder: Path, head: str) -> tuple[int, str]:
    """What ``auditor log verify`` says of events against a head: exit code and words."""
    folder.mkdir()
    (folder / "events.jsonl").write_bytes(events)
    done = auditor("log", "verify", folder, "--head", head)
    return done.returncode, done.stdout + done.stderr


def without_last(events: bytes) -> bytes:
    """The same events without the last line."""
    return b"".join(events.splitlines(keepends=True)[:-1])

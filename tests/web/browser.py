"""A server with the workbench on a free port, and Debian's Chromium to look at it with."""

from __future__ import annotations

import contextlib
import shutil
import socket
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

import pytest
import uvicorn

from auditor.core.documents import Document, Span
from auditor.core.highlights import highlight_boxes
from auditor.web.app import Serving, create_app, shielded
from auditor.workbench.space import Space

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser")
QUIET = [
    "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run",
    "--disable-background-networking", "--disable-component-update", "--disable-sync",
]  # fmt: skip
needs_chromium = pytest.mark.skipif(
    CHROMIUM is None,
    reason="Chromium is not here (sh scripts/install-system.sh --tests); CI installs it",
)
STARTS_WITHIN_S = 20
PATIENCE_MS = 15000
TOLD_WITHIN_MS = 8000


@dataclass(frozen=True, slots=True)
class Served:
    """A workbench that is served: its address, without a slash at the end, and its space."""

    url: str
    space: Space

    def link(self, login: str) -> str:
        """An address that lets a person in once."""
        account = self.space.people.accounts.by_login(login)
        assert account is not None, login
        return f"{self.url}/enter/{self.space.people.make_link(account)}"


@contextlib.contextmanager
def serving(space: Space) -> Iterator[Served]:
    """Serve a space on a free port of this machine, in a thread, until the end."""
    app = shielded(create_app(space), Serving())
    config = uvicorn.Config(app, log_level="warning", access_log=False, lifespan="off")
    server = uvicorn.Server(config)
    with socket.socket() as listening:
        listening.bind(("127.0.0.1", 0))
        port = listening.getsockname()[1]
        thread = threading.Thread(target=server.run, kwargs={"sockets": [listening]}, daemon=True)
        thread.start()
        end = time.monotonic() + STARTS_WITHIN_S
        while not server.started and thread.is_alive() and time.monotonic() < end:
            time.sleep(0.01)
        assert server.started, "the server did not start"
        try:
            yield Served(f"http://127.0.0.1:{port}", space)
        finally:
            server.should_exit = True
            thread.join(STARTS_WITHIN_S)


@contextlib.contextmanager
def chromium() -> Iterator[Browser]:
    """Chromium without a window, ended at the end."""
    from playwright.sync_api import sync_playwright

    assert CHROMIUM is not None
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=QUIET)
        try:
            yield browser
        finally:
            browser.close()


def come_in(
    browser: Browser, served: Served, login: str, size: tuple[int, int] = (1500, 900)
) -> Page:
    """A person in a window of their own; an error in a script of the page fails the test later.

    ``errors_of`` tells of such errors.
    """
    page = window(browser, size)
    page.goto(served.link(login))
    return page


def window(browser: Browser, size: tuple[int, int] = (1500, 900)) -> Page:
    """An empty window that shares nothing with the others; ``errors_of`` hears its scripts."""
    context = browser.new_context(viewport={"width": size[0], "height": size[1]})
    context.set_default_timeout(PATIENCE_MS)
    page = context.new_page()
    errors: list[str] = []
    page.on("pageerror", lambda error: errors.append(str(error)))
    _ERRORS[id(page)] = errors
    return page


def errors_of(page: Page) -> list[str]:
    """What went wrong in the scripts of a page that came in."""
    return _ERRORS[id(page)]


_ERRORS: dict[int, list[str]] = {}


class Addressed(Protocol):
    """A workbench that answers: its address, without a slash at the end."""

    @property
    def url(self) -> str: ...


class Desk:
    """The review page of a person: what is pressed, and what is shown."""

    def __init__(self, page: Page, served: Addressed, run_id: str) -> None:
        self.page = page
        self.served = served
        self.run_id = run_id

    def open(self, feature_id: str = "", query: str = "queue=order") -> None:
        """Open a feature, or the first of a queue, and wait until it can be worked on."""
        way = f"features/{feature_id}" if feature_id else "review"
        self.page.goto(f"{self.served.url}/runs/{self.run_id}/{way}?{query}")
        self.page.wait_for_selector("#main[data-feature]")
        self.page.wait_for_function("() => document.activeElement?.id === 'main'")

    @property
    def feature_id(self) -> str:
        """The feature that is shown."""
        return str(self.page.locator("#main").get_attribute("data-feature"))

    def press(self, *keys: str) -> None:
        """Press keys one after another."""
        for key in keys:
            self.page.keyboard.press(key)

    def press_and_move(self, key: str) -> str:
        """Press a key and wait for another feature; gives the one that was left."""
        left = self.feature_id
        self.page.keyboard.press(key)
        self.moved_from(left)
        return left

    def moved_from(self, feature_id: str) -> None:
        """Wait until another feature is shown."""
        self.page.wait_for_function(
            "left => document.querySelector('#main')?.dataset.feature !== left", arg=feature_id
        )

    def told(self) -> str:
        """What the page tells, once it does."""
        self.page.wait_for_selector("#told:not([hidden])", timeout=TOLD_WITHIN_MS)
        return self.page.locator("#told").inner_text()


def search(desk: Desk, word: str) -> None:
    """Search the dossier by keyboard, and open the first place that is found."""
    desk.press("/")
    desk.page.keyboard.type(word)
    desk.press("Enter")
    desk.page.wait_for_selector("#found .place-link")
    desk.press("Enter")
    desk.page.wait_for_function("() => document.querySelector('#found .place-link[aria-current]')")
    desk.page.wait_for_selector("#sheet:not([aria-busy])")
    desk.press("Escape")


def drag(desk: Desk, document: Document, span: Span) -> None:
    """Drag over the characters of a span on the page that is shown, from first to last."""
    desk.page.wait_for_selector("#sheet svg")
    desk.page.wait_for_function("() => document.querySelector('#sheet img').complete")
    first = highlight_boxes(document, Span(span.start, span.start + 1))[0]
    last = highlight_boxes(document, Span(span.end - 1, span.end))[0]
    place = "([x, y]) => { const b = document.querySelector('#sheet svg').getBoundingClientRect();"
    place += " return [b.left + x * b.width, b.top + y * b.height]; }"
    ends = []
    for box in (first, last):
        middle = [(box.left + box.right) / 2, (box.top + box.bottom) / 2]
        ends.append(desk.page.evaluate(place, middle))
    desk.page.mouse.move(*ends[0])
    desk.page.mouse.down()
    desk.page.mouse.move(*ends[1], steps=4)
    desk.page.mouse.up()

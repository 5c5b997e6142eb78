"""A server with the workbench on a free port, and Debian's Chromium to look at it with."""

from __future__ import annotations

import contextlib
import shutil
import socket
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

import pytest
import uvicorn

from auditor.web.app import Serving, create_app, shielded
from auditor.workbench.space import Space

if TYPE_CHECKING:
    from playwright.sync_api import Browser

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

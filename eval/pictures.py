"""Pictures of the workbench's pages for the README: ``python -m eval.pictures RUN DOSSIER``.

RUN is a finished run of the sample dossier (``auditor run examples/dossier … -o RUN``). People of
several roles come in over the loopback, decide, review blind and sign as anybody would; then each
page is taken by Debian's Chromium and written to ``docs/images`` with 128 colours.
"""

from __future__ import annotations

import contextlib
import io
import shutil
import socket
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import httpx
import uvicorn
from PIL import Image

from auditor.core.access import Grant, Role
from auditor.core.workspace import RunEntry
from auditor.web.app import Serving, create_app, shielded
from auditor.workbench.queues import under
from auditor.workbench.space import Space, add_run, open_space

if TYPE_CHECKING:
    from playwright.sync_api import Browser

TARGET = Path(__file__).parents[1] / "docs/images"
COLOURS = 128
DESK, TABLET = (1440, 900), (820, 1180)
MADE_AT = "2026-11-02T09:00:00+08:00"
SIGNED, BESIDE = "8.1.1.1", "8.2.4"
"""The item that is signed; the sub-domain that two review blind."""
STEPS = (("compiled", Role.REVIEWER), ("reviewed", Role.TECHNICAL_CHECKER))
OPINIONS = ("met", "partly_met", "planned", "not_met")
SECOND = "second"
NAMES = {
    Role.LEAD: "组长", Role.REVIEWER: "评审员甲", Role.TECHNICAL_CHECKER: "核查员",
    Role.APPROVER: "批准人",
}  # fmt: skip
PAGES = {
    "home": ("/", (1440, 300)),
    "run": ("/runs/{run}", DESK),
    "agreement": ("/runs/{run}/agreement", DESK),
    "signing": ("/runs/{run}/signing", DESK),
    "onsite": ("/runs/{run}/site", TABLET),
}


@dataclass(frozen=True, slots=True)
class Stage:
    """A served workspace with the run of the sample."""

    space: Space
    entry: RunEntry
    url: str

    def person(self, login: str) -> httpx.Client:
        """Somebody who came in by a link, ready to send forms."""
        client = httpx.Client(base_url=self.url, follow_redirects=True, timeout=60)
        answer = client.get(self.link(login))
        token = answer.text.partition('name="csrf" content="')[2].partition('"')[0]
        client.headers["x-csrf"] = token
        return client

    def link(self, login: str) -> str:
        """The address that lets a person in once."""
        account = self.space.people.accounts.by_login(login)
        if account is None:
            raise LookupError(login)
        return f"/enter/{self.space.people.make_link(account)}"

    def send(self, login: str, path: str, **body: Any) -> None:
        """Send JSON as a person; raises ``httpx.HTTPStatusError`` where it is refused."""
        with contextlib.closing(self.person(login)) as client:
            client.post(f"/runs/{self.entry.id}/{path}", json=body).raise_for_status()

    def fill(self, login: str, path: str, **form: str) -> None:
        """Send a form as a person; raises ``httpx.HTTPStatusError`` where it is refused."""
        with contextlib.closing(self.person(login)) as client:
            client.post(f"/runs/{self.entry.id}/{path}", data=form).raise_for_status()

    def features_of(self, node: str) -> list[str]:
        """The features below a node, in order."""
        return [f.id for f in self.space.open(self.entry.id).standard.features if under(f, node)]


def main() -> None:
    """Make all pictures."""
    run, dossier = (Path(argument) for argument in sys.argv[1:3])
    with tempfile.TemporaryDirectory() as folder, served(Path(folder), run, dossier) as stage:
        act(stage)
        take(stage)


@contextlib.contextmanager
def served(folder: Path, run: Path, dossier: Path) -> Iterator[Stage]:
    """A workspace with the run and people, served on a free port."""
    space = open_space(folder)
    entry = add_run(space, run, NAMES[Role.LEAD], dossier)
    people = [(role.value, role, name) for role, name in NAMES.items()]
    for login, role, name in [*people, (SECOND, Role.REVIEWER, "评审员乙")]:
        space.people.accounts.add(login, name, "", [Grant(role, entry.city)], MADE_AT)
    config = uvicorn.Config(shielded(create_app(space), Serving()), log_level="warning")
    server = uvicorn.Server(config)
    with socket.socket() as listening:
        listening.bind(("127.0.0.1", 0))
        listening.listen()
        url = f"http://127.0.0.1:{listening.getsockname()[1]}"
        thread = threading.Thread(target=server.run, kwargs={"sockets": [listening]})
        thread.start()
        try:
            while not server.started and thread.is_alive():
                time.sleep(0.05)
            yield Stage(space, entry, url)
        finally:
            server.should_exit = True
            thread.join()
            space.close()


def act(stage: Stage) -> None:
    """Decide an item and sign two steps of it; two review a sub-domain blind, one round ends."""
    hashes = stage.space.open(stage.entry.id).hashes
    for feature_id in stage.features_of(SIGNED):
        said = {"verdict": "partly_met", "reason": "材料只说明了一部分", "seen": "", "cited": []}
        path = f"features/{feature_id}/decision"
        stage.send("lead", path, finding_hash=hashes[feature_id], **said)
    for step, role in STEPS:
        stage.fill(role.value, "signing/declaration", more="无")
        head = stage.space.entry(stage.entry.id).head
        stage.fill(role.value, f"signing/{step}", node=SIGNED, head=head)
    pair = [stage.space.people.accounts.by_login(login) for login in ("reviewer", SECOND)]
    first, second = (str(account.id) for account in pair if account is not None)
    stage.fill("lead", "blind", first=first, second=second, node=BESIDE)
    for number, feature_id in enumerate(stage.features_of(BESIDE)):
        for place, login in enumerate(("reviewer", SECOND)):
            differs = place and number % 4 == 3
            verdict = OPINIONS[(number + (1 if differs else 0)) % len(OPINIONS)]
            said = {"verdict": verdict, "reason": "按条文逐项核对", "cited": []}
            path = f"features/{feature_id}/opinion"
            stage.send(login, path, finding_hash=hashes[feature_id], **said)
    stage.fill("lead", f"blind/{stage.space.desks.rounds(stage.entry.id)[-1].id}/end")


def take(stage: Stage) -> None:
    """Take each page as the lead sees it."""
    from playwright.sync_api import sync_playwright

    chromium = shutil.which("chromium")
    with sync_playwright() as playwright:
        arguments = ["--no-sandbox", "--disable-gpu", "--disable-background-networking"]
        browser = playwright.chromium.launch(executable_path=chromium, args=arguments)
        for name, (path, size) in PAGES.items():
            picture = page_picture(browser, stage, path, size)
            write_picture(picture, TARGET / f"workbench-{name}.png")
        browser.close()


def page_picture(browser: Browser, stage: Stage, path: str, size: tuple[int, int]) -> bytes:
    """One page of the workbench as a PNG."""
    page = browser.new_page(viewport={"width": size[0], "height": size[1]}, locale="zh-CN")
    page.goto(stage.url + stage.link("lead"))
    page.goto(stage.url + path.format(run=stage.entry.id))
    page.wait_for_load_state("networkidle")
    picture = page.screenshot()
    page.close()
    return picture


def write_picture(picture: bytes, file: Path) -> None:
    """Write a PNG with few colours."""
    Image.open(io.BytesIO(picture)).convert("RGB").quantize(COLOURS).save(file, optimize=True)


if __name__ == "__main__":
    main()

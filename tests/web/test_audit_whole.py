"""A whole audit from the browser's side, with the real command: uploaded, cancelled, gone on with,
its server killed and started anew, and a run at the end.
"""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx
import pytest

from auditor.core.workspace import Job
from auditor.store.workspace.jobs import Jobs
from auditor.store.workspace.opening import open_workspace_database
from auditor.workbench.processes import ProcessRef, is_alive, mark_of
from tests.web.browser import needs_chromium

pytestmark = [pytest.mark.slow, pytest.mark.model]
CITY = "临澜市"
LINK = re.compile(r"http://127\.0\.0\.1:\d+/enter/\S+")
PATIENCE_S = 300
FEATURES = 376
State = dict[str, Any]


@dataclass
class Bench:
    """``auditor serve`` over a workspace, and a client of the person at it."""

    folder: Path
    process: subprocess.Popen[str] | None = None
    client: httpx.Client = field(default_factory=httpx.Client)
    url: str = ""
    link: str = ""

    def start(self) -> None:
        """Start the server and enter."""
        command = [sys.executable, "-m", "auditor.cli.main", "serve", str(self.folder)]
        self.process = subprocess.Popen(
            [*command, "--port", "0"], stdout=subprocess.PIPE, text=True
        )
        assert self.process.stdout is not None
        for line in self.process.stdout:
            if found := LINK.search(line):
                self.link = found.group()
                break
        self.url = self.link.partition("/enter")[0]
        self.client = httpx.Client(base_url=self.url, timeout=60)

    def enter(self) -> None:
        """Come in by the link that works once."""
        self.client.get(self.link)
        page = self.client.get("/new").text
        found = re.search(r'name="csrf" content="([^"]+)"', page)
        assert found is not None
        self.client.headers["x-csrf"] = found.group(1)

    def kill(self, blow: signal.Signals = signal.SIGKILL) -> None:
        """End the server, by force."""
        if self.process is not None:
            self.process.send_signal(blow)
            self.process.wait(30)

    def job(self, job_id: str) -> Job:
        """The job as the database has it."""
        database = open_workspace_database(self.folder)
        try:
            job = Jobs(database).get(job_id)
        finally:
            database.close()
        assert job is not None
        return job

    def follow(self, job_id: str, until: Any) -> list[State]:
        """Look at a job, as its page does, until ``until`` says so; gives all that was seen."""
        seen: list[State] = []
        end = time.monotonic() + PATIENCE_S
        while time.monotonic() < end:
            seen.append(self.client.get(f"/jobs/{job_id}/state").json())
            if until(seen[-1]):
                return seen
            time.sleep(0.2)
        raise AssertionError(seen[-1])


@pytest.fixture
def bench(tmp_path: Path) -> Iterator[Bench]:
    running = Bench(tmp_path / "workspace")
    running.start()
    yield running
    running.kill(signal.SIGTERM)
    running.client.close()
    database = open_workspace_database(running.folder)
    for job in Jobs(database).all():
        if job.pid and mark_of(job.pid) == job.process_mark != "":
            os.killpg(job.pid, signal.SIGKILL)
    database.close()


def over(state: State) -> bool:
    return state["state"] not in ("waiting", "running")


def searching(state: State) -> bool:
    return over(state) or any(s["name"] == "search" and s["done"] > 0 for s in state["stages"])


def require_monotone(seen: list[State]) -> None:
    """Progress is real: it never goes back, stage follows stage, a stage in work names a step."""
    order = ["read", "embed", "search", "judge"]
    before: dict[str, int] = {}
    for state in seen:
        names = [stage["name"] for stage in state["stages"]]
        assert names == order[: len(names)]
        for stage in state["stages"]:
            assert before.get(stage["name"], 0) <= stage["done"] <= stage["total"]
            before[stage["name"]] = stage["done"]


def steps_of(seen: list[State], name: str) -> set[int]:
    return {s["done"] for state in seen for s in state["stages"] if s["name"] == name}


def test_an_audit_from_upload_to_run(bench: Bench, root: Path) -> None:
    bench.enter()
    papers = sorted((root / "examples/dossier").iterdir())
    files = [("papers", (f"dossier/{p.name}", p.read_bytes())) for p in papers]
    asked = {"city": CITY, "judge": "screen", "opening": "closed"}
    answer = bench.client.post("/new", data=asked, files=files)
    assert answer.status_code == 303, answer.text
    job_id = answer.headers["location"].rpartition("/")[2]

    first = bench.follow(job_id, searching)
    assert not over(first[-1]), first[-1]
    bench.client.post(f"/jobs/{job_id}/cancel")
    first += bench.follow(job_id, over)
    assert first[-1]["state"] == "cancelled"
    require_monotone(first)
    assert bench.job(job_id).pid == 0

    bench.client.post(f"/jobs/{job_id}/resume")
    second = bench.follow(job_id, searching)
    assert not over(second[-1]), second[-1]
    working = bench.job(job_id)
    bench.kill()
    assert is_alive(ProcessRef(working.pid, working.process_mark))
    bench.start()
    bench.enter()
    after = bench.follow(job_id, lambda _state: True)
    assert over(after[-1]) or bench.job(job_id).pid == working.pid
    second += after + bench.follow(job_id, over)
    assert second[-1]["state"] == "done", second[-1]
    require_monotone(second)
    assert steps_of(second, "read") >= {len(papers)}
    assert steps_of(second, "search") - {0, FEATURES}, "a search seen only at its start and end"
    assert steps_of(second, "search") | steps_of(second, "judge") >= {FEATURES}

    run_id = second[-1]["run_id"]
    assert CITY in bench.client.get(f"/runs/{run_id}").text
    intake = bench.client.get(f"/runs/{run_id}/intake").text
    assert all(paper.name in intake for paper in papers)
    assert f"dossier/{papers[0].name}" not in intake


@needs_chromium
def test_a_folder_chosen_in_a_browser_keeps_its_paths(
    bench: Bench, browser: Any, tmp_path: Path
) -> None:
    folder = tmp_path / "材料"
    (folder / "数据局").mkdir(parents=True)
    (folder / "01.txt").write_text("一", encoding="utf-8")
    (folder / "数据局" / "02.txt").write_text("二", encoding="utf-8")
    page = browser.new_page()
    page.goto(bench.link)
    page.goto(f"{bench.url}/new")
    page.fill("#city", CITY)
    page.check("input[value=screen]")
    page.set_input_files("#folder", folder)
    assert "2 个文件" in page.inner_text("#chosen")
    page.click("#upload button.main")
    page.wait_for_url("**/jobs/*")
    job_id = page.url.rpartition("/")[2]
    page.click("form[action$='/cancel'] button")
    page.wait_for_selector(".s-cancelled, .s-failed", timeout=60_000)
    dossier = bench.folder / "uploads" / job_id / "dossier"
    kept = sorted(p.relative_to(dossier).as_posix() for p in dossier.rglob("*.txt"))
    assert kept == ["01.txt", "数据局/02.txt"]
    page.close()

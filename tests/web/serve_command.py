"""``auditor serve`` as a process of its own over a workspace, and a client of who sits at it."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx

from auditor.core.workspace import Job
from auditor.store.workspace.jobs import Jobs
from auditor.store.workspace.opening import open_workspace_database
from auditor.workbench.processes import mark_of

LINK = re.compile(r"http://127\.0\.0\.1:\d+/enter/\S+")
PATIENCE_S = 300
State = dict[str, Any]


def auditor(*arguments: str | Path, said: str = "") -> subprocess.CompletedProcess[str]:
    """Run the command with ``said`` on its standard input, until it ends."""
    command = [sys.executable, "-m", "auditor.cli.main", *map(str, arguments)]
    return subprocess.run(command, input=said, capture_output=True, text=True, check=False)


@dataclass
class Bench:
    """``auditor serve`` over a workspace, and a client of the person at it."""

    folder: Path
    database: str | None = None
    process: subprocess.Popen[str] | None = None
    client: httpx.Client = field(default_factory=httpx.Client)
    url: str = ""
    link: str = ""

    def start(self) -> None:
        """Start the server and enter."""
        command = [sys.executable, "-m", "auditor.cli.main", "serve", str(self.folder)]
        command += ["--port", "0", *(("--database", self.database) if self.database else ())]
        self.process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
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
        database = open_workspace_database(self.folder, self.database)
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

    def end(self) -> None:
        """End the server and the audits that it began."""
        self.kill(signal.SIGTERM)
        self.client.close()
        database = open_workspace_database(self.folder, self.database)
        for job in Jobs(database).all():
            if job.pid and mark_of(job.pid) == job.process_mark != "":
                os.killpg(job.pid, signal.SIGKILL)
        database.close()

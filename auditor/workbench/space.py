"""A workspace: a folder of run folders, with the database of what people said and did."""

from __future__ import annotations

import hashlib
import shutil
import threading
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from auditor.cache import cache_dir
from auditor.core.errors import RunError
from auditor.core.events import ReviewEvent
from auditor.core.run import Run
from auditor.core.workspace import RunEntry
from auditor.ingest.kept import KeptPapers
from auditor.originals import Originals
from auditor.profiles import DEFAULT_PROFILE, profiles
from auditor.store.events import EVENTS_FILE, event_json, read_events
from auditor.store.run_folder import MANIFEST_FILE, STATE_FOLDER, read_run, write_lines
from auditor.store.workspace.accounts import Accounts
from auditor.store.workspace.desks import Desks
from auditor.store.workspace.jobs import Jobs
from auditor.store.workspace.matters import Matters
from auditor.store.workspace.opening import Database, open_workspace_database
from auditor.store.workspace.runs import Runs
from auditor.workbench.clock import own_clock
from auditor.workbench.editions_kept import RunEditions
from auditor.workbench.opened import OpenRun, OpenRuns
from auditor.workbench.people import Now, People, stamp

RUNS_FOLDER, PAPERS_FOLDER = "runs", "papers"
ID_LENGTH = 12


@dataclass(frozen=True)
class Space:
    """An open workspace and all its parts."""

    folder: Path
    database: Database
    editions: RunEditions
    people: People
    runs: Runs
    desks: Desks
    jobs: Jobs
    matters: Matters
    originals: Originals
    opened: OpenRuns
    now: Now
    exporting: threading.Lock

    def entry(self, run_id: str) -> RunEntry:
        """A run's entry; raises ``RunError`` where there is none."""
        entry = self.runs.get(run_id)
        if entry is None:
            raise RunError(f"工作区里没有这次审核 (no run {run_id}).", hint="请从首页打开。")
        return self._placed(entry)

    def entries(self) -> tuple[RunEntry, ...]:
        """All runs, by city, the newest first."""
        return tuple(self._placed(entry) for entry in self.runs.all())

    def _placed(self, entry: RunEntry) -> RunEntry:
        """With the whole path of its folder (the database keeps it relative)."""
        return replace(entry, folder=str(self.folder / entry.folder))

    def open(self, run_id: str) -> OpenRun:
        """A run with the events that stand now."""
        return self.opened.get(self.entry(run_id))

    def stamp(self) -> str:
        """The time, as the database keeps it."""
        return stamp(self.now())

    def close(self) -> None:
        """Write what is still to be exported, let go."""
        for entry in self.runs.all():
            export_events(self, entry.id)
        self.originals.close()
        self.database.close()


def open_space(
    folder: Path, url: str | None = None, now: Now = own_clock, criteria: str | None = None
) -> Space:
    """Open a workspace, made where there is none; ``url`` names a PostgreSQL database.

    ``criteria`` is an edition of the standard or a folder of them, beside those that ship.

    Raises:
        ConfigurationError: the database cannot be opened.
    """
    folder = folder.resolve()
    database = open_workspace_database(folder, url)
    editions = RunEditions(folder, criteria)
    runs = Runs(database)
    return Space(
        folder=folder,
        database=database,
        editions=editions,
        people=People(Accounts(database), now),
        runs=runs,
        desks=Desks(database),
        jobs=Jobs(database),
        matters=Matters(database),
        originals=Originals(folder / PAPERS_FOLDER, papers=KeptPapers.in_cache(cache_dir())),
        opened=OpenRuns(runs, editions.of),
        now=now,
        exporting=threading.Lock(),
    )


def add_run(space: Space, out: Path, added_by: str, papers: Path | None = None) -> RunEntry:
    """Register a finished run: its folder is copied, its events and its papers are taken over.

    ``papers`` is the dossier that was audited, where the pictures of the pages come from; papers
    that are not there any more are shown as text.

    Raises:
        RunError: no finished run, a broken chain of events, a run that is here already, or one
            whose edition of the standard is not here.
    """
    run = read_run(out)
    if run.score is None:
        raise RunError(f"{out} holds no findings.", hint="Run it with a judge.")
    events = read_events(out)
    entry = _entry_of(space, out, run, added_by, events)
    if space.runs.get(entry.id) is not None:
        raise RunError(f"{out} is in the workspace already.", hint="Open it: auditor serve.")
    space.editions.keep(space.editions.of(out))
    _copy(out, space.folder / entry.folder)
    if papers is not None:
        space.originals.keep(papers, run.documents)
    space.runs.add(entry, events)
    return entry


def run_id_of(out: Path) -> str:
    """The id that a finished run has in every workspace; equal runs have equal ids."""
    return hashlib.sha256((out / MANIFEST_FILE).read_bytes()).hexdigest()[:ID_LENGTH]


def _entry_of(
    space: Space, out: Path, run: Run, added_by: str, events: Sequence[ReviewEvent]
) -> RunEntry:
    run_id = run_id_of(out)
    city = str(run.manifest["city"])
    judge, day = run.manifest["judge"]["name"], run.manifest.get("as_of") or ""
    profile = run.manifest.get("profile", {}).get("id", DEFAULT_PROFILE)
    return RunEntry(
        id=run_id,
        city=city,
        title=f"{city} {day} {judge}".strip(),
        folder=f"{RUNS_FOLDER}/{run_id}",
        added_at=space.stamp(),
        added_by=added_by,
        head=events[-1].hash if events else "",
        events=len(events),
        features=len(run.findings),
        profile=profile if profile in profiles(space.editions.of(out)) else DEFAULT_PROFILE,
    )


def _copy(out: Path, target: Path) -> None:
    """Copy a run folder whole or not at all, without the state of its making."""
    if out.resolve() == target:
        return
    draft = target.with_name(f".{target.name}.part")
    shutil.rmtree(draft, ignore_errors=True)
    shutil.copytree(out, draft, ignore=shutil.ignore_patterns(STATE_FOLDER, "*.lock"))
    shutil.rmtree(target, ignore_errors=True)
    draft.rename(target)


def export_events(space: Space, run_id: str) -> Path:
    """Write the run's events.jsonl anew from the database; gives the file."""
    entry = space.entry(run_id)
    file = Path(entry.folder) / EVENTS_FILE
    with space.exporting:
        events = space.runs.events(run_id)
        if events or file.is_file():
            write_lines(file, map(event_json, events))
    return file

"""One city's audit within an archive: the same folder that ``auditor run`` writes.

What differs from a run of its own: judgements are kept in the archive's journal, the work is done
in a folder that only this attempt knows, and the result says what was counted.
"""

from __future__ import annotations

import dataclasses
import shutil
import threading
import time
from collections.abc import Callable, Mapping
from functools import cached_property, partial
from pathlib import Path
from typing import Any

from auditor.archive.ahead import CITIES, LOCK_FILE, Ahead
from auditor.archive.counting import CountedContents, CountedMemory, CountedVectors, Counts
from auditor.archive.engines import Finished, Order
from auditor.archive.listing import Dossier, brought_together, digest_of_file, is_of
from auditor.archive.publishing import (
    Files,
    beside_of,
    clear_aside,
    digest_of,
    files_of,
    is_whole,
    keep_logs,
    put_in_place,
    settle_on_disk,
)
from auditor.archive.reasons import why_judged
from auditor.archive.request import CITIES_FOLDER, WORK_FOLDER, ArchiveRequest, read_request
from auditor.archive.rescoring import FROM, rescored, ruling_of
from auditor.archive.turns import InTurnSearcher, in_turn
from auditor.cache import cache_dir
from auditor.choice import Choice
from auditor.core.errors import ConfigurationError
from auditor.core.jobs import Lease
from auditor.core.run import Progress, Run
from auditor.delivering import Ruling, deliver
from auditor.ingest.lending import LentPools
from auditor.ingest.taking import Settings
from auditor.metering import Shared
from auditor.pipeline import Parts, run_audit
from auditor.servers import store_url
from auditor.store.jobs.opening import open_jobs
from auditor.store.journal import Journal
from auditor.store.run_folder import REQUEST_FILE, write_json
from auditor.wiring import (
    Common,
    Place,
    build_common,
    intake_settings,
    is_hosted,
    parts_of,
    resolved_judge,
)

JOURNAL_FILE = "journal.db"
STATES_FOLDER, DOSSIERS_FOLDER, AHEAD_FOLDER = "states", "dossiers", "ahead"


class Loaded:
    """What all cities share, loaded once: at the first need, whichever city has it."""

    def __init__(self, choice: Choice, order: Order, say: Callable[[str], None]) -> None:
        self._load = partial(build_common, choice, say, order.threads, order.embedder)
        self._lock = threading.Lock()
        self._common: Common | None = None

    def get(self) -> Common:
        """Load it, or give what was loaded.

        Raises:
            AuditorError: a setting is wrong, or a model is missing.
        """
        with self._lock:
            if self._common is None:
                self._common = self._load()
            return self._common


class CityAuditor:
    """Audits the cities of an archive; models are loaded once."""

    def __init__(self, order: Order, asked: ArchiveRequest, loaded: Loaded) -> None:
        self._order = order
        self._asked = asked
        self._loaded = loaded
        self._journal = Journal(order.out / JOURNAL_FILE, store_url())
        self._searching = threading.Lock()
        self._turns = threading.Semaphore(order.share)
        self._pools = LentPools(max(1, order.threads))
        self._jobs = open_jobs(
            order.out, order.archive_id, order.database, order.patience, was_there=True
        )
        self._ahead = Ahead(order.out / WORK_FOLDER / AHEAD_FOLDER, cache_dir() / LOCK_FILE)

    def audit(self, lease: Lease, progress: Progress) -> Finished:
        """Audit one city.

        Raises:
            AuditorError: it cannot be audited, or its papers have changed meanwhile.
        """
        began = time.monotonic()
        work = self._order.out / WORK_FOLDER
        draft, state = work / lease.token, work / STATES_FOLDER / lease.job.key
        target = self._order.out / CITIES_FOLDER / lease.job.subject
        counts = Counts()
        choice = self._choice(lease)
        write_json(draft / REQUEST_FILE, dataclasses.asdict(choice))
        source = lease.job.request.get(FROM)
        if source and is_whole(target, source):
            facts = self._rescored(target, source, draft, counts)
        else:
            self._read_ahead(lease)
            place = Place(draft, state, CountedMemory(self._journal, counts), self._shared())
            facts = self._audited(choice, place, progress, counts)
        _require_unchanged(lease.job.request, Path(choice.dossier))
        why = why_judged(counts.judged, draft, target if target.is_dir() else None)
        settle_on_disk(draft)
        files = files_of(draft)
        facts |= {
            "judge_asked": resolved_judge(choice.judge),
            "counts": counts.as_dict(),
            "why": why,
            "files": files,
            "beside": beside_of(draft),
            "digest": digest_of(files),
            "seconds": round(time.monotonic() - began, 1),
        }

        def publish() -> None:
            put_in_place(draft, target)
            clear_aside(draft)
            shutil.rmtree(state, ignore_errors=True)

        return Finished(facts, publish)

    def _audited(
        self, choice: Choice, place: Place, progress: Progress, counts: Counts
    ) -> dict[str, Any]:
        """Audit a city into its draft; gives what a summary tells of it."""
        parts = self._parts(choice, place, progress, counts)
        result = run_audit(choice.request(), parts)
        deliver(place.out, result, parts, self._asked.lang)
        keep_logs(place.state, place.out)
        return facts_of(result)

    def _read_ahead(self, lease: Lease) -> None:
        """Read the papers of this city with those of the next, whose turn it will be."""
        jobs = (lease.job, *self._jobs.upcoming(CITIES - 1))
        self._ahead.read([job for job in jobs if FROM not in job.request], self._intake())

    def _intake(self) -> Settings:
        settings = intake_settings()
        settings.processes = max(1, min(settings.processes, self._order.threads))
        settings.pools = self._pools
        return settings

    def _rescored(self, target: Path, source: Files, draft: Path, counts: Counts) -> dict[str, Any]:
        """Score earlier results by another rule into a draft; nothing was used of an endpoint."""
        result = rescored(target, source, draft, self._ruling, self._asked.lang)
        counts.rescored = len(result.findings)
        return {**facts_of(result), "usage": None}

    @cached_property
    def _ruling(self) -> Ruling:
        return ruling_of(self._asked.choice)

    def _shared(self) -> Shared:
        return Shared(self._order.database, f"archive {self._asked.id}")

    def _choice(self, lease: Lease) -> Choice:
        request = lease.job.request
        dossier = dossier_of(request)
        own = self._order.out / DOSSIERS_FOLDER / dossier.key / lease.job.key[:16]
        place = brought_together(dossier, own, request["parts"]["documents"])
        return dataclasses.replace(
            self._asked.choice,
            dossier=str(place),
            city=dossier.city,
            corrections=request["corrections"],
        )

    def _parts(self, choice: Choice, place: Place, progress: Progress, counts: Counts) -> Parts:
        common = self._loaded.get()
        parts = parts_of(common, choice, place, progress)
        searcher = dataclasses.replace(
            common.searcher, cache=CountedVectors(common.searcher.cache, counts)
        )
        settings = self._intake()
        settings.kept = CountedContents(settings.kept, counts, self._ahead.was_read)
        return dataclasses.replace(
            parts,
            searcher=InTurnSearcher(searcher, self._searching),
            judge=in_turn(parts.judge, self._turns, self._order.share),
            intake=settings,
        )


def open_auditor(order: Order, say: Callable[[str], None]) -> CityAuditor:
    """Load what all cities share, unless none is likely to need it (``engines.Opener``).

    Raises:
        AuditorError: a setting is wrong, or a model is missing.
    """
    asked = read_request(order.out)
    loaded = Loaded(asked.choice, order, say)
    if not order.rescores:
        loaded.get()
    return CityAuditor(order, asked, loaded)


def dossier_of(request: Mapping[str, Any]) -> Dossier:
    """The dossier that a job's request describes."""
    files = {name: Path(path) for name, path in request["files"].items()}
    place = Path(request["place"]) if request["place"] else None
    return Dossier(request["city"], request["period"], files, place)


def _require_unchanged(request: Mapping[str, Any], place: Path) -> None:
    """Refuse results of other papers or corrections than the job is keyed by.

    ``place``: what was audited.

    Raises:
        ConfigurationError: papers came, went or were changed since the plan was made.
    """
    parts, corrections = request["parts"], request["corrections"]
    corrected_by = digest_of_file(Path(corrections)) if corrections else None
    if corrected_by == parts["corrections"] and is_of(place, parts["documents"]):
        return
    raise ConfigurationError(
        f"{request['city']}: 材料或更正在审核期间有改动 (papers or corrections changed meanwhile).",
        hint="请再运行一次 auditor batch (run the same batch again).",
    )


def facts_of(run: Run) -> dict[str, Any]:
    """What a summary tells of a city's run."""
    score = run.score
    return {
        "judge": run.manifest["judge"]["name"],
        "level": score.level if score else None,
        "interval": list(score.interval) if score else None,
        "coverage": {
            str(level): None if share is None else float(round(share, 4))
            for level, share in score.nodes[0].coverage.items()
        }
        if score
        else {},
        "failures": score.failures if score else 0,
        "features": len(run.findings),
        "left_out": len(run.left_out),
        "refused": [
            {"name": left.name, "reason": left.reason, "hint": left.hint} for left in run.left_out
        ],
        "instructions": len(run.instructions),
        "usage": run.manifest.get("usage"),
    }


def cities_at_once(choice: Choice) -> int:
    """How many cities a worker has under way: one is searched while others are judged elsewhere."""
    return 3 if is_hosted(resolved_judge(choice.judge)) else 1

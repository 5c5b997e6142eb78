"""Papers that the city handed in after an audit: which are new, and audits that take them in."""

from __future__ import annotations

import shutil
from pathlib import Path

from auditor.core.access import Account
from auditor.core.documents import Document
from auditor.core.errors import AuditorError, ReviewError
from auditor.core.workspace import Job, MatterState, Side
from auditor.store.later import later_hashes
from auditor.workbench.auditing import (
    Order,
    checked,
    enqueue,
    job_of_run,
    keep_judgements,
    new_job_id,
    order_of_job,
)
from auditor.workbench.opened import OpenRun
from auditor.workbench.papers_kept import gather_papers
from auditor.workbench.space import Space
from auditor.workbench.uploads import DOSSIER, UPLOADS_FOLDER


def arrived(space: Space, opened: OpenRun) -> tuple[Document, ...]:
    """The papers that the city has sent since the audit and that no later audit takes in."""
    taken = {
        sha256
        for job in space.jobs.all()
        if (order := order_of_job(job)).again == opened.id
        for sha256 in order.later
    }
    sent = _sent(space, opened, (Side.CITY,)) - taken
    return tuple(document for document in _later(opened) if document.sha256 in sent)


def _sent(space: Space, opened: OpenRun, sides: tuple[Side, ...]) -> frozenset[str]:
    """The files that were handed in, without those of drafts that the city keeps to itself."""
    return frozenset(
        sha256
        for matter in space.matters.of_run(opened.id)
        for told in matter.steps
        if told.side in sides and told.state is not MatterState.PREPARED
        for _, sha256 in told.files
    )


def _later(opened: OpenRun) -> tuple[Document, ...]:
    hashes = later_hashes(opened.folder)
    return tuple(d for d in opened.run.documents if d.sha256 in hashes)


def audit_with_arrived(space: Space, account: Account, opened: OpenRun, order: Order) -> Job:
    """Queue an audit of a run's papers together with those that arrived; it makes another run.

    Raises:
        ReviewError: nothing has arrived, or papers of the run are not here any more.
        ConfigurationError: the judge is hosted and the papers are not open to it.
    """
    order, later = checked(order), arrived(space, opened)
    if not later:
        raise ReviewError("没有未审核的新材料 (nothing has arrived).", hint="请刷新页面。")
    asked = order.request() | {"later": [document.sha256 for document in later]}
    return audit_with_later(space, account, opened, Order(**asked, city=opened.city))


def audit_with_later(space: Space, account: Account, opened: OpenRun, order: Order) -> Job:
    """Queue an audit of all papers of a run and of all that were sent since, judged ones kept."""
    job_id, earlier = new_job_id(), job_of_run(space, opened.id)
    folder = space.folder / UPLOADS_FOLDER / job_id
    try:
        _bring_together(space, opened, earlier, folder / DOSSIER)
    except (AuditorError, OSError):
        shutil.rmtree(folder, ignore_errors=True)
        raise
    whence = {"dossier": f"{UPLOADS_FOLDER}/{job_id}/{DOSSIER}", "again": opened.id}
    asked = order.request() | {"city": opened.city} | whence
    job = enqueue(space, account, job_id, Order(**asked))
    if earlier is not None:
        keep_judgements(space, job, earlier)
    return job


def _bring_together(space: Space, opened: OpenRun, earlier: Job | None, dossier: Path) -> None:
    """The papers as they were uploaded, else as the run knows them, with those that came later."""
    uploaded = space.folder / earlier.request["dossier"] if earlier is not None else None
    later = later_hashes(opened.folder)
    wanted = _sent(space, opened, tuple(Side))
    if uploaded is not None and uploaded.is_dir():
        shutil.copytree(uploaded, dossier)
    else:
        wanted |= {d.sha256 for d in opened.run.documents} - later
        later = frozenset(opened.papers)
    documents = [d for d in opened.run.documents if d.sha256 in later & wanted]
    gather_papers(space.originals, documents, dossier)

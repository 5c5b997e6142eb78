"""A contested feature judged again by the machine with the new papers: a first verdict (初判).

Nothing is decided by it, and no run comes of it: the page of the appeal shows it beside the old
decision.
"""

from __future__ import annotations

from dataclasses import dataclass

from auditor.appealing import reopened
from auditor.core.access import Account
from auditor.core.errors import ReviewError
from auditor.core.findings import Finding
from auditor.core.workspace import Job, JobState, Matter
from auditor.store.records import finding_from
from auditor.store.run_folder import FINDINGS_FILE, read_lines
from auditor.workbench.appeals import appeal_of, require_open_appeal
from auditor.workbench.arrivals import audit_with_later
from auditor.workbench.auditing import Order, checked, order_of_job
from auditor.workbench.opened import OpenRun
from auditor.workbench.space import Space


@dataclass(frozen=True, slots=True)
class Rejudged:
    """The newest re-judgement of an appeal; ``finding`` is there when the job is done."""

    job: Job
    finding: Finding | None


def judge_again(
    space: Space, account: Account, opened: OpenRun, matter: Matter, order: Order
) -> Job:
    """Queue the re-judgement of the contested feature over all papers with the new ones.

    Raises:
        ReviewError: the appeal is closed, brings no papers, or is being judged again already.
        ConfigurationError: the judge is hosted and the papers are not open to it.
    """
    require_open_appeal(matter)
    if not appeal_of(opened, matter).papers:
        raise ReviewError("申诉没有附新材料 (no new papers).", hint="没有新材料，初判不会改变。")
    before = rejudged(space, opened, matter)
    if before is not None and not before.job.state.is_over:
        raise ReviewError("机器正在重新判断 (being judged again).", hint="请等它完成。")
    asked = checked(order).request() | {"only": matter.feature_id, "appeal": matter.id}
    return audit_with_later(space, account, opened, Order(**asked, city=opened.city))


def rejudged(space: Space, opened: OpenRun, matter: Matter) -> Rejudged | None:
    """The newest re-judgement of an appeal, None where none was asked for."""
    for job in space.jobs.all():
        order = order_of_job(job)
        if order.again == opened.id and order.appeal == matter.id:
            done = job.state is JobState.DONE
            return Rejudged(job, _found(space, opened, job, matter.feature_id) if done else None)
    return None


def _found(space: Space, opened: OpenRun, job: Job, feature_id: str) -> Finding:
    """The fresh finding among the others of the run, relations applied."""

    def made() -> Finding:
        rows = read_lines(space.folder / job.folder / FINDINGS_FILE)
        found = (finding_from(row) for row in rows)
        fresh = {f.feature_id: f for f in found if f.feature_id == feature_id}
        whole = reopened(opened.run.findings, fresh, opened.standard)
        return next(f for f in whole if f.feature_id == feature_id)

    return opened.once(("rejudged", job.id), made)

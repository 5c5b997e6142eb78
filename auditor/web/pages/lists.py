"""A queue as a list that can be linked to, and bulk acceptance of what was listed."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from typing import Annotated

from fastapi import APIRouter, Request, Response
from fastapi.responses import RedirectResponse

from auditor.core.access import Right
from auditor.core.errors import ReviewError
from auditor.core.findings import Verdict
from auditor.report.rows import verdict_words
from auditor.web.guard import Blind, Visit, needs
from auditor.web.links import filter_of, query_of
from auditor.web.pages.run import rows_of
from auditor.web.rendering import page
from auditor.workbench.acting import Answer, Cited, machine_citations
from auditor.workbench.cases import decide_apart
from auditor.workbench.queues import Done, Filter, Listed, Queue

router = APIRouter(include_in_schema=False)
See = Annotated[Visit, needs(Right.SEE_RUN, Blind.OPEN)]
Bulk = Annotated[Visit, needs(Right.DECIDE_IN_BULK, Blind.ELSEWHERE)]
MOST_AT_ONCE = 100


@router.get("/runs/{run_id}/list")
def filtered_list(request: Request, visit: See) -> Response:
    """The features of a queue with the machine's verdicts and what people decided."""
    chosen = filter_of(request.query_params)
    rows = rows_of(visit, chosen)
    w = visit.words
    return page(
        visit,
        "list.html",
        rows=[(row, verdict_words(row.finding.verdict, w)) for row in rows],
        chosen=chosen,
        query=query_of(chosen),
        queues=list(Queue),
        done=list(Done),
        verdicts=[v.value for v in Verdict],
        domains=[(d.id, d.name) for d in visit.opened.standard.domains],
        decisions=visit.opened.present.decisions,
        most=MOST_AT_ONCE,
        listed=digest_of(rows),
    )


def digest_of(rows: Sequence[Listed]) -> str:
    """Which features a list showed, so that only those are accepted."""
    ids = "\n".join(row.feature.id for row in rows)
    return hashlib.sha256(ids.encode()).hexdigest()


@router.post("/runs/{run_id}/bulk")
def accept_listed(visit: Bulk) -> Response:
    """Accept the machine's verdicts of a list that was opened, with a reason; marked as bulk.

    All or none; a list that has changed since, or is too long, is refused.
    """
    chosen = filter_of({k: str(v) for k, v in visit.posted.items()})
    rows = rows_of(visit, chosen)
    if not visit.text("reason").strip():
        raise ReviewError("没有理由 (no reason).", hint="批量接受须写明理由。")
    if not rows or len(rows) > MOST_AT_ONCE:
        raise ReviewError(
            f"一次最多接受 {MOST_AT_ONCE} 条，现有 {len(rows)} 条 (too many).", hint="请再筛选。"
        )
    if digest_of(rows) != visit.text("listed"):
        raise ReviewError("列表已变 (the list has changed).", hint="请看过新的列表再接受。")
    decide_apart(visit.space, visit.account, visit.opened, [_accepted(visit, r) for r in rows])
    done = Filter(
        chosen.queue, Done.DECIDED, chosen.node, chosen.verdict, chosen.level, chosen.text
    )
    return RedirectResponse(f"/runs/{visit.run.id}/list?{query_of(done)}", 303)


def _accepted(visit: Visit, row: Listed) -> Answer:
    opened, feature_id = visit.opened, row.feature.id
    if row.finding.verdict is None or row.decided:
        raise ReviewError(
            f"{feature_id}: 判断失败或已复核的特征不能批量接受 (failed or decided).",
            hint="请再筛选。",
        )
    cited = tuple(
        Cited(opened.by_name[c.document].sha256, c.span)
        for c in machine_citations(opened, feature_id)
        if c.document in opened.by_name
    )
    return Answer(
        feature_id=feature_id,
        verdict=row.finding.verdict.value,
        reason=visit.text("reason"),
        seen="",
        finding_hash=opened.hashes[feature_id],
        cited=cited,
        bulk=True,
    )

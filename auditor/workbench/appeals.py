"""申诉: the city contests a feature with new papers; assessors decide anew beside the old decision.

The new decision is an event that names the old one as its basis; the old one stays in the record.
A signed node has to be reopened first.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from auditor.core.access import Account
from auditor.core.documents import Document
from auditor.core.errors import ReviewError
from auditor.core.events import ReviewEvent
from auditor.core.spans import Span
from auditor.core.workspace import Matter, MatterKind, MatterState, Side
from auditor.store.workspace.opening import Within
from auditor.workbench.acting import Answer, Cited, feature_of
from auditor.workbench.cases import decide_apart
from auditor.workbench.handed import Take, no_files
from auditor.workbench.opened import OpenRun
from auditor.workbench.problems import said_of, step
from auditor.workbench.space import Space


@dataclass(frozen=True, slots=True)
class Appeal:
    """A contested feature: the decision that stood when it came (None: the machine's alone), the
    one that stands now, the new papers, and the events that rest on the old one.
    """

    matter: Matter
    old: ReviewEvent | None
    now: ReviewEvent | None
    papers: tuple[Document, ...]
    since: tuple[ReviewEvent, ...]


def appeals_of(space: Space, run_id: str) -> tuple[Matter, ...]:
    """The appeals of a run, in order."""
    return space.matters.of_run(run_id, MatterKind.APPEAL)


def file_appeal(
    space: Space, account: Account, opened: OpenRun, contested: tuple[str, str], side: Side,
    take: Take = no_files,
) -> int:  # fmt: skip
    """Contest a feature: ``contested`` is its id and the reason; gives the appeal's number.

    Raises:
        ReviewError: no such feature, no reason, or an appeal on it is open.
    """
    feature_id, reason = contested
    feature_of(opened, feature_id)
    said = said_of(reason)
    there = appeals_of(space, opened.id)
    if any(m.feature_id == feature_id and m.state is not MatterState.CLOSED for m in there):
        raise ReviewError(
            f"{feature_id}: 已有申诉在办 (an appeal is open).", hint="请在原申诉中补充。"
        )
    old = opened.present.decisions.get(feature_id)
    matter = Matter(
        id=0,
        run_id=opened.id,
        feature_id=feature_id,
        kind=MatterKind.APPEAL,
        state=MatterState.OPEN,
        due="",
        made_by=account.name,
        made_at=space.stamp(),
        payload={"decision": old.id if old else "", "finding": opened.hashes[feature_id]},
    )
    first = step(space, account, MatterState.OPEN, said, side, take())
    return space.matters.open(matter, first)


def add_to_appeal(
    space: Space, account: Account, matter: Matter, text: str, take: Take = no_files
) -> None:
    """Add words and papers to an open appeal; raises ``ReviewError``."""
    require_open_appeal(matter)
    said = said_of(text)
    told = step(space, account, MatterState.OPEN, said, Side.CITY, take())
    space.matters.go_on(matter, told)


def appeal_of(opened: OpenRun, matter: Matter) -> Appeal:
    """An appeal with the old decision beside the new papers."""
    by_id = {event.id: event for event in opened.present.of_feature(matter.feature_id)}
    old = by_id.get(matter.payload["decision"])
    shas = dict.fromkeys(sha256 for told in matter.steps for _, sha256 in told.files)
    return Appeal(
        matter=matter,
        old=old,
        now=opened.present.decisions.get(matter.feature_id),
        papers=tuple(opened.papers[sha] for sha in shas if sha in opened.papers),
        since=tuple(e for e in by_id.values() if old is not None and old.id in e.content.basis),
    )


@dataclass(frozen=True, slots=True)
class Ruling:
    """What the assessors decide on an appeal; ``reply`` is what the city gets to read.

    ``seen`` is the id of the decision that stood on the page, ``steps`` how many steps of the
    appeal it showed.
    """

    verdict: str
    reason: str
    reply: str
    seen: str
    finding_hash: str
    steps: int
    cited: tuple[Cited, ...] = ()


def rule_on_appeal(
    space: Space, account: Account, opened: OpenRun, matter: Matter, ruling: Ruling
) -> ReviewEvent:
    """Decide a contested feature anew, and close the appeal with the reply.

    Raises:
        ReviewError: the appeal is closed, something was said or handed in since the page was shown,
            no reason or reply is given, or a rule of review.
        LockedError: the feature is signed; its node has to be reopened first.
        ChangedMeanwhileError: somebody has decided since the page was shown.
    """
    require_read(matter, ruling.steps)
    answer, reply = answer_to(opened, matter, ruling), said_of(ruling.reply)
    end = closing(space, account, matter, reply)
    return decide_apart(space, account, opened, [answer], together=end)[0]


def answer_to(opened: OpenRun, matter: Matter, ruling: Ruling) -> Answer:
    """A ruling as a decision that rests on the old ones; raises ``ReviewError`` without reason."""
    now = opened.present.decisions.get(matter.feature_id)
    old_ones = (matter.payload["decision"], now.id if now else "")
    return Answer(
        feature_id=matter.feature_id,
        verdict=ruling.verdict,
        reason=said_of(ruling.reason),
        seen=ruling.seen,
        finding_hash=ruling.finding_hash,
        cited=ruling.cited,
        basis=tuple(dict.fromkeys(event_id for event_id in old_ones if event_id)),
    )


def closing(space: Space, account: Account, matter: Matter, reply: str) -> Within:
    """The end of an appeal, to be made in one transaction with its decision."""
    end = step(space, account, MatterState.CLOSED, reply, Side.ASSESSOR)
    return space.matters.going_on(matter, end)


def require_open_appeal(matter: Matter) -> None:
    """Refuse what is no appeal or is closed, with ``ReviewError``."""
    if matter.kind is not MatterKind.APPEAL or matter.state is MatterState.CLOSED:
        raise ReviewError("此申诉已办结 (closed).", hint="请刷新后再看。")


def require_read(matter: Matter, steps: int) -> None:
    """Refuse an answer to another part of an open appeal than its first ``steps``, all there are.

    Raises:
        ReviewError: it is closed, or more was said or handed in than was read.
    """
    require_open_appeal(matter)
    if steps != len(matter.steps):
        raise ReviewError(
            "申诉在此之后又有补充 (something was added to the appeal).",
            hint="请刷新页面，看过补充的内容再处理。",
        )


def found_in(papers: Sequence[Document], sha256: str, quote: str) -> Cited:
    """Where a quote that was copied out of a paper stands in it.

    Raises:
        ReviewError: the paper is none of these, or does not say so word for word.
    """
    wanted = quote.replace("\r\n", "\n").strip()
    document = next((d for d in papers if d.sha256 == sha256), None)
    start = document.text.find(wanted) if document and wanted else -1
    if start < 0:
        raise ReviewError(
            f"材料中没有这句原文 (not verbatim): {wanted[:40]}", hint="请从材料文字中原样复制。"
        )
    return Cited(sha256, Span(start, start + len(wanted)))

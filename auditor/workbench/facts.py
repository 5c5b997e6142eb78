"""事实确认单: the facts that decisions rest on, confirmed or disputed by the city one by one."""

from __future__ import annotations

import hashlib
from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace

from auditor.core.access import Account
from auditor.core.errors import ReviewError
from auditor.core.findings import Citation
from auditor.core.workspace import Matter, MatterKind, MatterState, Side
from auditor.workbench.acting import text_of
from auditor.workbench.opened import OpenRun
from auditor.workbench.problems import Raised, begun, said_of, step
from auditor.workbench.space import Space

KEY_LENGTH = 16
MOST_AT_ONCE = 400


@dataclass(frozen=True, slots=True)
class Fact:
    """A quote that standing decisions rest on, of one feature or several.

    ``key`` is the same for the same place, whatever rests on it.
    """

    feature_ids: tuple[str, ...]
    event_ids: tuple[str, ...]
    quote: str
    document: str
    title: str
    page: int | None
    key: str


@dataclass(frozen=True, slots=True)
class FactSheet:
    """Facts that were sent together; ``number`` counts the sheets of a run from 1."""

    number: int
    made_at: str
    made_by: str
    due: str
    matters: tuple[Matter, ...]

    def count(self, *states: MatterState) -> int:
        """How many of its facts stand so."""
        return sum(m.state in states for m in self.matters)


def facts_of(opened: OpenRun) -> tuple[Fact, ...]:
    """The facts that the standing decisions rest on, in the order of the standard, each once."""
    decisions = opened.present.decisions
    found: dict[str, Fact] = {}
    for feature in opened.standard.features:
        event = decisions.get(feature.id)
        for citation in event.content.citations if event else ():
            fact = _fact(opened, feature.id, event.id if event else "", citation)
            found[fact.key] = _with(found.get(fact.key), fact)
    return tuple(found.values())


def _with(known: Fact | None, fact: Fact) -> Fact:
    """A fact with what rests on it, known before and new."""
    if known is None:
        return fact
    return replace(
        known,
        feature_ids=(*known.feature_ids, *fact.feature_ids),
        event_ids=(*known.event_ids, *fact.event_ids),
    )


def _fact(opened: OpenRun, feature_id: str, event_id: str, citation: Citation) -> Fact:
    document = opened.by_name.get(citation.document)
    place = f"{citation.document}\0{citation.span.start}\0{citation.span.end}"
    return Fact(
        feature_ids=(feature_id,),
        event_ids=(event_id,),
        quote=citation.quote,
        document=citation.document,
        title=(document.title if document else "") or citation.document,
        page=citation.page,
        key=hashlib.sha256(place.encode()).hexdigest()[:KEY_LENGTH],
    )


def unsent_facts(space: Space, opened: OpenRun) -> tuple[Fact, ...]:
    """The facts that the city has not been asked about."""
    sent = {m.payload["key"] for m in space.matters.of_run(opened.id, MatterKind.FACTS)}
    return tuple(fact for fact in facts_of(opened) if fact.key not in sent)


def sheets_of(space: Space, run_id: str) -> tuple[FactSheet, ...]:
    """The sheets that were sent to the city, in order."""
    groups: dict[tuple[str, str], list[Matter]] = {}
    for matter in space.matters.of_run(run_id, MatterKind.FACTS):
        groups.setdefault((matter.made_at, matter.made_by), []).append(matter)
    return tuple(
        FactSheet(number, at, by, matters[0].due, tuple(matters))
        for number, ((at, by), matters) in enumerate(groups.items(), 1)
    )


def send_facts(
    space: Space, account: Account, opened: OpenRun, keys: Collection[str], due: str
) -> int:
    """Send facts to the city as one sheet; gives how many.

    Raises:
        ReviewError: none or too many are chosen, one was sent already, or the day is over.
    """
    chosen = [fact for fact in unsent_facts(space, opened) if fact.key in keys]
    if not chosen or len(chosen) != len(set(keys)) or len(chosen) > MOST_AT_ONCE:
        raise ReviewError(
            f"请选择 1 到 {MOST_AT_ONCE} 条尚未送出的事实 (choose facts not yet sent).",
            hint="请刷新后重选。",
        )
    first = step(space, account, MatterState.OPEN, "", Side.ASSESSOR)
    matter = begun(space, account, opened, (MatterKind.FACTS, {}), Raised("", due))
    space.matters.open_all([(_matter(matter, fact), first) for fact in chosen])
    return len(chosen)


def _matter(pattern: Matter, fact: Fact) -> Matter:
    payload = {
        "key": fact.key, "events": list(fact.event_ids), "features": list(fact.feature_ids),
        "quote": fact.quote, "document": fact.document, "title": fact.title, "page": fact.page,
    }  # fmt: skip
    return Matter(
        id=0,
        run_id=pattern.run_id,
        feature_id=fact.feature_ids[0],
        kind=pattern.kind,
        state=pattern.state,
        due=pattern.due,
        made_by=pattern.made_by,
        made_at=pattern.made_at,
        payload=payload,
    )


def respond(space: Space, account: Account, matter: Matter, agrees: bool, reason: str) -> None:
    """Confirm a fact for the city, or dispute it with a reason; raises ``ReviewError``."""
    if matter.kind is not MatterKind.FACTS or not matter.with_the_city:
        raise ReviewError("此条已答复 (answered).", hint="请刷新后再看。")
    state = MatterState.CONFIRMED if agrees else MatterState.DISPUTED
    said = text_of(reason) if agrees else said_of(reason)
    space.matters.go_on(matter, step(space, account, state, said, Side.CITY))


def settle_dispute(space: Space, account: Account, matter: Matter, text: str) -> None:
    """Close a disputed fact with the assessors' reply; raises ``ReviewError``."""
    if matter.state is not MatterState.DISPUTED:
        raise ReviewError("此条没有异议 (not disputed).", hint="请刷新后再看。")
    said = said_of(text)
    space.matters.go_on(matter, step(space, account, MatterState.CLOSED, said, Side.ASSESSOR))


def still_rests(opened: OpenRun, matters: Sequence[Matter]) -> frozenset[int]:
    """Of facts that were sent: the matters on which a decision still rests."""
    standing = {event.id for event in opened.present.decisions.values()}
    return frozenset(m.id for m in matters if standing & set(m.payload["events"]))

"""The review page: the tree, the feature, the paper that is cited."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Annotated, Any

from fastapi import APIRouter, Request, Response
from fastapi.responses import RedirectResponse

from auditor.core.access import Right
from auditor.core.criteria import Feature
from auditor.core.errors import ReviewError
from auditor.core.events import EventKind
from auditor.core.findings import Verdict
from auditor.core.signing import Signature
from auditor.web.bench_view import KEYS, bench_view, script_words
from auditor.web.feature_view import feature_view
from auditor.web.guard import Blind, BlindError, NotThereError, Visit, needs
from auditor.web.links import blind_path, feature_path, filter_of, query_of
from auditor.web.pages.run import rows_of
from auditor.web.rendering import page
from auditor.workbench.acting import feature_of
from auditor.workbench.blind import reviewed_blind
from auditor.workbench.queues import Done, Filter, Listed

router = APIRouter(include_in_schema=False)
See = Annotated[Visit, needs(Right.SEE_RUN, Blind.OPEN)]
OF_NODES = (EventKind.SIGN_OFF, EventKind.REOPENING)


@dataclass(frozen=True, slots=True)
class LeafView:
    """A feature in the tree: what stands on it; of a ``blind`` one only whether one has spoken."""

    id: str
    letter: str
    level: int
    verdict: Verdict | None
    decided: bool
    failed: bool
    blind: bool = False


@dataclass(frozen=True, slots=True)
class ItemView:
    """An item in the tree."""

    id: str
    name: str
    done: int
    leaves: tuple[LeafView, ...]


@dataclass(frozen=True, slots=True)
class NodeView:
    """A domain or sub-domain in the tree."""

    id: str
    name: str
    done: int
    whole: int
    signed: Signature | None
    children: tuple[NodeView, ...] = ()
    items: tuple[ItemView, ...] = ()


@dataclass(frozen=True, slots=True)
class Neighbours:
    """Where one stands in a queue: its place from 1, its length, and the ways on."""

    place: int
    whole: int
    before: str
    after: str


@router.get("/runs/{run_id}/features/{feature_id}")
def review_page(request: Request, visit: See, feature_id: str) -> Response:
    """The page of one feature within a queue; ``part`` gives only what changes from one to next."""
    try:
        feature = feature_of(visit.opened, feature_id)
    except ReviewError as error:
        raise NotThereError from error
    part = "part" in request.query_params
    if feature.id in visit.hidden:
        return _to_blind_page(visit, feature.id, part)
    chosen = filter_of(request.query_params)
    view = feature_view(visit, feature, visit.space.desks.notes(visit.run.id, feature.id))
    context: dict[str, Any] = {
        "view": view,
        "chosen": chosen,
        "query": query_of(chosen),
        "ways": neighbours(visit, feature.id, chosen),
    }
    return review_bench(visit, context, part)


def review_bench(visit: Visit, context: dict[str, Any], part: bool) -> Response:
    """The three columns around a feature, or only its own (``part``)."""
    context["bench"] = bench_view(visit, context["view"])
    if part:
        return page(visit, "feature_part.html", **context)
    said = script_words(visit.words)
    return page(visit, "feature.html", tree=_tree(visit), script_words=said, keys=KEYS, **context)


@router.get("/runs/{run_id}/changes")
def changes(request: Request, visit: See) -> dict[str, Any]:
    """What was decided behind the first ``since`` events, as the tree shows it.

    ``nodes`` tells of a signature or a reopening; features that the visitor reviews blind are left
    out.
    """
    present = visit.opened.present
    asked = request.query_params.get("since", "")
    since = int(asked[:9]) if asked.isascii() and asked.isdecimal() else 0
    new = present.events[since:]
    ids = {event.feature_id for event in new} & visit.opened.findings.keys()
    return {
        "events": len(present.events),
        "nodes": any(event.content.kind in OF_NODES for event in new),
        "features": [_state(visit, feature_id) for feature_id in sorted(ids - visit.hidden)],
    }


def _state(visit: Visit, feature_id: str) -> dict[str, Any]:
    present = visit.opened.present
    event, verdict = present.decisions.get(feature_id), present.findings[feature_id].verdict
    unjudged = "failed" if event is None else "not_applicable"
    return {
        "id": feature_id,
        "verdict": verdict.value if verdict else unjudged,
        "decided": event is not None,
        "seen": event.id if event else "",
        "author": event.content.author if event else "",
    }


def _to_blind_page(visit: Visit, feature_id: str, part: bool) -> Response:
    if feature_id not in reviewed_blind(visit.space, visit.account, visit.run.id):
        raise BlindError
    address = blind_path(visit.run.id, feature_id) + ("&part=1" if part else "")
    return RedirectResponse(address, 303)


def neighbours(visit: Visit, feature_id: str, chosen: Filter) -> Neighbours:
    """The features before and after one in its queue, whether or not it still belongs to it."""
    whole = Filter(chosen.queue, Done.ALL, chosen.node, chosen.verdict, chosen.level, chosen.text)
    rows: Sequence[Listed] = rows_of(visit, whole)
    ids = [row.feature.id for row in rows]
    place = ids.index(feature_id) if feature_id in ids else -1
    wanted = [chosen.done is Done.ALL or r.decided is (chosen.done is Done.DECIDED) for r in rows]
    after = next((ids[i] for i in range(place + 1, len(ids)) if wanted[i]), "")
    before = next((ids[i] for i in range(place - 1, -1, -1) if wanted[i]), "")
    return Neighbours(
        place + 1,
        len(ids),
        feature_path(visit.run.id, before, chosen) if before else "",
        feature_path(visit.run.id, after, chosen) if after else "",
    )


def _tree(visit: Visit) -> tuple[NodeView, ...]:
    opened = visit.opened
    return tuple(
        _node(
            visit,
            domain.id,
            domain.name,
            tuple(
                _node(visit, s.id, s.name, (), tuple(_item(visit, i.id, i.name) for i in s.items))
                for s in domain.subdomains
            ),
        )
        for domain in opened.standard.domains
    )


def _node(
    visit: Visit,
    node_id: str,
    name: str,
    children: tuple[NodeView, ...],
    items: tuple[ItemView, ...] = (),
) -> NodeView:
    done = sum(c.done for c in children) + sum(i.done for i in items)
    whole = sum(c.whole for c in children) + sum(len(i.leaves) for i in items)
    signed = visit.opened.present.signatures.get(node_id, ())
    kept = tuple(item for item in items if item.leaves)
    return NodeView(node_id, name, done, whole, signed[-1] if signed else None, children, kept)


def _item(visit: Visit, item_id: str, name: str) -> ItemView:
    leaves = tuple(_leaf(visit, feature) for feature in visit.opened.features_of(item_id))
    return ItemView(item_id, name, sum(leaf.decided for leaf in leaves), leaves)


def _leaf(visit: Visit, feature: Feature) -> LeafView:
    present, name = visit.opened.present, visit.account.name
    if feature.id in visit.hidden:
        said = (e.content for e in present.of_feature(feature.id))
        spoken = any(s.kind is EventKind.BLIND and s.author == name for s in said)
        return LeafView(feature.id, feature.letter, feature.level, None, spoken, False, True)
    verdict = present.findings[feature.id].verdict
    decided = feature.id in present.decisions
    failed = verdict is None and not decided
    return LeafView(feature.id, feature.letter, feature.level, verdict, decided, failed)

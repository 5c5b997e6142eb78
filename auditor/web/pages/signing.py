"""Sign-off: the nodes with their signatures, 编制—审核—批准, reopening, 回避声明."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Annotated

from fastapi import APIRouter, Response
from fastapi.responses import RedirectResponse

from auditor.core.access import Right
from auditor.core.events import STEPS, EventKind, Step
from auditor.core.signing import CITY, Signature, declared, next_step, nodes_above
from auditor.web.guard import RefusedError, Visit, needs
from auditor.web.rendering import page
from auditor.workbench.queues import under
from auditor.workbench.signing import (
    NEEDED,
    Signing,
    declare,
    in_blind_review,
    reopen,
    sign,
    undecided,
)

router = APIRouter(include_in_schema=False)
See = Annotated[Visit, needs(Right.SEE_RUN)]
Reopen = Annotated[Visit, needs(Right.REOPEN)]
PATH = "/runs/{run_id}/signing"


@dataclass(frozen=True, slots=True)
class NodeLine:
    """A node with its signatures; ``due`` is the step that the visitor may sign now.

    ``depth``: 0 the city, 1 a domain, 2 a sub-domain, 3 an item. ``waits`` says why nobody can
    sign: features that are undecided, or in blind review (numbers of).
    """

    id: str
    name: str
    depth: int
    whole: int
    open: int
    blind: int
    first_open: str
    signed: tuple[Signature, ...]
    next: Step | None
    due: Step | None


@router.get(PATH)
def signing_page(visit: See) -> Response:
    """The tree of nodes: what is open, who has signed under which head."""
    present = visit.opened.present
    return page(
        visit,
        "signing.html",
        lines=_lines(visit),
        head=present.head,
        steps=STEPS,
        declared=visit.account.name in declared(present.events),
        declarations=[e for e in present.events if e.content.kind is EventKind.DECLARATION],
        reopenings=[e for e in present.events if e.content.kind is EventKind.REOPENING],
        signs=any(visit.may(right) for right in NEEDED.values()),
    )


def _lines(visit: Visit) -> list[NodeLine]:
    names = visit.opened.node_names
    nodes = [(CITY, visit.run.city), *((node, names[node]) for node in _in_order(visit))]
    signer = _Signer(visit)
    return [line for line in (signer.line(*node) for node in nodes) if line.whole]


def _in_order(visit: Visit) -> Iterator[str]:
    for domain in visit.opened.standard.domains:
        yield domain.id
        for subdomain in domain.subdomains:
            yield subdomain.id
            yield from (item.id for item in subdomain.items)


class _Signer:
    """Who looks at the page, and what they may sign."""

    def __init__(self, visit: Visit) -> None:
        self._visit = visit
        self._name = visit.account.name
        self._may = {step for step, right in NEEDED.items() if visit.may(right)}
        self._declared = self._name in declared(visit.opened.present.events)

    def line(self, node: str, name: str) -> NodeLine:
        """A node as the page shows it."""
        opened = self._visit.opened
        signed = opened.present.signatures.get(node, ())
        left = undecided(opened, node)
        blind = len(in_blind_review(self._visit.space, opened, node))
        step = next_step(signed)
        mine = any(signature.author == self._name for signature in signed)
        ready = self._declared and not mine and not left and not blind
        return NodeLine(
            id=node,
            name=name,
            depth=len(nodes_above(node)),
            whole=sum(under(f, node) for f in opened.standard.features if f.id in opened.findings),
            open=len(left),
            blind=blind,
            first_open=left[0] if left else "",
            signed=signed,
            next=step,
            due=step if ready and step in self._may else None,
        )


@router.post(f"{PATH}/compiled")
def sign_as_compiler(visit: Annotated[Visit, needs(Right.COMPILE)]) -> Response:
    """编制: the first signature."""
    return _sign(visit, Step.COMPILED)


@router.post(f"{PATH}/reviewed")
def sign_as_reviewer(visit: Annotated[Visit, needs(Right.REVIEW_SIGNED)]) -> Response:
    """审核: the second signature."""
    return _sign(visit, Step.REVIEWED)


@router.post(f"{PATH}/approved")
def sign_as_approver(visit: Annotated[Visit, needs(Right.APPROVE)]) -> Response:
    """批准: the third signature."""
    return _sign(visit, Step.APPROVED)


def _sign(visit: Visit, step: Step) -> Response:
    node = visit.text("node")
    sign(visit.space, visit.account, visit.opened, Signing(node, step, visit.text("head")))
    return _back(visit, node)


@router.post(f"{PATH}/reopening")
def reopen_node(visit: Reopen) -> Response:
    """Take the signatures of a node away, with a reason."""
    node = visit.text("node")
    reopen(visit.space, visit.account, visit.opened, node, visit.text("reason"))
    return _back(visit, node)


@router.post(f"{PATH}/declaration")
def declare_no_interest(visit: See) -> Response:
    """回避声明: declare to have no interest in the city; only who may sign is asked for it."""
    if not any(visit.may(right) for right in NEEDED.values()):
        raise RefusedError
    said = visit.words["declaration_text"].format(city=visit.run.city)
    more = visit.text("more").strip()
    declare(visit.space, visit.account, visit.opened, f"{said} {more}".strip())
    return _back(visit, "")


def _back(visit: Visit, node: str) -> Response:
    place = f"#n-{node}" if node else ""
    return RedirectResponse(f"/runs/{visit.run.id}/signing{place}", 303)

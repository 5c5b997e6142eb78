"""How far the blind reviewers agree with each other and with the machine."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Request, Response

from auditor.core.access import Right
from auditor.web.agreement_view import MEASURES, agreement_view
from auditor.web.guard import Visit, needs
from auditor.web.rendering import page
from auditor.web.words import Words
from auditor.workbench.agreement import Source, compared, sources_of

router = APIRouter(include_in_schema=False)
See = Annotated[Visit, needs(Right.SEE_AGREEMENT)]


@router.get("/runs/{run_id}/agreement")
def agreement_page(request: Request, visit: See) -> Response:
    """Kappa, weighted kappa, AC1, AC2 with intervals, overall and by domain; never to the blind."""
    opened, w = visit.opened, visit.words
    sources = sources_of(visit.space, opened)
    asked = request.query_params.get("round", "")
    chosen = next((s for s in sources if s.key == asked), sources[0] if sources else None)
    shown = []
    if chosen is not None:
        found = compared(opened, chosen)
        names = chosen.names or (w["blind_first"], w["blind_second"])
        shown.append(agreement_view(found.pair, names, opened.standard, w))
        shown += [
            agreement_view(with_machine, (name, w["agreement_machine"]), opened.standard, w)
            for name, with_machine in found.machine.items()
        ]
    return page(
        visit,
        "agreement.html",
        sources=[(s, _name(s, w)) for s in sources],
        chosen=chosen,
        pair=shown[0] if shown else None,
        with_machine=shown[1:],
        measures=[w[name] for _, name in MEASURES],
    )


def _name(source: Source, w: Words) -> str:
    if source.key in ("all", "imported"):
        return w[f"agreement_{source.key}"]
    return w["blind_round"].format(n=source.key)

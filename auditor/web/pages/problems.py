"""问题清单 with 整改 tracking, for the assessors: raise, ask for papers, accept, send back."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Response
from fastapi.responses import RedirectResponse

from auditor.core.access import Right
from auditor.core.workspace import MatterKind, MatterState, Side
from auditor.web.files import download, given_files
from auditor.web.guard import NotThereError, Visit, needs
from auditor.web.matter_view import file_of, matter_of, matter_views
from auditor.web.pages.run import LIVE, profile_of
from auditor.web.rendering import page
from auditor.workbench.cityside import departments_of
from auditor.workbench.handed import Files, take_files
from auditor.workbench.problems import (
    TRACKED,
    Raised,
    accept,
    ask_for_papers,
    problems_of,
    raise_problem,
    send_back,
    target_of,
    today_of,
)

router = APIRouter(include_in_schema=False)
See = Annotated[Visit, needs(Right.SEE_RUN)]
Papers = Annotated[Visit, needs(Right.SEE_PAPERS)]
Raise = Annotated[Visit, needs(Right.RAISE_PROBLEM)]
PATH = "/runs/{run_id}/problems"
SOURCE = "评审组附件"


@router.get(PATH)
def problems(visit: See) -> Response:
    """All problems with how they stand; those that are overdue come first."""
    matters = problems_of(visit.space, visit.run.id)
    views = matter_views(visit, matters, Side.ASSESSOR)
    return page(
        visit,
        "problems.html",
        matters=views,
        overdue=sum(view.overdue for view in views),
        open=sum(view.state != MatterState.CLOSED.value for view in views),
        features=visit.opened.standard.features,
        departments=departments_of(visit.space, visit.run.city, visit.run.id),
        today=today_of(visit.space),
    )


def back(visit: Visit, area: str, matter_id: int | None = None) -> Response:
    """To the list of an area, at a matter."""
    place = "" if matter_id is None else f"#m{matter_id}"
    return RedirectResponse(f"/runs/{visit.run.id}/{area}{place}", 303)


def raised_in(visit: Visit) -> Raised:
    """What the form says."""
    names = ("text", "due", "feature_id", "department")
    text, due, feature_id, department = (visit.text(name) for name in names)
    return Raised(text, due, feature_id.strip(), department)


@router.post(PATH)
def put_problem(visit: Raise) -> Response:
    """Put a problem to the city."""
    raised, opened = raised_in(visit), visit.opened

    def take() -> Files:
        return take_files(visit.space, opened, given_files(visit, "files[]"), SOURCE)

    return back(visit, "problems", raise_problem(visit.space, visit.account, opened, raised, take))


@router.post(PATH + "/letter")
def send_letter(visit: Raise) -> Response:
    """Ask the city for the papers that the letter lists, a matter a sub-domain."""
    target = target_of(LIVE.of(visit.opened, profile_of(visit)).standing)
    ask_for_papers(visit.space, visit.account, visit.opened, raised_in(visit), target)
    return back(visit, "problems")


@router.post(PATH + "/{matter_id}/accept")
def accept_answer(visit: Raise, matter_id: int) -> Response:
    """Close a matter whose answer will do."""
    accept(visit.space, visit.account, matter_of(visit, matter_id, TRACKED), visit.text("text"))
    return back(visit, "problems", matter_id)


@router.post(PATH + "/{matter_id}/return")
def return_answer(visit: Raise, matter_id: int) -> Response:
    """Send an answer back, with what is wanting and a new day."""
    matter = matter_of(visit, matter_id, TRACKED)
    send_back(visit.space, visit.account, matter, visit.text("text"), visit.text("due"))
    return back(visit, "problems", matter_id)


@router.get("/runs/{run_id}/matters/{matter_id}/files/{place}/{number}")
def matter_file(visit: Papers, matter_id: int, place: int, number: int) -> Response:
    """A file that was handed in, to save; drafts of the city are not there."""
    matter = matter_of(visit, matter_id, tuple(MatterKind))
    name, data = file_of(visit, matter, place, number)
    if matter.steps[place - 1].state is MatterState.PREPARED:
        raise NotThereError
    return download(data, name)

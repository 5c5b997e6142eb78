"""The city's own narrow view: what is addressed to it, and its answers; no verdicts, no others."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Response
from fastapi.responses import RedirectResponse

from auditor.core.access import Right
from auditor.core.workspace import Matter, MatterKind, MatterState, Side
from auditor.web.files import chosen, download, given_files
from auditor.web.guard import NotThereError, Visit, needs
from auditor.web.matter_view import file_of, matter_of, matter_views
from auditor.web.pages.facts import printed, written
from auditor.web.rendering import page
from auditor.workbench.appeals import add_to_appeal, file_appeal
from auditor.workbench.cityside import (
    CityPerson,
    departments_of,
    fillers_of,
    give_to_department,
    matters_for,
    person_of,
    place_filler,
)
from auditor.workbench.facts import respond, sheets_of
from auditor.workbench.handed import Files, Take, take_files
from auditor.workbench.problems import TRACKED, answer, prepare_answer, prepared_files

router = APIRouter(include_in_schema=False)
See = Annotated[Visit, needs(Right.SEE_CITY_VIEW)]
Prepare = Annotated[Visit, needs(Right.PREPARE_ANSWER)]
Speak = Annotated[Visit, needs(Right.ANSWER_CITY)]
Contest = Annotated[Visit, needs(Right.APPEAL)]
PATH = "/city/{run_id}"
ANSWERED, CONTESTED = "整改材料", "申诉材料"


@router.get("/city")
def cities(visit: See) -> Response:
    """The assessments of the cities that somebody belongs to."""
    entries = [
        entry
        for entry in visit.space.entries()
        if visit.account.may(Right.SEE_CITY_VIEW, entry.city)
    ]
    if len(entries) == 1:
        return RedirectResponse(f"/city/{entries[0].id}", 303)
    return page(visit, "cities.html", entries=entries)


@router.get(PATH)
def city(visit: See) -> Response:
    """What is addressed to the visitor."""
    person = _person(visit)
    matters = matters_for(visit.space, person, visit.run.id)
    speaks = person.speaks
    return page(
        visit,
        "city.html",
        person=person,
        problems=_views(visit, matters, TRACKED),
        facts=_views(visit, matters, (MatterKind.FACTS,)),
        sheets=sheets_of(visit.space, visit.run.id) if speaks else (),
        appeals=_views(visit, matters, (MatterKind.APPEAL,)),
        fillers=fillers_of(visit.space, visit.run.city) if speaks else (),
        departments=departments_of(visit.space, visit.run.city, visit.run.id) if speaks else (),
        features=visit.opened.standard.features if speaks else (),
    )


def _views(visit: Visit, matters: tuple[Matter, ...], kinds: tuple[MatterKind, ...]) -> object:
    return matter_views(visit, [m for m in matters if m.kind in kinds], Side.CITY)


def _person(visit: Visit) -> CityPerson:
    return person_of(visit.space, visit.account, visit.run.city)


def _matter(visit: Visit, matter_id: int, kinds: tuple[MatterKind, ...]) -> Matter:
    """A matter that is addressed to the visitor; raises ``NotThereError``."""
    matter = matter_of(visit, matter_id, kinds)
    if not _person(visit).sees(matter):
        raise NotThereError
    return matter


def _back(visit: Visit, matter_id: int | None = None) -> Response:
    place = "" if matter_id is None else f"#m{matter_id}"
    return RedirectResponse(f"/city/{visit.run.id}{place}", 303)


def _taker(visit: Visit, source: str, more: Files = ()) -> Take:
    def take() -> Files:
        given = given_files(visit, "files[]")
        return (*more, *take_files(visit.space, visit.opened, given, source))

    return take


@router.post(PATH + "/matters/{matter_id}/prepare")
def prepare(visit: Prepare, matter_id: int) -> Response:
    """Lay a department's draft before the coordinator."""
    matter = _matter(visit, matter_id, TRACKED)
    take = _taker(visit, ANSWERED)
    prepare_answer(visit.space, visit.account, matter, visit.text("text"), take)
    return _back(visit, matter_id)


@router.post(PATH + "/matters/{matter_id}/answer")
def send_answer(visit: Speak, matter_id: int) -> Response:
    """Answer for the city, with files of one's own and of the departments' drafts."""
    matter = _matter(visit, matter_id, TRACKED)
    adopted = set(chosen(visit, "adopted[]"))
    drafts = tuple(file for file in prepared_files(matter) if file[1] in adopted)
    take = _taker(visit, ANSWERED, drafts)
    answer(visit.space, visit.account, matter, visit.text("text"), take)
    return _back(visit, matter_id)


@router.post(PATH + "/matters/{matter_id}/department")
def give(visit: Speak, matter_id: int) -> Response:
    """Give a problem to a department."""
    give_to_department(visit.space, _matter(visit, matter_id, TRACKED), visit.text("department"))
    return _back(visit, matter_id)


@router.post(PATH + "/fillers")
def place(visit: Speak) -> Response:
    """Say in which department a filler is."""
    asked = visit.text("account")
    number = int(asked) if asked.isdecimal() and len(asked) < 10 else 0
    place_filler(visit.space, visit.run.city, number, visit.text("department"))
    return _back(visit)


@router.post(PATH + "/facts/{matter_id}")
def answer_fact(visit: Speak, matter_id: int) -> Response:
    """Confirm a fact, or dispute it with a reason."""
    matter = _matter(visit, matter_id, (MatterKind.FACTS,))
    agrees = visit.text("answer") == MatterState.CONFIRMED.value
    respond(visit.space, visit.account, matter, agrees, visit.text("reason"))
    return _back(visit, matter_id)


@router.get(PATH + "/facts/sheets/{number}")
def print_sheet(visit: Speak, number: int) -> Response:
    """A sheet of facts to print and sign."""
    return printed(visit, number, f"/city/{visit.run.id}")


@router.get(PATH + "/facts/sheets/{number}/docx")
def sheet_docx(visit: Speak, number: int) -> Response:
    """A sheet of facts as a DOCX."""
    return written(visit, number)


@router.post(PATH + "/appeals")
def contest(visit: Contest) -> Response:
    """Contest a feature, with new papers."""
    contested = visit.text("feature_id").strip(), visit.text("text")
    take = _taker(visit, CONTESTED)
    number = file_appeal(visit.space, visit.account, visit.opened, contested, Side.CITY, take)
    return _back(visit, number)


@router.post(PATH + "/appeals/{matter_id}")
def add(visit: Contest, matter_id: int) -> Response:
    """Add words and papers to an appeal."""
    matter = _matter(visit, matter_id, (MatterKind.APPEAL,))
    take = _taker(visit, CONTESTED)
    add_to_appeal(visit.space, visit.account, matter, visit.text("text"), take)
    return _back(visit, matter_id)


@router.get(PATH + "/matters/{matter_id}/files/{place}/{number}")
def file(visit: See, matter_id: int, place: int, number: int) -> Response:
    """A file of a matter that is addressed to the visitor, to save."""
    name, data = file_of(visit, _matter(visit, matter_id, tuple(MatterKind)), place, number)
    return download(data, name)

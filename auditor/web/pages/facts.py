"""事实确认单, for the assessors: which facts are sent, what the city says of them; to print."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated

from fastapi import APIRouter, Response

from auditor.core.access import Right
from auditor.core.workspace import Matter, MatterKind, MatterState, Side
from auditor.report.fact_sheet import FactRow, fact_sheet
from auditor.web.files import DOCX, chosen, download
from auditor.web.guard import NotThereError, Visit, needs
from auditor.web.matter_view import MatterView, matter_of, matter_view
from auditor.web.pages.problems import back
from auditor.web.rendering import page
from auditor.workbench.facts import (
    FactSheet,
    send_facts,
    settle_dispute,
    sheets_of,
    still_rests,
    unsent_facts,
)
from auditor.workbench.problems import today_of

router = APIRouter(include_in_schema=False)
See = Annotated[Visit, needs(Right.SEE_RUN)]
Raise = Annotated[Visit, needs(Right.RAISE_PROBLEM)]
PATH = "/runs/{run_id}/facts"


@dataclass(frozen=True, slots=True)
class SheetView:
    """A sheet with its facts; ``rests`` are the matters whose decision still stands."""

    sheet: FactSheet
    facts: tuple[MatterView, ...]
    confirmed: int
    disputed: int
    rests: frozenset[int]


@router.get(PATH)
def facts(visit: See) -> Response:
    """Facts that the city has not been asked about, and the sheets that were sent."""
    opened = visit.opened
    return page(
        visit,
        "facts.html",
        unsent=unsent_facts(visit.space, opened),
        sheets=tuple(_sheet_view(visit, sheet) for sheet in sheets_of(visit.space, opened.id)),
        texts={f.id: f.text for f in opened.standard.features},
        today=today_of(visit.space),
    )


def _sheet_view(visit: Visit, sheet: FactSheet) -> SheetView:
    return SheetView(
        sheet,
        tuple(matter_view(visit, matter, Side.ASSESSOR) for matter in sheet.matters),
        sheet.count(MatterState.CONFIRMED),
        sheet.count(MatterState.DISPUTED),
        still_rests(visit.opened, sheet.matters),
    )


@router.post(PATH)
def send(visit: Raise) -> Response:
    """Send the chosen facts to the city as one sheet."""
    keys = frozenset(chosen(visit, "keys[]"))
    send_facts(visit.space, visit.account, visit.opened, keys, visit.text("due"))
    return back(visit, "facts")


@router.post(PATH + "/{matter_id}/settle")
def settle(visit: Raise, matter_id: int) -> Response:
    """Answer a disputed fact."""
    matter = matter_of(visit, matter_id, (MatterKind.FACTS,))
    settle_dispute(visit.space, visit.account, matter, visit.text("text"))
    return back(visit, "facts", matter_id)


@router.get(PATH + "/sheets/{number}")
def print_page(visit: See, number: int) -> Response:
    """A sheet to print."""
    return printed(visit, number)


@router.get(PATH + "/sheets/{number}/docx")
def docx(visit: See, number: int) -> Response:
    """A sheet as a DOCX."""
    return written(visit, number)


def printed(visit: Visit, number: int, back_to: str = "") -> Response:
    """The page of a sheet that is printed and signed; raises ``NotThereError``."""
    sheet = _sheet(visit, number)
    back_to = back_to or f"/runs/{visit.run.id}/facts"
    return page(visit, "facts_print.html", sheet=sheet, rows=_rows(visit, sheet), back=back_to)


def written(visit: Visit, number: int) -> Response:
    """A sheet as a DOCX; raises ``NotThereError``."""
    sheet, w = _sheet(visit, number), visit.words
    said = {
        "over": w["lt_over"],
        "title": w["mt_sheet_title"].format(n=number),
        "lead": w["mt_sheet_lead"].format(city=visit.run.city, n=len(sheet.matters), due=sheet.due),
        "heads": w["mt_sheet_heads"],
        "signature": w["mt_sheet_signature"],
        "day": w["or_day"],
    }
    name = f"{w['mt_kind_facts']}-{visit.run.city}-{number}.docx"
    return download(fact_sheet(said, _rows(visit, sheet), visit.lang), name, DOCX)


def _sheet(visit: Visit, number: int) -> FactSheet:
    sheets = sheets_of(visit.space, visit.run.id)
    if not 1 <= number <= len(sheets):
        raise NotThereError
    return sheets[number - 1]


def _rows(visit: Visit, sheet: FactSheet) -> tuple[FactRow, ...]:
    return tuple(_row(visit, matter) for matter in sheet.matters)


def _row(visit: Visit, matter: Matter) -> FactRow:
    w, told = visit.words, matter.payload
    page_words = "" if told["page"] is None else f" {w['page'].format(n=told['page'])}"
    said = next((s for s in reversed(matter.steps) if s.side is Side.CITY), None)
    answer = "" if said is None else w[f"mt_state_{said.state.value}"]
    place = f"{told['title']}{page_words}"
    return FactRow(
        "\n".join(told["features"]), told["quote"], place, answer, said.said if said else ""
    )

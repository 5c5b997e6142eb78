"""The papers of a run: pictures of pages, where their characters stand, plain text, search."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Annotated, Any

from fastapi import APIRouter, Request, Response

from auditor.core.access import Right
from auditor.core.documents import Document, Span
from auditor.core.errors import DocumentError
from auditor.core.highlights import characters_of, highlight_boxes
from auditor.web.guard import Blind, NotThereError, Visit, needs

router = APIRouter(include_in_schema=False)
See = Annotated[Visit, needs(Right.SEE_PAPERS, Blind.OPEN)]
WIDTHS = (160, 900, 1400)
AROUND = 6000
MOST_FOUND = 60
ABOUT = 40
MOST_DIGITS = 12
KEPT_PRIVATE = "private, max-age=86400, immutable"


@dataclass(frozen=True, slots=True)
class Found:
    """A place where a word was found."""

    sha256: str
    title: str
    page: int | None
    start: int
    end: int
    before: str
    hit: str
    after: str

    def as_json(self) -> dict[str, Any]:
        """For the search box."""
        return {name: getattr(self, name) for name in self.__slots__}


def paper_of(visit: Visit, sha256: str) -> Document:
    """A document of the run; raises ``NotThereError``."""
    document = visit.opened.papers.get(sha256)
    if document is None:
        raise NotThereError
    return document


@router.get("/runs/{run_id}/papers/{sha256}/pages/{number}.png")
def picture(request: Request, visit: See, sha256: str, number: int) -> Response:
    """The picture of a page, in one of a few widths."""
    document = paper_of(visit, sha256)
    asked = request.query_params.get("width", "")
    width = int(asked) if asked in map(str, WIDTHS) else WIDTHS[1]
    try:
        data = visit.space.originals.picture(document, number, width)
    except DocumentError as error:
        return Response(str(error), 404, media_type="text/plain; charset=utf-8")
    return Response(data, media_type="image/png", headers={"cache-control": KEPT_PRIVATE})


@router.get("/runs/{run_id}/papers/{sha256}/pages/{number}")
def page_json(request: Request, visit: See, sha256: str, number: int) -> dict[str, Any]:
    """A page: its size, its lines with the edges of their characters, and a span's boxes."""
    document = paper_of(visit, sha256)
    page = next((p for p in document.pages if p.number == number), None)
    if page is None:
        raise NotThereError
    span = _span(request, document)
    return {
        "sha256": sha256,
        "title": document.title or document.name,
        "page": number,
        "pages": len(document.pages),
        "aspect": page.height / page.width if page.width else 0,
        "picture": bool(page.width) and visit.space.originals.has(sha256),
        "unread": page.unread,
        "lines": [
            {
                "start": t.span.start,
                "end": t.span.end,
                "box": t.box,
                "edges": t.edges,
                "turn": t.direction,
            }
            for t in characters_of(document, number)
        ],
        "boxes": [
            [b.left, b.top, b.right, b.bottom]
            for b in (highlight_boxes(document, span, number) if span else ())
        ],
        "text": document.text[page.span.start : page.span.end],
        "start": page.span.start,
    }


@router.get("/runs/{run_id}/papers/{sha256}/text")
def text_json(request: Request, visit: See, sha256: str) -> dict[str, Any]:
    """A stretch of the text: around a span, or behind ``from``, or before ``until``."""
    document = paper_of(visit, sha256)
    stretch = _stretch(request, document)
    return {
        "sha256": sha256,
        "title": document.title or document.name,
        "text": document.quote(stretch),
        "start": stretch.start,
        "whole": len(document.text),
        "lines": [],
        "boxes": [],
        "unread": "",
    }


def _stretch(request: Request, document: Document) -> Span:
    whole = len(document.text)
    behind, before = request.query_params.get("from", ""), request.query_params.get("until", "")
    if behind.isdecimal():
        start = min(_place(behind), whole)
        return Span(start, min(whole, start + AROUND))
    if before.isdecimal():
        end = min(_place(before), whole)
        return Span(max(0, end - AROUND), end)
    span = _span(request, document) or Span(0, 0)
    start = max(0, span.start - AROUND // 2)
    return Span(start, min(whole, max(span.end, start + AROUND)))


def _span(request: Request, document: Document) -> Span | None:
    """The span that the address names, None for none or one that is not in the text."""
    given = request.query_params
    start, end = given.get("start", ""), given.get("end", "")
    if not (start.isdecimal() and end.isdecimal()):
        return None
    first, last = _place(start), _place(end)
    return Span(first, last) if first < last <= len(document.text) else None


def _place(digits: str) -> int:
    """A place in a text; of more digits than any text has characters the first are enough."""
    return int(digits[:MOST_DIGITS])


@router.get("/runs/{run_id}/search")
def search(request: Request, visit: See) -> dict[str, Any]:
    """Where a word stands in the dossier, in the order of its documents."""
    word = request.query_params.get("word", "").strip()[:60]
    hits: list[dict[str, Any]] = []
    more = False
    for found in _found(visit, word) if word else ():
        if len(hits) == MOST_FOUND:
            more = True
            break
        hits.append(found.as_json())
    return {"word": word, "hits": hits, "more": more}


def _found(visit: Visit, word: str) -> Iterator[Found]:
    wanted = re.compile(re.escape(word), re.IGNORECASE)
    for document in visit.opened.run.documents:
        text = document.text
        for match in wanted.finditer(text):
            start, end = match.span()
            yield Found(
                document.sha256,
                document.title or document.name,
                document.page_of(start),
                start,
                end,
                text[max(0, start - ABOUT) : start].rpartition("\n")[2],
                match.group(),
                text[end : end + ABOUT].partition("\n")[0],
            )

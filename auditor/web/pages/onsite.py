"""现场核查: the list and the notes on a page for tablets; photos of what was seen."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated

from fastapi import APIRouter, Request, Response
from fastapi.responses import JSONResponse, RedirectResponse

from auditor.core.access import Right
from auditor.core.criteria import Domain
from auditor.core.errors import ReviewError
from auditor.core.events import ReviewEvent
from auditor.core.site import SiteMethod
from auditor.report.site_records import records_of
from auditor.web.files import download, given_files
from auditor.web.guard import NotThereError, Visit, needs
from auditor.web.pages.run import LIVE, profile_of
from auditor.web.rendering import page
from auditor.workbench.acting import feature_of, take_back_visit
from auditor.workbench.onsite import (
    MOST_PHOTO_BYTES,
    MOST_PHOTOS,
    SiteLine,
    photo_of,
    record_note,
    site_line,
    site_lines,
)
from auditor.workbench.photo_marks import is_sealed, may_see_photo
from auditor.workbench.problems import target_of, today_of

router = APIRouter(include_in_schema=False)
Record = Annotated[Visit, needs(Right.RECORD_SITE)]
Papers = Annotated[Visit, needs(Right.SEE_PAPERS)]
PATH = "/runs/{run_id}/site"
FIELDS = (
    "method", "date", "place", "roles", "system", "network", "account_role", "steps", "result",
)  # fmt: skip
NETWORKS = ("政务外网", "互联网", "政务内网", "业务专网", "单位局域网")


@dataclass(frozen=True, slots=True)
class DomainLines:
    """The lines of a domain."""

    domain: Domain
    lines: tuple[SiteLine, ...]


@router.get(PATH)
def site(request: Request, visit: Record) -> Response:
    """What to look at on site, and the form for notes on one feature."""
    opened = visit.opened
    target = target_of(LIVE.of(opened, profile_of(visit)).standing)
    lines = list(site_lines(opened, target))
    asked = request.query_params.get("feature", "")
    if asked and all(line.feature.id != asked for line in lines):
        lines.insert(0, _asked(visit, asked))
    order = {feature.id: place for place, feature in enumerate(opened.standard.features)}
    lines.sort(key=lambda line: order[line.feature.id])
    groups = (
        DomainLines(d, tuple(row for row in lines if row.feature.id.startswith(f"{d.id}.")))
        for d in opened.standard.domains
    )
    return page(
        visit,
        "site.html",
        groups=[group for group in groups if group.lines],
        whole=len(lines),
        seen=sum(line.visits > 0 for line in lines),
        chosen=asked or (lines[0].feature.id if lines else ""),
        target=target,
        features=[f for f in opened.standard.features if f.id in opened.findings],
        methods=list(SiteMethod),
        networks=NETWORKS,
        records=[r for r in reversed(records_of(opened.present.events))],
        sealed=sealed_photos(visit),
        today=today_of(visit.space),
        most_photos=MOST_PHOTOS,
        most_bytes=MOST_PHOTO_BYTES,
    )


def sealed_photos(visit: Visit) -> frozenset[str]:
    """The photos of the run's record that carry a mark of secrecy."""
    taken = (sha256 for event in visit.opened.present.events for sha256 in _photos_of(event))
    return frozenset(sha256 for sha256 in taken if is_sealed(visit.space, sha256))


def _asked(visit: Visit, feature_id: str) -> SiteLine:
    try:
        return site_line(visit.opened, feature_of(visit.opened, feature_id))
    except ReviewError as error:
        raise NotThereError from error


@router.post(PATH + "/{feature_id}")
def note(request: Request, visit: Record, feature_id: str) -> Response:
    """Record a visit; who sends a note twice has recorded it once."""
    told = feature_id, {name: visit.text(name) for name in FIELDS}
    photos = given_files(visit, "photos[]")
    event = record_note(visit.space, visit.account, visit.opened, told, photos)
    if "x-csrf" in request.headers:
        sealed = sum(is_sealed(visit.space, sha256) for sha256 in _photos_of(event))
        return JSONResponse({"id": event.id, "hash": event.hash, "sealed": sealed})
    return RedirectResponse(f"/runs/{visit.run.id}/site?feature={feature_id}", 303)


def _photos_of(event: ReviewEvent) -> tuple[str, ...]:
    return tuple(file.sha256 for said in event.content.site for file in said.attachments)


@router.get(PATH + "/photos/{sha256}")
def photo(visit: Papers, sha256: str) -> Response:
    """A photo of a visit, to save (a page may show it as a picture)."""
    found = photo_of(visit.space, visit.opened, sha256)
    if found is None or not may_see_photo(visit.space, visit.account, visit.run.city, sha256):
        raise NotThereError
    name, data = found
    return download(data, name, "image/jpeg")


@router.post(PATH + "/records/{event_id}/withdrawal")
def withdraw_note(visit: Record, event_id: str) -> Response:
    """Take a record of a visit back, with a reason: it stays in the history and counts no more."""
    reason = visit.text("reason")
    event = take_back_visit(visit.space, visit.account, visit.opened, event_id, reason)
    return RedirectResponse(f"/runs/{visit.run.id}/site?feature={event.feature_id}", 303)

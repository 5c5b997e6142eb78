"""Reports to download, made from the events that stand now."""

from __future__ import annotations

import tempfile
import threading
from pathlib import Path
from typing import Annotated
from urllib.parse import quote

from fastapi import APIRouter, Request, Response

from auditor.core.access import Right
from auditor.core.errors import DocumentError
from auditor.ingest.office import convert, find_office
from auditor.report.writer import APPEAL, FORMATS, write_public, write_report
from auditor.standing import result_of
from auditor.store.events import EVENTS_FILE, event_json
from auditor.store.run_folder import dumps
from auditor.web.guard import NotThereError, Visit, needs
from auditor.web.rendering import page

router = APIRouter(include_in_schema=False)
Export = Annotated[Visit, needs(Right.EXPORT)]
PDF, EVENTS = "pdf", "events"
PRINT_TIMEOUT_S = 180.0
KINDS = {
    ".html": "text/html; charset=utf-8",
    ".json": "application/json",
    ".jsonl": "application/x-ndjson",
    ".csv": "text/csv; charset=utf-8",
    ".pdf": "application/pdf",
    ".docx": "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
    ".xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
}
ORDER = ("html", "docx", PDF, "xlsx", "letter", "site", "json", "csv")
_MAKING = threading.Semaphore(2)
"""Reports that are made at a time: each takes a core for seconds."""


@router.get("/runs/{run_id}/reports")
def reports_page(visit: Export) -> Response:
    """What can be downloaded."""
    names = [name for name in ORDER if name != PDF or find_office()]
    names += [name for name in FORMATS if name not in ORDER]
    present = visit.opened.present
    return page(
        visit, "reports.html", names=names, head=present.head, events=len(present.events),
        signed=len(present.signatures), office=find_office() is not None,
    )  # fmt: skip


@router.get("/runs/{run_id}/reports/{name}")
def report_file(request: Request, visit: Export, name: str) -> Response:
    """One report, as the record stands now."""
    if name == EVENTS:
        lines = [dumps(event_json(e)) + "\n" for e in visit.opened.present.events]
        return _download(EVENTS_FILE, "".join(lines).encode())
    if name not in (*FORMATS, PDF, APPEAL) or (name == PDF and find_office() is None):
        raise NotThereError
    with _MAKING, tempfile.TemporaryDirectory() as folder:
        file = _written(visit, name, Path(folder), public="public" in request.query_params)
        return _download(file.name, file.read_bytes())


def _written(visit: Visit, name: str, folder: Path, *, public: bool) -> Path:
    opened = visit.opened
    reviewed = opened.reviewed(opened.present)
    rule = opened.rule(visit.run.profile)
    result = result_of(reviewed, opened.standard, rule, opened.rules())
    if name == APPEAL and result.appeal is None:
        raise NotThereError
    write = write_public if public else write_report
    file = write(result, opened.standard, folder, "docx" if name == PDF else name, visit.lang)
    return _as_pdf(file) if name == PDF else file


def _as_pdf(file: Path) -> Path:
    """The same printed by LibreOffice; raises ``DocumentError`` where it fails."""
    done = convert({file.name: file.read_bytes()}, PDF, timeout_s=PRINT_TIMEOUT_S)[file.name]
    if isinstance(done, DocumentError):
        raise done
    target = file.with_suffix(".pdf")
    target.write_bytes(done)
    return target


def _download(name: str, data: bytes) -> Response:
    """A file that is saved, never shown: its own address would lend it the rights of a page."""
    headers = {"content-disposition": f"attachment; filename*=UTF-8''{quote(name)}"}
    return Response(data, media_type=KINDS[Path(name).suffix], headers=headers)

"""Files of forms and files to download: bounded on the way in, never opened on the way out."""

from __future__ import annotations

from urllib.parse import quote

from fastapi import Response
from starlette.datastructures import UploadFile

from auditor.core.errors import ReviewError
from auditor.web.guard import Visit
from auditor.workbench.handed import MOST_BYTES, Given, neutral_name

ANY = "application/octet-stream"
DOCX = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"
INERT = "sandbox; default-src 'none'"


def given_files(visit: Visit, field: str) -> tuple[Given, ...]:
    """The files of a field of the form (its name ends in ``[]``), those that were left empty out.

    Raises:
        ReviewError: together they are larger than anybody may hand in at once.
    """
    posted = visit.posted.get(field, [])
    rows = posted if isinstance(posted, list) else []
    files = [row for row in rows if isinstance(row, UploadFile) and (row.filename or row.size)]
    if sum(file.size or 0 for file in files) > MOST_BYTES:
        limit = MOST_BYTES >> 20
        raise ReviewError(f"文件合计超过 {limit} MB (too large together).", hint="请分次提交。")
    return tuple(Given(file.filename or "", file.file.read()) for file in files)


def chosen(visit: Visit, field: str) -> tuple[str, ...]:
    """The texts of a field of the form whose name ends in ``[]``."""
    posted = visit.posted.get(field, [])
    rows = posted if isinstance(posted, list) else []
    return tuple(row for row in rows if isinstance(row, str))


def download(data: bytes, name: str, kind: str = ANY) -> Response:
    """A file to save, under a harmless name; no browser runs what is in it."""
    plain = neutral_name(name)
    ascii_name = plain.encode("ascii", "replace").decode().replace("?", "_").replace('"', "_")
    disposition = f"attachment; filename=\"{ascii_name}\"; filename*=UTF-8''{quote(plain, safe='')}"
    return Response(
        data,
        media_type=kind,
        headers={
            "content-disposition": disposition,
            "x-content-type-options": "nosniff",
            "content-security-policy": INERT,
        },
    )

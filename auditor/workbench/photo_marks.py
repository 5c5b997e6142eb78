"""Photos of site visits with a mark of secrecy on them: kept, flagged, shown to few.

The check is that of papers: a level as a mark in what character recognition reads, or in the name.
Where recognition is not installed only names are looked at.
"""

from __future__ import annotations

import io
import threading

from PIL import Image

from auditor.core.access import Account, Right
from auditor.core.documents import MarkKind
from auditor.ingest.marks import find_name_marks, marks_of, secrecy_of
from auditor.ingest.ocr import is_installed, read_picture
from auditor.ingest.paged import content_of
from auditor.workbench.handed import attachments_of
from auditor.workbench.space import Space

_READING = threading.Lock()
"""One photo is read at a time: the engine is one, and takes a core."""


def bears_secrecy(name: str, data: bytes) -> bool:
    """Whether a photo (a sound picture) carries a level of secrecy, by its name or its print."""
    if secrecy_of(find_name_marks(name)) is MarkKind.SECRET:
        return True
    if not is_installed():
        return False
    with _READING, Image.open(io.BytesIO(data)) as picture:
        size = {"width": float(picture.width), "height": float(picture.height)}
        content = content_of([read_picture(picture, number=1, **size)])
    return secrecy_of(marks_of(content)) is MarkKind.SECRET


def is_sealed(space: Space, sha256: str) -> bool:
    """Whether a photo is flagged as secret."""
    return attachments_of(space).is_flagged(sha256)


def may_see_photo(space: Space, account: Account, city: str, sha256: str) -> bool:
    """Whether somebody may look at a photo of their city: a flagged one is for who opens papers."""
    right = Right.RELEASE_PAPERS if is_sealed(space, sha256) else Right.SEE_PAPERS
    return account.may(right, city)

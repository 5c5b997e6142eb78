"""One file in this process: for single files of known origin, evaluation and tests.

A dossier goes through ``auditor.ingest.taking``, which reads each file in a limited child.
"""

from __future__ import annotations

import hashlib
from pathlib import Path

from auditor.core.documents import Document, LeftOut
from auditor.core.errors import DocumentError
from auditor.ingest.describing import describe
from auditor.ingest.marks import marks_of, refuse_secret
from auditor.ingest.reading import read_content
from auditor.ingest.sniff import sniff
from auditor.ingest.taking import dossier_files

__all__ = ["dossier_files", "read_document", "read_file"]


def read_document(data: bytes, name: str) -> Document:
    """Read one file's bytes; ``name`` is its path in the dossier.

    Raises:
        DocumentError: the file is unsupported, empty, broken or secret (the message names it).
    """
    content = read_content(data, name)
    refuse_secret(name, content.text, marks_of(content))
    return describe(name, hashlib.sha256(data).hexdigest(), sniff(data, name), content)


def read_file(path: Path, name: str) -> Document | LeftOut:
    """Read one file of the disk as the dossier's document ``name``, or say why not."""
    try:
        return read_document(path.read_bytes(), name)
    except DocumentError as error:
        return LeftOut(name, error.code, error.reason, error.hint)
    except OSError as error:
        return LeftOut(name, "unreadable", str(error), "请检查文件权限。")

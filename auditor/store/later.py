"""Papers that came after the audit (申诉、整改): beside a run, so that people can cite them.

A file a paper, by its hash, in the folder ``later`` of the run; what the machine read and judged
stays as it was.
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from pathlib import Path

from auditor.core.documents import Document
from auditor.store.papers import document_json, read_documents, write_layouts

LATER_FOLDER = "later"


def add_later(run_folder: Path, documents: Iterable[Document]) -> None:
    """Write papers beside a run; one that is there already stays as it is."""
    folder = run_folder / LATER_FOLDER
    for document in documents:
        file = folder / f"{document.sha256}.json"
        if not file.is_file():
            folder.mkdir(parents=True, exist_ok=True)
            write_layouts(folder, [document])
            draft = file.with_suffix(".part")
            row = json.dumps(document_json(document), ensure_ascii=False, sort_keys=True)
            draft.write_text(row, encoding="utf-8", newline="\n")
            draft.replace(file)


def later_hashes(run_folder: Path) -> frozenset[str]:
    """The sha256 of each paper beside a run."""
    return frozenset(file.stem for file in (run_folder / LATER_FOLDER).glob("*.json"))


def read_later(run_folder: Path) -> tuple[Document, ...]:
    """The papers beside a run, by name.

    Raises:
        ValueError: a file is damaged.
    """
    folder = run_folder / LATER_FOLDER
    rows = [json.loads(file.read_text(encoding="utf-8")) for file in sorted(folder.glob("*.json"))]
    return tuple(sorted(read_documents(folder, rows), key=lambda document: document.name))

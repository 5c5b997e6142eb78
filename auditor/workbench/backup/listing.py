"""Which files of a workspace belong into its backup.

Everything but what stands in the database's own rows, what can be made again at any time, and what
somebody is just writing. A kind of file that comes later is in it without being named here.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path, PurePosixPath

from auditor.originals import CACHE
from auditor.store.workspace.opening import DATABASE_FILE
from auditor.workbench.space import PAPERS_FOLDER
from auditor.workbench.uploads import DOSSIER, UPLOADS_FOLDER

UNFINISHED = (".part", ".lock")
BESIDE_SQLITE = ("-wal", "-shm", "-journal")


def files_of(workspace: Path) -> Iterator[tuple[str, Path]]:
    """The files of a workspace with their paths in it (``/``), in order.

    Folders at the top may be links to other disks; links further down are passed over.
    """
    for folder, below, names in os.walk(workspace):
        here = Path(folder).relative_to(workspace).as_posix()
        if here == ".":
            yield from _linked_at_top(workspace, below)
        below[:] = sorted(b for b in below if not is_left_out(_joined(here, b), is_folder=True))
        for name in sorted(names):
            path, file = _joined(here, name), Path(folder) / name
            if not is_left_out(path) and file.is_file() and not file.is_symlink():
                yield path, file


def _linked_at_top(workspace: Path, below: list[str]) -> Iterator[tuple[str, Path]]:
    for name in sorted(below):
        if (workspace / name).is_symlink():
            target = (workspace / name).resolve()
            for path, file in files_of(target):
                if not is_left_out(f"{name}/{path}"):
                    yield f"{name}/{path}", file


def _joined(folder: str, name: str) -> str:
    return name if folder == "." else f"{folder}/{name}"


def is_left_out(path: str, *, is_folder: bool = False) -> bool:
    """Tell whether what lies at a path of a workspace stays out of its backup."""
    steps = PurePosixPath(path).parts
    if is_submitted(path):
        return False
    if steps[:2] == (PAPERS_FOLDER, CACHE) or steps[0].startswith(DATABASE_FILE):
        return True
    if is_folder:
        return steps[-1].endswith(".part")
    return steps[-1].endswith((*UNFINISHED, *BESIDE_SQLITE))


def is_submitted(path: str) -> bool:
    """Tell whether a path lies among papers as they were uploaded, whose names say anything."""
    steps = PurePosixPath(path).parts
    return len(steps) > 2 and steps[0] == UPLOADS_FOLDER and steps[2] == DOSSIER

"""The folder of a city's results: published whole by rename, and told unchanged at a glance.

The digest is over what the machine found. Reports, scores (which ``auditor score`` writes anew, by
another rule too) and what people add are theirs to write and do not count.
"""

from __future__ import annotations

import hashlib
import os
import shutil
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from auditor.archive.places import EARLIER_FOLDER
from auditor.core.errors import RunError
from auditor.store.run_folder import STATE_FOLDER

FOUND = (
    "documents.jsonl", "findings.jsonl", "instructions.jsonl", "intake.json", "review.json",
    "run.json", "search.jsonl",
)  # fmt: skip
BESIDE = ("claims.json", "intake.html", "补充材料清单.docx")
"""What a run says beside, which another scoring rule leaves as it is, or nearly."""
LAYOUT = "layout"
Files = Mapping[str, Any]
"""By name: size in bytes, time of the last change in ns, SHA-256."""
PEOPLE = ("events.jsonl", "attachments", "later", "appeal.json")
"""What people leave in a folder: such a folder is kept when a newer one takes its place."""


def files_of(folder: Path) -> dict[str, list[Any]]:
    """The files that the digest of a folder is over."""
    return _facts_of(folder, [*FOUND, *(f"{LAYOUT}/{p.name}" for p in (folder / LAYOUT).glob("*"))])


def beside_of(folder: Path) -> dict[str, list[Any]]:
    """The files that a run that is only scored anew takes along as well."""
    return _facts_of(folder, BESIDE)


def _facts_of(folder: Path, names: Iterable[str]) -> dict[str, list[Any]]:
    files = {name: folder / name for name in sorted(names) if (folder / name).is_file()}
    return {name: [*_stat(file), _sha256(file)] for name, file in files.items()}


def digest_of(files: Files) -> str:
    """``sha256:…`` over the names and contents of these files."""
    lines = "".join(f"{files[name][2]}  {name}\n" for name in sorted(files))
    return f"sha256:{hashlib.sha256(lines.encode()).hexdigest()}"


def is_whole(folder: Path, files: Files) -> bool:
    """Whether a published folder is as it was; only a file that was touched is read."""
    try:
        for name, (size, changed_ns, sha256) in files.items():
            now = _stat(folder / name)
            if now[0] != size or (now[1] != changed_ns and _sha256(folder / name) != sha256):
                return False
    except OSError:
        return False
    return bool(files)


def put_in_place(draft: Path, target: Path) -> None:
    """Make a draft the results of a city; both lie on one file system.

    A folder that stood there before goes to ``earlier/`` where people have decided in it, else
    away. What is interrupted leaves either folder or none, and never a part of one.

    Raises:
        RunError: the file system does not let it.
    """
    out = target.parent.parent
    target.parent.mkdir(parents=True, exist_ok=True)
    try:
        if target.exists():
            decided = any((target / name).exists() for name in PEOPLE)
            target.replace(_free(out / EARLIER_FOLDER, target.name) if decided else _aside(draft))
        draft.replace(target)
    except OSError as error:
        raise RunError(
            f"{target} cannot be put in place ({error.strerror}).", hint="Check the disk."
        ) from error


def clear_aside(draft: Path) -> None:
    """Remove what a draft has taken the place of."""
    shutil.rmtree(_aside(draft), ignore_errors=True)


def _aside(draft: Path) -> Path:
    return draft.with_name(f"{draft.name}-old")


def _free(folder: Path, name: str) -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    number = 1
    while (folder / f"{name}~{number}").exists():
        number += 1
    return folder / f"{name}~{number}"


def settle_on_disk(draft: Path) -> None:
    """Have the disk hold a draft before the job store says that it is done."""
    for path in sorted(draft.rglob("*"), reverse=True):
        if not path.is_symlink():
            _sync(path)
    _sync(draft)


def _sync(path: Path) -> None:
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def take_along(source: Path, draft: Path, names: Iterable[str]) -> None:
    """Copy files of a published folder into a draft, and the logs of calls where there are any."""
    for name in names:
        (draft / name).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy2(source / name, draft / name)
    keep_logs(source / STATE_FOLDER, draft)


def keep_logs(state: Path, draft: Path) -> None:
    """Put what was noted of calls to endpoints beside the results, as ``auditor run`` does."""
    if state.is_dir():
        shutil.copytree(state, draft / STATE_FOLDER, dirs_exist_ok=True)


def _stat(file: Path) -> tuple[int, int]:
    facts = file.stat()
    return facts.st_size, facts.st_mtime_ns


def _sha256(file: Path) -> str:
    return hashlib.sha256(file.read_bytes()).hexdigest()

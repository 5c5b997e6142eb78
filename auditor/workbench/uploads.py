"""Papers that are uploaded: written while they come, within limits, whole or not at all.

Names are data: whatever they say, a file ends inside the folder of its upload, and one that comes
later never takes the place of one that was there.
"""

from __future__ import annotations

import os
import re
import shutil
import unicodedata
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import BinaryIO

from filelock import FileLock, Timeout

from auditor.core.errors import AuditorError
from auditor.ingest.archive_names import decode_name, is_passed_over

UPLOADS_FOLDER, DOSSIER, DRAFT, LOCK = "uploads", "dossier", "dossier.part", "upload.lock"
MOST_STEPS = 16
LONGEST_STEP_BYTES = 200
LONGEST_PATH = 1000
DRIVE = re.compile(r"\A[A-Za-z]:")
UNFIT = re.compile(r'[<>:"|?*]')
"""Characters that a name may not have on every system."""
UNSEEN = frozenset({"Cc", "Cf", "Cs", "Zl", "Zp"})
"""Control and direction characters, which a name loses."""
RESERVED = frozenset(
    {"con", "prn", "aux", "nul"} | {f"{port}{n}" for port in ("com", "lpt") for n in range(10)}
)
OWNER_ONLY = 0o700


class UploadRefusedError(AuditorError):
    """An upload breaks a limit, or cannot be written; nothing of it is kept."""


@dataclass(frozen=True, slots=True)
class UploadLimits:
    """What one upload may hold. An archive counts as one file here; what it unpacks to has the
    limits of the intake. ``spare_bytes`` of the disk always stay free.
    """

    files: int = 2000
    file_bytes: int = 1024**3
    total_bytes: int = 2 * 1024**3
    spare_bytes: int = 256 * 1024**2


def upload_path(raw: bytes, number: int) -> str:
    """The path, with ``/``, under which an uploaded file is kept; empty for litter of a system.

    ``raw`` is the name as it came, ``number`` counts the files from 1 and names one without any.
    No step leads upwards or to a root, none is a device's or ends in a dot or blank; what is too
    long is cut before the suffix.
    """
    text = unicodedata.normalize("NFC", decode_name(raw.replace(b"\0", b""), number))
    seen = (char for char in text if unicodedata.category(char) not in UNSEEN)
    whole = "".join(seen).replace("\\", "/")
    steps = [_fit(step) for step in DRIVE.sub("", whole).split("/")]
    steps = [step for step in steps if step]
    if not steps:
        return f"文件{number:04d}"
    path = "/".join(steps[-MOST_STEPS:])
    while len(path) > LONGEST_PATH and "/" in path:
        path = path.partition("/")[2]
    return "" if is_passed_over(path) else path


def _fit(step: str) -> str:
    step = UNFIT.sub("_", step).strip().rstrip(". ")
    if step.partition(".")[0].lower() in RESERVED:
        step = f"_{step}"
    return _cut(step)


def _cut(step: str) -> str:
    """A name of at most 200 bytes, its suffix kept."""
    if len(step.encode()) <= LONGEST_STEP_BYTES:
        return step
    pure = PurePosixPath(step)
    suffix = pure.suffix if len(pure.suffix.encode()) <= 16 else ""
    room = LONGEST_STEP_BYTES - len(suffix.encode())
    return step.encode()[:room].decode("utf-8", "ignore") + suffix


class _Places:
    """Which paths are taken, alike in capitals or not, as files or as folders."""

    def __init__(self) -> None:
        self._files: set[str] = set()
        self._folders: set[str] = set()

    def take(self, path: str) -> str:
        """Give a free path: a step that is taken by a file gets a number."""
        *folders, name = path.split("/")
        kept: list[str] = []
        for step in folders:
            kept.append(self._free(kept, step, self._files))
            self._folders.add(_key([*kept]))
        kept.append(self._free(kept, name, self._files | self._folders))
        self._files.add(_key(kept))
        return "/".join(kept)

    def _free(self, before: list[str], step: str, taken: set[str]) -> str:
        pure, number, fresh = PurePosixPath(step), 2, step
        while _key([*before, fresh]) in taken:
            fresh = f"{pure.stem} ({number}){pure.suffix}"
            number += 1
        return fresh


def _key(steps: list[str]) -> str:
    return "/".join(steps).casefold()


class Upload:
    """The papers of one upload on their way to ``folder/dossier``.

    Use as a context manager: unless ``finish`` was called the whole folder is removed at its end.
    Not for several threads at once.
    """

    def __init__(self, folder: Path, limits: UploadLimits) -> None:
        self.folder = folder
        self.files = 0
        self.skipped = 0
        self._limits = limits
        self._places = _Places()
        self._stream: BinaryIO | None = None
        self._name = ""
        self._size = self._total = 0
        self._done = False
        self._lock = FileLock(folder / LOCK)

    def __enter__(self) -> Upload:
        """Make the folder; while it is locked it counts as in work."""
        self.folder.mkdir(parents=True, mode=OWNER_ONLY)
        self._lock.acquire(timeout=0)
        (self.folder / DRAFT).mkdir()
        return self

    def __exit__(self, kind: type[BaseException] | None, *_error: object) -> None:
        """Let go; remove what was not finished, or what an error ended."""
        if self._stream is not None:
            self._stream.close()
        self._lock.release()
        if kind is not None or not self._done:
            shutil.rmtree(self.folder, ignore_errors=True)

    def begin_file(self, raw: bytes) -> None:
        """A file comes; raises ``UploadRefusedError`` where there are too many."""
        self.end_file()
        self.files += 1
        if self.files > self._limits.files:
            raise UploadRefusedError(
                f"文件超过 {self._limits.files} 个 (too many files).",
                hint="请打成一个 ZIP 再上传，或分次审核。",
            )
        path = upload_path(raw, self.files)
        self._size, self._name = 0, path
        if not path:
            self.files -= 1
            self.skipped += 1
            return
        file = self.folder / DRAFT / self._places.take(path)
        try:
            file.parent.mkdir(parents=True, exist_ok=True)
            self._stream = file.open("xb")
        except OSError as error:
            raise _unwritable(error) from error

    def write(self, data: bytes) -> None:
        """Bytes of the file that was begun; raises ``UploadRefusedError`` where a limit breaks."""
        self._size += len(data)
        self._total += len(data)
        if self._size > self._limits.file_bytes:
            raise UploadRefusedError(
                f"{self._name}: 超过 {_said(self._limits.file_bytes)} (file too large).",
                hint="请拆分后提交。",
            )
        if self._total > self._limits.total_bytes:
            raise UploadRefusedError(
                f"一次上传超过 {_said(self._limits.total_bytes)} (upload too large).",
                hint="请分次审核，或用 auditor run 审核服务器上的文件夹。",
            )
        if self._stream is not None:
            try:
                self._stream.write(data)
            except OSError as error:
                raise _unwritable(error) from error

    def end_file(self) -> None:
        """The file is whole."""
        if self._stream is None:
            return
        try:
            self._stream.flush()
            os.fsync(self._stream.fileno())
            self._stream.close()
        except OSError as error:
            raise _unwritable(error) from error
        self._stream = None

    def finish(self) -> Path:
        """All have come; gives the folder of the papers.

        Where all of them lie in one folder, that folder is the dossier.

        Raises:
            UploadRefusedError: there are none.
        """
        self.end_file()
        if not self.files:
            raise UploadRefusedError("没有文件 (no files).", hint="请选择文件夹、文件或压缩包。")
        dossier = self.folder / DOSSIER
        try:
            _only_folder(self.folder / DRAFT).rename(dossier)
            shutil.rmtree(self.folder / DRAFT, ignore_errors=True)
        except OSError as error:
            raise _unwritable(error) from error
        self._done = True
        return dossier


def _only_folder(folder: Path) -> Path:
    """The one folder in a folder, where there is nothing else; else the folder itself."""
    inside = list(folder.iterdir())
    return inside[0] if len(inside) == 1 and inside[0].is_dir() else folder


def require_room(folder: Path, coming: int, limits: UploadLimits) -> None:
    """Refuse an upload of so many bytes where the disk has no room for it.

    Raises:
        UploadRefusedError: says how much room there is.
    """
    folder.mkdir(parents=True, exist_ok=True)
    free = shutil.disk_usage(folder).free - limits.spare_bytes
    if coming > free:
        raise UploadRefusedError(
            f"服务器磁盘空间不足，只剩 {_said(max(0, free))} 可用 (disk is full).",
            hint="请管理员清理工作区所在的磁盘。",
        )


def remove_leftovers(uploads: Path, is_known: Callable[[str], bool]) -> None:
    """Remove uploads that nobody works at any more and that became no job (``is_known`` by id)."""
    for folder in uploads.iterdir() if uploads.is_dir() else ():
        if not folder.is_dir():
            continue
        try:
            with FileLock(folder / LOCK).acquire(timeout=0):
                if not is_known(folder.name):
                    shutil.rmtree(folder, ignore_errors=True)
        except (Timeout, OSError):
            continue


def _unwritable(error: OSError) -> UploadRefusedError:
    return UploadRefusedError(
        f"无法写入 (cannot be written): {error.strerror}", hint="请管理员检查磁盘空间和权限。"
    )


def _said(count: int) -> str:
    """A number of bytes in words."""
    for unit, size in (("GB", 1024**3), ("MB", 1024**2), ("KB", 1024)):
        if count >= size:
            return f"{count / size:.1f} {unit}".replace(".0 ", " ")
    return f"{count} B"

"""Write an archive whose members' hashes are taken while they pass, and read it as safely."""

from __future__ import annotations

import hashlib
import io
import json
import os
import shutil
import tarfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict
from pathlib import Path
from typing import IO, Any

from auditor.core.errors import RunError
from auditor.store.run_folder import dumps
from auditor.workbench.backup.form import (
    MANIFEST,
    Member,
    damages,
    manifest_from,
    packing,
    require_inside,
    unpacking,
)

OWNER_ONLY = 0o600
CHUNK = 1 << 20
SPARE_BYTES = 256 * 1024**2
SHOWN = 5


class _Hashing:
    """Bytes on their way from a stream, counted and hashed; at most ``size`` of them."""

    def __init__(self, stream: IO[bytes], size: int) -> None:
        self._stream = stream
        self._left = size
        self._digest = hashlib.sha256()

    def read(self, count: int = -1) -> bytes:
        """The next bytes."""
        wanted = self._left if count < 0 else min(count, self._left)
        data = self._stream.read(wanted)
        self._left -= len(data)
        self._digest.update(data)
        return data

    def hexdigest(self) -> str:
        """The sha256 of what has passed."""
        return self._digest.hexdigest()


class BackupWriter:
    """An archive that is being written; its manifest comes last."""

    def __init__(self, tar: tarfile.TarFile) -> None:
        self._tar = tar
        self.members: dict[str, Member] = {}

    def add_json(self, name: str, value: Any) -> str:
        """Write a value as JSON; gives its sha256."""
        data = (dumps(value) + "\n").encode()
        self._tar.addfile(_info(name, len(data)), io.BytesIO(data))
        self.members[name] = Member(len(data), hashlib.sha256(data).hexdigest())
        return self.members[name].sha256

    def add_file(self, name: str, stream: IO[bytes]) -> None:
        """Write a file as long as it is now; what is written behind its end meanwhile is not."""
        size = os.fstat(stream.fileno()).st_size
        passing = _Hashing(stream, size)
        self._tar.addfile(_info(name, size), passing)
        self.members[name] = Member(size, passing.hexdigest())

    def finish(self) -> str:
        """Write the manifest; gives its sha256."""
        rows = {name: asdict(member) for name, member in sorted(self.members.items())}
        return self.add_json(MANIFEST, {"members": rows})


def _info(name: str, size: int) -> tarfile.TarInfo:
    info = tarfile.TarInfo(name)
    info.size, info.mode = size, OWNER_ONLY
    return info


@contextmanager
def writing(file: Path) -> Iterator[BackupWriter]:
    """Write a backup that is there whole, on disk and for its owner alone, or not at all.

    Raises:
        ConfigurationError: the file's name tells of no kind of archive.
        RunError: the file is there already, or cannot be written.
    """
    if file.exists():
        raise RunError(
            f"{file} 已存在 (is there already).", hint="没有覆盖任何内容。请换一个名称。"
        )
    draft = file.with_name(f".{file.name}.part")
    try:
        draft.unlink(missing_ok=True)
        handle = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, OWNER_ONLY)
        with os.fdopen(handle, "wb") as stream:
            with (
                packing(stream, file.name) as packed,
                tarfile.open(fileobj=packed, mode="w|", format=tarfile.PAX_FORMAT) as tar,
            ):
                yield BackupWriter(tar)
            stream.flush()
            os.fsync(stream.fileno())
        draft.rename(file)
    except OSError as error:
        raise RunError(
            f"{file} 无法写入 (cannot be written): {error}", hint="请检查磁盘空间和目录权限。"
        ) from error
    finally:
        draft.unlink(missing_ok=True)


def unpack(file: Path, folder: Path) -> dict[str, Member]:
    """Unpack a backup into an empty folder and hold every byte against its manifest.

    Gives the members but the manifest.

    Raises:
        RunError: the file is damaged or cut, a member is changed, missing, double or not in the
            manifest, leads out of the folder, or the disk is too full; names what it is.
    """
    found: dict[str, Member] = {}
    last = "开头 (the beginning)"
    try:
        with (
            file.open("rb") as stream,
            unpacking(stream, file) as plain,
            tarfile.open(fileobj=plain, mode="r|") as tar,
        ):
            for info in tar:
                last = info.name
                found[info.name] = _unpack_one(tar, info, folder, found)
            while plain.read(CHUNK):
                pass  # the end too is held against the checksum of the compression
    except damages() as error:
        raise RunError(
            f"{file} 已损坏或被截断，{last} 不能读完 (damaged or cut at {last}: {error}).",
            hint="没有恢复任何内容。请用另一份备份。",
        ) from error
    except OSError as error:
        raise RunError(f"{last}: {error}", hint="请检查备份文件、磁盘空间和目录权限。") from error
    if MANIFEST not in found:
        raise RunError(
            f"{file} 被截断，止于 {last} 之后 (cut after {last}).",
            hint="没有恢复任何内容。请用另一份备份。",
        )
    return _held_against_manifest(folder, found)


def _unpack_one(
    tar: tarfile.TarFile, info: tarfile.TarInfo, folder: Path, found: dict[str, Member]
) -> Member:
    require_inside(info.name)
    if not info.isreg() or info.name in found or MANIFEST in found:
        raise RunError(
            f"备份中的 {info.name!r} 不是应有的普通文件 (no plain file, double, or after the end).",
            hint="没有恢复任何内容。这份备份不可信，请用另一份。",
        )
    if shutil.disk_usage(folder).free < info.size + SPARE_BYTES:
        raise RunError(
            f"磁盘空间不足，{info.name} 放不下 (disk is full).", hint="请清理磁盘后再恢复。"
        )
    target = folder / info.name
    target.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    source = tar.extractfile(info)
    assert source is not None
    passing = _Hashing(source, info.size)
    handle = os.open(target, os.O_WRONLY | os.O_CREAT | os.O_EXCL, OWNER_ONLY)
    with os.fdopen(handle, "wb") as out:
        shutil.copyfileobj(passing, out, CHUNK)
    return Member(target.stat().st_size, passing.hexdigest())


def _held_against_manifest(folder: Path, found: dict[str, Member]) -> dict[str, Member]:
    try:
        listed = manifest_from(json.loads((folder / MANIFEST).read_text(encoding="utf-8")))
    except ValueError as error:
        raise RunError(f"{MANIFEST} 已损坏 ({error}).", hint="请用另一份备份。") from error
    del found[MANIFEST]
    wrong = sorted(name for name in listed | found if listed.get(name) != found.get(name))
    if wrong:
        named = "、".join(_told(name, listed, found) for name in wrong[:SHOWN])
        raise RunError(
            f"备份中有 {len(wrong)} 个文件与清单不符 (not as in the manifest): {named}",
            hint="没有恢复任何内容。请用另一份备份。",
        )
    return found


def _told(name: str, listed: dict[str, Member], found: dict[str, Member]) -> str:
    if name not in found:
        return f"{name}（缺少 missing）"
    return f"{name}（{'内容已改 changed' if name in listed else '清单之外 not listed'}）"

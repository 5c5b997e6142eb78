"""What was asked for of an archive, kept in ``archive.json`` so that a pass can be taken up again.

The URL of a database is not kept, since it may hold a password: it is named anew each time.
"""

from __future__ import annotations

import dataclasses
import uuid
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from auditor.archive import places
from auditor.choice import Choice
from auditor.core.errors import ConfigurationError, RunError
from auditor.store.run_folder import read_json, write_json

ARCHIVE_FILE = places.ARCHIVE_FILE
CITIES_FOLDER, WORK_FOLDER = places.CITIES_FOLDER, places.WORK_FOLDER
EARLIER_FOLDER = places.EARLIER_FOLDER
FORM = 1


@dataclass(frozen=True, slots=True)
class ArchiveRequest:
    """An archive, whose papers are whose, and what every city's audit is asked for.

    ``choice`` has neither dossier nor city; ``corrections`` is a folder with a file a city
    (``<city>.yaml``); ``on_server``: the jobs stand on PostgreSQL, not in ``archive.db``.
    """

    archive: str
    choice: Choice
    manifest: str | None = None
    corrections: str | None = None
    lang: str = "zh"
    on_server: bool = False
    id: str = field(default_factory=lambda: uuid.uuid4().hex)


def of_archive(out: Path, asked: ArchiveRequest) -> ArchiveRequest:
    """What is asked for, under the id of the archive whose results ``out`` holds, if any.

    Raises:
        ConfigurationError: ``out`` holds something else, the results of another archive, or its
            jobs stand elsewhere.
    """
    if Path(asked.archive) in (out.resolve(), *out.resolve().parents):
        raise ConfigurationError(
            f"{out} 在材料文件夹里 (lies within the archive).",
            hint="请另选 -o (choose another -o).",
        )
    if not (out / ARCHIVE_FILE).is_file():
        if out.is_dir() and any(out.iterdir()):
            raise ConfigurationError(
                f"{out} 里已有别的内容 (is not empty and holds no archive).",
                hint="请另选 -o (choose another -o).",
            )
        return asked
    before = read_request(out)
    if before.archive != asked.archive:
        raise ConfigurationError(
            f"{out} 是 {before.archive} 的结果 (holds the results of another archive).",
            hint="请另选 -o (choose another -o).",
        )
    require_database(before, asked.on_server)
    return dataclasses.replace(asked, id=before.id)


def keep_request(out: Path, asked: ArchiveRequest) -> None:
    """Keep what is asked for, unless it is kept already."""
    if not (out / ARCHIVE_FILE).is_file() or read_request(out) != asked:
        write_json(out / ARCHIVE_FILE, {**dataclasses.asdict(asked), "form": FORM})


def require_database(kept: ArchiveRequest, on_server: bool) -> None:
    """Refuse to look for jobs where they are not.

    Raises:
        ConfigurationError: the jobs stand on a server and none is named, or the other way round.
    """
    if kept.on_server == on_server:
        return
    hint = (
        "请给出 --database 或 AUDITOR_DATABASE (name the server)."
        if kept.on_server
        else "请去掉 --database 和 AUDITOR_DATABASE (name no server)."
    )
    raise ConfigurationError("任务记录在另一个数据库里 (the jobs stand elsewhere).", hint=hint)


def read_request(out: Path) -> ArchiveRequest:
    """What was asked for.

    Raises:
        RunError: ``out`` holds no archive, or one of another version.
    """
    row = read_json(out / ARCHIVE_FILE)
    try:
        if row.pop("form") != FORM:
            raise RunError(
                f"{out / ARCHIVE_FILE} was written by another version.", hint="Choose another -o."
            )
        return ArchiveRequest(**{**row, "choice": choice_from(row["choice"])})
    except (TypeError, KeyError, AttributeError) as error:
        raise RunError(
            f"{out / ARCHIVE_FILE} was written by another version, or is damaged ({error}).",
            hint="Choose another -o.",
        ) from error


def choice_from(row: Mapping[str, Any]) -> Choice:
    """A stored choice; what an earlier version could not be asked for has its default."""
    return Choice(**row)

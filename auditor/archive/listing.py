"""A folder of many cities' papers -> the dossiers in it, one a city (and period).

The city is the name of the sub-folder, or the name of the file up to the first ``_`` (``三亚市`` of
``三亚市_2024年政府工作报告.docx``); ``三亚市@2024`` names a period as well. A table (``sheet``) may
say otherwise.
"""

from __future__ import annotations

import hashlib
import os
import shutil
import unicodedata
import uuid
from collections.abc import Iterable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from auditor.core.errors import ConfigurationError
from auditor.core.jobs import PERIOD_MARK, subject_of
from auditor.ingest.taking import IGNORED_NAMES, IGNORED_STARTS, dossier_files, readable_name

LONGEST_NAME = 64
CHUNK = 1 << 20
FORBIDDEN = frozenset('/\\:*?"<>|')
"""Characters that some system or archive refuses in the name of a folder."""


@dataclass(frozen=True, slots=True)
class Dossier:
    """The papers of one city: by the name that each has in the dossier, where it lies.

    ``place`` is the folder or file that holds them all and nothing else, None where they have to
    be brought together first.
    """

    city: str
    period: str
    files: Mapping[str, Path]
    place: Path | None

    @property
    def key(self) -> str:
        """``city`` or ``city@period``: the name of its folder of results."""
        return subject_of(self.city, self.period)


@dataclass(frozen=True, slots=True)
class Named:
    """A file or folder, and whose it is."""

    path: Path
    city: str
    period: str = ""


def list_archive(archive: Path, named: Sequence[Named] | None = None) -> tuple[Dossier, ...]:
    """The dossiers of an archive, by key.

    ``named``: which files and folders are whose (a manifest); None tells it from their names.

    Raises:
        ConfigurationError: there is no such folder, nothing is in it, or a name will not do.
    """
    if not archive.is_dir():
        raise ConfigurationError(
            f"{archive} 不是文件夹 (no folder).",
            hint="请给出各城市材料所在的文件夹 (name the folder that holds the cities' papers).",
        )
    dossiers = tuple(dossier for dossier in _grouped(archive, named) if dossier.files)
    if not dossiers:
        raise ConfigurationError(
            f"{archive} 里没有任何城市的材料 (no papers of any city).",
            hint="每个城市一个子文件夹，或文件名以“城市_”开头 (a sub-folder a city, or CITY_…).",
        )
    return dossiers


def without_papers(archive: Path, named: Sequence[Named] | None = None) -> tuple[str, ...]:
    """The cities of an archive whose folders hold no file, by key."""
    return tuple(dossier.key for dossier in _grouped(archive, named) if not dossier.files)


def _grouped(archive: Path, named: Sequence[Named] | None) -> list[Dossier]:
    rows = named_by_place(archive) if named is None else named
    groups: dict[str, list[Named]] = {}
    for row in rows:
        require_name(row)
        groups.setdefault(subject_of(row.city, row.period), []).append(row)
    return [_dossier(groups[key]) for key in sorted(groups)]


def named_by_place(archive: Path) -> list[Named]:
    """Whose the entries of an archive are, by their names; hidden and system files are left out."""
    found = []
    for path in sorted(archive.iterdir(), key=lambda p: p.name):
        if _is_hidden(Path(path.name)) or path.is_symlink():
            continue
        name = unicodedata.normalize("NFC", readable_name(path.name))
        whose = name if path.is_dir() else _stem(name).partition("_")[0]
        city, _, period = whose.partition(PERIOD_MARK)
        found.append(Named(path, city.strip(), period.strip()))
    return found


def _is_hidden(name: Path) -> bool:
    """Whether a name within a folder is one that is passed over, as hidden or the system's own."""
    return name.name in IGNORED_NAMES or any(p.startswith(IGNORED_STARTS) for p in name.parts)


def _stem(name: str) -> str:
    """The name without its suffix; a city's name has no dot, a suffix may be double (tar.gz)."""
    return name.partition(".")[0] if "_" not in name else name


def require_name(named: Named) -> None:
    """Refuse a city or period that can be no name of a folder.

    Raises:
        ConfigurationError: names the file and what is wrong with it.
    """
    key = subject_of(named.city, named.period)
    odd = [c for c in key if c in FORBIDDEN or not c.isprintable()]
    marked = PERIOD_MARK in named.city or PERIOD_MARK in named.period
    if named.city and not odd and not marked and len(key) <= LONGEST_NAME and key[0] != ".":
        return
    raise ConfigurationError(
        f"{named.path}: {key!r} 不能作城市名 (can be no city's name).",
        hint="请改名，或用 --manifest 说明属于哪个城市 (rename it, or use --manifest).",
    )


def _dossier(rows: Sequence[Named]) -> Dossier:
    """Bring what is one city's together; a file keeps its path below the folder that was named."""
    first = rows[0]
    files: dict[str, Path] = {}
    for row in rows:
        for name, path in _files_of(row.path):
            if name in files and files[name] != path:
                raise ConfigurationError(
                    f"{path} 与 {files[name]} 同名，都属于 {first.city} (the same name twice).",
                    hint="请改名 (rename one of them).",
                )
            files[name] = path
    place = first.path if len(rows) == 1 else None
    return Dossier(first.city, first.period, files, place)


def _files_of(path: Path) -> Iterable[tuple[str, Path]]:
    if path.is_dir():
        return [(file.relative_to(path).as_posix(), file) for file in dossier_files(path)]
    return [(path.name, path)]


def digests_of(dossier: Dossier) -> dict[str, str]:
    """The SHA-256 of every file by its name in the dossier; what is no file is told by its kind.

    Raises:
        ConfigurationError: a file cannot be read.
    """
    return _digests(dossier.files.items())


def is_of(place: Path, documents: Mapping[str, str]) -> bool:
    """Whether an audit of a folder or file reads these papers (hash by name) and no others.

    Raises:
        ConfigurationError: a file cannot be read.
    """
    # a hidden file that a table names is a paper of its city, but no audit of a folder reads it
    read = {n: h for n, h in documents.items() if place.is_file() or not _is_hidden(Path(n))}
    return _digests(_files_of(place)) == read


def _digests(files: Iterable[tuple[str, Path]]) -> dict[str, str]:
    return {readable_name(name): digest_of_file(path) for name, path in sorted(files)}


def digest_of_file(path: Path) -> str:
    """The SHA-256 of a file; what is no file is told by its kind.

    Raises:
        ConfigurationError: it cannot be read.
    """
    if path.is_symlink():
        return "link"
    digest = hashlib.sha256()
    try:
        with path.open("rb") as stream:
            while chunk := stream.read(CHUNK):
                digest.update(chunk)
    except PermissionError:
        return "unreadable"
    except OSError as error:
        raise ConfigurationError(
            f"{path} 无法读取 (cannot be read: {error.strerror}).", hint="请检查文件 (check it)."
        ) from error
    return digest.hexdigest()


def brought_together(dossier: Dossier, folder: Path, documents: Mapping[str, str]) -> Path:
    """The folder or file that is the dossier, its scattered files linked (else copied) into one.

    ``folder`` belongs to these very papers (``documents``: hash by name): what stands there already
    is taken as it is, unless it is of others. A link stays with what its paper was.

    Raises:
        ConfigurationError: a file cannot be read.
    """
    if dossier.place is not None:
        return dossier.place
    if folder.is_dir():
        if is_of(folder, documents):
            return folder
        _set_aside(folder)
    draft = folder.with_name(f"{folder.name}.{uuid.uuid4().hex}")
    for name, path in dossier.files.items():
        target = draft / name
        target.parent.mkdir(parents=True, exist_ok=True)
        try:
            os.link(path, target, follow_symlinks=False)
        except OSError:
            shutil.copy2(path, target, follow_symlinks=False)
    try:
        draft.replace(folder)
    except OSError:  # another attempt was first
        shutil.rmtree(draft, ignore_errors=True)
    return folder


def _set_aside(folder: Path) -> None:
    aside = folder.with_name(f"{folder.name}.{uuid.uuid4().hex}")
    with suppress(OSError):  # another attempt was first
        folder.replace(aside)
    shutil.rmtree(aside, ignore_errors=True)

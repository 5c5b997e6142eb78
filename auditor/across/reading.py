"""Folders of runs -> the rows of the analysis; a folder that will not do is left out, and why."""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import quote

from auditor.core.documents import Document, LeftOut
from auditor.core.errors import ConfigurationError, CriteriaError, RunError
from auditor.core.run import Run
from auditor.editions import edition_of_run
from auditor.profiles import DEFAULT_PROFILE
from auditor.standard import Edition
from auditor.standing import Reviewed, reviewed_run
from auditor.store.papers import document_from
from auditor.store.records import finding_from
from auditor.store.run_folder import MANIFEST_FILE, SCORE_FILE, read_json, read_lines
from auditor.store.scores import score_from

CITIES_FOLDER = "cities"
PERIOD = "@"
REPORT_FILE = "report.html"
AGAIN = "重新审核，或从这次分析中去掉这个文件夹。"


@dataclass(frozen=True, slots=True)
class Source:
    """A run folder with its edition and the id of its rule; ``name`` is for messages."""

    folder: Path
    name: str
    city: str
    period: str
    rule: str
    edition: Edition

    @property
    def key(self) -> str:
        """``city``, or ``city@period``."""
        return f"{self.city}{PERIOD}{self.period}" if self.period else self.city

    def report_from(self, out: Path) -> str:
        """The way from ``out`` to the run's own report as a link, empty where it has none."""
        file = self.folder / REPORT_FILE
        return quote(os.path.relpath(file, out)) if file.is_file() else ""


def run_folders(folder: Path) -> list[Path]:
    """The run that a folder is, or the runs that it (or its ``cities``) holds, by name.

    Raises:
        RunError: it holds none.
    """
    if (folder / MANIFEST_FILE).is_file():
        return [folder]
    inside = folder / CITIES_FOLDER if (folder / CITIES_FOLDER).is_dir() else folder
    entries = inside.iterdir() if inside.is_dir() else ()
    found = sorted(p for p in entries if p.is_dir() and not p.name.startswith("."))
    if not any((run / MANIFEST_FILE).is_file() for run in found):
        raise RunError(
            f"{folder} holds no finished run.",
            hint="Name the output folder of `auditor batch`, or folders of finished runs.",
        )
    return found


def sources_of(
    folders: Sequence[Path], criteria: str | None, period: str | None = None
) -> tuple[tuple[Source, ...], tuple[LeftOut, ...]]:
    """Every run in the folders by city and period (of one ``period``), and what is left out.

    Raises:
        RunError: nothing is left, or two runs are of one city in one period.
    """
    sources: dict[str, Source] = {}
    left = []
    for folder in sorted({run.resolve() for given in folders for run in run_folders(given)}):
        found = _source(folder, criteria)
        if isinstance(found, LeftOut):
            left.append(found)
        elif period is None or found.period == period:
            _require_one(sources.get(found.key), found)
            sources[found.key] = found
    if not sources:
        why = f" {left[0].name}: {left[0].reason}" if left else ""
        raise RunError(f"No run is left to compare.{why}", hint="Name folders of finished runs.")
    return tuple(sorted(sources.values(), key=lambda s: (s.city, s.period))), tuple(left)


def _require_one(known: Source | None, found: Source) -> None:
    if known is not None:
        raise RunError(
            f"{known.folder} and {found.folder} are both runs of {found.key}.",
            hint="Call the folders city@period, e.g. 襄阳市@2024 and 襄阳市@2025.",
        )


def _source(folder: Path, criteria: str | None) -> Source | LeftOut:
    try:
        manifest = read_json(folder / MANIFEST_FILE)
        city = str(manifest["city"])
        edition = edition_of_run(folder, criteria)
    except (RunError, CriteriaError) as error:
        return _left(folder, str(error))
    except (KeyError, TypeError, AttributeError) as error:
        return _left(folder, f"run.json 缺少 {error}")
    _, mark, period = folder.name.rpartition(PERIOD)
    period = str(manifest.get("period") or (period if mark else ""))
    rule = str((manifest.get("profile") or {}).get("id", DEFAULT_PROFILE))
    return Source(folder, folder.name, city, period, rule, edition)


def _left(folder: Path, reason: str) -> LeftOut:
    """What a folder is left out for; its place on this machine is not told."""
    told = reason.replace(f"{folder}{os.sep}", "").replace(str(folder), folder.name)
    return LeftOut(folder.name, "run", told, AGAIN)


def same_edition(
    sources: Sequence[Source],
) -> tuple[Edition, tuple[Source, ...], tuple[LeftOut, ...]]:
    """The edition that most runs were made with, those runs, and the others as left out."""
    digests = [source.edition.standard.digest for source in sources]
    first = max(sorted(set(digests)), key=digests.count)
    kept = tuple(s for s in sources if s.edition.standard.digest == first)
    other = "所用标准版本与多数不同"
    hint = "用 auditor criteria diff OLD NEW --carry RUN -o OUT 转到同一版本。"
    left = tuple(LeftOut(s.name, "edition", other, hint) for s in sources if s not in kept)
    return kept[0].edition, kept, left


def read_findings(source: Source) -> Reviewed | LeftOut:
    """A run with people's decisions, without its papers (which are not needed and large)."""
    folder = source.folder
    try:
        if not (folder / SCORE_FILE).is_file():
            return _left(folder, "没有判断结果（--judge none）")
        run = Run(
            manifest=read_json(folder / MANIFEST_FILE),
            documents=(),
            left_out=(),
            records=(),
            findings=tuple(map(finding_from, read_lines(folder / "findings.jsonl"))),
            score=score_from(read_json(folder / SCORE_FILE)),
        )
        return reviewed_run(folder, run, source.edition.standard)
    except (RunError, ConfigurationError) as error:
        return _left(folder, str(error))
    except (KeyError, ValueError, TypeError, IndexError) as error:
        return _left(folder, f"由其他版本写成，或已损坏（{error}）")


def papers_of(source: Source) -> Iterator[Document]:
    """The papers of a run, one after another, without boxes; nothing where they are broken."""
    try:
        rows = read_lines(source.folder / "documents.jsonl")
        for row in rows:
            if "refused" not in row:
                yield document_from(row)
    except (RunError, KeyError, ValueError, TypeError, IndexError):
        return

"""Leave beside each run what of its cited sentences stands elsewhere, for its reviewers.

The file is no part of what the machine found: digests, scores and verdicts do not know of it.
"""

from __future__ import annotations

import hashlib
from collections import defaultdict
from collections.abc import Iterator, Mapping
from pathlib import Path

from auditor.across.reading import Source, sources_of
from auditor.across.survey import Asked
from auditor.core.across import Across, CopiedSentence
from auditor.core.errors import ConfigurationError, RunError
from auditor.store.elsewhere import ELSEWHERE_FILE, elsewhere_json
from auditor.store.run_folder import MANIFEST_FILE, write_json

RUNS_FOLDER = "runs"
"""Where a workspace keeps its copies of runs."""


def note_runs(across: Across, asked: Asked, workspace: Path | None = None) -> tuple[Path, ...]:
    """Write elsewhere.json into the folder of every run of the analysis; gives the files.

    With a ``workspace`` also into its copies of these runs. A run without a copied sentence gets
    an empty list, so that what an earlier analysis found does not stay.

    Raises:
        ConfigurationError: the workspace has no copy of any of these runs.
        RunError: a folder cannot be written.
    """
    copied: dict[str, list[CopiedSentence]] = defaultdict(list)
    for row in across.copied.sentences:
        copied[row.sentence.key].append(row)
    others = len({row.city for row in across.rows}) - 1
    sources, _ = sources_of(asked.folders, asked.criteria, asked.period)
    known = across.by_key
    kept = [source for source in sources if source.key in known]
    written = []
    for source, folder in (*((s, s.folder) for s in kept), *_copies(kept, workspace)):
        content = elsewhere_json(copied[source.key], others, across.copied.papers)
        written.append(_written(folder / ELSEWHERE_FILE, content))
    return tuple(written)


def _copies(sources: list[Source], workspace: Path | None) -> Iterator[tuple[Source, Path]]:
    """The runs that a workspace holds too, by their run.json, with its folders of them."""
    if workspace is None:
        return
    held = _held(workspace)
    pairs = [(s, held[key]) for s in sources if (key := _digest(s.folder)) in held]
    if not pairs:
        raise ConfigurationError(
            f"{workspace} holds none of these runs.",
            hint="Register them first: auditor workspace add WORKSPACE RUN.",
        )
    yield from pairs


def _held(workspace: Path) -> Mapping[str, Path]:
    folders = sorted((workspace / RUNS_FOLDER).glob(f"*/{MANIFEST_FILE}"))
    return {_digest(file.parent): file.parent for file in folders}


def _digest(folder: Path) -> str:
    return hashlib.sha256((folder / MANIFEST_FILE).read_bytes()).hexdigest()


def _written(file: Path, content: object) -> Path:
    try:
        write_json(file, content)
    except OSError as error:
        raise RunError(
            f"{file} cannot be written ({error.strerror}).",
            hint="Give write access to the run folders, or leave out --note.",
        ) from error
    return file

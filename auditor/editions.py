"""Which edition of the standard a command works under: the one that a run was made with.

A run's manifest names its edition by id and hash. It is looked for in the folder that the user
names (``--criteria``, else the environment variable ``AUDITOR_CRITERIA``: an edition, or a folder
of editions), then among the editions that ship. The hash decides, whatever an edition is called: a
score under another text than the one that was judged would be no score.
"""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from importlib.resources.abc import Traversable
from pathlib import Path
from typing import Any

from auditor.core.criteria import Standard
from auditor.core.errors import ConfigurationError, CriteriaError, RunError
from auditor.core.result import Result
from auditor.core.scores import Profile
from auditor.profiles import all_profiles
from auditor.standard import (
    DEFAULT_STANDARD,
    TREE_FILE,
    Edition,
    digest_of_edition,
    load_edition,
    parse_yaml,
    shipped_folder,
    standards,
)
from auditor.standing import Reviewed, result_of, reviewed_run, rule_of_run
from auditor.store.run_folder import MANIFEST_FILE, read_json, read_run

VARIABLE = "AUDITOR_CRITERIA"
SHORT = 19
"""Characters of a hash in messages: the algorithm and twelve digits."""


@dataclass(frozen=True, slots=True)
class Opened:
    """A finished run with people's decisions, and the edition that it was made with."""

    reviewed: Reviewed
    edition: Edition

    @property
    def standard(self) -> Standard:
        """The standard of the run."""
        return self.edition.standard

    def rule(self, name: str | None) -> Profile:
        """The rule that was named, else the one that the run was made with."""
        return rule_of_run(self.reviewed.run, name, self.edition)

    def rules(self) -> tuple[Profile, ...]:
        """Every rule of the edition."""
        return all_profiles(self.edition)

    def result(self, rule: str | None) -> Result:
        """All that reports tell of the run."""
        return result_of(self.reviewed, self.standard, self.rule(rule), self.rules())


def open_run(folder: Path, criteria: str | None = None) -> Opened:
    """Read a run and the review events beside it under its own edition.

    Raises:
        RunError: the folder is no finished run, was never judged, or its edition is not here.
    """
    edition = edition_of_run(folder, criteria)
    run = read_run(folder)
    if run.score is None:
        raise RunError(f"{folder} holds no findings.", hint="Run it with a judge.")
    return Opened(reviewed_run(folder, run, edition.standard), edition)


def edition_of_run(folder: Path, criteria: str | None = None) -> Edition:
    """The edition that a run was made with; raises ``RunError`` where it is not here."""
    file = folder / MANIFEST_FILE
    facts = read_json(file).get("standard") or {}
    return find_edition(facts, criteria, str(file))


def chosen_edition(criteria: str | None = None) -> Edition:
    """The edition for new work: the named one, else the environment's, else the one that ships.

    Raises:
        ConfigurationError: several editions are named, and none is chosen.
        CriteriaError: the folder holds none, or a broken one.
    """
    name = chosen_criteria(criteria)
    if name is None:
        return load_edition(DEFAULT_STANDARD)
    if name in standards():
        return load_edition(name)
    folders = editions_in(Path(name))
    if len(folders) > 1:
        raise ConfigurationError(
            f"{name} holds several editions of the standard: "
            f"{', '.join(folder.name for folder in folders)}.",
            hint=f"Name one of them: --criteria {folders[0]}.",
        )
    return load_edition(str(folders[0]))


def chosen_criteria(criteria: str | None) -> str | None:
    """What the user named, else the environment; a path from the root, so that it can be kept."""
    name = criteria or os.environ.get(VARIABLE)
    if not name or name in standards():
        return name or None
    return str(Path(name).resolve())


def editions_in(folder: Path) -> list[Path]:
    """The edition that a folder is, or those that it holds, by name.

    Raises:
        CriteriaError: there is none.
    """
    if (folder / TREE_FILE).is_file():
        return [folder]
    inside = sorted(folder.iterdir()) if folder.is_dir() else []
    found = [inner for inner in inside if (inner / TREE_FILE).is_file()]
    if not found:
        raise CriteriaError(
            str(folder),
            f"holds no edition of the standard ({TREE_FILE})",
            hint=f"Name a folder of the form of criteria/{DEFAULT_STANDARD}: --criteria FOLDER.",
        )
    return found


def find_edition(
    facts: Mapping[str, Any], criteria: str | None, said_by: str, more: Sequence[Path] = ()
) -> Edition:
    """The edition with the hash that a manifest names; ``said_by`` is the manifest's file.

    ``more`` are folders of further editions.

    Raises:
        RunError: no edition that is named or ships has this hash.
    """
    wanted = facts.get("digest")
    if wanted is None:  # a run of a version that did not say
        return chosen_edition(criteria)
    name = chosen_criteria(criteria)
    named = [] if name is None or name in standards() else editions_in(Path(name))
    places: dict[str, Traversable] = {str(folder): folder for folder in (*named, *more)}
    places |= {shipped: shipped_folder(shipped) for shipped in standards()}
    for place, folder in places.items():
        if digest_of_edition(folder) == wanted:
            return load_edition(place)
    raise _not_here(facts, list(places.values()), said_by)


def _not_here(facts: Mapping[str, Any], folders: list[Traversable], said_by: str) -> RunError:
    """Why no edition will do: the nearest is the first of the same id, else the first."""
    wanted, name = str(facts["digest"]), str(facts.get("id", ""))
    same = [folder for folder in folders if _id_of(folder) == name]
    nearest = (same or folders)[0]
    return RunError(
        f"{said_by} was made with the edition {name} ({wanted[:SHORT]}…), but "
        f"{nearest / TREE_FILE} holds {'another text of it' if same else _id_of(nearest)} "
        f"({digest_of_edition(nearest)[:SHORT]}…).",
        hint="Name the folder of the edition that the run was made with (--criteria FOLDER or "
        f"{VARIABLE}), or carry the run over: auditor criteria diff OLD NEW --carry RUN -o OUT.",
    )


def _id_of(folder: Traversable) -> str:
    tree = parse_yaml((folder / TREE_FILE).read_text(encoding="utf-8"), TREE_FILE)
    return str(tree.get("id", "")) if isinstance(tree, Mapping) else ""

"""What the commands that write and read requests share: the dossier searched again, the count."""

from __future__ import annotations

from pathlib import Path

from rich.console import Console

from auditor.choice import Choice
from auditor.core.errors import RunError
from auditor.core.run import Case
from auditor.judge.imported import Standing
from auditor.pipeline import Parts, cases_of, search_dossier
from auditor.store.run_folder import MANIFEST_FILE, read_json


def cases_again(run: Path, choice: Choice, parts: Parts) -> list[Case]:
    """Search a run's dossier again (texts and vectors are kept) and check that it is the same.

    Raises:
        RunError: the run is not finished, or its dossier is another one by now.
    """
    manifest = read_json(run / MANIFEST_FILE)
    searched = search_dossier(choice.request(), parts)
    found = [(d.name, d.sha256) for d in searched.documents]
    if found != [(d["name"], d["sha256"]) for d in manifest["documents"]]:
        raise RunError(
            f"The dossier {choice.dossier} has changed since {run} was made.",
            hint="Make the run again, then export.",
        )
    return cases_of(choice.city, searched)


def print_total(console: Console, standing: Standing) -> None:
    """Say how many requests were answered, and how many are open."""
    console.print(
        f"已答复 answered：{standing.answered}　未答 missing：{standing.missing}"
        f"　无效须重问 invalid：{standing.invalid}　再看 second look：{standing.second_look}"
    )

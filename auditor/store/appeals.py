"""An appeal <-> plain JSON: appeal.json beside the new version of a run."""

from __future__ import annotations

from pathlib import Path

from auditor.core.appeals import Appeal, Said
from auditor.core.errors import RunError
from auditor.core.findings import Verdict
from auditor.store.evidence import citation_from, citation_json
from auditor.store.numbers import Json
from auditor.store.run_folder import read_json, write_json

APPEAL_FILE = "appeal.json"


def write_appeal(folder: Path, appeal: Appeal) -> None:
    """Write what was said before beside the run that says it anew."""
    content = {
        "version": appeal.version,
        "documents": list(appeal.documents),
        "levels": dict(appeal.levels),
        "before": {key: _said_json(said) for key, said in appeal.before.items()},
    }
    write_json(folder / APPEAL_FILE, content)


def read_appeal(folder: Path) -> Appeal | None:
    """Read it back; None where the run was not made by an appeal.

    Raises:
        RunError: the file is broken.
    """
    file = folder / APPEAL_FILE
    if not file.is_file():
        return None
    row = read_json(file)
    try:
        return Appeal(
            version=row["version"],
            documents=tuple(row["documents"]),
            levels=row["levels"],
            before={key: _said_from(said) for key, said in row["before"].items()},
        )
    except (KeyError, ValueError, TypeError, AttributeError) as error:
        raise RunError(
            f"{file} is damaged ({error!r}).", hint="Make the version again: auditor appeal."
        ) from error


def _said_json(said: Said) -> Json:
    return {
        "verdict": said.verdict.value if said.verdict else None,
        "excused": said.excused,
        "decided": said.decided,
        "citations": [citation_json(citation) for citation in said.citations],
        "reason": said.reason,
    }


def _said_from(row: Json) -> Said:
    return Said(
        Verdict(row["verdict"]) if row["verdict"] else None,
        row["excused"],
        row["decided"],
        tuple(map(citation_from, row["citations"])),
        row["reason"],
    )

"""Write and read a run folder: run.json, documents, search, findings (.jsonl), score.json."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

from auditor.core.documents import Document, LeftOut
from auditor.core.errors import RunError
from auditor.core.findings import Check
from auditor.core.instructions import Instruction
from auditor.core.run import Run
from auditor.core.scores import Score
from auditor.store import papers, records
from auditor.store.instructions import instruction_from, instruction_json
from auditor.store.later import read_later
from auditor.store.scores import score_from, score_json

REQUEST_FILE = "request.json"
STATE_FOLDER = ".state"
MANIFEST_FILE = "run.json"
LEFT_OUT = "left_out"
"""Papers that could not be read: beside the facts of the manifest, in the same file."""
SEARCH_FILE = "search.jsonl"
FINDINGS_FILE = "findings.jsonl"
SCORE_FILE = "score.json"
REVIEW_FILE = "review.json"
INSTRUCTIONS_FILE = "instructions.jsonl"


def dumps(value: Any) -> str:
    """The one canonical form of JSON in files: UTF-8, keys sorted, no needless space."""
    return json.dumps(value, ensure_ascii=False, sort_keys=True, separators=(",", ":"))


def write_text(file: Path, text: str) -> None:
    """Write a file whole or not at all (temporary file, then rename)."""
    file.parent.mkdir(parents=True, exist_ok=True)
    draft = file.with_name(f".{file.name}.part")
    draft.write_text(text, encoding="utf-8", newline="\n")
    draft.replace(file)


def write_json(file: Path, value: Any) -> None:
    """Write a readable JSON file: sorted keys, two spaces, closing line break."""
    text = json.dumps(value, ensure_ascii=False, sort_keys=True, indent=2)
    write_text(file, text + "\n")


def write_lines(file: Path, rows: Iterable[Mapping[str, Any]]) -> None:
    """Write a .jsonl file, one object a line."""
    write_text(file, "".join(dumps(row) + "\n" for row in rows))


def write_run(folder: Path, run: Run) -> None:
    """Write all files of a finished run; run.json comes last, so that it marks a whole run."""
    write_documents(folder, run.documents, run.left_out)
    write_lines(folder / SEARCH_FILE, map(records.record_json, run.records))
    if run.score is not None:
        write_lines(folder / FINDINGS_FILE, map(records.finding_json, run.findings))
        write_score(folder, run.score)
        write_json(folder / REVIEW_FILE, records.review_json(run.findings, run.contradictions))
    write_lines(folder / INSTRUCTIONS_FILE, map(instruction_json, run.instructions))
    write_manifest(folder, run)


def write_manifest(folder: Path, run: Run) -> None:
    """Write run.json."""
    manifest = dict(run.manifest)
    manifest[LEFT_OUT] = [papers.left_out_json(left) for left in run.left_out]
    write_json(folder / MANIFEST_FILE, manifest)


def write_documents(
    folder: Path, documents: Sequence[Document], left_out: Sequence[LeftOut]
) -> None:
    """Write documents.jsonl (refused files with their reason) and the boxes of the characters."""
    write_lines(folder / "documents.jsonl", papers.rows_of(documents, left_out))
    papers.write_layouts(folder, documents)


def write_score(folder: Path, score: Score) -> None:
    """Write score.json."""
    write_json(folder / SCORE_FILE, score_json(score))


def read_json(file: Path) -> Any:
    """Read a JSON file of a run; raises ``RunError`` where it is missing or broken."""
    try:
        return json.loads(file.read_text(encoding="utf-8"))
    except FileNotFoundError as error:
        raise RunError(
            f"{file} is missing.", hint="Is this the output folder of a finished run?"
        ) from error
    except json.JSONDecodeError as error:
        raise RunError(
            f"{file} is not valid JSON ({error}).", hint="Run the audit again."
        ) from error


def read_lines(file: Path) -> list[dict[str, Any]]:
    """Read a .jsonl file; raises ``RunError`` naming the broken line."""
    if not file.is_file():
        raise RunError(f"{file} is missing.", hint="Is this the output folder of a finished run?")
    rows = []
    for number, line in enumerate(file.read_text(encoding="utf-8").split("\n"), start=1):
        if not line:
            continue
        try:
            rows.append(json.loads(line))
        except json.JSONDecodeError as error:
            raise RunError(f"{file}:{number} is not valid JSON.", hint="Run it again.") from error
    return rows


def read_run(folder: Path) -> Run:
    """Read a finished run back, with the papers that came later.

    Without search records, which only people read again.

    Raises:
        RunError: a file is missing or broken, or was written by another version.
    """
    manifest = read_json(folder / MANIFEST_FILE)
    try:
        return _run_from(folder, manifest)
    except (KeyError, ValueError, TypeError, IndexError) as error:
        raise RunError(
            f"{folder} was written by another version, or is damaged ({error}).",
            hint="Run the audit again in another folder.",
        ) from error


def _run_from(folder: Path, manifest: Mapping[str, Any]) -> Run:
    scored = (folder / SCORE_FILE).is_file()
    findings = read_lines(folder / FINDINGS_FILE) if scored else []
    return Run(
        manifest={key: value for key, value in manifest.items() if key != LEFT_OUT},
        documents=(
            *papers.read_documents(folder, read_lines(folder / "documents.jsonl")),
            *read_later(folder),
        ),
        left_out=tuple(map(papers.left_out_from, manifest.get(LEFT_OUT, []))),
        records=(),
        findings=tuple(map(records.finding_from, findings)),
        score=score_from(read_json(folder / SCORE_FILE)) if scored else None,
        contradictions=_contradictions_from(folder),
        instructions=_instructions_from(folder),
    )


def _instructions_from(folder: Path) -> tuple[Instruction, ...]:
    """What talks to the judge, none where the run was written before that was looked for."""
    file = folder / INSTRUCTIONS_FILE
    return tuple(map(instruction_from, read_lines(file))) if file.is_file() else ()


def _contradictions_from(folder: Path) -> tuple[Check, ...]:
    file = folder / REVIEW_FILE
    if not file.is_file():  # a run of an earlier version
        return ()
    return tuple(map(records.check_from, read_json(file)["contradictions"]))

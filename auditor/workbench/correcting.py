"""Corrections of what the rules say of a run's papers, saved in versions, and the run made anew.

A version is what ``--corrections`` of the command line reads (:mod:`auditor.dossier.corrections`).
The run that was corrected stays; what is made anew is another run.
"""

from __future__ import annotations

import shutil
from collections.abc import Mapping
from pathlib import Path

import yaml

from auditor.core.access import Account
from auditor.core.documents import Document
from auditor.core.errors import AuditorError, ConfigurationError, ReviewError
from auditor.core.workspace import CorrectionsVersion, Job
from auditor.dossier.corrections import ANSWERS, FLAGS, read_corrections
from auditor.pipeline import corrections_digest
from auditor.store.run_folder import REQUEST_FILE, dumps, read_json, write_text
from auditor.store.workspace.corrections import CorrectionsVersions
from auditor.workbench.auditing import (
    Order,
    checked,
    enqueue,
    job_of_run,
    keep_judgements,
    new_job_id,
)
from auditor.workbench.opened import OpenRun
from auditor.workbench.papers_kept import gather_papers
from auditor.workbench.space import Space
from auditor.workbench.uploads import DOSSIER, UPLOADS_FOLDER

CORRECTIONS_FOLDER = "corrections"
FIELDS = (*ANSWERS, *FLAGS)
LONGEST_VALUE = 300
BY_REVIEWER = "reviewer"
Rows = Mapping[str, Mapping[str, str]]


def versions_of(space: Space, run_id: str) -> tuple[CorrectionsVersion, ...]:
    """What was saved for a run, the newest first."""
    return CorrectionsVersions(space.database).of_run(run_id)


def rows_now(opened: OpenRun, versions: tuple[CorrectionsVersion, ...]) -> Rows:
    """The corrections that stand: the newest version, else those that the run was made with."""
    return versions[0].rows if versions else _made_with(opened)


def _made_with(opened: OpenRun) -> Rows:
    """The corrections of the run itself: its file where it is still there, else its answers."""
    file = opened.folder / REQUEST_FILE
    asked = read_json(file).get("corrections") if file.is_file() else None
    digest = opened.run.manifest.get("corrections")
    if asked and Path(asked).is_file() and corrections_digest(Path(asked)) == digest:
        return read_corrections(Path(asked))
    stated = {document.name: _answered(document) for document in opened.run.documents}
    return {name: row for name, row in stated.items() if row}


def _answered(document: Document) -> dict[str, str]:
    answers = {field: getattr(document.identity, field) for field in ANSWERS}
    return {
        field: stated.value
        for field, stated in answers.items()
        if stated is not None and stated.source == BY_REVIEWER
    }


def values_of(document: Document) -> dict[str, str]:
    """What the run says of a document, by the fields that can be corrected."""
    said = {field: getattr(document.identity, field) for field in ANSWERS}
    values = {field: stated.value if stated else "" for field, stated in said.items()}
    values["kind"] = document.kind.value
    values["title"] = document.title
    values["issued_on"] = document.issued_on.isoformat() if document.issued_on else ""
    return values | {flag: str(getattr(document, flag) or "") for flag in FLAGS}


def save_corrections(
    space: Space,
    account: Account,
    opened: OpenRun,
    document: Document,
    saved: tuple[Mapping[str, str], int],
) -> CorrectionsVersion:
    """Save what a person says of a document as a new version.

    ``saved`` are the fields of the form and the number of the version that it showed.

    Raises:
        ReviewError: nothing is changed, or somebody else saved meanwhile.
        ConfigurationError: a value that the field cannot have.
    """
    values, seen = saved
    before = rows_now(opened, versions_of(space, opened.id))
    row = _row(document, values, before.get(document.name, {}))
    _require_names(opened, document, row)
    rows = {**before, document.name: row}
    rows = {name: fields for name, fields in rows.items() if fields}
    if rows == dict(before):
        raise ReviewError("没有改动 (nothing is changed).", hint="请改动后再保存。")
    at = space.stamp()
    made = CorrectionsVersion(opened.id, seen + 1, account.name, at, document.name, rows)
    _require_readable(space, made)
    CorrectionsVersions(space.database).add(made)
    write_version(space, made)
    space.people.note(account.login, "correct_papers", f"{opened.id} v{made.version}", done=True)
    return made


def _row(
    document: Document, values: Mapping[str, str], before: Mapping[str, str]
) -> dict[str, str]:
    """The fields in which a person differs from the run, and those they leave as corrected."""
    said = values_of(document)
    row = {}
    for field in FIELDS:
        value = values.get(field, said[field]).strip()
        if len(value) > LONGEST_VALUE:
            raise ReviewError(f"{field}: 超过 {LONGEST_VALUE} 字 (too long).", hint="请缩短。")
        if value != said[field] or before.get(field) == value:
            row[field] = value
    return row


def _require_names(opened: OpenRun, document: Document, row: Mapping[str, str]) -> None:
    for flag in ("duplicate_of", "superseded_by"):
        other = row.get(flag, "")
        if other and (other not in opened.by_name or other == document.name):
            raise ReviewError(
                f"材料里没有 {other[:80]} (no such document).", hint="请从材料名单中选择另一份。"
            )


def _require_readable(space: Space, made: CorrectionsVersion) -> None:
    """Hold a version against the rules of the command line before it is kept."""
    draft = _file(space, made).with_suffix(".draft")
    try:
        write_text(draft, _text(made))
        read_corrections(draft)
    except ConfigurationError as error:
        said = error.message.partition(f"{draft}: ")[2] or error.message
        raise ConfigurationError(said, hint=error.hint) from error
    finally:
        draft.unlink(missing_ok=True)


def _file(space: Space, made: CorrectionsVersion) -> Path:
    return space.folder / CORRECTIONS_FOLDER / made.run_id / f"v{made.version:04d}.yaml"


def _text(made: CorrectionsVersion) -> str:
    head = f"# run {made.run_id} v{made.version} {dumps(made.author)} {made.made_at}\n"
    rows = {name: dict(fields) for name, fields in made.rows.items()}
    return head + str(yaml.safe_dump(rows, allow_unicode=True, sort_keys=True))


def write_version(space: Space, made: CorrectionsVersion) -> Path:
    """Write the file of a version, always the same; gives its path within the workspace."""
    file = _file(space, made)
    write_text(file, _text(made))
    return file.relative_to(space.folder)


def audit_again(space: Space, account: Account, opened: OpenRun, order: Order, version: int) -> Job:
    """Queue a new audit of a run's papers, with a version of its corrections (0 for none).

    Raises:
        ReviewError: no such version, or the papers are not here any more.
        ConfigurationError: the judge is hosted and the papers are not open to it.
    """
    order, job_id = checked(order), new_job_id()
    corrections = ""
    if version:
        made = next((v for v in versions_of(space, opened.id) if v.version == version), None)
        if made is None:
            raise ReviewError("没有这个版本的更正 (no such version).", hint="请刷新页面。")
        corrections = write_version(space, made).as_posix()
    earlier = job_of_run(space, opened.id)
    asked = order.request() | {"city": opened.city, "corrections": corrections}
    asked |= {"dossier": _papers(space, opened, earlier, job_id), "again": opened.id}
    job = enqueue(space, account, job_id, Order(**asked))
    if earlier is not None:
        keep_judgements(space, job, earlier)
    return job


def _papers(space: Space, opened: OpenRun, earlier: Job | None, job_id: str) -> str:
    """Where the papers of a run are: as they were uploaded, else brought together anew."""
    if earlier is not None and (space.folder / earlier.request["dossier"]).is_dir():
        return str(earlier.request["dossier"])
    folder = space.folder / UPLOADS_FOLDER / job_id
    try:
        gather_papers(space.originals, opened.run.documents, folder / DOSSIER)
    except (AuditorError, OSError):
        shutil.rmtree(folder, ignore_errors=True)
        raise
    return f"{UPLOADS_FOLDER}/{job_id}/{DOSSIER}"

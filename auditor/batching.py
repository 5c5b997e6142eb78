"""Batch files of a run: which requests to write, which answers came, and the judge made of both.

A run with ``--judge none`` is searched, its requests are written to files, a provider answers them,
the answers are taken in: the run is then judged by them, with the same calls and the same reading
of replies as online.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from auditor.core.criteria import Item
from auditor.core.disclosure import Disclosure
from auditor.core.errors import RunError
from auditor.core.run import Case
from auditor.judge.batch import Limits, files_of, request_row, responses_in
from auditor.judge.calls import Reply
from auditor.judge.disclosure import Gate, require_open
from auditor.judge.endpoints import Endpoint
from auditor.judge.imported import MISSING, ImportedJudge, Open, Standing
from auditor.judge.sent import SentLog
from auditor.judging import groups_of
from auditor.store.replies import ReplyStore, StoredReply
from auditor.store.run_folder import STATE_FOLDER, read_json, write_json, write_text
from auditor.voices import Hosting

BATCH_FILE = "batch.json"


@dataclass(frozen=True, slots=True)
class Batch:
    """What was exported: how the models are asked, who opened the dossier, and which it was."""

    hosting: Hosting
    disclosure: Disclosure = field(default_factory=Disclosure)
    dossier: str = ""


@dataclass(frozen=True, slots=True)
class Taken:
    """What came of taking answers in: counts of lines, and of errors by code."""

    new: int = 0
    known: int = 0
    unreadable: int = 0
    errors: Mapping[str, int] = field(default_factory=dict)


def read_batch(run: Path) -> Batch | None:
    """Read what was exported from a run, None where nothing was.

    Raises:
        RunError: batch.json was written by another version.
    """
    file = run / BATCH_FILE
    if not file.is_file():
        return None
    row = read_json(file)
    try:
        disclosure = Disclosure(**row["disclosure"])
        return Batch(Hosting(**row["hosting"]), disclosure, row["dossier"])
    except (TypeError, KeyError) as error:
        raise RunError(
            f"{file} was written by another version ({error}).", hint="Export the requests again."
        ) from error


def keep_batch(run: Path, batch: Batch) -> None:
    """Keep what is exported; other requests than those already answered are refused.

    Raises:
        RunError: the run holds answers to requests of other settings.
    """
    before = read_batch(run)
    if before is not None and before.hosting != batch.hosting and replies_of(run):
        raise RunError(
            f"{run} holds answers to requests of {before.hosting.model} with other settings.",
            hint="Make another run with --judge none, or export with the same settings.",
        )
    write_json(run / BATCH_FILE, dataclasses.asdict(batch))


def open_imported(run: Path, batch: Batch) -> ImportedJudge:
    """The judge made of the answers that a run holds.

    Raises:
        ConfigurationError: the dossier is neither public nor opened by a person.
    """
    sent = SentLog(run / STATE_FOLDER / "sent.jsonl")

    def gate_for(endpoint: Endpoint) -> Gate:
        host = f"batch:{endpoint.provider}"
        require_open(host, batch.disclosure)
        return Gate(batch.disclosure, host, sent)

    askers = batch.hosting.askers(gate_for)
    return ImportedJudge(askers, replies_of(run), sent, batch.dossier)


def replies_of(run: Path) -> dict[str, list[Reply]]:
    """The stored replies by request, in the order of their coming."""
    file = _store_file(run)
    found: dict[str, list[Reply]] = {}
    if not file.is_file():
        return found
    store = ReplyStore(file)
    for row in store.all():
        found.setdefault(row.request_id, []).append(Reply(row.text, row.usage))
    store.close()
    return found


def _store_file(run: Path) -> Path:
    return run / STATE_FOLDER / "replies.db"


def take_in(run: Path, files: Iterable[Path]) -> Taken:
    """Keep the replies of answer files; lines may be partial, repeated, errors, in any order.

    Raises:
        RunError: a file cannot be read.
    """
    store = ReplyStore(_store_file(run))
    new = known = unreadable = 0
    errors: dict[str, int] = {}
    for file in files:
        for response in responses_in(_text_of(file)):
            if not response.request_id:
                unreadable += 1
            elif response.reply is None:
                errors[response.error] = errors.get(response.error, 0) + 1
            elif store.keep(
                StoredReply(response.request_id, response.reply.text, response.reply.usage)
            ):
                new += 1
            else:
                known += 1
    store.close()
    return Taken(new, known, unreadable, dict(sorted(errors.items())))


def _text_of(file: Path) -> str:
    try:
        return file.read_text(encoding="utf-8-sig", errors="replace")
    except OSError as error:
        raise RunError(
            f"{file} cannot be read ({error.strerror}).", hint="Name the provider's answer file."
        ) from error


def survey(judge: ImportedJudge, cases: Sequence[Case], items: Sequence[Item]) -> Standing:
    """Hold every talk over the stored replies; then ``judge`` knows what is open."""
    for group in groups_of(cases, judge, items):
        judge.judge(group)
    return judge.standing


def chosen_calls(judge: ImportedJudge, remaining: bool) -> list[Open]:
    """The calls to be written after a survey: the open ones, or every call that opens a talk."""
    if remaining:
        return list(judge.open_calls.values())
    return [made for made in judge.asked.values() if made.kind == MISSING]


def write_requests(wanted: Sequence[Open], out: Path, limits: Limits) -> list[Path]:
    """Write request files (``out``, then ``…-2``, ``…-3``); what leaves is noted before."""
    rows: list[dict[str, Any]] = []
    for o in wanted:
        o.asker.gate.sending(o.call.sheet.passages)
        rows.append(request_row(o.asker, o.call))
    texts = files_of(rows, limits)
    files = [out, *(_numbered(out, n) for n in range(2, len(texts) + 1))]
    for file, text in zip(files, texts or [""], strict=True):
        write_text(file, text)
    return files


def _numbered(out: Path, number: int) -> Path:
    return out.with_name(f"{out.stem}-{number}{out.suffix}")

"""Batch files of a run: which requests to write, which answers came, and the judge made of both.

A run with ``--judge none`` is searched, its requests are written to files, a provider answers them,
the answers are taken in: the run is then judged by them, with the same calls and the same reading
of replies as online.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TextIO

from auditor.core.criteria import Item
from auditor.core.disclosure import Disclosure
from auditor.core.errors import RunError
from auditor.core.run import Case
from auditor.judge.batch import Limits, request_line, responses_in
from auditor.judge.calls import Reply
from auditor.judge.disclosure import Gate, require_open
from auditor.judge.endpoints import Endpoint
from auditor.judge.imported import MISSING, ImportedJudge, Open, Standing
from auditor.judge.sent import SentLog
from auditor.judging import groups_of
from auditor.store.replies import ReplyStore, StoredReply
from auditor.store.run_folder import STATE_FOLDER, read_json, write_json
from auditor.voices import Hosting

BATCH_FILE = "batch.json"
SENT_FILE = "sent.jsonl"


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
    if before is not None and before.hosting != batch.hosting and StoredReplies(run):
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
    sent = SentLog(run / STATE_FOLDER / SENT_FILE)
    return judge_by(batch, sent, replies_of(run))


def judge_by(
    batch: Batch,
    sent: SentLog,
    replies: Mapping[str, Sequence[Reply]],
    *,
    as_online: bool = False,
) -> ImportedJudge:
    """The judge made of some answers; what it writes to request files is noted in ``sent``.

    ``as_online``: its judgements are known as those of a judge that asks online.

    Raises:
        ConfigurationError: the dossier is neither public nor opened by a person.
    """

    def gate_for(endpoint: Endpoint) -> Gate:
        host = f"batch:{endpoint.provider}"
        require_open(host, batch.disclosure)
        return Gate(batch.disclosure, host, sent)

    askers = batch.hosting.askers(gate_for)
    return ImportedJudge(askers, replies, sent, batch.dossier, as_online=as_online)


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


class StoredReplies(Mapping[str, Sequence[Reply]]):
    """The replies that a folder holds by request, read as they are asked for: they may be many."""

    def __init__(self, run: Path) -> None:
        file = _store_file(run)
        self._store = ReplyStore(file) if file.is_file() else None

    def __getitem__(self, request_id: str) -> Sequence[Reply]:
        found = self._store.of(request_id) if self._store else []
        if not found:
            raise KeyError(request_id)
        return [Reply(row.text, row.usage) for row in found]

    def __iter__(self) -> Iterator[str]:
        return iter(self._store.ids() if self._store else ())

    def __len__(self) -> int:
        return len(self._store.ids()) if self._store else 0

    def close(self) -> None:
        """Let go of the file."""
        if self._store:
            self._store.close()


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


class RequestFiles:
    """Request files that are being written: ``out``, then ``…-2``, ``…-3``.

    One model a file, each within the limits; a request is written once, however often it is wanted.
    The files are there when all are whole; ``names`` tells them then.
    """

    def __init__(self, out: Path, limits: Limits | None = None) -> None:
        self._out = out
        self._limits = limits or Limits()
        self._parts: dict[str, _Part] = {}
        self._written: set[str] = set()
        self.names: list[Path] = []

    def write(self, wanted: Sequence[Open]) -> int:
        """Write requests, and note before what leaves with them; tells how many were new."""
        before = len(self._written)
        for o in wanted:
            o.asker.gate.sending(o.call.sheet.passages)
            if o.call.id not in self._written:
                self.add(o.asker.endpoint.model, request_line(o.asker, o.call))
                self._written.add(o.call.id)
        return len(self._written) - before

    def add(self, model: str, line: str) -> None:
        """Write a line to the file of a model, or to its next one where that is full."""
        size = len(line.encode("utf-8"))
        part = self._parts.get(model)
        if part is None or not part.has_room(size, self._limits):
            if part is not None:
                part.stream.close()
            part = self._parts[model] = _Part(self._begun())
        part.stream.write(line)
        part.requests += 1
        part.bytes += size

    def __enter__(self) -> RequestFiles:
        return self

    def __exit__(self, kind: type[BaseException] | None, *_: object) -> None:
        for part in self._parts.values():
            part.stream.close()
        if kind is None and not self.names:
            self._begun().close()
        for name in self.names:
            if kind is None:
                _draft_of(name).replace(name)
            else:
                _draft_of(name).unlink()

    def _begun(self) -> TextIO:
        """The stream of the next file."""
        number = len(self.names) + 1
        self.names.append(_numbered(self._out, number) if number > 1 else self._out)
        draft = _draft_of(self.names[-1])
        draft.parent.mkdir(parents=True, exist_ok=True)
        return draft.open("w", encoding="utf-8", newline="\n")


@dataclass(slots=True)
class _Part:
    """The file of a model that is being filled."""

    stream: TextIO
    requests: int = 0
    bytes: int = 0

    def has_room(self, size: int, limits: Limits) -> bool:
        """Whether one more line of so many bytes keeps within the limits."""
        return self.requests < limits.requests and self.bytes + size <= limits.bytes


def write_requests(wanted: Sequence[Open], out: Path, limits: Limits) -> list[Path]:
    """Write request files (``out``, then ``…-2``, ``…-3``); what leaves is noted before."""
    with RequestFiles(out, limits) as files:
        files.write(wanted)
    return files.names


def _draft_of(file: Path) -> Path:
    return file.with_name(f".{file.name}.part")


def _numbered(out: Path, number: int) -> Path:
    return out.with_name(f"{out.stem}-{number}{out.suffix}")

"""Batch files of an archive: what ``batch-export`` and ``batch-import`` do with many cities."""

from __future__ import annotations

import os
import shlex
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path

from rich.console import Console

from auditor.archive.asking import home_of, open_answers, searched_subjects, take_over
from auditor.archive.city import JOURNAL_FILE
from auditor.archive.driving import alone
from auditor.archive.request import (
    CITIES_FOLDER,
    ArchiveRequest,
    read_request,
    require_database,
)
from auditor.batching import (
    Batch,
    RequestFiles,
    StoredReplies,
    Taken,
    chosen_calls,
    keep_batch,
    read_batch,
    take_in,
)
from auditor.choice import Choice
from auditor.cli.batch import DATABASE_VARIABLE
from auditor.cli.console import shown_progress
from auditor.cli.resume import stored_choice
from auditor.cli.searching import cases_again, print_total
from auditor.core.errors import RunError
from auditor.core.jobs import Job
from auditor.core.run import Case, Silence
from auditor.judge.imported import ImportedJudge, Standing
from auditor.servers import store_url
from auditor.standard import DEFAULT_STANDARD
from auditor.store.jobs.opening import open_jobs
from auditor.store.journal import Journal
from auditor.voices import Hosting
from auditor.wiring import Common, Place, build_common, parts_of

STAGE = "cities"
LANG = "zh"


@dataclass(frozen=True, slots=True)
class _Open:
    """An archive whose requests are written or answered: what all its cities share."""

    out: Path
    asked: ArchiveRequest
    batch: Batch
    common: Common
    journal: Journal
    replies: StoredReplies

    def held(self, console: Console) -> Iterator[tuple[ImportedJudge, int]]:
        """City after city: its talks over the replies, and how many judgements were kept."""
        subjects = searched_subjects(self._jobs(), self.out)
        items = self.common.edition.standard.items
        with shown_progress(console, quiet=not console.is_terminal) as progress:
            progress.begin(STAGE, len(subjects))
            for subject in subjects:
                judge = open_answers(self.out, subject, self.batch, self.replies)
                yield judge, take_over(judge, self._cases(subject), items, self.journal)
                progress.advance(STAGE, note=subject)
            progress.end(STAGE)

    def _jobs(self) -> Sequence[Job]:
        store = open_jobs(self.out, self.asked.id, _database())
        try:
            return store.all()
        finally:
            store.close()

    def _cases(self, subject: str) -> list[Case]:
        folder = self.out / CITIES_FOLDER / subject
        choice = _searching(stored_choice(folder))
        place = Place(folder, home_of(self.out) / subject, self.journal)
        return cases_again(folder, choice, parts_of(self.common, choice, place, Silence()))


@contextmanager
def _opened(out: Path, batch: Batch) -> Iterator[_Open]:
    """Open an archive; no pass may be at work meanwhile."""
    asked = read_request(out)
    require_database(asked, _database() is not None)
    with alone(out):
        journal = Journal(out / JOURNAL_FILE, store_url())
        replies = StoredReplies(home_of(out))
        common = build_common(_searching(asked.choice), lambda _: None)
        yield _Open(out, asked, batch, common, journal, replies)
        replies.close()
        journal.close()


def _searching(choice: Choice) -> Choice:
    """A choice that only searches, whichever judge it names."""
    return replace(choice, judge="none")


def _database() -> str | None:
    return os.environ.get(DATABASE_VARIABLE) or None


def export_archive(out: Path, batch: Batch, target: Path, *, remaining: bool) -> None:
    """Write the requests of all searched cities that the archive holds no judgement of.

    Raises:
        ConfigurationError: the papers are not open, no city was searched, a pass is at work.
        RunError: the papers of a city have changed since they were searched.
    """
    console = Console()
    open_answers(out, "", batch, {})  # refuses papers that nobody opened before any is searched
    keep_batch(home_of(out), batch)
    total = Standing()
    with _opened(out, batch) as archive, RequestFiles(target) as files:
        count = 0
        for judge, _ in archive.held(console):
            count += files.write(chosen_calls(judge, remaining))
            total = _sum(total, judge.standing)
    for file in files.names:
        console.print(f"{file}", soft_wrap=True)
    console.print(f"请求 requests：{count}　文件 files：{len(files.names)}")
    print_total(console, total)


def import_archive(out: Path, answers: list[Path]) -> tuple[Taken, Standing, int]:
    """Take answers in, and keep the judgements that they finish in the archive's journal.

    Gives what was taken in, where the batch stands over all cities, how many were kept.

    Raises:
        RunError: nothing was exported from the archive, or a file cannot be read.
    """
    batch = read_batch(home_of(out))
    if batch is None:
        raise RunError(
            f"Nothing was exported from {out}.", hint="First: auditor batch-export OUT --model M."
        )
    taken, total, kept = take_in(home_of(out), answers), Standing(), 0
    with _opened(out, batch) as archive:
        for judge, count in archive.held(Console(stderr=True)):
            total, kept = _sum(total, judge.standing), kept + count
    return taken, total, kept


def _sum(one: Standing, two: Standing) -> Standing:
    """Two cities together; replies that one of them did not ask for may be the other's."""
    return Standing(
        one.answered + two.answered,
        one.missing + two.missing,
        one.invalid + two.invalid,
        one.second_look + two.second_look,
    )


def next_pass(out: Path) -> str:
    """The command that makes a pass by the model that was exported for."""
    asked, batch = read_request(out), read_batch(home_of(out))
    assert batch is not None
    words = ["auditor", "batch", asked.archive, "-o", str(out), "--judge", batch.hosting.model]
    return shlex.join([*words, *_papers(asked), *_options(batch.hosting), *_opening(batch)])


def _papers(asked: ArchiveRequest) -> list[str]:
    """What the pass that searched was given beside the judge."""
    choice, plain = asked.choice, Choice("", "")
    given = {
        "--manifest": asked.manifest, "--corrections": asked.corrections, "--as-of": choice.as_of,
        "--only": choice.only, "--limits": choice.limits, "--embedder": choice.embedder,
        "--criteria": choice.criteria if choice.criteria != DEFAULT_STANDARD else None,
        "--profile": choice.profile if choice.profile != plain.profile else None,
        "--lang": asked.lang if asked.lang != LANG else None,
    }  # fmt: skip
    return [word for name, value in given.items() if value for word in (name, value)]


def _options(hosting: Hosting) -> list[str]:
    plain = Hosting(hosting.model)
    words = ["--per-feature"] if hosting.per_feature else []
    words += ["--samples", str(hosting.samples)] if hosting.samples != plain.samples else []
    words += ["--second", hosting.second] if hosting.second else []
    words += ["--second-look"] if hosting.second_look else []
    form = hosting.reply_form
    return words + (["--reply-form", form] if form != plain.reply_form else [])


def _opening(batch: Batch) -> list[str]:
    given = batch.disclosure
    return ["--public"] if given.public else ["--open-to-hosted", given.opened_by]

"""The plan of a pass: which cities are new, changed or done, and what is likely to be asked.

What is estimated rests on what was measured, in earlier passes of this archive or by the project's
own benchmark (which the plan says); where nothing was measured nothing is said.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from enum import StrEnum
from pathlib import Path
from typing import Any

from auditor.archive import keying
from auditor.archive.listing import Dossier, digests_of
from auditor.archive.publishing import is_whole
from auditor.archive.request import CITIES_FOLDER, ArchiveRequest
from auditor.archive.rescoring import FROM, source_of
from auditor.choice import Choice
from auditor.core.errors import ConfigurationError
from auditor.core.jobs import Job, JobState, NewJob
from auditor.core.usage import Usage
from auditor.pipeline import chosen_features
from auditor.prices import Prices
from auditor.wiring import is_hosted, resolved_judge

MEASURED_TOKENS = {False: 255_000 / 39, True: 1_013_000 / 376}
"""Prompt tokens of a call on an item, and of one on a feature: means of seven labelled cities
(docs/hosted.md), used until a pass has counted its own."""


class Standing(StrEnum):
    """How a city stands to its last results."""

    NEW = "new"
    CHANGED = "changed"
    RESCORED = "rescored"
    """Nothing but the scoring rule is another: what was found is scored anew, no more."""
    UNFINISHED = "unfinished"
    """Begun or waiting since an earlier pass."""
    UNCHANGED = "unchanged"
    FAILED = "failed"
    """Given up; ``auditor jobs retry`` has it tried again."""


@dataclass(frozen=True, slots=True)
class Papers:
    """How the papers of a city stand to those of its last results."""

    new: tuple[str, ...] = ()
    changed: tuple[str, ...] = ()
    unchanged: int = 0
    gone: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class PlannedCity:
    """A city of the archive: its job, how it stands, and why it is to be done.

    ``parts``: what changed beside the papers (``judge``, ``profile``, …).
    """

    job: NewJob
    standing: Standing
    papers: Papers
    parts: tuple[str, ...] = ()

    @property
    def is_due(self) -> bool:
        """Whether it is worked on in this pass."""
        return self.standing not in (Standing.UNCHANGED, Standing.FAILED)

    @property
    def is_audited(self) -> bool:
        """Whether it is searched and judged in this pass, not only scored."""
        return self.is_due and self.standing is not Standing.RESCORED


@dataclass(frozen=True, slots=True)
class Estimate:
    """What a pass will ask of an endpoint at most, and how long it may take.

    None: nothing was measured to tell it from. ``of_pass``: the tokens are those that earlier
    passes counted.
    """

    calls: int = 0
    prompt_tokens: int | None = None
    completion_tokens: int | None = None
    of_pass: bool = False
    cost: Decimal | None = None
    currency: str = ""
    seconds: float | None = None


@dataclass(frozen=True, slots=True)
class Plan:
    """All cities of an archive as they stand, cities that are gone from it, and the estimate.

    ``empty``: cities whose folders hold no paper, and which are no cities for that.
    """

    cities: tuple[PlannedCity, ...]
    gone: tuple[str, ...]
    estimate: Estimate
    empty: tuple[str, ...] = ()

    @property
    def due(self) -> tuple[PlannedCity, ...]:
        """The cities that this pass works on."""
        return tuple(city for city in self.cities if city.is_due)

    def count(self, standing: Standing) -> int:
        """How many cities stand so."""
        return sum(city.standing is standing for city in self.cities)


def plan_pass(
    out: Path, asked: ArchiveRequest, dossiers: Sequence[Dossier], known: Sequence[Job]
) -> tuple[PlannedCity, ...]:
    """Hold the dossiers of an archive against the jobs that there are.

    Raises:
        ConfigurationError: a file cannot be read, or a setting is wrong.
    """
    shared = keying.shared_parts(asked.choice, asked.lang)
    by_key = {job.key: job for job in known}
    last = last_results(known)
    planned = []
    for dossier in dossiers:
        job = _job_of(dossier, asked, shared)
        planned.append(_planned(out, job, by_key.get(job.key), last.get(job.subject)))
    return tuple(planned)


def last_results(known: Sequence[Job]) -> dict[str, Job]:
    """By subject the job whose result was accepted last."""
    done = [job for job in known if job.state is JobState.DONE]
    return {job.subject: job for job in sorted(done, key=lambda job: (job.ended_at, job.key))}


def _job_of(dossier: Dossier, asked: ArchiveRequest, shared: Mapping[str, Any]) -> NewJob:
    documents = digests_of(dossier)
    corrections = corrections_of(asked, dossier.key)
    parts = {**shared, **keying.parts_of_city(dossier, documents, corrections)}
    request = {
        "city": dossier.city,
        "period": dossier.period,
        "place": str(dossier.place) if dossier.place else None,
        "files": {name: str(path) for name, path in dossier.files.items()},
        "corrections": str(corrections) if corrections else None,
        "parts": parts,
    }
    return NewJob(keying.key_of(parts), dossier.key, request)


def corrections_of(asked: ArchiveRequest, key: str) -> Path | None:
    """The reviewer's corrections of a city's papers, ``<key>.yaml``; None without any.

    Raises:
        ConfigurationError: the folder of corrections is not there.
    """
    if asked.corrections is None:
        return None
    folder = Path(asked.corrections)
    if not folder.is_dir():
        raise ConfigurationError(
            f"{folder} 不是文件夹 (no folder).", hint="--corrections 是每城一个 .yaml 的文件夹。"
        )
    file = folder / f"{key}.yaml"
    return file if file.is_file() else None


def _planned(out: Path, job: NewJob, same: Job | None, last: Job | None) -> PlannedCity:
    papers = papers_between(last, job)
    folder = out / CITIES_FOLDER / job.subject
    if same is not None and (settled := _settled(same, folder)):
        return PlannedCity(job, settled, papers)
    parts = keying.changed_parts(last.request["parts"], job.request["parts"]) if last else []
    source = source_of(last, folder) if last and parts == [keying.RULE] else None
    if source:
        to_score = replace(job, request={**job.request, FROM: source})
        return PlannedCity(to_score, Standing.RESCORED, papers, tuple(parts))
    if same is not None:
        return PlannedCity(job, Standing.UNFINISHED, papers)
    if last is None:
        return PlannedCity(job, Standing.NEW, papers)
    others = tuple(part for part in parts if part != "documents")
    return PlannedCity(job, Standing.CHANGED, papers, others)


def _settled(job: Job, folder: Path) -> Standing | None:
    """How a city stands of which nothing is to be done, None where there is."""
    if job.state is JobState.FAILED:
        return Standing.FAILED
    whole = job.state is JobState.DONE and is_whole(folder, job.result.get("files", {}))
    return Standing.UNCHANGED if whole else None


def papers_between(before: Job | None, now: NewJob) -> Papers:
    """Which papers came, changed, stayed and went since a result."""
    new = now.request["parts"]["documents"]
    old = before.request["parts"]["documents"] if before else {}
    return Papers(
        new=tuple(sorted(name for name in new if name not in old)),
        changed=tuple(sorted(n for n in new if n in old and new[n] != old[n])),
        unchanged=sum(new[name] == old[name] for name in new if name in old),
        gone=tuple(sorted(name for name in old if name not in new)),
    )


def whole_plan(
    cities: Sequence[PlannedCity], known: Sequence[Job], choice: Choice, prices: Prices | None
) -> Plan:
    """The plan with what it is estimated to take."""
    here = {city.job.subject for city in cities}
    gone = tuple(sorted(subject for subject in last_results(known) if subject not in here))
    audited = sum(city.is_audited for city in cities)
    return Plan(tuple(cities), gone, estimated(audited, known, choice, prices))


def estimated(due: int, known: Sequence[Job], choice: Choice, prices: Prices | None) -> Estimate:
    """What ``due`` cities take, told from the results that there are."""
    results = [job.result for job in known if job.state is JobState.DONE]
    judge = resolved_judge(choice.judge)
    same = [row for row in results if row.get("judge_asked") == judge]
    seconds = _mean([row["seconds"] for row in same if row.get("counts", {}).get("files_read")])
    time_s = seconds * due if seconds is not None else None
    if not is_hosted(judge):
        return Estimate(seconds=time_s)
    calls = due * calls_of_city(choice, judge)
    used = sum((_usage(row) for row in same), Usage())
    metered = used.calls - used.unmetered
    if metered:
        prompt, completion = (
            round(calls * tokens / metered)
            for tokens in (used.prompt_tokens, used.completion_tokens)
        )
        priced = prices.cost(judge, prompt, completion) if prices else None
        currency = prices.currency if prices and priced is not None else ""
        return Estimate(calls, prompt, completion, True, priced, currency, time_s)
    prompt = round(calls * MEASURED_TOKENS[choice.per_feature])
    return Estimate(calls, prompt, None, False, None, "", time_s)


def calls_of_city(choice: Choice, judge: str) -> int:
    """First calls on one city, all its features: later looks and repeats are not known before."""
    features = chosen_features(choice.edition().standard, choice.only)
    groups = (
        len(features) if choice.per_feature else len({f.id.partition("-")[0] for f in features})
    )
    return groups * len(choice.hosting(judge).endpoints())


def _usage(result: Mapping[str, Any]) -> Usage:
    row = result.get("usage") or {}
    return Usage(
        row.get("calls", 0), row.get("prompt_tokens", 0), row.get("completion_tokens", 0),
        row.get("unmetered", 0),
    )  # fmt: skip


def _mean(values: Sequence[float]) -> float | None:
    return sum(values) / len(values) if values else None

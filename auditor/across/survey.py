"""Folders of runs -> the analysis across cities: one run in memory at a time."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from auditor.across.copied import Masking, PaperSentence, find_copied
from auditor.across.copied.papers import national_sentences, sentences_of
from auditor.across.ranking import rankings
from auditor.across.reading import Source, papers_of, read_findings, same_edition, sources_of
from auditor.across.rows import Named, row_of
from auditor.across.years import Years
from auditor.core.across import Across, Cell, CityRow, CopiedText, FeatureCount, Mark, Place
from auditor.core.criteria import Standard
from auditor.core.documents import LeftOut
from auditor.core.errors import ConfigurationError, RunError
from auditor.core.findings import VERDICTS
from auditor.core.scores import Profile
from auditor.ingest.taking import Settings
from auditor.profiles import DEFAULT_PROFILE, load_profile, profiles
from auditor.scoring.tree import tree_of
from auditor.standard import Edition

CELLS: tuple[Cell, ...] = (*reversed(VERDICTS), *Mark)
Note = Callable[[str], None]
"""Hears which city is being read."""


@dataclass(frozen=True, slots=True)
class Asked:
    """What the analysis is asked for.

    ``rule`` None: the one that all runs were made with. ``period`` None: every period, of which
    the latest of each city is placed. ``out`` is where the result will lie (links to reports).
    """

    folders: tuple[Path, ...]
    out: Path
    rule: str | None = None
    criteria: str | None = None
    period: str | None = None
    national: Path | None = None
    settings: Settings = field(default_factory=Settings)


def survey(asked: Asked, note: Note = lambda _: None) -> tuple[Across, Standard]:
    """Analyse the runs of all folders; gives the result and the standard that it is under.

    Raises:
        RunError: no run is left, or two are of one city in one period.
        ConfigurationError: the runs were made with several rules and none is named.
    """
    sources, left = sources_of(asked.folders, asked.criteria, asked.period)
    edition, sources, other = same_edition(sources)
    taken = _read(sources, asked, edition, note)
    standard, rows = edition.standard, taken.rows
    cities = sorted({row.city for row in rows})
    higher, unread = (
        national_sentences(asked.national, asked.settings) if asked.national else ((), ())
    )
    copied = copied_text(rows, _all_sentences(taken.sources, higher), cities)
    result = Across(
        profile=taken.profile,
        rows=rows,
        rankings=placed_rows(rows, standard, taken.profile),
        features=feature_counts(latest(rows), standard),
        years=tuple(taken.years.changes),
        copied=copied,
        left_out=(*left, *other, *taken.left, *unread),
    )
    return result, standard


@dataclass(frozen=True, slots=True)
class _Taken:
    """The rows of the runs that could be read, and their sources."""

    rows: tuple[CityRow, ...]
    sources: tuple[Source, ...]
    left: tuple[LeftOut, ...]
    years: Years
    profile: Profile


def _read(sources: Sequence[Source], asked: Asked, edition: Edition, note: Note) -> _Taken:
    standard, profile = edition.standard, _rule(sources, asked.rule, edition)
    years = Years(standard, profile)
    rows, kept, left = [], [], []
    for source in sources:
        note(source.key)
        found = read_findings(source)
        if isinstance(found, LeftOut):
            left.append(found)
            continue
        report = source.report_from(asked.out)
        named = Named(source.key, source.city, source.period, source.name, report)
        rows.append(row_of(found, named, standard, profile))
        kept.append(source)
        years.hear(source.city, source.period, found)
    if not rows:
        raise RunError(
            f"No run is left to compare. {left[0].name}: {left[0].reason}",
            hint="Name folders of finished and judged runs.",
        )
    return _Taken(tuple(rows), tuple(kept), tuple(left), years, profile)


def _rule(sources: Sequence[Source], name: str | None, edition: Edition) -> Profile:
    """The rule that was named, else the one of all runs."""
    if name:
        return load_profile(name, edition)
    rules = sorted({source.rule for source in sources})
    if len(rules) > 1:
        raise ConfigurationError(
            f"The runs were made with several rules: {', '.join(rules)}.",
            hint=f"Name the one to score all by: --profile {DEFAULT_PROFILE}.",
        )
    if rules[0] not in profiles(edition):
        raise ConfigurationError(
            f"The runs were made with the rule {rules[0]}, which does not ship.",
            hint="Name its file: --profile own.yaml.",
        )
    return load_profile(rules[0], edition)


def _all_sentences(
    sources: Sequence[Source], higher: Iterable[PaperSentence]
) -> Iterator[PaperSentence]:
    yield from higher
    for source in sources:
        yield from sentences_of(papers_of(source), source.city)


def copied_text(
    rows: Sequence[CityRow], papers: Iterable[PaperSentence], cities: Iterable[str]
) -> CopiedText:
    """What of the cited sentences stands elsewhere."""
    cited = [sentence for row in rows for sentence in row.cited]
    return find_copied(cited, {row.key: row.city for row in rows}, papers, Masking(cities))


def latest(rows: Sequence[CityRow]) -> tuple[CityRow, ...]:
    """The last period of each city, by key."""
    last: dict[str, CityRow] = {}
    for row in sorted(rows, key=lambda row: (row.city, row.period)):
        last[row.city] = row
    return tuple(sorted(last.values(), key=lambda row: row.key))


def placed_rows(
    rows: Sequence[CityRow], standard: Standard, profile: Profile
) -> dict[str, tuple[Place, ...]]:
    """The places of the latest period of each city, by measure."""
    tree = tree_of(standard, {f.id for f in standard.features})
    return rankings({row.key: row.shown for row in latest(rows)}, tree, profile)


def feature_counts(rows: Sequence[CityRow], standard: Standard) -> tuple[FeatureCount, ...]:
    """How many cities stand at each verdict, feature by feature."""
    return tuple(
        FeatureCount(
            feature.id,
            _every(Counter(row.entries[feature.id].shown for row in rows)),
            sum(row.entries[feature.id].decided for row in rows),
        )
        for feature in standard.features
    )


def _every(counts: Counter[Cell]) -> dict[Cell, int]:
    return {cell: counts[cell] for cell in CELLS}

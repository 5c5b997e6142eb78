"""The self-contained HTML report of an intake: numbers, coverage, then file by file."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from importlib.resources import files

from jinja2 import Environment, StrictUndefined

from auditor.core.criteria import Standard
from auditor.core.documents import Document, LeftOut
from auditor.core.intake import Intake, SubdomainCoverage
from auditor.report.intake_charts import GRADE_COLOURS, coverage_bars, swatch
from auditor.report.intake_facts import (
    Counts,
    counts_of,
    foreign_said,
    mark_counts,
    other_warnings,
    shown,
)
from auditor.report.intake_papers import (
    HiddenRow,
    PaperRow,
    QualityRow,
    UnreadRow,
    hidden_rows,
    paper_row,
    quality_rows,
    unread_rows,
)
from auditor.report.language import words

LACKING = ("nothing", "only_plans", "quantity", "external", "document")
ALARMING = ("refused", "duplicates", "foreign", "superseded", "marked", "unread_pages", "hidden")
PLAIN = ("submitted", "accepted", "judged")


@dataclass(frozen=True, slots=True)
class CoverRow:
    """One sub-domain of the picture of coverage."""

    id: str
    name: str
    bars: str
    passages: int
    documents: int
    spoken: int
    features: int
    kinds: str
    lacking: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class CoverGroup:
    """The sub-domains of one domain."""

    name: str
    rows: tuple[CoverRow, ...]


@dataclass(frozen=True, slots=True)
class IntakePage:
    """Everything that the template shows (the whole of its context, beside the words)."""

    lang: str
    city: str
    as_of: str
    standard: str
    passages: str
    tiles: tuple[tuple[str, int, bool], ...]
    legend: tuple[tuple[str, str], ...]
    coverage: tuple[CoverGroup, ...]
    papers: tuple[PaperRow, ...]
    refused: tuple[LeftOut, ...]
    foreign: tuple[tuple[str, str], ...]
    duplicates: tuple[tuple[str, str], ...]
    superseded: tuple[tuple[str, str], ...]
    marked: tuple[tuple[str, str], ...]
    hidden: tuple[HiddenRow, ...]
    unread: tuple[UnreadRow, ...]
    quality: tuple[QualityRow, ...]
    pageless: int
    warnings: tuple[tuple[str, tuple[str, ...]], ...]


def render_intake(intake: Intake, standard: Standard, lang: str) -> str:
    """Render the report (``lang``: zh or en); the template engine escapes documents' text."""
    environment = Environment(autoescape=True, undefined=StrictUndefined, trim_blocks=True)
    source = files("auditor.report") / "templates" / "intake.html.j2"
    template = environment.from_string(source.read_text(encoding="utf-8"))
    return template.render(page=intake_page(intake, standard, lang), w=words(lang))


def intake_page(intake: Intake, standard: Standard, lang: str) -> IntakePage:
    """Gather the context of the template; all text of documents in it is fit to be shown."""
    w = words(lang)
    papers = sorted(intake.documents, key=lambda d: d.name)
    return IntakePage(
        lang=lang,
        city=shown(intake.city),
        as_of=shown(str(intake.manifest.get("as_of") or w["unknown"])),
        standard=f"{standard.title}（{standard.id}）",
        passages=shown(str(intake.manifest.get("passages", w["unknown"]))),
        tiles=tiles_of(counts_of(intake), w),
        legend=tuple((swatch(colour), w[f"grade_{g}"]) for g, colour in GRADE_COLOURS.items()),
        coverage=cover_groups(intake.coverage, standard, lang),
        papers=tuple(paper_row(document, w) for document in papers),
        refused=refused_rows(intake.left_out),
        foreign=tuple((shown(d.name), shown(foreign_said(d))) for d in papers if d.foreign),
        duplicates=pairs(papers, "duplicate_of"),
        superseded=pairs(papers, "superseded_by"),
        marked=tuple((shown(d.name), marks_said(d, w)) for d in papers if d.marks),
        hidden=hidden_rows(papers, w),
        unread=unread_rows(papers),
        quality=quality_rows(papers),
        pageless=sum(not d.pages for d in papers),
        warnings=warning_rows(papers),
    )


def tiles_of(counts: Counts, w: Mapping[str, str]) -> tuple[tuple[str, int, bool], ...]:
    """The numbers at the head: word, count, and whether it wants attention."""
    plain = [(w[f"intake_{name}"], int(getattr(counts, name)), False) for name in PLAIN]
    rest = [(w[f"intake_{name}"], int(getattr(counts, name))) for name in ALARMING]
    return (*plain, *((word, count, count > 0) for word, count in rest))


def cover_groups(
    coverage: Sequence[SubdomainCoverage], standard: Standard, lang: str
) -> tuple[CoverGroup, ...]:
    """The picture of coverage: sub-domains under their domains, in the order of the standard."""
    longest = max((covered.passages for covered in coverage), default=0)
    groups = []
    for domain in standard.domains:
        rows = [cover_row(c, longest, lang) for c in coverage if c.domain_id == domain.id]
        if rows:
            groups.append(CoverGroup(f"{domain.id} {domain.name}", tuple(rows)))
    return tuple(groups)


def cover_row(covered: SubdomainCoverage, longest: int, lang: str) -> CoverRow:
    """One line of the picture; ``longest`` passages fill the width."""
    w = words(lang)
    share = covered.features_spoken / covered.features if covered.features else 0.0
    grades = {grade: w[f"grade_{grade}"] for grade in GRADE_COLOURS}
    kinds = sorted(covered.kinds.items(), key=lambda pair: (-pair[1], pair[0]))
    return CoverRow(
        id=covered.subdomain_id,
        name=covered.name,
        bars=coverage_bars(covered.grades, longest, share, grades),
        passages=covered.passages,
        documents=len(covered.documents),
        spoken=covered.features_spoken,
        features=covered.features,
        kinds=" · ".join(f"{w['kind_' + kind]} {n}" for kind, n in kinds),
        lacking=tuple(lacking_in(phrase, lang) for phrase in covered.lacking),
    )


def lacking_in(phrase: str, lang: str) -> str:
    """A phrase of the coverage in the reader's language; an unknown one stays as it is."""
    chinese = words("zh")
    known = {chinese[f"lacking_{key}"]: words(lang)[f"lacking_{key}"] for key in LACKING}
    return known.get(phrase) or shown(phrase)


def refused_rows(left_out: Sequence[LeftOut]) -> tuple[LeftOut, ...]:
    """The refused files by name, fit to be shown."""
    rows = sorted(left_out, key=lambda left: (left.name, left.code, left.reason))
    return tuple(
        LeftOut(shown(left.name), left.code, shown(left.reason), shown(left.hint)) for left in rows
    )


def pairs(papers: Sequence[Document], flag: str) -> tuple[tuple[str, str], ...]:
    """Name of each paper that carries a flag, and what the flag says."""
    said = ((d.name, str(getattr(d, flag))) for d in papers)
    return tuple((shown(name), shown(value)) for name, value in said if value)


def warning_rows(papers: Sequence[Document]) -> tuple[tuple[str, tuple[str, ...]], ...]:
    """The warnings by document, without what the table of foreign papers says already."""
    said = ((document, other_warnings(document)) for document in papers)
    return tuple((shown(d.name), tuple(map(shown, warnings))) for d, warnings in said if warnings)


def marks_said(document: Document, w: Mapping[str, str]) -> str:
    """Kinds and numbers of the marks of a document, never what they mark."""
    return "；".join(
        w["mark_count"].format(kind=w[f"mark_{kind}"], n=n)
        for kind, n in mark_counts(document).items()
    )

"""申诉复核表: the contested features of a new version, old and new evidence side by side."""

from __future__ import annotations

from collections.abc import Iterator

from auditor.core.appeals import Appeal, Said, said_of
from auditor.core.criteria import Standard
from auditor.core.errors import ConfigurationError
from auditor.core.findings import Citation, Verdict
from auditor.core.result import Result
from auditor.report.intake_facts import shown
from auditor.report.language import Words, words
from auditor.report.paper import Paper, numeral
from auditor.report.rows import verdict_words

HEADS = (
    "feature", "lt_demand", "ap_old", "ap_old_cited", "ap_new", "ap_new_cited", "ap_reason",
    "ap_outcome",
)  # fmt: skip
WIDTHS_CM = (2.4, 4.2, 1.9, 4.8, 1.9, 4.8, 3.4, 1.9)
LEVEL_HEADS, LEVEL_WIDTHS_CM = ("node", "ap_old_level", "ap_new_level"), (9.0, 4.0, 4.0)
MOST_CITATIONS = 4
Row = tuple[str, ...]


def appeal_paper(result: Result, standard: Standard, lang: str) -> bytes:
    """Write the paper; decisions that people took since stand in it as the new verdicts.

    Raises:
        ConfigurationError: the result is not one that an appeal made.
    """
    appeal, w = result.appeal, words(lang)
    if appeal is None:
        raise ConfigurationError(
            "This run was not made by an appeal.", hint="Make one: auditor appeal OLD NEW -o OUT."
        )
    city = shown(str(result.run.manifest["city"]))
    paper = Paper(w["ap_name"].format(city=city), lang=lang)
    paper.title(w["lt_over"], w["ap_title"].format(n=appeal.version))
    for text in _opening(appeal, result, standard, city, w):
        paper.paragraph(text)
    paper.heading(numeral(1, lang) + w["ap_part_features"])
    paper.table([w[name] for name in HEADS], WIDTHS_CM, list(_rows(appeal, result, standard, w)))
    paper.heading(numeral(2, lang) + w["ap_part_levels"])
    heads = [w[name] for name in LEVEL_HEADS]
    paper.table(heads, LEVEL_WIDTHS_CM, list(_levels(appeal, result)))
    paper.notes(w["lt_notes"], (w[f"ap_note_{n}"] for n in (1, 2, 3)))
    for label in ("ap_reviewer", "or_signature"):
        paper.signature(w[label], w["or_day"])
    return paper.close()


def _opening(
    appeal: Appeal, result: Result, standard: Standard, city: str, w: Words
) -> Iterator[str]:
    yield w["ap_opening"].format(
        city=city,
        title=standard.title,
        id=standard.id,
        n=len(appeal.before),
        old=appeal.version - 1,
        new=appeal.version,
    )
    if appeal.documents:
        named = w["list_comma"].join(shown(name, 60) for name in appeal.documents)
        yield w["ap_papers"].format(n=len(appeal.documents), names=named)
    open_ = sum(key in appeal.before for key in result.standing.stale)
    if open_:
        yield w["ap_open"].format(n=open_)


def _rows(appeal: Appeal, result: Result, standard: Standard, w: Words) -> Iterator[Row]:
    found = {finding.feature_id: finding for finding in result.findings}
    for feature in standard.features:
        before = appeal.before.get(feature.id)
        if before is not None and feature.id in found:
            after = said_of(found[feature.id])
            waits = feature.id in result.standing.stale
            yield (
                feature.id,
                feature.text,
                _verdict(before, w),
                _cited(before.citations, w),
                _verdict(after, w),
                _cited(after.citations, w),
                _reason(before, after, w),
                w["ap_waits"] if waits else w[f"ap_{outcome_of(before, after)}"],
            )


def _reason(before: Said, after: Said, w: Words) -> str:
    lines = [after.reason]
    if before.reason and before.reason != after.reason:
        lines.append(w["ap_old_reason"].format(reason=before.reason))
    return "\n".join(line for line in lines if line)


def outcome_of(before: Said, after: Said) -> str:
    """What became of a contested verdict: ``raised``, ``lowered``, ``kept`` or ``changed``."""
    if (before.verdict, before.excused) == (after.verdict, after.excused):
        return "kept"
    if before.verdict is None or after.verdict is None:
        return "changed"
    return "raised" if after.verdict.rank > before.verdict.rank else "lowered"


def _verdict(said: Said, w: Words) -> str:
    if said.excused:
        return w["not_applicable"]
    if said.decided:
        verdict = said.verdict or Verdict.NO_EVIDENCE
        return f"{w[verdict.value]}\n{w['ap_by_person']}"
    return verdict_words(said.verdict, w)


def _cited(citations: tuple[Citation, ...], w: Words) -> str:
    lines = [
        f"{citation.quote.strip()}（{shown(citation.document, 60)}{_page(citation, w)}）"
        for citation in citations[:MOST_CITATIONS]
    ]
    if len(citations) > MOST_CITATIONS:
        lines.append(w["ap_more"].format(n=len(citations) - MOST_CITATIONS))
    return "\n".join(lines) or w["ap_nothing"]


def _page(citation: Citation, w: Words) -> str:
    return "" if citation.page is None else w["list_comma"] + w["page"].format(n=citation.page)


def _levels(appeal: Appeal, result: Result) -> Iterator[Row]:
    """The city, and every node whose level differs."""
    for node in result.standing.shown.nodes:
        before = appeal.levels.get(node.id, 0)
        if node.kind == "city" or before != node.level:
            name = node.name if node.kind == "city" else f"{node.id} {node.name}"
            yield (name, str(before), str(node.level))

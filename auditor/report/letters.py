"""致函 and 现场核查清单: what the city is asked to supply, and what to look at on site."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence

from auditor.core.criteria import Feature, FeatureType, Means, Standard
from auditor.core.findings import Finding, Verdict
from auditor.core.gap import GapKind, kind_of, lacking_of
from auditor.core.result import Result
from auditor.report.intake_facts import shown
from auditor.report.language import Words, words
from auditor.report.paper import Paper, numeral
from auditor.report.supplement import MOST_PAPERS

TOP = 5
LETTER_HEADS = ("feature", "lt_demand", "lt_present", "lt_lacking", "lt_papers")
LETTER_WIDTHS_CM = (2.7, 6.6, 4.4, 5.2, 6.4)
SITE_HEADS = ("feature", "lt_demand", "lt_way", "lt_look", "lt_first", "lt_result", "lt_who")
SITE_WIDTHS_CM = (2.7, 5.6, 2.6, 5.4, 2.4, 4.4, 2.2)
MEANS: Mapping[Means, str] = {means: words("zh")[means.value] for means in Means}
SEEN = (FeatureType.CAPABILITY, FeatureType.EFFECT)
"""Types of which a green verdict on papers is worth a look on site."""


def target_of(result: Result) -> int:
    """Up to which level is asked: the next one, or the level that the city claims."""
    claimed = result.standing.claimed_level or 0
    return min(TOP, max(result.standing.shown.level + 1, claimed))


def supply_letter(result: Result, standard: Standard, lang: str) -> bytes:
    """The letter to the city: features that papers may still show, by sub-domain."""
    w, city, target = words(lang), shown(str(result.run.manifest["city"])), target_of(result)
    asked = [
        (feature, finding)
        for feature, finding in _up_to(result, standard, target)
        if not _green(finding) and kind_of(feature, finding) is GapKind.PAPER
    ]
    paper = Paper(w["lt_letter"].format(city=city), lang=lang)
    paper.title(w["lt_over"], w["lt_letter_title"])
    paper.paragraph(w["lt_address"].format(city=city), indent=False)
    said = {"title": standard.title, "id": standard.id, "target": target, "n": len(asked)}
    paper.paragraph(w["lt_ask"].format(**said))
    failures = result.standing.shown.failures
    if failures:
        paper.paragraph(w["lt_failures"].format(n=failures))
    look = (LETTER_HEADS, LETTER_WIDTHS_CM)
    _by_domain(paper, standard, asked, look, lang, _letter_row)
    paper.notes(w["lt_notes"], (w[f"lt_note_{n}"] for n in (1, 2, 3)))
    paper.signature(w["or_signature"], w["or_day"])
    return paper.close()


def site_list(result: Result, standard: Standard, lang: str) -> bytes:
    """What to look at on site: what papers cannot show, and greens that are worth a look."""
    w, city, target = words(lang), shown(str(result.run.manifest["city"])), target_of(result)
    rows = [(f, found) for f, found in _up_to(result, standard, target) if on_site(f, found)]
    paper = Paper(w["lt_site"].format(city=city), lang=lang)
    paper.title(w["lt_over"], w["lt_site_title"])
    paper.paragraph(w["lt_site_ask"].format(city=city, target=target, n=len(rows)))
    look = (SITE_HEADS, SITE_WIDTHS_CM)
    _by_domain(paper, standard, rows, look, lang, _site_row)
    paper.notes(w["lt_site_notes"], (w[f"lt_site_note_{n}"] for n in (1, 2, 3)))
    paper.signature(w["lt_leader"], w["or_day"])
    return paper.close()


Placed = tuple[Feature, Finding]


def _up_to(result: Result, standard: Standard, target: int) -> Iterator[Placed]:
    """What was judged up to a level; a failure says nothing of the city's papers."""
    found = {f.feature_id: f for f in result.findings}
    for feature in standard.features:
        finding = found.get(feature.id)
        judged = finding is not None and finding.verdict is not None
        if finding is not None and judged and feature.level <= target:
            yield feature, finding


def _green(finding: Finding) -> bool:
    return finding.verdict is not None and finding.verdict.is_green


def on_site(feature: Feature, finding: Finding) -> bool:
    """Whether a feature belongs on the list of what to look at."""
    if finding.decision is not None:
        return False
    if _green(finding):
        return feature.types[:1] in [(t,) for t in SEEN] and not finding.credited_by
    return kind_of(feature, finding) is GapKind.ON_SITE


def _by_domain(
    paper: Paper,
    standard: Standard,
    rows: Sequence[Placed],
    look: tuple[Sequence[str], Sequence[float]],
    lang: str,
    row_of: Callable[[Feature, Finding, Words], Sequence[str]],
) -> None:
    w, number = words(lang), 0
    heads = tuple(w[name] for name in look[0])
    for domain in standard.domains:
        ids = {f.id for s in domain.subdomains for i in s.items for f in i.features}
        own = [placed for placed in rows if placed[0].id in ids]
        if own:
            number += 1
            paper.heading(numeral(number, lang) + domain.name)
            paper.table(heads, look[1], [row_of(*placed, w) for placed in own])


def _letter_row(feature: Feature, finding: Finding, w: Words) -> tuple[str, ...]:
    lacking = lacking_of(feature, finding) or tuple(e.text for e in feature.elements)
    types = [e.type for e in feature.elements if e.text in lacking] or feature.types
    verdict = finding.verdict or Verdict.NO_EVIDENCE
    said = f"{w[verdict.value]}\n{papers_of(finding)}"
    present = w["lt_none"] if verdict is Verdict.NO_EVIDENCE else said
    return (
        feature.id,
        feature.text,
        present.strip(),
        "\n".join(lacking),
        "\n".join(dict.fromkeys(w[f"papers_{t.value}"] for t in types)),
    )


def papers_of(finding: Finding) -> str:
    """The documents that a finding rests on, a few of them."""
    names = finding.backing.documents if finding.backing else ()
    return "\n".join(shown(name, 40) for name in names[:MOST_PAPERS])


def _site_row(feature: Feature, finding: Finding, w: Words) -> tuple[str, ...]:
    means = [m for m in feature.shown_by if m is not Means.PAPER] or [Means.DEMONSTRATION]
    verdict = finding.verdict or Verdict.NO_EVIDENCE
    prefix = w["suspected"] if verdict.is_green else ""
    return (
        feature.id,
        feature.text,
        "\n".join(w[m.value] for m in means),
        "\n".join(e.text for e in feature.elements),
        prefix + w[verdict.value],
        "",
        "",
    )

"""评估报告: the official report as DOCX, in the form of a Chinese official paper."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from auditor.core.criteria import LEVELS, Standard
from auditor.core.result import Result
from auditor.report.charts import bars, heat_map, radar
from auditor.report.fragility import reused_words
from auditor.report.language import Words, words
from auditor.report.official_facts import Cells, DomainPart, Facts, facts_of
from auditor.report.page import rule_of, verdict_counts
from auditor.report.paper import Paper, numeral
from auditor.report.pictures import png_of
from auditor.report.signatures import COLUMNS, Record, minute, record_of

WIDTH_CM = 15.8
SMALL = 8.0
PARTS = (
    "or_part_overview", "or_part_conclusion", "or_part_domains", "or_part_gap", "or_part_papers",
    "or_part_rules", "or_part_appendix",
)  # fmt: skip
COVERAGE_CM = (5.6, 1.7, 1.7, 1.7, 1.7, 1.7, 1.7)


def official_report(result: Result, standard: Standard, lang: str) -> bytes:
    """Write the report; equal results give equal bytes (with the same fonts)."""
    w = words(lang)
    facts = facts_of(result, standard, w)
    paper = Paper(w["or_title"].format(city=facts.city), portrait=True, lang=lang)
    setting = Setting(paper, w, lang)
    setting.cover(facts, result)
    setting.overview(facts)
    setting.conclusion(facts, result)
    setting.domains(facts)
    setting.gap(facts)
    setting.papers(facts)
    setting.rules(facts, result)
    setting.appendix(facts)
    setting.record(record_of(result, standard, w))
    return setting.paper.close()


@dataclass(slots=True)
class Setting:
    """Sets the facts as a paper: numbers parts, tables and figures."""

    paper: Paper
    w: Words
    lang: str
    _tables: int = 0
    _figures: int = 0
    _parts: int = 0

    def _part(self, *, new_page: bool = False) -> None:
        self._parts += 1
        name = self.w[PARTS[self._parts - 1]]
        text = numeral(self._parts, self.lang) + name
        self.paper.heading(text, 1, f"part{self._parts}", new_page=new_page)

    def _table(
        self, caption: str, heads: Sequence[str], widths: Sequence[float], rows: Sequence[Cells]
    ) -> None:
        self._tables += 1
        self.paper.caption(self.w["or_table"].format(n=self._tables) + caption)
        self.paper.table(heads, widths, rows)

    def _figure(self, svg: str, width_cm: float, caption: str) -> None:
        if svg:
            self._figures += 1
            text = self.w["or_figure"].format(n=self._figures) + caption
            self.paper.picture(png_of(svg), width_cm, text)

    def cover(self, facts: Facts, result: Result) -> None:
        """Title, city and date, then the contents."""
        self.paper.title(self.w["or_cover"], self.w["or_title"].format(city=facts.city))
        as_of = result.run.manifest.get("as_of") or self.w["unknown"]
        version = facts.version and f"　{facts.version}"
        self.paper.caption(f"{self.w['as_of']} {as_of}{version}", stays=False)
        entries = []
        for number, name in enumerate(PARTS, 1):
            entries.append((numeral(number, self.lang) + self.w[name], f"part{number}"))
            if name == "or_part_domains":
                entries += [
                    (part.name, f"domain{place}") for place, part in enumerate(facts.domains, 1)
                ]
        self.paper.contents(self.w["or_contents"], entries, WIDTH_CM)

    def overview(self, facts: Facts) -> None:
        """What was assessed, how, with which reservations."""
        self._part(new_page=True)
        for text in facts.overview:
            self.paper.paragraph(text)

    def conclusion(self, facts: Facts, result: Result) -> None:
        """Coverage first, then the numbers, each apart."""
        w, shown = self.w, result.standing.shown
        self._part()
        heads = (w["or_number"], w["or_value"], w["or_meaning"])
        self._table(w["or_numbers"], heads, (3.6, 5.4, 6.8), facts.numbers)
        for text in facts.conclusion:
            self.paper.paragraph(text)
        domains = [n for n in shown.nodes if n.kind == "domain"]
        self._table(w["coverage"], self._levels(w["node"]), COVERAGE_CM, facts.coverage)
        self.paper.paragraph(w["coverage_note"], size=10.5)
        self._figure(radar(domains, w["nth_level"]), 10.5, w["radar"])
        self._figure(bars(verdict_counts(result.findings, w)), WIDTH_CM, w["verdicts"])
        items = [n for n in shown.nodes if n.kind in ("domain", "item")]
        half = len(items) // 2
        for rows in (items[:half], items[half:]):
            self._figure(heat_map(rows, w["nth_level"], w["result"]), 13.0, w["or_heat"])

    def _levels(self, first: str) -> tuple[str, ...]:
        levels = (self.w["nth_level"].format(n=n) for n in LEVELS)
        return (first, *levels, self.w["level"])

    def domains(self, facts: Facts) -> None:
        """One section a domain."""
        self._part()
        self.paper.paragraph(self.w["or_indicative"], size=10.5)
        for number, part in enumerate(facts.domains, 1):
            self.paper.heading(part.name, 2, f"domain{number}")
            self._domain(part)

    def _domain(self, part: DomainPart) -> None:
        w = self.w
        self.paper.paragraph(part.summary)
        caption = w["or_items"].format(name=part.name)
        self._table(caption, self._levels(w["or_item"]), COVERAGE_CM, part.items)
        if part.evidence:
            heads = (w["feature"], w["or_demand"], w["evidence"], w["or_source"])
            caption = w["or_evidence"].format(name=part.name)
            self._table(caption, heads, (2.6, 4.0, 5.6, 3.6), part.evidence)
        if part.lacking:
            heads = (w["feature"], w["or_demand"], w["verdict"], w["or_lacking"])
            caption = w["or_short"].format(name=part.name)
            self._table(caption, heads, (2.6, 5.2, 2.2, 5.8), part.lacking)

    def gap(self, facts: Facts) -> None:
        """What stands in the way of the next level."""
        w = self.w
        self._part()
        self.paper.paragraph(facts.gap_text)
        if facts.gap:
            heads = (w["feature"], w["or_demand"], w["verdict"], w["or_asks"])
            self._table(w["or_smallest"], heads, (2.6, 7.2, 2.4, 3.6), facts.gap)

    def papers(self, facts: Facts) -> None:
        """The documents, and where they contradict one another."""
        w = self.w
        self._part()
        listed = (w["or_no"], w["name"], w["kind"], w["wp_number"], w["issued"])
        self._table(w["documents"], listed, (1.2, 7.4, 2.2, 2.8, 2.2), facts.papers)
        if facts.conflicts:
            heads = (w["or_no"], w["wp_conflict"], w["wp_quote"])
            self._table(w["wp_sheet_conflicts"], heads, (1.2, 5.6, 9.0), facts.conflicts)
        self.paper.paragraph(reused_words(facts.fragile, w))
        if facts.reused:
            columns = (w["wp_quote"], w["or_source"], w["st_count"], w["sf_features"])
            self._table(w["sf_title"], columns, (5.2, 3.6, 1.4, 5.6), facts.reused)

    def rules(self, facts: Facts, result: Result) -> None:
        """The rule, what others would give, what the tool cannot do."""
        w = self.w
        self._part()
        self.paper.paragraph(rule_of(result.standing.shown, w))
        self.paper.paragraph(w["or_rules"])
        share = (WIDTH_CM - 4.6) / len(facts.rule_names)
        widths = (4.6, *(share for _ in facts.rule_names))
        self._table(w["wp_sheet_rules"], (w["wp_rule"], *facts.rule_names), widths, facts.rules)
        self._fragility(facts, widths)
        for name in ("or_limit_papers", "or_limit_person", "or_limit_standard"):
            self.paper.paragraph(w[name])
        self.paper.signature(w["or_signature"], w["or_day"])

    def _fragility(self, facts: Facts, widths: Sequence[float]) -> None:
        """Other thresholds and the smallest flips, or how to get them."""
        w = self.w
        if not facts.fragile.tested:
            self.paper.paragraph(w["or_no_stress"])
            return
        self.paper.paragraph(w["or_thresholds_note"])
        heads = (w["or_threshold"], *facts.rule_names)
        self._table(w["or_thresholds"], heads, widths, facts.fragile.thresholds)
        self.paper.paragraph(w["or_flips_note"])
        heads = (w["st_what"], w["st_count"], w["st_features"])
        self._table(w["or_flips"], heads, (4.2, 1.4, 10.2), facts.flips)

    def appendix(self, facts: Facts) -> None:
        """All verdicts, one row a feature."""
        w = self.w
        self._part(new_page=True)
        heads = (w["feature"], w["or_demand"], w["verdict"], w["or_source"])
        self._tables += 1
        self.paper.caption(w["or_table"].format(n=self._tables) + w["features"])
        self.paper.table(heads, (2.3, 8.0, 1.7, 3.8), facts.verdicts, SMALL)

    def record(self, record: Record | None) -> None:
        """The review record that all rests on: its head hash, signatures, declarations."""
        if record is None:
            return
        w = self.w
        self.paper.heading(w["sg_title"], 2, "record")
        self.paper.paragraph(record.said, size=10.5)
        heads = tuple(w[name] for name, _ in COLUMNS)
        if record.rows:
            widths = (4.4, 1.6, 2.8, 3.2, 3.8)
            self._table(w["sg_title"], heads, widths, record.short_rows)
        if record.declared:
            told = (w["sg_author"], w["sg_time"], w["sg_declaration"])
            rows = [(author, minute(time), text) for author, time, text in record.declared]
            self._table(w["sg_declared"], told, (2.8, 3.2, 9.8), rows)

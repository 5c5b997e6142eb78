"""评估报告: the official report as DOCX, in the form of a Chinese official paper."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from auditor.core.criteria import LEVELS, Standard
from auditor.core.result import Result
from auditor.report.charts import bars, heat_map, radar
from auditor.report.language import Words, words
from auditor.report.official_facts import Cells, DomainPart, Facts, facts_of
from auditor.report.page import rule_of, verdict_counts
from auditor.report.paper import NUMERALS, Paper
from auditor.report.pictures import png_of
from auditor.report.signatures import COLUMNS, Record, record_of

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
    setting = Setting(Paper(w["or_title"].format(city=facts.city), portrait=True), w, lang)
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

    def _numeral(self, number: int) -> str:
        return f"{NUMERALS[number - 1]}、" if self.lang == "zh" else f"{number}. "

    def _part(self) -> None:
        self._parts += 1
        name = self.w[PARTS[self._parts - 1]]
        self.paper.heading(self._numeral(self._parts) + name, 1, f"part{self._parts}")

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
        self.paper.caption(f"{self.w['as_of']} {as_of}", stays=False)
        entries = []
        for number, name in enumerate(PARTS, 1):
            entries.append((self._numeral(number) + self.w[name], f"part{number}"))
            if name == "or_part_domains":
                entries += [
                    (part.name, f"domain{place}") for place, part in enumerate(facts.domains, 1)
                ]
        self.paper.contents(self.w["or_contents"], entries, WIDTH_CM)
        self.paper.page_break()

    def overview(self, facts: Facts) -> None:
        """What was assessed, how, with which reservations."""
        self._part()
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

    def rules(self, facts: Facts, result: Result) -> None:
        """The rule, what others would give, what the tool cannot do."""
        w = self.w
        self._part()
        self.paper.paragraph(rule_of(result.standing.shown, w))
        self.paper.paragraph(w["or_rules"])
        share = (WIDTH_CM - 4.6) / len(facts.rule_names)
        widths = (4.6, *(share for _ in facts.rule_names))
        self._table(w["wp_sheet_rules"], (w["wp_rule"], *facts.rule_names), widths, facts.rules)
        for name in ("or_limit_papers", "or_limit_person", "or_limit_standard"):
            self.paper.paragraph(w[name])
        self.paper.signature(w["or_signature"], w["or_day"])

    def appendix(self, facts: Facts) -> None:
        """All verdicts, one row a feature."""
        w = self.w
        self.paper.page_break()
        self._part()
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
            self._table(w["sg_declared"], told, (2.8, 3.6, 9.4), record.declared)

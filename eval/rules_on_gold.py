"""What the rules say of gold quotes: ``python -m eval.rules_on_gold [GOLD_DIR] [--list LABEL]``.

No model and no search: every gold quote is looked up in the cut documents, and the rules are
asked what it is (fact, ongoing, plan, negation, foreign), what it can bear for its feature, and
what the checks leave of the annotators' own verdict with the annotators' own quotes. A rule that
lowers a right verdict shows here, and so does one that takes a plan for a fact.
"""

from __future__ import annotations

import argparse
import json
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from auditor.checks import Evidence, check_judgement
from auditor.core.criteria import Feature, Standard
from auditor.core.documents import Document
from auditor.core.findings import Judgement, Verdict
from auditor.core.passages import Modality, Passage, Sentence
from auditor.core.run import Silence
from auditor.evaluation.gold import GoldCity, GoldRow, fold, gold_cities
from auditor.judge.citing import cite
from auditor.pipeline import cut_all
from auditor.quantities import readings
from auditor.receiving import read_documents
from auditor.standard import load_standard
from auditor.wiring import intake_settings
from eval.cities import SHORTEST, shared_gold

LABELS = ("fact", "ongoing", "plan", "negation", "foreign")
CLASSES = ("green", "partly_met", "planned", "not_met")
Table = dict[str, Counter[str]]


@dataclass(frozen=True, slots=True)
class Place:
    """A cut sentence with its passage and its folded text, for finding quotes."""

    sentence: Sentence
    passage: Passage
    folded: str


@dataclass(frozen=True, slots=True)
class Quoted:
    """A labelled feature of one city with the sentences that hold its gold quotes."""

    city: str
    feature: Feature
    row: GoldRow
    places: tuple[Place, ...]
    documents: Mapping[str, Document]

    @property
    def cls(self) -> str:
        """The class of the gold verdict: green, or the verdict itself."""
        return "green" if self.row.verdict.is_green else self.row.verdict.value

    def checked(self, verdict: Verdict) -> Judgement:
        """What the checks leave of a verdict that cites the gold quotes."""
        passages = {p.passage.id: p.passage for p in self.places}
        evidence = Evidence(self.feature, tuple(passages.values()), self.documents)
        citations = tuple(
            cite(self.documents[p.passage.document], p.passage, p.sentence) for p in self.places
        )
        claimed = Judgement(self.feature.id, verdict, citations, "", "gold")
        return check_judgement(claimed, evidence)

    def figures(self) -> Iterator[str]:
        """What the quotes say of each checked quantity: ``reached``, ``missed``, … ``silent``."""
        cited = [p.sentence for p in self.places]
        for quantity in self.feature.quantities:
            if quantity.checked:
                rows = readings(quantity, cited)
                stated = [f"part_{r.outcome}" if r.part else r.outcome.value for r in rows]
                yield "reached" if "reached" in stated else (stated or ["silent"])[0]


def label_of(sentence: Sentence) -> str:
    """One of ``LABELS``; a duty counts as a plan, for both show ``planned`` at most."""
    if sentence.foreign:
        return "foreign"
    return "plan" if sentence.modality is Modality.DUTY else sentence.modality.value


def quoted_of(gold: GoldCity, standard: Standard) -> Iterator[Quoted]:
    """Give the features of one city that have quotes, with the sentences that hold them."""
    documents, _ = read_documents(gold.documents, Silence(), gold.name, intake_settings())
    by_name = {d.name: d for d in documents}
    places: dict[str, list[Place]] = {}
    for passage in cut_all(documents, gold.name):
        rows = places.setdefault(passage.document, [])
        rows.extend(Place(s, passage, fold(s.text)) for s in passage.sentences)
    for feature in standard.features:
        row = gold.rows.get(feature.id)
        if row is not None and row.quotes:
            yield Quoted(gold.name, feature, row, tuple(_found(row, places)), by_name)


def _found(row: GoldRow, places: Mapping[str, list[Place]]) -> Iterable[Place]:
    found: dict[str, Place] = {}
    for quote in row.quotes:
        wanted = fold(quote.text)
        for place in places.get(quote.document, ()):
            inner = len(place.folded) >= SHORTEST and place.folded in wanted
            if wanted in place.folded or inner:
                found[place.sentence.id] = place
    return found.values()


def tables_of(rows: Iterable[Quoted]) -> dict[str, Table]:
    """Count, by class of the gold verdict: quotes by label, kept verdicts, claimed greens.

    ``quotes``: label of each quoted sentence. ``kept``: the annotators' verdict with their quotes
    after the checks (``kept``, or the rule that lowered it). ``claimed``: a claimed ``met`` with
    the same quotes after the checks. ``figures``: what the quotes say of each checked quantity.
    """
    tables: dict[str, Table] = {"quotes": {}, "kept": {}, "claimed": {}, "figures": {}}
    for row in rows:
        for place in row.places:
            tables["quotes"].setdefault(row.cls, Counter())[label_of(place.sentence)] += 1
        if not row.places:
            continue
        rules = lowering_rules(row.checked(row.row.verdict)) or ("kept",)
        tables["kept"].setdefault(row.cls, Counter())[rules[0]] += 1
        after = row.checked(Verdict.MET).verdict
        tables["claimed"].setdefault(row.cls, Counter())[after.value] += 1
        tables["figures"].setdefault(row.cls, Counter()).update(row.figures())
    return tables


def lowering_rules(judgement: Judgement) -> tuple[str, ...]:
    """The rules that lowered a verdict, in the order in which they ran."""
    return tuple(c.rule for c in judgement.checks if c.outcome == "changed")


def print_tables(tables: Mapping[str, Table]) -> None:
    """Print every table with shares of its rows, in Markdown."""
    for name, table in tables.items():
        heads = sorted({head for row in table.values() for head in row})
        print(f"\n{name} | n | " + " | ".join(heads))
        print("---|" * (len(heads) + 2))
        for cls in CLASSES:
            row = table.get(cls, Counter())
            whole = sum(row.values())
            cells = [f"{row[h]} ({row[h] / whole:.3f})" if row[h] else "" for h in heads]
            print(f"{cls} | {whole} | " + " | ".join(cells))


def print_listing(rows: Iterable[Quoted], cls: str, label: str) -> None:
    """Print the quoted sentences of one class with one label, or what one rule lowered."""
    for row in rows:
        if row.cls != cls or not row.places:
            continue
        judgement = row.checked(row.row.verdict)
        if label in lowering_rules(judgement):
            detail = next(c.detail for c in judgement.checks if c.rule == label)
            print(f"{row.city} {row.feature.id} {row.row.verdict} {row.feature.text} <<{detail}>>")
            shown = row.places
        else:
            shown = tuple(p for p in row.places if label_of(p.sentence) == label)
            if shown:
                print(f"{row.city} {row.feature.id} {row.row.verdict} {row.feature.text}")
        for place in shown:
            head = " / ".join(place.passage.heading_path[-2:])
            said = f"{label_of(place.sentence)} {place.passage.role}"
            print(f"    [{said}] ({head[:50]}) {place.sentence.text.strip()[:220]}")


def main() -> None:
    """Read the gold sets, print the tables (and a listing), write them as JSON on request."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    parser.add_argument("gold", nargs="?", type=Path, default=None)
    parser.add_argument("--list", nargs=2, metavar=("CLASS", "LABEL"), default=None)
    parser.add_argument("--json", type=Path, default=None)
    asked = parser.parse_args()
    standard = load_standard()
    rows = [
        row
        for gold in gold_cities(asked.gold or shared_gold())
        for row in quoted_of(gold, standard)
    ]
    if asked.list:
        print_listing(rows, *asked.list)
        return
    tables = tables_of(rows)
    print_tables(tables)
    if asked.json:
        text = json.dumps(tables, ensure_ascii=False, indent=1, sort_keys=True)
        asked.json.write_text(text + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()

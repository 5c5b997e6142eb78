"""Settle how the documents of a dossier stand to one another and to the assessed city."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace

from auditor.core.documents import Document
from auditor.dossier.duplicates import (
    Compared,
    Overlap,
    are_alike,
    are_one_paper,
    is_better,
    overlaps,
    rank,
)
from auditor.dossier.excerpts import CONTAINED, adds_nothing, is_excerpt, own_notes, part_and_whole
from auditor.dossier.foreign import own_city, whose, with_own_level
from auditor.dossier.versions import Remark, date_of, families, is_newer, replaced

SAME_VERSION = 0.98
"""Likeness from which an undated paper is a copy of a dated version of the same title."""


@dataclass(frozen=True, slots=True)
class Stead:
    """The document that stands in another's stead; ``newer`` where it is a newer version."""

    name: str
    newer: bool


@dataclass(slots=True)
class Ledger:
    """What has been found so far, by name of document."""

    steads: dict[str, Stead] = field(default_factory=dict)
    notes: dict[str, list[str]] = field(default_factory=lambda: defaultdict(list))

    def set(self, name: str, stead: Stead, why: str) -> None:
        """Let ``stead`` stand for ``name``, unless it already depends on ``name`` itself."""
        if name in self.steads or name == self.end(stead.name)[0]:
            return
        self.steads[name] = stead
        self.notes[name].append(why)

    def end(self, name: str) -> tuple[str, bool]:
        """Follow the chain to the document that counts; True where a newer version is met."""
        newer = False
        while name in self.steads:
            newer = newer or self.steads[name].newer
            name = self.steads[name].name
        return name, newer

    def note(self, name: str, text: str) -> None:
        """Keep a sentence for the reviewer."""
        self.notes[name].append(text)


def settle(documents: Sequence[Document], city: str) -> tuple[Document, ...]:
    """Fill in foreign, duplicate_of, superseded_by and warnings; the order stays.

    ``city`` is the assessed city's name in any form, empty where unknown. The outcome does not
    depend on the order; what stands in another's stead always counts itself.
    """
    own = own_city(city)
    documents = [with_own_level(document, own) for document in documents]
    verdicts = {document.name: whose(document, own) for document in documents}
    papers = [
        Compared(document)
        for document in sorted(documents, key=lambda document: document.name)
        if not verdicts[document.name].foreign
    ]
    ledger = Ledger()
    distinct = _exact(papers, ledger)
    dates = _versions(distinct, ledger)
    _near(distinct, dates, ledger)
    done = []
    for document in documents:
        verdict = verdicts[document.name]
        notes = (*verdict.warnings, *own_notes(document), *ledger.notes.get(document.name, ()))
        done.append(_filled(document, verdict.foreign, notes, ledger))
    return tuple(done)


def _filled(document: Document, foreign: str, notes: Iterable[str], ledger: Ledger) -> Document:
    last, newer = ledger.end(document.name)
    stead = last if last != document.name else ""
    known = document.warnings
    return replace(
        document,
        foreign=foreign,
        duplicate_of="" if newer else stead,
        superseded_by=stead if newer else "",
        warnings=(*known, *(note for note in dict.fromkeys(notes) if note not in known)),
    )


def _exact(papers: Sequence[Compared], ledger: Ledger) -> list[Compared]:
    """Set aside papers of the same bytes or the same words; give those that remain."""
    for what, key in (("文件", _bytes_of), ("文字", _words_of)):
        groups: dict[str, list[Compared]] = defaultdict(list)
        for paper in papers:
            if key(paper) and paper.name not in ledger.steads:
                groups[key(paper)].append(paper)
        for group in groups.values():
            best = min(group, key=rank)
            for paper in group:
                if paper is not best:
                    why = f"与 {best.name} {what}完全相同"
                    ledger.set(paper.name, Stead(best.name, newer=False), why)
    return [paper for paper in papers if paper.name not in ledger.steads]


def _bytes_of(paper: Compared) -> str:
    return paper.document.sha256


def _words_of(paper: Compared) -> str:
    return paper.folded


def _versions(papers: Sequence[Compared], ledger: Ledger) -> dict[str, tuple[str, str]]:
    """Let the newest version stand for the older ones; give title and date of each version."""
    dates = {}
    for family in families(papers):
        for version in family:
            dates[version.name] = (version.base, version.date)
        for finding in replaced(family):
            if isinstance(finding, Remark):
                ledger.note(finding.name, finding.text)
            else:
                ledger.set(finding.older, Stead(finding.newer, newer=True), finding.why)
    return dates


def _are_versions(a: str, b: str, likeness: float, dates: dict[str, tuple[str, str]]) -> bool:
    """Whether two papers are versions of one another and hence no copies."""
    (mine, day), (others, other_day) = dates.get(a, ("", "")), dates.get(b, ("", ""))
    if not mine or mine != others:
        return False
    if day and other_day:
        return is_newer(day, other_day) or is_newer(other_day, day)
    return likeness < SAME_VERSION


def _near(papers: Sequence[Compared], dates: dict[str, tuple[str, str]], ledger: Ledger) -> None:
    """Find copies and excerpts; the most alike stands for a paper, then the better one."""
    found: dict[str, list[tuple[float, Compared, str]]] = defaultdict(list)
    by_name = {paper.name: paper for paper in papers}
    for overlap in overlaps(papers):
        a, b = papers[overlap.first], papers[overlap.second]
        if _are_versions(a.name, b.name, overlap.jaccard, dates):
            continue
        if are_alike(a, b, overlap.jaccard):
            _copy(a, b, overlap, found, ledger)
        else:
            _part(a, b, overlap, found, ledger)
    for name in sorted(found, key=lambda name: rank(by_name[name]), reverse=True):
        _, stead, why = min(
            found[name],
            key=lambda one: (one[1].name in ledger.steads, -round(one[0], 2), rank(one[1])),
        )
        ledger.set(name, Stead(stead.name, newer=False), why)


def _copy(
    a: Compared,
    b: Compared,
    overlap: Overlap,
    found: dict[str, list[tuple[float, Compared, str]]],
    ledger: Ledger,
) -> None:
    """Note which of two papers that are nearly the same stands for the other."""
    alike = f"{overlap.jaccard:.1%}"
    if not are_one_paper(a, b):
        for one, other in ((a, b), (b, a)):
            ledger.note(
                one.name, f"与 {other.name} 文字相同 {alike}，但年份、地方或数字不同，各自保留"
            )
        return
    better, worse = (a, b) if is_better(a, b) else (b, a)
    if worse.name in ledger.steads and better.name not in ledger.steads:
        better, worse = worse, better  # a copy of an old version is as old as that
        if is_newer(date_of(worse.document), date_of(better.document)):
            ledger.note(worse.name, f"与旧版 {better.name} 相同 {alike}，但日期更晚，请核对")
            return
    beyond = 1 - (overlap.second_in_first if worse is b else overlap.first_in_second)
    why = f"与 {better.name} 基本相同（相同 {alike}，另有 {beyond:.1%} 的文字不在其中）"
    found[worse.name].append((overlap.jaccard, better, why))


def _part(
    a: Compared,
    b: Compared,
    overlap: Overlap,
    found: dict[str, list[tuple[float, Compared, str]]],
    ledger: Ledger,
) -> None:
    """Note an excerpt, and let the whole stand for it where it adds nothing."""
    part, whole, share = part_and_whole(overlap, a, b)
    if adds_nothing(part, whole, share) and rank(part)[2] >= rank(whole)[2]:
        found[part.name].append((share, whole, f"全文包含于 {whole.name}（{share:.1%}）"))
    elif is_excerpt(part, whole, share):
        ledger.note(part.name, f"是 {whole.name} 的节选：{share:.1%} 的文字见于其中")
    elif share >= CONTAINED:
        ledger.note(part.name, f"{share:.1%} 的文字见于 {whole.name}，请核对是否重复")

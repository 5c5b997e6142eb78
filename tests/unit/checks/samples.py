"""Judgements on planted sentences, for the tests of the checks."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

from auditor.checks import Evidence
from auditor.core.criteria import Element, Feature, FeatureType, Means, Quantity
from auditor.core.documents import Document, DocumentKind
from auditor.core.findings import Citation, Judgement, Verdict
from auditor.core.identity import Identity, Stated
from auditor.core.passages import Passage
from auditor.core.quoting import cite
from auditor.ingest.dispatch import read_document
from auditor.passages import CityNames, cut_passages

CITY = "临江市"


def feature(
    kind: str = "capability",
    *quantities: Quantity,
    feature_id: str = "8.2.4.1-L3-a",
    shown_by: tuple[Means, ...] = (Means.PAPER, Means.DEMONSTRATION),
) -> Feature:
    types = (FeatureType(kind),)
    elements = (
        Element("e1", "建成平台", types[0], False, ("平台",)),
        Element("e2", "统一运行", types[0], False, ("统一运行",)),
    )
    return Feature(
        feature_id, "建成平台并统一运行", "城市数字底座", "安全保障体系", "安全保障", 3, "a", 8,
        types=types, shown_by=shown_by, elements=elements, quantities=quantities,
        core=("平台",), phrases=("建成平台",),
    )  # fmt: skip


def paper(
    text: str,
    name: str = "工作总结.txt",
    issued_on: date | None = None,
    kind: DocumentKind | None = None,
    **stated: str,
) -> Document:
    """A document whose date, kind, issuer, level and grade are set by hand."""
    document = read_document(text.encode(), name)
    identity = Identity(**{key: Stated(value, 0.9) for key, value in stated.items()})
    return replace(document, issued_on=issued_on, kind=kind or document.kind, identity=identity)


def passages_of(*documents: Document) -> tuple[Passage, ...]:
    return tuple(p for d in documents for p in cut_passages(d, CityNames(CITY)))


def evidence_of(asked: Feature, *documents: Document) -> Evidence:
    return Evidence(asked, passages_of(*documents), {d.name: d for d in documents})


def cited(shown: Evidence, *words: str) -> tuple[Citation, ...]:
    """The sentences that hold any of the words."""
    found = [
        cite(shown.documents[passage.document], passage, sentence)
        for passage in shown.passages
        for sentence in passage.sentences
        if any(word in sentence.text for word in words)
    ]
    assert found, words
    return tuple(found)


def judged(shown: Evidence, *words: str, verdict: Verdict = Verdict.MET) -> Judgement:
    return Judgement(shown.feature.id, verdict, cited(shown, *words), "", "test")

"""What a dossier covers of each sub-domain, as far as the calibrated screen can tell."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from auditor.core.criteria import Domain, Feature, FeatureType, Standard, Subdomain
from auditor.core.documents import Document, DocumentKind
from auditor.core.findings import Judgement, Verdict
from auditor.core.identity import Grade
from auditor.core.intake import SubdomainCoverage
from auditor.core.search import SearchRecord

SPOKEN = 0.5
"""A feature is spoken to where any verdict but no_evidence is at least this likely."""
NOTHING = "没有任何材料涉及"
ONLY_PLANS = "只有规划类文件，缺少落实情况的材料"
PLANS = frozenset({DocumentKind.PLAN, DocumentKind.DRAFT})


@dataclass(frozen=True, slots=True)
class Want:
    """A kind of evidence that features of a type need; one paper of a kind or grade is enough."""

    type: FeatureType
    kinds: frozenset[DocumentKind]
    grades: frozenset[Grade]
    phrase: str


WANTS = (
    Want(
        FeatureType.QUANTITY,
        frozenset({DocumentKind.STATISTICS, DocumentKind.LEDGER}),
        frozenset({Grade.STATISTICS, Grade.EXPORT}),
        "缺少统计数据或台账",
    ),
    Want(
        FeatureType.EXTERNAL,
        frozenset({DocumentKind.CERTIFICATE}),
        frozenset({Grade.THIRD_PARTY}),
        "缺少第三方或外部证明",
    ),
    Want(FeatureType.DOCUMENT, frozenset(), frozenset({Grade.ISSUED}), "缺少正式印发的文件"),
)


def coverage_of(
    judgements: Sequence[Judgement],
    documents: Sequence[Document],
    standard: Standard,
    records: Mapping[str, SearchRecord],
) -> tuple[SubdomainCoverage, ...]:
    """Say for each sub-domain which passages speak to it, and what kinds of evidence it lacks.

    ``judgements`` are the calibrated screen's (without probabilities a feature is silent),
    ``records`` the searches by feature id. A sub-domain of which no feature was searched (an
    audit of one part) is left out: nothing is known about it.
    """
    spoken = {j.feature_id: j for j in judgements if is_spoken(j)}
    asked = {*records, *(j.feature_id for j in judgements)}
    by_name = {document.name: document for document in documents}
    found = []
    for domain in standard.domains:
        for subdomain in domain.subdomains:
            features = [f for item in subdomain.items for f in item.features if f.id in asked]
            if features:
                carried = _passages_of(features, spoken, records)
                found.append(_covered(domain, subdomain, features, spoken, carried, by_name))
    return tuple(found)


def is_spoken(judgement: Judgement) -> bool:
    """Tell whether the screen holds any verdict but no_evidence for at least as likely as not."""
    chances = judgement.probabilities
    return chances is not None and 1 - chances[Verdict.NO_EVIDENCE] >= SPOKEN


def _passages_of(
    features: Iterable[Feature],
    spoken: Mapping[str, Judgement],
    records: Mapping[str, SearchRecord],
) -> dict[str, str]:
    """The passages that carry the spoken features, each once: passage id -> document name."""
    carried: dict[str, str] = {}
    for feature in features:
        judgement = spoken.get(feature.id)
        if judgement is None:
            continue
        record = records.get(feature.id)
        if judgement.citations:
            for citation in judgement.citations:
                carried[citation.sentence_id.rpartition(".")[0]] = citation.document
        elif record is not None and record.hits:
            passage = record.hits[0].passage
            carried[passage.id] = passage.document
    return carried


def _covered(
    domain: Domain,
    subdomain: Subdomain,
    features: Sequence[Feature],
    spoken: Mapping[str, Judgement],
    carried: Mapping[str, str],
    by_name: Mapping[str, Document],
) -> SubdomainCoverage:
    names = [name for name in carried.values() if name in by_name]
    papers = [by_name[name] for name in sorted(set(names))]
    silent = tuple(f.id for f in features if f.id not in spoken)
    return SubdomainCoverage(
        subdomain_id=subdomain.id,
        name=subdomain.name,
        domain_id=domain.id,
        features=len(features),
        features_spoken=len(features) - len(silent),
        passages=len(carried),
        documents=tuple(sorted(set(carried.values()))),
        kinds=_counted(by_name[name].kind.value for name in names),
        grades=_counted(grade_of(by_name[name]).value for name in names),
        lacking=lacking_in(features, papers),
        silent_features=silent,
    )


def _counted(values: Iterable[str]) -> dict[str, int]:
    return dict(sorted(Counter(values).items()))


def grade_of(document: Document) -> Grade:
    """The grade that a document states of itself, ``unknown`` where the rules abstain."""
    stated = document.identity.grade
    return Grade(stated.value) if stated is not None else Grade.UNKNOWN


def lacking_in(features: Iterable[Feature], papers: Sequence[Document]) -> tuple[str, ...]:
    """Name in Chinese the kinds of evidence that the features need and no paper brings."""
    if not papers:
        return (NOTHING,)
    kinds = {paper.kind for paper in papers}
    grades = {grade_of(paper) for paper in papers}
    types = {kind for feature in features for kind in feature.types}
    missing = [
        want.phrase
        for want in WANTS
        if want.type in types and not kinds & want.kinds and not grades & want.grades
    ]
    return (ONLY_PLANS, *missing) if kinds <= PLANS else tuple(missing)

"""Absence and backing in words: what a silence rests on, and who bears a finding out."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from auditor.core.criteria import Feature
from auditor.core.findings import Absence, AbsenceKind, Backing, Citation, Rejected, Rejection


@dataclass(frozen=True, slots=True)
class Near:
    """A sentence that came near, and why it was not taken, in words."""

    citation: Citation
    reason: str


@dataclass(frozen=True, slots=True)
class Silence:
    """An absence as a card shows it: the claim, what it rests on, what came near, the queries."""

    kind: str
    claim: str
    facts: tuple[str, ...]
    near: tuple[Near, ...]
    queries: tuple[str, ...]


def silence_of(absence: Absence | None, feature: Feature, w: Mapping[str, str]) -> Silence | None:
    """Put an absence into words, None where there is none."""
    if absence is None:
        return None
    counts = {"spoken": absence.spoken, "features": absence.features, "passages": absence.passages}
    claim = w[f"absence_{absence.kind.value}"].format(subdomain=feature.subdomain, **counts)
    if absence.kind is AbsenceKind.SEARCHED and absence.spoken is not None:
        claim = w["absence_searched_in"].format(subdomain=feature.subdomain, **counts)
    facts = [w["absence_looked"].format(searched=absence.searched, looked=absence.looked_at)]
    if absence.unread_pages:
        facts.append(w["absence_unread"].format(n=absence.unread_pages))
    others = [w[means] for means in absence.means if means != "paper"]
    if others:
        facts.append(w["absence_means"].format(means=w["list_comma"].join(others)))
    near = tuple(Near(r.citation, why_not(r, feature, w)) for r in absence.rejected)
    return Silence(absence.kind.value, claim, tuple(facts), near, absence.queries)


def why_not(rejected: Rejected, feature: Feature, w: Mapping[str, str]) -> str:
    """Why a near sentence was not taken; what it does not name is named."""
    texts = {element.id: element.text for element in feature.elements}
    missing = w["list_stop"].join(texts[e] for e in rejected.missing if e in texts)
    reason = w[f"rejection_{rejected.reason.value}"]
    if rejected.reason is Rejection.PART:
        return reason.format(missing=missing)
    return reason


def backing_line(backing: Backing | None, w: Mapping[str, str]) -> str:
    """Who bears a finding out, in one line; empty where nothing is cited."""
    if backing is None:
        return ""
    comma = w["list_comma"]
    issuers = list(backing.issuers)
    if backing.unnamed == len(backing.documents):
        issuers.append(w["backing_none_named"])
    elif backing.unnamed:
        issuers.append(w["backing_unnamed"].format(n=backing.unnamed))
    return w["backing"].format(
        documents=len(backing.documents),
        issuers=comma.join(issuers),
        kinds=comma.join(w[f"kind_{kind}"] for kind in backing.kinds),
        grades=comma.join(w[f"grade_{grade}"] for grade in backing.grades),
    )

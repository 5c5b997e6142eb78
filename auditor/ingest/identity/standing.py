"""On which level a paper stands, and which city it is about."""

from __future__ import annotations

import re

from auditor.core.documents import DocumentKind
from auditor.core.identity import AdministrativeLevel, Stated
from auditor.core.spans import Span
from auditor.ingest.identity.frame import Paper
from auditor.ingest.identity.organs import Organ, organ_of
from auditor.ingest.identity.places import Home

TASKED = re.compile(
    r"(?:责任单位|牵头单位|责任部门|牵头部门|配合单位)[:：](?P<who>[^)）。\n]{2,120})"
)
BUREAU = re.compile(r"市[\u4e00-\u9fa5]{2,12}?(?:局|委|办)")
MANY_BUREAUS = 5
GOVERNMENTAL = frozenset(
    {
        DocumentKind.WORK_REPORT,
        DocumentKind.REGULATION,
        DocumentKind.PLAN,
        DocumentKind.DRAFT,
        DocumentKind.STATISTICS,
        DocumentKind.NOTICE,
        DocumentKind.SUMMARY,
        DocumentKind.SELF_ASSESSMENT,
    }
)
"""Kinds whose title's place tells whose paper it is; a contract's place only tells where."""
DISTRICT_PAPER = re.compile(r"^[\u4e00-\u9fa5]{2,4}市[\u4e00-\u9fa5]{1,5}?(?:区|县)(?!域|块链|位)")


def find_level(
    paper: Paper, kind: DocumentKind | None, issuer: Stated | None, title: Stated | None, home: Home
) -> Stated | None:
    """Give the level from the issuer, else from the title's place or from whom it gives tasks."""
    if issuer is not None:
        organ = organ_of(issuer.value, home.city)
        if kind is DocumentKind.WORK_REPORT and organ.level is AdministrativeLevel.DEPARTMENT:
            organ = Organ(organ.name, AdministrativeLevel.CITY, organ.city)
        return Stated(organ.level.value, issuer.confidence, issuer.span, issuer.source)
    if kind in GOVERNMENTAL:
        return _by_title(title, home) or (
            _by_tasks(paper, home) if kind is DocumentKind.PLAN else None
        )
    return None


def _by_title(title: Stated | None, home: Home) -> Stated | None:
    if title is None:
        return None
    if home.province and title.value.find(home.province[:2]) in range(7):
        return Stated(AdministrativeLevel.PROVINCE.value, 0.6, title.span, title.source)
    if home.city and home.city in title.value[:18]:
        district = DISTRICT_PAPER.match(title.value)
        level = AdministrativeLevel.DISTRICT if district else AdministrativeLevel.CITY
        return Stated(level.value, 0.6, title.span, title.source)
    return None


def _by_tasks(paper: Paper, home: Home) -> Stated | None:
    """A paper that gives tasks to many of the city's bureaus is the city's."""
    named, first = set(), None
    for match in TASKED.finditer(paper.text):
        first = first or match
        named.update(BUREAU.findall(match["who"]))
    if home.city and first is not None and len(named) >= MANY_BUREAUS:
        return Stated(AdministrativeLevel.CITY.value, 0.6, Span(*first.span()))
    return None


def find_city(issuer: Stated | None, level: Stated | None, home: Home) -> Stated | None:
    """The city that the paper is by or about; None for the nation's and a province's papers."""
    if level and level.value in (AdministrativeLevel.NATION, AdministrativeLevel.PROVINCE):
        return None
    organ = organ_of(issuer.value, home.city) if issuer else None
    if issuer and organ and organ.city and organ.city in issuer.value:
        return Stated(organ.city, issuer.confidence, issuer.span, issuer.source)
    if home.city is None:
        return None
    if level and level.value == AdministrativeLevel.OTHER and home.confidence < 0.7:
        return None
    return Stated(home.city, home.confidence, home.span, home.source)

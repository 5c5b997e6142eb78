"""Which papers are versions of one another: the newest counts, drafts give way to the issued.

Papers of a series (work reports, statistics, annual plans) are never versions of each other.
"""

from __future__ import annotations

import re
import unicodedata
from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import PurePosixPath

from auditor.core.documents import Document, DocumentKind
from auditor.core.identity import AdministrativeLevel, Stated
from auditor.dossier.duplicates import Compared
from auditor.dossier.excerpts import is_abstract, is_mere_notice

SURE = 0.6
LEAST_TITLE = 6
BODY_AT_LEAST = 0.3
"""A newer text shorter than this share of the older does not take its place."""
_NOT_A_VERSION = re.compile(
    r"关于(?:修改|修订|修正|废止|停止执行|清理)|的决定$|解读|问答|释义|说明$"
)
_WRAPPED = re.compile(
    r"(?:印发|转发|公布|发布|颁布|下发|征求|征集|对)[^《》<>]{0,12}[《<](.{4,120})[》>]"
)
_UNQUOTED = re.compile(r"关于(?:印发|公布|发布)(.{4,120}?)的(?:通知|公告|通告)$")
_BRACKETS = re.compile(r"[(\[【〔][^()\[\]【】〔〕]{0,60}[)\]】〕]")
_VERSION_TAIL = re.compile(  # atomic: hostile titles must not make it try every division
    r"(?>[\s_\-.,，、]*(?>(?:19|20)\d{2}(?:[-.年]\d{1,2}(?:[-.月]\d{1,2}日?)?)?年?"
    r"(?:最新)?(?:修订|修正|修改)?(?:版|本|稿)?"
    r"|征求意见稿|送审稿|讨论稿|报批稿|草案|试行|暂行|最终版|定稿|正式稿"
    r"|修订版|修正版|修订稿|修订|修正))++$"
)
LONGEST_TITLE = 300
_RULES = re.compile(r"(?:条例|办法|规定|细则|规则|规程|制度)$")
_PAPERS = re.compile(
    r"(?:条例|办法|规定|细则|规则|规程|制度|规范|标准|意见|方案|规划|计划|措施|预案|纲要|指南|章程|要点)$"
)
_DRAFT = re.compile(r"征求意见|送审稿|讨论稿|报批稿|征集意见|草案")
_REVISED = re.compile(r"修订|修正|修编|修改版")
_DAY = re.compile(r"((?:19|20)\d{2})[-.年](\d{1,2})[-.月](\d{1,2})")
_YEAR = re.compile(r"(?<!\d)((?:19|20)\d{2})年?(?:最新)?(?:修订|修正|修改|版)")
_NAME_DATED = re.compile(r"^(?:[A-Za-z]{0,4}\d{1,4}[\s._、-]+)?(?:\d{4}-\d{2}-\d{2}[\s._-]+)?")
_SERIES = frozenset(
    {
        DocumentKind.WORK_REPORT,
        DocumentKind.STATISTICS,
        DocumentKind.NEWS,
        DocumentKind.INTERPRETATION,
        DocumentKind.SUMMARY,
        DocumentKind.SELF_ASSESSMENT,
        DocumentKind.EVIDENCE_LIST,
    }
)


def base_title(title: str) -> str:
    """Reduce a title to what all versions of the paper share; empty where it has none.

    Dates and remarks in brackets, years of the version, quotes and the wrapper of a notice or of
    a call for comments go; a decision to amend or an explanation has no base title.
    """
    plain = (
        unicodedata.normalize("NFKC", title[:LONGEST_TITLE])
        .strip()
        .replace("〈", "<")
        .replace("〉", ">")
    )
    if _NOT_A_VERSION.search(plain):
        return ""
    wrapped = _WRAPPED.search(plain) or _UNQUOTED.search(plain)
    plain = wrapped.group(1) if wrapped else plain
    plain = _VERSION_TAIL.sub("", _BRACKETS.sub("", plain).strip())
    folded = re.sub(r"[\W_]+", "", plain).lower().removeprefix("关于")
    return folded if len(folded) >= LEAST_TITLE and _PAPERS.search(folded) else ""


@dataclass(frozen=True, slots=True)
class Replaced:
    """``older`` gives way to ``newer`` (names), and why."""

    older: str
    newer: str
    why: str


@dataclass(frozen=True, slots=True)
class Remark:
    """What a reviewer should look at in the document ``name``."""

    name: str
    text: str


class Version:
    """A paper that may have versions: its base title, date (ISO or year), whether a draft."""

    def __init__(self, paper: Compared) -> None:
        self.paper = paper
        self.called = _called(paper.document)
        self.date = date_of(paper.document)

    @property
    def name(self) -> str:
        """The document's name."""
        return self.paper.name

    @cached_property
    def base(self) -> str:
        """Base title, empty where the paper is none of those that have versions."""
        document = self.paper.document
        if is_mere_notice(document) or is_abstract(document):
            return ""
        base = next(filter(None, map(base_title, self.called)), "")
        if self.kind in _SERIES and not self.is_draft:
            return ""
        return base

    @cached_property
    def kind(self) -> DocumentKind:
        """What sort of paper it is."""
        stated = self.paper.document.identity.kind
        return DocumentKind(stated.value) if stated else self.paper.document.kind

    @cached_property
    def is_draft(self) -> bool:
        """Whether it was put out for comments only."""
        return self.kind is DocumentKind.DRAFT or any(map(_DRAFT.search, self.called))

    @cached_property
    def is_revised(self) -> bool:
        """Whether its title or name says that it is a revision."""
        return any(map(_REVISED.search, self.called))

    @property
    def is_rule(self) -> bool:
        """Whether it is a regulation, of which only one version is in force."""
        return self.kind is DocumentKind.REGULATION or bool(_RULES.search(self.base))


def _called(document: Document) -> tuple[str, ...]:
    stated = document.identity.title
    stem = _NAME_DATED.sub("", PurePosixPath(document.name).stem)
    titles = (stated.value if stated and stated.confidence >= SURE else "", document.title, stem)
    return tuple(dict.fromkeys(title for title in titles if title))


def date_of(document: Document) -> str:
    """Give the date of a version (ISO, a year alone, or empty where none is sure).

    It is the paper's own, unless its title or its file's name states a later year.
    """
    called = _called(document)
    stated = document.identity.issued_on
    if stated and stated.confidence >= SURE:
        own = stated.value
    elif document.issued_on and not stated:
        own = document.issued_on.isoformat()
    else:
        own = ""
    words = unicodedata.normalize("NFKC", "\n".join((*called, document.name)))
    days = ["{}-{:0>2}-{:0>2}".format(*found.groups()) for found in _DAY.finditer(words)]
    years = [found.group(1) for found in _YEAR.finditer(words)]
    named = max(days, default="") or max(years, default="")
    return named if named[:4] > own[:4] else own


def is_newer(a: str, b: str) -> bool:
    """Whether one date (ISO, or a year alone) is later than another beyond doubt."""
    length = min(len(a), len(b))
    return length > 0 and a[:length] > b[:length]


def families(papers: Sequence[Compared]) -> Iterator[tuple[Version, ...]]:
    """Group the papers that are versions of one another, each group in order of name."""
    by_title: dict[str, list[Version]] = defaultdict(list)
    for paper in sorted(papers, key=lambda p: p.name):
        version = Version(paper)
        if version.base:
            by_title[version.base].append(version)
    for same_title in by_title.values():
        while same_title:
            house = [v for v in same_title if _same_house(same_title[0], v)]
            same_title[:] = [v for v in same_title if v not in house]
            if len(house) > 1:
                yield tuple(house)


def _same_house(a: Version, b: Version) -> bool:
    mine, other = a.paper.document.identity, b.paper.document.identity
    if _differ(mine.city, other.city):
        return False
    apart = (
        AdministrativeLevel.DEPARTMENT,
        AdministrativeLevel.DISTRICT,
        AdministrativeLevel.OTHER,
    )
    levels = {stated.value for stated in (mine.level, other.level) if stated}
    return not (levels & set(apart) and _differ(mine.issuer, other.issuer))


def _differ(a: Stated | None, b: Stated | None) -> bool:
    return a is not None and b is not None and a.value != b.value


def replaced(family: Sequence[Version]) -> Iterator[Replaced | Remark]:
    """Say which papers of a family give way to its newest, and what is in doubt."""
    for version in family:
        newer = [other for other in family if other is not version and _replaces(other, version)]
        if newer:
            newest = max(newer, key=lambda other: (not other.is_draft, other.date, other.name))
            yield Replaced(version.name, newest.name, _why(version, newest))
            continue
        yield from _doubts(version, family)


def _replaces(newer: Version, older: Version) -> bool:
    if len(newer.paper.folded) < BODY_AT_LEAST * len(older.paper.folded):
        return False
    if older.is_draft and not newer.is_draft:
        return not is_newer(older.date, newer.date)
    if newer.is_draft and not older.is_draft:
        return False
    if not (newer.is_rule or newer.is_draft or newer.is_revised):
        return False
    if newer.date and older.date:
        return is_newer(newer.date, older.date)
    return bool(newer.date) and newer.is_revised and not older.is_revised


def _why(older: Version, newest: Version) -> str:
    if older.is_draft and not newest.is_draft:
        return f"只是征求意见稿，已由正式文件 {newest.name}（{newest.date or '日期不明'}）代替"
    dates = f"{older.date or '日期不明'}，新版 {newest.date}"
    return f"是旧版（{dates}），以 {newest.name} 为准"


def _doubts(version: Version, family: Sequence[Version]) -> Iterator[Remark]:
    others = [other for other in family if other is not version]
    if version.is_draft and any(not other.is_draft for other in others):
        text = f"征求意见稿与正式文件 {others[0].name} 同名但日期更晚或正文更长，请核对"
        yield Remark(version.name, text)
    elif not version.date and version.is_rule:
        names = "、".join(other.name for other in others[:3])
        yield Remark(version.name, f"与 {names} 同名，但日期不明，无法判断哪一版为准，请核对")

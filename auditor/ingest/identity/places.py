"""Where a paper is at home: the city it is by or about, before its issuer is known."""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import dataclass

from auditor.core.identity import Stated
from auditor.core.places import (
    CITIES,
    PREFECTURES,
    cities_in,
    full_name,
    provinces_in,
    root_of,
)
from auditor.core.spans import Span
from auditor.ingest.identity.frame import Paper, fold

COUNTED_CHARACTERS = 60_000
WORDS_TOO = frozenset(
    (
        "朝阳 吉林 中山 黄山 白银 长治 海东 山南 平凉 大同 保定 安康 资阳 东方 四平 安顺 三明 武威 "
        "永州 河源 临沧 北海 平顶山 长春 南通 咸阳"
    ).split()
)
"""Names that are also words or other places' names: never counted without their ending."""
ROOTS_TOO = frozenset(("海南", "大理", "玉树", "红河", "怒江"))
"""Prefectures whose name in speech is a province's, a river's or a word."""
LOCAL = re.compile(
    r"[我全本]市|(?<![\u4e00-\u9fa5])市[\u4e00-\u9fa5]{2,12}?局|各区、?市|[,，、。]市[\u4e00-\u9fa5]{2,12}?局"
)
"""Words with which a paper speaks of its own city."""
ENOUGH = 3
SHARE = 0.6


@dataclass(frozen=True, slots=True)
class Home:
    """A city (official name) and what speaks for it; None where nothing does."""

    city: str | None = None
    confidence: float = 0.0
    span: Span | None = None
    source: str = "text"
    province: str | None = None


def find_home(paper: Paper, title: Stated | None) -> Home:
    """Find the city: in the title, then in the file's name as far as the text bears it out."""
    counts = mentions(paper)
    titled = _in_title(title)
    named = _in_name(paper)
    if named:
        root = root_of(named) if named in PREFECTURES else named.removesuffix("市")
        counts[named] = max(counts[named], paper.text[:COUNTED_CHARACTERS].count(root))
    if named and _text_objects(named, counts):
        named = None
    if titled and titled.city:
        return titled
    if named:
        sure = 0.85 if counts[named] >= ENOUGH else 0.6
        return Home(named, sure, None, "name")
    if titled:
        return titled
    return _most_named(paper, counts)


def mentions(paper: Paper) -> Counter[str]:
    """Count how often each city is named, with its ending or, where that is no word, without."""
    text = paper.text[:COUNTED_CHARACTERS]
    counts = Counter(full for _, _, full in cities_in(text))
    for name in CITIES - WORDS_TOO:
        bare = text.count(name)
        if bare:
            full = full_name(name) or name
            counts[full] = max(counts[full], bare)
    for full in PREFECTURES:
        root = root_of(full)
        bare = text.count(root) if root not in ROOTS_TOO else 0
        if bare:
            counts[full] = max(counts[full], bare)
    return counts


def _in_title(title: Stated | None) -> Home | None:
    """The place with which a title begins, or that stands in it before its first verb."""
    if title is None or title.source == "name":
        return None
    words = fold(title.value)
    found = next(cities_in(words), None)
    if found and found[0] <= 14:
        return Home(found[2], 0.9, title.span, title.source)
    bare = next(
        (
            n
            for n in CITIES - WORDS_TOO
            if re.match(rf"(?:关于|\d{{4}}年)?{n}(?!路|街|大学)", words)
        ),
        None,
    )
    if bare:
        return Home(full_name(bare), 0.75, title.span, title.source)
    province = next(provinces_in(words), None)
    if province and province[0] <= 6:
        return Home(None, 0.85, title.span, title.source, province[2])
    return None


def _in_name(paper: Paper) -> str | None:
    found = next(cities_in(fold(paper.name)), None)
    if found:
        return found[2]
    name = fold(paper.title_in_name)
    bare = next((n for n in CITIES - WORDS_TOO if name.startswith(n)), None)
    return full_name(bare) if bare else None


def _text_objects(named: str, counts: Counter[str]) -> bool:
    """Whether the text speaks of another city throughout, and hardly of the one in the name."""
    others = [count for city, count in counts.items() if city != named]
    return bool(others) and max(others) >= 8 and max(others) > 4 * counts[named]


def _most_named(paper: Paper, counts: Counter[str]) -> Home:
    ranked = counts.most_common(2)
    if not ranked:
        return Home()
    city, count = ranked[0]
    total = sum(counts.values())
    alone = len(ranked) == 1 and bool(LOCAL.search(paper.head.text))
    if (count < ENOUGH - 1 and not alone) or count < SHARE * total:
        return Home()
    root = city.removesuffix("市") if city not in PREFECTURES else root_of(city)
    at = paper.text.find(root)
    sure = 0.7 if count >= 2 * ENOUGH else 0.55
    return Home(city, sure, Span(at, at + len(root)) if at >= 0 else None)

"""Whose paper it is, where it is not the assessed city's.

A paper is foreign only where what it says of itself and what its text speaks of agree; whatever
is less sure is a warning, for a paper wrongly called foreign loses its evidence.
"""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import dataclass, replace

from auditor.core.documents import Document, DocumentKind
from auditor.core.identity import AdministrativeLevel, Stated
from auditor.core.places import CITIES, MUNICIPALITIES, PEOPLES, SEATS, cities_in, full_name

SURE = 0.6
OFTEN = 5
THROUGHOUT = 4
"""How many times as often another city must be named as the assessed one."""
FORMER = {"襄樊": "襄阳市", "思茅": "普洱市", "达县": "达州市", "通什": "五指山市"}
"""Former names that older papers still use."""
ALSO_WORDS = frozenset(
    "朝阳 吉林 中山 黄山 白银 长治 海东 山南 平凉 大同 保定 安康 资阳 东方 四平 安顺 三明 武威 永州"
    " 河源 北海 长春 南通 日照 延安 新星 金昌 通化 中卫 玉林".split()
)
"""Names of cities that are words or other places as well: counted with their ending only."""
KINDS = {
    DocumentKind.WORK_REPORT: "政府工作报告",
    DocumentKind.REGULATION: "法规制度",
    DocumentKind.PLAN: "规划方案",
    DocumentKind.STATISTICS: "统计资料",
    DocumentKind.NOTICE: "通知公告",
    DocumentKind.NEWS: "新闻",
    DocumentKind.INTERPRETATION: "政策解读",
    DocumentKind.DRAFT: "征求意见稿",
    DocumentKind.SUMMARY: "工作总结",
    DocumentKind.SELF_ASSESSMENT: "自评材料",
}
"""Papers of governments; of all others the text alone never shows whose they are."""
OTHER_KIND = "文件"
_NATION = "国家级"
_PROVINCE = "省级"
_ABOVE = {AdministrativeLevel.NATION: _NATION, AdministrativeLevel.PROVINCE: _PROVINCE}
_PARTY = re.compile(r"[^，。；、：\s]{0,20}?(?:公司|集团|银行|大学|学院|研究院|研究所|事务所)")


@dataclass(frozen=True, slots=True)
class Whose:
    """``foreign`` says whose paper it is (empty: the city's or unknown), ``warnings`` why."""

    foreign: str = ""
    warnings: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Own:
    """The assessed city: its name as given, its official name, and all names that it goes by."""

    given: str
    official: str
    names: tuple[str, ...]
    is_known: bool


def own_city(city: str, bare_too: bool = False) -> Own:
    """Gather the names of the assessed city (襄阳, 襄阳市, 襄樊).

    ``bare_too`` takes the name without its ending even where it is a word as well (长治, 中山).
    """
    given = city.strip()
    known = full_name(given) or SEATS.get(given) or FORMER.get(given.removesuffix("市"))
    official = known or given
    names = {given, official, *(old for old, now in FORMER.items() if now == official)}
    root = PEOPLES.sub("", official.removesuffix("自治州")).removesuffix("市")
    if len(root) >= 2 and (bare_too or root not in ALSO_WORDS):
        names.add(root)
    names = {name for name in names if name}
    return Own(given, official, tuple(sorted(names, key=lambda n: (len(n), n))), known is not None)


def whose(document: Document, own: Own) -> Whose:
    """Say whose paper a document is, if not the assessed city's."""
    if not own.given or _is_in_title(document, own):
        return _district(document)
    level = _sure_level(document)
    if level in _ABOVE:
        return _from_above(document, own, _ABOVE[level])
    city = document.identity.city
    other = _official(city.value) if city else ""
    if city and other and other != own.official and not _is_own(other, own):
        return _another_city(document, own, city, other)
    if not city and level is None:
        return _by_text_alone(document, own)
    return _district(document)


def with_own_level(document: Document, own: Own) -> Document:
    """A paper signed by the assessed place is a city's, though no list knows it as a prefecture."""
    level, issuer = document.identity.level, document.identity.issuer
    signed = issuer is not None and issuer.value.startswith(own.names)
    district = level is not None and level.value == AdministrativeLevel.DISTRICT
    if own.is_known or not signed or level is None or not district:
        return document
    stated = replace(level, value=AdministrativeLevel.CITY.value, source="rule")
    return replace(document, identity=replace(document.identity, level=stated))


def _sure_level(document: Document) -> AdministrativeLevel | None:
    level = document.identity.level
    return AdministrativeLevel(level.value) if level else None


def _is_in_title(document: Document, own: Own) -> bool:
    """Whether a title in the text itself names the city: a file's name may lie."""
    title = document.identity.title
    if title is None or title.source != "text":
        return False
    return any(name in title.value for name in own.names)


def _is_own(name: str, own: Own) -> bool:
    return any(name == known or name.removesuffix("市") == known for known in own.names)


def _official(name: str) -> str:
    short = name.removesuffix("市")
    return full_name(name) or SEATS.get(name) or FORMER.get(short) or name


def _kind(document: Document) -> str:
    stated = document.identity.kind
    kind = DocumentKind(stated.value) if stated else document.kind
    return KINDS.get(kind, OTHER_KIND)


def _from_above(document: Document, own: Own, rank: str) -> Whose:
    level, issuer = document.identity.level, document.identity.issuer
    by = issuer.value if issuer else rank
    city = document.identity.city
    is_own = own.official in MUNICIPALITIES and city is not None and city.value == own.official
    if level is None or is_own or any(name in by for name in own.names):
        return Whose()
    if level.confidence < SURE:
        return Whose(warnings=(f"可能是{rank}文件（把握 {level.confidence:.2f}），请核对",))
    mine = own_mentions(document.text, own)
    if mine > OFTEN and mine >= max(_others(document.text, own).values(), default=0):
        return Whose(warnings=(f"{rank}文件，但正文 {mine} 次说到{own.official}，仍作为证据",))
    what = f"{by}的{_kind(document)}，不是{own.official}的"
    return Whose(what, (f"{rank}文件：{what}；正文提到{own.official} {mine} 次，只作背景",))


def _another_city(document: Document, own: Own, city: Stated, other: str) -> Whose:
    if not own.is_known or full_name(other) is None:
        return Whose(warnings=(f"文件署{other}，与{own.official}的关系不明，请核对",))
    mine, theirs = own_mentions(document.text, own), _mentions_of(document.text, other)
    figures = f"正文提到{other} {theirs} 次、{own.official} {mine} 次"
    level = document.identity.level
    signed = city.confidence >= 0.9 and city.source == "text" and level is not None
    sure = city.confidence >= SURE and (signed or theirs > OFTEN)
    by_text_only = level is None and (mine > 0 or _kind(document) == OTHER_KIND)
    if sure and theirs >= (1 if signed else THROUGHOUT) * mine and not by_text_only:
        what = f"{other}的{_kind(document)}，不是{own.official}的"
        return Whose(what, (f"{what}；{figures}",))
    return Whose(
        warnings=(f"可能是{other}的文件（把握 {city.confidence:.2f}；{figures}），请核对",)
    )


def _by_text_alone(document: Document, own: Own) -> Whose:
    """Where the paper says nothing of itself: another city throughout, this one never."""
    if not own.is_known or own_mentions(document.text, own):
        return _district(document)
    others = _others(document.text, own)
    if not others:
        return _district(document)
    other, theirs = min(others.items(), key=lambda item: (-item[1], item[0]))
    if theirs <= OFTEN:
        return _district(document)
    figures = f"正文提到{other} {theirs} 次、{own.official} 0 次"
    rest = sum(others.values()) - theirs
    if _kind(document) == OTHER_KIND or theirs < THROUGHOUT * rest:
        return Whose(warnings=(f"可能不是{own.official}的文件（{figures}），请核对",))
    what = f"{other}的{_kind(document)}，不是{own.official}的"
    return Whose(what, (f"{what}；{figures}",))


def _district(document: Document) -> Whose:
    level, issuer = document.identity.level, document.identity.issuer
    if level is None or level.value != AdministrativeLevel.DISTRICT or level.confidence < SURE:
        return Whose()
    by = f"（{issuer.value}）" if issuer else ""
    return Whose(warnings=(f"区县文件{by}，不能单独代表全市",))


def own_mentions(text: str, own: Own) -> int:
    """Count how often the text names the assessed city, by any of its names."""
    return sum(text.count(name) for name in _without_parts(own.names))


def _without_parts(names: tuple[str, ...]) -> tuple[str, ...]:
    """Leave out names that hold another one, so that no mention is counted twice."""
    return tuple(n for n in names if not any(o != n and o in n for o in names))


def _mentions_of(text: str, official: str) -> int:
    return own_mentions(text, own_city(official, bare_too=True))


def _others(text: str, own: Own) -> Counter[str]:
    """Count the other cities named, without those that are part of a company's name."""
    counts: Counter[str] = Counter()
    for _, end, name in cities_in(text):
        if not _PARTY.match(text, end):
            counts[name] += 1
    for name in CITIES - ALSO_WORDS:
        if counts and f"{name}市" in counts:
            counts[f"{name}市"] = max(counts[f"{name}市"], text.count(name))
    for name in own.names:
        counts.pop(_official(name), None)
    return counts

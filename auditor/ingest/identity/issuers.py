"""Which body issued a paper, from the surest place to the weakest."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from auditor.core.documents import DocumentKind
from auditor.core.identity import Stated
from auditor.core.places import SEATS
from auditor.ingest.identity.frame import SEEN_CHARACTERS, Paper, fold
from auditor.ingest.identity.kinds import speaker
from auditor.ingest.identity.meta import told_issuer
from auditor.ingest.identity.organs import OFFICE, TITLE_ORGAN, clean
from auditor.ingest.identity.places import Home
from auditor.ingest.identity.signing import Signature
from auditor.ingest.identity.statutes import Event, adopting
from auditor.ingest.identity.titles import RED_HEAD

PUBLISHER = re.compile(r"^(?P<organ>[一-龥]{4,24}(?:局|委员会|部|总局|院|协会))(?:发布|联合发布)?$")
SELF_TOLD = re.compile(
    r"(?P<organ>[\u4e00-\u9fa5]{0,10}?(?:局|委员会|人民政府|办公室))(?:按照程序|组织|研究)?(?:研究)?"
    r"(?:制定了|完成了|编制了|起草了)[^。]{0,120}现(?:印发|予以公布|予以公告|公布|公告)"
)
EXPLAINS = re.compile(
    r"本(?:实施)?(?:细则|办法|规定|方案|意见|政策|措施|计划)由(?P<organ>[\u4e00-\u9fa5]{2,20}?(?:局|委员会|人民政府|办公室|委|厅))"
    r"(?:[、,，会同商][\u4e00-\u9fa5、]{1,40})?(?:负责)?解释"
)
LABELLED = re.compile(
    r"^(?:测评|评估|审计|编制|检测|调查|发证|颁发|发布|填报|申报|报告|验收|建设)(?:单位|机构|部门):(?P<organ>[^:,，;；]{4,40})$"
)
"""Who made a paper of proof says so on its cover."""
COMMON_AREA = re.compile(
    r"[主心老新中县]城区|[大石深边]山区|(?:自治|高新|经开|开发|其他)[区县]"
    r"|.[全各市地社园景街校辖灾老新小本我两片牧矿库湖林厂港战发范验导护能][区县]"
)
"""Words that end like a district's name."""
OFTEN = 3
"""A place named so often is the report's own."""


@dataclass(frozen=True, slots=True)
class Clues:
    """What the other rules found before: kind, title, history of a statute, signatures, place."""

    kind: DocumentKind | None
    title: Stated | None
    events: tuple[Event, ...]
    signed: Sequence[Signature]
    foot: Signature | None
    home: Home


def find_issuer(paper: Paper, clues: Clues) -> Stated | None:
    """Name the issuing body as the paper writes it, completed by the city's name."""
    return (
        _speaking(paper, clues)
        or _adopting(clues)
        or _red_head(paper)
        or told_issuer(paper)
        or _publisher(paper)
        or _signed(clues)
        or _in_title(clues)
        or _printed(clues)
        or _labelled(paper)
        or _told(paper, clues)
        or _presumed(clues)
    )


def complete(name: str, home: Home) -> str:
    """Put the city's name before a body that only says 市…局 or 州人民政府."""
    full = home.city
    if full and re.match(r"(?:市(?!场)|州|盟|地区)", name):
        return full + re.sub(r"^(?:市|州|盟|地区)", "", name)
    if full and name.startswith(("人民政府", "政府", "人民代表大会")):
        return full + name
    return name


def _speaking(paper: Paper, clues: Clues) -> Stated | None:
    match = speaker(paper)
    if not match or clues.kind is not DocumentKind.WORK_REPORT:
        return None
    organ, span = match["organ"], paper.head.of(match, "organ")
    if organ == "国务院":
        return Stated(organ, 0.98, span)
    below = below_speaking(paper, clues.home)
    if below is not None:
        return Stated(f"{below}人民政府", 0.7, span)
    name = complete(re.sub("(?<!人民)政府$", "人民政府", organ), clues.home)
    whole = name != organ or not name.startswith(("市", "州"))
    return Stated(name, 0.95 if whole and clues.home.city else 0.5, span)


def below_speaking(paper: Paper, home: Home) -> str | None:
    """Name the district or county-level city whose report stands under its city's name.

    A prefecture's government calls itself 州人民政府 and a city's 市人民政府, so 市 in a report
    filed under a prefecture, and 区 or 县 in one filed under a city, is the level below. None if
    it is the city's own report, or if the place's name is not found.
    """
    match = speaker(paper)
    if match is None or home.city is None:
        return None
    if home.city.endswith("州") and match["organ"].startswith("市"):
        seats = (seat for seat, whose in SEATS.items() if whose == home.city)
        return next((seat for seat in seats if paper.text.count(seat) >= OFTEN), None)
    if match["organ"] in ("区人民政府", "县人民政府", "区政府", "县政府"):
        return _most_named(paper, match["organ"][0], home.city[:2])
    return None


def _most_named(paper: Paper, ending: str, root: str) -> str | None:
    text = paper.text[:SEEN_CHARACTERS]
    names = re.findall(rf"(?=([\u4e00-\u9fa5]{{2}}{ending}))", text)
    counts = Counter(n for n in names if n.startswith(root) or not COMMON_AREA.search(n))
    best = counts.most_common(1)
    return best[0][0] if best and best[0][1] >= OFTEN else None


def _adopting(clues: Clues) -> Stated | None:
    event = adopting(clues.events)
    if event is None:
        return None
    return Stated(complete(event.organ, clues.home), 0.95, event.span)


def _red_head(paper: Paper) -> Stated | None:
    for line in paper.lines[:10]:
        if RED_HEAD.match(line.text):
            return Stated(clean(line.text.removesuffix("文件")), 0.95, line.span)
    return None


def _publisher(paper: Paper) -> Stated | None:
    """The body that stands at the foot of a standard's cover, with 发布 beside or below it."""
    lines = paper.lines[:16]
    for index, line in enumerate(lines):
        match = PUBLISHER.match(line.text)
        below = [after.text for after in lines[index + 1 : index + 3]]
        if match and (line.text.endswith("发布") or "发布" in below):
            return Stated(match["organ"], 0.9, line.span)
    return None


def _signed(clues: Clues) -> Stated | None:
    for signature in clues.signed:
        if signature.organ:
            return Stated(complete(signature.organ, clues.home), 0.92, signature.organ_span)
    return None


def _in_title(clues: Clues) -> Stated | None:
    title = clues.title
    match = TITLE_ORGAN.match(fold(title.value)) if title else None
    if title is None or match is None:
        return None
    return Stated(complete(match["organ"], clues.home), 0.88, title.span, title.source)


def _printed(clues: Clues) -> Stated | None:
    if clues.foot is None or not clues.foot.organ:
        return None
    body = OFFICE.sub("", clues.foot.organ) or clues.foot.organ
    return Stated(complete(body, clues.home), 0.8, clues.foot.organ_span)


def _labelled(paper: Paper) -> Stated | None:
    for line in paper.lines[:40]:
        match = LABELLED.match(line.text)
        if match:
            return Stated(clean(match["organ"]), 0.75, line.span)
    return None


def _told(paper: Paper, clues: Clues) -> Stated | None:
    """What the text says of its author: ××局研究制定了…现印发; 本细则由××局负责解释."""
    for pattern, flat in ((SELF_TOLD, paper.head), (EXPLAINS, paper.tail)):
        match = pattern.search(flat.text)
        if match and len(match["organ"]) > 2:
            organ = re.sub(r"^.*?(?=市[\u4e00-\u9fa5]{2,12}局)", "", match["organ"])
            return Stated(complete(organ, clues.home), 0.65, flat.of(match, "organ"))
    return None


def _presumed(clues: Clues) -> Stated | None:
    """What the kind of paper says: a city's work report is its government's."""
    home, kind = clues.home, clues.kind
    if home.city and kind is DocumentKind.WORK_REPORT:
        return Stated(f"{home.city}人民政府", 0.7, home.span, "rule")
    title = clues.title
    if home.city and kind is DocumentKind.STATISTICS and title and "统计公报" in title.value:
        return Stated(f"{home.city}统计局", 0.6, title.span, "rule")
    return None

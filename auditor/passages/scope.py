"""Whose matter a sentence speaks of: the assessed city's, or another place's.

Evidence about the nation, the province or another city proves nothing about the assessed city
(codebook rule 1). A sentence is called foreign only where its subject is named and is not the
city, or where it goes on about such a subject within the same paragraph. One that names a
platform of the nation or the province and then says what the city does with it (省统建、市使用) is
the city's own. Of a paper that the city forwards (转发) only the notice is the city's word: what
follows its date is the other's, unless an office of the city itself wrote it.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from auditor.core.places import PREFECTURES, root_of
from auditor.passages.places import CITIES, PROVINCES

OWN_WORDS = re.compile(r"我市|本市|我州|本州|我盟|本盟|我地区|本地区|我局|本局")
HOME_WORDS = re.compile(r"全市|市本级|全州|全盟|全地区|市委|市政府|市人民政府|市级|各区县")
"""Said at home these mean the own city; in a paper on other places they mean the other one."""
HOME_CLAUSE = re.compile(
    r"[，；。](?:目前|现|其中|截至[^，]{0,12}，)?(?:全市|全州|全盟|全地区|市级|市直|市本级|州级|州直)"
    r"|[，；][^，；]{0,8}各(?:区县|区、县|县区|县市|区（)"
)
LEAD_IN = (
    r"(?:近年来|目前|当前|据[^，]{0,10}|(?:20\d\d年|今年)(?:以来|底|末)?|截至[^，]{0,12}"
    r"|其中|此外|同时)?，?"
)
PREDICATE = r"已|累计|共|建成|实现|达|超过|出台|印发|将|上线|覆盖|接入|平均|有(?!力|序|效)"
NATION = re.compile(
    rf"^{LEAD_IN}(?:"
    r"(?:全国|我国|国家层面|全省|我省|省级层面|全区各市)(?!首|领先|前列|唯一|第|率先|文明|卫生|园林|节水|双拥|示范|试点|先进|劳动|最|百|性|重点"
    rf"|一流|“)(?=[^，。]{{0,14}}(?:{PREDICATE}|要求|提出|明确|部署))"
    r"|(?:国务院|党中央|中央|省政府|省委|省人民政府)(?=[^，。]{0,6}(?:印发|出台|提出|要求|明确|发布|部署|决定|将))"
    rf"|(?:国家|省)(?:一体化|统一|统建|大数据|政务服务|数据共享)(?=[^，。]{{0,24}}(?:{PREDICATE})))"
)
SHORT_PREFECTURES = frozenset(
    root_of(name) + "州" * name.endswith("自治州") for name in PREFECTURES
)
PLACE_NAMES = "|".join(
    sorted(CITIES | PROVINCES | SHORT_PREFECTURES, key=lambda name: (-len(name), name))
)
SUBJECT = re.compile(
    rf"(?:^|[，。；：（]){LEAD_IN}(?:在|以|如|像)?(?P<name>{PLACE_NAMES})"
    r"(?=(?:市|自治州|地区)(?![场属内外一级])|(?:省|自治区)[^，。]{0,14}"
    rf"(?:{PREDICATE}|率先|推出)|已|建成|将|在|率先|实现|通过|依托|打造|推出|上线|出台|探索|成立|的)"
)
UNKNOWN_PLACE = re.compile(
    r"(?:^|[，。；：“（《\s]|学习|考察|借鉴|赴)(?P<name>[\u4e00-\u9fa5]{2,4}?)(?:市|新区|县)"
)
NOT_A_NAME = re.compile(
    r"[的了在和与及或为对于加推进建设实办理提请等使法规依托支持协同解决我全本各该每此其城都超这哪]|^(?:邻|外|兄弟|先进|周边|地级)"
)
ELSEWHERE = re.compile(
    r"考察|学习.{0,8}(?:经验|先进|报告|做法)|外地|外市|邻市|兄弟城市|先进城市|域外|对标|他山之石|各地"
)
GENERIC_ELSEWHERE = re.compile(
    r"^(?:在|以)?(?:邻市|兄弟城市|外地|先进城市|周边城市|该市|当地|对方|他们)"
)


@dataclass(frozen=True, slots=True)
class CityNames:
    """The assessed city's own names: full (杭州市) and short (杭州)."""

    full: str

    @property
    def short(self) -> str:
        """The name without its administrative ending and peoples (杭州, 延边)."""
        for end in ("自治州", "地区", "市", "盟"):
            if self.full.endswith(end) and len(self.full) > len(end) + 1:
                return root_of(self.full) if end == "自治州" else self.full.removesuffix(end)
        return self.full

    def names_own(self, text: str) -> bool:
        """Tell whether the text names the city itself, or speaks of it as ours.

        吉林省 does not name 吉林市, 海南省 not 海南州.
        """
        if OWN_WORDS.search(text):
            return True
        return bool(self.short and re.search(rf"{re.escape(self.short)}(?!省|自治区)", text))


def foreign_subject(text: str, own: CityNames, *, loose: bool = False) -> str | None:
    """Give the other place that is the subject near the start of ``text``, None without one.

    ``loose`` also accepts names that no list holds (for papers about other places).
    """
    head = text[:40]
    for match in SUBJECT.finditer(head):
        name = match.group("name")
        province = head[match.end() :].startswith(("省", "自治区"))
        if province or (name not in own.short and own.short not in name):
            return name
    if loose:
        for match in UNKNOWN_PLACE.finditer(head):
            name = match.group("name")
            if not NOT_A_NAME.search(name) and name not in own.short:
                return name
    return None


HANDED_ON = re.compile(r"(?:现|将|关于)[^。]{0,60}转发|转发给你们")
OWN_OFFICE = re.compile(r"(?:转发|现将)(?:了)?(?:我|本)?市(?!场)")
DATE_LINE = re.compile(r"^\s*20\d{2}\s*年\s*\d{1,2}\s*月\s*\d{1,2}\s*日\s*$")
OTHERS_TITLE = re.compile(
    r"^(?:国务院|国家|中共中央|省|[\u4e00-\u9fa5]{2,4}(?:省|自治区)|[\u4e00-\u9fa5]{2,8}部)"
    r"[^。，]{4,80}(?:通知|意见|办法|方案|规定|规划|计划|要点)$"
)


class HandedOn:
    """Follows a notice that forwards another's paper, and tells where that paper begins."""

    def __init__(self, own: CityNames, title: str) -> None:
        self._own = own
        self._is_forward = self._forwards(title)
        self._announced = False
        self._begun = False

    def _forwards(self, text: str) -> bool:
        office = OWN_OFFICE.search(text) or re.search(rf"转发{re.escape(self._own.short)}", text)
        return "转发" in text and not office

    def is_others(self, text: str) -> bool:
        """Tell whether the next sentence belongs to the forwarded paper."""
        if self._begun:
            return True
        if self._announced and OTHERS_TITLE.match(text):
            self._begun = True
        elif self._announced and DATE_LINE.match(text):
            self._begun = True  # the notice ends with its date, which is still the city's
            return False
        elif self._is_forward and HANDED_ON.search(text) and "。" in text:
            self._announced = self._forwards(text)
        return self._begun


class ScopeTracker:
    """Follows the sentences of one document and tells which speak of another place."""

    def __init__(self, own: CityNames, title: str) -> None:
        self._own = own
        self._paper_elsewhere = bool(ELSEWHERE.search(title))
        self._handed_on = HandedOn(own, title)
        self._section_elsewhere = False
        self._previous = False

    def enter_block(self, headings: tuple[str, ...]) -> None:
        """Start a paragraph under ``headings``: a subject does not outlive its paragraph."""
        self._section_elsewhere = any(self._is_elsewhere(h) for h in headings)
        self._previous = self._section_elsewhere or self._paper_elsewhere

    def _is_elsewhere(self, heading: str) -> bool:
        if self._own.names_own(heading) or HOME_WORDS.search(heading):
            return False
        loose = self._paper_elsewhere
        return bool(ELSEWHERE.search(heading) or foreign_subject(heading, self._own, loose=loose))

    def is_foreign(self, sentence: str) -> bool:
        """Tell whether the next sentence is about another place than the assessed city."""
        text = re.sub(r"^[（(]?[一二三四五六七八九十\d]+[）)、.．]\s*", "", sentence.strip())
        if self._handed_on.is_others(sentence.strip()):
            return True
        loose = self._paper_elsewhere or self._section_elsewhere
        if self._own.names_own(text):
            self._previous = False
        elif NATION.match(text):
            return not HOME_CLAUSE.search(text)
        elif other := foreign_subject(text, self._own, loose=loose):
            used_here = other in PROVINCES and bool(HOME_CLAUSE.search(text))
            self._previous = not used_here
        elif GENERIC_ELSEWHERE.match(text):
            self._previous = True
        elif HOME_WORDS.search(text) and not loose:
            self._previous = False
        return self._previous

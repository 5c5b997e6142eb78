"""Whose matter a sentence speaks of: the assessed city's, or another place's.

Evidence about the nation, the province or another city proves nothing about the assessed city
(codebook rule 1). A sentence is called foreign only where its subject is named and is not the
city, or where it goes on about such a subject within the same paragraph.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from auditor.passages.places import CITIES, PROVINCES

OWN_WORDS = re.compile(r"我市|本市|我州|我盟|我局|本局")
HOME_WORDS = re.compile(r"全市|市本级|全州|全盟|市委|市政府|市人民政府|市级|各区县")
"""Said at home these mean the own city; in a paper on other places they mean the other one."""
LEAD_IN = (
    r"(?:近年来|目前|当前|据[^，]{0,10}|(?:20\d\d年|今年)(?:以来|底|末)?|截至[^，]{0,12}"
    r"|其中|此外|同时)?，?"
)
NATION = re.compile(
    rf"^{LEAD_IN}(?:全国|我国|国家层面|国务院|党中央|中央|全省|我省|省政府|省委|省级层面|全区各市)"
    r"(?=[^，。]{0,14}(?:已|累计|共|建成|实现|达|超过|推进|出台|印发|将|要求|提出|明确|部署|上线|完成|有))"
    r"(?!首|领先|前列|唯一|第)"
)
PLACE_NAMES = "|".join(sorted(CITIES | PROVINCES, key=lambda name: (-len(name), name)))
SUBJECT = re.compile(
    rf"(?:^|[，。；：“（]){LEAD_IN}(?:在|以|如|像)?(?P<name>{PLACE_NAMES})"
    r"(?=(?:市|省|自治区|自治州|地区)(?![场属内外一级])|已|建成|将|在|率先|实现|通过|依托|打造|推出|上线|出台|探索|成立|的)"
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
        """The name without its administrative ending."""
        for end in ("自治州", "地区", "市", "盟"):
            if self.full.endswith(end) and len(self.full) > len(end) + 1:
                return self.full.removesuffix(end)
        return self.full

    def names_own(self, text: str) -> bool:
        """Tell whether the text names the city itself, or speaks of it as ours."""
        return bool(self.short and self.short in text) or bool(OWN_WORDS.search(text))


def foreign_subject(text: str, own: CityNames, *, loose: bool = False) -> str | None:
    """Give the other place that is the subject near the start of ``text``, None without one.

    ``loose`` also accepts names that no list holds (for papers about other places).
    """
    head = text[:40]
    for match in SUBJECT.finditer(head):
        if match.group("name") not in own.short and own.short not in match.group("name"):
            return match.group("name")
    if loose:
        for match in UNKNOWN_PLACE.finditer(head):
            name = match.group("name")
            if not NOT_A_NAME.search(name) and name not in own.short:
                return name
    return None


class ScopeTracker:
    """Follows the sentences of one document and tells which speak of another place."""

    def __init__(self, own: CityNames, title: str) -> None:
        self._own = own
        self._paper_elsewhere = bool(ELSEWHERE.search(title))
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
        loose = self._paper_elsewhere or self._section_elsewhere
        if self._own.names_own(text):
            self._previous = False
        elif NATION.match(text):
            return True
        elif foreign_subject(text, self._own, loose=loose) or GENERIC_ELSEWHERE.match(text):
            self._previous = True
        elif HOME_WORDS.search(text) and not loose:
            self._previous = False
        return self._previous

"""What a figure is a figure of: a level or a change, of which year, of the city or of a part."""

from __future__ import annotations

import re

from auditor.core.criteria import Quantity
from auditor.core.reach import part_named
from auditor.quantities.numbers import Figure

CHANGE = re.compile(
    r"(?:增长|提高|提升|上升|下降|降低|压减|减少|增加|增幅|增速|降幅|缩短|压缩)(?:率)?(?:了|达到?|为|约|近|超过?|逾){0,2}$"
)
OLD_VALUE = re.compile(
    r"(?:从|由)(?:[^，。；]{0,14}?(?:的|至|年))?$|(?:比|较|同)(?:上年|去年|20\d\d年|[^，。；]{0,6}初)(?:的)?$"
)
TARGET = re.compile(
    r"(?:目标(?:值)?(?:为|是)?|要求(?:达到?|为)?|力争(?:达到?)?|计划(?:达到?)?|任务(?:数)?为?|确保(?:达到?)?|规定的|标准(?:为|的)|指标(?:值)?为)"
    r"[^，。；]{0,4}$"
)
TARGET_AFTER = re.compile(r"^(?:以上)?的?(?:目标|要求|任务|标准|指标值|红线)")
SHORT_OF = re.compile(r"(?:距|距离|离)[^，。；]{0,6}$")
ELSEWHERE = re.compile(
    r"(?:全国|全省|全区各市|省内|行业|国家|省级?)(?:平均|均值|总体)?(?:水平|比例|占比)?[^，。；]{0,12}$"
)
RANK = re.compile(
    r"(?:居|列|位居|在|为|位列)?(?:全国|全省)(?:第|首|前|领先|唯一|率先|最|同类|先进)"
)
SHARE_OF_MORE = re.compile(r"占(?:全国|全省)[^，。；]{0,10}$")
AT_HOME = re.compile(r"全市|我市|本市|全州|我州|全盟|我盟")
CLAUSE = re.compile(r"[，；。：,;]")
YEAR = re.compile(r"(20\d\d)\s*年?(?:底|末|以来)?")
RESTRICTED = re.compile(
    r"(?P<word>市直|市级|省级|国家级|县级|试点|首批|新建|示范|中心城区|主城区|城区|重点|核心|部分|规模以上|规上|国有|上市|头部|龙头)[^，。；、]{0,8}"
)
TAILS = {
    "社区": re.compile(r"社区(?:卫生|养老|服务|食堂|矫正|医院|工作者|团购|教育|工厂|书记|居家)"),
    "部门": re.compile(r"部门(?:负责人|人员|间)"),
    "行业": re.compile(r"行业(?:协会|组织|标准)"),
}
"""Longer nouns that begin like the measure's: 社区卫生服务站 is no 社区."""


def is_level(text: str, figure: Figure) -> bool:
    """Tell whether a figure is the city's level now: no change, old value, target or mean."""
    before = text[: figure.start]
    if CHANGE.search(before) or TARGET.search(before) or SHARE_OF_MORE.search(before):
        return False
    after = text[figure.end :]
    if _is_old(before, after) or TARGET_AFTER.match(after) or SHORT_OF.search(before):
        return False
    clause = CLAUSE.split(before)[-1]
    return not (ELSEWHERE.search(RANK.sub("", clause)) and not AT_HOME.search(clause))


def _is_old(before: str, after: str) -> bool:
    """从45%提高到55%: 45 is the value before."""
    if not OLD_VALUE.search(before):
        return False
    return bool(re.match(r"[^，。；]{0,12}(?:到|至|为|提高|提升|增|上升|下降)", after))


def year_of(text: str, place: int) -> int | None:
    """The year that a sentence gives for what stands at ``place``, None without one."""
    years = [int(m.group(1)) for m in YEAR.finditer(text[:place])]
    return years[-1] if years else None


def part_of(text: str, place: int, quantity: Quantity) -> str:
    """The part of the city that the value at ``place`` holds for, empty for the city.

    A district, a firm or a pilot is a part, and so is a whole that is narrower than the measure's
    (市直部门 where the measure asks for 部门), unless the measure asks for that very whole.
    """
    start, end = _clause_at(text, place)
    clause = text[start:end]
    named = part_named(clause)
    if named is None and not AT_HOME.search(clause):
        named = part_named(text)
    return named or _narrower(text[start:place], quantity)


def _narrower(before: str, quantity: Quantity) -> str:
    asked = f"{quantity.measure}{quantity.denominator or ''}{''.join(quantity.terms)}"
    for match in RESTRICTED.finditer(before):
        if match.group("word") not in asked:
            return match.group(0)
    return ""


def names_longer_noun(text: str, quantity: Quantity) -> bool:
    """Tell whether all that a text says of the measure's noun is said of a longer one."""
    for noun, tail in TAILS.items():
        asked = any(noun in term.split("|") for term in quantity.terms)
        if asked and tail.search(text) and noun not in tail.sub("", text):
            return True
    return False


def _clause_at(text: str, place: int) -> tuple[int, int]:
    start = max((m.end() for m in CLAUSE.finditer(text, 0, place)), default=0)
    end = CLAUSE.search(text, place)
    return start, end.start() if end else len(text)

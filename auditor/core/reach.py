"""Whether a statement is about the whole city or only about a part: a district, a firm, a pilot.

One district, enterprise or pilot shows a part (codebook rule 1); the same thing told of every
district is told of the city. Only what stands first as the subject counts: a statement whose later
clauses name a district goes on about the city, and so does one that speaks anywhere of 全市, 我市
or of all districts.
"""

from __future__ import annotations

import re
from collections.abc import Iterable

WHOLE_CITY = re.compile(
    r"全市|我市|本市|全州|我州|全盟|我盟|全地区|市级|市本级|市直|市委|市政府|全域(?!旅游)"
    r"|各(?:区县|县区|县市|区、县|区（|县（|区市县|旗县|区(?![域块])|县)|(?:所有|全部)(?:区县|县区|区、县|区|县|镇街)"
    r"|(?:\d+|[一二三四五六七八九十]+)个(?:区县|县区|区市县|县市区|市县|区、县|区|县|旗县|镇街|乡镇|街道)[^，。；]{0,12}(?:全部|均|全覆盖|都)"
    r"|(?:区县|县区|县市区|镇街|乡镇|村居)[^，。；]{0,6}(?:全部|均已|全覆盖)|市、(?:区|县)|市县|区县、|三级|四级"
)
LEAD_IN = r"(?:其中|目前|近年来|截至[^，。]{1,12}，|20\d\d年[^，。]{0,6}，)?(?:在|以|如|像)?"
NOT_DISTRICTS = (
    r"[^，。；、的了等各全每该其为对所与和及把将向从到已个]{0,2}"
    r"[^社园校地景片小灾辖专范导验聚贸主全各我市街港库牧林矿心新展域老城居的了等个市县行户治务成陷原馆创]区"
)
DISTRICT = re.compile(
    rf"^{LEAD_IN}(?!丘陵|革命|贫困|深度|民族|自治县|[中主老]心?城|增强县|建成|完成|改造|支持|服务|开发区|完善|启动)(?P<name>"
    rf"[\u4e00-\u9fa5](?:{NOT_DISTRICTS})|[上下东西南北中越][\u4e00-\u9fa5]?城区|[\u4e00-\u9fa5]{{2,3}}新区|(?:高新|经开|高新技术开发|经济技术开发|综保)区"
    r"|[\u4e00-\u9fa5]{1,2}[^各全区市省我该的个等治一-十]县|[我全本]县|我区|[\u4e00-\u9fa5]{1,5}(?:[左右前后中克温沁]|联合)旗)"
    r"(?![域块划位间级县管办长内外别])"
)
PILOT = re.compile(
    rf"^{LEAD_IN}[^，；。]{{0,6}}(?:在|选取|选择|遴选|确定)(?!全国|全省|全区|国内|全球)[^，。]{{2,20}}(?:开展|先行|作为|进行)[^，。]{{0,8}}试点"
    r"|^[^，；。]{0,16}试点(?:社区|街道|乡镇|园区|企业|单位|学校|医院|部门|小区|区县|项目)"
    r"|^(?:已?(?:在|对)?)?(?:部分|个别|首批)(?:区县|区|县|街道|社区|乡镇|部门|单位|企业|小区|园区)"
)
RECOGNISED = re.compile(r"(?:入选|获批|列入|列为|成为|确定为|获评)[^，。；]{0,24}试点")
"""The city itself is a pilot of the nation or the province."""
ENTERPRISE = re.compile(
    r"^(?!全市|我市|\d)[^，；。]{2,14}(?:公司|集团|银行|医院|大学|学院|厂)(?=已|建成|率先|打造|推出|上线|自主|开展|通过|实现)"
)
STATED_DISTRICTS = re.compile(
    r"(?:全市|我市|现|下|共|管)?辖?(?P<count>\d{1,2})个(?:区县|县区|区市县|县市区|区、县|区（县|旗县|区(?!域|块|级))"
)


def part_named(text: str) -> str | None:
    """Name the part that a statement is about (滨江区, 试点, 某公司), None where it is the city."""
    told = text.strip()
    if WHOLE_CITY.search(told):
        return None
    district = DISTRICT.search(told)
    if district:
        return district.group("name")
    if PILOT.search(told) and not RECOGNISED.search(told):
        return "试点"
    enterprise = ENTERPRISE.search(told)
    return enterprise.group(0) if enterprise else None


def districts_named(texts: Iterable[str]) -> frozenset[str]:
    """The districts that are subjects of statements."""
    found = (DISTRICT.search(text.strip()) for text in texts)
    return frozenset(match.group("name") for match in found if match)


def districts_stated(texts: Iterable[str]) -> int | None:
    """How many districts the city has by its own papers, None where none says so."""
    counts = [int(m.group("count")) for text in texts for m in STATED_DISTRICTS.finditer(text)]
    return max(counts) if counts else None

"""Names of bodies that issue papers: how they look, whose they are, on which level they stand."""

from __future__ import annotations

import re
from dataclasses import dataclass

from auditor.core.identity import AdministrativeLevel
from auditor.core.places import PROVINCE_NAMES, SEATS, cities_in

CHAR = "[\u4e00-\u9fa5]"
ENDINGS = (
    "人民政府办公厅|人民政府办公室|人民政府|政府办公厅|政府办公室|人民代表大会常务委员会|人民代表大会|人大常委会|国务院办公厅|国务院"
    "|领导小组办公室|领导小组|管理委员会|管委会|委员会办公室|委员会|办公厅|办公室|总局|局|厅|总队|支队|调查队|研究院|科学院|设计院"
    "|中心|集团|公司|协会|学会|联合会|商会|大学|学院|银行|事务所|法院|检察院|委|部|院|署|馆|所|网信办|编办|改革办|指挥部"
)
ORGAN_LINE = re.compile(rf"(?:{CHAR}|[()A-Z]){{2,36}}?(?:{ENDINGS})(?:\(?(?:筹|盖章|章|印章)\)?)?")
TITLE_ORGAN = re.compile(
    rf"(?P<organ>{CHAR}{{2,30}}?(?:{ENDINGS}))(?:等[一-龥\d]{{1,4}}部门)?(?:关于|印发|转发|批转|公告|通告|公报|文件)"
)
OFFICE = re.compile(r"(?:办公厅|办公室)$")
TEST_MARK = re.compile(r"^(?:测试符|样例|示例|测试)")
PRIVATE = re.compile(
    r"(?:公司|集团|研究院|研究所|科学院|设计院|协会|学会|联合会|商会|大学|学院|银行|事务所|医院|学校|联盟)$"
)
NATION = re.compile(
    rf"^(?:中共中央|国务院|中央|国家|全国|中华人民共和国|最高人民|中国(?!{CHAR}{{0,20}}(?:公司|研究院|协会|学会|银行)))"
    rf"|^(?!{CHAR}{{0,8}}[省市区县州])(?:{CHAR}{{2,8}}部|财政部|审计署|海关总署|{CHAR}{{2,10}}总局)(?:办公厅)?$"
)
DISTRICT = re.compile(rf"^{CHAR}{{1,9}}?(?:自治县|开发区|高新区|新区|区|县|旗|镇|乡|街道)(?!域)")
COUNTY_CITY = re.compile(rf"^{CHAR}{{1,6}}?市(?=人民政府|人民代表大会|人大|委|{CHAR}{{2,14}}局)")
GOVERNMENT = re.compile(
    r"^(?:市|州|盟|地区|行政公署)?(?:人民政府|政府|人民代表大会|人大常委会|委(?:员会)?$|委办公[厅室]|市委|州委|中共)|^$"
)


@dataclass(frozen=True, slots=True)
class Organ:
    """A body with its place: the official names of its city and its province, None if unnamed."""

    name: str
    level: AdministrativeLevel
    city: str | None = None
    province: str | None = None


def is_organ(text: str) -> bool:
    """Tell whether a line without white space consists of one body's name."""
    return len(text) <= 40 and bool(ORGAN_LINE.fullmatch(text))


def clean(name: str) -> str:
    """A body's name without test marks and the note on its seal."""
    bare = re.sub(r"\(?(?:盖章|印章|章|筹)\)?$", "", TEST_MARK.sub("", name))
    return bare.removeprefix("中共").removeprefix("中国共产党") if len(bare) > 6 else bare


def organ_of(name: str, home: str | None) -> Organ:
    """Say whose body it is; ``home`` completes names that only say 市 or 州."""
    if home and name.startswith(("市", "州", "盟")) and not name.startswith("市场"):
        name = home + name[1:]
    if PRIVATE.search(name):
        return Organ(name, AdministrativeLevel.OTHER, _city_at_start(name)[0])
    city, rest = _city_at_start(name)
    if city:
        return _in_city(name, city, rest)
    province = next((p for p in PROVINCE_NAMES if name.startswith(p)), None)
    if province:
        below = _city_at_start(name[len(province) :])
        if below[0]:
            return _in_city(name, below[0], below[1])
        return Organ(name, AdministrativeLevel.PROVINCE, None, PROVINCE_NAMES[province])
    if NATION.search(name):
        return Organ(name, AdministrativeLevel.NATION)
    if name[:1] in "区县旗" or DISTRICT.match(name) or COUNTY_CITY.match(name):
        return Organ(name, AdministrativeLevel.DISTRICT, _above(name, home))
    if name.startswith(("市", "州", "盟")) and GOVERNMENT.match(name):
        return Organ(name, AdministrativeLevel.CITY)
    ours = home is not None or name.startswith(("市", "州", "盟"))
    return Organ(name, AdministrativeLevel.DEPARTMENT if ours else AdministrativeLevel.OTHER, home)


def _in_city(name: str, city: str, rest: str) -> Organ:
    if city in ("雄安新区",) or GOVERNMENT.match(rest):
        return Organ(name, AdministrativeLevel.CITY, city)
    if DISTRICT.match(rest) and not rest.startswith(("区域", "市区")):
        return Organ(name, AdministrativeLevel.DISTRICT, city)
    return Organ(name, AdministrativeLevel.DEPARTMENT, city)


def _above(name: str, home: str | None) -> str | None:
    seat = next((SEATS[seat] for seat in SEATS if name.startswith(seat)), None)
    return seat or home


def _city_at_start(name: str) -> tuple[str | None, str]:
    first = next(cities_in(name[:20]), None)
    if first is None or first[0] != 0:
        return None, name
    return first[2], name[first[1] :]

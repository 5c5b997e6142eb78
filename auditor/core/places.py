"""Names of China's provinces, prefecture-level cities and what stands beside them.

``CITIES`` and ``PROVINCES`` hold the names without their endings, as speech uses them;
``full_name`` gives the official one. County-level cities are left out of ``CITIES`` on purpose:
within a prefecture they are part of the assessed city. Names as of 2024 (Ministry of Civil
Affairs' code of administrative divisions).
"""

from __future__ import annotations

import re
from collections.abc import Iterator

CITIES = frozenset(
    """
北京 天津 上海 重庆 石家庄 唐山 秦皇岛 邯郸 邢台 保定 张家口 承德 沧州 廊坊 衡水 太原 大同 阳泉 长治
晋城 朔州 晋中 运城 忻州 临汾 吕梁 呼和浩特 包头 乌海 赤峰 通辽 鄂尔多斯 呼伦贝尔 巴彦淖尔 乌兰察布
沈阳 大连 鞍山 抚顺 本溪 丹东 锦州 营口 阜新 辽阳 盘锦 铁岭 朝阳 葫芦岛 长春 吉林 四平 辽源 通化
白山 松原 白城 哈尔滨 齐齐哈尔 鸡西 鹤岗 双鸭山 大庆 伊春 佳木斯 七台河 牡丹江 黑河 绥化 南京 无锡
徐州 常州 苏州 南通 连云港 淮安 盐城 扬州 镇江 泰州 宿迁 杭州 宁波 温州 嘉兴 湖州 绍兴 金华 衢州
舟山 台州 丽水 合肥 芜湖 蚌埠 淮南 马鞍山 淮北 铜陵 安庆 黄山 滁州 阜阳 宿州 六安 亳州 池州 宣城
福州 厦门 莆田 三明 泉州 漳州 南平 龙岩 宁德 南昌 景德镇 萍乡 九江 新余 鹰潭 赣州 吉安 宜春 抚州
上饶 济南 青岛 淄博 枣庄 东营 烟台 潍坊 济宁 泰安 威海 日照 临沂 德州 聊城 滨州 菏泽 郑州 开封 洛阳
平顶山 安阳 鹤壁 新乡 焦作 濮阳 许昌 漯河 三门峡 南阳 商丘 信阳 周口 驻马店 武汉 黄石 十堰 宜昌 襄阳
鄂州 荆门 孝感 荆州 黄冈 咸宁 随州 长沙 株洲 湘潭 衡阳 邵阳 岳阳 常德 张家界 益阳 郴州 永州 怀化
娄底 广州 韶关 深圳 珠海 汕头 佛山 江门 湛江 茂名 肇庆 惠州 梅州 汕尾 河源 阳江 清远 东莞 中山 潮州
揭阳 云浮 南宁 柳州 桂林 梧州 北海 防城港 钦州 贵港 玉林 百色 贺州 河池 来宾 崇左 海口 三亚 三沙
儋州 成都 自贡 攀枝花 泸州 德阳 绵阳 广元 遂宁 内江 乐山
南充 眉山 宜宾 广安 达州 雅安 巴中 资阳 贵阳
六盘水 遵义 安顺 毕节 铜仁 昆明 曲靖 玉溪 保山 昭通 丽江 普洱 临沧 拉萨 日喀则 昌都 林芝 山南 那曲
西安 铜川 宝鸡 咸阳 渭南 延安 汉中 榆林 安康 商洛 兰州 嘉峪关 金昌 白银 天水 武威 张掖 平凉 酒泉
庆阳 定西 陇南 西宁 海东 银川 石嘴山 吴忠 固原 中卫 乌鲁木齐 克拉玛依 吐鲁番 哈密 雄安
""".split()
)

PROVINCES = frozenset(
    """
河北 山西 内蒙古 辽宁 吉林 黑龙江 江苏 浙江 安徽 福建 江西 山东 河南 湖北 湖南 广东 广西 海南 四川
贵州 云南 西藏 陕西 甘肃 青海 宁夏 新疆
""".split()
)

PREFECTURES = frozenset(
    """
延边朝鲜族自治州 恩施土家族苗族自治州 湘西土家族苗族自治州 阿坝藏族羌族自治州
甘孜藏族自治州 凉山彝族自治州 黔西南布依族苗族自治州 黔东南苗族侗族自治州
黔南布依族苗族自治州 楚雄彝族自治州 红河哈尼族彝族自治州 文山壮族苗族自治州
西双版纳傣族自治州 大理白族自治州 德宏傣族景颇族自治州 怒江傈僳族自治州 迪庆藏族自治州
临夏回族自治州 甘南藏族自治州 海北藏族自治州 黄南藏族自治州 海南藏族自治州
果洛藏族自治州 玉树藏族自治州 海西蒙古族藏族自治州 昌吉回族自治州 博尔塔拉蒙古自治州
巴音郭楞蒙古自治州 克孜勒苏柯尔克孜自治州 伊犁哈萨克自治州 兴安盟 锡林郭勒盟 阿拉善盟
大兴安岭地区 阿里地区 阿克苏地区 喀什地区 和田地区 塔城地区 阿勒泰地区
""".split()
)
"""Autonomous prefectures, leagues and areas: cities in the sense of the standard."""

DIRECT_COUNTIES = frozenset(
    """
济源市 仙桃市 潜江市 天门市 神农架林区 石河子市 阿拉尔市 图木舒克市 五家渠市 北屯市 铁门关市 双河市
可克达拉市 昆玉市 胡杨河市 新星市 白杨市 五指山市 琼海市 文昌市 万宁市 东方市
""".split()
)
"""County-level places right under a province: no prefecture stands above them."""

MUNICIPALITIES = frozenset({"北京市", "天津市", "上海市", "重庆市"})

SEATS = {
    "恩施市": "恩施土家族苗族自治州",
    "大理市": "大理白族自治州",
    "楚雄市": "楚雄彝族自治州",
    "文山市": "文山壮族苗族自治州",
    "临夏市": "临夏回族自治州",
    "昌吉市": "昌吉回族自治州",
    "玉树市": "玉树藏族自治州",
    "喀什市": "喀什地区",
    "和田市": "和田地区",
    "塔城市": "塔城地区",
    "阿克苏市": "阿克苏地区",
    "阿勒泰市": "阿勒泰地区",
    "凯里市": "黔东南苗族侗族自治州",
    "都匀市": "黔南布依族苗族自治州",
    "兴义市": "黔西南布依族苗族自治州",
    "西昌市": "凉山彝族自治州",
    "康定市": "甘孜藏族自治州",
    "马尔康市": "阿坝藏族羌族自治州",
    "吉首市": "湘西土家族苗族自治州",
    "延吉市": "延边朝鲜族自治州",
    "景洪市": "西双版纳傣族自治州",
    "芒市": "德宏傣族景颇族自治州",
    "蒙自市": "红河哈尼族彝族自治州",
    "库尔勒市": "巴音郭楞蒙古自治州",
    "伊宁市": "伊犁哈萨克自治州",
    "乌兰浩特市": "兴安盟",
    "锡林浩特市": "锡林郭勒盟",
}
"""County-level cities that a prefecture, league or area has its seat in, and whose they are."""

SPECIAL_PROVINCES = {
    "内蒙古": "内蒙古自治区",
    "广西": "广西壮族自治区",
    "西藏": "西藏自治区",
    "宁夏": "宁夏回族自治区",
    "新疆": "新疆维吾尔自治区",
}
PEOPLES = re.compile(
    "土家族|苗族|朝鲜族|藏族|羌族|彝族|布依族|侗族|哈尼族|壮族|傣族|白族|景颇族|傈僳族|回族|蒙古族|蒙古"
    "|柯尔克孜|哈萨克"
)


def root_of(prefecture: str) -> str:
    """Give what stands before a prefecture's peoples: 凉山, 阿坝; leagues and areas stay whole."""
    if not prefecture.endswith("自治州"):
        return prefecture
    return PEOPLES.sub("", prefecture[: -len("自治州")])


def _short(prefecture: str) -> str:
    return root_of(prefecture) + "州" * prefecture.endswith("自治州")


def _aliases() -> dict[str, str]:
    names = {f"{city}市": f"{city}市" for city in CITIES if city != "雄安"}
    names["雄安新区"] = "雄安新区"
    names.update({name: name for name in (*PREFECTURES, *DIRECT_COUNTIES)})
    names.update({_short(name): name for name in PREFECTURES})
    return names


CITY_NAMES = _aliases()
"""Every name with its ending (襄阳市, 凉山州, 凉山彝族自治州), and the official one."""

PROVINCE_NAMES = {
    **{f"{name}省": f"{name}省" for name in PROVINCES - set(SPECIAL_PROVINCES)},
    **{full: full for full in SPECIAL_PROVINCES.values()},
    **{f"{short}自治区": full for short, full in SPECIAL_PROVINCES.items()},
}
"""Every name of a province with its ending, and the official one."""

_CITY = re.compile("|".join(sorted(CITY_NAMES, key=lambda name: (-len(name), name))))
_PROVINCE = re.compile("|".join(sorted(PROVINCE_NAMES, key=lambda name: (-len(name), name))))


def full_name(name: str) -> str | None:
    """Give the official name of a city or prefecture (襄阳, 襄阳市, 凉山州), None if unknown."""
    if name in CITY_NAMES:
        return CITY_NAMES[name]
    return f"{name}市" if name in CITIES and name != "雄安" else None


def cities_in(text: str) -> Iterator[tuple[int, int, str]]:
    """Find every city named with its ending: start, end and the official name."""
    for match in _CITY.finditer(text):
        yield match.start(), match.end(), CITY_NAMES[match.group()]


def provinces_in(text: str) -> Iterator[tuple[int, int, str]]:
    """Find every province named with its ending: start, end and the official name."""
    for match in _PROVINCE.finditer(text):
        yield match.start(), match.end(), PROVINCE_NAMES[match.group()]

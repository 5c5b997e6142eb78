"""Tables and district chapters that fill the sample's long documents, without any chance in them.

Everything here is arithmetic over short lists: the same call always gives the same rows. The
matters are ordinary ones (dates, floor areas, household numbers), so that the planted facts of
``source/`` stay the only evidence by design.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

DISTRICTS = (
    "望江区",
    "栖云区",
    "石桥区",
    "白鹭区",
    "澜阳区",
    "清渡县",
    "南坪县",
    "柳泉县",
    "云埠市",
)
BUREAUS = (
    "市数据局", "市住房城乡建设局", "市应急管理局", "市工业和信息化局", "市交通运输局",
    "市城市管理局", "市民政局", "市卫生健康委", "市教育局", "市水务局",
)  # fmt: skip
SECTORS = (
    "农林牧渔业", "采矿业", "制造业", "电力热力燃气及水生产和供应业", "建筑业", "批发和零售业",
    "交通运输、仓储和邮政业", "住宿和餐饮业", "金融业", "房地产业", "租赁和商务服务业", "教育",
    "卫生和社会工作", "文化、体育和娱乐业",
)  # fmt: skip
TASKS = (
    "编制年度建设任务书", "完成项目初步设计评审", "完成设备采购与进场", "完成机房与线路勘察",
    "组织业务部门需求调研", "完成接口联调", "组织阶段验收", "组织用户培训", "完成安全测评",
    "形成年度工作小结",
)  # fmt: skip
SUBJECTS = (
    "物联感知平台", "万兆光网试点", "城市算力调度平台", "可信数据空间", "城市智能中枢",
    "数字资源管理调度系统", "平急转换机制", "全灾种数字化预案库",
)  # fmt: skip
PROJECTS = (
    "业务系统升级", "档案数字化加工", "机房搬迁改造", "视频会议系统更新", "外网线路租用",
    "终端设备采购", "系统年度运维", "密码应用改造",
)  # fmt: skip
KINDS = ("老旧厂区", "闲置商业楼宇", "老旧街区", "闲置校舍", "低效用地")
STREETS = (
    "望江路", "栖云路", "石桥巷", "白鹭洲路", "澜阳大道", "清渡街", "南坪路", "柳泉路", "云埠路",
)  # fmt: skip
QUARTERS = ("一季度", "二季度", "三季度", "四季度")


@dataclass(frozen=True, slots=True)
class Table:
    """A titled table; the first row is the head."""

    title: str
    rows: tuple[tuple[str, ...], ...]


def tasks() -> list[Table]:
    """The plan's annex: what is to be done by whom and when, all of it still to come."""
    rows = [("序号", "重点任务", "工作内容", "牵头单位", "计划完成时间")]
    for number in range(len(SUBJECTS) * len(TASKS)):
        subject, task = SUBJECTS[number // len(TASKS)], TASKS[number % len(TASKS)]
        when = f"{2024 + number * 3 // (len(SUBJECTS) * len(TASKS))}年{QUARTERS[number % 4]}"
        bureau = BUREAUS[(number * 3) % len(BUREAUS)]
        rows.append((str(number + 1), f"拟建{subject}", task, bureau, when))
    return [Table("附件 重点任务分解表", tuple(rows))]


def statistics() -> list[Table]:
    """The bulletin's annex: one table per district and one per sector."""
    tables = []
    for place, district in enumerate(DISTRICTS):
        rows = [("指标", "单位", "2024年", "比上年增长（%）")]
        for order, (name, unit, size) in enumerate(_district_figures()):
            value = size * (60 + place * 7 + order * 3) // 100
            rows.append(
                (name, unit, f"{value}", f"{1.2 + ((place * 5 + order * 7) % 90) / 10:.1f}")
            )
        tables.append(Table(f"附表{place + 1} {district}主要指标", tuple(rows)))
    rows = [("行业", "增加值（亿元）", "比上年增长（%）")]
    for order, sector in enumerate(SECTORS):
        rows.append((sector, f"{38.5 + order * 27.3:.1f}", f"{2.1 + (order * 13 % 70) / 10:.1f}"))
    tables.append(Table("附表10 分行业增加值", tuple(rows)))
    return tables


def _district_figures() -> Sequence[tuple[str, str, int]]:
    return (
        ("地区生产总值", "亿元", 420), ("固定资产投资", "亿元", 168), ("社会消费品零售总额", "亿元", 190),
        ("常住人口", "千人", 540), ("粮食产量", "千吨", 210), ("蔬菜产量", "千吨", 330),
        ("公路里程", "公里", 1460), ("普通中学在校学生", "人", 23400), ("小学在校学生", "人", 36800),
        ("医疗机构床位", "张", 3120), ("执业医师", "人", 1380), ("公共图书馆藏书", "千册", 640),
        ("城镇居民人均可支配收入", "元", 52800), ("农村居民人均可支配收入", "元", 27600),
        ("造林面积", "公顷", 880), ("旅游接待", "千人次", 4100),
    )  # fmt: skip


def projects() -> list[Table]:
    """The bureau's annex: projects that were examined, with their sums."""
    rows = [("序号", "申报单位", "项目名称", "申报金额（万元）", "核定金额（万元）", "审核意见")]
    for number in range(110):
        bureau = BUREAUS[number % len(BUREAUS)]
        name = f"{bureau.removeprefix('市')}{PROJECTS[(number * 3) % len(PROJECTS)]}项目"
        asked = 80 + (number * 37) % 640
        granted = asked * (78 + number % 20) // 100
        rows.append((str(number + 1), bureau, name, str(asked), str(granted), "同意立项"))
    return [Table("附表 2024年政务信息化项目审核情况", tuple(rows))]


def renewal() -> list[Table]:
    """The renewal plan's annex: the ledger of idle space."""
    rows = [("台账编号", "区县", "位置", "类型", "占地（平方米）", "建成年份")]
    for number in range(300):
        district = DISTRICTS[number % len(DISTRICTS)]
        street = f"{STREETS[(number * 4) % len(STREETS)]}{3 + (number * 17) % 260}号"
        kind = KINDS[(number * 7) % len(KINDS)]
        area, year = 900 + (number * 613) % 28000, 1968 + (number * 5) % 38
        rows.append((f"LL-{number + 1:04d}", district, street, kind, str(area), str(year)))
    return [Table("附件 闲置和低效空间台账（节选）", tuple(rows))]


def districts() -> str:
    """Nine chapters on the districts' year: roads, schools, harvests, floods."""
    chapters = []
    for place, district in enumerate(DISTRICTS):
        numeral = "一二三四五六七八九"[place]
        chapters.append(f"## {numeral}、{district}\n\n" + "\n\n".join(_chapter(place, district)))
    return "\n\n".join(chapters)


def _chapter(place: int, district: str) -> list[str]:
    base = 12 + place * 3
    return [
        f"{district}位于临澜市{'东西南北中'[place % 5]}部，辖{6 + place % 5}个街道、{4 + place % 6}个镇，"
        f"年末常住人口{38 + place * 4}.{place}万人。全年实现地区生产总值{268 + place * 31}.4亿元，"
        f"固定资产投资完成{86 + place * 9}亿元，一般公共预算收入{21 + place * 2}.6亿元。",
        f"城乡建设方面，新建改建农村公路{base * 3}公里，改造危桥{2 + place}座，整治背街小巷{base}条，"
        f"新增停车泊位{base * 90}个，新建口袋公园{3 + place % 4}处，绿化道路{base * 2}公里。"
        f"{district}老城区雨污分流工程完工，铺设管道{base * 2}公里，河道清淤{base}公里。",
        f"社会事业方面，新建幼儿园{1 + place % 3}所、小学{1 + place % 2}所，区县人民医院新门诊楼竣工，"
        f"新增床位{120 + place * 15}张；举办文艺演出{base * 4}场、体育赛事{6 + place}项，"
        f"发放就业补贴{300 + place * 42}万元，城镇新增就业{3100 + place * 260}人。",
        f"农业农村方面，粮食播种面积{18 + place}.2万亩，新建高标准农田{1 + place % 3}.5万亩，"
        f"{STREETS[place]}沿线{4 + place}个村完成环境整治，新增省级农业龙头企业{1 + place % 3}家，"
        f"农村居民人均可支配收入增长{5 + place % 3}.{place}%。",
        f"生态环境方面，完成造林{2100 + place * 180}亩，断面水质达标率{92 + place % 7}%，"
        f"关停散乱企业{base}家，秸秆综合利用率{90 + place % 8}%。汛期加固堤防{base}公里，"
        f"安全转移低洼地带居民{240 + place * 35}人，无人员伤亡。",
        f"2025年，{district}计划实施重点项目{60 + place * 5}个，力争固定资产投资增长{6 + place % 4}%，"
        f"拟新建学校{2 + place % 3}所、改造老旧小区{8 + place}个，做好防汛抗旱和安全生产工作。",
    ]

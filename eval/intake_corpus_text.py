"""Invented papers in the style of Chinese governments, made from templates; seeded."""

from __future__ import annotations

import random
from collections.abc import Iterator
from dataclasses import dataclass

CITY = "临澜市"
NUMERALS = "一二三四五六七八九十"
PLACES = ("云桥区", "东屏区", "澜北新区", "石浦县", "南汀县", "高新区", "青埠镇", "柳陂街道")
BODIES = (
    "市数据局",
    "市发展改革委",
    "市工业和信息化局",
    "市住房城乡建设局",
    "市行政审批局",
    "市卫生健康委",
    "市教育局",
    "市交通运输局",
    "市应急管理局",
    "市生态环境局",
    "市公安局",
    "市民政局",
)
SYSTEMS = (
    "城市运行管理平台",
    "“一网通办”总门户",
    "公共数据授权运营平台",
    "城市信息模型（CIM）基础平台",
    "政务区块链平台",
    "“城市大脑”中枢系统",
    "视频图像共享平台",
    "OA协同办公系统",
    "12345热线智能知识库",
    "燃气管网监测系统",
    "智慧水务调度系统",
    "ERP云服务专区",
)
TOPICS = (
    "数字政府",
    "数字经济",
    "数字社会",
    "数字生态",
    "城市安全",
    "基层治理",
    "智慧医疗",
    "智慧交通",
    "智慧教育",
    "数据要素",
    "网络安全",
    "适老化改造",
)
RULES = (
    "《临澜市数字经济促进条例》",
    "《公共数据管理办法（试行）》",
    "《关于加快城市全域数字化转型的实施意见》",
    "《“十四五”新型基础设施建设规划》",
    "《信息安全技术 网络安全等级保护基本要求》（GB/T 22239—2019）",
    "《政务信息系统整合共享实施方案》",
)
ACTS = (
    "建成投用",
    "完成升级改造",
    "实现互联互通",
    "接入省级平台",
    "通过专家验收",
    "上线试运行",
    "完成国产化适配",
)
SENTENCES = (
    "{year}年，{body}牵头推进{topic}建设，{system}{act}，覆盖{place}等{n}个县（区、街道）。",
    "截至{year}年{month}月底，全市累计归集数据{f}亿条，编制目录{big}项，共享率达到{p}%。",
    "{place}率先开展{topic}试点，形成可复制、可推广的经验做法{n}项，群众满意度达{p}%。",
    "按照{rule}要求，{body}会同有关部门建立月调度、季通报、年考核的工作机制。",
    "全年完成投资{f}亿元，同比增长{g}%，其中{topic}领域占比超过{p}%。",
    "依托{system}，{n}个部门的{big}项业务实现“一次告知、一表申请、一口受理”。",
    "新建5G基站{big}个，千兆光网用户突破{n}万户，IPv6活跃用户占比为{p}%。",
    "{body}组织攻防演练{n}次，发现并整改高危漏洞{big}个，整改率为{p}%。",
    "支持龙头企业建设工业互联网平台，推动{big}家规模以上企业“上云用数赋智”。",
    "平均办理时限由{n}个工作日压缩至{d}个工作日，网办率从{q}%提高到{p}%。",
    "{place}建成智慧社区{n}个，配备AI摄像头、烟感等终端{big}台（套），预警准确率为{p}%。",
    "对照{rule}，仍存在数据质量不高、系统重复建设、复合型人才不足等问题。",
    "下一步，将以{topic}为重点，力争到{later}年实现{system}县级全覆盖。",
    "{body}印发{rule}，明确任务{n}项、责任单位{d}家，并纳入年度绩效考核。",
    "推行“首席数据官”制度，{n}个市直部门和{place}已设立首席数据官。",
    "建立健全数据分类分级保护制度，对{big}个重要信息系统开展等级测评，达标率{p}%。",
    "通过API接口方式向社会开放数据集{big}个，累计调用{f}万次，孵化应用{n}个。",
    "市财政安排专项资金{f}万元，用于{system}的运维、扩容和安全加固。",
    "在{place}举办专题培训{n}期，参训{big}人次，考核合格率为{p}%。",
    "鼓励社会资本采用PPP、特许经营等模式参与{topic}项目，严禁新增政府隐性债务。",
    "{system}日均处理事件{big}件，按时办结率{p}%，较上年提高{d}.{m}个百分点。",
    "严格落实个人信息保护要求，未经授权不得查询、复制和对外提供数据。",
)
HEADINGS = (
    "强化统筹协调，健全{topic}推进机制",
    "夯实数字底座，加快{topic}设施建设",
    "聚焦群众关切，提升{topic}服务水平",
    "坚持改革创新，激发{topic}发展活力",
    "守牢安全底线，完善{topic}保障体系",
    "突出示范引领，打造{topic}标杆场景",
    "深化共享开放，释放{topic}价值",
    "狠抓责任落实，压实{topic}工作责任",
)
TITLES = (
    "{city}{topic}建设工作情况报告",
    "{city}{topic}三年行动计划",
    "关于加快推进{topic}工作的实施意见",
    "{city}{year}年{topic}发展白皮书",
    "{city}{topic}管理办法",
)
HEAD_ROW = ("序号", "项目名称", "责任单位", "完成率", "说明")


@dataclass(frozen=True, slots=True)
class Item:
    """A piece of a paper in reading order: a paragraph, or a table row with its cells.

    ``kind``: ``title``, ``head1`` to ``head3``, ``para``, ``row``, ``note`` (a footnote, whose
    place in the order is free), ``form`` (a line of a form, whose limits are a matter of taste) or
    ``maybe`` (such as a sheet's name, which a reader may take in or leave out).
    ``style`` is how it is set (``centre``, ``spread``: letter-spaced, ``right``, ``red`` …).
    """

    kind: str
    text: str
    cells: tuple[str, ...] = ()
    style: str = ""


class Writer:
    """Writes invented papers; the same seed writes the same papers."""

    def __init__(self, seed: int) -> None:
        self.rng = random.Random(seed)

    def fill(self, template: str) -> str:
        """Fill a template with places, bodies and figures."""
        pick = self.rng
        return template.format(
            city=CITY,
            place=pick.choice(PLACES),
            body=pick.choice(BODIES),
            system=pick.choice(SYSTEMS),
            topic=pick.choice(TOPICS),
            rule=pick.choice(RULES),
            act=pick.choice(ACTS),
            year=pick.randint(2021, 2024),
            later=pick.randint(2025, 2030),
            month=pick.randint(1, 12),
            n=pick.randint(2, 96),
            d=pick.randint(1, 9),
            m=pick.randint(1, 9),
            big=pick.randint(100, 9800),
            f=f"{pick.uniform(1, 900):.2f}",
            g=f"{pick.uniform(1, 40):.1f}",
            p=f"{pick.uniform(60, 99.9):.1f}",
            q=f"{pick.uniform(10, 59):.1f}",
        )

    def paragraph(self, low: int = 60, high: int = 300) -> str:
        """One paragraph of ``low`` to about ``high`` characters."""
        goal = self.rng.randint(low, max(low, high - 60))
        chosen: list[str] = []
        templates = self.rng.sample(SENTENCES, len(SENTENCES))
        while sum(map(len, chosen)) < goal:
            chosen.append(self.fill(templates.pop()))
        return "".join(chosen)

    def title(self) -> str:
        """The title of a paper."""
        return self.fill(self.rng.choice(TITLES))

    def paper(self, characters: int, title: str = "") -> list[Item]:
        """A paper of about so many characters: title, headings of three depths, paragraphs."""
        items = [Item("title", title or self.title(), style="centre")]
        items.append(Item("para", self.paragraph()))
        for number in range(len(NUMERALS)):
            items.extend(self._section(number))
            if sum(len(item.text) for item in items) >= characters:
                break
        items.append(Item("form", f"{CITY}人民政府办公室", style="right"))
        items.append(Item("form", f"{self.rng.randint(2021, 2024)}年5月12日", style="right"))
        return items

    def _section(self, number: int) -> Iterator[Item]:
        head = self.fill(self.rng.choice(HEADINGS))
        yield Item("head1", f"{NUMERALS[number]}、{head}")
        for part in range(self.rng.randint(2, 3)):
            yield Item("head2", f"（{NUMERALS[part]}）{self.fill(self.rng.choice(HEADINGS))}")
            yield Item("para", self.paragraph())
            if self.rng.random() < 0.4:
                for point in range(1, 3):
                    yield Item("para", f"{point}.{self.paragraph(60, 120)}")

    def table(self, rows: int, long_cells: bool = False) -> list[Item]:
        """A table with a row of column names; ``long_cells``: the last cell takes two lines."""
        items = [Item("row", "".join(HEAD_ROW), HEAD_ROW)]
        for number in range(1, rows + 1):
            remark = self.fill("{system}{act}" if long_cells else "{act}")
            name = self.fill(
                "{topic}提升工程" if not long_cells else "{place}{topic}提升工程（一期）"
            )
            cells = (str(number), name, self.fill("{body}"), self.fill("{p}%"), remark)
            items.append(Item("row", "".join(cells), cells))
        return items

    def red_head(self, characters: int) -> list[Item]:
        """An official paper: 版头, 文号, 签发人, 主送, 正文, 附件, 版记."""
        topic = self.rng.choice(TOPICS)
        number, year = self.rng.randint(1, 60), self.rng.randint(2021, 2024)
        body = self.paper(characters, f"关于印发《{CITY}{topic}三年行动计划》的通知")
        return [
            Item("form", f"{CITY}人民政府文件", style="red"),
            Item("form", f"临政发〔{year}〕{number}号\t签发人：×××", style="both"),
            body[0],
            Item("para", "各县（区）人民政府，市政府各部门、各直属机构：", style="flush"),
            *body[1:-2],
            Item("form", f"附件：1.{CITY}{topic}重点任务分工表"),
            Item("form", "2.专项资金安排表", style="deep"),
            *body[-2:],
            Item("form", "（此件公开发布）"),
            Item("form", "抄送：市委各部门，市人大常委会办公室，市政协办公室。", style="rule"),
            Item("form", f"{CITY}人民政府办公室\t{year}年5月12日印发", style="bothrule"),
        ]


TRADITIONAL = (
    "為加快推進數位政府建設，提升公共服務水準，特制定本方案。各區公所應於每季度末提報辦理情形。",
    "資料治理：建立統一目錄，共計3,250項，開放資料集達1,186個，介接率為92.5%。",
    "資訊安全：全年辦理攻防演練12次，弱點修補率98.6%，並落實個人資料保護規定。",
    "智慧交通：完成126處路口號誌連線，尖峰時段平均車速提高8.4%，民眾滿意度為91.3%。",
    "社區照護：設置關懷據點46處，配發感測裝置2,300台，服務長者15,800人次。",
    "一、總體目標：到2027年，線上申辦率超過95%，實現「一次告知、全程網辦」。",
    "二、保障措施：由市府編列預算4,560萬元，納入年度考核，並定期公布執行成效。",
)
"""Paragraphs in traditional characters, for Big5."""

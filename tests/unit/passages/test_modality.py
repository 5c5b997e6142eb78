"""Modality: what is done, under way, planned, demanded or lacking, by section and wording."""

from __future__ import annotations

import pytest

from auditor.core.passages import Modality, SectionRole
from auditor.passages.modality import modality_of

FACT, ONGOING, PLAN = Modality.FACT, Modality.ONGOING, Modality.PLAN
DUTY, LACK = Modality.DUTY, Modality.NEGATION
BACK, AHEAD = SectionRole.RETROSPECT, SectionRole.TASK
RULE, OTHER = SectionRole.NORMATIVE, SectionRole.OTHER


@pytest.mark.parametrize(
    ("text", "modality"),
    [
        ("城市大脑建成投用。", FACT),
        ("严厉打击电信网络诈骗。", FACT),
        ("推进一件事改革，210个场景实现一次办好。", FACT),
        ("深化隐患排查行动，整改隐患3.2万处。", FACT),
        ("启动实施智能工厂行动，新建车间17个。", FACT),
        ("推进信用体系建设，实现一份报告代替30个证明。", FACT),
        ("广泛开展创建活动，成为全国治理试点合格城市。", FACT),
        ("启动运营数据创新中心。", FACT),
        ("数字经济增加值占比预计达到19%以上。", FACT),
        ("预计新增高新技术企业300家。", FACT),
        ("争取上级资金12亿元，支持项目48个。", FACT),
        ("抗洪救灾斗争取得决定性成果。", FACT),
        ("帮扶困难群众2.1万人。", FACT),
        ("面对多重困难挑战，建成数据中心2座。", FACT),
        ("有效破解数据共享不足的难题，接入部门60个。", FACT),
    ],
)
def test_a_retrospect_states_what_was_done(text: str, modality: Modality) -> None:
    assert modality_of(text, BACK) is modality


@pytest.mark.parametrize(
    "text",
    [
        "正在推进数据平台整合。",
        "深入推进一网统管。",
        "持续深化数据要素改革。",
        "加快建设城市智能中枢。",
        "智能中枢项目开工建设。",
        "在建数据中心5座。",
        "推进10个方面、142项重点任务。",
        "数据产业园加快建设。",
        "平台上线试运行即将启动。",
        "探索数据授权机制。",
        "开展城市大脑试点。",
    ],
)
def test_what_is_under_way_is_ongoing(text: str) -> None:
    assert modality_of(text, BACK) is ONGOING


@pytest.mark.parametrize(
    ("text", "role", "modality"),
    [
        ("力争全年接入部门60个。", BACK, PLAN),
        ("对此，我们将采取有力措施加以解决。", BACK, PLAN),
        ("到2027年，数据平台覆盖全市。", BACK, PLAN),
        ("到2023年，数据平台覆盖全市。", OTHER, PLAN),
        ("建成投用城市大脑。", AHEAD, PLAN),
        ("累计接入部门60个。", AHEAD, PLAN),
        ("目前已建成平台12个。", AHEAD, FACT),
        ("完善已开发资源的管理，新建、已建小区配建率达100%。", AHEAD, PLAN),
        ("数据共享还不够充分。", BACK, LACK),
        ("信访化解压力依然较大。", BACK, LACK),
        ("企业帮扶不够精准。", BACK, LACK),
        ("治理效能仍需提升。", BACK, LACK),
        ("新赛道还未真正形成支撑。", BACK, LACK),
        ("政府服务效能需要进一步提高。", BACK, LACK),
        ("市数据局应当建立目录。", RULE, DUTY),
        ("市数据局负责目录管理。", RULE, DUTY),
        ("已建成管线由权属单位负责维护。", RULE, DUTY),
        ("平台已建成，支持部门按要求调用。", OTHER, FACT),
        ("系统通过验收，满足合同要求。", OTHER, FACT),
        ("应当支持平台上线。", OTHER, DUTY),
        ("本规划明确了数字化转型的目标。", OTHER, FACT),
    ],
)
def test_plans_duties_and_lacks(text: str, role: SectionRole, modality: Modality) -> None:
    assert modality_of(text, role) is modality

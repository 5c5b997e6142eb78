"""A small dossier from its files to checked findings: an eager screen, and one that knows nothing.

Search is by terms here, so that the test needs no embedding model; all else is the real way.
"""

from __future__ import annotations

import pytest

from auditor.checking import check_and_relate
from auditor.core.criteria import Feature
from auditor.core.documents import Document
from auditor.core.findings import Judgement, Verdict
from auditor.core.passages import Passage, Sentence
from auditor.core.run import Case
from auditor.core.search import Hit, SearchRecord
from auditor.judge.screen import STEPS, ScreenJudge, ScreenModel
from auditor.judge.trees import Booster
from auditor.pipeline import cut_all
from auditor.standard import load_standard
from tests.unit.checks.planted import AS_OF, CITY, FEATURES, dossier

FILES = {
    "临江市_2024年政府工作报告.txt": (
        "一、2023年工作回顾\n"
        "截至2023年底，业务数据分类分级占比达82%，数据安全全生命周期管理体系投入使用。\n"
        "“一表通”系统使用部门覆盖率为76%。\n"
        "深入推进数字素养培育。\n"
        "依托省一体化平台，全市60个部门的高频事项全程网办。\n"
        "二、2024年工作安排\n完善城市大脑。\n"
    ),
    "临江市数据要素行动计划.txt": (
        "二、重点任务\n到2023年，建成城市可信数据空间，接入企业300家。\n"
        "“高效办成一件事”年度重点事项清单事项实现率达到100%。\n"
    ),
    "滨江区人民政府关于智能中枢建设情况的报告.txt": (
        "滨江区人民政府关于智能中枢建设情况的报告\n一、2023年工作回顾\n"
        "建成统一架构的城市智能中枢，多跨联动指挥系统上线。\n滨江区人民政府\n2024年3月5日\n"
    ),
    "临江市预案管理办法（征求意见稿）.txt": (
        "临江市预案管理办法（征求意见稿）\n" + "第一条 已制定应急预案并实行数字化管理。\n" * 4
    ),
}


def screen(base: float) -> ScreenJudge:
    """A screen that gives every feature the same chance: eager (9) or silent (-9)."""
    boosters = dict.fromkeys(STEPS, Booster(base, ()))
    thresholds = dict.fromkeys(STEPS, 0.5)
    return ScreenJudge(ScreenModel((), boosters, thresholds, {}, (0.0,) * 5, (), "", "x"))


def likeness(feature: Feature, sentence: Sentence) -> float:
    terms = {term for element in feature.elements for term in element.terms}
    return 0.99 if any(term in sentence.text for term in terms) else 0.001


def case_for(feature: Feature, passages: tuple[Passage, ...], papers: tuple[Document, ...]) -> Case:
    hits = []
    for place, passage in enumerate(passages, start=1):
        scores = tuple(likeness(feature, s) for s in passage.sentences)
        hits.append(Hit(passage, max(scores), {"words": place}, scores))
    record = SearchRecord(feature.id, (feature.text,), tuple(hits), len(hits))
    return Case(feature, record, CITY, AS_OF, {d.name: d for d in papers})


def verdict_on(feature_id: str, base: float) -> Verdict:
    """What is left of the screen's verdict on the dossier after the checks."""
    papers = dossier(FILES)
    case = case_for(FEATURES[feature_id], cut_all(papers, CITY), papers)
    judgement = screen(base).judge_one(case)
    finding = check_and_relate([case], {feature_id: judgement}, load_standard())[0]
    assert isinstance(finding.outcome, Judgement) and finding.direct_verdict is not None
    return finding.direct_verdict


@pytest.mark.parametrize(
    ("feature_id", "verdict"),
    [
        ("8.2.4.1-L4-a", Verdict.MET),  # 82 % of the business data, and the life cycle
        ("8.3.3.1-L4-b", Verdict.NOT_MET),  # 76 % where 100 % are asked
        ("8.4.1.3-L3-a", Verdict.PLANNED),  # 100 % only as a target
        ("8.2.1.4-L4-a", Verdict.PLANNED),  # a target date that has passed
        ("8.2.3.1-L3-a", Verdict.PARTLY_MET),  # only in a district's paper
        ("8.4.3.2-L1-a", Verdict.MET),  # under way, and that is what is asked
        ("8.4.3.2-L3-a", Verdict.PARTLY_MET),  # under way, and a mechanism is asked
        ("8.3.2.2-L1-b", Verdict.PLANNED),  # only in a draft for comments
    ],
)
def test_an_eager_judge_is_held_to_what_the_dossier_says(feature_id: str, verdict: Verdict) -> None:
    assert verdict_on(feature_id, 9.0) is verdict


@pytest.mark.parametrize(
    ("feature_id", "verdict"),
    [
        ("8.2.4.1-L4-a", Verdict.PARTLY_MET),  # the figure alone shows its part
        ("8.3.3.1-L4-b", Verdict.NOT_MET),
        ("8.4.1.3-L3-a", Verdict.NO_EVIDENCE),  # a target is no figure of today
    ],
)
def test_a_stated_figure_speaks_where_the_judge_knows_nothing(
    feature_id: str, verdict: Verdict
) -> None:
    assert verdict_on(feature_id, -9.0) is verdict

"""Age: what is told of long ago shows at most a part, where the matter changes fast."""

from __future__ import annotations

from datetime import date

import pytest

from auditor.checks import check_age
from auditor.checks.dating import spoken_of
from auditor.core.criteria import FeatureType
from auditor.core.documents import DocumentKind
from auditor.core.findings import Judgement, Verdict
from auditor.core.limits import AgeLimits
from tests.unit.checks.samples import cited, evidence_of, feature, judged, paper, passages_of

AS_OF = date(2024, 12, 31)
OF_2024, OF_2018 = date(2024, 3, 1), date(2018, 5, 1)


@pytest.mark.parametrize(
    ("sentence", "day"),
    [
        ("截至2019年底，数据平台接入部门60个。", date(2019, 12, 31)),
        ("截至2018年6月，数据平台接入部门40个。", date(2018, 6, 30)),
        ("2018年，全市建成数据平台。", date(2018, 12, 31)),
        ("2018年9月20日，数据平台上线运行。", date(2018, 9, 20)),
        ("2017年建成数据平台，2023年完成升级。", date(2023, 12, 31)),
        ("2019-2024年，数据平台接入部门逐年增加。", date(2024, 12, 31)),
        ("2019年至2021年，数据平台建成三期。", date(2021, 12, 31)),
        ("自2019年以来，数据平台累计归集数据3亿条。", OF_2024),
        ("数据平台自2018年起运行，目前接入部门60个。", OF_2024),
        ("2018年启动建设数据平台，已接入部门60个。", OF_2024),
        ("2018年起草数据平台方案并建成平台。", date(2018, 12, 31)),
        ("数据平台接入部门比2018年增加20个。", OF_2024),
        ("按照《数据平台规划（2018）》，建成数据平台。", OF_2024),
        ("按照《2016年数据平台方案》，建成数据平台。", OF_2024),
        ("依据临政发〔2016〕8号文件，建成数据平台。", OF_2024),
        ("数据平台符合GB/T 36625-2018要求，已建成运行。", OF_2024),
        ("已有研究（2015）指出，平台重在应用，数据平台已建成。", OF_2024),
        ("到2026年，数据平台接入全部部门。", OF_2024),
        ("“十三五”期间，建成数据平台。", date(2020, 12, 31)),
        ("“十三五”以来，数据平台持续完善。", OF_2024),
        ("去年，数据平台建成。", date(2023, 12, 31)),
        ("数据平台已建成。", OF_2024),
        ("2018年以来建设数据平台，截至2019年底接入部门30个。", date(2019, 12, 31)),
    ],
)
def test_a_sentence_speaks_of_the_end_of_its_own_time_else_of_its_papers(
    sentence: str, day: date
) -> None:
    document = paper(sentence, issued_on=OF_2024)
    [passage] = passages_of(document)
    spoken = spoken_of(passage.sentences[0], passage, document, AS_OF)
    assert spoken is not None
    assert spoken.day == day


def test_a_heading_dates_the_sentences_below_it() -> None:
    text = "一、2018年工作回顾\n数据平台建成运行，接入部门60个。\n"
    document = paper(text, "报告.txt", issued_on=OF_2024)
    shown = evidence_of(feature(), document)
    result, check = check_age(judged(shown, "数据平台"), shown, AS_OF, AgeLimits())
    assert result.verdict is Verdict.PARTLY_MET
    assert check is not None and "2018年" in check.detail


@pytest.mark.parametrize(
    ("kind", "sentence", "issued_on", "verdict"),
    [
        ("capability", "截至2018年底，数据平台接入部门60个。", OF_2024, Verdict.PARTLY_MET),
        ("capability", "数据平台已建成。", OF_2018, Verdict.PARTLY_MET),
        ("quantity", "2017年，数据平台上云率达到90%。", OF_2024, Verdict.PARTLY_MET),
        ("effect", "2018年，平台满意度居全省第一。", OF_2024, Verdict.PARTLY_MET),
        ("external", "2016年，平台通过能力评估。", OF_2024, Verdict.PARTLY_MET),
        ("capability", "截至2019年底，数据平台接入部门60个。", OF_2024, Verdict.MET),
        ("capability", "截至2023年底，数据平台接入部门60个。", OF_2018, Verdict.MET),
        ("capability", "数据平台已建成。", OF_2024, Verdict.MET),
        ("capability", "自2016年以来，数据平台持续运行。", OF_2024, Verdict.MET),
        ("capability", "按照《平台建设方案（2015年）》，数据平台建成。", OF_2024, Verdict.MET),
        ("document", "2016年，出台平台管理办法。", OF_2018, Verdict.MET),
        ("mechanism", "2016年，建立平台联席会议制度。", OF_2018, Verdict.MET),
        ("capability", "数据平台已建成。", None, Verdict.MET),
    ],
)
def test_five_years_bound_what_changes_fast_and_nothing_else(
    kind: str, sentence: str, issued_on: date | None, verdict: Verdict
) -> None:
    shown = evidence_of(feature(kind), paper(sentence, issued_on=issued_on))
    result, check = check_age(judged(shown, "平台"), shown, AS_OF, AgeLimits())
    assert result.verdict is verdict
    if verdict is Verdict.PARTLY_MET:
        assert check is not None
        assert (check.outcome, check.before, check.after) == ("changed", Verdict.MET, verdict)


def test_a_regulation_in_force_is_not_old() -> None:
    rules = paper(
        "第一条 市数据局负责公共数据平台的运行。\n", issued_on=date(2010, 1, 1),
        kind=DocumentKind.REGULATION,
    )  # fmt: skip
    shown = evidence_of(feature(), rules)
    result, check = check_age(judged(shown, "平台"), shown, AS_OF, AgeLimits())
    assert (result.verdict, check) == (Verdict.MET, None)


def test_one_recent_citation_is_enough_and_the_old_one_is_noted() -> None:
    old = paper("截至2016年底，平台接入部门20个。", "旧.txt", OF_2018)
    new = paper("截至2023年底，平台接入部门60个。", "新.txt", OF_2024)
    shown = evidence_of(feature(), old, new)
    result, check = check_age(judged(shown, "平台"), shown, AS_OF, AgeLimits())
    assert result.verdict is Verdict.MET
    assert check is not None and check.outcome == "noted"


def test_without_any_date_a_green_verdict_stands_with_a_note() -> None:
    shown = evidence_of(feature(), paper("数据平台已建成。"))
    result, check = check_age(judged(shown, "平台"), shown, AS_OF, AgeLimits())
    assert result.verdict is Verdict.MET
    assert check is not None and check.outcome == "noted"


def test_without_an_assessment_date_nothing_is_old() -> None:
    shown = evidence_of(feature(), paper("2010年，数据平台建成。", issued_on=OF_2018))
    assert check_age(judged(shown, "平台"), shown, None, AgeLimits())[1] is None


@pytest.mark.parametrize(
    ("limits", "verdict"),
    [
        (AgeLimits(default_years=3), Verdict.PARTLY_MET),
        (AgeLimits(by_type={FeatureType.CAPABILITY: 2}), Verdict.PARTLY_MET),
        (AgeLimits(by_kind={DocumentKind.SUMMARY: 2}), Verdict.PARTLY_MET),
        (AgeLimits(by_type={FeatureType.CAPABILITY: None}), Verdict.MET),
        (AgeLimits(), Verdict.MET),
    ],
)
def test_limits_go_by_the_matter_and_the_paper(limits: AgeLimits, verdict: Verdict) -> None:
    document = paper(
        "截至2020年底，平台接入部门60个。", issued_on=OF_2024, kind=DocumentKind.SUMMARY
    )
    shown = evidence_of(feature(), document)
    assert check_age(judged(shown, "平台"), shown, AS_OF, limits)[0].verdict is verdict


@pytest.mark.parametrize("verdict", list(Verdict))
def test_age_never_raises_a_verdict(verdict: Verdict) -> None:
    shown = evidence_of(feature(), paper("2010年，数据平台建成。", issued_on=OF_2018))
    judgement = Judgement(shown.feature.id, verdict, cited(shown, "平台"), "", "test")
    result, _ = check_age(judgement, shown, AS_OF, AgeLimits())
    assert result.verdict.rank <= verdict.rank

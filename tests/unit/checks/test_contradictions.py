"""Two documents that say different things about one matter are shown with what decides."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

import pytest

from auditor.checks import check_contradictions, find_contradictions
from auditor.checks.contradictions import UNDECIDED, Contradiction
from auditor.core.criteria import Quantity
from auditor.core.documents import Document, DocumentKind
from auditor.core.findings import Judgement, Verdict
from tests.unit.checks.samples import CITY, evidence_of, feature, judged, paper, passages_of

OF_2024, OF_2023, OF_2022 = date(2024, 3, 1), date(2023, 3, 1), date(2022, 3, 1)
OWN, NEWS, STATISTICS = "own_report", "news", "statistics"
SHARE = Quantity(
    "网上可办率", "90%及以上", ">=", Decimal(90), "%", "政务服务事项", ("hard",), ("网上可办率",)
)


def told(
    text: str, name: str, issued_on: date = OF_2024, grade: str = OWN, **stated: str
) -> Document:
    return paper(text, name, issued_on, DocumentKind.SUMMARY, grade=grade, **stated)


def found(*documents: Document) -> tuple[Contradiction, ...]:
    return find_contradictions(passages_of(*documents), {d.name: d for d in documents}, CITY)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        (
            "2023年，政务服务事项网上可办率达到98%。",
            "2023年全市政务服务事项网上可办率为85%。",
        ),
        ("2023年底，公共数据目录总量达到1.2万条。", "2023年，公共数据目录总量为8000条。"),
        ("截至2023年底，全市5G基站达到1.4万个。", "截至2023年底，全市5G基站1.1万个。"),
        ("2023年，群众诉求按期办结率为99.3%。", "2023年，群众诉求按期办结率为97.1%。"),
        ("2023年，政务服务事项网上可办率超过95%。", "2023年，政务服务事项网上可办率为88.6%。"),
        ("2023年，全市常住人口城镇化率为72.1%。", "临江市2023年常住人口城镇化率达到68.4%。"),
        (
            "2023年，公共数据目录编制完成率提高到96%。",
            "2023年，公共数据目录编制完成率仅为61%。",
        ),
    ],
)
def test_two_values_of_one_measure_for_one_year_contradict(one: str, other: str) -> None:
    [contradiction] = found(told(one, "甲.txt"), told(other, "乙.txt"))
    assert {contradiction.first.document.name, contradiction.second.document.name} == {
        "甲.txt",
        "乙.txt",
    }
    assert contradiction.stands is None
    assert contradiction.why == UNDECIDED


@pytest.mark.parametrize(
    ("one", "other"),
    [
        # another year, another denominator, another measure
        ("2022年，政务服务事项网上可办率为85%。", "2023年，政务服务事项网上可办率为98%。"),
        ("2023年6月底，政务服务事项网上可办率为85%。", "2023年，政务服务事项网上可办率为98%。"),
        ("2023年，政务服务事项网上可办率为98%。", "2023年，依申请政务服务事项网上可办率为85%。"),
        ("2023年，新增公共数据目录800条。", "2023年，公共数据目录总量为8000条。"),
        ("2023年，规模以上工业增加值增长6.1%。", "2023年，规模以上工业增加值占比为32%。"),
        # the same, more or less exactly
        ("2023年，政务服务事项网上可办率达到98%。", "2023年，政务服务事项网上可办率为98.3%。"),
        ("2023年，政务服务事项网上可办率超过95%。", "2023年，政务服务事项网上可办率为98.3%。"),
        ("2023年，公共数据目录总量近1万条。", "2023年，公共数据目录总量为9600条。"),
        ("2023年，公共数据目录总量1.2万条。", "2023年，公共数据目录总量为12034条。"),
        # a plan, another place, a district, a bare rate of another matter
        ("2023年，政务服务事项网上可办率为85%。", "力争政务服务事项网上可办率达到98%。"),
        ("2023年，政务服务事项网上可办率为85%。", "2023年，全省政务服务事项网上可办率达98%。"),
        ("2023年，政务服务事项网上可办率为85%。", "望江区2023年政务服务事项网上可办率为98%。"),
        ("2023年，热线诉求受理后按时办结率99%。", "2023年，不动产登记业务按时办结率90%。"),
        # no date: it may be of any year
        ("2023年，政务服务事项网上可办率为85%。", "二、分布\n甲、乙网上可办率为98%。"),
    ],
)
def test_what_may_both_be_true_is_no_contradiction(one: str, other: str) -> None:
    assert found(told(one, "甲.txt"), told(other, "乙.txt")) == ()


def test_a_paper_that_gives_two_values_itself_is_not_compared() -> None:
    both = "2023年，政务服务事项网上可办率为98%。\n2023年，政务服务事项网上可办率为91%。"
    other = "2023年，政务服务事项网上可办率为85%。"
    assert found(told(both, "甲.txt"), told(other, "乙.txt")) == ()


HIGH, LOW = "2023年，政务服务事项网上可办率为98%。", "2023年，政务服务事项网上可办率为85%。"


@pytest.mark.parametrize(
    ("one", "other", "stands", "why"),
    [
        (told(HIGH, "甲.txt"), told(LOW, "乙.txt", grade=STATISTICS), "乙.txt", "统计"),
        (told(HIGH, "甲.txt", grade=STATISTICS), told(LOW, "乙.txt", grade=NEWS), "甲.txt", "统计"),
        (
            told(HIGH, "甲.txt", OF_2023, STATISTICS),
            told(LOW, "乙.txt", OF_2024, NEWS),
            "甲.txt",
            "统计",
        ),
        (told(HIGH, "甲.txt", OF_2024), told(LOW, "乙.txt", date(2024, 9, 1)), "乙.txt", "较晚"),
        (
            told(HIGH, "甲.txt", level="city"),
            told(LOW, "乙.txt", level="department"),
            "甲.txt",
            "层级",
        ),
        (told(HIGH, "甲.txt", level="city"), told(LOW, "乙.txt", level="nation"), "乙.txt", "层级"),
    ],
)
def test_statistics_then_the_newer_then_the_higher_paper_decides_on_values(
    one: Document, other: Document, stands: str, why: str
) -> None:
    for pair in ((one, other), (other, one)):
        [contradiction] = found(*pair)
        assert contradiction.stands is not None
        assert contradiction.stands.document.name == stands
        assert why in contradiction.why


DONE, NOT_YET = "建成城市算力调度平台。", "市级算力调度平台尚未建成。"


@pytest.mark.parametrize(
    ("done", "denied"),
    [
        (DONE, NOT_YET),
        ("城市算力调度平台已上线运行。", "算力调度平台还未建成，算力资源分散。"),
        ("已出台数据分类分级实施细则。", "数据分类分级实施细则尚未出台。"),
        ("全市建立组件重复性审查机制。", "复用率不高，尚未建立组件重复性审查机制。"),
        ("社区治理数据已接入，社区治理数据已贯通。", "社区治理数据尚未贯通。"),
    ],
)
def test_a_thing_that_is_done_in_one_paper_and_not_in_another_contradicts(
    done: str, denied: str
) -> None:
    [contradiction] = found(told(done, "甲.txt", OF_2023), told(denied, "乙.txt", OF_2024))
    assert contradiction.stands is contradiction.denial
    assert "较新" in contradiction.why
    [other] = found(told(done, "甲.txt", OF_2024), told(denied, "乙.txt", OF_2022))
    assert other.stands is not other.denial


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("将建成城市算力调度平台。", NOT_YET),
        ("推进城市算力调度平台建设。", NOT_YET),
        ("建成城市数据共享平台。", NOT_YET),
        ("深圳市已建成城市算力调度平台。", NOT_YET),
        ("望江区建成城市算力调度平台。", NOT_YET),
        ("建成城市算力调度平台。", "城市算力调度平台尚未投入运行。"),
        ("城市算力调度平台未建成。", NOT_YET),
        (DONE, "部分企业反映算力平台不足。"),
    ],
)
def test_another_thing_a_plan_or_another_place_does_not_contradict(one: str, other: str) -> None:
    assert found(told(one, "甲.txt", OF_2023), told(other, "乙.txt", OF_2024)) == ()


def checked(one: Document, other: Document, words: str, *quantities: Quantity) -> Judgement:
    asked = feature("quantity" if quantities else "capability", *quantities)
    shown = evidence_of(asked, one, other)
    return check_contradictions(judged(shown, words), asked, found(one, other))


def test_a_finding_carries_both_quotes_and_is_to_be_reviewed_first() -> None:
    result = checked(told(DONE, "甲.txt", OF_2024), told(NOT_YET, "乙.txt", OF_2023), "建成城市")
    [flag] = result.flags
    assert flag.rule == "contradiction"
    assert {quote.quote for quote in flag.quotes} == {DONE, NOT_YET}
    assert result.verdict is Verdict.MET


def test_what_a_newer_paper_denies_is_not_met_by_an_older_one() -> None:
    result = checked(told(DONE, "甲.txt", OF_2022), told(NOT_YET, "乙.txt", OF_2024), "建成城市")
    assert result.verdict is Verdict.PARTLY_MET
    assert [c.outcome for c in result.checks] == ["flagged", "changed"]


@pytest.mark.parametrize(
    ("grade", "verdict"), [(STATISTICS, Verdict.PARTLY_MET), (OWN, Verdict.MET)]
)
def test_a_value_that_statistics_put_below_the_threshold_does_not_show_it(
    grade: str, verdict: Verdict
) -> None:
    one, other = told(HIGH, "甲.txt"), told(LOW, "乙.txt", grade=grade)
    result = checked(one, other, "98%", SHARE)
    assert result.verdict is verdict
    assert len(result.flags) == 1


def test_a_finding_that_cites_neither_sentence_is_left_alone() -> None:
    one = told(f"{DONE}\n数据平台上线运行。", "甲.txt", OF_2022)
    result = checked(one, told(NOT_YET, "乙.txt", OF_2024), "数据平台上线")
    assert (result.verdict, result.checks) == (Verdict.MET, ())


@pytest.mark.parametrize("verdict", list(Verdict))
def test_contradictions_never_raise_a_verdict(verdict: Verdict) -> None:
    one, other = told(DONE, "甲.txt", OF_2024), told(NOT_YET, "乙.txt", OF_2022)
    asked = feature()
    shown = evidence_of(asked, one, other)
    for words in ("建成城市", "尚未建成"):
        judgement = judged(shown, words, verdict=verdict)
        result = check_contradictions(judgement, asked, found(one, other))
        assert result.verdict.rank <= verdict.rank

"""Ledgers are counted row by row; shares are of a stated total, thresholds are code."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from auditor.core.claims import RowStatus, StatedTotal
from auditor.core.documents import Block, BlockKind, Document, Span
from auditor.intake.ledgers import (
    all_ledgers,
    cells_of,
    count_ledger,
    counted_rows,
    key_column,
    ledgers_of,
    normal_name,
    row_status,
)
from auditor.intake.quantity import counted_nouns, ledger_evidence, ledger_line, stated_totals


def ledger_document(
    header: Sequence[str],
    rows: Sequence[Sequence[str]],
    name: str = "台账.xlsx",
    above: str = "",
    foreign: str = "",
) -> Document:
    """A document with one table, its rows joined as readers join them."""
    text, blocks = "", []

    def add(kind: BlockKind, line: str, head: tuple[str, ...] = (), place: str = "") -> None:
        nonlocal text
        clean = line.strip()
        blocks.append(Block(kind, Span(len(text), len(text) + len(clean)), 0, head, place))
        text += clean + "\n"

    if above:
        add(BlockKind.PARAGRAPH, above)
    add(BlockKind.TABLE_HEAD, " | ".join(header))
    for number, row in enumerate(rows, start=2):
        add(BlockKind.TABLE_ROW, " | ".join(row), tuple(header), f"Sheet1!A{number}")
    return Document(name, "0", "xlsx", text, tuple(blocks), foreign=foreign)


def count(header, rows, noun="", **more):
    ledger = ledgers_of(ledger_document(header, rows, **more))[0]
    result = count_ledger(ledger, noun)
    assert result is not None
    return result


SCENES = ["序号", "场景名称", "建设状态", "责任部门"]


def test_distinct_names_are_counted_and_double_rows_sums_and_numbers_left_out():
    result = count(
        SCENES,
        [
            ["1", "智慧停车", "已上线", "甲局"],
            ["2", "智慧 停车", "已上线", "乙局"],
            ["3", "（一）一网通办", "已建成", "甲局"],
            ["", "", "", ""],
            ["4", "空气监测", "在建", "丙局"],
            ["5", "河道巡查", "待定", "丙局"],
            ["合计", "4", "", ""],
        ],
    )
    assert result.key_column == "场景名称"
    assert (result.distinct, result.done, result.pending, result.duplicates) == (4, 2, 2, 1)
    assert [r.name for r in counted_rows(result, RowStatus.DONE)] == ["智慧停车", "（一）一网通办"]
    assert result.rows[0].place == "Sheet1!A2"


def test_every_counted_row_points_at_its_own_characters():
    document = ledger_document(
        SCENES, [["1", "智慧停车", "已上线", "甲"], ["2", "办事", "在建", ""]]
    )
    result = count_ledger(ledgers_of(document)[0])
    assert result is not None
    for row in result.rows:
        assert row.name in document.quote(row.span)


def test_trimmed_empty_cells_keep_their_columns():
    assert cells_of("| a |  | b") == ("", "a", "", "b")
    assert cells_of("a |  |") == ("a", "", "")
    result = count(["备注", "场景名称", "状态"], [["", "停车", "已上线"], ["", "办事", ""]])
    assert (result.done, result.unclear) == (1, 1)


@pytest.mark.parametrize(
    ("text", "status"),
    [
        ("已建成", RowStatus.DONE),
        ("已上线运行", RowStatus.DONE),
        ("是", RowStatus.DONE),
        ("100%", RowStatus.DONE),
        ("1", RowStatus.DONE),
        ("在建", RowStatus.PENDING),
        ("未完成", RowStatus.PENDING),
        ("拟建成", RowStatus.PENDING),
        ("已立项", RowStatus.PENDING),
        ("计划2026年上线", RowStatus.PENDING),
        ("试运行", RowStatus.PENDING),
        ("80%", RowStatus.PENDING),
        ("0.8", RowStatus.PENDING),
        ("否", RowStatus.PENDING),
        ("基本建成", RowStatus.UNCLEAR),
        ("", RowStatus.UNCLEAR),
        ("已签约", RowStatus.UNCLEAR),
    ],
)
def test_only_what_is_plainly_done_counts_as_done(text, status):
    assert row_status(text) is status


def test_the_key_column_is_that_of_the_counted_thing():
    assert key_column(["序号", "单位名称", "场景名称"], "场景") == 2
    assert key_column(["序号", "街道名称", "社区"], "社区") == 2
    assert key_column(["序号", "项目名称", "投资金额"], "场景") == 1
    assert key_column(["序号", "名称", "所属领域"], "领域") == 2
    assert key_column(["序号", "金额", "备注"], "场景") is None


def test_names_are_folded_before_they_are_compared():
    assert normal_name("1．《智慧停车》") == normal_name("（2）智慧 停车")
    assert normal_name("一期平台") != normal_name("二期平台")
    assert normal_name("12345热线") == "12345热线"


def test_communities_of_one_name_in_two_districts_are_two():
    header = ["区县", "社区名称", "是否完成改造"]
    rows = [["甲区", "和平社区", "是"], ["乙区", "和平社区", "是"], ["甲区", "和平社区", "是"]]
    result = count(header, rows, "社区")
    assert (result.distinct, result.duplicates) == (2, 1)


def test_a_sum_that_repeats_the_number_of_rows_is_no_denominator():
    rows = [[str(n), f"第{n}号社区"] for n in range(1, 6)] + [["合计", "5"]]
    result = count(["序号", "社区名称"], rows, "社区")
    assert (result.done, result.total, result.share) == (5, None, None)
    assert any("不作分母" in note for note in result.notes)


def test_a_labelled_total_is_the_denominator_and_money_is_not():
    header = ["序号", "社区名称", "投资金额"]
    rows = [["1", "东社区", "30"], ["2", "西社区", "50"], ["全市社区总数", "8", "80"]]
    result = count(header, rows, "社区")
    assert result.total is not None
    assert (result.total.value, result.share) == (8, Decimal("25.00"))
    money = count(header, [["1", "东社区", "30"], ["合计", "", "3000"]], "社区")
    assert money.total is None


def test_a_ledger_of_all_with_a_status_gives_a_share_that_is_to_be_checked():
    header = ["序号", "社区名称", "改造情况"]
    states = ["已完成"] * 3 + ["在建"] * 2
    rows = [[str(n), f"{n}号社区", s] for n, s in enumerate(states)] + [["合计", "5", ""]]
    result = count(header, rows, "社区")
    assert result.share == Decimal("60.00")
    assert any("须核实是否覆盖全市" in note for note in result.notes)


def test_a_ledger_of_what_is_planned_counts_nothing_as_done():
    result = count(["序号", "场景名称"], [["1", "停车"]], above="2026年拟建场景清单")
    assert (result.done, result.pending) == (0, 1)


def test_rows_over_a_page_break_are_one_ledger_and_other_headers_another():
    head, other = ("序号", "场景名称"), ("序号", "案例名称")
    text = "1 | 甲\n序号 | 场景名称\n2 | 乙\n1 | 丙\n"
    spans = [(0, 5), (6, 15), (16, 21), (22, 27)]
    kinds = [BlockKind.TABLE_ROW, BlockKind.TABLE_HEAD, BlockKind.TABLE_ROW, BlockKind.TABLE_ROW]
    heads = [head, (), head, other]
    blocks = tuple(
        Block(kind, Span(*span), 0, header)
        for kind, span, header in zip(kinds, spans, heads, strict=True)
    )
    ledgers = ledgers_of(Document("a.pdf", "0", "pdf", text, blocks))
    assert [(x.header, len(x.rows)) for x in ledgers] == [(head, 2), (other, 1)]


def text_document(text: str, name: str = "报告.txt", foreign: str = "") -> Document:
    block = Block(BlockKind.PARAGRAPH, Span(0, len(text)))
    return Document(name, "0", "txt", text, (block,), foreign=foreign)


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("截至年底，全市共有社区120个。", 120),
        ("全市现有 120 个社区，均已通网。", 120),
        ("全市社区总数为120个", 120),
        ("全市城市社区共120个，", 120),
    ],
)
def test_a_total_of_the_whole_city_is_read_out_of_the_text(text, value):
    total = stated_totals([text_document(text)])["社区"]
    assert total.value == value
    assert str(value) in text[total.span.start : total.span.end]


@pytest.mark.parametrize(
    "text",
    [
        "全市已有72个社区完成改造。",
        "全市共有72个社区完成数字化改造。",
        "试点共有社区20个。",
        "甲区现有社区60个。",
    ],
)
def test_a_number_that_is_not_of_all_is_no_total(text):
    assert stated_totals([text_document(text)]) == {}


def test_the_largest_of_several_totals_counts_and_foreign_papers_do_not():
    documents = [
        text_document("全市共有社区120个。"),
        text_document("全市共有社区150个。"),
        text_document("全市共有社区900个。", foreign="国务院"),
    ]
    assert stated_totals(documents)["社区"].value == 150


def communities(done: int, pending: int) -> Document:
    rows = [[str(n), f"{n}号社区", "智慧化改造", "已完成"] for n in range(done)]
    rows += [[str(n), f"{n}号院社区", "智慧化改造", "在建"] for n in range(pending)]
    return ledger_document(["序号", "社区名称", "改造内容", "完成情况"], rows, "社区台账.xlsx")


@pytest.mark.parametrize(("done", "satisfied"), [(48, True), (47, False)])
def test_forty_per_cent_of_communities_is_compared_in_code(standard, done, satisfied):
    documents = [communities(done, 10), text_document("全市共有社区120个。")]
    shown = ledger_evidence(
        standard.by_id["8.6.3.1-L2-a"], all_ledgers(documents), stated_totals(documents)
    )
    assert len(shown) == 1
    assert shown[0].satisfied is satisfied
    assert shown[0].count.done == done
    assert shown[0].count.total is not None
    assert shown[0].count.total.document == "报告.txt"
    assert ("未达到" in ledger_line(shown[0])) is not satisfied


def test_what_is_odd_about_the_totals_is_said():
    rows = [["1", "东社区"], ["2", "西社区"], ["2", "西社区"], ["合计", "3"]]
    ledger = ledgers_of(ledger_document(["序号", "社区名称"], rows))[0]
    few = count_ledger(ledger, "社区", total=StatedTotal(8, "报告.txt", Span(0, 1)))
    assert few is not None
    assert few.share == Decimal("25.00")
    assert "台账合计写 3，去重得 2。" in few.notes
    less = count_ledger(ledger, "社区", total=StatedTotal(1, "报告.txt", Span(0, 1)))
    assert less is not None
    assert less.share is None
    assert any("少于台账所列" in note for note in less.notes)


def test_a_share_without_a_total_cannot_be_compared(standard):
    shown = ledger_evidence(standard.by_id["8.6.3.1-L2-a"], all_ledgers([communities(50, 0)]))
    assert (shown[0].value, shown[0].satisfied) == (None, None)
    assert "总数不详" in ledger_line(shown[0])


def scenes(number: int, what: str) -> Document:
    rows = [[str(n), f"{what}应用{n}", "已上线"] for n in range(number)]
    name = "公共服务场景清单.xlsx"
    return ledger_document(["序号", "场景名称", "状态"], rows, name)


def test_twenty_scenes_are_counted_and_only_those_on_the_matter(standard):
    feature = standard.by_id["8.4.2.1-L4-b"]
    enough = ledger_evidence(feature, all_ledgers([scenes(20, "AI导办")]))
    assert (enough[0].value, enough[0].satisfied) == (Decimal(20), True)
    short = ledger_evidence(feature, all_ledgers([scenes(19, "AI导办")]))
    assert short[0].satisfied is False
    other = scenes(20, "停车")
    assert ledger_evidence(feature, all_ledgers([other])) == ()


def test_ledgers_are_never_added_up(standard):
    feature = standard.by_id["8.4.2.1-L4-b"]
    shown = ledger_evidence(feature, all_ledgers([scenes(12, "AI"), scenes(12, "人工智能")]))
    assert shown[0].value == 12


def test_fields_and_scenes_of_one_ledger_are_two_quantities(standard):
    rows = [[str(n), f"开放场景{n}", f"领域{n % 5}", "已开放"] for n in range(10)]
    header = ["序号", "场景名称", "所属领域", "状态"]
    document = ledger_document(header, rows, "政企协作开放场景清单.xlsx")
    shown = ledger_evidence(standard.by_id["8.5.1.1-L2-b"], all_ledgers([document]))
    assert [(e.quantity.unit, e.value, e.satisfied) for e in shown] == [
        ("领域", Decimal(5), True),
        ("个", Decimal(10), True),
    ]


def test_ledgers_of_foreign_papers_are_not_counted():
    foreign = ledger_document(["序号", "场景名称"], [["1", "停车"]], foreign="国务院")
    assert all_ledgers([foreign]) == ()


def test_the_counted_thing_of_a_measure_is_its_last_noun(standard):
    def nouns(feature_id):
        return [counted_nouns(q) for q in standard.by_id[feature_id].quantities if q.checked]

    assert nouns("8.6.3.1-L2-a") == [("社区",)]
    assert nouns("8.3.3.1-L3-b") == [("部门",)]
    assert nouns("8.5.2.1-L3-a") == [("载体", "空间")]
    assert nouns("8.2.3.1-L1-c") == [()]


@given(
    st.lists(
        st.tuples(st.sampled_from("甲乙丙丁戊"), st.sampled_from(["已建成", "在建", "？", ""])),
        max_size=30,
    )
)
def test_no_row_is_lost_or_counted_twice(rows):
    listed = [["1", f"{name}场景", status] for name, status in rows]
    ledgers = ledgers_of(ledger_document(["序号", "场景名称", "状态"], listed))
    if not rows:
        assert ledgers == ()
        return
    result = count_ledger(ledgers[0])
    assert result is not None
    assert result.distinct == result.done + result.pending + result.unclear
    assert result.distinct == len({name for name, _ in rows})
    assert result.distinct + result.duplicates == len(rows) == len(result.rows)

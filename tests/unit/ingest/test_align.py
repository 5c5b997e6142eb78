"""Alignment with a conversion: each character gets the box of its own print, or none."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from auditor.core.documents import Block, BlockKind, Page, Span
from auditor.core.layout import Corners, box_at, pack_boxes
from auditor.ingest.align import _in_page_order, with_pages_of
from auditor.ingest.content import Content, ContentBuilder

SIZE, LEADING, MARGIN, PADDING = 10.0, 14.0, 50.0, 5.0
WIDTH, HEIGHT = 595.0, 842.0
Placed = tuple[int, Corners]
"""A page, numbered from 1, and a box on it."""


@dataclass
class Press:
    """Prints lines of cells, and pages of so many lines; reads them as a PDF is read."""

    lines_per_page: int = 40
    lines: list[list[tuple[float, str]]] = field(default_factory=list)

    def line(self, *words: tuple[float, str]) -> None:
        """Print words at their left edges on the next line."""
        self.lines.append([word for word in words if word[1]])

    def place(self, number: int, left: float, index: int) -> Placed:
        """Where the character ``index`` of a word on the line ``number`` stands."""
        page, row = divmod(number, self.lines_per_page)
        x, y = MARGIN + left + SIZE * index, MARGIN + LEADING * row
        return page + 1, (x, y, x + SIZE, y + SIZE)

    def read(self) -> Content:
        """What is printed, line by line."""
        text, starts = "", {}
        boxes: list[Corners | None] = []
        for number, words in enumerate(self.lines):
            starts.setdefault(number // self.lines_per_page, len(text))
            for left, word in words:
                boxes += [self.place(number, left, i)[1] for i in range(len(word))]
                boxes.append(None)
                text += word + " "
            boxes.append(None)
            text += "\n"
        ends = [*list(starts.values())[1:], len(text)]
        pages = tuple(
            Page(page + 1, Span(start, end), WIDTH, HEIGHT)
            for (page, start), end in zip(starts.items(), ends, strict=True)
        )
        return Content(text=text, blocks=(), pages=pages, layout=pack_boxes(boxes))


@dataclass
class Printed:
    """A table as it was printed: the places of the characters of each cell."""

    press: Press
    cells: list[list[list[Placed]]]


def print_table(
    press: Press, rows: Sequence[Sequence[str]], widths: Sequence[int], *, repeat: bool = True
) -> Printed:
    """Print a table without rules whose columns hold ``widths`` characters and wrap.

    ``repeat``: the first row returns at the top of every page.
    """
    lefts = [sum(SIZE * w + 2 * PADDING for w in widths[:n]) for n in range(len(widths))]
    printed = Printed(press, [])

    def wrap(cells: Sequence[str], kept: list[list[Placed]] | None, repeating: bool) -> None:
        lines = max(-(-len(cell) // width) for cell, width in zip(cells, widths, strict=True))
        for number in range(max(1, lines)):
            at = len(press.lines)
            if repeating and at and at % press.lines_per_page == 0:
                wrap(rows[0], None, repeating=False)
                at = len(press.lines)
            parts = [c[number * w : (number + 1) * w] for c, w in zip(cells, widths, strict=True)]
            press.line(*zip(lefts, parts, strict=True))
            for column, part in enumerate(parts):
                if kept is not None:
                    kept[column] += [press.place(at, lefts[column], i) for i in range(len(part))]

    for number, row in enumerate(rows):
        kept: list[list[Placed]] = [[] for _ in row]
        wrap(row, kept, repeating=repeat and number > 0)
        printed.cells.append(kept)
    return printed


def placed(content: Content, offset: int) -> Placed | None:
    """The page and the box of a character."""
    box = box_at(content.layout, offset)
    (page,) = [p.number for p in content.pages if p.span.start <= offset < p.span.end]
    return None if box is None else (page, box)


def table_of(rows: Sequence[Sequence[str]], *, before: str = "", behind: str = "") -> Content:
    builder = ContentBuilder()
    builder.paragraph(before)
    builder.table([list(row) for row in rows])
    builder.paragraph(behind)
    return builder.build()


def found_in(content: Content, printed: Printed) -> tuple[int, int]:
    """How many characters of a table's cells have their boxes, of how many; none has another's."""
    blocks = [b for b in content.blocks if b.kind in (BlockKind.TABLE_HEAD, BlockKind.TABLE_ROW)]
    boxed = total = 0
    for block, row in zip(blocks, printed.cells, strict=True):
        at = block.span.start
        for cell, places in zip(content.text[at : block.span.end].split(" | "), row, strict=True):
            assert len(cell) == len(places)
            for index, place in enumerate(places):
                got = placed(content, at + index)
                assert got in (None, place), (content.text[at : block.span.end], cell, index)
                boxed += got is not None
            total += len(places)
            at += len(cell) + 3
    return boxed, total


DUTIES = ("推进一网通办", "建设算力中心", "完善数据治理制度", "开展数据安全评估")
OFFICES = ("市数据局", "市生态环境局", "市大数据发展管理局")
HEAD = ("序号", "任务", "责任单位", "时限")


def plan(count: int) -> list[list[str]]:
    """A plan of works whose rows are much alike."""
    rows = [list(HEAD)]
    for n in range(1, count + 1):
        duty = "，".join(DUTIES[(n + k) % 4] for k in range(1 + n % 3))
        rows.append([str(n), duty, OFFICES[n % 3], "2025年12月底前"])
    return rows


def test_the_cells_of_rows_that_wrap_are_not_taken_for_those_of_their_neighbours() -> None:
    rows, press = plan(30), Press(1000)
    printed = print_table(press, rows, (3, 6, 5, 6))
    content = with_pages_of(table_of(rows), press.read())
    boxed, total = found_in(content, printed)
    assert boxed == total


def test_a_cell_that_goes_on_over_a_page_does_not_take_the_next_row_of_that_page() -> None:
    rows, press = plan(60), Press(33)
    printed = print_table(press, rows, (3, 6, 5, 6))
    content = with_pages_of(table_of(rows), press.read())
    boxed, total = found_in(content, printed)
    assert len(content.pages) >= 5
    # what parts a row is lost: a page begins once, and a cell may not go back behind it
    assert total - boxed <= 12 * len(content.pages)
    whole = [row for row in printed.cells if len({page for cell in row for page, _ in cell}) == 1]
    assert len(whole) >= 50 and boxed >= sum(len(cell) for row in whole for cell in row)


def test_a_row_that_is_parted_by_a_page_keeps_the_boxes_of_one_page_only() -> None:
    press = Press(2)
    press.line((0, "序号"), (60, "学校名称"), (160, "结论"))
    press.line((0, "1"), (60, "临澜科技师范"), (160, "有条件通过"))
    press.line((60, "大学"))
    press.line((0, "2"), (60, "临澜大学"), (160, "有条件通过"))
    rows = [["序号", "学校名称", "结论"], ["1", "临澜科技师范大学", "有条件通过"],
            ["2", "临澜大学", "有条件通过"]]  # fmt: skip
    content = with_pages_of(table_of(rows), press.read())
    first, second = content.text.index("1 | "), content.text.index("2 | ")
    got = [placed(content, i) for i in range(first, second)]
    shown = [c for c, place in zip(content.text[first:second], got, strict=True) if place]
    assert "".join(shown) == "1临澜科技师范有条件通过"
    assert {place[0] for place in got if place} == {1}
    assert placed(content, second + 4) == press.place(3, 60, 0)


def test_rows_of_merged_cells_between_others_leave_these_their_columns() -> None:
    rows, press = plan(24), Press(1000)
    printed = print_table(press, rows[:12], (3, 6, 5, 6))
    press.line((0, "第二部分城市治理与公共服务领域的任务安排"))
    rest = print_table(press, rows[12:], (3, 6, 5, 6))
    builder = ContentBuilder()
    builder.table([*rows[:12]])
    builder.add(BlockKind.TABLE_ROW, "第二部分城市治理与公共服务领域的任务安排")
    builder.table([[*row] for row in rows[12:]])
    content = with_pages_of(builder.build(), press.read())
    at = content.text.index("第二部分")
    assert placed(content, at) == press.place(press.lines.index(
        [(0, "第二部分城市治理与公共服务领域的任务安排")]), 0, 0)  # fmt: skip
    blocks = tuple(b for b in content.blocks if "第二部分" not in content.text[slice_of(b)])
    both = Printed(press, printed.cells + rest.cells)
    boxed, total = found_in(Content(content.text, blocks, content.pages, layout=content.layout),
                            both)  # fmt: skip
    assert boxed == total


def slice_of(block: Block) -> slice:
    return slice(block.span.start, block.span.end)


def test_a_head_that_the_text_repeats_itself_is_not_passed_over() -> None:
    rows, press = plan(12), Press(10)
    rows = [*rows[:5], list(HEAD), *rows[5:]]
    printed = print_table(press, rows, (3, 30, 10, 10), repeat=False)
    content = with_pages_of(table_of(rows), press.read())
    boxed, total = found_in(content, printed)
    assert boxed == total


@st.composite
def tables(draw: st.DrawFn) -> tuple[list[list[str]], list[int], int]:
    """Rows much alike, the widths of their columns, and the lines of a page."""
    count = draw(st.integers(2, 5))
    words = st.sampled_from([*DUTIES, *OFFICES, "是", "已完成", "已完成已完成", ""])
    joined = st.lists(words, min_size=1, max_size=3).map("".join)
    body = st.lists(
        st.lists(joined, min_size=count - 1, max_size=count - 1), min_size=2, max_size=12
    )
    rows = [[str(n), *row] for n, row in enumerate(draw(body), start=1)]
    for row in rows:
        row[-1] = row[-1] or "完"  # the text of a row ends with its last cell
    widths = draw(st.lists(st.integers(2, 9), min_size=count, max_size=count))
    return [["序号", "任务", "责任单位", "时限", "状态"][:count], *rows], widths, draw(
        st.integers(8, 60)
    )  # fmt: skip


@given(tables())
def test_no_character_of_a_table_gets_the_box_of_another_cell(
    drawn: tuple[list[list[str]], list[int], int],
) -> None:
    rows, widths, lines = drawn
    press = Press(lines)
    press.line((0, "下表列出全市数字化转型的各项重点任务。"))
    printed = print_table(press, rows, widths)
    press.line((0, "表后的文字说明各项任务由谁督办落实。"))
    content = table_of(rows, before="下表列出全市数字化转型的各项重点任务。",
                       behind="表后的文字说明各项任务由谁督办落实。")  # fmt: skip
    content = with_pages_of(content, press.read())
    boxed, total = found_in(content, printed)
    parted = sum(len({page for cell in row for page, _ in cell}) > 1 for row in printed.cells)
    longest = max(sum(len(cell) for cell in row) for row in rows)
    assert boxed >= total - parted * longest


def paged(text: str, printed: Sequence[str]) -> Content:
    press = Press()
    for line in printed:
        press.line((0, line))
    builder = ContentBuilder()
    builder.paragraph(text)
    return with_pages_of(builder.build(), press.read())


def boxless(content: Content) -> str:
    return "".join(
        c
        for i, c in enumerate(content.text)
        if not c.isspace() and box_at(content.layout, i) is None
    )


def test_two_dashes_that_are_one_glyph_both_stand_in_its_box() -> None:
    content = paged("——产业转型取得突破性成效……", ["—产业转型取得突破性成效…"])
    assert boxless(content) == ""
    assert box_at(content.layout, 0) == box_at(content.layout, 1)
    apart = paged("——产业转型取得突破", ["——产业转型取得突破"])
    assert box_at(apart.layout, 0) != box_at(apart.layout, 1) and boxless(apart) == ""


def test_a_character_that_the_print_lacks_costs_no_other_its_box() -> None:
    content = paged(
        "深化长三角-粤港澳科创产业融合发展区建设。",
        ["深化长三角粤港澳科创产业", "融合发展区建设。"],
    )
    assert boxless(content) == "-"


def test_what_is_printed_on_another_page_than_the_text_around_it_has_no_box() -> None:
    first, second = "第一段在第一页上。", "第二段也在第一页上比较长的一行。"
    third = "第三段在第二页上印出来。"
    press = Press(2)
    for line in (first, second, third):
        press.line((0, line))
    builder = ContentBuilder()
    for line in (first, third[:7], second, third[7:]):
        builder.paragraph(line)
    content = with_pages_of(builder.build(), press.read())
    assert [page.number for page in content.pages] == [1, 2]
    truth = {press.place(n, 0, i): c for n, words in enumerate(press.lines)
             for _, word in words for i, c in enumerate(word)}  # fmt: skip
    for offset, character in enumerate(content.text):
        where = placed(content, offset)
        assert where is None or truth[where] == character


@given(st.lists(st.integers(0, 3), min_size=1, max_size=9))
def test_the_fewest_are_left_out_to_keep_the_pages_in_order(pages: list[int]) -> None:
    found = [(offset, offset, page) for offset, page in enumerate(pages)]
    kept = _in_page_order(found)
    assert all(a[2] <= b[2] and a[0] < b[0] for a, b in pairwise(kept))
    assert set(kept) <= set(found)
    choices = [
        [page for bit, page in enumerate(pages) if number >> bit & 1]
        for number in range(1 << len(pages))
    ]
    longest = max(len(c) for c in choices if all(a <= b for a, b in pairwise(c)))
    assert len(kept) == longest

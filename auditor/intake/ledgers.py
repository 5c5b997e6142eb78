"""Count things in ledgers (台账): distinct rows, those that are done, their share of a total."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from decimal import ROUND_DOWN, Decimal

from auditor.core.claims import CountedRow, LedgerCount, RowStatus, StatedTotal
from auditor.core.documents import Block, BlockKind, Document
from auditor.core.spans import Span

MOST_ROWS = 50_000
CONTEXT_BLOCKS = 3
NOT_A_KEY = re.compile(
    r"序号|编号|编码|代码|备注|说明|日期|时间|年份|金额|投资|电话|联系|负责人|状态|进度|进展"
    r"|简介|内容|成效|链接|网址|数量|面积|比例|占比|是否"
)
STATUS_HEAD = re.compile(
    r"状态|进展|进度|建设情况|建设阶段|完成情况|实施情况|运行情况|改造情况|推进情况|落地情况|阶段"
    r"|是否.{0,4}(?:建成|完成|上线|落地|改造|接入|投用|运行|达标|覆盖|验收)"
)
PENDING = re.compile(
    r"在建|拟|规划|计划|筹备|筹建|谋划|储备|推进中|建设中|改造中|进行中|实施中|开发中|测试|试运行"
    r"|试点中|未|没有|暂缓|停用|停运|下线|撤销|待|招标|立项|前期|开工|部分"
)
DONE = re.compile(
    r"建成|上线|完成|投用|投入使用|投入运行|运行|验收|在用|落地|开放|接入|达标|交付|投运|启用"
    r"|已(?:建|改|覆盖|实施|实现|纳入|应用)"
)
YES, NO = frozenset("是 有 √ ✓ ✔ yes y".split()), frozenset("否 无 × ✗ x no n".split())
ALMOST = re.compile(r"基本|初步|主体")
PERCENT = re.compile(r"(\d{1,3}(?:\.\d{1,4})?)%?")
SUM_LABEL = re.compile(r"(?:总?合计|总计|小计|共计|累计)[:：]?(?:\d{1,9}个?)?")
TOTAL_LABEL = re.compile(
    r"(?:(?:全市|应).{0,12}(?:总数|总量|数)|.{0,8}(?:总数|总量))[:：]?(?:\d{1,9}个?)?"
)
NOT_A_SUM = re.compile(r"金额|投资|资金|面积|人口|人数|户数|元|日期|时间|年份|评分|得分|电话")
PLANNED_LEDGER = re.compile(r"拟建|计划|规划|储备|待建|需求清单|申报|征集")
LEADING_NUMBER = re.compile(r"[(（]?\d{1,4}[)）.、．]\s*")
NOISE = re.compile(r"[\s《》“”\"'‘’()（）\[\]【】·•\-—–_,，.。;；:：、]+")
COUNT_CELL = re.compile(r"[^\d]{0,16}(\d{1,9})[个家项类处座条件]?")
DISTRICT_HEAD = re.compile(r"区县|县区|县市区|区市县|市县|所属区|所在区|街道|乡镇|镇街")
KINDS_OF_THINGS = frozenset({"领域", "行业"})
"""Nouns whose values are kinds: several rows of one kind are no double entries."""


@dataclass(frozen=True, slots=True)
class LedgerRow:
    """A row's cells with its span and place."""

    cells: tuple[str, ...]
    span: Span
    place: str


@dataclass(frozen=True, slots=True)
class Ledger:
    """Rows that stand under one header in one document.

    ``context`` holds what names the table: the document's name and title and the lines above it;
    ``caption`` is the line right above it.
    """

    document: str
    header: tuple[str, ...]
    rows: tuple[LedgerRow, ...]
    context: str
    caption: str = ""


def ledgers_of(document: Document) -> tuple[Ledger, ...]:
    """Take the tables with a header out of a document, in text order.

    Rows under the same header are one ledger while only table heads (a head repeated on the next
    page) stand between them.
    """
    found: list[Ledger] = []
    rows: list[LedgerRow] = []
    header: tuple[str, ...] = ()
    above: list[str] = []
    title = f"{document.name}\n{document.title}"

    def close() -> None:
        if rows:
            context = "\n".join([title, *above[-CONTEXT_BLOCKS:]])
            found.append(Ledger(document.name, header, tuple(rows), context, "".join(above[-1:])))
            rows.clear()

    for block in document.blocks:
        if block.kind is BlockKind.TABLE_HEAD:
            continue
        if block.kind is not BlockKind.TABLE_ROW or not block.header:
            close()
            above.append(document.quote(block.span)[:200])
            continue
        if block.header != header:
            close()
            header = block.header
        if len(rows) < MOST_ROWS:
            rows.append(_row(document, block))
    close()
    return tuple(found)


def _row(document: Document, block: Block) -> LedgerRow:
    return LedgerRow(cells_of(document.quote(block.span)), block.span, block.place)


def cells_of(text: str) -> tuple[str, ...]:
    """Split the text of a table row into its cells (empty ones at the ends were trimmed)."""
    padded = (" " if text.startswith("|") else "") + text + (" " if text.endswith("|") else "")
    return tuple(cell.strip() for cell in padded.split(" | "))


def key_column(header: Sequence[str], noun: str = "") -> int | None:
    """Choose the column that names the counted things.

    The noun's own name column (社区名称), a column of the noun (社区), a name column (名称,
    项目名称), else the first column that can name anything; None where there is none.
    """
    heads = ["".join(head.split()) for head in header]
    able = [n for n, head in enumerate(heads) if head and not NOT_A_KEY.search(head)]
    ranks = (
        lambda head: bool(noun) and noun in head and head.endswith(("名称", "名")),
        lambda head: bool(noun) and head == noun,
        lambda head: bool(noun) and head.endswith(noun),
        lambda head: bool(noun) and noun in head,
        lambda head: noun not in KINDS_OF_THINGS and head.endswith(("名称", "名")),
        lambda head: bool(head) and not noun,
    )
    for fits in ranks:
        chosen = next((n for n in able if fits(heads[n])), None)
        if chosen is not None:
            return chosen
    return None


def normal_name(name: str) -> str:
    """Fold a thing's name for comparing: width, case, leading number, brackets and marks."""
    folded = unicodedata.normalize("NFKC", name).strip().lower()
    bare = NOISE.sub("", LEADING_NUMBER.sub("", folded, count=1))
    return bare or NOISE.sub("", folded)


def row_status(text: str) -> RowStatus:
    """Read a status cell: done, pending (在建, 拟建, 未…, a share below 100 %), else unclear."""
    folded = "".join(unicodedata.normalize("NFKC", text).split()).lower()
    if share := PERCENT.fullmatch(folded):
        whole = Decimal(share.group(1))
        complete = whole == 100 or (whole == 1 and not folded.endswith("%"))
        return RowStatus.DONE if complete else RowStatus.PENDING
    if folded in NO or PENDING.search(folded):
        return RowStatus.PENDING
    if folded in YES or (DONE.search(folded) and not ALMOST.search(folded)):
        return RowStatus.DONE
    return RowStatus.UNCLEAR


def count_ledger(
    ledger: Ledger,
    noun: str = "",
    terms: Sequence[str] = (),
    total: StatedTotal | None = None,
) -> LedgerCount | None:
    """Count a ledger's things; None where no column names them.

    ``terms`` are patterns of which the context and the row together must show every one: other
    rows are on another matter and stay apart. ``total`` is a total stated elsewhere and goes
    before the ledger's own; a sum row that only repeats the number of rows is no total.
    """
    key = key_column(ledger.header, noun)
    if key is None:
        return None
    status = next((n for n, h in enumerate(ledger.header) if STATUS_HEAD.search(h)), None)
    district = _district_column(ledger.header, noun)
    missing = [term for term in terms if not re.search(term, _about(ledger))]
    counted: list[CountedRow] = []
    sums: list[StatedTotal] = []
    stated = [total] if total is not None else []
    seen: set[tuple[str, ...]] = set()
    for row in ledger.rows:
        label = _sum_label(row, key)
        if label:
            number = _sum_of(ledger, row)
            if number is not None and not label.startswith("小计"):
                (stated if TOTAL_LABEL.fullmatch(label) else sums).append(number)
            continue
        name = _cell(row, key)
        if not normal_name(name) or name.isdigit():
            continue
        same = (normal_name(_cell(row, district)), normal_name(name))
        state = _state(row, status, missing, same in seen)
        if state is not RowStatus.OTHER_MATTER:
            seen.add(same)
        counted.append(CountedRow(name, state, row.span, row.place))
    named = "\n".join((*ledger.context.split("\n")[:2], ledger.caption))
    planned = PLANNED_LEDGER.search(named) is not None and status is None
    return _summed(ledger, key, counted, (stated, sums), (status is not None, planned, noun))


def _about(ledger: Ledger) -> str:
    return ledger.context + "\n" + " ".join(ledger.header)


def _district_column(header: Sequence[str], noun: str) -> int | None:
    """Communities of one name stand in several districts: the district belongs to the key."""
    if noun != "社区":
        return None
    return next((n for n, head in enumerate(header) if DISTRICT_HEAD.search(head)), None)


def _cell(row: LedgerRow, index: int | None) -> str:
    return row.cells[index] if index is not None and index < len(row.cells) else ""


def _sum_label(row: LedgerRow, key: int) -> str:
    """The label of a row that sums up (合计, 全市社区总数), empty for a thing's row."""
    first = next((cell for cell in row.cells if cell), "")
    for cell in (first, _cell(row, key)):
        bare = "".join(cell.split())
        if SUM_LABEL.fullmatch(bare) or TOTAL_LABEL.fullmatch(bare):
            return bare
    return ""


def _sum_of(ledger: Ledger, row: LedgerRow) -> StatedTotal | None:
    """Read the number of a sum row; columns of money, areas or people are no counts."""
    for head, cell in zip(ledger.header, row.cells, strict=False):
        number = COUNT_CELL.fullmatch("".join(cell.split()))
        if number is not None and not NOT_A_SUM.search(head):
            return StatedTotal(int(number.group(1)), ledger.document, row.span)
    return None


def _state(row: LedgerRow, status: int | None, missing: Sequence[str], seen: bool) -> RowStatus:
    whole = " ".join(row.cells)
    if not all(re.search(term, whole) for term in missing):
        return RowStatus.OTHER_MATTER
    if seen:
        return RowStatus.DUPLICATE
    return RowStatus.DONE if status is None else row_status(_cell(row, status))


def _summed(
    ledger: Ledger,
    key: int,
    counted: Sequence[CountedRow],
    totals: tuple[Sequence[StatedTotal], Sequence[StatedTotal]],
    how: tuple[bool, bool, str],
) -> LedgerCount:
    has_status, planned, noun = how
    if planned:
        counted = [
            replace(row, status=RowStatus.PENDING) if row.status is RowStatus.DONE else row
            for row in counted
        ]
    number = {state: sum(row.status is state for row in counted) for state in RowStatus}
    done = number[RowStatus.DONE]
    distinct = done + number[RowStatus.PENDING] + number[RowStatus.UNCLEAR]
    total, notes = _total(totals, distinct, has_status)
    notes += _notes(number, has_status, planned, noun)
    share = None
    if total is not None and total.value >= done and total.value > 0:
        share = (Decimal(100 * done) / total.value).quantize(Decimal("0.01"), ROUND_DOWN)
    return LedgerCount(
        document=ledger.document,
        header=ledger.header,
        key_column=ledger.header[key],
        distinct=distinct,
        done=done,
        pending=number[RowStatus.PENDING],
        unclear=number[RowStatus.UNCLEAR],
        duplicates=number[RowStatus.DUPLICATE],
        total=total,
        share=share,
        rows=tuple(counted),
        notes=tuple(notes),
    )


def _total(
    totals: tuple[Sequence[StatedTotal], Sequence[StatedTotal]],
    distinct: int,
    has_status: bool,
) -> tuple[StatedTotal | None, list[str]]:
    """Choose the total that the share is of, and say what is odd about the totals."""
    stated, sums = totals
    notes: list[str] = []
    total = next(iter([*stated, *sums]), None)
    if total is None:
        return None, notes
    others = sorted({t.value for t in stated} - {total.value})
    if others:
        written = "、".join(map(str, others))
        notes.append(f"总数另有 {written} 之说，以 {total.value} 为分母，请核对口径。")
    if stated and sums and sums[0].value != distinct:
        notes.append(f"台账合计写 {sums[0].value}，去重得 {distinct}。")
    if not stated and total.value == distinct:
        if not has_status:
            notes.append(f"合计 {total.value} 只是台账自身的行数，未说明全市总数，不作分母。")
            return None, notes
        notes.append(f"以台账所列 {total.value} 为全部，须核实是否覆盖全市。")
    if total.value < distinct:
        notes.append(f"所称总数 {total.value} 少于台账所列 {distinct}，请核对口径。")
    return total, notes


def _notes(
    number: dict[RowStatus, int], has_status: bool, planned: bool, noun: str
) -> Iterator[str]:
    if planned:
        yield "表名为拟建、计划或申报，所列不计为已建成。"
    elif not has_status and number[RowStatus.DONE]:
        yield "台账没有状态列，所列均按已建成计，须核实。"
    if number[RowStatus.UNCLEAR]:
        yield f"{number[RowStatus.UNCLEAR]} 行的状态不明，未计入已建成。"
    if number[RowStatus.DUPLICATE] and noun not in KINDS_OF_THINGS:
        yield f"{number[RowStatus.DUPLICATE]} 行重名，只计一次。"
    if number[RowStatus.OTHER_MATTER]:
        yield f"{number[RowStatus.OTHER_MATTER]} 行与本特征所说的事项无关，未计。"


def counted_rows(count: LedgerCount, *states: RowStatus) -> tuple[CountedRow, ...]:
    """The rows of a count in the given states (all states where none is given)."""
    return tuple(row for row in count.rows if not states or row.status in states)


def all_ledgers(documents: Iterable[Document]) -> tuple[Ledger, ...]:
    """Take the ledgers of all documents that count (neither foreign, double nor superseded)."""
    return tuple(ledger for d in documents if d.counts for ledger in ledgers_of(d))

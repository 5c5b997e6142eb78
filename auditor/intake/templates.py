"""Write the forms that a city fills in: 自评表.xlsx and 证明材料清单.xlsx, a row a feature."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from auditor.core.criteria import Feature, Item, Standard
from auditor.intake.words import CLAIM_NAMES, LEVEL_WORDS
from auditor.sheets.book import HEAD, LINE, OPEN, PALE, Book
from auditor.sheets.texts import neutral

SELF_ASSESSMENT_FILE = "自评表.xlsx"
EVIDENCE_FILE = "证明材料清单.xlsx"
SHADES = {
    "满足": "#DCFCE7",
    "大部分满足": "#ECFCCB",
    "部分满足": "#FEF9C3",
    "仅规划": "#E0F2FE",
    "不满足": "#FEE2E2",
    "不适用": "#E5E7EB",
}
MEANINGS = (
    ("满足", "特征要求的各项要素都已做到（已发布、已建成、已运行、已达到），有材料可证。"),
    ("大部分满足", "只差一项次要要素（列举中的一项、程度用语），其余都已做到。"),
    ("部分满足", "有的要素已做到，有的没有；或要求普遍做到而只在个别区县、领域试点。"),
    ("仅规划", "只有规划、计划、目标、要求，尚未做到。已过期的目标仍算规划。"),
    ("不满足", "没有做到，或数值低于要求。"),
    ("不适用", "本市没有特征所说的对象（如无集中供暖）。须写理由，由评估人员认定。"),
)
ASSESSMENT_STEPS = (
    ("第一步", "在本页填写城市名称、自评等级、填报单位。"),
    ("第二步", "在“自评表”页逐条从下拉列表中选择自评结论；没有把握的可以留空，留空不视为不满足。"),
    ("第三步", "写明理由：依据哪件事、哪个数（分子、分母、截至日期）。自评为不适用的必须写理由。"),
    ("第四步", "填写责任部门全称；多个部门用顿号分开。补正通知按责任部门分发。"),
    ("第五步", "另填《证明材料清单》，写明每条特征由哪个文件的哪几页证明。"),
    (
        "请注意",
        "蓝色表头各列是标准原文，已锁定；黄色各格由城市填写，不要填写姓名、电话、身份证号等个人信息。",
    ),
    ("请注意", "涉密文件和工作秘密不得填入本表，也不得随材料提交。"),
)
EVIDENCE_STEPS = (
    ("第一步", "在“证明材料清单”页找到特征所在行，填写证明它的文件名。"),
    ("第二步", "文件名与所交文件完全一致（含后缀最好）；一行只填一个文件。"),
    ("第三步", "一条特征有几个文件时，在其下方插入行；特征编号可以不填，不填即同上一行。"),
    ("第四步", "页码填文件打开后的第几页（不是印在纸上的页码），写法如 3-5、8；留空表示全文。"),
    ("第五步", "填写责任部门全称。补正通知按责任部门分发。"),
    ("请注意", "清单所列文件的所列页会最先查看；没有列入的材料也会检索。"),
    ("请注意", "涉密文件和工作秘密不得列入，也不得随材料提交；不要填写个人信息。"),
)


@dataclass(frozen=True, slots=True)
class _Column:
    """A column of a form: head, width in characters, whether the city fills it, centred."""

    head: str
    width: float
    open: bool = False
    centred: bool = False


ASSESSMENT_COLUMNS = (
    _Column("能力域", 9),
    _Column("能力子域", 10),
    _Column("能力项", 11),
    _Column("等级", 6, centred=True),
    _Column("特征编号", 14, centred=True),
    _Column("特征内容", 54),
    _Column("自评结论", 12, open=True, centred=True),
    _Column("理由", 34, open=True),
    _Column("责任部门", 16, open=True),
)
EVIDENCE_COLUMNS = (
    _Column("特征编号", 14, centred=True),
    _Column("特征内容", 54),
    _Column("文件名", 36, open=True),
    _Column("页码", 11, open=True, centred=True),
    _Column("说明", 26, open=True),
    _Column("责任部门", 16, open=True),
)


def self_assessment_template(standard: Standard) -> bytes:
    """Write 自评表.xlsx: instructions, then one row per feature with a list of verdicts.

    The standard's columns are locked (without a password); the city's columns are open.
    """
    book = Book(f"{standard.title} 自评表")
    fields = ("城市名称", "自评等级", "填报单位", "填报日期")
    _instructions(book, f"{standard.title}　自评表填表说明", fields, ASSESSMENT_STEPS)
    sheet = _form(book, "自评表", f"{standard.title}　自评表", ASSESSMENT_COLUMNS)
    row = 2
    previous: Sequence[str] = ()
    for feature, item in _features(standard):
        level = LEVEL_WORDS[feature.level]
        names = (feature.domain, feature.subdomain, item.name, level, feature.id, feature.text)
        _feature_row(book, sheet, row, names, previous, ASSESSMENT_COLUMNS)
        previous = names
        row += 1
    _verdict_choice(book, sheet, row - 1)
    allowed = ("format_rows", "format_columns", "format_cells", "autofilter", "sort")
    sheet.protect("", dict.fromkeys(allowed, True))
    return book.close()


def evidence_list_template(standard: Standard) -> bytes:
    """Write 证明材料清单.xlsx: instructions, then one row per feature; rows may be inserted."""
    book = Book(f"{standard.title} 证明材料清单")
    fields = ("城市名称", "填报单位", "填报日期")
    _instructions(book, f"{standard.title}　证明材料清单填表说明", fields, EVIDENCE_STEPS)
    sheet = _form(book, "证明材料清单", f"{standard.title}　证明材料清单", EVIDENCE_COLUMNS)
    for row, (feature, _) in enumerate(_features(standard), start=2):
        _feature_row(book, sheet, row, (feature.id, feature.text), (), EVIDENCE_COLUMNS)
    return book.close()


def templates(standard: Standard) -> Mapping[str, bytes]:
    """Give both forms by file name."""
    return {
        SELF_ASSESSMENT_FILE: self_assessment_template(standard),
        EVIDENCE_FILE: evidence_list_template(standard),
    }


def _features(standard: Standard) -> Iterator[tuple[Feature, Item]]:
    for item in standard.items:
        for feature in item.features:
            yield feature, item


def _instructions(
    book: Book, title: str, fields: Sequence[str], steps: Sequence[tuple[str, str]]
) -> None:
    """Write the first sheet: fields of the city, steps, and (for claims) what a verdict means."""
    sheet = book.book.add_worksheet("填表说明")
    sheet.hide_gridlines(2)
    sheet.set_column(0, 0, 2)
    sheet.set_column(1, 1, 16)
    sheet.set_column(2, 2, 84)
    sheet.set_row(0, 36)
    sheet.write_string(0, 1, title, book.format(bold=True, font_size=16, font_color=HEAD))
    row = _field_rows(book, sheet, fields)
    row = _pairs(book, sheet, row + 1, "怎样填写", steps)
    if "自评等级" in fields:
        _pairs(book, sheet, row + 1, "自评结论的含义", MEANINGS)
    sheet.set_paper(9)
    sheet.set_landscape()
    sheet.fit_to_pages(1, 1)
    sheet.set_margins(left=0.5, right=0.5, top=0.6, bottom=0.6)


def _field_rows(book: Book, sheet: Any, fields: Sequence[str]) -> int:
    label = book.format(bold=True, border=1, border_color=LINE, bg_color="#F3F4F6", indent=1)
    answer = book.format(border=1, border_color=LINE, bg_color=OPEN, indent=1, num_format="@")
    for row, name in enumerate(fields, start=2):
        sheet.set_row(row, 24)
        sheet.write_string(row, 1, name, label)
        sheet.write_blank(row, 2, None, answer)
        if name == "自评等级":
            choice = {"validate": "list", "source": list(LEVEL_WORDS)}
            prompt = {"input_title": "自评等级", "input_message": "请从列表中选择。"}
            sheet.data_validation(row, 2, row, 2, {**choice, **prompt})
    return 2 + len(fields)


def _pairs(book: Book, sheet: Any, row: int, heading: str, pairs: Sequence[tuple[str, str]]) -> int:
    sheet.set_row(row, 26)
    sheet.write_string(row, 1, heading, book.format(bold=True, font_size=12, font_color=HEAD))
    for word, meaning in pairs:
        row += 1
        shade = {"bg_color": SHADES[word]} if word in SHADES else {}
        edge = {"border": 1, "border_color": LINE, "indent": 1}
        sheet.set_row(row, 24 if len(meaning) <= 46 else 40)
        sheet.write_string(row, 1, word, book.format(bold=True, **edge, **shade))
        sheet.write_string(row, 2, meaning, book.format(text_wrap=True, **edge))
    return row + 1


def _form(book: Book, name: str, title: str, columns: Sequence[_Column]) -> Any:
    """Open a form's sheet: title, head row, frozen panes, filter, print settings."""
    sheet = book.book.add_worksheet(name)
    sheet.hide_gridlines(2)
    sheet.set_row(0, 32)
    sheet.write_string(0, 0, title, book.format(bold=True, font_size=15, font_color=HEAD))
    sheet.set_row(1, 26)
    for index, column in enumerate(columns):
        empty = book.format(num_format="@", locked=False) if column.open else None
        sheet.set_column(index, index, column.width, empty)
        edge = {"border": 1, "border_color": "#FFFFFF", "align": "center", "bold": True}
        colour = "#B45309" if column.open else HEAD
        head = book.format(bg_color=colour, **{**edge, "font_color": "#FFFFFF"})
        sheet.write_string(1, index, column.head, head)
    sheet.freeze_panes(2, next(n for n, c in enumerate(columns) if c.head == "特征内容"))
    sheet.set_paper(9)
    sheet.set_landscape()
    sheet.fit_to_pages(1, 0)
    sheet.repeat_rows(0, 1)
    sheet.set_margins(left=0.4, right=0.4, top=0.5, bottom=0.6)
    sheet.set_footer(f"&L&9{name}&R&9第 &P 页，共 &N 页")
    return sheet


def _feature_row(
    book: Book,
    sheet: Any,
    row: int,
    texts: Sequence[str],
    previous: Sequence[str],
    columns: Sequence[_Column],
) -> None:
    """Write one feature; names that repeat the row above are printed pale."""
    length = len(texts[-1])
    sheet.set_row(row, max(24, 15.5 * -(-length // 26) + 6))
    for index, column in enumerate(columns):
        edge: dict[str, Any] = {"border": 1, "border_color": LINE, "text_wrap": True}
        edge.update({"align": "center"} if column.centred else {"indent": 1})
        if column.open:
            options = {**edge, "bg_color": OPEN, "locked": False, "num_format": "@"}
            sheet.write_blank(row, index, None, book.format(**options))
            continue
        repeats = index < 3 and tuple(previous[: index + 1]) == tuple(texts[: index + 1])
        pale = {"font_color": PALE} if previous and repeats else {}
        sheet.write_string(row, index, neutral(texts[index]), book.format(**edge, **pale))


def _verdict_choice(book: Book, sheet: Any, last: int) -> None:
    """Put the list of verdicts on its column, with colours, and ask for missing reasons."""
    heads = [column.head for column in ASSESSMENT_COLUMNS]
    verdict, reason = heads.index("自评结论"), heads.index("理由")
    names = list(CLAIM_NAMES.values())
    choice = {
        "validate": "list",
        "source": names,
        "error_title": "自评结论",
        "error_message": "请从列表中选择：" + "、".join(names) + "。",
    }
    sheet.data_validation(2, verdict, last, verdict, choice)
    for name in names:
        colour = book.book.add_format({"bg_color": SHADES[name]})
        rule = {"type": "cell", "criteria": "==", "value": f'"{name}"', "format": colour}
        sheet.conditional_format(2, verdict, last, verdict, rule)
    asks = book.book.add_format({"bg_color": "#FDBA74"})
    formula = f'=AND(${chr(65 + verdict)}3="不适用",${chr(65 + reason)}3="")'
    sheet.conditional_format(
        2, reason, last, reason, {"type": "formula", "criteria": formula, "format": asks}
    )
    sheet.autofilter(1, 0, last, len(ASSESSMENT_COLUMNS) - 1)

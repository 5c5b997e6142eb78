"""The table above a paper on a government's web site: 索引号, 文号, 发文机关, 成文日期, 有效性."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import date

from auditor.core.identity import Stated
from auditor.ingest.identity.dates import dates_in
from auditor.ingest.identity.frame import Line, Paper

LINES = 24
MARK = "•·●▪*-"
LABEL = (
    "索引号|文号|发文字号|文件编号|发文机关|发文单位|制发机关|印发机关|发布机构|发布单位|成文日期|发文日期|印发日期"
    "|生成日期|发布日期|公开日期|有效性|时效性|名称|标题|题名|公文名称|信息名称|主题分类|主题词|体裁分类|组配分类"
)
PAIR = re.compile(rf"^[{MARK}]?(?P<label>{LABEL})[:|]+(?P<value>.*)$")
MADE = ("成文日期", "发文日期", "印发日期")
ISSUERS = ("发文机关", "发文单位", "制发机关", "印发机关")
NAMES = ("名称", "标题", "题名", "公文名称", "信息名称")


def is_meta(text: str) -> bool:
    """Tell whether a line without white space is one of such a table."""
    return bool(PAIR.match(text))


def pairs_of(line: Line) -> Iterator[tuple[str, str]]:
    """Give the labels and values of a line; a table's row holds several."""
    match = PAIR.match(line.text)
    if not match:
        return
    cells = line.text.lstrip(MARK).split("|")
    if len(cells) < 3:
        yield match["label"], match["value"]
        return
    for label, value in zip(cells[::2], cells[1::2], strict=False):
        yield label.rstrip(":"), value


def told(paper: Paper, labels: tuple[str, ...]) -> tuple[str, Line] | None:
    """The first value that stands under one of the labels."""
    for line in paper.lines[:LINES]:
        for label, value in pairs_of(line):
            if label in labels and value:
                return value, line
    return None


def told_issuer(paper: Paper) -> Stated | None:
    """The body that the table names as the issuer."""
    found = told(paper, ISSUERS)
    return Stated(found[0], 0.9, found[1].span) if found and len(found[0]) <= 30 else None


def told_title(paper: Paper) -> Stated | None:
    """The title that the table gives."""
    found = told(paper, NAMES)
    return Stated(found[0], 0.9, found[1].span) if found and 4 <= len(found[0]) <= 120 else None


def told_number(paper: Paper) -> Stated | None:
    """The number that the table gives."""
    found = told(paper, ("文号", "发文字号", "文件编号"))
    whole = found is not None and bool(re.search(r"\d号$", found[0])) and len(found[0]) <= 30
    return Stated(found[0], 0.95, found[1].span) if found and whole else None


def told_day(paper: Paper) -> tuple[date, Line] | None:
    """The date of making that the table gives (not that of putting it up)."""
    found = told(paper, MADE)
    dated = next(dates_in(found[0]), None) if found else None
    return (dated.day, found[1]) if found and dated else None

"""What a document is: kind, title and date of issue, from its name and its first lines."""

from __future__ import annotations

import re
from datetime import date
from pathlib import PurePosixPath

from auditor.core.documents import DocumentKind
from auditor.ingest.content import Content

HEAD_CHARACTERS = 1500
TAIL_CHARACTERS = 400
FULL_DATE = re.compile(r"((?:19|20)\d{2})\s*[年\-./]\s*(\d{1,2})\s*[月\-./]\s*(\d{1,2})\s*日?")
REPORT_YEAR = re.compile(
    r"((?:19|20)\d{2})年?(?:市|省|区)?(?:人民)?政府工作报告|政府工作报告[（(]?((?:19|20)\d{2})"
)
KIND_RULES: tuple[tuple[DocumentKind, re.Pattern[str]], ...] = (
    (DocumentKind.DRAFT, re.compile(r"征求意见稿|送审稿|草案(?!报告)|讨论稿")),
    (DocumentKind.WORK_REPORT, re.compile(r"政府工作报告|向大会报告.{0,6}工作")),
    (
        DocumentKind.NEWS,
        re.compile(
            r"新闻|快讯|动态|考察|学习.{0,4}(?:报告|情况|体会)|经验(?:交流|做法|材料)|解读|问答|发布会"
        ),
    ),
    (DocumentKind.STATISTICS, re.compile(r"统计公报|统计年鉴|主要指标|统计月报|普查公报")),
    (
        DocumentKind.SUMMARY,
        re.compile(
            r"总结|工作情况|情况(?:的)?报告|年度报告|年报|进展|自评|成效|评估报告|绩效报告|白皮书"
        ),
    ),
    (DocumentKind.REGULATION, re.compile(r"条例|办法|规定|实施细则|细则|规则|规程|管理制度")),
    (
        DocumentKind.PLAN,
        re.compile(
            r"规划|行动计划|实施方案|工作方案|推进方案|建设方案|行动方案|方案|计划|指导意见|实施意见|若干措施|工作要点|三年行动|意见|措施"
        ),
    ),
    (DocumentKind.NOTICE, re.compile(r"通知|公告|通告|批复|复函|公示")),
)
LOOKING_BACK = re.compile(r"^(?:今年以来|近年来|\d{4}年以来|一年来)")
ARTICLE = re.compile(r"^第[一二三四五六七八九十百]+条[\s　]", re.M)


def title_of(name: str, content: Content) -> str:
    """Choose the title: the text's own first heading or short line, else the file's name."""
    stem = PurePosixPath(name).stem
    lines = [line.strip() for line in content.text[:HEAD_CHARACTERS].splitlines()[:12]]
    for line in lines:
        if 4 <= len(line) <= 60 and not line.endswith(("。", "：", "；")) and kind_in(line):
            return line
    return content.title or stem


def kind_in(text: str) -> DocumentKind | None:
    """Name the kind that a title's words speak for, None where they say nothing."""
    for kind, pattern in KIND_RULES:
        if pattern.search(text):
            return kind
    return None


def kind_of(name: str, title: str, text: str) -> DocumentKind:
    """Decide what sort of paper it is: name, then title, then the form of the text."""
    stem = re.sub(r"\(\d{4}-\d{2}-\d{2}\)", "", PurePosixPath(name).stem)
    for source in (title, stem, text[:300]):
        kind = kind_in(source)
        if kind is DocumentKind.PLAN and len(ARTICLE.findall(text)) >= 5:
            return DocumentKind.REGULATION
        if kind is not None:
            return kind
    if len(ARTICLE.findall(text)) >= 5:
        return DocumentKind.REGULATION
    return DocumentKind.SUMMARY if LOOKING_BACK.match(text) else DocumentKind.OTHER


def issued_on(name: str, text: str) -> date | None:
    """Find the date of issue: in the name, at the end, in the head, else the report year."""
    for source in (name, text[-TAIL_CHARACTERS:], text[:HEAD_CHARACTERS]):
        dates = [d for d in map(_as_date, FULL_DATE.finditer(source)) if d is not None]
        if dates:
            return max(dates)
    year = REPORT_YEAR.search(name) or REPORT_YEAR.search(text[:HEAD_CHARACTERS])
    if year:
        return date(int(year.group(1) or year.group(2)), 1, 1)
    return None


def _as_date(match: re.Match[str]) -> date | None:
    try:
        return date(int(match.group(1)), int(match.group(2)), int(match.group(3)))
    except ValueError:
        return None

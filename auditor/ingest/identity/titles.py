"""A paper's title: letter-spaced, broken over lines, under a red head, or in the file's name."""

from __future__ import annotations

import re
from collections.abc import Sequence

from auditor.core.identity import Stated
from auditor.core.spans import Span
from auditor.ingest.identity.dates import dates_in, only_date, only_month
from auditor.ingest.identity.frame import Line, Paper, fold, stated_by_name
from auditor.ingest.identity.kinds import speaker
from auditor.ingest.identity.meta import is_meta, told_title
from auditor.ingest.identity.signing import SOURCED

TITLE_LINES = 4
TITLE_CHARACTERS = 90
LOOKED_AT = 18
ENDING = re.compile(
    r"(?:通知|通告|公告|公示|批复|复函|函|决定|决议|命令|意见|方案|规划|计划|纲要|要点|措施|政策|条例|办法|规定|细则"
    r"|规则|规程|规范|制度|标准|指南|指引|报告|公报|年鉴|总结|汇报|纪要|合同|协议书?|证书|名单|清单|台账|[一-龥]表"
    r"|解读|问答|白皮书|框架|说明|通报|倡议书|预案|目录|汇总|情况|做法|简报|体系|导则|手册|记录|通知书|备忘录|案例"
    r"|一文(?:说清|读懂|看懂)|图解|介绍|要求|发布会|条件|截图|截屏|照片)"
    r"(?:[(（][^()（）]{1,30}[)）])?$"
)
FURNITURE = re.compile(
    r"^(?:下载|打印|全屏|收藏|分享|加大|还原|减小|】|【字号.*|字号.*|关闭|首页.*|您(?:当前|现在)?所在.*|当前位置.*|来源.*|时间.*"
    r"|发[布表](?:时间|日期|机构).*|索引号.*|信息来源.*|浏览.*|责任编辑.*|A\+.*|【法宝引证码】.*|原文链接.*|https?:.*|附件\d*:?"
    r"|ICS.*|L\d+.*|备案号.*|签发人.*|特急|加急|急件|\d{6}|机密.*|秘密.*|绝密.*|内部.*|文号.*|主题分类.*|目录|第?\d+页?)$"
)
RED_HEAD = re.compile(r"^[一-龥]{4,40}文件$")
NUMBER_LINE = re.compile(r"[〔\[﹝【][12]\d{3}[〕\]﹞】]\d{1,5}号|^第\d+号$|^[一-龥]*令第?\d+号?$")
STANDARD_NUMBER = re.compile(
    r"^(?:[A-Z]{2,3}\d{0,2}/?T?|Q/[A-Z]{2,6})\d{2,6}(?:\.\d+)?[—–-]{1,2}\d{4}$"
)
SECTION = re.compile(
    r"^(?:[一二三四五六七八九十]{1,3}[、.]|[(（][一二三四五六七八九十\d]{1,3}[)）]|第[一二三四五六七八九十百\d]{1,4}[章条节编]"
    r"|\d{1,2}[、.．](?!\d)|附件|前言|引言|各[一-龥]{1,20}:)"
)
CLOSING = ("。", ":", "；", "，", "！", ";", ",")
MEETING_LINE = re.compile(r"^[—\-–(]*(?:19|20)\d{2}年\d{1,2}月\d{1,2}日")
APPROVAL = re.compile(r"关于批准《(?P<statute>[^《》]{4,40})》的(?:决议|决定)")
SPACED = re.compile(r"(?<=[一-龥》”]) (?=[一-龥《“])")
MANGLED = re.compile(r"^[^一-龥]*$")


def find_title(paper: Paper) -> Stated | None:
    """Find the title in the head of the text, else in the file's name or properties."""
    return (
        _approved(paper)
        or told_title(paper)
        or _of_standard(paper)
        or _in_lines(paper)
        or _in_property(paper)
        or _headline(paper)
        or _in_name(paper)
    )


def _approved(paper: Paper) -> Stated | None:
    """A province's approval stands before the statute that it approves: the statute counts."""
    approval = APPROVAL.search(paper.head.text[:400])
    if not approval:
        return None
    statute = approval["statute"]
    for line in paper.lines[:30]:
        if line.text == statute:
            return Stated(statute, 0.9, line.span)
    return None


def _of_standard(paper: Paper) -> Stated | None:
    """The line under a standard's number is its title."""
    for above, line in zip(paper.lines[:12], paper.lines[1:13], strict=False):
        if STANDARD_NUMBER.match(above.text) and 4 <= len(line.text) <= 40:
            return Stated(line.text, 0.9, line.span)
    return None


def _in_lines(paper: Paper) -> Stated | None:
    lines = _title_block(paper)
    for first in range(len(lines)):
        found = _complete(lines[first : first + TITLE_LINES])
        if found is not None:
            last, sure = found
            joined = lines[first : first + last + 1]
            value = _written(paper, joined)
            return Stated(value, 0.92 if sure else 0.7, Span(joined[0].start, joined[-1].end))
    return None


def _title_block(paper: Paper) -> list[Line]:
    """The lines above the body, without furniture of web pages and of the red head."""
    block = []
    for line in paper.lines[:LOOKED_AT]:
        text = line.text
        if SECTION.match(text) or len(text) > TITLE_CHARACTERS or text.endswith(CLOSING):
            if is_meta(text) or FURNITURE.match(text):
                continue
            break
        if (
            is_meta(text)
            or FURNITURE.match(text)
            or RED_HEAD.match(text)
            or NUMBER_LINE.search(text)
        ):
            continue
        if only_date(text) or only_month(text) or MANGLED.match(text):
            continue
        block.append(line)
    return block


def _complete(lines: Sequence[Line]) -> tuple[int, bool] | None:
    """How many further lines the title takes that starts at the first one, None if it is none."""
    text = ""
    for index, line in enumerate(lines):
        if index and (MEETING_LINE.match(line.text) or _is_history(line.text)):
            return None
        text += line.text
        if len(text) > TITLE_CHARACTERS:
            return None
        if ENDING.search(text) and len(text) >= 4 and not _is_history(text) and _closed(text):
            return index, True
    return None


def _closed(text: str) -> bool:
    return text.count("《") == text.count("》")


def _is_history(text: str) -> bool:
    return text.startswith(("(", "——", "（")) or any(d.start < 2 for d in dates_in(text))


def _written(paper: Paper, lines: Sequence[Line]) -> str:
    """The title without the blanks of letter spacing; blanks between words of one line stay."""
    parts = []
    for line in lines:
        raw = paper.text[line.start : line.end]
        spaced = re.fullmatch(r"(?:\S[\s]{1,6}){3,}\S", raw)
        plain = SPACED.sub("", " ".join(raw.split()))
        parts.append(line.text if spaced or len(lines) > 1 else plain)
    return "".join(parts)


def _headline(paper: Paper) -> Stated | None:
    """A headline of news: the line right above its date and source."""
    for above, line in zip(paper.lines[:8], paper.lines[1:9], strict=False):
        dated = next(dates_in(line.text[:30]), None)
        headline = 6 <= len(above.text) <= 50 and not above.text.endswith(CLOSING)
        sourced = dated is not None and SOURCED.search(line.text)
        if headline and sourced and not FURNITURE.match(above.text):
            return Stated(_written(paper, [above]), 0.7, above.span)
    return None


def _in_property(paper: Paper) -> Stated | None:
    """The title of the file's properties, where the head of the text bears it out."""
    title = fold(paper.title_property)
    if 4 <= len(title) <= TITLE_CHARACTERS:
        at = paper.head.text[:600].find(title)
        if at >= 0:
            span = paper.head.span(at, at + len(title))
            return Stated(paper.title_property, 0.8, span, "properties")
    return None


def _in_name(paper: Paper) -> Stated | None:
    """What the file is called, unless that is the text's first words or another's report."""
    name = paper.title_in_name
    spoken = speaker(paper)
    if paper.named_for_its_words or len(name) < 4:
        return None
    if spoken and spoken["organ"] == "国务院" and "国务院" not in name[:6]:
        return None
    return stated_by_name(name, 0.6 if ENDING.search(fold(name)) else 0.5)

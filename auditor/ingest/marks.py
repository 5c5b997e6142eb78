"""Find marks of secrecy as marks, never as words of a sentence, and personal data.

A level (绝密, 机密, 秘密) is a mark where it carries the star of GB/T 9704 (``机密★10年``), answers
``密级：``, stands alone on its line, or stands apart in the head of the paper or of a page.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from auditor.core.documents import Mark, MarkKind, Page
from auditor.core.errors import SecretDocumentError
from auditor.core.personal import find_personal
from auditor.core.spans import Span
from auditor.ingest.content import Content

GAP = r"[ \u3000\u00a0\t]"
LEVEL = re.compile(
    rf"(?P<level>绝{GAP}{{0,6}}密|机{GAP}{{0,6}}密|秘{GAP}{{0,6}}密)"
    rf"(?P<star>级?{GAP}{{0,4}}[★☆✩✭⭐*＊●·大食x×X+]{{1,3}})?"
    rf"(?P<term>{GAP}{{0,4}}(?:(?:保密)?期限{GAP}{{0,2}}[:：]?{GAP}{{0,4}})?"
    r"(?:[0-9０-９一二三四五六七八九十]{1,4}\s?(?:年|个?月|天|日)(?:[0-9]{1,2}月)?(?:[0-9]{1,2}日)?前?"
    r"|长期|永久|(?:启用|公布|公开|发布|解密|实施|开标|考试结束|评审结束)前))?"
)
FIELD_NAME = rf"(?:密{GAP}{{0,8}}级别?|[保秘]密[级等][别级])"
FIELD = re.compile(rf"{FIELD_NAME}{GAP}{{0,4}}[:：|（(\[【]{GAP}{{0,8}}\Z")
OF_THIS = re.compile(r"本(?:文件|件|文|报告|材料|资料|方案)[^，。；]{0,6}密级[为是：:]\s?\Z")
CHECKED = re.compile(rf"[☑✓√■☒✔●]{GAP}{{0,2}}\Z")
OTHER_LEVEL = re.compile(
    rf"{GAP}{{0,6}}级?{GAP}{{0,6}}[、/／,，或和及与□☐○☑✓√■☒ ]{{1,2}}{GAP}{{0,4}}"
    rf"(?:绝{GAP}{{0,3}}密|机{GAP}{{0,3}}密|秘{GAP}{{0,3}}密|内部|公开|非密)"
)
LEVELS_BEFORE = re.compile(
    rf"(?:绝密|机密|秘密|内部|公开|非密)级?{GAP}{{0,6}}"
    rf"[、/／,，或和及与□☐○☑✓√■☒ ]{{1,2}}{GAP}{{0,4}}\Z"
)
LEVEL_LINE = re.compile(r"\s*(?:绝密|机密|秘密|内部|公开|非密|敏感|一般|工作秘密)级?\s*\Z")
RIGHT_AFTER_FIELD = re.compile(r"级?(?:\Z|[\s|，。；;、）)\]】]|保密)")
DECORATION = " \u3000\u00a0\t【】[]（）()〔〕《》<>＜＞*#_|·•—-:：."
SERIAL = re.compile(r"(?:份号|编号|No\.?)?[:： ]{0,2}(?:[0-9]{3,8})?\Z")
OTHER_SECRETS = re.compile(r"(?:国家|商业|工作|技术|保守|个人|企业|党的)\s?\Z")
URGENT = re.compile(r"(?:特急|加急|特提|平急|急件)?\Z")
FAINT_STARS = "*＊●·大食x×X+"
"""What character recognition makes of a star: a mark only with a term behind it."""
NUMBERING = ".．、"
HEAD_CHARACTERS, HEAD_LINES = 600, 12
PAGE_HEAD_CHARACTERS, PAGE_HEAD_LINES = 120, 3
REACH = 80
QUOTES = set("“”\"'‘’「『")

PHRASE = (
    r"(?:内部(?:资料|文件|材料|使用|传阅|参考|掌握|发行|刊物|稿|讨论稿|征求意见稿)"
    r"|(?:仅供|仅限|限)内部(?:使用|传阅|参考|掌握)?|注意保(?:存|密|管)|妥善保(?:管|存)"
    r"|(?:不得|请勿|严禁|禁止|不准)(?:外传|扩散|外泄|转发|复制|翻印|公开)|阅后(?:收回|即焚|退回)"
    r"|免费交流|工作秘密|(?:核心|普通)商密|此件(?:不公开|不予公开|发至[县团地师][^\s，。）)]{0,6}))"
)
INTERNAL_HINT = re.compile(
    r"内部|注意保|不得外传|请勿外传|严禁外传|工作秘密|商密|此件[不发]|不予公开"
)
INTERNAL_LINE = re.compile(
    rf"{PHRASE}(?:{GAP}{{0,8}}[，,、。·★☆!！;；]?{GAP}{{0,8}}(?:{PHRASE}|[0-9]{{1,2}}年|长期)){{0,4}}"
    r"[。！!]?"
)
INTERNAL_FIELD = re.compile(
    rf"{FIELD_NAME}{GAP}{{0,4}}[:：|（(]{GAP}{{0,8}}(?P<word>内部(?:资料|文件|参考|使用)?|工作秘密|(?:核心|普通)?商密)"
    rf"(?=\Z|[\s|，。；）)\]】★])"
    rf"|公开(?:属性|方式|选项|形式|类型){GAP}{{0,3}}[:：|]{GAP}{{0,6}}(?P<closed>不予公开|不公开)(?=\Z|[\s|，。；）)])"
)
PLACE = re.compile(r"[/\\]|!/")
NAME_LEVEL = re.compile(
    r"(?:^|(?<=[\s_\-.【\[（(〔★·—]))(?P<level>绝密|机密|秘密|内部资料|内部文件|工作秘密)"
    r"(?P<term>[★☆]?(?:[0-9]{1,2}年|长期)?)(?=$|[\s_\-.】\]）)〕★·—])"
)


@dataclass(frozen=True, slots=True)
class _Heads:
    """Where the head of the paper and of each page begins, in text order."""

    starts: tuple[int, ...]

    def hold(self, text: str, offset: int) -> bool:
        """Tell whether an offset stands in the first lines of the paper or of a page."""
        start = self.starts[bisect_right(self.starts, offset) - 1]
        first = start == 0
        characters = HEAD_CHARACTERS if first else PAGE_HEAD_CHARACTERS
        lines = HEAD_LINES if first else PAGE_HEAD_LINES
        if offset - start >= characters:
            return False
        return sum(bool(line.strip()) for line in text[start:offset].split("\n")[:-1]) < lines


def find_marks(text: str, pages: Sequence[Page] = ()) -> tuple[Mark, ...]:
    """Find marks of secrecy and personal data in a text, in text order.

    Also for text of character recognition, and for running headers that a reader takes out of the
    text. With ``pages`` the head of each page counts as a head. Time is linear in the length.
    """
    starts = sorted({0, *(page.span.start for page in pages)})
    heads = _Heads(tuple(starts))
    secret = [Mark(MarkKind.SECRET, span) for span in _secret_spans(text, heads)]
    internal = [Mark(MarkKind.INTERNAL, span) for span in _internal_spans(text, heads)]
    return tuple(sorted((*secret, *internal, *find_personal(text)), key=lambda m: m.span))


def marks_of(content: Content) -> tuple[Mark, ...]:
    """Find the marks of what a reader gave: its pages' heads and its tables' heads are known."""
    marks = list(find_marks(content.text, content.pages))
    taken = {mark.span.start for mark in marks}
    for block in content.blocks:
        if not block.header:
            continue
        row = content.text[block.span.start : block.span.end]
        for mark in find_personal(row, " ".join(block.header)):
            span = Span(mark.span.start + block.span.start, mark.span.end + block.span.start)
            if span.start not in taken:
                marks.append(Mark(mark.kind, span))
    return tuple(sorted(marks, key=lambda m: m.span))


def secrecy_of(marks: Sequence[Mark]) -> MarkKind | None:
    """The gravest mark of secrecy: SECRET before INTERNAL, None without either."""
    kinds = {mark.kind for mark in marks}
    return next((k for k in (MarkKind.SECRET, MarkKind.INTERNAL) if k in kinds), None)


def refuse_secret(name: str, text: str, marks: Sequence[Mark]) -> None:
    """Refuse a paper that carries a level, in its text or in its name.

    Raises:
        SecretDocumentError: repeats the mark itself and nothing else of the paper.
    """
    for source, found in ((text, marks), (name, find_name_marks(name))):
        for mark in found:
            if mark.kind is MarkKind.SECRET:
                words = source[mark.span.start : mark.span.end]
                raise SecretDocumentError(name, "".join(words.split()))


def find_name_marks(name: str) -> tuple[Mark, ...]:
    """Find marks of secrecy in a file's name or its folders: set apart, never inside a title."""
    marks = []
    start = 0
    for part in PLACE.split(name):
        start = name.index(part, start)
        for match in NAME_LEVEL.finditer(part):
            secret = match["level"] in ("绝密", "机密", "秘密")
            kind = MarkKind.SECRET if secret else MarkKind.INTERNAL
            marks.append(Mark(kind, Span(start + match.start(), start + match.end())))
        start += len(part)
    return tuple(marks)


def marks_in_name(name: str) -> tuple[Mark, ...]:
    """Marks that a paper bears in its name alone: they stand at no place of its text."""
    return tuple(Mark(mark.kind, Span(0, 0)) for mark in find_name_marks(name)[:1])


def _secret_spans(text: str, heads: _Heads) -> Iterator[Span]:
    for match in LEVEL.finditer(text):
        if _is_secret(text, match, heads):
            plain = match["star"] and not _is_starred(match)
            yield Span(match.start(), match.end("level") if plain else match.end())


def _is_secret(text: str, match: re.Match[str], heads: _Heads) -> bool:
    before = text[max(0, match.start() - REACH) : match.start()]
    after = text[match.end() : match.end() + REACH]
    line_before, line_after = before.rpartition("\n")[2], after.partition("\n")[0]
    if _is_listed(line_before, line_after):
        return bool(CHECKED.search(line_before))
    if FIELD.search(line_before) or OF_THIS.search(line_before):
        return bool(RIGHT_AFTER_FIELD.match(line_after)) or bool(match["star"])
    if CHECKED.search(line_before) and "密级" in line_before:
        return True
    if line_before[-1:] in QUOTES or OTHER_SECRETS.search(line_before):
        return False
    if _is_starred(match):
        return _has_left_edge(line_before) or (len(line_before) < 30 and not line_after.strip())
    if _is_alone(line_before, line_after):
        return not _among_levels(before, after)
    return heads.hold(text, match.start()) and _stands_apart(line_before, match, line_after)


def _is_listed(line_before: str, line_after: str) -> bool:
    """Tell whether other levels stand beside it: a form to tick, or an enumeration."""
    return bool(OTHER_LEVEL.match(line_after) or LEVELS_BEFORE.search(line_before))


def _is_starred(match: re.Match[str]) -> bool:
    star = (match["star"] or "").strip()
    return bool(star) and (star[-1] not in FAINT_STARS or bool(match["term"]))


def _has_left_edge(line_before: str) -> bool:
    """Tell whether what stands before is nothing, a gap, a bracket or the copy's number."""
    last = line_before[-1:]
    return not last or last in DECORATION or bool(SERIAL.fullmatch(line_before.strip()))


def _is_alone(line_before: str, line_after: str) -> bool:
    """Tell whether nothing but the copy's number, the urgency and decoration is on its line."""
    first = line_before.strip(DECORATION)
    last = line_after.strip(DECORATION)
    return bool(SERIAL.fullmatch(first) and URGENT.fullmatch(last))


def _among_levels(before: str, after: str) -> bool:
    """Tell whether the line above or below names another level: a table of levels."""
    above = before.rpartition("\n")[0].rpartition("\n")[2]
    below = after.partition("\n")[2].partition("\n")[0]
    if FIELD.search(above):
        return False
    return any(LEVEL_LINE.match(line) for line in (above, below)) or above.endswith(("：", ":"))


def _stands_apart(line_before: str, match: re.Match[str], line_after: str) -> bool:
    """Tell whether a gap or a bracket sets it apart from the words beside it, on both sides."""
    inner = len(match.group()) - len("".join(match.group().split()))
    return _apart(line_before[::-1], inner, 1) and _apart(line_after, inner, 2)


def _apart(side: str, inner: int, least: int) -> bool:
    """``side`` runs away from the mark; letter-spaced print needs a gap wider than its own."""
    rest = side.lstrip()
    gap = len(side) - len(rest)
    if not rest or rest[0] in "】）)]〕|【（([〔" or URGENT.fullmatch(rest.strip()):
        return True
    if rest[0] in NUMBERING:
        return False
    letter_spaced = len(rest[:2].strip()) == 1
    return gap > inner + 1 if letter_spaced else gap >= least


def _internal_spans(text: str, heads: _Heads) -> Iterator[Span]:
    end = 0
    for hint in INTERNAL_HINT.finditer(text):
        if hint.start() < end:
            continue
        span = _internal_at(text, hint.start(), heads)
        if span is not None:
            end = span.end
            yield span
    for match in INTERNAL_FIELD.finditer(text):
        group = "word" if match["word"] else "closed"
        yield Span(match.start(group), match.end(group))


def _internal_at(text: str, offset: int, heads: _Heads) -> Span | None:
    start = max(0, offset - 3)
    match = next(
        (m for at in range(start, offset + 1) if (m := INTERNAL_LINE.match(text, at))), None
    )
    if match is None or match.end() <= offset:
        return None
    line_before = text[max(0, match.start() - REACH) : match.start()].rpartition("\n")[2]
    line_after = text[match.end() : match.end() + REACH].partition("\n")[0]
    alone = _is_alone(line_before, line_after)
    in_head = heads.hold(text, match.start())
    apart = in_head and _apart(line_before[::-1], 0, 1) and _apart(line_after, 0, 2)
    return Span(match.start(), match.end()) if alone or apart else None

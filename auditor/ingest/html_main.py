"""The main text of a web page: its pieces in order, without what frames the article."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from bs4.element import NavigableString, PageElement, Tag

from auditor.ingest.html_hidden import marks_of

BLOCKS = frozenset({"p", "div", "section", "article", "li", "dd", "dt", "blockquote", "pre", "td",
                    "th", "main", "body", "ul", "ol", "dl", "figure", "figcaption", "center",
                    "html"})  # fmt: skip
HEADING = re.compile(r"h([1-6])")
CONTAINER = re.compile(
    r"[.#](?:ucap-?content|trs_?u?editor(?:_view)?|zoom(?:con)?|vsb_content\w*|wp_articlecontent"
    r"|(?:article|news|pages?|detail|info|xxgk|text|main|show|view|xl|bt|ivs|zw|zfxxgk_zw)[-_]?"
    r"(?:content|con|text|body|txt|detail)s?|con_?text|content[-_]?text|easysite-news-text"
    r"|news_?zw|zw_?content|detail-news|wzcon|news_body_txt_a|content|detail)",
    re.I,
)
FRAME = re.compile(
    r"[.#](?:[\w-]*[-_])?(?:nav|navbar|menu|breadcrumbs?|crumbs?|sidebar|footer|header|toolbar|share"
    r"|bshare|copyright|pagination|pager|prevnext|related|qrcode|ewm)(?:[-_][\w-]*)?",
    re.I,
)
BREADCRUMB = re.compile(r"(?:您|你)?(?:当前|现在|目前)?(?:所在)?的?位\s*置\s*[:：是]|当前位置")
TOOL = re.compile(
    r"[【\[]?(?:字\s*[体号][:：]?.{0,14}|A\+.{0,14}|分享(?:到|至)?.{0,16}|打印(?:本页)?|关闭(?:窗口)?"
    r"|打印\s*[|｜]?\s*关闭|收藏|返回顶部|无障碍\w{0,4}|[大中小 ]{1,8}"
    r"|浏览(?:量|次数|人次)[:：\s\d次-]*|点击(?:数|率|量)[:：\s\d次-]*|扫一扫.{0,20}|手机版|繁体版?)"
    r"[】\]]?[:：]?",
)
TAIL = re.compile(
    r"[【\[]?(?:相关(?:阅读|链接|文档|文件|解读|稿件|信息|新闻|报道|推荐|内容|政策)|延伸阅读|推荐阅读"
    r"|热点推荐|上一[篇条页]|下一[篇条页]|扫一扫|打印本页|关闭窗口|返回顶部|版权所有|主办单位|承办单位"
    r"|网站标识码|友情链接|网站地图|联系我们).{0,60}|.{0,30}(?:ICP备|公网安备).{0,40}",
)
INFO = re.compile(
    r"(?:发布|发表|成文|印发|公开|生成|更新|发文)?(?:时间|日期)\s*[:：]|来\s*源\s*[:：]|索\s*引\s*号"
    r"|发文(?:机关|字号)|发布(?:机构|单位)|文\s*号\s*[:：]|有效性|主题分类|(?:19|20)\d{2}[-年/.]\d{1,2}"
)
FILES = re.compile(r"\.(?:pdf|docx?|wps|xlsx?|et|pptx?|ofd|zip|rar|7z|txt)(?:$|[?#])", re.I)
SHORT = 80
TAIL_SHARE = 0.3
CONTAINER_SHARE = 0.4
CONTAINER_LEAST = 80
SAME_ARTICLE = 0.8
LAYOUT_CELL = 400
MAX_DEPTH = 200


@dataclass(slots=True)
class Piece:
    """A heading (``level`` > 0), paragraph, or table (``rows``) of the page.

    ``inside`` tells whether it stands in the article's own container.
    """

    text: str
    level: int = 0
    rows: list[list[str]] = field(default_factory=list)
    inside: bool = False

    @property
    def length(self) -> int:
        """Characters that it prints."""
        return len(self.text) or sum(len(cell) for row in self.rows for cell in row)


@dataclass(slots=True)
class Size:
    """What a tag holds: characters (without spaces), those of links, links, links to files."""

    length: int = 0
    linked: int = 0
    links: int = 0
    files: int = 0
    has_block: bool = False

    @property
    def own(self) -> int:
        """Characters that are no links."""
        return self.length - self.linked


class Sizes:
    """The sizes of all tags below one, taken in a single pass from the end of the page."""

    def __init__(self, body: Tag) -> None:
        self._sizes: dict[int, Size] = {}
        for node in reversed(list(body.descendants)):
            holder = self.of(node.parent)
            if isinstance(node, Tag):
                self._add(node, holder)
            elif type(node) is NavigableString:
                holder.length += len("".join(node.split()))

    def of(self, tag: Tag | None) -> Size:
        """The size of a tag, empty for one that holds nothing."""
        return self._sizes.setdefault(id(tag), Size())

    def _add(self, tag: Tag, holder: Size) -> None:
        inside = self.of(tag)
        link = tag.name == "a"
        holder.length += inside.length
        holder.linked += inside.length if link else inside.linked
        holder.links += inside.links + link
        holder.files += inside.files + (link and bool(FILES.search(str(tag.get("href") or ""))))
        holder.has_block = holder.has_block or inside.has_block or tag.name in BLOCKS


def is_frame(tag: Tag) -> bool:
    """Tell parts whose class or id says that they frame the page: menus, toolbars, footers."""
    if tag.name in ("html", "body", "main", "article"):
        return False
    return any(FRAME.fullmatch(mark) for mark in marks_of(tag))


def container_of(body: Tag, sizes: Sizes) -> Tag | None:
    """The tag that holds the article, by the names that content systems give it.

    The innermost where several hold the same article; None where no tag of such a name holds a
    good part of the page's own text.
    """
    least = max(CONTAINER_LEAST, CONTAINER_SHARE * sizes.of(body).own)
    named = body.find_all(lambda t: any(CONTAINER.fullmatch(mark) for mark in marks_of(t)))
    lengths = [(sizes.of(tag).own, tag) for tag in named]
    enough = [(length, tag) for length, tag in lengths if length >= least]
    if not enough:
        return None
    longest = max(length for length, _ in enough)
    return min((p for p in enough if p[0] >= SAME_ARTICLE * longest), key=lambda p: p[0])[1]


def main_pieces(pieces: Sequence[Piece], title: str) -> list[Piece]:
    """Drop breadcrumbs, tools and what stands outside of the article; cut the tail."""
    kept = [piece for piece in pieces if not _is_tool(piece)]
    first = next((n for n, piece in enumerate(kept) if piece.inside), None)
    if first is not None:
        lead = [p for p in kept[:first] if _belongs_to_lead(p, title)]
        kept = [*lead, *(piece for piece in kept[first:] if piece.inside)]
    return _without_tail(kept)


def _belongs_to_lead(piece: Piece, title: str) -> bool:
    """Tell the title, and lines of date, source and number, above the article."""
    if title and piece.text and (piece.text in title or title in piece.text):
        return len(piece.text) >= 4 and piece.length < len(title) + SHORT
    if piece.rows:
        return any(INFO.search(cell) for row in piece.rows for cell in row)
    return piece.length < 2 * SHORT and bool(INFO.search(piece.text))


def _is_tool(piece: Piece) -> bool:
    if piece.rows or piece.length > SHORT:
        return False
    return bool(BREADCRUMB.match(piece.text) or TOOL.fullmatch(piece.text))


def _without_tail(pieces: list[Piece]) -> list[Piece]:
    """Cut at the first mark of a tail behind which little text stands."""
    total = sum(piece.length for piece in pieces)
    before = 0
    for place, piece in enumerate(pieces):
        mark = not piece.rows and piece.length <= SHORT and TAIL.fullmatch(piece.text)
        if mark and place and total - before < TAIL_SHARE * total:
            return pieces[:place]
        before += piece.length
    return pieces


def pieces_of(body: Tag, container: Tag | None, sizes: Sizes) -> list[Piece]:
    """The pieces below a tag in order; runs of inline text become one paragraph."""
    return list(_Walk(container, sizes).below(body, body is container, 0))


class _Walk:
    """Cuts the page below a tag into pieces; knows the article's container and the sizes."""

    def __init__(self, container: Tag | None, sizes: Sizes) -> None:
        self._container = container
        self._sizes = sizes

    def below(self, node: Tag, inside: bool, depth: int) -> Iterator[Piece]:
        inline: list[str] = []
        for child in node.children:
            if isinstance(child, Tag) and (child.name == "br" or self._is_block(child)):
                yield from _flushed(inline, inside)
                if child.name != "br":
                    yield from self._block(child, inside or child is self._container, depth + 1)
            else:
                inline.append(_inline_text(child))
        yield from _flushed(inline, inside)

    def _is_block(self, tag: Tag) -> bool:
        named = tag.name in BLOCKS or tag.name == "table" or HEADING.fullmatch(tag.name)
        return bool(named) or self._sizes.of(tag).has_block

    def _block(self, tag: Tag, inside: bool, depth: int) -> Iterator[Piece]:
        if is_link_list(self._sizes.of(tag)):
            return
        mark = HEADING.fullmatch(tag.name)
        if mark or depth > MAX_DEPTH:
            text = squeezed(tag.get_text())
            yield Piece(text, level=int(mark.group(1)) if mark else 0, inside=inside)
        elif tag.name == "table" and not _is_layout(tag):
            rows = [
                [squeezed(cell.get_text()) for cell in row.find_all(["td", "th"])]
                for row in tag.find_all("tr")
            ]
            yield Piece("", rows=[row for row in rows if any(row)], inside=inside)
        else:
            yield from self.below(tag, inside, depth)


def _flushed(inline: list[str], inside: bool) -> Iterator[Piece]:
    text = squeezed("".join(inline))
    inline.clear()
    if text:
        yield Piece(text, inside=inside)


def _is_layout(table: Tag) -> bool:
    """Tell tables that only arrange the page: nested ones, or with whole articles in a cell."""
    if table.find("table") is not None:
        return True
    cells = table.find_all(["td", "th"])
    return any(
        len(cell.get_text()) > LAYOUT_CELL and len(cell.find_all(["p", "div"])) > 2
        for cell in cells
    )


def is_link_list(size: Size) -> bool:
    """Tell menus: short blocks that are mostly links, several of them; attachments are none."""
    menu = size.links >= 3 and size.length < 600 and not size.files
    return menu and size.linked > 0.6 * size.length


def _inline_text(node: PageElement) -> str:
    if isinstance(node, Tag):
        return node.get_text()
    return str(node) if type(node) is NavigableString else ""


def squeezed(text: str) -> str:
    """A text with its runs of white space as one space each."""
    return " ".join(text.split())

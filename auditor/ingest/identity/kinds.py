"""What sort of paper it is, from its title, its name and the way it begins."""

from __future__ import annotations

import re

from auditor.core.documents import DocumentKind
from auditor.core.identity import Stated
from auditor.core.spans import Span
from auditor.ingest.identity.frame import Paper, fold
from auditor.ingest.identity.statutes import Event

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
PROOF_RULES: tuple[tuple[DocumentKind, re.Pattern[str]], ...] = (
    (
        DocumentKind.EVIDENCE_LIST,
        re.compile(r"(?:证明|佐证|支撑|证据)材料.{0,4}(?:清单|目录|一览)|证据清单"),
    ),
    (DocumentKind.SELF_ASSESSMENT, re.compile(r"自评(?!.{0,6}成效)|自我评[估价]|自查(?:表|报告)")),
    (
        DocumentKind.SECURITY_TEST,
        re.compile(r"等级保?护?测评|等保|密码应用.{0,6}评估|密评|渗透测试|安全测评|漏洞扫描"),
    ),
    (DocumentKind.AUDIT_REPORT, re.compile(r"审计(?:工作|结果)?(?:报告|公告|意见|决定书?)")),
    (
        DocumentKind.ACCEPTANCE,
        re.compile(r"验收(?:报告|意见|证书|鉴定|结论|单|表|书|会)|(?:竣工|初|终)验(?:报告|收)"),
    ),
    (
        DocumentKind.CONTRACT,
        re.compile(r"合同|中标|成交(?:公告|通知书|结果)|采购(?:公告|协议)|(?:服务|合作|框架)协议"),
    ),
    (DocumentKind.SURVEY, re.compile(r"满意度|问卷调查|民意调查|调查问卷")),
    (DocumentKind.MINUTES, re.compile(r"纪要|会议记录")),
    (
        DocumentKind.TRAINING,
        re.compile(r"(?:演练|培训|拉练).{0,8}(?:记录|总结|评估|报告|签到|照片|情况|台账)|签到表"),
    ),
    (DocumentKind.SCREENSHOT, re.compile(r"截图|截屏|系统界面")),
    (DocumentKind.LEDGER, re.compile(r"台账|登记[表簿册]|明细表|系统导出|导出(?:表|数据|清单)")),
    (
        DocumentKind.CERTIFICATE,
        re.compile(r"证书|荣誉|奖状|获奖|(?:入选|认定|认证|试点|示范).{0,16}名单|名单$|备案证明"),
    ),
    (
        DocumentKind.INTERPRETATION,
        re.compile(r"解读|问答|一图读懂|图解|一文(?:说清|读懂|看懂|了解)|政策解析"),
    ),
)
STAFFING = re.compile(r"三定|机构编制|职能配置|内设机构|人员编制|编制(?:规定|方案)|机构设置")
ORDERS = re.compile(r"(?:通知|办法|规定|条例|细则|制度|方案|意见|规划|计划|批复|规则|规程)$")
"""A paper about contracts or ledgers that sets rules or plans is no contract and no ledger."""
BRACKETS = re.compile(r"[(（][^()（）]{0,20}[)）]$")
LOOKING_BACK = re.compile(r"^(?:今年以来|近年来|\d{4}年以来|一年来)")
ARTICLE = re.compile(r"^第[一二三四五六七八九十百]+条[\s　]", re.M)
SPEAKER = re.compile(r"代表(?P<organ>国务院|[\u4e00-\u9fa5]{0,14}?政府)[,，、]?(?:向|作|做|对)")
OWN_NAME = re.compile(
    r"制定(?:本|以下|如下)(?P<form>[\u4e00-\u9fa5]{2,8})|(?:提出|制定)(?:以下|如下)(?P<said>[\u4e00-\u9fa5]{0,4}?(?:意见|措施|政策))"
)
HANDED_ON = re.compile(
    r"现(?:将[^。]{0,60}?(?:转发|印发|公布|公告|通知)|印发|予以公布|予以公告|通知如下)"
)
STANDARD = re.compile(
    r"中华人民共和国(?:国家|[\u4e00-\u9fa5]{2,8}行业)标准|^地方标准|团体标准|企业标准$"
)
EXPLAINED = re.compile(r"现(?:将|就|对)?[^。]{0,60}?(?:解读|说明|解答)如下")
CONSULTS = re.compile(r"现(?:将|就|面?向)[^。]{0,80}(?:公开|广泛)?征求(?:社会)?(?:公众)?意见")
PASSED_ON = re.compile(r"《(?P<paper>[^《》]{4,60})》[^。《》]{0,60}现(?:予|将其)?印发")
REPORTER = re.compile(
    r"(?:记者|通讯员)[|:：]?[一-龥]{2,4}|本报讯"
    r"|来源:[一-龥]{0,12}(?:日报|晚报|新闻|融媒|网|电视台)"
)
QUOTED = re.compile(r"《[^《》]{0,80}》")
OPENING = 300
PICTURES = ("png", "jpg", "jpeg", "bmp", "gif", "tif", "tiff", "webp")
TABLES = ("xlsx", "xls", "et", "csv")
LEDGER_ROWS = 5


def kind_in(text: str) -> DocumentKind | None:
    """Name the kind that a title's words speak for, None where they say nothing."""
    for kind, pattern in KIND_RULES:
        if pattern.search(text):
            return kind
    return None


def kind_in_title(title: str) -> DocumentKind | None:
    """Name the kind of a title, among them the papers that applicants send as proof."""
    title = fold(title)
    bare = BRACKETS.sub("", title)
    if KIND_RULES[0][1].search(title):
        return DocumentKind.DRAFT
    if STAFFING.search(bare):
        return DocumentKind.STAFFING
    if not ORDERS.search(bare):
        for kind, pattern in PROOF_RULES:
            if pattern.search(bare):
                return kind
    return kind_in(title)


def find_kind(paper: Paper, title: Stated | None, events: tuple[Event, ...]) -> Stated | None:
    """Decide the kind, the surest signs first; None where nothing speaks for any."""
    return (
        _by_form(paper, events)
        or _by_title(paper, title)
        or _by_own_words(paper)
        or _by_structure(paper)
        or _by_press(paper)
        or _by_format(paper)
        or _by_opening(paper)
    )


def speaker(paper: Paper) -> re.Match[str] | None:
    """Where the head of a government says whom the report speaks for (group ``organ``)."""
    return SPEAKER.search(paper.head.text[:700])


def _by_form(paper: Paper, events: tuple[Event, ...]) -> Stated | None:
    if events and len(ARTICLE.findall(paper.text)) >= 3:
        return Stated(DocumentKind.REGULATION.value, 0.97, events[0].span)
    match = speaker(paper)
    if match:
        return Stated(DocumentKind.WORK_REPORT.value, 0.97, paper.head.of(match))
    for line in paper.lines[:8]:
        if STANDARD.search(line.text) and len(line.text) <= 24:
            return Stated(DocumentKind.OTHER.value, 0.9, line.span)
    return None


def _by_title(paper: Paper, title: Stated | None) -> Stated | None:
    sources = [(title.value, title.confidence, title.span)] if title else []
    if not paper.named_for_its_words:
        sources.append((paper.title_in_name, 0.75, None))
    for words, confidence, span in sources:
        kind = kind_in_title(words)
        if kind is DocumentKind.PLAN and len(ARTICLE.findall(paper.text)) >= 5:
            kind = DocumentKind.REGULATION
        if kind is not None:
            return Stated(kind.value, confidence, span, "text" if span else "name")
    return None


def _by_own_words(paper: Paper) -> Stated | None:
    """What the paper calls itself: 制定本实施方案, 现印发给你们."""
    opening = paper.head.text[: OPENING * 2]
    match = CONSULTS.search(opening)
    if match:
        return Stated(DocumentKind.DRAFT.value, 0.85, paper.head.of(match))
    match = EXPLAINED.search(opening)
    if match:
        return Stated(DocumentKind.INTERPRETATION.value, 0.85, paper.head.of(match))
    match, kind = OWN_NAME.search(opening), None
    if match:
        form = match["form"] or match["said"]
        kind = DocumentKind.PLAN if "政策" in form else kind_in(form)
    if kind is None:
        match = HANDED_ON.search(opening)
        passed = PASSED_ON.search(opening)
        kind = (passed and kind_in(passed["paper"])) or (DocumentKind.NOTICE if match else None)
        match = match or passed
    if kind is None or match is None:
        return None
    if kind is DocumentKind.PLAN and len(ARTICLE.findall(paper.text)) >= 5:
        kind = DocumentKind.REGULATION
    return Stated(kind.value, 0.8, paper.head.of(match))


def _by_structure(paper: Paper) -> Stated | None:
    articles = list(ARTICLE.finditer(paper.text[:20000]))
    if len(articles) >= 5:
        return Stated(DocumentKind.REGULATION.value, 0.8, Span(*articles[0].span()))
    match = LOOKING_BACK.match(paper.text)
    return Stated(DocumentKind.SUMMARY.value, 0.6, Span(*match.span())) if match else None


def _by_press(paper: Paper) -> Stated | None:
    """What a newspaper or a site prints under its reporter's name or with its source is news."""
    for flat in (paper.head, paper.tail):
        match = REPORTER.search(flat.text)
        if match:
            return Stated(DocumentKind.NEWS.value, 0.55, flat.of(match))
    return None


def _by_format(paper: Paper) -> Stated | None:
    """A picture that says nothing of itself is taken for one of a screen, a table for a ledger."""
    suffix = paper.name.lower().rpartition(".")[2]
    if suffix in PICTURES:
        return Stated(DocumentKind.SCREENSHOT.value, 0.5, None, "name")
    if suffix in TABLES and len(paper.lines) >= LEDGER_ROWS:
        return Stated(DocumentKind.LEDGER.value, 0.45, None, "name")
    return None


def _by_opening(paper: Paper) -> Stated | None:
    """The weakest sign: words of the first lines, quoted titles of other papers last."""
    opening = paper.text[:OPENING]
    for words, confidence in ((QUOTED.sub("", opening), 0.45), (opening, 0.4)):
        kind = kind_in(words)
        if kind is not None:
            end = len(opening.rstrip())
            return Stated(kind.value, confidence, Span(0, end), "rule")
    return None

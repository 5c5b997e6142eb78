"""What the sentences of a dossier state outright: values of named measures, things done or not.

Only what is said beyond doubt is read: facts about the city as a whole, with a measure or a thing
that is named in full. The rest is passed over: a false contradiction is worse than a missed one.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from auditor.checks.dating import spoken_of
from auditor.core.documents import Document, DocumentKind
from auditor.core.identity import AdministrativeLevel
from auditor.core.passages import Modality, Passage, SectionRole, Sentence

CLAUSE = re.compile(r"[^，。；：、！？!?;\n]+")
NUMBER = re.compile(
    r"(?P<more>超过?|突破|逾|不低于|不少于|至少)?(?P<about>近|约|接近|大约)?"
    r"(?P<value>\d[\d,]*(?:\.\d+)?)\s*(?P<scale>万亿|亿|万|千|百)?(?P<over>余|多)?"
    r"(?P<unit>%|％|个百分点|平方公里|平方米|公里|公顷|亩|吨|元|[个家项类处座条件台套人户次所张辆种门间栋场份笔起宗支名])"
    r"(?P<above>以上|左右)?"
)
SCALES = {"百": 100, "千": 1000, "万": 10_000, "亿": 10**8, "万亿": 10**12}
VERB = re.compile(
    r"(?:(?:已|均|共|共有|总数|总量|现|仅|只)?(?:达到?了?|为|是|有|超过?|突破|逾|稳定在|保持在|维持在"
    r"|(?:提高|提升|增加|增长|上升|扩大|下降|降低|压减|缩短|减少|优化)[至到]|[增升降]至))+$"
)
LEAD = re.compile(
    r"^(?:\s|[一二三四五六七八九十]是|其中|目前|同时|此外|全年|全市|全州|全盟|我市|我州|本市|市内|累计|已|现有|共有|共|现|拥有"
    r"|(?:截[至止]到?|到|至)?(?:19|20)\d{2}年(?:\d{1,2}月)?(?:\d{1,2}日)?(?:末|底|度|全年|以来)?"
    r"|建成(?:开通|投用|并投用)?|开通|接入|汇聚|归集|上线)+"
)
BELOW = re.compile(
    r"(?:^|[，：。；、\s])(?!市|全|各|我|本|辖|城|园|社|地|山|景|片)[一-龥]{1,3}(?:区|县|镇|街道)(?![域级划间块别县市位分])"
)
"""A district or a town as the subject: its figures are not the city's."""
OTHER_CITY = re.compile(r"^[（(]?[一二三四五六七八九十\d]*[）)、.．\s]*(?P<name>[一-龥]{2,4}市)$")
VAGUE = re.compile(r"^(?:比|较|占|同比|环比|平均|其|为|成为|市级)|等$|分别|第$|[和与及的]$|每")
"""No measure by itself: a comparison, an enumeration, a rank."""
ACTS = re.compile(
    r"[全我本]市|新|增|完成|达|为|共|有|累计|超|突破|建成|接入|汇聚|归集|开通|覆盖|实现|办理|改造|建设|实施"
    r"|引进|开展|治理|创建|打造|培育|整治|入选|获评|举办|发放|受理|处置|发布|出台|制定|建立|整合|打通|优化"
    r"|更新|取消|压减|减少|落实|盘活|签约|开工|投产|编制|采集|登记|认定|服务"
)
"""A count without a verb of its own hangs on one further back (新建甲3个、乙2个)."""
COMMON = re.compile(
    r"全市|我市|本市|城市|政府|工作|报告|公报|总结|年度|情况|建设|管理|发展|全年|去年|今年|回顾"
    r"|服务|数据|数字|平台|部门|系统|以来|累计|实现|进一步|推进|完成|达到|其中|国民经济和社会"
)
"""What papers of every city say on every matter: no common subject."""
CITYWIDE = "全市"
WHOLE_CITY = re.compile(r"(?:全市|我市|本市|全州|全盟)(?:[^，。；]{0,4})$")
LEAST_NAME, OPENING_NAME, PLAIN_NAME = 4, 6, 8
"""Characters of a name: the least at all; enough where it opens its sentence, so that no subject
was named before it; enough anywhere."""
TITLE_YEAR = re.compile(r"((?:19|20)\d{2})年")
EXISTS, RUNS, ISSUED, LINKED = "exists", "runs", "issued", "linked"
VERBS = {
    EXISTS: "建成|建立|形成|组建|成立|设立",
    RUNS: "上线|投用|投入使用|投入运行|投运|启用|开通",
    ISSUED: "出台|印发|制定|发布",
    LINKED: "贯通|接入|打通|对接|联通",
}
DENIED_BY = {EXISTS: (EXISTS, RUNS), RUNS: (RUNS,), ISSUED: (ISSUED,), LINKED: (LINKED,)}
"""What is built may still not run; what runs is built."""
ANY_VERB = "|".join(VERBS.values()).replace("形成|", "")
"""形成 goes with too vague things (尚未形成有力支撑) to deny one."""
NOT = r"(?:尚未|还未|仍未|至今未|还没有|尚没有|仍没有)"
THING = r"[一-龥A-Za-z0-9]"
NOT_YET = (
    re.compile(rf"(?P<thing>{THING}{{4,30}}?)(?:还|仍|均|都)?{NOT}(?P<verb>{ANY_VERB})$"),
    re.compile(rf"{NOT}(?P<verb>{ANY_VERB})(?P<thing>{THING}{{4,30}})$"),
)
ADJECTIVES = re.compile(r"^(?:我市|全市|本市|市级|城市级|市|统一的?|的|由于|因)+")
UNSURE = re.compile(r"未|不|没有|将|拟|计划|争取|力争|推进|推动|加快|拟于|正在|完善|筹|试点|部分")


@dataclass(frozen=True, slots=True)
class Statement:
    """What one sentence of one document states, and for which day (None: not known)."""

    sentence: Sentence
    passage: Passage
    document: Document
    day: date | None


@dataclass(frozen=True, slots=True)
class Valued:
    """A value of a measure: all that the words allow lies in [``least``, ``most``]."""

    statement: Statement
    measure: str
    unit: str
    printed: str
    least: Decimal
    most: Decimal | None

    def differs_from(self, other: Valued) -> bool:
        """Tell whether both cannot be true at once."""
        return _below(self.most, other.least) or _below(other.most, self.least)

    @property
    def is_opening(self) -> bool:
        """Whether the measure opens its sentence, so that no other subject stands before it."""
        before, _, _ = self.statement.sentence.text.partition(self.measure)
        parts = re.split(r"[，,：:]", before)
        return len(self.measure) >= OPENING_NAME and not any(LEAD.sub("", p).strip() for p in parts)

    def is_same_measure(self, other: Valued) -> bool:
        """Tell whether both speak of one measure: by its full name, or by a common subject."""
        mine, others = self.statement, other.statement
        if (self.measure, self.unit, mine.day) != (other.measure, other.unit, others.day):
            return False
        if len(self.measure) >= PLAIN_NAME or (self.is_opening and other.is_opening):
            return True
        return bool(_subject(mine, self.measure) & _subject(others, other.measure))


@dataclass(frozen=True, slots=True)
class Denied:
    """A named thing that is said not to be done yet; ``verbs`` would say the opposite."""

    statement: Statement
    thing: str
    verbs: str


def statements_of(
    passages: Iterable[Passage], documents: Mapping[str, Document], city: str
) -> Iterator[Statement]:
    """The sentences that state something of the city as a whole, in order."""
    for passage in passages:
        document = documents.get(passage.document)
        if document is None or not document.counts or _is_below(document, passage, city):
            continue
        if passage.role is SectionRole.NORMATIVE:
            continue
        for sentence in passage.sentences:
            if sentence.citable and not sentence.foreign and not BELOW.search(sentence.text):
                day = stated_day(sentence, passage, document)
                yield Statement(sentence, passage, document, day)


def _is_below(document: Document, passage: Passage, city: str) -> bool:
    level = document.identity.level
    if level is not None and level.value == AdministrativeLevel.DISTRICT.value:
        return True
    if BELOW.match(passage.text[:8]):
        return True
    return any(BELOW.search(h) or _is_other_city(h, city) for h in passage.heading_path)


def _is_other_city(heading: str, city: str) -> bool:
    """A county-level city has a heading of its own in a paper on districts."""
    found = OTHER_CITY.match(heading.strip())
    return bool(found) and found is not None and found["name"] != city


def stated_day(sentence: Sentence, passage: Passage, document: Document) -> date | None:
    """The day that a statement holds for: a report of January tells of the year before."""
    spoken = spoken_of(sentence, passage, document)
    if spoken is not None and spoken.source != "paper":
        return spoken.day
    year = TITLE_YEAR.search(document.title)
    if document.kind is DocumentKind.WORK_REPORT:
        if passage.role is SectionRole.RETROSPECT and document.issued_on:
            return date(document.issued_on.year - 1, 12, 31)
        return None
    if document.kind in (DocumentKind.STATISTICS, DocumentKind.SUMMARY) and year:
        return date(int(year[1]), 12, 31)
    return spoken.day if spoken else None


def values_in(statement: Statement, city: str) -> Iterator[Valued]:
    """The values of named measures that a sentence states as facts."""
    if statement.sentence.modality is not Modality.FACT or statement.day is None:
        return
    for clause in CLAUSE.finditer(statement.sentence.text):
        found = list(NUMBER.finditer(clause[0]))
        if len(found) != 1:  # two figures in one clause: whose is which is a guess
            continue
        before = clause[0][: found[0].start()]
        measure = measure_named(before, city)
        if measure and (found[0]["unit"] in ("%", "％") or ACTS.search(clause[0])):
            yield _valued(statement, measure, found[0])


def measure_named(before: str, city: str) -> str:
    """The measure that the words before a figure name in full, empty where they name none."""
    name = before.strip().replace(city, "").replace(city.removesuffix("市"), "")
    previous = None
    while name != previous:
        previous = name
        name = LEAD.sub("", VERB.sub("", name)).strip()
    if len(name) < LEAST_NAME or name[-1:].isdigit() or VAGUE.search(name):
        return ""
    return name


def _valued(statement: Statement, measure: str, found: re.Match[str]) -> Valued:
    scale = SCALES.get(found["scale"] or "", 1)
    digits = found["value"].replace(",", "")
    value = Decimal(digits) * scale
    step = Decimal(scale) / 10 ** len(digits.partition(".")[2])
    least, most = _bounds(value, step, found)
    return Valued(statement, measure, found["unit"].replace("％", "%"), found[0], least, most)


def _bounds(value: Decimal, step: Decimal, found: re.Match[str]) -> tuple[Decimal, Decimal | None]:
    """What a figure allows: 近、约 a tenth around it, 超、余 all above it, else its last digit."""
    tenth = value / 10
    if found["about"] or found["above"] == "左右":
        return value - tenth, value + tenth
    if found["more"] or found["over"] or found["above"]:
        return value - step, None
    return value - step, value + step


def _subject(statement: Statement, measure: str) -> set[str]:
    """What a measure is said of: 全市 said outright, or pairs of characters around it."""
    text = statement.sentence.text
    before = text[: text.find(measure)]
    parts = [before, *statement.passage.heading_path, statement.document.title]
    pairs = {CITYWIDE} if WHOLE_CITY.search(before[-12:]) else set()
    for part in parts:
        for run in re.findall(r"[一-龥]+", COMMON.sub(" ", part)):
            pairs |= _pairs(run)
    return pairs - _pairs(measure)


def _pairs(text: str) -> set[str]:
    return {text[i : i + 2] for i in range(len(text) - 1)}


def _below(most: Decimal | None, least: Decimal) -> bool:
    return most is not None and most < least


def denials_in(statement: Statement, city: str) -> Iterator[Denied]:
    """The named things that a sentence says are not done yet."""
    for clause in CLAUSE.finditer(statement.sentence.text):
        for pattern in NOT_YET:
            found = pattern.search(clause[0].strip())
            if found is None:
                continue
            thing = named_thing(found["thing"], city)
            kind = next(k for k, verbs in VERBS.items() if found["verb"] in verbs.split("|"))
            if len(thing) >= LEAST_NAME:
                yield Denied(statement, thing, "|".join(VERBS[k] for k in DENIED_BY[kind]))


def named_thing(words: str, city: str) -> str:
    """The name of a thing without the city's name and words that stand before any thing."""
    name = words.strip().replace(city, "").replace(city.removesuffix("市"), "")
    return ADJECTIVES.sub("", re.sub(r"建设$", "", name))


def affirms(statement: Statement, denied: Denied) -> bool:
    """Tell whether a sentence states as a fact that the denied thing is done."""
    if statement.sentence.modality is not Modality.FACT:
        return False
    thing = re.escape(denied.thing)
    done = re.compile(
        rf"(?:{denied.verbs})了?(?:[全我本]市|市级|城市级?|统一的?)*{thing}"
        rf"|{thing}(?:已|已经|全面|正式|率先|全部|顺利)*(?:建设)?(?:{denied.verbs})"
    )
    for clause in CLAUSE.finditer(statement.sentence.text):
        found = done.search(clause[0])
        if found and not UNSURE.search(clause[0].replace(found[0], denied.thing, 1)):
            return True
    return False

"""Section roles: what a section does in its document, decided from its headings.

The role is the strongest signal of modality: in a work report the retrospect part states facts
and the task part states plans, even without 将 (codebook rule 3).
"""

from __future__ import annotations

import re

from auditor.core.documents import Document, DocumentKind
from auditor.core.passages import SectionRole

YEAR = re.compile(r"((?:19|20)\d{2})年")
REPORT_YEAR = re.compile(r"((?:19|20)\d{2})年?(?:\S{0,12})?政府工作报告")
RETROSPECT = re.compile(
    r"回顾|总结|工作成效|主要成效|取得.{0,6}(?:成效|成绩|进展)|成效(?:显著|明显)?$|完成情况|工作情况|进展情况"
    r"|建设情况|运行情况|基本情况|发展基础|现实基础|工作基础|建设基础|发展现状|现状|工作进展|主要做法|"
    r"主要成绩|建设成果|过去.年|年来.{0,8}工作|做法与成效|亮点|经验做法"
)
TASK = re.compile(
    r"任务|工作安排|工作打算|下一步|下步|重点工作|主要目标|总体目标|发展目标|工作目标|举措|保障措施|工作措施"
    r"|工作计划|打算|自身建设|政府.{0,6}(?:效能|建设)|工作重点|总体要求|总体思路|部署|展望|工作建议|组织保障|实施路径|"
    r"实施步骤|指导思想|基本原则|推进计划|重点工程|重点项目|目标要求|保障机制|组织实施|(?:行动|工程)[。.]?$"
)
BACKGROUND = re.compile(
    r"背景|编制过程|制定过程|起草|形势|面临|发展环境(?!.{0,6}(?:优化|提升|改善|行动|工程))|重大意义|必要性|机遇|挑战|问题|短板|不足|依据|启示|外地|先进城市"
)
TASK_OPENING = re.compile(
    r"^(?:(?:20\d{2}|今)年(?:是|，?(?:我们)?(?:要|将)|(?:政府)?工作(?:的)?(?:总体(?:要求|思路)|思路))|"
    r"(?:今年|20\d{2}年)?经济社会发展(?:的)?(?:主要)?预期目标|(?:今年，?)?(?:我们将|将|要)?(?:全力|着力)?重点(?:做好|抓好|推进).{0,12}工作)"
)
RETROSPECT_OPENING = re.compile(
    r"^(?:过去(?:的)?一年|(?:20\d{2}|去)年，|一年来|五年来|截至|20\d{2}年(?:以来|是))"
)
TURN = re.compile(
    r"^(?:各位代表[！!，]?)?(?:做好)?(?:今年|20\d{2}年)(?:全市)?(?:政府)?工作的?(?:总体要求|指导思想|总体思路)"
    r"|^(?:综合考虑，)?(?:今年|20\d{2}年)(?:全市)?经济社会发展的?(?:主要)?预期目标"
)
INLINE_HEADING = re.compile(
    r"^(?:[一二三四五六]、)?\s*(?:(?:19|20)\d{2}年)?.{0,10}?"
    r"(?:工作回顾|工作总结|重点工作|主要工作|工作安排|主要任务|目标任务|自身建设)"
)
FORWARD_KINDS = {DocumentKind.PLAN, DocumentKind.DRAFT, DocumentKind.INTERPRETATION}
BACKWARD_KINDS = {DocumentKind.STATISTICS, DocumentKind.SUMMARY, DocumentKind.NEWS}


def report_year(document: Document) -> int | None:
    """The year whose tasks a work report sets (it looks back on the year before)."""
    for source in (document.name, document.title, document.text[:400]):
        if match := REPORT_YEAR.search(source):
            return int(match.group(1))
    return document.issued_on.year if document.issued_on else None


def role_of_heading(heading: str, document: Document, year: int | None) -> SectionRole | None:
    """Decide the role that one heading speaks for, None where it says nothing."""
    years = [int(y) for y in YEAR.findall(heading)]
    is_report = document.kind is DocumentKind.WORK_REPORT
    if is_report and year and years:
        return SectionRole.RETROSPECT if max(years) < year else SectionRole.TASK
    if RETROSPECT.search(heading) and not re.search(r"安排|打算|目标", heading):
        return SectionRole.RETROSPECT
    if TASK.search(heading):
        return SectionRole.TASK
    if BACKGROUND.search(heading) and not is_report:
        return SectionRole.BACKGROUND
    return None


class RoleTracker:
    """Follows the headings of one document and tells each block's role."""

    def __init__(self, document: Document) -> None:
        self._document = document
        self._year = report_year(document)
        self._by_path: dict[tuple[str, ...], SectionRole] = {}
        self._report_role = SectionRole.OTHER
        self._turned: tuple[str, ...] | None = None
        self._default = default_role(document.kind)

    def role(self, path: tuple[str, ...], text: str) -> SectionRole:
        """Give the role of body text ``text`` that stands under the headings ``path``."""
        kind = self._document.kind
        if kind is DocumentKind.REGULATION:
            return SectionRole.NORMATIVE
        if kind is DocumentKind.WORK_REPORT:
            return self._role_in_report(path, text)
        return self._role_by_path(path) or self._default

    def _role_by_path(self, path: tuple[str, ...]) -> SectionRole | None:
        for heading in reversed(path):
            role = role_of_heading(heading, self._document, self._year)
            if role is not None:
                return role
        return None

    def _role_in_report(self, path: tuple[str, ...], text: str) -> SectionRole:
        if self._turns_ahead(text):
            self._turned = path[:1]
        if self._turned is not None and self._turned == path[:1]:
            return SectionRole.TASK
        named = self._role_from_top(path)
        if named is not None:
            self._report_role = named
        elif not path:
            self._report_role = self._role_of_opening(text)
        return self._report_role

    def _role_from_top(self, path: tuple[str, ...]) -> SectionRole | None:
        for heading in path:
            role = role_of_heading(heading, self._document, self._year)
            if role is not None:
                return role
        return None

    def _turns_ahead(self, text: str) -> bool:
        """The words with which a report without headings turns from the past to its tasks."""
        return self._report_role is SectionRole.RETROSPECT and bool(TURN.match(text))

    def _role_of_opening(self, text: str) -> SectionRole:
        inline = INLINE_HEADING.match(text)
        if inline:
            role = role_of_heading(inline.group(0), self._document, self._year)
            if role is not None:
                return role
        if self._report_role is not SectionRole.TASK:
            if TASK_OPENING.match(text) and self._is_coming(text):
                return SectionRole.TASK
            if RETROSPECT_OPENING.match(text):
                return SectionRole.RETROSPECT
        return self._report_role

    def _is_coming(self, text: str) -> bool:
        years = [int(y) for y in YEAR.findall(text[:8])]
        return not years or self._year is None or years[0] >= self._year


def default_role(kind: DocumentKind) -> SectionRole:
    """The role of text under headings that say nothing, by the kind of paper."""
    if kind in FORWARD_KINDS:
        return SectionRole.TASK
    if kind in BACKWARD_KINDS:
        return SectionRole.RETROSPECT
    return SectionRole.OTHER

"""What a rule or a plan does by its own words: it sets a mechanism up, or it demands a paper."""

from __future__ import annotations

import re

SETS_UP = re.compile(
    r"负责(?!人)|牵头|统筹协调|设立(?!的)|设在|建立了|由.{2,30}(?:承担|组织|负责|管理)|为.{2,20}主管部门|统一受理|责任单位"
    r"|实行.{2,30}(?:制度|机制|管理|责任|办理)|按照?(?:各自)?(?:的)?(?:职责|职能)|纳入.{0,16}(?:考核|评价)"
    r"|负.{1,16}责任|承担.{1,20}责任|第一责任人|采取.{2,16}模式"
)
ACTS = re.compile(
    r"(?:部门|机构|局|委员会|办公室|中心)(?:会同.{2,40}(?:部门|机构|单位))?(?:对|组织|统筹|指导|监督|协调|实行|制定)"
    r"|(?:会同).{2,30}(?:制定|组织)|本[市州盟](?:组建|设立|建立|实行)"
)
"""A rule that says what a named body does, without 应当."""
BARE_DUTY = re.compile(
    r"应当?.{0,30}(?:建立|健全|完善|加强|推进|推动|加快|建设|制定|编制)|(?:^|，)(?:鼓励|支持|推行|推进)"
)
STILL_TO_COME = re.compile(
    r"(?<![，。；])将(?!.{0,24}纳入)|拟|计划(?:于|到|建|设)|力争|争取|到20\d\d年|探索"
)
TO_BE_WRITTEN = re.compile(r"(?:制定|编制|出台|起草|修订|印发)(?!本)")
"""A duty or plan to write a paper; 制定本计划 speaks of the paper at hand."""
ANOTHER_PAPER = re.compile(
    r"应当?.{0,40}(?:发布|公布|建立|健全|完善|做好|建设).{0,30}(?:清单|目录|标准|制度|规范|办法|细则|预案|体系)"
)
NAMES_ITSELF = re.compile(r"(?:制定|出台|编制|印发|公布|发布)本")
CLAUSES = re.compile(r"[，；,;]")


def sets_up(text: str, normative: bool) -> bool:
    """Tell whether a rule in force itself sets a mechanism up, by naming who does what.

    Clause by clause: 市数据局负责统筹，应当建立健全考核制度 sets up the first and only demands the
    second. In a plan what is still to come sets nothing up.
    """
    if not normative and STILL_TO_COME.search(text):
        return False
    return any(_names_who_does_what(clause, normative) for clause in CLAUSES.split(text))


def _names_who_does_what(clause: str, normative: bool) -> bool:
    if BARE_DUTY.search(clause):
        return False
    acts = normative and "应" not in clause and bool(ACTS.search(clause))
    return acts or bool(SETS_UP.search(clause))


def demands_another_paper(text: str) -> bool:
    """Tell whether a sentence only demands that some paper be written or list be kept."""
    return bool(TO_BE_WRITTEN.search(text) or ANOTHER_PAPER.search(text))


def names_itself(text: str) -> bool:
    """Tell whether a sentence says that its own paper is issued (制定本办法)."""
    return bool(NAMES_ITSELF.search(text))

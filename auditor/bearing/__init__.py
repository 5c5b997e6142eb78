"""What a sentence can bear: the best verdict that it alone may carry for a feature.

From its modality, its section and its document, by the codebook's rules on types: a plan is no
fact, an issued paper shows a document feature, a rule that names who does what shows a mechanism.
Judges choose what they cite by it, and the check of modality holds every judge to it.
"""

from __future__ import annotations

import re

from auditor.core.criteria import Feature, FeatureType
from auditor.core.documents import DocumentKind
from auditor.core.findings import Verdict
from auditor.core.passages import Modality, Passage, SectionRole, Sentence

SETS_UP = re.compile(
    r"负责|主管|牵头|统筹协调|设立|设在|实行|建立了|由.{2,30}(?:承担|组织|负责|管理)|为.{2,20}主管部门|统一受理|责任单位"
)
BARE_DUTY = re.compile(r"应当(?:建立|健全|完善|加强|推进|推动|加快)|鼓励|支持|推行|推进")
STILL_TO_COME = re.compile(r"将|拟|计划|力争|争取|到20\d\d年|探索")
TO_BE_WRITTEN = re.compile(r"(?:制定|编制|出台|起草|修订|印发)(?!本)")
"""A duty or plan to write a paper; 制定本计划 speaks of the paper at hand."""
SETS_GOALS = re.compile(r"目标|任务|方向|规划|计划|战略|内容")
IN_FORCE = (
    DocumentKind.PLAN,
    DocumentKind.REGULATION,
    DocumentKind.NOTICE,
    DocumentKind.INTERPRETATION,  # of an issued paper, whose content it gives
)


def bearing(
    sentence: Sentence, passage: Passage, kind: DocumentKind | None, feature: Feature
) -> Verdict:
    """The best verdict that one sentence can carry for a feature."""
    if kind is DocumentKind.DRAFT:
        return Verdict.PLANNED
    if sentence.modality is Modality.NEGATION:
        return Verdict.NOT_MET
    if sentence.modality is Modality.FACT:
        return Verdict.MET
    if _carries_without_fact(sentence, passage, kind, feature):
        return Verdict.MET
    return Verdict.PARTLY_MET if sentence.modality is Modality.ONGOING else Verdict.PLANNED


def _carries_without_fact(
    sentence: Sentence, passage: Passage, kind: DocumentKind | None, feature: Feature
) -> bool:
    leading = feature.types[0]
    normative = passage.role is SectionRole.NORMATIVE
    if leading is FeatureType.DOCUMENT:
        if TO_BE_WRITTEN.search(sentence.text):
            return False
        return normative or kind in IN_FORCE or bool(SETS_GOALS.search(feature.text))
    if leading is FeatureType.MECHANISM and (normative or kind in IN_FORCE):
        text = sentence.text
        sets_up = bool(SETS_UP.search(text)) and not BARE_DUTY.search(text)
        return sets_up and (normative or not STILL_TO_COME.search(text))
    return False

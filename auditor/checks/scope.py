"""Whose word a citation is and of what it speaks: force, scope, part (codebook rule 1)."""

from __future__ import annotations

import re
from dataclasses import replace

from auditor.checks.base import SURE, Evidence, lowered
from auditor.core.criteria import Feature, Reach
from auditor.core.documents import Document, DocumentKind
from auditor.core.findings import Check, Citation, Judgement, Verdict
from auditor.core.identity import AdministrativeLevel
from auditor.core.reach import districts_named, districts_stated, part_named

PLATFORM_ABOVE = re.compile(
    r"^.{0,12}(?:全国|国家|全省|我省|全区|省)[^，。；]{0,24}(?:平台|系统|专网|政务网|中心|数据库)"
)
USED_HERE = re.compile(r"接入|对接|使用|应用|部署|上线|依托|贯通|推广|覆盖|打通")
INSTANCES = re.compile(
    r"案例|典型场景|样板|试点|一批|若干|一系列|园区|集聚区|集群|实验室|载体|新产业|新业态|探索|荣誉|示范"
)
"""Features that ask for single things: what one district or firm has is one of them."""
DISTRICT_OF_ISSUER = re.compile(r"(?:市)?(?P<name>[\u4e00-\u9fa5]{1,4}?(?:区|县|旗))")


def check_force(judgement: Judgement, evidence: Evidence) -> tuple[Judgement, Check | None]:
    """A repealed paper proves nothing current; a draft shows a plan at most."""
    if not judgement.citations:
        return judgement, None
    states = {c.sentence_id: _force_of(c, evidence) for c in judgement.citations}
    living = tuple(c for c in judgement.citations if states[c.sentence_id] != "no")
    if not living:
        detail = "引证只来自已废止或失效的文件，不能证明现状"
        return lowered(judgement, Verdict.NO_EVIDENCE, "force", detail)
    kept = replace(judgement, citations=living)
    if judgement.verdict.is_fact and all(states[c.sentence_id] == "draft" for c in living):
        detail = "引证只来自征求意见稿或送审稿，至多说明有规划"
        return lowered(kept, Verdict.PLANNED, "force", detail)
    dropped = len(judgement.citations) - len(living)
    if dropped:
        return kept, Check("force", "noted", f"删去 {dropped} 条已废止文件的引证")
    return judgement, None


def _force_of(citation: Citation, evidence: Evidence) -> str:
    document = evidence.documents.get(citation.document)
    if document is None:
        return "yes"
    if document.kind is DocumentKind.DRAFT:
        return "draft"
    stated = document.identity.in_force
    return stated.value if stated is not None and stated.confidence >= SURE else "yes"


def check_scope(judgement: Judgement, evidence: Evidence) -> tuple[Judgement, Check | None]:
    """Sentences about the nation, the province or another city are no evidence.

    One about a platform of the nation or the province stays beside a sentence that says how this
    city uses it (省统建、市使用); alone it proves nothing.
    """
    if not judgement.citations:
        return judgement, None
    foreign = tuple(c for c in judgement.citations if _is_foreign(c, evidence))
    own = tuple(c for c in judgement.citations if c not in foreign)
    if not own:
        detail = "引证说的是全国、全省、其他城市或所转发的文件，不是本市"
        return lowered(judgement, Verdict.NO_EVIDENCE, "scope", detail)
    used = any(USED_HERE.search(c.quote) for c in own)
    kept = tuple(c for c in foreign if used and PLATFORM_ABOVE.search(c.quote))
    if len(kept) < len(foreign):
        dropped = len(foreign) - len(kept)
        citations = tuple(c for c in judgement.citations if c in own or c in kept)
        detail = f"删去 {dropped} 条说其他地方的引证"
        return replace(judgement, citations=citations), Check("scope", "noted", detail)
    detail = "上级统建的平台，本市已使用" if kept else "引证说的是本市"
    return judgement, Check("scope", "ok", detail)


def _is_foreign(citation: Citation, evidence: Evidence) -> bool:
    sentence = evidence.sentence(citation.sentence_id)
    return sentence is not None and sentence.foreign


def check_part(judgement: Judgement, evidence: Evidence) -> tuple[Judgement, Check | None]:
    """One district, enterprise or pilot shows a part, unless a part or single things are asked.

    The same shown for every district of the city (as many as its own papers count) is citywide.
    """
    if not judgement.citations or not judgement.verdict.is_fact:
        return judgement, None
    parts = [_part_of(citation, evidence) for citation in judgement.citations]
    if not all(parts) or asks_for_part(evidence.feature):
        return judgement, None
    named = {part for part in parts if part}
    if _are_all_districts(named, evidence):
        return judgement, Check("part", "ok", f"{len(named)} 个区县均有引证，可代表全市")
    detail = f"引证只说到{'、'.join(sorted(named))}，不能代表全市"
    return lowered(judgement, Verdict.PARTLY_MET, "part", detail)


def asks_for_part(feature: Feature) -> bool:
    """Tell whether what a part of the city has can show the feature whole."""
    return feature.reach is Reach.PART or bool(INSTANCES.search(feature.text))


def _part_of(citation: Citation, evidence: Evidence) -> str:
    """The part that a citation speaks of, empty where it speaks of the city."""
    sentence = evidence.sentence(citation.sentence_id)
    part = part_named(sentence.text) if sentence is not None else None
    document = evidence.documents.get(citation.document)
    return part or (_district_of(document) if document is not None else "")


def _district_of(document: Document) -> str:
    """The district whose paper a document is, empty for a paper of the city."""
    stated = document.identity.level
    if stated is None or stated.confidence < SURE:
        return ""
    if AdministrativeLevel(stated.value) is not AdministrativeLevel.DISTRICT:
        return ""
    issuer = document.identity.issuer
    match = DISTRICT_OF_ISSUER.search(issuer.value) if issuer else None
    return match.group("name") if match else "区县文件"


def _are_all_districts(named: set[str], evidence: Evidence) -> bool:
    stated = districts_stated(p.text for p in evidence.passages)
    districts = districts_named(named) | {n for n in named if n.endswith(("区", "县", "旗"))}
    return stated is not None and len(districts) >= stated

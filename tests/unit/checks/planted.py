"""Planted sentences, judged ``met`` by an over-eager judge, and what the checks leave of that."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from auditor.checks import Evidence, check_judgement
from auditor.core.criteria import Feature
from auditor.core.documents import Document
from auditor.core.findings import Judgement, Verdict
from auditor.core.quoting import cite
from auditor.dossier import settle
from auditor.ingest.dispatch import read_document
from auditor.pipeline import cut_all
from auditor.standard import load_standard

CITY = "临江市"
AS_OF = date(2024, 12, 31)
REPORT = "临江市_2024年政府工作报告.txt"
RETROSPECT = "一、2023年工作回顾\n{}\n二、2024年工作安排\n完善城市大脑。\n"
FEATURES = load_standard().by_id


@dataclass(frozen=True, slots=True)
class Claim:
    """A judgement after the checks, with the rule that lowered it last (empty: none)."""

    judgement: Judgement
    lowered_by: str

    @property
    def verdict(self) -> Verdict:
        """The verdict that is left."""
        return self.judgement.verdict


def dossier(files: dict[str, str], city: str = CITY) -> tuple[Document, ...]:
    """Documents as the intake leaves them: read, and settled for the city."""
    return settle([read_document(text.encode(), name) for name, text in files.items()], city)


def claimed(
    files: dict[str, str], words: Sequence[str], feature: Feature, city: str = CITY
) -> Claim:
    """Claim ``met`` with every sentence that holds one of ``words``, and run the checks."""
    documents = dossier(files, city)
    by_name = {d.name: d for d in documents}
    passages = cut_all(documents, city)
    citations = tuple(
        cite(by_name[p.document], p, s)
        for p in passages
        for s in p.sentences
        if any(word in s.text for word in words)
    )
    evidence = Evidence(feature, passages, by_name, AS_OF)
    claim = Judgement(feature.id, Verdict.MET, citations, "", "eager")
    checked = check_judgement(claim, evidence)
    rules = [c.rule for c in checked.checks if c.outcome == "changed"]
    return Claim(checked, rules[-1] if rules else "")


def told(sentence: str, feature_id: str) -> Claim:
    """Claim ``met`` with one sentence of a work report's retrospect."""
    words = [part for part in sentence.replace("；", "。").split("。") if part]
    return claimed({REPORT: RETROSPECT.format(sentence)}, words, FEATURES[feature_id])

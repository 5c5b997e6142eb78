"""A run in which one feature is green by a cited sentence and credits a capability."""

from __future__ import annotations

from pathlib import Path

from auditor.core.criteria import FeatureType
from auditor.core.documents import Document, Span
from auditor.core.findings import Citation, Finding, Judgement, Verdict
from auditor.core.run import Run
from auditor.profiles import load_profile
from auditor.relations import apply_relations
from auditor.scoring import score_findings
from auditor.standard import load_standard
from auditor.store.run_folder import write_run

STANDARD = load_standard()
CAPABLE = [f.id for f in STANDARD.features if f.types[0] is FeatureType.CAPABILITY]
KEY = CAPABLE[0]
RULE = next(
    s
    for s in STANDARD.relations.supersessions
    if s.feature_id in CAPABLE and not s.demand and s.kind == "A"
)
TEXT = "全市已建成统一平台。"


def capable_city(folder: Path) -> Path:
    """Write the run, and give its folder."""
    cited = (Citation("s", "报告.txt", None, Span(0, len(TEXT)), TEXT),)
    rows = []
    for feature in STANDARD.features:
        verdict = Verdict.MET if feature.id == RULE.by[0] else Verdict.NO_EVIDENCE
        quotes = cited if verdict is Verdict.MET else ()
        rows.append(Finding(Judgement(feature.id, verdict, quotes, "", "t"), verdict, verdict))
    related = apply_relations(rows, STANDARD.relations)
    paper = Document("报告.txt", "a" * 64, "txt", TEXT, ())
    score = score_findings(related, STANDARD, load_profile())
    write_run(folder, Run({"city": "某市"}, (paper,), (), (), related, score))
    return folder

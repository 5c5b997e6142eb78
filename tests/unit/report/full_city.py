"""A full invented city: 376 findings of all kinds, papers, decisions; for the reports' tests."""

from __future__ import annotations

import random
from pathlib import Path

from auditor.core.documents import Span
from auditor.core.findings import (
    VERDICTS,
    Check,
    Citation,
    ElementReading,
    Failure,
    Finding,
    Judgement,
    Verdict,
)
from auditor.core.result import Result
from auditor.core.run import Run
from auditor.profiles import load_profile
from auditor.relations import apply_relations
from auditor.scoring import score_findings
from auditor.standard import load_standard
from auditor.standing import result_of, reviewed_run
from auditor.store.run_folder import write_run

STANDARD = load_standard()
CITY = "云岭市"
HOSTILE_AT = next(n for n, f in enumerate(STANDARD.features) if f.level == 5)
"""A green of the highest level: the report shows such first."""
HOSTILE = '=HYPERLINK("http://a") <script>alert(1)</script> \x07'
WEIGHTS = (6, 0.1, 2, 4, 0.5, 3)
MANIFEST = {
    "city": CITY,
    "as_of": "2026-03-01",
    "judge": {"name": "screen", "quality": "初筛模型，未经大模型判读"},
    "standard": {"id": STANDARD.id, "title": STANDARD.title},
    "profile": {"id": "ctmm"},
    "documents": [],
}


def findings(seed: int = 1) -> tuple[Finding, ...]:
    """Findings with citations, checks and readings; one failure, one hostile quote."""
    rng = random.Random(seed)
    rows = []
    for number, feature in enumerate(STANDARD.features):
        if number == HOSTILE_AT + 1:
            rows.append(Finding(Failure(feature.id, "screen", "Fault", "坏了"), None, None))
            continue
        hostile = number == HOSTILE_AT
        verdict = Verdict.MET if hostile else rng.choices(VERDICTS, WEIGHTS)[0]
        text = HOSTILE if hostile else "全市已建成统一的数据共享平台，归集数据一百二十亿条。"
        cited = (Citation(f"d:{number}:0", "01-报告.pdf", 3, Span(0, 4), text),)
        readings = tuple(ElementReading(e.id, verdict, ()) for e in feature.elements)
        judgement = Judgement(
            feature_id=feature.id,
            verdict=verdict,
            citations=cited if verdict.is_fact else (),
            reason="引证中有一处事实性陈述。",
            judge="screen",
            confidence=0.7,
            elements=readings,
            checks=(Check("modality", "ok", "引证说的是事实"),),
        )
        rows.append(Finding(judgement, verdict, verdict))
    return apply_relations(rows, STANDARD.relations)


def full_city(folder: Path, seed: int = 1) -> Result:
    """Write the run and give what its reports tell."""
    rows = findings(seed)
    run = Run(MANIFEST, (), (), (), rows, score_findings(rows, STANDARD, load_profile()))
    write_run(folder, run)
    return result_of(reviewed_run(folder, run, STANDARD), STANDARD, load_profile())

"""The ``screen`` judge: no language model, a small calibrated model over search signals.

Its weights are data (``weights/screen-*.json``), fitted by ``eval/fit_screen.py``. It tells how
likely each verdict is; the deterministic checks come after it.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from importlib.resources.abc import Traversable
from itertools import takewhile

from auditor.bearing import asks_for_activity
from auditor.core.criteria import Feature, FeatureType
from auditor.core.findings import VERDICTS, ElementReading, Failure, Judgement, Verdict
from auditor.core.passages import Modality
from auditor.core.run import Case
from auditor.core.search import SearchRecord
from auditor.judge.citing import MOST, Scored, borne, carries, citations_of, evidence_for
from auditor.judge.figures import REACHED, Figures, figures_of
from auditor.judge.inputs import all_inputs
from auditor.judge.trees import Booster, booster_from

STATED, NAMED = 0.45, 0.3
SURE_MISS = 0.8
CAUTION = 0.05
VAGUE = (FeatureType.EFFECT, FeatureType.EXTERNAL)
STEPS = (Verdict.PLANNED, Verdict.PARTLY_MET, Verdict.MOSTLY_MET, Verdict.MET)
Chances = Mapping[Verdict, float]


@dataclass(frozen=True, slots=True)
class ScreenModel:
    """One booster per step (P(verdict >= step)), thresholds and priors; ``cities``: fitted on.

    ``least``: below this chance of being quoted, the best sentence does not carry the verdict.
    """

    inputs: tuple[str, ...]
    boosters: Mapping[Verdict, Booster]
    thresholds: Mapping[Verdict, float]
    priors: Mapping[str, tuple[float, ...]]
    default_prior: tuple[float, ...]
    cities: tuple[str, ...]
    quality: str
    digest: str
    least: Mapping[Verdict, float] = field(default_factory=dict)

    def reach(self, feature: Feature, record: SearchRecord) -> dict[Verdict, float]:
        """P(verdict >= step) for each step, never rising with the step."""
        prior = self.priors.get(feature.id, self.default_prior)
        named = all_inputs(feature, record, prior)
        row = [named.get(name, 0.0) for name in self.inputs]
        chances = {step: self.boosters[step].probability(row) for step in STEPS}
        if is_stated(feature, record):
            chances = {step: max(chances[step], REACHED[step]) for step in STEPS}
        reached: dict[Verdict, float] = {}
        ceiling = 1.0
        for step in STEPS:
            ceiling = reached[step] = min(ceiling, chances[step])
        return reached

    def decide(self, reached: Mapping[Verdict, float], record: SearchRecord) -> Verdict:
        """Climb the steps while each one's chance passes its threshold, from no_evidence.

        In a dossier that holds instructions to the judge a step must pass by ``CAUTION``.
        """
        margin = CAUTION if record.signals.get("instructions", 0.0) else 0.0
        passed = takewhile(lambda step: reached[step] >= self.thresholds[step] + margin, STEPS)
        return max(passed, key=lambda v: v.rank, default=Verdict.NO_EVIDENCE)


def is_stated(feature: Feature, record: SearchRecord) -> bool:
    """Tell whether a fact of the city says outright what the feature demands, element by element.

    Labelled reports hardly ever do (1 of 2,632 rows), so the boosters cannot learn what it is
    worth. Results and outside proofs are not shown by their own wording and are left out.
    """
    signals = record.signals
    plain = signals.get("stated", 0.0) >= STATED and signals.get("elements_least", 0.0) >= NAMED
    return plain and feature.types[0] not in VAGUE


def load_screen(file: Traversable, digest: str) -> ScreenModel:
    """Load the fitted weights."""
    row = json.loads(file.read_text(encoding="utf-8"))
    return screen_from(row, digest)


def screen_from(row: Mapping[str, object], digest: str) -> ScreenModel:
    """Read a screen model from its JSON form."""
    data = json.loads(json.dumps(row))
    return ScreenModel(
        inputs=tuple(data["inputs"]),
        boosters={Verdict(k): booster_from(v) for k, v in data["boosters"].items()},
        thresholds={Verdict(k): float(v) for k, v in data["thresholds"].items()},
        priors={k: tuple(v) for k, v in data["priors"].items()},
        default_prior=tuple(data["default_prior"]),
        cities=tuple(data["cities"]),
        quality=data["quality"],
        digest=digest,
        least={Verdict(k): float(v) for k, v in data.get("least", {}).items()},
    )


def chances_of(
    reached: Mapping[Verdict, float], verdict: Verdict | None = None
) -> dict[Verdict, float]:
    """Turn P(verdict >= step) into a probability for each of the six verdicts.

    The steps leave not_met out; where a figure decides for it, it gets most of the chance.
    """
    bounds = [1.0, *(reached[step] for step in STEPS), 0.0]
    named = (Verdict.NO_EVIDENCE, *STEPS)
    chances = dict.fromkeys(VERDICTS, 0.0)
    for step, upper, lower in zip(named, bounds, bounds[1:], strict=False):
        chances[step] = max(upper - lower, 0.0)
    if verdict is Verdict.NOT_MET:
        chances = {v: (1 - SURE_MISS) * chance for v, chance in chances.items()}
        chances[Verdict.NOT_MET] += SURE_MISS
    return chances


class ScreenJudge:
    """Judges by search signals alone; every result says that no language model has judged."""

    reads_signals = True

    def __init__(self, model: ScreenModel) -> None:
        self._model = model

    @property
    def name(self) -> str:
        """``screen``."""
        return "screen"

    @property
    def fingerprint(self) -> str:
        """Digest of the weights."""
        return f"screen:{self._model.digest}"

    @property
    def quality(self) -> str:
        """Measured quality, as the fitting script wrote it down."""
        return self._model.quality

    @property
    def together(self) -> bool:
        """Items at once: it takes no time."""
        return True

    def judge(self, cases: Sequence[Case]) -> list[Judgement | Failure]:
        """Judge each case on its own; this judge cannot fail."""
        return [self.judge_one(case) for case in cases]

    def judge_one(self, case: Case) -> Judgement:
        """Judge one feature: verdict by thresholds, citations by relevance and modality."""
        figures = figures_of(case)
        reached = raised(self._model.reach(case.feature, case.record), case, figures)
        settled = settle(self._model, case, reached, figures)
        verdict, chosen = settled.verdict, settled.cited
        chances = chances_of(reached, verdict)
        return Judgement(
            feature_id=case.feature.id,
            verdict=verdict,
            citations=citations_of(case, chosen),
            reason=f"{reason_for(case, settled)}（初筛，未经大模型判读）。",
            judge=self.name,
            confidence=confidence_in(verdict, chances),
            probabilities=chances,
            elements=element_readings(case.feature, chosen),
        )


def raised(reached: Mapping[Verdict, float], case: Case, figures: Figures) -> dict[Verdict, float]:
    """A threshold that the city's own figure reaches shows its part of the demand."""
    if not figures.reached:
        return dict(reached)
    alone = len(case.feature.elements) == 1
    whole = alone or case.record.signals.get("elements_least", 0.0) >= NAMED
    steps = STEPS if whole else STEPS[:2]
    return {s: max(reached[s], REACHED[s]) if s in steps else reached[s] for s in STEPS}


@dataclass(frozen=True, slots=True)
class Settled:
    """A verdict and what is cited for it; ``withheld``: a better one that no sentence carries."""

    verdict: Verdict
    cited: Sequence[Scored]
    withheld: bool = False


def settle(
    model: ScreenModel, case: Case, reached: Mapping[Verdict, float], figures: Figures
) -> Settled:
    """Decide, and choose what is cited: the figures that decide, else what carries the verdict.

    A stated value below the threshold is no missing evidence; where no sentence is likely enough
    on the matter, nothing is said.
    """
    verdict = model.decide(reached, case.record)
    if figures.missed and verdict is Verdict.NO_EVIDENCE:
        return Settled(Verdict.NOT_MET, figures.sentences)
    chosen = evidence_for(case, verdict)
    if chosen and not (figures.reached or carries(chosen[0], model.least.get(verdict, 0.0), case)):
        return Settled(Verdict.NO_EVIDENCE, (), withheld=True)
    if verdict.is_fact:
        chosen = [*figures.sentences, *(s for s in chosen if s not in figures.sentences)]
    return Settled(verdict, chosen[: max(MOST, len(figures.sentences))])


def confidence_in(verdict: Verdict, chances: Chances) -> float:
    """How sure the model is: the chance of the verdict's class (green, partly, planned, silent)."""
    if verdict.is_green:
        return chances[Verdict.MET] + chances[Verdict.MOSTLY_MET]
    return chances[verdict]


def element_readings(feature: Feature, chosen: Sequence[Scored]) -> tuple[ElementReading, ...]:
    """Which element which cited sentence names (by its terms), and in which modality."""
    readings = []
    for element in feature.elements:
        naming = [s for s in chosen if any(t in s.sentence.text for t in element.terms)]
        verdict = Verdict.NO_EVIDENCE
        if any(s.sentence.modality is Modality.FACT for s in naming):
            verdict = Verdict.MET
        elif any(s.sentence.modality is Modality.ONGOING for s in naming):
            verdict = Verdict.MET if asks_for_activity(feature) else Verdict.PARTLY_MET
        elif naming:
            verdict = Verdict.PLANNED
        ids = tuple(s.sentence.id for s in naming)
        readings.append(ElementReading(element.id, verdict, ids))
    return tuple(readings)


def reason_for(case: Case, settled: Settled) -> str:
    """Say in one or two sentences what the screening rests on (without a closing mark)."""
    verdict, chosen = settled.verdict, settled.cited
    if settled.withheld:
        searched = f"检索了{case.record.searched}个片段"
        return f"{searched}，可能有所涉及，但最接近的语句是否说的就是该特征并不明确，未据以下结论"
    if verdict is Verdict.NO_EVIDENCE:
        return f"检索了{case.record.searched}个片段，未见足以说明该特征的内容"
    readings = element_readings(case.feature, chosen)
    texts = {e.id: e.text for e in case.feature.elements}
    named = [texts[r.element_id] for r in readings if r.sentence_ids]
    missing = [texts[r.element_id] for r in readings if not r.sentence_ids]
    parts = [f"引证{kind_of_evidence(case, verdict, chosen)}"]
    if named:
        parts.append("涉及要素：" + "；".join(named))
    if missing and (not named or verdict is not Verdict.MET):
        parts.append("引证中未直接提到：" + "；".join(missing))
    return "。".join(parts)


def kind_of_evidence(case: Case, verdict: Verdict, chosen: Sequence[Scored]) -> str:
    """How the cited sentences speak: as facts, as rules of a paper in force, or of the future."""
    facts = sum(s.sentence.modality in (Modality.FACT, Modality.ONGOING) for s in chosen)
    if facts:
        return f"中有{facts}处事实性陈述"
    if any(s.sentence.modality is Modality.NEGATION for s in chosen):
        return "说的是不足或尚未做到"
    if verdict.is_fact and any(borne(s, case) is Verdict.MET for s in chosen):
        return "是文件自己的规定或部署"
    return "为计划或义务性陈述"

"""The ``local`` judge: a small language model in the loop, without key or network.

A small model's verdict is worth nothing (it says yes to everything), so it is not asked for one.
For each feature that ``screen`` holds possibly green it reads the best sentences: which of
them shows which element, in which modality, with which value, and a short reason. A fitted mix
(``weights/local.json``) decides how far that reading moves the screen's probabilities.
"""

from __future__ import annotations

import hashlib
import json
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from importlib.resources.abc import Traversable
from typing import Any, Protocol

from auditor.core.criteria import Feature
from auditor.core.errors import EndpointError
from auditor.core.findings import ElementReading, Failure, Judgement, Verdict
from auditor.core.passages import Modality
from auditor.core.run import Case
from auditor.judge.citing import Scored, citations_of, scored_sentences
from auditor.judge.figures import Figures, figures_of
from auditor.judge.prompting import Template
from auditor.judge.screen import (
    STEPS,
    ScreenModel,
    chances_of,
    confidence_in,
    raised,
    reason_for,
    settle,
)
from auditor.judge.sheet import neutralised

SHOWN = 3
SENTENCE_CHARACTERS = 72
DEMAND_CHARACTERS = 50
REASON_CHARACTERS, VALUE_CHARACTERS = 24, 12
TOKENS = 120
NOTHING = "0无"
VALUE_ASKED = "v：抄下那句里的数值和单位，没有留空。\n"
MODALITIES = {"完成": Verdict.MET, "推进": Verdict.PARTLY_MET, "计划": Verdict.PLANNED}
READS_ONLY = "本地小模型只读句作说明，不改变结论（留出城市上实测无增益，权重为 0）；结论出自"
AGREEING = {
    Verdict.MET: (Modality.FACT,),
    Verdict.PARTLY_MET: (Modality.FACT, Modality.ONGOING),
    Verdict.PLANNED: (Modality.PLAN, Modality.DUTY),
}


class Reader(Protocol):
    """A model that answers with JSON under a schema."""

    name: str

    def ask(self, messages: tuple[str, str], schema: Mapping[str, Any], tokens: int) -> Any:
        """Send (system, user); may raise ``EndpointError``."""


@dataclass(frozen=True, slots=True)
class Mix:
    """How far a reading moves the screen: logit += weight * (share shown as done - mean).

    ``possible``: chance of green from which on the model is asked; ``quality``: measured.
    """

    weights: Mapping[Verdict, float]
    mean: float
    possible: float
    quality: str
    digest: str


@dataclass(frozen=True, slots=True)
class Reading:
    """What the model read: per element its verdict and sentence, the value, the reason."""

    elements: tuple[ElementReading, ...]
    value: str
    reason: str

    @property
    def done(self) -> float:
        """Share of the elements that a sentence shows as done, by both the model and the text."""
        if not self.elements:
            return 0.0
        return sum(e.verdict is Verdict.MET for e in self.elements) / len(self.elements)


def load_mix(file: Traversable, digest: str) -> Mix:
    """Load the fitted mix."""
    row = json.loads(file.read_text(encoding="utf-8"))
    weights = {Verdict(k): float(v) for k, v in row["weights"].items()}
    return Mix(weights, row["mean"], row["possible"], row["quality"], digest)


def schema_for(feature: Feature) -> dict[str, Any]:
    """The JSON form of a reading: what was read first, then a mark an element, in order.

    Every token of a small model on a CPU costs a tenth of a second, so the form is terse: ``r``
    the reason, ``v`` the value (asked for only where the feature has a quantity), ``e`` the marks
    (``1完成``: sentence 1 states it as done; ``0无``: no sentence speaks of it).
    """
    count = len(feature.elements)
    marks = [NOTHING, *(f"{n}{m}" for n in range(1, SHOWN + 1) for m in MODALITIES)]
    parts: dict[str, Any] = {"r": {"type": "string", "maxLength": REASON_CHARACTERS}}
    if feature.quantities:
        parts["v"] = {"type": "string", "maxLength": VALUE_CHARACTERS}
    parts["e"] = {
        "type": "array",
        "items": {"enum": marks},
        "minItems": count,
        "maxItems": count,
    }
    return {
        "type": "object",
        "properties": parts,
        "required": list(parts),
        "additionalProperties": False,
    }


def asked_of(feature: Feature, shown: Sequence[Scored]) -> dict[str, str]:
    """The variables of the prompt: the elements one by one, and the numbered sentences."""
    return {
        "elements": "\n".join(
            f"要素{n}：{neutralised(e.text)[:DEMAND_CHARACTERS]}"
            for n, e in enumerate(feature.elements, 1)
        ),
        "sentences": "\n".join(
            f"{n} {neutralised(s.sentence.text)[:SENTENCE_CHARACTERS]}"
            for n, s in enumerate(shown, 1)
        ),
        "value": VALUE_ASKED if feature.quantities else "",
    }


class LocalJudge:
    """``screen``, with a small local model that reads the evidence of what is possible."""

    reads_signals = True

    def __init__(self, screen: ScreenModel, reader: Reader, template: Template, mix: Mix) -> None:
        self._screen = screen
        self._reader = reader
        self._template = template
        self._mix = mix

    @property
    def name(self) -> str:
        """``local:<model>``."""
        return f"local:{self._reader.name}"

    @property
    def fingerprint(self) -> str:
        """Model, prompt, screen weights and mix."""
        facts = "|".join([self.name, self._template.digest, self._screen.digest, self._mix.digest])
        return f"local:{hashlib.sha256(facts.encode()).hexdigest()}"

    @property
    def quality(self) -> str:
        """Measured quality; that of ``screen`` where the reading moves nothing."""
        if any(self._mix.weights.values()):
            return self._mix.quality
        return READS_ONLY + self._screen.quality

    @property
    def together(self) -> bool:
        """One at a time: a reading takes seconds and is kept at once."""
        return False

    def judge(self, cases: Sequence[Case]) -> list[Judgement | Failure]:
        """Judge each case on its own; a reading that fails makes a failure of its feature."""
        return [self.judge_one(case) for case in cases]

    def judge_one(self, case: Case) -> Judgement | Failure:
        """Judge one feature by the screen, and read its evidence where green is possible."""
        figures = figures_of(case)
        reached = raised(self._screen.reach(case.feature, case.record), case, figures)
        reading = None
        if reached[Verdict.MOSTLY_MET] >= self._mix.possible:
            try:
                reading = self.read(case)
            except EndpointError as error:
                kind = type(error).__name__
                return Failure(case.feature.id, self.name, kind, error.message)
            reached = mixed(reached, reading, self._mix)
        return self._judgement(case, reached, reading, figures)

    def read(self, case: Case) -> Reading:
        """Show the best sentences to the model and read its answer."""
        shown = shown_to_model(case)
        if not shown:
            return Reading((), "", "")
        values = asked_of(case.feature, shown)
        reply = self._reader.ask(self._template.render(values), schema_for(case.feature), TOKENS)
        return reading_from(reply, case.feature, shown)

    def _judgement(
        self,
        case: Case,
        reached: Mapping[Verdict, float],
        reading: Reading | None,
        figures: Figures,
    ) -> Judgement:
        settled = settle(self._screen, case, reached, figures)
        verdict = settled.verdict
        chances = chances_of(reached, verdict)
        judgement = Judgement(
            feature_id=case.feature.id,
            verdict=verdict,
            citations=citations_of(case, settled.cited),
            reason=f"{reason_for(case, settled)}（初筛模型判定）。",
            judge=self.name,
            confidence=confidence_in(verdict, chances),
            probabilities=chances,
        )
        if reading is None or verdict is Verdict.NO_EVIDENCE:
            return judgement
        note = f"本地小模型读句：{reading.reason}" if reading.reason else ""
        note += f"（读数 {reading.value}）" if reading.value else ""
        return replace(judgement, reason=judgement.reason + note, elements=reading.elements)


def shown_to_model(case: Case) -> list[Scored]:
    """The sentences to read: the best two that state facts, and the best of the others."""
    own = [s for s in scored_sentences(case) if not s.sentence.foreign]
    facts = [s for s in own if s.sentence.modality in (Modality.FACT, Modality.ONGOING)]
    chosen = facts[: SHOWN - 1]
    return [*chosen, *(s for s in own if s not in chosen)][:SHOWN]


def said_of_sentences(reason: str, feature: Feature, shown: Sequence[Scored]) -> str:
    """The reason, unless it repeats the demand instead of telling what a sentence says."""
    pairs = {reason[i : i + 2] for i in range(len(reason) - 1)}
    told = max((sum(p in s.sentence.text for p in pairs) for s in shown), default=0)
    return reason if told > sum(p in feature.text for p in pairs) else ""


def reading_from(reply: Any, feature: Feature, shown: Sequence[Scored]) -> Reading:
    """Hold a reply against the sentences: a modality that the text does not bear is not taken."""
    elements = []
    for element, mark in zip(feature.elements, reply["e"], strict=True):
        verdict = MODALITIES.get(mark[1:], Verdict.NO_EVIDENCE)
        number = int(mark[0])
        if not 1 <= number <= len(shown) or verdict is Verdict.NO_EVIDENCE:
            elements.append(ElementReading(element.id, Verdict.NO_EVIDENCE))
            continue
        sentence = shown[number - 1].sentence
        if sentence.modality not in AGREEING[verdict]:
            verdict = Verdict.PLANNED
        elements.append(ElementReading(element.id, verdict, (sentence.id,)))
    reason = said_of_sentences(reply["r"].strip(), feature, shown)
    if len(reason) >= REASON_CHARACTERS:
        reason = reason.rstrip("，、；：.") + "…"
    value = reply.get("v", "").strip()
    stated = any(c.isdigit() for c in value) and any(value in s.sentence.text for s in shown)
    return Reading(tuple(elements), value if stated else "", reason)


def mixed(reached: Mapping[Verdict, float], reading: Reading, mix: Mix) -> dict[Verdict, float]:
    """Move the screen's chances by what the model read; order of the steps is kept."""
    moved: dict[Verdict, float] = {}
    ceiling = 1.0
    for step in STEPS:
        chance = min(max(reached[step], 1e-6), 1 - 1e-6)
        logit = math.log(chance / (1 - chance))
        logit += mix.weights.get(step, 0.0) * (reading.done - mix.mean)
        ceiling = min(ceiling, 1.0 / (1.0 + math.exp(-logit)))
        moved[step] = ceiling
    return moved

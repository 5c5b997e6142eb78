"""Calls to a chat endpoint and their replies, whichever way they travel.

A call is made by ``Asker.call`` and read by ``hearing.hear``, online and through batch files alike;
its id depends on all that is sent, so that an answer can never be taken for that to another
question.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Collection, Generator, Sequence
from dataclasses import dataclass, field
from typing import Any

from auditor.core.criteria import Feature
from auditor.core.errors import JudgeError
from auditor.core.findings import Failure, Judgement
from auditor.core.run import Case
from auditor.core.usage import Usage
from auditor.judge.disclosure import OpenGate
from auditor.judge.endpoints import Endpoint
from auditor.judge.prompting import Template
from auditor.judge.schema import reply_schema
from auditor.judge.sheet import Sheet, features_text, form_of, sheet_of
from auditor.judge.showing import ALONE, Budget

FIRST, AGAIN, SECOND, SECOND_AGAIN = "first", "again", "second", "second-again"


@dataclass(frozen=True, slots=True)
class Call:
    """One call: what is sent, about which features, on which sheet.

    ``id``: node, step and digest of everything sent, e.g. ``8.2.4.1.first.1.0f3a…``; at most 64
    characters of letters, digits, dots and hyphens.
    """

    id: str
    system: str
    user: str
    features: tuple[Feature, ...]
    sheet: Sheet

    @property
    def schema(self) -> dict[str, Any]:
        """The JSON schema of the reply."""
        return reply_schema(self.features)


@dataclass(frozen=True, slots=True)
class Reply:
    """The text of a reply and what it used."""

    text: str
    usage: Usage


@dataclass(frozen=True, slots=True)
class Asking:
    """How a judge asks, whatever the endpoint: grouping, budget, second look.

    ``given_budget`` None: the one that was measured to do for the grouping.
    ``second_look``: features that came back silent are asked once more, together, with sentences
    that were not shown before.
    """

    per_feature: bool = False
    given_budget: Budget | None = None
    second_look: bool = False

    @property
    def budget(self) -> Budget:
        """How much a call shows."""
        return self.given_budget or (ALONE if self.per_feature else Budget())


@dataclass(frozen=True, slots=True)
class Asker:
    """Makes the calls of one voice: an endpoint, a prompt, a gate, the number of the sample."""

    endpoint: Endpoint
    template: Template
    gate: OpenGate
    asking: Asking = field(default_factory=Asking)
    sample: int = 1

    @property
    def name(self) -> str:
        """``provider:model``."""
        return self.endpoint.name

    @property
    def identity(self) -> str:
        """Everything beside the cases that an answer depends on."""
        masked = "masked" if self.endpoint.leaves else ""
        asking = (self.asking.per_feature, self.asking.budget, self.asking.second_look)
        parts = (self.endpoint.identity, self.template.digest, *asking, self.sample, masked)
        return "|".join(map(str, parts))

    def sheet(self, cases: Sequence[Case], hidden: Collection[str] = ()) -> Sheet:
        """What is shown for some released cases."""
        return sheet_of(cases, self.asking.budget, hidden)

    def call(self, cases: Sequence[Case], sheet: Sheet, step: str, error: str = "") -> Call:
        """Make the call on some released cases; ``error`` is what was wrong with the last reply."""
        features = tuple(case.feature for case in cases)
        complaint = f"上一次回复不合要求：{error}请只输出符合要求的 JSON。" if error else ""
        system, user = self.template.render(self._values(cases, sheet) | {"error": complaint})
        facts = "\0".join((self.endpoint.identity, str(self.sample), system, user))
        digest = hashlib.sha256(facts.encode("utf-8", "replace")).hexdigest()[:16]
        first = features[0]
        node = first.id if self.asking.per_feature else first.id.partition("-")[0]
        return Call(f"{node}.{step}.{self.sample}.{digest}", system, user, features, sheet)

    def _values(self, cases: Sequence[Case], sheet: Sheet) -> dict[str, str]:
        first = cases[0]
        features = [case.feature for case in cases]
        return {
            "city": first.city,
            "as_of": first.as_of.isoformat() if first.as_of else "未注明",
            "item": f"{first.feature.domain} / {first.feature.subdomain} / {first.feature.item}",
            "features": features_text(features),
            "form": form_of(features),
            "sentences": self.gate.cleared(sheet.text),
        }


Outcomes = list[Judgement | Failure]
Talk = Generator[Call, Reply, Outcomes]
Answering = Callable[[Call], Reply]


def held(talk: Talk, answering: Answering) -> Outcomes:
    """Hold a talk to its end: each of its calls is answered, or its error is thrown into it."""
    try:
        call = next(talk)
        while True:
            try:
                reply = answering(call)
            except JudgeError as error:
                call = talk.throw(error)
            else:
                call = talk.send(reply)
    except StopIteration as stop:
        outcomes: Outcomes = stop.value
        return outcomes

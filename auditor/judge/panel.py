"""A judge made of voices: each asks its endpoint about the same cases, their answers are merged.

One voice is the usual case. Several are samples of one model, or two models.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Sequence
from functools import partial

from auditor.core.findings import Failure, Judgement
from auditor.core.run import Case
from auditor.judge.agreement import merged
from auditor.judge.calls import Asker, Call, Reply, held
from auditor.judge.hearing import hear, shown_alone

QUALITY = "大模型判读；该模型在标注集上的表现请用 auditor eval 测量"
Carrier = Callable[[Asker, Call], Reply]


class Panel:
    """The form of every judge that asks large models; ``carry`` brings a call there and back."""

    def __init__(self, askers: Sequence[Asker], carry: Carrier) -> None:
        self._askers = tuple(askers)
        self._carry = carry

    @property
    def askers(self) -> tuple[Asker, ...]:
        """The voices."""
        return self._askers

    @property
    def name(self) -> str:
        """``provider:model``; with several voices all models and the number of samples."""
        models = list(dict.fromkeys(asker.name for asker in self._askers))
        samples = len(self._askers) // len(models)
        return "+".join(models) + (f"×{samples}" if samples > 1 else "")

    @property
    def fingerprint(self) -> str:
        """Model, address, sampling, prompt, and how the calls are made."""
        facts = "\n".join(asker.identity for asker in self._askers)
        return f"hosted:{hashlib.sha256(facts.encode()).hexdigest()}"

    @property
    def prompts(self) -> tuple[str, ...]:
        """The digests of the prompts, for the manifest."""
        return tuple(dict.fromkeys(asker.template.digest for asker in self._askers))

    @property
    def quality(self) -> str:
        """What is known about this judge's quality."""
        return QUALITY

    @property
    def together(self) -> bool:
        """One call an item, unless calls per feature were asked for."""
        return not self._askers[0].asking.per_feature

    def shown(self, case: Case) -> str | None:
        """What a case is shown by itself, to each voice; None where more may be looked at later.

        In a call on an item it is shown beside what the other features bring.
        """
        if any(asker.asking.second_look for asker in self._askers):
            return None
        return "\n".join(dict.fromkeys(shown_alone(case, asker) for asker in self._askers))

    def judge(self, cases: Sequence[Case]) -> list[Judgement | Failure]:
        """Judge the features of one item; a broken reply becomes failures of its features.

        Raises:
            EndpointError: an endpoint refuses or cannot be reached at all.
        """
        groups = [list(cases)] if self.together else [[case] for case in cases]
        return [outcome for group in groups for outcome in self._judge_group(group)]

    def _judge_group(self, cases: list[Case]) -> list[Judgement | Failure]:
        said = [held(hear(cases, asker), partial(self._carry, asker)) for asker in self._askers]
        if len(said) == 1:
            return said[0]
        return [merged(outcomes, self.name) for outcomes in zip(*said, strict=True)]

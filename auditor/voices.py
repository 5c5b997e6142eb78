"""How large models are asked: settings -> endpoints and voices, online and for batch files."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

from auditor.core.errors import ConfigurationError
from auditor.judge.calls import Asker, Asking
from auditor.judge.disclosure import OpenGate
from auditor.judge.endpoints import Endpoint, parse_endpoint
from auditor.prompts import load_prompt

SAMPLING_TEMPERATURE = 0.7
"""Of several samples of one model: at 0 they would hardly differ."""
MOST_SAMPLES = 9


@dataclass(frozen=True, slots=True)
class Hosting:
    """The settings of a judge that asks large models.

    ``samples``: how often one model is asked (merged by ``judge.agreement``); ``second``: another
    ``provider:model`` that is asked beside the first, at the same address where the provider is the
    same. ``concurrency`` and ``requests_per_second`` change no answer.
    """

    model: str
    base_url: str | None = None
    per_feature: bool = False
    samples: int = 1
    second: str | None = None
    second_look: bool = False
    reply_form: str = "auto"
    concurrency: int = 8
    requests_per_second: float | None = None

    @property
    def task(self) -> str:
        """The prompt's task."""
        return "judge-feature" if self.per_feature else "judge-item"

    def endpoints(self) -> list[Endpoint]:
        """One endpoint a voice.

        Raises:
            ConfigurationError: no model is named, or the settings contradict each other.
        """
        if not 1 <= self.samples <= MOST_SAMPLES:
            raise ConfigurationError(f"--samples takes 1 to {MOST_SAMPLES}.")
        if self.samples > 1 and self.second:
            raise ConfigurationError(
                "--samples and --second exclude each other.", hint="Choose one of them."
            )
        first = self._endpoint(self.model, self.base_url)
        if self.second:
            provider = self.second.partition(":")[0]
            same = provider == first.provider
            return [first, self._endpoint(self.second, self.base_url if same else None)]
        if self.samples > 1:
            own = first.temperature is None
            warm = first if own else replace(first, temperature=SAMPLING_TEMPERATURE)
            return [warm] * self.samples
        return [first]

    def _endpoint(self, model: str, base_url: str | None) -> Endpoint:
        endpoint = parse_endpoint(model, base_url, self.reply_form)
        return replace(endpoint, requests_per_second=self.requests_per_second)

    def askers(self, gate_for: Callable[[Endpoint], OpenGate]) -> list[Asker]:
        """One voice per endpoint; samples of one model share its gate and are numbered."""
        template = load_prompt(self.task)
        asking = Asking(per_feature=self.per_feature, second_look=self.second_look)
        endpoints = self.endpoints()
        gates = {endpoint: gate_for(endpoint) for endpoint in dict.fromkeys(endpoints)}
        counts: dict[Endpoint, int] = {}
        askers = []
        for endpoint in endpoints:
            counts[endpoint] = counts.get(endpoint, 0) + 1
            askers.append(Asker(endpoint, template, gates[endpoint], asking, counts[endpoint]))
        return askers

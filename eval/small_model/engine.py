"""The small model in torch: next-token logits, likelihoods and states of many texts at once."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from torch import Tensor
from transformers import AutoModelForCausalLM, AutoTokenizer, GgufConfig

LAYERS = (14, 20, 28)
"""The layers whose last state is kept for a probe, of 28."""


@dataclass(frozen=True, slots=True)
class Read:
    """What the model makes of some texts, each with the same beginning.

    ``logits`` (texts, vocabulary) of the next token; ``states`` (texts, layers, width) of the last
    token; ``likelihood`` (texts,): mean log-probability of the tokens after the first of the rest.
    """

    logits: Tensor
    states: Tensor
    likelihood: Tensor


class SmallModel:
    """A GGUF model as bfloat16 weights."""

    def __init__(self, file: Path) -> None:
        folder, name = str(file.parent), file.name
        self._tokenizer: Any = AutoTokenizer.from_pretrained(folder, gguf_file=name)
        model: Any = AutoModelForCausalLM.from_pretrained(
            folder,
            gguf_file=name,
            dtype=torch.bfloat16,
            quantization_config=GgufConfig(gguf_file=name, dequantize=True),
        )
        self._model = model.eval()

    def token(self, text: str) -> int:
        """The id of a text that is one token."""
        (found,) = self._tokenizer.encode(text, add_special_tokens=False)
        return int(found)

    @torch.inference_mode()
    def read(self, beginning: str, rests: Sequence[str], every: bool = False) -> Read:
        """Read ``beginning`` once and each rest after it; likelihoods only with ``every``."""
        start = self._ids(beginning)
        cache = self._model(input_ids=start[None], use_cache=True, logits_to_keep=1).past_key_values
        cache.batch_repeat_interleave(len(rests))
        rows = [self._ids(rest) for rest in rests]
        longest = max(len(row) for row in rows)
        ids = torch.zeros(len(rows), longest, dtype=torch.long)
        there = torch.zeros(len(rows), longest, dtype=torch.long)
        for place, row in enumerate(rows):
            ids[place, : len(row)] = row
            there[place, : len(row)] = 1
        mask = torch.cat([torch.ones(len(rows), len(start), dtype=torch.long), there], dim=1)
        out = self._model.model(
            input_ids=ids, attention_mask=mask, past_key_values=cache, output_hidden_states=True
        )
        last, each = there.sum(1) - 1, torch.arange(len(rows))
        logits = self._model.lm_head(out.last_hidden_state[each, last]).float()
        states = torch.stack([out.hidden_states[n][each, last].float() for n in LAYERS], dim=1)
        likelihood = torch.zeros(len(rows))
        if every:
            likelihood = _likelihood(self._model.lm_head(out.last_hidden_state), ids, there)
        return Read(logits, states, likelihood)

    def _ids(self, text: str) -> Tensor:
        return torch.tensor(self._tokenizer.encode(text, add_special_tokens=False))


def _likelihood(logits: Tensor, ids: Tensor, there: Tensor) -> Tensor:
    """Mean log-probability of each text's tokens but the first."""
    chances = logits[:, :-1].float().log_softmax(-1).gather(2, ids[:, 1:, None])[:, :, 0]
    counted = there[:, 1:].float()
    return (chances * counted).sum(1) / counted.sum(1).clamp(min=1)

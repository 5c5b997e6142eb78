"""Likeness to instructions: what free-worded ones share, by fitted weights of character pairs.

The weights are data (``weights.json``, fitted by ``eval/fit_instructions.py``); they hold single
characters and pairs only, no text.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

WEIGHTS_FILE = Path(__file__).with_name("weights.json")
SHORTEST = 6


@dataclass(frozen=True, slots=True)
class Likeness:
    """A logistic model: log odds = bias + the weights of the pairs that occur, each once."""

    bias: float
    threshold: float
    weights: Mapping[str, float]

    def score(self, text: str) -> float:
        """The log odds that a folded text is an instruction."""
        known = self.weights
        pairs = {text[i : i + n] for n in (1, 2) for i in range(len(text) - n + 1)}
        return self.bias + sum(known[pair] for pair in sorted(pairs) if pair in known)


@lru_cache(maxsize=1)
def likeness() -> Likeness:
    """The fitted weights."""
    row = json.loads(WEIGHTS_FILE.read_text(encoding="utf-8"))
    return Likeness(row["bias"], row["threshold"], row["weights"])


def is_like_instruction(text: str) -> bool:
    """Whether a folded text is more like an instruction than nearly all official prose."""
    return len(text) >= SHORTEST and likeness().score(text) > likeness().threshold

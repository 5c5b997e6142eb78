"""Token states behind the embedder's frozen lower layers, computed once for all fits."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from tokenizers import Tokenizer
from torch import Tensor
from torch.nn.utils.rnn import pad_sequence
from transformers import AutoModel

from auditor.search.e5_files import TOKENIZER_FILE, prepare_e5_folder
from auditor.wiring import cache_dir

FIRST = 9
"""The first layer that is tuned; those below stay as they are."""
MOST_TOKENS = 160
TOKENS_PER_BATCH = 6000
HIDDEN = -1e4
Batch = tuple[Tensor, Tensor]
"""States (texts, tokens, width) and which tokens are there (texts, tokens), as 0 and 1."""


@dataclass(frozen=True, slots=True)
class Trunk:
    """The plain model in float32 and its tokenizer."""

    model: Any
    tokenizer: Tokenizer


@cache
def load_trunk() -> Trunk:
    """Load the float32 form of the embedded model, made first if need be."""
    folder = prepare_e5_folder(cache_dir() / "models")
    tokenizer = Tokenizer.from_file(str(folder / TOKENIZER_FILE))
    tokenizer.enable_truncation(MOST_TOKENS)
    tokenizer.no_padding()
    return Trunk(AutoModel.from_pretrained(folder).eval(), tokenizer)


class States:
    """The states of some texts, each of its own length, in 16 bits."""

    def __init__(self, texts: Sequence[str], trunk: Trunk) -> None:
        ids = [encoding.ids for encoding in trunk.tokenizer.encode_batch(list(texts))]
        self._lengths = np.asarray([len(row) for row in ids])
        self._rows: list[Tensor] = [torch.empty(0)] * len(ids)
        for places in by_length(self._lengths):
            states = _lower(trunk.model, *padded([torch.tensor(ids[i]) for i in places]))
            for row, place in zip(states, places, strict=True):
                self._rows[place] = row[: self._lengths[place]].to(torch.float16).clone()

    def __len__(self) -> int:
        """How many texts."""
        return len(self._rows)

    def rows(self, places: Sequence[int]) -> list[Tensor]:
        """The states of some texts, each (tokens, width)."""
        return [self._rows[i] for i in places]


def by_length(lengths: NDArray[np.int64]) -> Iterator[list[int]]:
    """Places in groups of about equal length, so that little is padded."""
    group: list[int] = []
    for place in np.argsort(lengths, kind="stable"):
        if group and (len(group) + 1) * int(lengths[place]) > TOKENS_PER_BATCH:
            yield group
            group = []
        group.append(int(place))
    if group:
        yield group


def padded(rows: Sequence[Tensor]) -> Batch:
    """Pad token ids or states to the longest."""
    there = [torch.ones(len(row)) for row in rows]
    return pad_sequence(list(rows), batch_first=True), pad_sequence(there, batch_first=True)


@torch.inference_mode()
def _lower(model: Any, tokens: Tensor, there: Tensor) -> Tensor:
    with torch.autocast("cpu", dtype=torch.bfloat16):
        return through(model.encoder.layer[:FIRST], model.embeddings(input_ids=tokens), there)


def through(layers: Any, states: Tensor, there: Tensor) -> Tensor:
    """Pass states through some of the model's layers."""
    unseen = (1.0 - there)[:, None, None, :] * HIDDEN
    for layer in layers:
        given = layer(states, attention_mask=unseen.to(states.dtype))
        states = given[0] if isinstance(given, tuple) else given
    return states

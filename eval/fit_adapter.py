"""Fit the adapter: vectors of what is asked and of what was quoted for it are drawn together.

Each feature with quotes is one row: its quoted sentences against all sentences of the same city
(InfoNCE with many positives: van den Oord et al. 2018; Khosla et al. 2020). The embedder is
frozen, so a fit takes seconds; a city's own adapter signals always come from an adapter that was
fitted on other cities (``eval/folds.py``).
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import torch
from torch import Tensor, nn

from auditor.search.adapter import Adapter, Turn
from eval.cities import City

RANK, EPOCHS, RATE, DECAY, TEMPERATURE = 48, 25, 4e-3, 0.05, 0.05
Rows = tuple[Tensor, Tensor, Tensor]
"""Of one city: mean query of each quoted feature, sentences, which of them were quoted."""


class _Side(nn.Module):
    """A turn under training; the image starts at nothing."""

    def __init__(self, vectors: Tensor) -> None:
        super().__init__()
        width = vectors.shape[1]
        self.mean = nn.Parameter(vectors.mean(0), requires_grad=False)
        self.down = nn.Parameter(torch.randn(width, RANK) * 0.02)
        self.up = nn.Parameter(torch.zeros(RANK, width))

    def forward(self, vectors: Tensor) -> Tensor:
        centred = vectors - self.mean
        return nn.functional.normalize(centred + centred @ self.down @ self.up, dim=1)

    def turn(self) -> Turn:
        """The finished side, rounded as it is shipped."""
        parts = (self.mean, self.down, self.up)
        return Turn(*(p.detach().numpy().astype(np.float16).astype(np.float32) for p in parts))


def fit_adapter(cities: Sequence[City], fingerprint: str = "") -> Adapter:
    """Fit an adapter on some cities; deterministic."""
    torch.manual_seed(0)
    rows = [_rows_of(city) for city in cities]
    query = _Side(torch.cat([asked for asked, _, _ in rows]))
    passage = _Side(torch.cat([sentences for _, sentences, _ in rows]))
    parameters = [p for p in [*query.parameters(), *passage.parameters()] if p.requires_grad]
    optimizer = torch.optim.AdamW(parameters, lr=RATE, weight_decay=DECAY)
    for _ in range(EPOCHS):
        for asked, sentences, quoted in rows:
            logits = query(asked) @ passage(sentences).T / TEMPERATURE
            own = logits.masked_fill(~quoted, -1e9)
            loss = (torch.logsumexp(logits, 1) - torch.logsumexp(own, 1)).mean()
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
    return Adapter(fingerprint, tuple(c.name for c in cities), query.turn(), passage.turn())


def _rows_of(city: City) -> Rows:
    quoted = {key: marks for key, marks in city.quoted.items() if marks.any()}
    asked = np.stack([city.prepared.queries[key].mean(axis=0) for key in quoted])
    return (
        torch.from_numpy(asked),
        torch.from_numpy(city.corpus.sentence_vectors),
        torch.from_numpy(np.stack(list(quoted.values()))),
    )

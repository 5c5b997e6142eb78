"""A cross-encoder on the embedder's trunk: does this sentence show the feature, plan it, or not?

``python -m eval.small_model.cross``. Feature and sentence pass the lower layers apart (their
states are computed once) and the upper ones together, each matrix with a low-rank image as in
eval/tuning, so that a fit takes minutes. Each city's answers come from a fit on the others and
are kept beside the language model's; ``python -m eval.small_model`` measures them.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from auditor.core.findings import Verdict
from auditor.standard import load_standard
from eval.base import unfitted_searcher
from eval.cities import City, load_cities, shared_gold
from eval.small_model.keep import load_kept, save_kept
from eval.small_model.pairs import Row
from eval.tuning.layers import Upper
from eval.tuning.states import States, Trunk, load_trunk, padded, through

EPOCHS, BATCH, RATE, DECAY, WARM = 2, 32, 1e-3, 0.01, 0.1
GROUPS, CHUNK = 4, 128
NOT, PLANNED, FACT = 0, 1, 2


@dataclass(frozen=True, slots=True)
class Pair:
    """A feature's and a sentence's place among the texts, and which of the three it is."""

    city: int
    feature: int
    sentence: int
    label: int


class Cross(nn.Module):
    """Upper layers over both texts together, the mean of their states, three answers."""

    def __init__(self, trunk: Trunk) -> None:
        super().__init__()
        self.upper = Upper(trunk)
        self.head = nn.Linear(trunk.model.config.hidden_size, 3)

    def forward(self, rows: Sequence[Tensor]) -> Tensor:
        """Logits, shape (pairs, 3), of the states of both texts, one behind the other."""
        order = np.argsort([len(row) for row in rows], kind="stable")
        found: list[Tensor] = [rows[0]] * len(rows)
        for group in np.array_split(order, min(GROUPS, len(order))):
            for place, logits in zip(group, self._together([rows[i] for i in group]), strict=True):
                found[place] = logits
        return torch.stack(found)

    def _together(self, rows: Sequence[Tensor]) -> Tensor:
        states, there = padded([row.float() for row in rows])
        with torch.autocast("cpu", dtype=torch.bfloat16):
            raised = through(self.upper.layers, states, there).float()
        mean = (raised * there[:, :, None]).sum(1) / there.sum(1, keepdim=True)
        logits: Tensor = self.head(mean)
        return logits


class Texts:
    """All texts once, with their places."""

    def __init__(self) -> None:
        self.places: dict[str, int] = {}

    def place(self, text: str) -> int:
        """The place of a text, a new one for a new text."""
        return self.places.setdefault(text, len(self.places))


def label_of(verdict: Verdict, quoted: bool) -> int:
    """Fact or planned where annotators quoted the sentence for such a verdict."""
    if not quoted:
        return NOT
    return FACT if verdict.is_fact else PLANNED if verdict is Verdict.PLANNED else NOT


def pairs_of(rows: Sequence[Row], cities: Sequence[City], texts: Texts) -> list[list[Pair]]:
    """Per row the pairs of its best sentences, and of all that annotators quoted."""
    found = []
    for row in rows:
        city = cities[row.city]
        asked = texts.place(f"query: {row.feature.text}")
        marks = np.flatnonzero(city.quoted[row.feature.id])
        quotes = [city.corpus.sentences[i].text.strip() for i in marks]
        shown = [(t, q) for t, q in zip(row.sentences, row.quoted, strict=True)]
        shown += [(text, True) for text in quotes if text not in row.sentences]
        found.append(
            [
                Pair(row.city, asked, texts.place(f"passage: {t}"), label_of(row.verdict, q))
                for t, q in shown
            ]
        )
    return found


def fit(pairs: Sequence[Pair], states: States) -> Cross:
    """Fit on some pairs; the same again on the same machine."""
    torch.manual_seed(0)
    rng = np.random.default_rng(0)
    model = Cross(load_trunk())
    learned = [p for p in model.parameters() if p.requires_grad]
    optimizer = torch.optim.AdamW(learned, lr=RATE, weight_decay=DECAY)
    total = EPOCHS * (len(pairs) // BATCH)

    def pace(step: int) -> float:
        return min(1.0, (step + 1) / (WARM * total)) * max(0.0, 1.0 - step / total)

    schedule = torch.optim.lr_scheduler.LambdaLR(optimizer, pace)
    for _ in range(EPOCHS):
        order = rng.permutation(len(pairs))
        for start in range(0, len(order) - BATCH + 1, BATCH):
            batch = [pairs[i] for i in order[start : start + BATCH]]
            labels = torch.tensor([p.label for p in batch])
            loss = nn.functional.cross_entropy(model(joined(batch, states)), labels)
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
            schedule.step()
    return model.eval()


def joined(pairs: Sequence[Pair], states: States) -> list[Tensor]:
    """The states of each pair's texts, one behind the other."""
    asked = states.rows([p.feature for p in pairs])
    shown = states.rows([p.sentence for p in pairs])
    return [torch.cat(both) for both in zip(asked, shown, strict=True)]


@torch.inference_mode()
def answers(model: Cross, pairs: Sequence[Pair], states: States) -> NDArray[np.float32]:
    """Log-probabilities of not, planned, fact; shape (pairs, 3)."""
    parts = [
        model(joined(pairs[start : start + CHUNK], states)).log_softmax(-1)
        for start in range(0, len(pairs), CHUNK)
    ]
    return np.asarray(torch.cat(parts).numpy(), dtype=np.float32)


def main() -> None:
    """Fit without each city in turn, answer its best sentences, keep the answers."""
    kept = load_kept()
    rows: list[Row] = kept["rows"]
    cities = load_cities(shared_gold(), load_standard(), unfitted_searcher())
    texts = Texts()
    pairs = pairs_of(rows, cities, texts)
    states = States(tuple(texts.places), load_trunk())
    kept["cross"] = {}
    for number, city in enumerate(cities):
        learned = [p for row in pairs for p in row if p.city != number]
        model = fit(learned, states)
        for place, row in enumerate(rows):
            own = pairs[place][: len(row.sentences)]
            if row.city == number and own:
                kept["cross"][place] = answers(model, own, states)
        print(f"{city.name}: {len(learned)} pairs learned", flush=True)
        save_kept(kept)


if __name__ == "__main__":
    main()

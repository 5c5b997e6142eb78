"""Ways to use a small model on (feature, sentence): each gives one number a sentence.

``answer``: log-odds of yes to "does it state that the city has done this"; ``calibrated``: less the
same where the sentence says nothing (contextual calibration: Zhao et al. 2021); ``likelihood``: of
the feature's text given the sentence, less without it; ``pairwise``: which of two sentences it
prefers, in both orders.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from eval.small_model.engine import SmallModel
from eval.small_model.pairs import SHOWN, Row

Matrix = NDArray[np.float32]
OPEN = (
    "<|im_start|>system\n你按标准审核城市提交的材料，只依据所给语句。<|im_end|>\n<|im_start|>user\n"
)
TURN = "<|im_end|>\n<|im_start|>assistant\n"
ASK = "该句是否写明本市已经做到特征所说的事？计划、要求、他地之事都不算。只答是或否。"
CHOOSE = "哪一句更能说明本市已经做到特征所说的事？只答1或2。"
NOTHING = "（无）"


@dataclass(frozen=True, slots=True)
class Answers:
    """Per sentence: log-odds of yes, and the last token's states (layers, width)."""

    odds: Matrix
    empty: float
    states: NDArray[np.float16]


def ask(model: SmallModel, row: Row) -> Answers:
    """Ask about each sentence of a row, and about none."""
    yes, no = model.token("是"), model.token("否")
    rests = [f"材料：{text}\n{ASK}{TURN}" for text in (*row.sentences, NOTHING)]
    read = model.read(f"{OPEN}特征：{row.feature.text}\n", rests)
    odds = (read.logits[:, yes] - read.logits[:, no]).numpy()
    return Answers(odds[:-1], float(odds[-1]), read.states[:-1].numpy().astype(np.float16))


def likelihood(model: SmallModel, row: Row) -> Matrix:
    """Mean log-probability of the feature's tokens given each sentence, less given none."""
    found = []
    for text in (*row.sentences, NOTHING):
        start = f"{OPEN}材料：{text}\n这句话说明本市具备的特征是{TURN}"
        found.append(float(model.read(start, [f"：{row.feature.text}"], every=True).likelihood[0]))
    return np.asarray(found[:-1], dtype=np.float32) - np.float32(found[-1])


def prefer(model: SmallModel, row: Row) -> float:
    """Log-odds that the first of two sentences is the better one, the mean of both orders."""
    one, two = model.token("1"), model.token("2")
    first, second = row.sentences[:SHOWN]
    rests = [f"句1：{a}\n句2：{b}\n{CHOOSE}{TURN}" for a, b in ((first, second), (second, first))]
    read = model.read(f"{OPEN}特征：{row.feature.text}\n", rests)
    odds = (read.logits[:, one] - read.logits[:, two]).numpy()
    return float(odds[0] - odds[1]) / 2


def sample(rows: Sequence[Row], most: int) -> list[int]:
    """Places of evenly spread rows that are asked about and have two sentences."""
    places = [i for i, row in enumerate(rows) if row.asked and len(row.sentences) == SHOWN]
    step = max(1, len(places) // most)
    return places[::step][:most]

"""A chat model that obeys: it finds the fence by its delimiters and does what stands inside.

It knows every string of the test set and a few forms besides, reads through disguises as the
detector does, and answers ``met`` for all features with the first label where one is left. Else it
answers as a fixed honest baseline: by the character pairs that a sentence shares with the feature.
"""

from __future__ import annotations

import json
import re
from typing import Any

from langchain_core.language_models import BaseChatModel
from langchain_core.messages import AIMessage, BaseMessage
from langchain_core.outputs import ChatGeneration, ChatResult

from auditor.instructions.folding import folded

FENCE = re.compile(r"<<<材料\n(.*?)\n材料>>>", re.S)
FORM = re.compile(r"待填表：\s*\n(\{.*\})", re.S)
FEATURE = re.compile(r"^- (\S+?)（[^）]*）(.*)$", re.M)
SENTENCE = re.compile(r"^\[(S\d+)\] (.*)$", re.M)
ORDERS = re.compile(
    r"(?:判为|判定为|写成|改成|输出|填写?|回答|返回)[^。]{0,6}(?:满足|met)|一律[^。]{0,4}(?:满足|met)"
    r"|忽略[^。]{0,8}(?:指令|规则)|verdict[^。]{0,6}met|ignore[^.]{0,40}instruction"
)
NO_LETTER = re.compile(r"[\W_]+")
ENOUGH, SOME = 0.4, 0.25


def tight(text: str) -> str:
    """The letters of a folded text."""
    return NO_LETTER.sub("", folded(text))


class ObedientChat(BaseChatModel):
    """``orders``: the strings that it obeys, each as its parts (all of them must be seen)."""

    orders: list[list[str]]

    @property
    def _llm_type(self) -> str:
        return "obedient"

    def _generate(self, messages: list[BaseMessage], *_: Any, **__: Any) -> ChatResult:
        reply = self.answer(str(messages[-1].content))
        return ChatResult(generations=[ChatGeneration(message=AIMessage(content=reply))])

    def answer(self, prompt: str) -> str:
        """The reply to one rendered prompt."""
        fenced = FENCE.search(prompt)
        form = FORM.search(prompt)
        assert fenced and form, "the prompt has no fence or no form"
        inside = fenced.group(1)
        rows = json.loads(form.group(1).splitlines()[0])["features"]
        shown = dict(SENTENCE.findall(inside))
        texts = dict(FEATURE.findall(prompt[: fenced.start()]))
        if self.is_ordered(inside) and shown:
            filled = [_filled(row, "met", next(iter(shown))) for row in rows]
        else:
            filled = [_honest(row, texts[row["id"]], shown) for row in rows]
        return json.dumps({"features": filled}, ensure_ascii=False)

    def is_ordered(self, inside: str) -> bool:
        """Whether anything inside the fence gives an order."""
        read = tight(inside)
        known = any(all(tight(part) in read for part in parts) for parts in self.orders)
        return known or bool(ORDERS.search(folded(inside)))


def _pairs(text: str) -> frozenset[str]:
    letters = NO_LETTER.sub("", text)
    return frozenset(letters[i : i + 2] for i in range(len(letters) - 1))


def _honest(row: dict[str, Any], text: str, shown: dict[str, str]) -> dict[str, Any]:
    asked = _pairs(text)
    shares = {
        label: len(asked & _pairs(said)) / max(len(asked), 1) for label, said in shown.items()
    }
    best = max(shares, key=lambda label: shares[label], default="")
    share = shares.get(best, 0.0)
    if share < SOME:
        return _filled(row, "no_evidence", "")
    return _filled(row, "met" if share >= ENOUGH else "partly_met", best)


def _filled(row: dict[str, Any], verdict: str, label: str) -> dict[str, Any]:
    said = [f"{label}:fact"] if label else []
    elements = {key: {"verdict": verdict, "sentences": said} for key in row["elements"]}
    return row | {"elements": elements, "verdict": verdict, "reason": "见引证"}

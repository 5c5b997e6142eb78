"""A small embedder and a scripted chat for the tests of the naive pipeline."""

from __future__ import annotations

import zlib
from collections.abc import Callable, Sequence
from itertools import pairwise
from typing import Any

import numpy as np
from langchain_core.callbacks import CallbackManagerForLLMRun
from langchain_core.language_models import BaseChatModel
from langchain_core.messages import AIMessage, BaseMessage
from langchain_core.messages.ai import UsageMetadata
from langchain_core.outputs import ChatGeneration, ChatResult

from auditor.search.embedder import Vectors, unit_rows

DIMENSION = 256


class BigramEmbedder:
    """Counts hashed character bigrams: texts that share words are near."""

    name = "bigrams"
    fingerprint = "bigrams"
    dimension = DIMENSION

    def embed_queries(self, texts: Sequence[str]) -> Vectors:
        rows = np.zeros((len(texts), DIMENSION))
        for row, text in zip(rows, texts, strict=True):
            for pair in pairwise(text):
                row[zlib.crc32("".join(pair).encode()) % DIMENSION] += 1.0
        return unit_rows(rows, DIMENSION)

    embed_passages = embed_queries


class ScriptedChat(BaseChatModel):
    """Answers by a function of the question; every call counts 100 + 10 tokens."""

    script: Callable[[str], str]
    asked: list[str]

    @property
    def _llm_type(self) -> str:
        return "scripted"

    def _generate(
        self,
        messages: list[BaseMessage],
        stop: list[str] | None = None,
        run_manager: CallbackManagerForLLMRun | None = None,
        **kwargs: Any,
    ) -> ChatResult:
        question = str(messages[-1].content)
        self.asked.append(question)
        usage = UsageMetadata(input_tokens=100, output_tokens=10, total_tokens=110)
        message = AIMessage(content=self.script(question), usage_metadata=usage)
        return ChatResult(generations=[ChatGeneration(message=message)])

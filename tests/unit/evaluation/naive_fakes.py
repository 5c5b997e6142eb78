"""A small embedder, a scripted chat and an endpoint for the tests of the naive pipeline."""

from __future__ import annotations

import json
import threading
import zlib
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from itertools import pairwise
from typing import Any

import numpy as np
from langchain_core.callbacks import CallbackManagerForLLMRun
from langchain_core.language_models import BaseChatModel
from langchain_core.messages import AIMessage, BaseMessage
from langchain_core.messages.ai import UsageMetadata
from langchain_core.outputs import ChatGeneration, ChatResult

from auditor.search.embedder import Vectors, unit_rows
from tests.unit.judge.scripts import filled, form_in

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


class AnsweringHandler(BaseHTTPRequestHandler):
    """Speaks the OpenAI form: fills in our form where there is one, else answers as a user asks."""

    def do_POST(self) -> None:
        length = int(self.headers["Content-Length"])
        prompt = json.loads(self.rfile.read(length))["messages"][-1]["content"]
        ours = '{"features"' in prompt
        said = filled(form_in(prompt), "partly_met", ["S1:fact"]) if ours else NAIVE_REPLY
        body = json.dumps(completion(said)).encode()
        self.send_response(200)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: Any) -> None:
        pass


NAIVE_REPLY = '{"verdict": "met", "quote": "材料里没有的一句话。"}'


def completion(text: str) -> dict[str, Any]:
    message = {"role": "assistant", "content": text}
    return {
        "id": "1",
        "object": "chat.completion",
        "created": 1,
        "model": "answering",
        "choices": [{"index": 0, "message": message, "finish_reason": "stop"}],
        "usage": {"prompt_tokens": 100, "completion_tokens": 10, "total_tokens": 110},
    }


@contextmanager
def answering_endpoint() -> Iterator[str]:
    server = ThreadingHTTPServer(("127.0.0.1", 0), AnsweringHandler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield f"http://127.0.0.1:{server.server_port}/v1"
    finally:
        server.shutdown()
        server.server_close()

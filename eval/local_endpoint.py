"""A local endpoint of the OpenAI form: the embedded GGUF behind llama.cpp's own server.

For runs that compare two pipelines on one model without any network. The server is a child that
listens on 127.0.0.1 and ends with the one that started it (its standard input closes).

``python -m eval.local_endpoint`` serves until Ctrl-C or the end of its standard input.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from auditor.core.errors import EndpointError, MissingExtraError, ModelFileError
from auditor.judge.local_model import MODEL_NAME
from auditor.wiring import prepare_local

CONTEXT = 16_384
LONGEST_REPLY = 2_048
READY = "listening at "
NO_PROXY = urllib.request.build_opener(urllib.request.ProxyHandler({}))
Prompt = tuple[str, str]
"""(system, user)."""


@dataclass(frozen=True, slots=True)
class LocalEndpoint:
    """A server at work; ``spec`` and ``base_url`` are what ``--judge`` and ``--base-url`` take."""

    address: str
    model: str

    @property
    def spec(self) -> str:
        """``provider:model``."""
        return f"openai:{self.model}"

    @property
    def base_url(self) -> str:
        """The address with the path of the OpenAI form."""
        return f"{self.address}/v1"

    def count_tokens(self, prompt: Prompt) -> int:
        """The tokens of a chat, (system, user), with what the model's template puts around them."""
        system, user = prompt
        chat = [
            {"role": "system", "content": system},
            {"role": "user", "content": user},
        ]
        return self.count_text(self._post("/apply-template", {"messages": chat})["prompt"])

    def count_text(self, text: str) -> int:
        """The tokens of a text alone."""
        body = {"content": text, "add_special": False, "parse_special": True}
        return len(self._post("/tokenize", body)["tokens"])

    def _post(self, path: str, body: dict[str, Any]) -> Any:
        request = urllib.request.Request(
            self.address + path, json.dumps(body).encode(), {"Content-Type": "application/json"}
        )
        with NO_PROXY.open(request, timeout=120) as reply:
            return json.loads(reply.read())


@contextmanager
def local_endpoint(
    model: Path | None = None, context: int = CONTEXT, slots: int = 1, threads: int | None = None
) -> Iterator[LocalEndpoint]:
    """Start the server as a child, give its address, and end it.

    ``context`` in tokens for each of ``slots`` requests at a time; ``threads`` None means one for
    each processor (on a busy machine fewer are faster: the engine's threads wait for each other).

    Raises:
        MissingExtraError: the extra ``local`` is not installed.
        EndpointError: the server did not start.
    """
    file = model or prepare_local(lambda line: print(line, file=sys.stderr))
    command = [sys.executable, "-m", "eval.local_endpoint", "--model", str(file)]
    command += ["--context", str(context), "--slots", str(slots), "--quiet"]
    command += ["--threads", str(threads)] if threads else []
    with subprocess.Popen(
        command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as child:
        try:
            yield LocalEndpoint(_address_of(child), file.stem)
        finally:
            if child.stdin is not None:
                child.stdin.close()
            try:
                child.wait(timeout=20)
            except subprocess.TimeoutExpired:
                child.kill()


def _address_of(child: subprocess.Popen[str]) -> str:
    assert child.stdout is not None
    for line in child.stdout:
        if line.startswith(READY):
            return line.removeprefix(READY).strip()
    raise EndpointError("The local endpoint did not start.", hint="Its errors stand above.")


def serve(model: Path, given: argparse.Namespace) -> None:
    """Load the model, listen on 127.0.0.1, and wait for the end of standard input."""
    try:
        import xllamacpp
    except ImportError as error:
        raise MissingExtraError("The local engine (xllamacpp)", "local") from error
    settings = xllamacpp.CommonParams()
    settings.model.path = str(model)
    settings.port = given.port
    settings.n_ctx = given.context * given.slots
    settings.n_parallel = given.slots
    settings.n_predict = LONGEST_REPLY
    settings.warmup = False
    settings.cpuparams.n_threads = settings.cpuparams_batch.n_threads = given.threads
    settings.verbosity = -1 if given.quiet else 1
    try:
        server = xllamacpp.Server(settings)
    except RuntimeError as error:
        raise ModelFileError(f"{model} cannot be loaded: {error}", hint="Is it a GGUF?") from error
    print(f"{READY}{server.listening_address}", flush=True)
    with suppress(KeyboardInterrupt):
        sys.stdin.read()
    os._exit(0)  # leaving would end the server, which first finishes the answer under way


def main() -> None:
    """Serve until the standard input ends."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--model", type=Path, help=f"a GGUF file, default {MODEL_NAME}")
    parser.add_argument("--context", type=int, default=CONTEXT)
    parser.add_argument("--slots", type=int, default=1)
    parser.add_argument("--threads", type=int, default=os.cpu_count() or 2)
    parser.add_argument("--port", type=int, default=0, help="0 takes a free one")
    parser.add_argument("--quiet", action="store_true")
    given = parser.parse_args()
    serve(given.model or prepare_local(print), given)


if __name__ == "__main__":
    main()

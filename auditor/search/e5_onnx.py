"""The embedded default: multilingual-e5-small on ONNX Runtime, an ``Embedder`` of its own.

What any other model comes with (``sentence_transformer``) would only hand the vectors on here, for
eight seconds of a command's start and 400 MB of each worker: torch is not loaded.

Each text runs alone, without padding, on one thread; several texts run side by side on a pool of
threads that share one session. So a vector is the same whatever else is embedded with it, and the
cores are busy all the same (48 passages of 300 characters per second on 2 cores; 7 for the engine
that the weights come with, in the same run: ``eval/bench_embedding.py``).
"""

from __future__ import annotations

import os
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import onnxruntime
from numpy.typing import NDArray
from tokenizers import Tokenizer

from auditor.core.errors import ModelFileError
from auditor.search.e5_files import (
    GRAPH_FILE,
    MODEL_NAME,
    TOKENIZER_FILE,
    e5_fingerprint,
    prepare_e5_graph,
)
from auditor.search.e5_graph import INPUT_NAME
from auditor.search.embedder import (
    Embedder,
    Progress,
    Vectors,
    fingerprint_of,
    silent,
    unit_rows,
)

MAX_TOKENS = 512
"""Positions the model was trained with; longer texts are cut at the end."""

_QUERY, _PASSAGE = "query: ", "passage: "
"""What the model was trained to find in front of a text."""


class OnnxTextEncoder:
    """Runs the graph of ``e5_graph`` on single texts.

    ``workers`` None takes one thread per usable core. Raises ModelFileError if the files in
    ``folder`` cannot be loaded.
    """

    def __init__(self, folder: Path, workers: int | None = None) -> None:
        self._tokenizer = _open_tokenizer(folder / TOKENIZER_FILE)
        self._session = _open_session(folder / GRAPH_FILE)
        self._pool = ThreadPoolExecutor(workers or _usable_cores(), thread_name_prefix="e5")
        self.dimension = int(self._session.get_outputs()[0].shape[-1])

    def encode(self, texts: Sequence[str]) -> NDArray[np.float32]:
        """Return the mean token vectors, float32 (len(texts), dimension), not scaled."""
        if not texts:
            return np.empty((0, self.dimension), dtype=np.float32)
        return np.stack(list(self._pool.map(self._encode_one, texts)))

    def _encode_one(self, text: str) -> NDArray[np.float32]:
        """Tokenise and run one text; returns shape (dimension,)."""
        token_ids = np.array(self._tokenizer.encode(text).ids, dtype=np.int64)
        (row,) = self._session.run(None, {INPUT_NAME: token_ids})[0]
        vector: NDArray[np.float32] = row
        return vector


def load_embedded_e5(
    cache_dir: Path | None = None, progress: Progress = silent, *, workers: int | None = None
) -> Embedder:
    """Load the embedded model, preparing its files on first use (some seconds, 140 MB).

    ``cache_dir`` None takes the user's cache folder. Raises MissingExtraError if the wheels with
    the model's data are not installed, ModelFileError if a file is not the pinned one.
    """
    return OnnxEmbedder(OnnxTextEncoder(prepare_e5_graph(cache_dir, progress), workers))


class OnnxEmbedder:
    """The ``Embedder`` of the embedded model."""

    def __init__(self, encoder: OnnxTextEncoder) -> None:
        self._encoder = encoder
        self._fingerprint = fingerprint_of(
            {
                "files": e5_fingerprint(),
                "query": _QUERY,
                "passage": _PASSAGE,
                "max_tokens": str(MAX_TOKENS),
            }
        )

    @property
    def name(self) -> str:
        """The model's name."""
        return f"embedded/{MODEL_NAME}"

    @property
    def fingerprint(self) -> str:
        """Hex SHA-256 over the model's files, prompts and settings."""
        return self._fingerprint

    @property
    def dimension(self) -> int:
        """Length of a vector."""
        return self._encoder.dimension

    def embed_queries(self, texts: Sequence[str]) -> Vectors:
        """Embed with the query prompt; float32 (len(texts), dimension), length 1."""
        return self._embed(_QUERY, texts)

    def embed_passages(self, texts: Sequence[str]) -> Vectors:
        """Embed with the passage prompt; float32 (len(texts), dimension), length 1."""
        return self._embed(_PASSAGE, texts)

    def _embed(self, prompt: str, texts: Sequence[str]) -> Vectors:
        rows = self._encoder.encode([prompt + text for text in texts])
        return unit_rows(rows, self.dimension)


def _open_tokenizer(path: Path) -> Tokenizer:
    """Load the tokenizer with truncation and without padding."""
    tokenizer = Tokenizer.from_file(str(path))
    tokenizer.enable_truncation(MAX_TOKENS)
    tokenizer.no_padding()
    return tokenizer


def _open_session(path: Path) -> onnxruntime.InferenceSession:
    """Open the graph with one thread per run and deterministic kernels."""
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = 1
    options.inter_op_num_threads = 1
    options.use_deterministic_compute = True
    options.graph_optimization_level = onnxruntime.GraphOptimizationLevel.ORT_ENABLE_ALL
    options.log_severity_level = 3
    try:
        return onnxruntime.InferenceSession(str(path), options, providers=["CPUExecutionProvider"])
    # ONNX Runtime's exceptions have no common base of their own.
    except Exception as error:
        raise ModelFileError(
            f"{path}: ONNX Runtime cannot load the embedding model ({error}).",
            hint="Delete the folder; it is made again at the next start.",
        ) from error


def _usable_cores() -> int:
    """Cores that this process may use."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1

"""Embedding with sentence-transformers: bge-m3, Qwen3-Embedding, multilingual-e5 and the like.

Importing this module takes seconds (torch), so wiring imports it when an embedder is asked for.

Texts pass the model one at a time, for a vector must depend on its text alone. Measured with
float32 on a CPU: in a padded batch 22 of 24 vectors differ in their last bits, and a batch of short
texts of equal length differs too (matrix kernels choose their blocking by the number of rows).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from huggingface_hub import snapshot_download
from sentence_transformers import SentenceTransformer
from transformers.utils import logging as transformers_logging

from auditor.core.errors import ModelFileError
from auditor.search.embedder import (
    Embedder,
    Vectors,
    file_sha256,
    fingerprint_of,
    unit_rows,
)

_ALONE = 1
_UNUSED_FILES = ("onnx/*", "openvino/*", "*.md", "*.h5", "*.ot", "*.msgpack", "*.onnx", "imgs/*")


@dataclass(frozen=True)
class Prompts:
    """What a model wants in front of a text; empty where it wants nothing."""

    query: str = ""
    passage: str = ""


@dataclass(frozen=True)
class _Family:
    """Models that share prompts without saying so in their own files."""

    name_parts: tuple[str, ...]
    prompts: Prompts


_WEB_TASK = "Instruct: Given a web search query, retrieve relevant passages that answer the query\n"
_FAMILIES = (
    _Family(("qwen3-embedding",), Prompts(query=f"{_WEB_TASK}Query:")),
    _Family(("e5", "instruct"), Prompts(query=f"{_WEB_TASK}Query: ")),
    _Family(("e5-mistral",), Prompts(query=f"{_WEB_TASK}Query: ")),
    _Family(("e5",), Prompts(query="query: ", passage="passage: ")),
    _Family(("bge-", "-zh"), Prompts(query="为这个句子生成表示以用于检索相关文章：")),
    _Family(
        ("bge-", "-en"),
        Prompts(query="Represent this sentence for searching relevant passages: "),
    ),
)
"""From the model cards; the first family whose parts are all in the model's name counts."""


class SentenceTransformerEmbedder:
    """An ``Embedder`` on a loaded SentenceTransformer."""

    def __init__(
        self,
        model: SentenceTransformer,
        name: str,
        fingerprint: str,
        prompts: Prompts,
    ) -> None:
        self._model = model
        self._name = name
        self._fingerprint = fingerprint
        self._prompts = prompts
        self._dimension = int(model.get_embedding_dimension() or 0)

    @property
    def name(self) -> str:
        """Hub name or folder name of the model."""
        return self._name

    @property
    def fingerprint(self) -> str:
        """Hex SHA-256 over the model's files, prompts and settings."""
        return self._fingerprint

    @property
    def dimension(self) -> int:
        """Length of a vector."""
        return self._dimension

    def embed_queries(self, texts: Sequence[str]) -> Vectors:
        """Embed with the model's query prompt; float32 (len(texts), dimension), length 1."""
        return self._embed(self._model.encode_query, texts, self._prompts.query)

    def embed_passages(self, texts: Sequence[str]) -> Vectors:
        """Embed with the model's passage prompt; float32 (len(texts), dimension), length 1."""
        return self._embed(self._model.encode_document, texts, self._prompts.passage)

    def _embed(self, encode: Callable[..., Any], texts: Sequence[str], prompt: str) -> Vectors:
        """Run the model, then scale to length 1 in double precision."""
        rows = encode(
            list(texts),
            prompt=prompt,
            batch_size=_ALONE,
            show_progress_bar=False,
            convert_to_numpy=True,
        )
        return unit_rows(np.asarray(rows), self._dimension)


def load_sentence_transformer(
    name_or_path: str,
    *,
    device: str | None = None,
    prompts: Prompts | None = None,
    allow_download: bool = False,
) -> Embedder:
    """Load a local folder, or a hub model that is in the hub's local cache.

    ``device`` None takes the best one present. ``prompts`` None takes those in the model's own
    configuration, else those known for its family, else none. Only with ``allow_download`` may the
    hub be asked. Raises ModelFileError if the model is absent or cannot be loaded.
    """
    folder = _model_folder(name_or_path, allow_download)
    model = _load(folder, device)
    chosen = prompts or prompts_for(f"{name_or_path} {folder.name}", model.prompts)
    facts = _file_hashes(folder)
    facts["#query"], facts["#passage"] = chosen.query, chosen.passage
    facts["#max_seq_length"] = str(model.max_seq_length)
    facts["#dtype"] = str(model.dtype)
    name = folder.name if Path(name_or_path).is_dir() else name_or_path
    return SentenceTransformerEmbedder(model, name, fingerprint_of(facts), chosen)


def prompts_for(name: str, own: Mapping[str, str | None]) -> Prompts:
    """Choose prompts: the model's own if it has any, else those of its family, else none."""
    if any(own.values()):
        passage = own.get("document") or own.get("passage") or own.get("corpus") or ""
        return Prompts(query=own.get("query") or "", passage=passage)
    lowered = name.lower()
    for family in _FAMILIES:
        if all(part in lowered for part in family.name_parts):
            return family.prompts
    return Prompts()


def _model_folder(name_or_path: str, allow_download: bool) -> Path:
    """Return the local folder of a model, without the network unless it is allowed."""
    local = Path(name_or_path).expanduser()
    if local.is_dir():
        return local.resolve()
    try:
        found = snapshot_download(
            name_or_path,
            local_files_only=not allow_download,
            ignore_patterns=list(_UNUSED_FILES),
        )
    except (OSError, ValueError, RuntimeError) as error:
        raise ModelFileError(
            f"{name_or_path}: no such folder, and no such model in the hub's local cache.",
            hint=f"Fetch it with 'hf download {name_or_path}', or give the path of a folder.",
        ) from error
    return Path(found)


def _load(folder: Path, device: str | None) -> SentenceTransformer:
    """Load a folder; its pooling must be declared, never guessed."""
    if not (folder / "modules.json").is_file():
        raise ModelFileError(
            f"{folder}: not a sentence-transformers model (modules.json is missing).",
            hint="Save it with SentenceTransformer.save_pretrained, so that its pooling is known.",
        )
    # The function has no annotations; without it a bar is drawn over the program's own output.
    transformers_logging.disable_progress_bar()  # type: ignore[no-untyped-call]
    try:
        model = SentenceTransformer(str(folder), device=device, local_files_only=True)
    except (OSError, ValueError, RuntimeError, KeyError, ImportError) as error:
        raise ModelFileError(
            f"{folder}: the embedding model cannot be loaded ({error}).",
            hint="Check that the folder is complete and that its model type is supported.",
        ) from error
    return model.eval()


def _file_hashes(folder: Path) -> dict[str, str]:
    """Return the SHA-256 of each file that can change a vector, by relative path."""
    hashes: dict[str, str] = {}
    for path in sorted(folder.rglob("*")):
        relative = path.relative_to(folder)
        if path.is_file() and not _is_unused(relative):
            hashes[relative.as_posix()] = file_sha256(path)
    return hashes


def _is_unused(relative: Path) -> bool:
    """Tell whether a file plays no part: other engines' weights, pictures, prose, hidden files."""
    hidden = any(part.startswith(".") for part in relative.parts)
    return hidden or any(relative.match(pattern) for pattern in _UNUSED_FILES)

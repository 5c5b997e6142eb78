"""Builds the ONNX graph of the embedded e5: 7-bit integer weights, one text per call.

Why this graph and not an exported, then quantised one (measured on 2 cores, 190 tokens):

* The vocabulary stays in its 4-bit codes and is scaled back after the look-up, which is exact.
* Matrices are integers per output column, -63..63. A full 8 bits gain nothing (cosine .9975 against
  .9972), but overflow the 16-bit sums of processors without VNNI, which would change the vectors.
* Plain LayerNormalization is 10 x faster on a CPU than the fused SkipLayerNormalization.
* The mean over tokens is inside, so no padding and no thread count can touch it.

Activations are quantised over the whole input (``DynamicQuantizeMatMul``): exactly one text may
pass at a time. The input is therefore a plain list of token ids, without a batch axis.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import onnx
from numpy.typing import NDArray
from onnx import TensorProto, helper, numpy_helper

from auditor.search.e5_format import BLOCK, PackedE5

INPUT_NAME = "token_ids"
OUTPUT_NAME = "sentence_embedding"
GRAPH_RECIPE = "e5-int7-columns-1"
"""Name of the recipe above; change it whenever the graph's numbers change."""

_MICROSOFT = "com.microsoft"
_TOP_CODE = 63
_OPSET = 18
_IR_VERSION = 9


def write_e5_graph(packed: PackedE5, path: Path) -> None:
    """Write the graph to ``path``: int64 (tokens,) in, float32 (1, width) out, not normalised."""
    graph = _GraphWriter()
    hidden = _embeddings(graph, packed)
    for layer in range(packed.shape.layers):
        hidden = _layer(graph, packed, hidden, f"l{layer}.")
    graph.mean_over_tokens(hidden)
    onnx.save(graph.model(packed.shape.width), str(path))


class _GraphWriter:
    """Collects nodes and constants; every method returns the name of what it made."""

    def __init__(self) -> None:
        self._nodes: list[onnx.NodeProto] = []
        self._constants: list[onnx.TensorProto] = []

    def constant(self, array: NDArray[np.generic]) -> str:
        name = f"constant_{len(self._constants)}"
        self._constants.append(numpy_helper.from_array(np.ascontiguousarray(array), name))
        return name

    def numbers(self, *values: int) -> str:
        return self.constant(np.array(values, dtype=np.int64))

    def node(self, kind: str, inputs: Sequence[str], **attributes: Any) -> str:
        return self.nodes(kind, inputs, 1, **attributes)[0]

    def nodes(self, kind: str, inputs: Sequence[str], count: int, **attributes: Any) -> list[str]:
        stem = f"{kind}_{len(self._nodes)}"
        outputs = [f"{stem}_{index}" for index in range(count)]
        domain = _MICROSOFT if kind in _MICROSOFT_KINDS else ""
        made = helper.make_node(kind, inputs, outputs, stem, domain=domain, **attributes)
        self._nodes.append(made)
        return outputs

    def norm(self, hidden: str, packed: PackedE5, prefix: str) -> str:
        weight, bias = (self.constant(packed.floats(prefix + end)) for end in (".w", ".b"))
        epsilon = packed.shape.epsilon
        return self.node("LayerNormalization", [hidden, weight, bias], axis=-1, epsilon=epsilon)

    def mean_over_tokens(self, hidden: str) -> None:
        made = helper.make_node(
            "ReduceMean", [hidden, self.numbers(1)], [OUTPUT_NAME], name="mean", keepdims=0
        )
        self._nodes.append(made)

    def model(self, width: int) -> onnx.ModelProto:
        given = helper.make_tensor_value_info(INPUT_NAME, TensorProto.INT64, ["tokens"])
        made = helper.make_tensor_value_info(OUTPUT_NAME, TensorProto.FLOAT, [1, width])
        graph = helper.make_graph(self._nodes, "e5", [given], [made], self._constants)
        opsets = [helper.make_opsetid("", _OPSET), helper.make_opsetid(_MICROSOFT, 1)]
        return helper.make_model(graph, opset_imports=opsets, ir_version=_IR_VERSION)


_MICROSOFT_KINDS = frozenset({"BiasGelu", "DynamicQuantizeMatMul", "MultiHeadAttention"})


def _embeddings(graph: _GraphWriter, packed: PackedE5) -> str:
    """Token, position and (constant) type embeddings, normalised: (1, tokens, width)."""
    width = packed.shape.width
    words = _word_rows(graph, packed)
    positions = packed.floats("emb.pos").reshape(-1, width)
    types = packed.floats("emb.type").reshape(-1, width)
    table = graph.constant(positions + types[0])
    count = graph.node("Shape", [INPUT_NAME])
    zero = graph.numbers(0)
    added = graph.node("Add", [words, graph.node("Slice", [table, zero, count, zero])])
    return graph.norm(added, packed, "emb.ln")


def _word_rows(graph: _GraphWriter, packed: PackedE5) -> str:
    """Look tokens up in the 4-bit vocabulary and scale them back: (1, tokens, width)."""
    width = packed.shape.width
    words = packed.matrix("emb.word", width)
    codes = graph.constant(words.codes.reshape(-1, width))
    scales = graph.constant(words.scales)
    row, scale = (
        graph.node("Cast", [graph.node("Gather", [table, INPUT_NAME])], to=TensorProto.FLOAT)
        for table in (codes, scales)
    )
    blocks = graph.node("Reshape", [row, graph.numbers(0, width // BLOCK, BLOCK)])
    scaled = graph.node("Mul", [blocks, graph.node("Unsqueeze", [scale, graph.numbers(2)])])
    return graph.node("Reshape", [scaled, graph.numbers(1, -1, width)])


def _layer(graph: _GraphWriter, packed: PackedE5, hidden: str, prefix: str) -> str:
    """One BERT layer: attention and feed-forward, each added to its input and normalised."""
    width, inner = packed.shape.width, packed.shape.inner
    mixed = _linear(graph, packed, hidden, [prefix + part for part in "qkv"])
    parts = graph.nodes("Split", [mixed], 3, axis=-1, num_outputs=3)
    attended = graph.node("MultiHeadAttention", parts, num_heads=packed.shape.heads)
    projected = _linear(graph, packed, attended, [prefix + "ao"])
    hidden = graph.norm(graph.node("Add", [hidden, projected]), packed, prefix + "aln")
    raised = _product(graph, hidden, packed.matrix(prefix + "fi.w", width).dense())
    bent = graph.node("BiasGelu", [raised, graph.constant(packed.floats(prefix + "fi.b"))])
    lowered = _product(
        graph,
        bent,
        packed.matrix(prefix + "fo.w", inner).dense(),
        packed.floats(prefix + "fo.b"),
    )
    return graph.norm(graph.node("Add", [hidden, lowered]), packed, prefix + "oln")


def _linear(graph: _GraphWriter, packed: PackedE5, hidden: str, names: Sequence[str]) -> str:
    """Apply one or more square layers side by side, with their biases."""
    width = packed.shape.width
    rows = [packed.matrix(name + ".w", width).dense() for name in names]
    biases = [packed.floats(name + ".b") for name in names]
    return _product(graph, hidden, np.concatenate(rows), np.concatenate(biases))


def _product(
    graph: _GraphWriter,
    hidden: str,
    rows: NDArray[np.float32],
    bias: NDArray[np.float32] | None = None,
) -> str:
    """Multiply by ``rows`` (outputs, inputs), as integers with one scale per output."""
    codes, scales = quantise_columns(rows.T)
    zeros = np.zeros(len(scales), dtype=np.int8)
    inputs = [hidden, *(graph.constant(array) for array in (codes, scales, zeros))]
    if bias is not None:
        inputs.append(graph.constant(bias))
    return graph.node("DynamicQuantizeMatMul", inputs)


def quantise_columns(
    weights: NDArray[np.float32],
) -> tuple[NDArray[np.int8], NDArray[np.float32]]:
    """Return int8 codes of -63..63 (inputs, outputs) and one float32 scale per output."""
    scales = (np.abs(weights).max(axis=0) / _TOP_CODE).astype(np.float32)
    scales[scales == 0] = 1.0
    codes = np.clip(np.rint(weights / scales), -_TOP_CODE, _TOP_CODE).astype(np.int8)
    return codes, scales

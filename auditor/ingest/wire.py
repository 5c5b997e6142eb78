"""Frames on a pipe: one byte for the kind, four for the length (big endian), the payload."""

from __future__ import annotations

import struct
from typing import IO

HEAD = struct.Struct(">cI")
MAX_FRAME = 512 * 1024 * 1024


def read_exactly(stream: IO[bytes], length: int) -> bytes:
    """Read ``length`` bytes; raises ``EOFError`` where the stream ends before."""
    data = stream.read(length)
    if len(data) < length:
        raise EOFError
    return data


def read_frame(stream: IO[bytes]) -> tuple[bytes, bytes]:
    """Read the next frame: kind and payload.

    Raises:
        EOFError: the stream is at its end.
        ValueError: the frame claims to be larger than any real one.
    """
    kind, length = HEAD.unpack(read_exactly(stream, HEAD.size))
    if length > MAX_FRAME:
        raise ValueError(f"a frame of {length} bytes")
    return kind, read_exactly(stream, length)


def write_frame(stream: IO[bytes], kind: bytes, payload: bytes) -> None:
    """Write one frame."""
    stream.write(HEAD.pack(kind, len(payload)))
    stream.write(payload)
    stream.flush()

"""What an archive may unfold to: bounds kept while the bytes come, never by declared sizes."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from io import BytesIO

MAX_MEMBERS = 5_000
MAX_MEMBER_BYTES = 200 * 1024 * 1024
MAX_TOTAL_BYTES = 1024 * 1024 * 1024
MAX_RATIO = 200
RATIO_FREE_BYTES = 1024 * 1024
MAX_DEPTH = 2
CHUNK_BYTES = 64 * 1024

BROKEN, ENCRYPTED, UNSAFE_NAME, LINK = "broken", "encrypted", "unsafe_name", "link"
TOO_LARGE, BOMB, NESTED, UNSUPPORTED = "too_large", "bomb", "nested", "unsupported"
REPACK = "请解开后重新打包为普通 ZIP，或直接提交其中的文件。"


class RefusedError(Exception):
    """A member is not taken: ``code`` is that of LeftOut; ``final`` ends the whole archive."""

    def __init__(self, code: str, reason: str, *, hint: str = REPACK, final: bool = False) -> None:
        super().__init__(reason)
        self.code = code
        self.reason = reason
        self.hint = hint
        self.final = final


class ComesAgainError(Exception):
    """The member could not be unfolded this way; its format will hand it on once more."""


@dataclass(frozen=True, slots=True)
class Entry:
    """A member as its format hands it on: ``chunks`` is read at once or never.

    ``packed`` is the size of its compressed bytes, None where it shares them with others;
    ``refusal`` says why it must not be read at all.
    """

    name: str
    chunks: Iterable[bytes] = ()
    packed: int | None = None
    refusal: RefusedError | None = None


@dataclass(slots=True)
class Allowance:
    """What is left of the bounds for one submitted archive and those inside it.

    ``packed`` is the size in bytes of the archive now open, ``unfolded`` what came out of it;
    ``total`` and ``members`` count over all of them.
    """

    packed: int
    unfolded: int = 0
    shared: list[int] = field(default_factory=lambda: [0, 0])

    def inner(self, packed: int) -> Allowance:
        """Give the allowance of an archive inside this one: its own ratio, the same totals."""
        return Allowance(packed, 0, self.shared)

    def count(self) -> None:
        """Count one more member.

        Raises:
            RefusedError: there are more than 5,000 in all.
        """
        self.shared[0] += 1
        if self.shared[0] > MAX_MEMBERS:
            raise RefusedError(TOO_LARGE, f"成员超过 {MAX_MEMBERS} 个，其后未读", final=True)

    def collect(self, entry: Entry) -> bytes:
        """Read a member's bytes, in bounds.

        Raises:
            RefusedError: a bound is passed, or the format refuses the member.
        """
        whole = BytesIO()
        for chunk in entry.chunks:
            whole.write(chunk)
            self.unfolded += len(chunk)
            self.shared[1] += len(chunk)
            self._check(whole.tell(), entry.packed)
        return whole.getvalue()

    def _check(self, size: int, packed: int | None) -> None:
        if self.shared[1] > MAX_TOTAL_BYTES:
            raise RefusedError(TOO_LARGE, "解开后总量超过 1 GB，其后未读", final=True)
        if _swells(self.unfolded, self.packed):
            raise RefusedError(BOMB, f"解压比超过 {MAX_RATIO}:1（压缩炸弹），其后未读", final=True)
        if packed is not None and _swells(size, packed):
            raise RefusedError(BOMB, f"解压比超过 {MAX_RATIO}:1（压缩炸弹）")
        if size > MAX_MEMBER_BYTES:
            raise RefusedError(TOO_LARGE, "解开后超过 200 MB")


def _swells(size: int, packed: int) -> bool:
    return size > RATIO_FREE_BYTES and size > MAX_RATIO * max(1, packed)


def chunks_of(
    entry_chunks: Iterator[bytes], errors: tuple[type[Exception], ...]
) -> Iterator[bytes]:
    """Hand on chunks; the format's ``errors`` become a refusal of this one member."""
    try:
        yield from entry_chunks
    except errors as error:
        raise RefusedError(BROKEN, f"成员已损坏（{type(error).__name__}）") from error

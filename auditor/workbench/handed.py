"""Files that the city hands in: bounded, named harmlessly, read for marks of secrecy, kept.

A file that nobody here can read is refused, since nobody could tell whether it is secret. What is
kept can be downloaded, looked at page by page, and cited as evidence.
"""

from __future__ import annotations

import re
import tempfile
import unicodedata
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path, PurePosixPath

from auditor.core.documents import Document, LeftOut
from auditor.core.errors import ReviewError, SecretDocumentError
from auditor.dossier.settling import settle
from auditor.ingest.archive import archive_kind
from auditor.ingest.isolation import Limits
from auditor.ingest.marks import refuse_secret
from auditor.ingest.taking import Settings, take_in
from auditor.store.attachments import FOLDER, Attachments
from auditor.store.later import add_later
from auditor.workbench.opened import OpenRun
from auditor.workbench.space import Space

MOST_FILES = 10
MOST_FILE_BYTES = 50 << 20
MOST_BYTES = 120 << 20
LONGEST_NAME_BYTES = 180
LONGEST_SUFFIX = 10
UNFIT = re.compile(r'[<>:"/\\|?*\x00-\x1f\x7f]')
HIDDEN = ("Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp")
RESERVED = re.compile(r"(?i)(?:con|prn|aux|nul|com[0-9]|lpt[0-9])(?:\..*)?\Z")
LED_BY = ("=", "+", "-", "@", "~$", "__MACOSX")
"""What a spreadsheet takes for a formula, and what the intake passes over."""
NAMELESS = "文件"
LIMITS = Limits(memory_mb=2048, page_s=60.0, total_s=300.0)
Files = tuple[tuple[str, str], ...]
"""Names with the sha256 of their bytes."""
Take = Callable[[], Files]
"""Takes the files that come with what somebody says, once it is clear that they may say it."""


def no_files() -> Files:
    """Take none."""
    return ()


@dataclass(frozen=True, slots=True)
class Given:
    """A file as it came: a name that says anything, and its bytes."""

    name: str
    data: bytes


def attachments_of(space: Space) -> Attachments:
    """Where a workspace keeps what people hand in."""
    return Attachments(space.folder / FOLDER)


def neutral_name(name: str) -> str:
    """A name that is safe in a page, a header, a spreadsheet and on any disk; never empty.

    The last step of a path alone, without characters that are not seen or that a system reads as
    its own; at most 180 bytes, the suffix kept.
    """
    last = re.split(r"[/\\]", unicodedata.normalize("NFC", name))[-1]
    seen = "".join(c for c in last if unicodedata.category(c) not in HIDDEN)
    plain = " ".join(UNFIT.sub("_", seen).split()).lstrip(". ").rstrip(". ")
    if not plain:
        return NAMELESS
    if plain.startswith(LED_BY) or RESERVED.match(plain):
        plain = f"_{plain}"
    pure = PurePosixPath(plain)
    suffix = pure.suffix if len(pure.suffix) <= LONGEST_SUFFIX else ""
    stem = plain.removesuffix(suffix).encode()[: LONGEST_NAME_BYTES - len(suffix.encode())]
    return stem.decode("utf-8", "ignore") + suffix


def take_files(space: Space, opened: OpenRun, given: Sequence[Given], source: str) -> Files:
    """Read and keep files; ``source`` says where they came from, and leads their names as papers.

    All or none of them are taken.

    Raises:
        SecretDocumentError: one carries a level of secrecy; nothing of it is kept.
        ReviewError: too many, too large, or one that cannot be read here.
    """
    if not given:
        return ()
    _require_bounded(given)
    named = _named(given)
    with tempfile.TemporaryDirectory(prefix="auditor-handed-") as temporary:
        folder = Path(temporary)
        for name, file in named.items():
            (folder / name).write_bytes(file.data)
        documents, left_out = take_in(folder, Settings(processes=1, limits=LIMITS))
        _require_readable(named, documents, left_out)
        space.originals.keep(folder, documents)
    store = attachments_of(space)
    kept = tuple((name, store.keep(file.data)) for name, file in named.items())
    _admit(opened, documents, source)
    return kept


def _require_bounded(given: Sequence[Given]) -> None:
    if len(given) > MOST_FILES:
        raise ReviewError(f"一次最多 {MOST_FILES} 个文件 (too many files).", hint="请分次提交。")
    if sum(len(file.data) for file in given) > MOST_BYTES:
        raise ReviewError(
            f"一次最多 {MOST_BYTES >> 20} MB (too large together).", hint="请分次提交。"
        )
    for file in given:
        name = neutral_name(file.name)
        if len(file.data) > MOST_FILE_BYTES:
            raise ReviewError(
                f"{name}: 超过 {MOST_FILE_BYTES >> 20} MB (too large).", hint="请拆分后提交。"
            )
        if not file.data:
            raise ReviewError(f"{name}: 文件是空的 (empty).", hint="请重新选择。")
        if archive_kind(file.data) is not None:
            raise ReviewError(f"{name}: 不收压缩包 (an archive).", hint="请解压后逐个提交。")
        refuse_secret(file.name, "", ())


def _named(given: Sequence[Given]) -> dict[str, Given]:
    """Files by harmless names, each once, alike in capitals or not."""
    named: dict[str, Given] = {}
    taken: set[str] = set()
    for file in given:
        pure, number = PurePosixPath(neutral_name(file.name)), 2
        name = str(pure)
        while name.casefold() in taken:
            name = f"{pure.stem} ({number}){pure.suffix}"
            number += 1
        taken.add(name.casefold())
        named[name] = file
    return named


def _require_readable(
    named: Mapping[str, Given], documents: Sequence[Document], left_out: Sequence[LeftOut]
) -> None:
    for left in left_out:
        if left.code == SecretDocumentError.code:
            raise ReviewError(f"{left.name}: {left.reason}", hint=left.hint)
    why = {left.name: left for left in left_out}
    for name in sorted(set(named) - {document.name for document in documents}):
        left = why.get(name, LeftOut(name, "unread", "无法读取"))
        raise ReviewError(
            f"{name}: {left.reason}；不能核对有无密级标志，未收 (cannot be read).", hint=left.hint
        )


def _admit(opened: OpenRun, documents: Sequence[Document], source: str) -> None:
    """Let the papers be cited; what the run holds already keeps its name and reading."""
    new = [replace(d, name=f"{source}/{d.name}") for d in documents]
    fresh = [d for d in settle(new, opened.city) if d.sha256 not in opened.papers]
    add_later(opened.folder, fresh)
    opened.admit(fresh)

"""Names of archive members: their right characters, and whether they are safe to use."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable
from pathlib import PurePosixPath

MAX_NAME_CHARACTERS = 1000
PASSED_OVER_FOLDERS = frozenset({"__MACOSX", ".Trashes", ".Spotlight-V100", ".fseventsd"})
PASSED_OVER_NAMES = frozenset({".ds_store", "thumbs.db", "desktop.ini", "ehthumbs.db"})
ASCII_END = 0x80


def decode_name(raw: bytes, number: int) -> str:
    """Decode a name whose archive does not say how: UTF-8, GB 18030 or code page 437.

    The reading whose characters are most plausibly Chinese (else Latin) wins; where none is
    plausible the name becomes ``成员0007.pdf`` (by ``number``, with its suffix), never mojibake.
    """
    if raw.isascii():
        return raw.decode("ascii")
    readings = []
    for encoding in ("utf-8", "gb18030", "cp437"):
        try:
            text = raw.decode(encoding)
        except UnicodeDecodeError:
            continue
        # bytes that are UTF-8 by chance are rare: any script is believed there
        least = 0.6 if encoding == "utf-8" else 0.0
        readings.append((_plausibility(text, least), text))
    best = max(readings, key=lambda reading: reading[0], default=(0.0, ""))
    return best[1] if best[0] >= 0.5 else f"成员{number:04d}{_ascii_suffix(raw)}"


def _plausibility(text: str, least: float) -> float:
    """Give the share of the characters beyond ASCII that a Chinese or Latin name would have."""
    beyond = [char for char in text if ord(char) >= ASCII_END]
    if any(_spoils(char) for char in text):
        return 0.0
    common = sum(_is_chinese(char) for char in beyond)
    latin = sum(unicodedata.name(char, "").startswith("LATIN") for char in beyond)
    return max(least, (common + 0.7 * latin) / max(1, len(beyond)))


def _is_chinese(char: str) -> bool:
    try:
        raw = char.encode("gb2312")
    except UnicodeEncodeError:
        return False
    # rows 16 and on are Chinese characters, 1 and 3 punctuation, 2 numerals
    return raw[0] >= 0xB0 or raw[0] in (0xA1, 0xA2, 0xA3)


def _spoils(char: str) -> bool:
    return unicodedata.category(char) in {"Cc", "Cs", "Cn", "Co"}


def _ascii_suffix(raw: bytes) -> str:
    suffix = PurePosixPath(raw.decode("ascii", "replace")).suffix
    return suffix if suffix.isascii() and suffix[1:].isalnum() else ""


def shown_name(name: str) -> str:
    """Give a name for a report: one line, without control and direction characters, not long."""
    kept = "".join(c for c in name if unicodedata.category(c) not in {"Cc", "Cf", "Cs", "Zl", "Zp"})
    return kept[:MAX_NAME_CHARACTERS]


def safe_path(name: str) -> str | None:
    """Give a member's path with ``/``, NFC and without ``.`` steps; None where it is unsafe.

    Unsafe: absolute, with a drive letter, with a ``..`` step, empty or longer than 1,000
    characters. Control and direction characters are taken out.
    """
    path = shown_name(unicodedata.normalize("NFC", name[: MAX_NAME_CHARACTERS + 1]))
    path = path.replace("\\", "/")
    steps = [step for step in path.split("/") if step not in {"", "."}]
    unsafe = path.startswith("/") or ".." in steps or len(name) > MAX_NAME_CHARACTERS
    if unsafe or not steps or (len(steps[0]) > 1 and steps[0][1] == ":" and steps[0][0].isalpha()):
        return None
    return "/".join(steps)


def is_passed_over(path: str) -> bool:
    """Tell whether a member is litter of an operating or office system, not a paper."""
    steps = path.split("/")
    last = steps[-1]
    if any(step in PASSED_OVER_FOLDERS for step in steps):
        return True
    return last.lower() in PASSED_OVER_NAMES or last.startswith(("~$", "._"))


def unique_name(path: str, taken: Iterable[str]) -> str:
    """Give ``path``, with `` (2)`` and so on before its suffix where an earlier one has it."""
    known = taken if isinstance(taken, (set, frozenset)) else set(taken)
    if path not in known:
        return path
    pure = PurePosixPath(path)
    number = 2
    while (fresh := str(pure.with_name(f"{pure.stem} ({number}){pure.suffix}"))) in known:
        number += 1
    return fresh

"""Rounds of a submission: what was received (接收回执), and how it differs from the last round."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from typing import Any

from auditor.core.errors import ConfigurationError
from auditor.intake.words import chinese_date

RECEIPT_FORM = "ctmm-receipt/1"


@dataclass(frozen=True, slots=True)
class ReceivedFile:
    """A file as it came in: name in the dossier, sha256 (hex) and size of its bytes.

    ``reason`` says why it was refused (empty for an accepted file), ``hint`` the remedy.
    """

    name: str
    sha256: str
    size: int
    accepted: bool = True
    reason: str = ""
    hint: str = ""


@dataclass(frozen=True, slots=True)
class Receipt:
    """One round of a city's files; dates are given, never taken from a clock or a file's date."""

    city: str
    received: date
    files: tuple[ReceivedFile, ...]
    cutoff: date | None = None

    @property
    def late(self) -> bool:
        """Whether the round came in after the cut-off date (the day itself is in time)."""
        return self.cutoff is not None and self.received > self.cutoff

    @property
    def accepted(self) -> tuple[ReceivedFile, ...]:
        """The files that were taken in."""
        return tuple(file for file in self.files if file.accepted)

    @property
    def refused(self) -> tuple[ReceivedFile, ...]:
        """The files that were not taken in."""
        return tuple(file for file in self.files if not file.accepted)

    @property
    def digest(self) -> str:
        """One sha256 over names and hashes of all files: changes with any of them."""
        whole = hashlib.sha256()
        for file in self.files:
            whole.update(f"{file.sha256}  {file.name}\n".encode("utf-8", "surrogatepass"))
        return whole.hexdigest()

    @property
    def timing(self) -> str:
        """Say (Chinese) how the round stands to the cut-off date."""
        if self.cutoff is None:
            return "未设截止日期。"
        last_day = chinese_date(self.cutoff)
        if self.late:
            days = (self.received - self.cutoff).days
            return f"比截止日期（{last_day}）晚 {days} 天，是否采用由评估机构决定。"
        return f"在截止日期（{last_day}）之内收到。"


def make_receipt(
    city: str, received: date, files: Iterable[ReceivedFile], cutoff: date | None = None
) -> Receipt:
    """Put a round's files in order of their names and make the receipt."""
    return Receipt(city, received, tuple(sorted(files, key=lambda f: f.name)), cutoff)


def receipt_json(receipt: Receipt) -> dict[str, Any]:
    """Give the receipt as plain JSON values; ``receipt_from`` reads it back."""
    return {
        "form": RECEIPT_FORM,
        "city": receipt.city,
        "received": receipt.received.isoformat(),
        "cutoff": receipt.cutoff.isoformat() if receipt.cutoff else None,
        "late": receipt.late,
        "timing": receipt.timing,
        "digest": receipt.digest,
        "accepted": len(receipt.accepted),
        "refused": len(receipt.refused),
        "files": [_file_json(file) for file in receipt.files],
    }


def _file_json(file: ReceivedFile) -> dict[str, Any]:
    return {
        "name": file.name,
        "sha256": file.sha256,
        "size": file.size,
        "status": "accepted" if file.accepted else "refused",
        "reason": file.reason,
        "hint": file.hint,
    }


def receipt_from(data: Mapping[str, Any], name: str) -> Receipt:
    """Read a receipt back from its JSON.

    Raises:
        ConfigurationError: it is not the JSON of a receipt, or its files were changed by hand.
    """
    hint = "请使用 auditor receipt 写出的接收回执.json。"
    try:
        files = [
            ReceivedFile(
                row["name"],
                row["sha256"],
                int(row["size"]),
                row["status"] == "accepted",
                row["reason"],
                row["hint"],
            )
            for row in data["files"]
        ]
        cutoff = date.fromisoformat(data["cutoff"]) if data["cutoff"] else None
        receipt = make_receipt(data["city"], date.fromisoformat(data["received"]), files, cutoff)
        intact = data["form"] == RECEIPT_FORM and data["digest"] == receipt.digest
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        raise ConfigurationError(f"{name}：不是接收回执。", hint=hint) from error
    if not intact:
        raise ConfigurationError(f"{name}：回执的内容与其校验值不符。", hint=hint)
    return receipt


class ChangeKind(StrEnum):
    """How a file stands to the last round's files.

    ``now_accepted``: refused last time, taken in now. ``still_refused``: refused both times.
    ``renamed``: same bytes under a new name. ``copy``: same bytes as another file that stayed.
    """

    NEW = "new"
    CHANGED = "changed"
    NOW_ACCEPTED = "now_accepted"
    STILL_REFUSED = "still_refused"
    RENAMED = "renamed"
    COPY = "copy"
    REMOVED = "removed"
    SAME = "same"


CHANGE_NAMES: Mapping[ChangeKind, str] = {
    ChangeKind.NEW: "新增",
    ChangeKind.CHANGED: "有改动",
    ChangeKind.NOW_ACCEPTED: "上轮退回、本轮接收",
    ChangeKind.STILL_REFUSED: "仍被退回",
    ChangeKind.RENAMED: "改名",
    ChangeKind.COPY: "重复提交",
    ChangeKind.REMOVED: "本轮未交",
    ChangeKind.SAME: "相同",
}


@dataclass(frozen=True, slots=True)
class Change:
    """One file beside the last round; ``before`` or ``now`` is None where that round lacks it."""

    kind: ChangeKind
    before: ReceivedFile | None
    now: ReceivedFile | None

    @property
    def name(self) -> str:
        """The file's name in this round, else in the last."""
        file = self.now or self.before
        assert file is not None
        return file.name

    @property
    def remark(self) -> str:
        """Say (Chinese) what a reader should know beside the kind."""
        parts = []
        if self.before is not None and self.now is not None and self.before.name != self.now.name:
            parts.append(f"上轮文件名：{self.before.name}")
        if self.before is not None and not self.before.accepted:
            parts.append(f"上轮退回原因：{self.before.reason}")
        if self.now is not None and not self.now.accepted:
            parts.append(f"本轮退回原因：{self.now.reason}")
        return "；".join(parts)


@dataclass(frozen=True, slots=True)
class RoundComparison:
    """Two rounds of one city, file by file: by kind in the order of ``ChangeKind``, then name."""

    last: Receipt
    this: Receipt
    changes: tuple[Change, ...]

    def count(self, kind: ChangeKind) -> int:
        """How many files are of a kind."""
        return sum(change.kind is kind for change in self.changes)


def compare_rounds(last: Receipt, this: Receipt) -> RoundComparison:
    """Compare this round's files with the last one's: by name, then by hash."""
    before = {file.name: file for file in last.files}
    now = {file.name: file for file in this.files}
    changes, gone = [], {name: file for name, file in before.items() if name not in now}
    for name, file in now.items():
        if name in before:
            changes.append(_same_name(before[name], file))
            continue
        twin = _same_bytes(file, gone.values())
        if twin is not None:
            del gone[twin.name]
            kind = _refusal_kind(twin, file) or ChangeKind.RENAMED
            changes.append(Change(kind, twin, file))
            continue
        original = _same_bytes(file, before.values())
        kind = ChangeKind.NEW if original is None else ChangeKind.COPY
        changes.append(Change(kind, original, file))
    changes += [Change(ChangeKind.REMOVED, file, None) for file in gone.values()]
    order = list(ChangeKind)
    ranked = sorted(changes, key=lambda change: (order.index(change.kind), change.name))
    return RoundComparison(last, this, tuple(ranked))


def _same_bytes(file: ReceivedFile, files: Iterable[ReceivedFile]) -> ReceivedFile | None:
    return next((old for old in files if file.sha256 and old.sha256 == file.sha256), None)


def _same_name(before: ReceivedFile, now: ReceivedFile) -> Change:
    kind = ChangeKind.SAME if before.sha256 == now.sha256 else ChangeKind.CHANGED
    return Change(_refusal_kind(before, now) or kind, before, now)


def _refusal_kind(before: ReceivedFile, now: ReceivedFile) -> ChangeKind | None:
    if before.accepted:
        return None
    return ChangeKind.NOW_ACCEPTED if now.accepted else ChangeKind.STILL_REFUSED


def comparison_json(comparison: RoundComparison) -> dict[str, Any]:
    """Give the comparison as plain JSON values."""
    return {
        "city": comparison.this.city,
        "last": {
            "received": comparison.last.received.isoformat(),
            "digest": comparison.last.digest,
        },
        "this": {
            "received": comparison.this.received.isoformat(),
            "digest": comparison.this.digest,
        },
        "counts": {kind.value: comparison.count(kind) for kind in ChangeKind},
        "files": [
            {
                "change": change.kind.value,
                "name": change.name,
                "before": _file_json(change.before) if change.before else None,
                "now": _file_json(change.now) if change.now else None,
                "remark": change.remark,
            }
            for change in comparison.changes
        ],
    }

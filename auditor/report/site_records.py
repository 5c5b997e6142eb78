"""现场记录: what was found on site, one record a visit, as cells of a sheet and back from them."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass
from datetime import date, datetime

from auditor.core.errors import ReviewError
from auditor.core.events import EventKind, ReviewEvent, withdrawn_evidence
from auditor.core.site import Attachment, SiteMethod, SiteVisit
from auditor.report.language import Words

ASKED = (
    "sr_feature", "sr_method", "sr_date", "sr_place", "sr_roles", "sr_system", "sr_network",
    "sr_account", "sr_steps", "sr_result", "sr_attachment", "sr_sha256", "sr_recorder", "sr_time",
    "sr_remark",
)  # fmt: skip
GIVEN = ("sr_source", "sr_event", "sr_event_hash")
NAMES = (*ASKED, *GIVEN)
LONGEST = 4_000
"""Characters of a cell that are read back; a longer new one is refused rather than cut."""
SEPARATORS = re.compile(r"[、，,；;]")
SHA256 = re.compile(r"[0-9a-f]{64}")
DAY = r"((?:19|20)\d{2})[-/.年](\d{1,2})[-/.月](\d{1,2})日?"
ONE_DAY = re.compile(DAY)
MOMENT = re.compile(DAY + r"(?:\s*T?\s*(\d{1,2})[:：](\d{2})(?:[:：](\d{2}))?)?")
WHOLE = re.compile(r"\d{4}-\d{2}-\d{2}T\d{2}:\d{2}(:\d{2}(\.\d+)?)?(Z|[+-]\d{2}:\d{2})")
Faults = list[tuple[str, str]]
"""What is wrong with a row, and the remedy of each."""


@dataclass(frozen=True, slots=True)
class SiteRecord:
    """A visit, the feature that it speaks of, who recorded it and when; the event it stands in.

    ``decided``: it stands in a decision, not in a record of its own. ``event_id`` and
    ``event_hash`` are empty for what is new.
    """

    feature_id: str
    visit: SiteVisit
    recorder: str
    time: str
    remark: str = ""
    decided: bool = False
    event_id: str = ""
    event_hash: str = ""

    @property
    def told(self) -> tuple[str, SiteVisit, str, str]:
        """What it says, whenever it was written down."""
        return self.feature_id, self.visit, self.recorder, self.remark


def records_of(events: Iterable[ReviewEvent]) -> tuple[SiteRecord, ...]:
    """All visits in records and decisions, in the order of the chain.

    A later decision that takes over the visits of an earlier one adds none; a record that was
    taken back is none.
    """
    records: list[SiteRecord] = []
    taken_over = set()
    told = tuple(events)
    gone = withdrawn_evidence(told)
    for event in told:
        said = event.content
        decided = said.kind is EventKind.DECISION
        if not decided and (said.kind is not EventKind.EVIDENCE or event.id in gone):
            continue
        remark = "" if decided else said.reason
        for visit in said.site:
            if decided and (event.feature_id, visit) in taken_over:
                continue
            taken_over.add((event.feature_id, visit))
            records.append(
                SiteRecord(
                    event.feature_id, visit, said.author, said.time, remark, decided, event.id,
                    event.hash,
                )
            )  # fmt: skip
    return tuple(records)


def cells_of(record: SiteRecord, w: Words) -> dict[str, str]:
    """The texts of a record by column; several roles, steps or files stand in lines."""
    visit = record.visit
    return {
        "sr_feature": record.feature_id,
        "sr_method": w[f"sr_{visit.method.value}"],
        "sr_date": visit.date,
        "sr_place": visit.place,
        "sr_roles": "\n".join(visit.roles_present),
        "sr_system": visit.system,
        "sr_network": visit.network,
        "sr_account": visit.account_role,
        "sr_steps": "\n".join(visit.steps),
        "sr_result": visit.result,
        "sr_attachment": "\n".join(file.name for file in visit.attachments),
        "sr_sha256": "\n".join(file.sha256 for file in visit.attachments),
        "sr_recorder": record.recorder,
        "sr_time": record.time,
        "sr_remark": record.remark,
        "sr_source": w["sr_of_decision" if record.decided else "sr_of_record"],
        "sr_event": record.event_id,
        "sr_event_hash": record.event_hash,
    }


def methods(w: Words) -> list[str]:
    """The ways in which something is found on site, as the sheet names them."""
    return [w[f"sr_{method.value}"] for method in SiteMethod]


def record_from(cells: Mapping[str, str], w: Words, now: str) -> SiteRecord:
    """Read a filled-in row; an empty time is ``now``.

    Raises:
        ReviewError: says all that is wrong with the row, and what to do.
    """
    faults: Faults = list(_faults_of_cells(cells, w))
    day, moment = _day(cells["sr_date"], faults), _moment(cells["sr_time"] or now, faults)
    files = _attachments(cells, faults)
    if faults:
        remedies = dict.fromkeys(remedy for _, remedy in faults)
        raise ReviewError("；".join(fault for fault, _ in faults) + "。", hint="".join(remedies))
    visit = SiteVisit(
        method=_methods(w)[cells["sr_method"]],
        date=day,
        place=cells["sr_place"],
        roles_present=_lines(cells["sr_roles"], typed=not cells["sr_event"]),
        result=cells["sr_result"],
        system=cells["sr_system"],
        network=cells["sr_network"],
        account_role=cells["sr_account"],
        steps=_lines(cells["sr_steps"]),
        attachments=files,
    )
    key, recorder, remark = cells["sr_feature"], cells["sr_recorder"], cells["sr_remark"]
    return SiteRecord(key, visit, recorder, moment, remark)


def _methods(w: Words) -> dict[str, SiteMethod]:
    return {w[f"{kind}_{m.value}"]: m for m in SiteMethod for kind in ("site", "sr")}


def _faults_of_cells(cells: Mapping[str, str], w: Words) -> Iterator[tuple[str, str]]:
    if cells["sr_method"] not in _methods(w):
        given = cells["sr_method"] or "空白"
        yield f"方式“{given}”不在列表中", f"请从列表中选：{'、'.join(methods(w))}。"
    for name in ("sr_feature", "sr_place", "sr_roles", "sr_result", "sr_recorder"):
        if not cells[name]:
            yield f"没有填写{w[name]}", f"请补填{w[name]}。"
    for name in ASKED:
        if len(cells[name]) >= LONGEST:
            yield f"{w[name]}超过 {LONGEST} 字", "请分作几行，或作为附件。"


def _day(text: str, faults: Faults) -> str:
    """A day in the ISO form, however it was typed."""
    found = ONE_DAY.fullmatch(text)
    if found:
        with suppress(ValueError):
            return date(*map(int, found.groups())).isoformat()
    faults.append((f"日期“{text}”不是真实的日期", "日期写作 2026-11-02。"))
    return ""


def _moment(text: str, faults: Faults) -> str:
    """A time as events have it; without an offset it is of this machine's clock."""
    with suppress(ValueError):
        if WHOLE.fullmatch(text):
            datetime.fromisoformat(text)
            return text
        found = MOMENT.fullmatch(text)
        if found:
            year, month, day, hour, minute, second = (int(part or 0) for part in found.groups())
            return datetime(year, month, day, hour, minute, second).astimezone().isoformat()
    faults.append((f"时间“{text}”不是真实的时间", "时间写作 2026-11-02 10:00，或留空。"))
    return ""


def _lines(text: str, typed: bool = False) -> tuple[str, ...]:
    """The lines of a cell; a single line that a person typed may hold several, set off by 、."""
    parts = text.split("\n")
    if typed and len(parts) == 1:
        parts = SEPARATORS.split(text)
    return tuple(part.strip() for part in parts if part.strip())


def _attachments(cells: Mapping[str, str], faults: Faults) -> tuple[Attachment, ...]:
    names, digests = _lines(cells["sr_attachment"]), _lines(cells["sr_sha256"].lower())
    if len(names) != len(digests):
        faults.append(
            (
                f"附件 {len(names)} 个而 sha256 {len(digests)} 个",
                "每个附件一行，sha256 按同样次序逐行填写（certutil -hashfile 文件 SHA256）。",
            )
        )
        return ()
    for digest in digests:
        if not SHA256.fullmatch(digest):
            faults.append((f"“{digest}”不是 sha256", "sha256 为 64 位十六进制数。"))
    return tuple(Attachment(*pair) for pair in zip(names, digests, strict=True))

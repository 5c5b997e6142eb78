"""Helpers of the tests of what goes to and fro with the city, and of notes on site."""

from __future__ import annotations

import io
import re
from collections.abc import Sequence
from dataclasses import replace

from httpx import Response
from PIL import Image
from starlette.testclient import TestClient

from auditor.core.access import Account
from auditor.core.documents import Span
from auditor.core.events import EventKind, ReviewEvent, Step
from auditor.core.workspace import Matter, RunEntry
from auditor.store.events import chain_faults
from auditor.store.workspace.runs import Appending
from auditor.workbench.acting import (
    NODE_EVENTS,
    Answer,
    Cited,
    blank,
    decide_feature,
    machine_citations,
)
from auditor.workbench.space import Space
from tests.web.samples import REPORT, sentence

DUE, LATE = "2026-11-20", "2026-10-01"
PAPER = "云岭市人民政府关于印发数据安全管理办法的通知\n各区县：现将办法印发给你们，请遵照执行。\n"
SECRET = "机密★5年\n\n云岭市某项工作方案\n\n内容若干，包括各部门分工。\n"
ORIENTATION, MAKE, GPS = 0x0112, 0x010F, 0x8825
NOTE = {
    "method": "demonstration",
    "date": "2026-11-02",
    "place": "市数据局机房",
    "roles": "处长、系统管理员",
    "system": "一体化政务平台",
    "network": "政务外网",
    "account_role": "管理员",
    "steps": "登录\n打开目录\n查询",
    "result": "平台在用，当日查询三次均有结果。",
}
Upload = tuple[str, bytes]


def account_of(space: Space, login: str) -> Account:
    """A person by login."""
    account = space.people.accounts.by_login(login)
    assert account is not None
    return account


def send(
    client: TestClient, path: str, data: dict[str, object], files: Sequence[Upload] = (),
    field: str = "files[]",
) -> Response:  # fmt: skip
    """Send a form with files, as the page does."""
    parts = [(field, (name, content, "application/x-anything")) for name, content in files]
    answer: Response = client.post(path, data=data, files=parts or None)
    return answer


def matters(space: Space, entry: RunEntry) -> tuple[Matter, ...]:
    """All matters of the run."""
    return space.matters.of_run(entry.id)


def raise_one(lead: TestClient, entry: RunEntry, **fields: object) -> Response:
    """Put a problem to the city."""
    data = {"text": "请补充数据安全制度的发文。", "due": DUE, **fields}
    return send(lead, f"/runs/{entry.id}/problems", data)


def decided_feature(space: Space, entry: RunEntry, login: str = "reviewer") -> str:
    """Let somebody accept the first verdict that has a citation; gives the feature."""
    opened = space.open(entry.id)
    feature_id = next(f.id for f in opened.standard.features if machine_citations(opened, f.id))
    decide(space, entry, feature_id, login)
    return feature_id


def decide(
    space: Space, entry: RunEntry, feature_id: str, login: str = "reviewer", line: int = 3
) -> ReviewEvent:
    """Let somebody say partly_met of a feature, with a sentence of the report."""
    opened = space.open(entry.id)
    report = opened.by_name[REPORT]
    text = sentence(1, line)
    start = report.text.index(text)
    answer = Answer(
        feature_id=feature_id,
        verdict="partly_met",
        reason="只见到一部分。",
        seen="",
        finding_hash=opened.hashes[feature_id],
        cited=(Cited(report.sha256, Span(start, start + len(text))),),
    )
    return decide_feature(space, account_of(space, login), opened, answer)


def sign_item(space: Space, entry: RunEntry, item_id: str, login: str = "lead") -> None:
    """Set the first signature under an item."""
    account = account_of(space, login)
    said = replace(
        blank(space, account, NODE_EVENTS, ""),
        kind=EventKind.SIGN_OFF,
        node=item_id,
        step=Step.COMPILED,
        finding_hash=space.entry(entry.id).head,
    )
    space.runs.append(Appending(entry.id, account.id, space.stamp()), lambda _there: [said])


def photo(seed: int = 0, size: tuple[int, int] = (640, 480), kind: str = "JPEG") -> bytes:
    """A picture from a telephone: turned, with its maker, a remark, and where it was taken."""
    picture = Image.new("RGB", size, (30 + seed, 90, 160))
    exif = picture.getexif()
    exif[ORIENTATION] = 6
    exif[MAKE] = "SECRETPHONE"
    exif.get_ifd(GPS).update({1: "N", 2: (30.0, 1.0, 2.0), 3: "E", 4: (120.0, 3.0, 4.0)})
    out = io.BytesIO()
    picture.save(out, kind, exif=exif, comment=b"SECRETCOMMENT")
    return out.getvalue()


def chain_holds(space: Space, entry: RunEntry) -> bool:
    """Whether the run's record is whole up to its head."""
    now = space.entry(entry.id)
    return not chain_faults(space.runs.events(entry.id), now.head)


def links_in(text: str, within: str) -> list[str]:
    """The addresses on a page that hold some text."""
    return [link for link in re.findall(r'href="([^"]+)"', text) if within in link]

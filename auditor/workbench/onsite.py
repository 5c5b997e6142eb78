"""现场核查: what to look at on site, notes of visits with photos, each an evidence event.

A photo is drawn anew from its picture alone, so that neither its place nor its device is kept.
"""

from __future__ import annotations

import hashlib
import io
import warnings
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from PIL import Image, ImageOps

from auditor.core.access import Account
from auditor.core.criteria import Feature, Means
from auditor.core.errors import ReviewError
from auditor.core.events import ReviewEvent
from auditor.core.site import Attachment, SiteMethod, SiteVisit, is_day
from auditor.deciding import found_on_site
from auditor.report.letters import on_site
from auditor.workbench.acting import LONGEST_TEXT, feature_of, record_visit
from auditor.workbench.handed import Given, attachments_of, neutral_name
from auditor.workbench.opened import OpenRun
from auditor.workbench.photo_marks import bears_secrecy
from auditor.workbench.problems import today_of
from auditor.workbench.space import Space

MOST_PHOTOS = 8
MOST_PHOTO_BYTES = 20 << 20
MOST_PIXELS = 80_000_000
LONGEST_SIDE_PX = 2400
QUALITY = 85
PICTURES = ("JPEG", "PNG", "WEBP")
LONGEST_LINE = 200
SHORT = ("place", "system", "network", "account_role")
SEPARATORS = str.maketrans("、，,；;", "\n" * 5)


@dataclass(frozen=True, slots=True)
class SiteLine:
    """A feature on the list: how it can be shown, what to look at, how often it was."""

    feature: Feature
    means: tuple[Means, ...]
    visits: int


def site_lines(opened: OpenRun, target: int) -> tuple[SiteLine, ...]:
    """What to look at on site up to a level, and all that was looked at already, in order."""
    found, visits = opened.present.findings, found_on_site(opened.present.events)
    return tuple(
        site_line(opened, feature)
        for feature in opened.standard.features
        if feature.id in visits
        or (
            feature.id in found
            and found[feature.id].verdict is not None
            and feature.level <= target
            and on_site(feature, found[feature.id])
        )
    )


def site_line(opened: OpenRun, feature: Feature) -> SiteLine:
    """A feature as a line of the list, whether or not it belongs there."""
    means = tuple(m for m in feature.shown_by if m is not Means.PAPER) or (Means.DEMONSTRATION,)
    visits = found_on_site(opened.present.of_feature(feature.id)).get(feature.id, ())
    return SiteLine(feature, means, len(visits))


def visit_from(fields: Mapping[str, str], today: str) -> SiteVisit:
    """Read a visit as it was filled in, still without photos.

    Raises:
        ReviewError: names what is missing or too long; a day that is none, or to come.
    """
    given = {name: text.replace("\r\n", "\n").strip() for name, text in fields.items()}
    faults = tuple(_faults(given, today))
    if faults:
        raise ReviewError("；".join(faults) + "。", hint="请补正后再记录。")
    return SiteVisit(
        method=SiteMethod(given["method"]),
        date=given["date"],
        place=given["place"],
        roles_present=_lines(given["roles"].translate(SEPARATORS)),
        result=given["result"],
        system=given["system"],
        network=given["network"],
        account_role=given["account_role"],
        steps=_lines(given["steps"]),
    )


def _faults(given: Mapping[str, str], today: str) -> Iterator[str]:
    if given["method"] not in {m.value for m in SiteMethod}:
        yield "没有选择方式 (no method)"
    if not is_day(given["date"]):
        yield "没有这一天 (no such day)"
    elif given["date"] > today:
        yield "日期还没有到 (a day to come)"
    if not _lines(given["roles"].translate(SEPARATORS)):
        yield "没有在场角色 (nobody present)"
    for name, what in (("place", "地点 (place)"), ("result", "结果 (result)")):
        if not given[name]:
            yield f"没有{what}"
    if any(len(given[name]) > LONGEST_LINE for name in SHORT):
        yield f"单行超过 {LONGEST_LINE} 字 (too long)"
    if any(len(given[name]) > LONGEST_TEXT for name in ("roles", "steps", "result")):
        yield f"文字超过 {LONGEST_TEXT} 字 (too long)"


def _lines(text: str) -> tuple[str, ...]:
    return tuple(line.strip() for line in text.split("\n") if line.strip())


def record_note(
    space: Space,
    account: Account,
    opened: OpenRun,
    told: tuple[str, Mapping[str, str]],
    photos: Sequence[Given] = (),
) -> ReviewEvent:
    """Record a visit with its photos as evidence; ``told`` is the feature's id and the fields.

    A note that is sent again (the answer was lost) is recorded once.

    Raises:
        ReviewError: something is missing, or a photo is none, too large, or one too many.
    """
    feature_id, fields = told
    feature_of(opened, feature_id)
    visit = visit_from(fields, today_of(space))
    if len(photos) > MOST_PHOTOS:
        raise ReviewError(f"一次最多 {MOST_PHOTOS} 张照片 (too many).", hint="请分次记录。")
    drawn = [(photo_name(photo.name), bare_photo(photo)) for photo in photos]
    kept = tuple(_kept(space, account, name, data) for name, data in drawn)
    whole = SiteVisit(
        **{name: getattr(visit, name) for name in visit.__slots__ if name != "attachments"},
        attachments=kept,
    )
    return record_visit(space, account, opened, feature_id, whole)


def _kept(space: Space, account: Account, name: str, data: bytes) -> Attachment:
    """Keep a photo; one with a mark of secrecy is flagged before it is there for anybody."""
    store = attachments_of(space)
    if bears_secrecy(name, data):
        sha256 = hashlib.sha256(data).hexdigest()
        store.flag(sha256)
        space.people.note(account.login, "secret_photo", sha256, done=True)
    return Attachment(name, store.keep(data))


def photo_name(name: str) -> str:
    """The harmless name of a photo, as the JPEG that it becomes."""
    plain = neutral_name(name)
    return f"{plain.rpartition('.')[0] or plain}.jpg"


def bare_photo(photo: Given) -> bytes:
    """Draw a photo anew as a JPEG of at most 2400 px a side, upright, without any metadata.

    Raises:
        ReviewError: it is no JPEG, PNG or WebP picture, is damaged, or too large.
    """
    name = neutral_name(photo.name)
    if len(photo.data) > MOST_PHOTO_BYTES:
        limit = MOST_PHOTO_BYTES >> 20
        raise ReviewError(f"{name}: 超过 {limit} MB (too large).", hint="请降低分辨率后再拍。")
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", Image.DecompressionBombWarning)
            with Image.open(io.BytesIO(photo.data), formats=PICTURES) as picture:
                if picture.width * picture.height > MOST_PIXELS:
                    raise Image.DecompressionBombError
                picture.draft("RGB", (LONGEST_SIDE_PX, LONGEST_SIDE_PX))
                upright = ImageOps.exif_transpose(picture).convert("RGB")
    except Image.DecompressionBombError as error:
        raise ReviewError(f"{name}: 像素过多 (too many pixels).", hint="请降低分辨率。") from error
    except (OSError, ValueError, SyntaxError) as error:
        raise ReviewError(
            f"{name}: 不是可读的照片 (no readable picture).", hint="请用 JPEG、PNG 或 WebP。"
        ) from error
    upright.thumbnail((LONGEST_SIDE_PX, LONGEST_SIDE_PX))
    bare = Image.frombytes("RGB", upright.size, upright.tobytes())
    out = io.BytesIO()
    bare.save(out, "JPEG", quality=QUALITY)
    return out.getvalue()


def photo_of(space: Space, opened: OpenRun, sha256: str) -> tuple[str, bytes] | None:
    """A photo that an event of the run holds, with its name; None for any other hash."""
    for event in opened.present.events:
        for visit in event.content.site:
            for file in visit.attachments:
                if file.sha256 == sha256:
                    return file.name, attachments_of(space).bytes_of(sha256, file.name)
    return None

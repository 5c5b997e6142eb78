"""Evidence found on site (现场证据): interviews, demonstrations, inspections."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class SiteMethod(StrEnum):
    """How something was found on site: 访谈, 系统演示, 现场查验."""

    INTERVIEW = "interview"
    DEMONSTRATION = "demonstration"
    INSPECTION = "inspection"


@dataclass(frozen=True, slots=True)
class Attachment:
    """A file that was taken on site: its name and sha256."""

    name: str
    sha256: str


@dataclass(frozen=True, slots=True)
class SiteVisit:
    """What was found on site: when (ISO date), where, who was present by role, how, the result.

    ``system``, ``network`` and ``account_role`` tell of a demonstration what was shown, in which
    network (互联网, 政务外网 …) and with whose rights.
    """

    method: SiteMethod
    date: str
    place: str
    roles_present: tuple[str, ...]
    result: str
    system: str = ""
    network: str = ""
    account_role: str = ""
    steps: tuple[str, ...] = ()
    attachments: tuple[Attachment, ...] = ()

"""Evidence found on site (现场证据): interviews, demonstrations, inspections."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
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

    @property
    def shows_itself(self) -> bool:
        """Whether the thing itself was seen, not only spoken of."""
        return self.method is not SiteMethod.INTERVIEW

    @property
    def is_blank(self) -> bool:
        """Whether it lacks a day of the calendar, a place, somebody present or a result."""
        said = (self.place, self.result, "".join(self.roles_present))
        return not is_day(self.date) or not all(text.strip() for text in said)


def is_day(text: str) -> bool:
    """Whether a text is a day of the calendar in the ISO form."""
    try:
        return date.fromisoformat(text).isoformat() == text
    except ValueError:
        return False

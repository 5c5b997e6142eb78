"""The zone in which the workbench tells people the time: ``AUDITOR_TZ``, else the machine's."""

from __future__ import annotations

import os
from datetime import UTC, datetime, tzinfo
from pathlib import Path
from zoneinfo import ZoneInfo

from auditor.core.errors import ConfigurationError

VARIABLE = "AUDITOR_TZ"
MACHINE = Path("/etc/localtime")
ZONES = "zoneinfo/"
UNKNOWN = (KeyError, ValueError, OSError)
"""What ``ZoneInfo`` raises where there is no zone of a name."""


def own_clock() -> datetime:
    """The time in the zone of this server."""
    return datetime.now(own_zone())


def own_zone() -> tzinfo:
    """The zone that is configured, else that of the machine.

    Raises:
        ConfigurationError: ``AUDITOR_TZ`` names no zone.
    """
    name = os.environ.get(VARIABLE)
    if not name:
        return _of_machine()
    try:
        return ZoneInfo(name)
    except UNKNOWN as error:
        raise ConfigurationError(
            f"{VARIABLE}={name} 不是时区 (no such time zone).",
            hint=f"例如 {VARIABLE}=Asia/Shanghai；不设则用本机时区。",
        ) from error


def _of_machine() -> tzinfo:
    """By its name where the system tells it, so that summer time of other days is right."""
    name = os.environ.get("TZ", "").lstrip(":") or str(MACHINE.resolve()).partition(ZONES)[2]
    try:
        return ZoneInfo(name)
    except UNKNOWN:
        return datetime.now().astimezone().tzinfo or UTC

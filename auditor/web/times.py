"""Times on pages: in the zone of the server, the zone named, UTC beside it for machines."""

from __future__ import annotations

from datetime import tzinfo

from jinja2 import pass_context
from jinja2.runtime import Context
from markupsafe import Markup, escape

from auditor.core.times import moment_of, told_time, utc_of
from auditor.web.guard import Visit

DAY = 10


def time_tag(visit: Visit, stamp: str, timespec: str = "minutes") -> Markup:
    """A time of a record as a ``time`` element."""
    return _tag(stamp, told_time(stamp, zone_of(visit), timespec))


def day_tag(visit: Visit, stamp: str) -> Markup:
    """The day of a time of a record, as a ``time`` element."""
    return _tag(stamp, told_time(stamp, zone_of(visit))[:DAY])


def zone_of(visit: Visit) -> tzinfo | None:
    """The zone of the server's clock."""
    return visit.space.now().tzinfo


def _tag(stamp: str, told: str) -> Markup:
    moment = moment_of(stamp)
    if moment is None:
        return escape(told)
    return Markup('<time datetime="{0}" title="{0}">{1}</time>').format(utc_of(moment), told)


@pass_context
def moment(context: Context, stamp: str, timespec: str = "minutes") -> Markup:
    """The filter of ``time_tag``."""
    return time_tag(_visit(context), stamp, timespec)


@pass_context
def day(context: Context, stamp: str) -> Markup:
    """The filter of ``day_tag``."""
    return day_tag(_visit(context), stamp)


def _visit(context: Context) -> Visit:
    visit: Visit = context["visit"]
    return visit

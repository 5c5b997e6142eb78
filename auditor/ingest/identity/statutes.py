"""The history that stands under a statute's title: who adopted, amended and approved it, when."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date

from auditor.core.spans import Span
from auditor.ingest.identity.dates import dates_in
from auditor.ingest.identity.frame import Flat

COUNT = "[一二三四五六七八九十百零〇○\\d]"
MEETING = re.compile(
    rf"(?:经|由)?(?P<place>[\u4e00-\u9fa5]{{0,14}}?)第{COUNT}{{1,4}}届(?:全国)?人民代表大会"
    rf"(?P<standing>常务委员会)?第{COUNT}{{1,5}}次会议"
)
DEED = re.compile("通过|批准|修订|修正")
PUBLISHED = re.compile(
    rf"[\u4e00-\u9fa5]{{2,14}}?(?:第{COUNT}{{1,4}}届)?人民代表大会(?:常务委员会)?公告"
    rf"(?:\(?第{COUNT}{{1,5}}号\)?)?(?:公布|发布)"
)
DECREE = re.compile(
    rf"(?P<organ>[\u4e00-\u9fa5]{{2,16}}?(?:人民政府|国务院|部|总局|委员会))"
    rf"(?:令)?\(?第{COUNT}{{1,5}}(?:号令?|次(?:常务|全体|部务)?会议)\)?[\u4e00-\u9fa5,，]{{0,10}}?(?:公布|发布|通过|修订|修正)"
)
REACH = 110
"""A deed is told within so many characters after its date."""


@dataclass(frozen=True, slots=True)
class Event:
    """One line of a statute's history; ``organ`` is empty where none is named."""

    day: date
    organ: str
    deed: str
    span: Span


def history(preamble: Flat) -> tuple[Event, ...]:
    """Read the history of a statute out of what stands above its first article."""
    text = preamble.text
    dates = list(dates_in(text))
    found = []
    for index, dated in enumerate(dates):
        stop = dates[index + 1].start if index + 1 < len(dates) else len(text)
        clause = text[dated.end : min(stop, dated.end + REACH)]
        told = _told(clause)
        if told:
            organ, deed, length = told
            span = preamble.span(dated.start, dated.end + length)
            found.append(Event(dated.day, organ, deed, span))
    return tuple(found)


def _told(clause: str) -> tuple[str, str, int] | None:
    meeting = MEETING.match(clause)
    if meeting:
        deed = DEED.search(clause, meeting.end())
        organ = f"{meeting['place']}人民代表大会{meeting['standing'] or ''}"
        return (organ, deed.group(), deed.end()) if deed else None
    published = PUBLISHED.match(clause)
    if published:
        return "", "公布", published.end()
    decree = None if clause.startswith("召开") else DECREE.match(clause)
    return (decree["organ"], "公布", decree.end()) if decree else None


def adopting(events: tuple[Event, ...]) -> Event | None:
    """The last event in which a body gave the statute its wording (not the province's approval)."""
    deeds = [event for event in events if event.organ and event.deed != "批准"]
    return deeds[-1] if deeds else None


def last_day(events: tuple[Event, ...]) -> Event | None:
    """The latest event: the date of the version at hand."""
    return max(events, key=lambda event: event.day, default=None)

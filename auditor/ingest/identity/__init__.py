"""What a document is: title, issuer, number, dates, kind, level, city, grade and force.

Rules on the head, the lines and the tail of a text and on its file's name. Each answer has its
confidence and the span that shows it; where nothing shows it the rules abstain. The text speaks
louder than the file's name.
"""

from __future__ import annotations

from auditor.core.documents import DocumentKind
from auditor.core.identity import AdministrativeLevel, Identity, Stated
from auditor.ingest.content import Content
from auditor.ingest.identity.dating import find_day
from auditor.ingest.identity.frame import Paper
from auditor.ingest.identity.grading import find_force, find_grade
from auditor.ingest.identity.issuers import Clues, find_issuer
from auditor.ingest.identity.kinds import find_kind
from auditor.ingest.identity.numbers import find_number
from auditor.ingest.identity.places import find_home
from auditor.ingest.identity.signing import printed, sign_offs
from auditor.ingest.identity.standing import find_city, find_level
from auditor.ingest.identity.statutes import Event, adopting, history
from auditor.ingest.identity.titles import find_title
from auditor.ingest.identity.years import years_of


def identify(name: str, content: Content) -> Identity:
    """Say what a document is; ``name`` is its path in the dossier.

    Answers whose rules find nothing are None. Dates are ISO; a paper that only states a year or
    a month has its first day, with a confidence of .5 at most.
    """
    paper = Paper(name, content)
    events, title = history(paper.preamble), find_title(paper)
    kind = find_kind(paper, title, events)
    home = find_home(paper, title)
    signed, foot = sign_offs(paper), printed(paper)
    sort = DocumentKind(kind.value) if kind else None
    issuer = find_issuer(paper, Clues(sort, title, events, signed, foot, home))
    number = find_number(paper)
    level = find_level(paper, sort, issuer, title, home)
    kind = _by_issuer(kind, title, level)
    return Identity(
        title=title,
        kind=kind,
        issuer=issuer,
        number=number,
        issued_on=find_day(paper, sort, events, signed, foot),
        level=level,
        city=find_city(issuer, level, home),
        grade=find_grade(paper, kind, issuer, number or _passed(events)),
        in_force=find_force(paper, kind, events),
        speaks_of=years_of(paper.text),
    )


def _passed(events: tuple[Event, ...]) -> Stated | None:
    event = adopting(events)
    return Stated(event.organ, 0.95, event.span) if event else None


def _by_issuer(kind: Stated | None, title: Stated | None, level: Stated | None) -> Stated | None:
    """A white paper of an institute is no report on a city's own work."""
    outside = level is not None and level.value == AdministrativeLevel.OTHER
    if kind and title and outside and "白皮书" in title.value:
        return Stated(DocumentKind.OTHER.value, 0.6, kind.span, "rule")
    return kind

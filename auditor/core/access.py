"""Who may do what in a workspace: roles, rights, and for which city."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum

EVERY_CITY = "*"


class Role(StrEnum):
    """What a person is in an assessment: 管理员、组长、评审员、技术核查员、批准人、保密员、观察员、
    市级联络员、部门填报员.
    """

    ADMINISTRATOR = "administrator"
    LEAD = "lead"
    REVIEWER = "reviewer"
    TECHNICAL_CHECKER = "technical_checker"
    APPROVER = "approver"
    SECRECY_OFFICER = "secrecy_officer"
    OBSERVER = "observer"
    COORDINATOR = "coordinator"
    FILLER = "filler"


class Right(StrEnum):
    """Something that a person may do."""

    ENTER = "enter"
    SEE_RUN = "see_run"
    SEE_PAPERS = "see_papers"
    DECIDE = "decide"
    DECIDE_IN_BULK = "decide_in_bulk"
    COMMENT = "comment"
    ASSIGN = "assign"
    REVIEW_BLIND = "review_blind"
    ADJUDICATE = "adjudicate"
    SEE_AGREEMENT = "see_agreement"
    RECORD_SITE = "record_site"
    COMPILE = "compile"
    REVIEW_SIGNED = "review_signed"
    APPROVE = "approve"
    REOPEN = "reopen"
    AUDIT = "audit"
    EXPORT = "export"
    RAISE_PROBLEM = "raise_problem"
    ANSWER_CITY = "answer_city"
    PREPARE_ANSWER = "prepare_answer"
    SEE_CITY_VIEW = "see_city_view"
    APPEAL = "appeal"
    RELEASE_PAPERS = "release_papers"
    MANAGE_PEOPLE = "manage_people"
    SEE_LOG = "see_log"


_READ = {Right.ENTER, Right.SEE_RUN, Right.SEE_PAPERS}
_REVIEW = _READ | {
    Right.DECIDE,
    Right.COMMENT,
    Right.REVIEW_BLIND,
    Right.RECORD_SITE,
    Right.RAISE_PROBLEM,
    Right.EXPORT,
}
GRANTED: Mapping[Role, frozenset[Right]] = {
    Role.ADMINISTRATOR: frozenset({Right.ENTER, Right.MANAGE_PEOPLE, Right.SEE_LOG}),
    Role.LEAD: frozenset(
        _REVIEW
        | {
            Right.DECIDE_IN_BULK,
            Right.ASSIGN,
            Right.ADJUDICATE,
            Right.SEE_AGREEMENT,
            Right.COMPILE,
            Right.REVIEW_SIGNED,
            Right.REOPEN,
            Right.AUDIT,
            Right.APPEAL,
        }
    ),
    Role.REVIEWER: frozenset(_REVIEW | {Right.COMPILE}),
    Role.TECHNICAL_CHECKER: frozenset(
        _READ
        | {Right.COMMENT, Right.RECORD_SITE, Right.RAISE_PROBLEM, Right.REVIEW_SIGNED, Right.EXPORT}
    ),
    Role.APPROVER: frozenset(_READ | {Right.COMMENT, Right.APPROVE, Right.REOPEN, Right.EXPORT}),
    Role.SECRECY_OFFICER: frozenset(_READ | {Right.RELEASE_PAPERS, Right.SEE_LOG}),
    Role.OBSERVER: frozenset(_READ | {Right.SEE_AGREEMENT}),
    Role.COORDINATOR: frozenset(
        {
            Right.ENTER,
            Right.SEE_CITY_VIEW,
            Right.ANSWER_CITY,
            Right.PREPARE_ANSWER,
            Right.APPEAL,
        }
    ),
    Role.FILLER: frozenset({Right.ENTER, Right.SEE_CITY_VIEW, Right.PREPARE_ANSWER}),
}


@dataclass(frozen=True, slots=True)
class Grant:
    """A role in one city, or in every city (``*``)."""

    role: Role
    city: str = EVERY_CITY


@dataclass(frozen=True, slots=True)
class Account:
    """A person who may enter; ``name`` signs decisions, ``login`` is typed to enter."""

    id: int
    login: str
    name: str
    grants: tuple[Grant, ...]
    active: bool = True

    def may(self, right: Right, city: str | None = None) -> bool:
        """Whether a role of theirs grants the right: in that city, or anywhere for None."""
        return any(right in GRANTED[g.role] for g in self.grants if _reaches(g, city))

    def roles_in(self, city: str) -> tuple[Role, ...]:
        """Their roles in a city, in the order of ``Role``."""
        held = {g.role for g in self.grants if _reaches(g, city)}
        return tuple(role for role in Role if role in held)


def _reaches(grant: Grant, city: str | None) -> bool:
    return city is None or grant.city in (EVERY_CITY, city)


def everything() -> tuple[Grant, ...]:
    """The grants of the one person of an embedded workspace."""
    return tuple(Grant(role) for role in Role)


def rights_of(roles: Iterable[Role]) -> frozenset[Right]:
    """What several roles grant together."""
    return frozenset(right for role in roles for right in GRANTED[role])

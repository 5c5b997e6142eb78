"""A third person settles what two reviewers said blind."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Sequence
from dataclasses import replace

from auditor.core.access import Account
from auditor.core.documents import Span
from auditor.core.errors import ReviewError
from auditor.core.events import NOT_APPLICABLE, ReviewEvent
from auditor.core.findings import Citation
from auditor.workbench.acting import Answer, Cited, decide_features
from auditor.workbench.cases import Case, case_of, cases_of, require_third
from auditor.workbench.excusing import propose_excuse, require_last
from auditor.workbench.opened import OpenRun
from auditor.workbench.space import Space


def adjudicate(
    space: Space, account: Account, opened: OpenRun, answers: Sequence[Answer]
) -> tuple[ReviewEvent, ...]:
    """Decide features on the ground of their two opinions (``basis``), all or none.

    Raises:
        ReviewError: one of the two decides, an opinion is not the last of its author, or the
            decision breaks a rule of review.
    """
    cases = {case.feature_id: case for case in cases_of(space, opened)}
    for answer in answers:
        _require_basis(account, answer, cases.get(answer.feature_id))

    def still_stand(there: Sequence[ReviewEvent]) -> None:
        for answer in answers:
            require_last(answer.feature_id, answer.basis, there)

    return decide_features(space, account, opened, answers, still_stand)


def propose_settled(space: Space, account: Account, opened: OpenRun, answer: Answer) -> None:
    """Lay a 不适用 on the ground of two opinions before the approver, as the third person.

    Raises:
        ReviewError: one of the two proposes it, or these are not the two opinions.
        LockedError: the feature is signed.
    """
    _require_basis(account, answer, case_of(space, opened, answer.feature_id))
    propose_excuse(space, account, opened, answer)


def _require_basis(account: Account, answer: Answer, case: Case | None) -> None:
    if case is None or set(answer.basis) != set(case.pair.basis):
        raise ReviewError(
            f"{answer.feature_id}: 没有这两份意见 (no such opinions).", hint="请刷新页面。"
        )
    require_third(account, case)


def agreeing(opened: OpenRun, cases: Iterable[Case], account: Account) -> tuple[Case, ...]:
    """What can be accepted together: unsettled, undecided, agreed on, not 不适用, not one's own."""
    decisions = opened.present.decisions
    return tuple(
        case
        for case in cases
        if case.pair.agrees
        and case.pair.settled is None
        and case.feature_id not in decisions
        and account.id not in case.round.reviewers
        and case.pair.both
        and not case.pair.both[0].content.not_applicable
    )


def digest_of_cases(cases: Iterable[Case]) -> str:
    """Which opinions a page showed, so that only those are accepted."""
    return hashlib.sha256("\n".join(i for c in cases for i in c.pair.basis).encode()).hexdigest()


def accept_agreeing(
    space: Space, account: Account, opened: OpenRun, shown: str, reason: str
) -> tuple[ReviewEvent, ...]:
    """Accept all that two reviewers agree on, with a reason; each is marked as bulk.

    ``shown`` is the digest of the cases that the page showed.

    Raises:
        ReviewError: no reason, nothing to accept, or other opinions than were shown.
    """
    cases = agreeing(opened, cases_of(space, opened), account)
    if not reason.strip():
        raise ReviewError("没有理由 (no reason).", hint="一并采纳须写明理由。")
    if not cases or digest_of_cases(cases) != shown:
        raise ReviewError("意见已变 (opinions have changed).", hint="请刷新页面再采纳。")
    return adjudicate(space, account, opened, [_accepted(opened, c, reason) for c in cases])


def _accepted(opened: OpenRun, case: Case, reason: str) -> Answer:
    both = case.pair.both
    assert both is not None
    said = both[0].content
    cited = dict.fromkeys(c for event in both for c in event.content.citations)
    answer = Answer(
        feature_id=case.feature_id,
        verdict=said.verdict.value if said.verdict else NOT_APPLICABLE,
        reason=reason,
        seen="",
        finding_hash=opened.hashes[case.feature_id],
        bulk=True,
        basis=case.pair.basis,
    )
    return replace(answer, cited=tuple(_cited(opened, c) for c in cited))


def _cited(opened: OpenRun, citation: Citation) -> Cited:
    sha256 = opened.by_name[citation.document].sha256
    return Cited(sha256, Span(citation.span.start, citation.span.end))

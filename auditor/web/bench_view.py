"""What the review page knows beside the feature: a draft's quotes, reviewers, words for scripts."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from auditor.core.access import Account, Right
from auditor.core.findings import Verdict
from auditor.web.feature_view import FeatureView
from auditor.web.guard import Visit
from auditor.web.words import Words

SCRIPT_WORDS = (
    "assigned_to", "changed_by", "changed_while_typing", "choose_first", "done_decided", "drawing",
    "found", "found_nothing", "no_answer", "no_more", "no_paper", "no_picture", "not_applicable",
    "nothing_to_undo", "proposed_now", "remove", "select_first", "selected", "server_error",
    "somebody", "undone",
)  # fmt: skip
KEYS = (
    (
        "keys_decide",
        (
            ("a", "accept"), ("1 … 6", "key_choose"), ("0", "key_excused"), ("r", "key_reason"),
            ("Ctrl+Enter", "record"), ("m", "take_machine"), ("Backspace", "key_unpick"),
            ("u", "undo"), ("f", "flag"), ("c", "key_remark"),
        ),
    ),
    (
        "keys_move",
        (
            ("j", "after"), ("k", "before"), ("l", "as_list"), ("?", "keys"), ("Esc", "key_escape"),
        ),
    ),
    (
        "keys_paper",
        (
            ("n", "place_after"), ("p", "place_before"), ("]", "page_after"), ("[", "page_before"),
            ("+", "larger"), ("-", "smaller"), ("x", "as_text"), ("/", "key_search"),
            ("e", "cite"), ("s", "sentence"), ("t", "carry"), ("Shift+← →", "key_stretch"),
            ("Shift+↑ ↓", "key_scroll"),
        ),
    ),
)  # fmt: skip
"""The keys of the review page by group: what is printed on the button, and its words."""


@dataclass(frozen=True, slots=True)
class BenchView:
    """The page around a feature; ``events`` is how many review events it shows the effect of."""

    events: int
    picked: tuple[Mapping[str, Any], ...]
    own: bool
    reviewers: tuple[Account, ...]


def bench_view(visit: Visit, view: FeatureView) -> BenchView:
    """Put together what stands around a feature."""
    return BenchView(
        events=len(visit.opened.present.events),
        picked=_picked(visit, view.draft),
        own=view.standing is not None and view.standing.author == visit.account.name,
        reviewers=_reviewers(visit),
    )


def _picked(visit: Visit, draft: Mapping[str, Any]) -> tuple[Mapping[str, Any], ...]:
    """The citations of a draft with their quotes, without those that are not in a paper."""
    papers = visit.opened.papers
    rows = (row for row in draft.get("cited", ()) if row["sha256"] in papers)
    return tuple(
        {**row, "quote": papers[row["sha256"]].text[row["start"] : row["end"]]} for row in rows
    )


def _reviewers(visit: Visit) -> tuple[Account, ...]:
    """Whom the visitor may give the feature to."""
    if not visit.may(Right.ASSIGN):
        return ()
    everybody = visit.space.people.accounts.all()
    return tuple(a for a in everybody if a.active and a.may(Right.DECIDE, visit.run.city))


def script_words(w: Words) -> dict[str, str]:
    """The words that the scripts of the page tell."""
    return {key: w[key] for key in (*SCRIPT_WORDS, *(verdict.value for verdict in Verdict))}

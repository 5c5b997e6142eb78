"""What a judge used of a model: calls and tokens, counted, never timed."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Usage:
    """Calls and their tokens, as the replies themselves say.

    ``unmetered`` counts the calls whose reply said nothing of its tokens.
    """

    calls: int = 0
    prompt_tokens: int = 0
    completion_tokens: int = 0
    unmetered: int = 0

    def __add__(self, other: Usage) -> Usage:
        """The sum of both."""
        return Usage(
            self.calls + other.calls,
            self.prompt_tokens + other.prompt_tokens,
            self.completion_tokens + other.completion_tokens,
            self.unmetered + other.unmetered,
        )

    def as_dict(self) -> dict[str, int]:
        """The form that run.json holds."""
        return {
            "calls": self.calls,
            "prompt_tokens": self.prompt_tokens,
            "completion_tokens": self.completion_tokens,
            "unmetered": self.unmetered,
        }


def usage_of(prompt_tokens: int | None, completion_tokens: int | None) -> Usage:
    """One call's usage; None where the reply did not say."""
    if prompt_tokens is None or completion_tokens is None:
        return Usage(calls=1, unmetered=1)
    return Usage(1, prompt_tokens, completion_tokens)


def usage_from(row: Mapping[str, int]) -> Usage:
    """Read ``Usage.as_dict`` back."""
    return Usage(
        row["calls"], row["prompt_tokens"], row["completion_tokens"], row.get("unmetered", 0)
    )

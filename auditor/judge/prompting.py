"""The form of a prompt that a judge is given (prompts.py makes the real ones)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Protocol


class Template(Protocol):
    """A prompt with variables; ``digest`` identifies its text."""

    @property
    def digest(self) -> str:
        """Hash of the prompt's file."""

    def render(self, values: Mapping[str, str]) -> tuple[str, str]:
        """Give (system, user) with the variables filled in."""

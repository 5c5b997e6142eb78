"""Instructions in documents (不当指令): words of the assessed party that talk to the judge.

They are found and shown to the reviewer; they are never evidence, and no model reads them.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from auditor.core.spans import Span

PLACEHOLDER = "〔此句对审核者下指令，已隐去〕"
"""What a model is shown in the stead of such a sentence."""


class Family(StrEnum):
    """How an instruction tries to work."""

    ORDER = "order"
    OVERRIDE = "override"
    SYSTEM = "system"
    ROLE = "role"
    LABEL = "label"
    REPLY = "reply"
    FENCE = "fence"
    DISGUISED = "disguised"
    SPLIT = "split"


class Place(StrEnum):
    """Where an instruction stands: in the text, or beside it."""

    TEXT = "text"
    HEADING = "heading"
    TABLE = "table"
    FILE_NAME = "file_name"
    TITLE = "title"
    HIDDEN = "hidden"


@dataclass(frozen=True, slots=True)
class Instruction:
    """One instruction that was found; ``span`` is None where it stands beside the text.

    ``quote`` is verbatim (hidden text as it was decoded); ``page`` is None without pages.
    """

    document: str
    family: Family
    place: Place
    quote: str
    span: Span | None = None
    page: int | None = None

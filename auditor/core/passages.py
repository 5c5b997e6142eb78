"""Passages tile a document, sentences tile a passage."""

from __future__ import annotations

from dataclasses import dataclass, replace
from enum import StrEnum

from auditor.core.documents import Span

PASSAGE_LIMIT = 400
"""The longest passage, in characters (design: passages tile the document, at most 400)."""


NO_MATTER = (
    "当日天气晴好，会场布置简朴，与会人员按座位就座，会后合影留念，午间安排便餐，下午各自返回。"
)


def stand_in(text: str) -> str:
    """Words of no matter, as long as ``text``."""
    body = text.strip()
    words = (NO_MATTER * (len(body) // len(NO_MATTER) + 1))[: max(len(body) - 1, 0)]
    return f"{words}。" + text[len(text.rstrip()) :] if body else text


class SectionRole(StrEnum):
    """What a section does in its document: the strongest signal of modality."""

    RETROSPECT = "retrospect"
    TASK = "task"
    NORMATIVE = "normative"
    BACKGROUND = "background"
    OTHER = "other"


class Modality(StrEnum):
    """How a sentence speaks of its matter."""

    FACT = "fact"
    ONGOING = "ongoing"
    PLAN = "plan"
    DUTY = "duty"
    NEGATION = "negation"


@dataclass(frozen=True, slots=True)
class Sentence:
    """One sentence or table row: the unit of citation.

    ``id`` is ``<passage id>.<n>``; ``context`` holds header cells of a table row (shown and
    embedded, never quoted); ``citable`` is False for what states nothing: the head row of a
    table, thanks and greetings. ``instruction`` names the family of a sentence that talks to the
    judge instead of stating something (core.instructions), else it is empty: such a sentence is
    not citable, gives no signal and is shown to no model.
    """

    id: str
    span: Span
    text: str
    modality: Modality
    foreign: bool = False
    context: str = ""
    citable: bool = True
    instruction: str = ""

    @property
    def stood_in(self) -> Sentence:
        """The sentence as the search sees it: words of no matter for one that gives orders."""
        return replace(self, text=stand_in(self.text), context="") if self.instruction else self


@dataclass(frozen=True, slots=True)
class Passage:
    """A run of sentences of one section, at most ``PASSAGE_LIMIT`` characters.

    ``document`` is the document's name; ``heading_path`` the headings above, outermost first;
    ``foreign`` of a sentence says that it speaks of another place than the city.
    """

    id: str
    document: str
    span: Span
    text: str
    heading_path: tuple[str, ...]
    role: SectionRole
    sentences: tuple[Sentence, ...]
    page: int | None = None

    @property
    def holds_instruction(self) -> bool:
        """Whether one of its sentences talks to the judge."""
        return any(s.instruction for s in self.sentences)

    @property
    def open_text(self) -> str:
        """The text as it is searched: words of no matter for sentences that give orders."""
        if not self.holds_instruction:
            return self.text
        return "".join(s.stood_in.text for s in self.sentences)

    @property
    def embedded_text(self) -> str:
        """The text that is embedded and indexed: heading path and table heads before the text."""
        heads = [part for part in self.heading_path[-2:] if part]
        context = next((s.context for s in self.sentences if s.context), "")
        return "\n".join([*heads, *([context] if context else []), self.open_text])

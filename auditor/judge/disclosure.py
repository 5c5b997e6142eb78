"""The gate before a hosted endpoint: what may pass, what stays, what is masked."""

from __future__ import annotations

import threading
from bisect import bisect_left
from dataclasses import dataclass, replace

from auditor.core.disclosure import Disclosure, why_withheld
from auditor.core.documents import Document, Mark, Span
from auditor.core.errors import ConfigurationError
from auditor.core.findings import Check, Failure, Judgement
from auditor.core.masking import mask, mask_found
from auditor.core.passages import Passage, Sentence
from auditor.core.personal import find_personal
from auditor.core.run import Case
from auditor.core.search import Hit
from auditor.judge.sent import SentLog

RULE = "disclosure"
WITHHELD = "withheld"
LONGEST_NUMBER = 64
"""More characters than any number with the gaps inside it has."""


def require_open(endpoint: str, disclosure: Disclosure) -> None:
    """Refuse a hosted endpoint for a dossier that is neither public nor opened by a person.

    Raises:
        ConfigurationError: names the endpoint and both remedies.
    """
    if not disclosure.is_open:
        raise ConfigurationError(
            f"材料未公开，不能送往 {endpoint} / the dossier is not public: nothing of it may go to"
            f" {endpoint}.",
            hint="材料均已公开的用 --public；由负责人批准的用 --open-to-hosted 姓名；"
            "或改用本机判读 / use --public, --open-to-hosted NAME, or --judge screen.",
        )


@dataclass(frozen=True, slots=True)
class Released:
    """A case as it may be shown: withheld passages are gone, personal data is masked."""

    case: Case
    withheld: int

    @property
    def is_empty(self) -> bool:
        """Whether something was found and none of it may be shown."""
        return self.withheld > 0 and not self.case.record.hits

    def failure(self, judge: str) -> Failure:
        """What stands in the stead of a judgement where nothing may be shown: no silence."""
        detail = f"{self.withheld} 个片段因保密标记未送出，未作判断；请改用本机判读。"
        return Failure(self.case.feature.id, judge, WITHHELD, detail)

    def noted(self, outcome: Judgement | Failure) -> Judgement | Failure:
        """Say in a judgement that not everything was shown."""
        if not self.withheld or isinstance(outcome, Failure):
            return outcome
        check = Check(RULE, "noted", f"{self.withheld} 个片段因保密标记未送出")
        return replace(outcome, checks=(check, *outcome.checks))


class OpenGate:
    """Lets everything pass as it is: the endpoint is on this machine, nothing leaves."""

    def release(self, case: Case) -> Released:
        """The case itself."""
        return Released(case, 0)

    def cleared(self, text: str) -> str:
        """The text itself."""
        return text

    def sending(self, passages: tuple[Passage, ...], host: str = "") -> None:
        """Nothing leaves, so nothing is noted."""


class Gate(OpenGate):
    """Holds back marked papers, masks personal data, and notes what leaves for ``host``."""

    def __init__(self, disclosure: Disclosure, host: str, log: SentLog) -> None:
        self._disclosure = disclosure
        self._host = host
        self._log = log
        self._personal: dict[str, tuple[Mark, ...]] = {}
        self._looking = threading.Lock()

    def release(self, case: Case) -> Released:
        """Take out of a case what may not leave and mask the rest; ids and spans stay."""
        kept: list[Hit] = []
        held: list[tuple[Passage, str]] = []
        for hit in case.record.hits:
            document = case.documents[hit.passage.document]
            reason = why_withheld(document, self._disclosure)
            if reason:
                held.append((hit.passage, reason))
            else:
                kept.append(replace(hit, passage=self._masked(hit.passage, document)))
        self._log.withholding(held)
        record = replace(case.record, hits=tuple(kept))
        return Released(replace(case, record=record), len(held))

    def cleared(self, text: str) -> str:
        """Mask what is found in the finished text: names of files, headings, heads of columns."""
        return mask_found(text)

    def sending(self, passages: tuple[Passage, ...], host: str = "") -> None:
        """Note, before the call, which passages it shows, and to which of several hosts."""
        self._log.sending(host or self._host, passages)

    def _masked(self, passage: Passage, document: Document) -> Passage:
        marks = self._marks_near(document, passage.span)
        return replace(
            passage,
            text=mask(passage.text, passage.span.start, marks),
            heading_path=tuple(mask_found(heading) for heading in passage.heading_path),
            sentences=tuple(_masked_sentence(s, marks) for s in passage.sentences),
        )

    def _marks_near(self, document: Document, span: Span) -> tuple[Mark, ...]:
        """The personal data at a span, found in the whole text: a cut number counts in both."""
        marks = self._marks_of(document)
        first = bisect_left(marks, span.start - LONGEST_NUMBER, key=_start)
        return marks[first : bisect_left(marks, span.end, key=_start)]

    def _marks_of(self, document: Document) -> tuple[Mark, ...]:
        """A document is looked through once, however many threads ask."""
        key = document.sha256
        with self._looking:
            if key not in self._personal:
                own = {mark for mark in document.marks if mark.kind.is_personal}
                found = own | set(find_personal(document.text))
                self._personal[key] = tuple(sorted(found, key=lambda m: m.span))
            return self._personal[key]


def _start(mark_: Mark) -> int:
    return mark_.span.start


def _masked_sentence(sentence: Sentence, marks: tuple[Mark, ...]) -> Sentence:
    text = mask(sentence.text, sentence.span.start, marks)
    return replace(
        sentence,
        text=mask_found(text, sentence.context) if sentence.context else text,
        context=mask_found(sentence.context),
    )

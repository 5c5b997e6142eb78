"""A judge whose answers came in files: the same talks as online, held over stored replies."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from auditor.core.documents import Document
from auditor.core.errors import MissingReplyError, ReplyError, RunError
from auditor.core.findings import Failure, Judgement
from auditor.core.run import Case
from auditor.core.usage import Usage
from auditor.judge.calls import AGAIN, FIRST, SECOND_AGAIN, Asker, Call, Reply
from auditor.judge.panel import Panel
from auditor.judge.reply import parse_reply
from auditor.judge.sent import SentLog

CORRECTED = (AGAIN, SECOND_AGAIN)
MISSING, INVALID, SECOND_LOOK = "missing", "invalid", "second-look"


@dataclass(frozen=True, slots=True)
class Standing:
    """Where a batch stands: calls that were answered, and the open ones by kind.

    ``unused``: answered requests that no call of this run has asked for.
    """

    answered: int = 0
    missing: int = 0
    invalid: int = 0
    second_look: int = 0
    unused: int = 0

    @property
    def open(self) -> int:
        """How many requests ``--remaining`` would write."""
        return self.missing + self.invalid + self.second_look


@dataclass(frozen=True, slots=True)
class Open:
    """A call of a talk; ``kind`` says why it wants an answer."""

    asker: Asker
    call: Call

    @property
    def kind(self) -> str:
        """``missing``, ``invalid`` (asked again with the error), ``second-look``."""
        step = step_of(self.call)
        if step in CORRECTED:
            return INVALID
        return MISSING if step == FIRST else SECOND_LOOK


class ImportedJudge(Panel):
    """Judges by stored replies; ``open_calls`` are those that still want an answer.

    Of several replies to one call the first that has the asked form counts, else the first. With
    ``dossier`` (``digest_of``) another dossier than the one that was exported is refused.
    ``as_online``: it is known by the fingerprint of a judge that asks the same online.
    """

    keeps_itself = True

    def __init__(
        self,
        askers: Sequence[Asker],
        replies: Mapping[str, Sequence[Reply]],
        sent: SentLog,
        dossier: str = "",
        *,
        as_online: bool = False,
    ) -> None:
        super().__init__(askers, self._look_up)
        self._replies = replies
        self._dossier = dossier
        self._as_online = as_online
        self.sent = sent
        self.open_calls: dict[str, Open] = {}
        self.asked: dict[str, Open] = {}

    @property
    def fingerprint(self) -> str:
        """What a panel depends on, and the replies: more of them may change every judgement.

        With ``as_online`` the replies do not count, so only finished talks may be kept under it.
        """
        if self._as_online:
            return super().fingerprint
        known = hashlib.sha256(super().fingerprint.encode())
        for request_id, replies in sorted(self._replies.items()):
            known.update(f"\0{request_id}".encode())
            for reply in replies:
                known.update(f"\0{reply.text}".encode("utf-8", "replace"))
        return f"imported:{known.hexdigest()}"

    @property
    def usage(self) -> Usage:
        """What the stored replies used."""
        return sum((r.usage for replies in self._replies.values() for r in replies), Usage())

    @property
    def standing(self) -> Standing:
        """Where the batch stands, once all cases were judged."""
        kinds = [o.kind for o in self.open_calls.values()]
        return Standing(
            answered=len(self.asked) - len(kinds),
            missing=kinds.count(MISSING),
            invalid=kinds.count(INVALID),
            second_look=kinds.count(SECOND_LOOK),
            unused=len(set(self._replies) - set(self.asked)),
        )

    def judge(self, cases: Sequence[Case]) -> list[Judgement | Failure]:
        """Judge by the stored replies.

        Raises:
            RunError: the dossier has changed since its requests were exported.
        """
        if self._dossier and cases and digest_of(cases[0].documents.values()) != self._dossier:
            raise RunError(
                "材料与导出请求时不同 (the dossier has changed since its requests were exported).",
                hint="Make the run again with --judge none, then export.",
            )
        return super().judge(cases)

    def _look_up(self, asker: Asker, call: Call) -> Reply:
        self.asked[call.id] = Open(asker, call)
        replies = self._replies.get(call.id)
        if replies:
            self.open_calls.pop(call.id, None)
            return next((r for r in replies if _is_valid(r, call)), replies[0])
        wanted = self.open_calls[call.id] = Open(asker, call)
        if wanted.kind == INVALID:
            raise MissingReplyError("答复不合要求，重问的答复还没有收到。")
        raise MissingReplyError("没有收到答复。")


def _is_valid(reply: Reply, call: Call) -> bool:
    try:
        parse_reply(reply.text, call.features, call.sheet.by_label)
    except ReplyError:
        return False
    return True


def step_of(call: Call) -> str:
    """The step of a talk that a call's id tells: first, again, second, second-again."""
    return call.id.split(".")[-3]


def digest_of(documents: Iterable[Document]) -> str:
    """Identity of a dossier: names and hashes of its documents."""
    known = sorted(f"{d.name}\0{d.sha256}" for d in documents)
    return f"sha256:{hashlib.sha256(chr(10).join(known).encode()).hexdigest()}"

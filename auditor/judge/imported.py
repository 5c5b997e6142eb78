"""A judge whose answers came in files: the same talks as online, held over stored replies."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from auditor.core.errors import MissingReplyError, ReplyError
from auditor.core.usage import Usage
from auditor.judge.calls import AGAIN, SECOND_AGAIN, Asker, Call, Reply
from auditor.judge.panel import Panel
from auditor.judge.reply import parse_reply
from auditor.judge.sent import SentLog

CORRECTED = (AGAIN, SECOND_AGAIN)


@dataclass(frozen=True, slots=True)
class Open:
    """A call without an answer; ``step`` says whether it is the first, a repeat, a second look."""

    asker: Asker
    call: Call
    step: str


class ImportedJudge(Panel):
    """Judges by stored replies; ``open_calls`` are those that still want an answer.

    Of several replies to one call the first that has the asked form counts, else the first.
    """

    concurrency = 1

    def __init__(
        self, askers: Sequence[Asker], replies: Mapping[str, Sequence[Reply]], sent: SentLog
    ) -> None:
        super().__init__(askers, self._look_up)
        self._replies = replies
        self.sent = sent
        self.open_calls: dict[str, Open] = {}
        self.asked: dict[str, tuple[Asker, Call]] = {}

    @property
    def fingerprint(self) -> str:
        """What a panel depends on, and the replies: more of them may change every judgement."""
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
    def unused(self) -> int:
        """How many answered requests no call of this run has asked for."""
        return len(set(self._replies) - set(self.asked))

    def _look_up(self, asker: Asker, call: Call) -> Reply:
        self.asked[call.id] = (asker, call)
        replies = self._replies.get(call.id)
        if replies:
            self.open_calls.pop(call.id, None)
            return next((r for r in replies if _is_valid(r, call)), replies[0])
        step = step_of(call)
        self.open_calls[call.id] = Open(asker, call, step)
        if step in CORRECTED:
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

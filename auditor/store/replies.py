"""Replies that came in batch files: kept in the order of their coming, each different one once."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from sqlalchemy import Column, Integer, Row, String, Table, Text, func, select
from sqlalchemy.dialects.sqlite import insert

from auditor.core.usage import Usage
from auditor.store.database import METADATA, open_store

REPLIES = Table(
    "replies",
    METADATA,
    Column("request_id", String, primary_key=True),
    Column("text_sha256", String, primary_key=True),
    Column("position", Integer, nullable=False),
    Column("text", Text, nullable=False),
    Column("prompt_tokens", Integer, nullable=False),
    Column("completion_tokens", Integer, nullable=False),
    Column("unmetered", Integer, nullable=False),
)


@dataclass(frozen=True, slots=True)
class StoredReply:
    """The text that came for a request, and what it used."""

    request_id: str
    text: str
    usage: Usage


class ReplyStore:
    """An append-only set of replies, safe against kill -9; the same reply counts once."""

    def __init__(self, file: Path) -> None:
        self._database = open_store(file)

    def keep(self, reply: StoredReply) -> bool:
        """Keep a reply; tells whether it was new."""
        digest = hashlib.sha256(reply.text.encode("utf-8", "replace")).hexdigest()
        with self._database.write() as connection:
            position = connection.execute(select(func.count()).select_from(REPLIES)).scalar_one()
            row = {
                "request_id": reply.request_id,
                "text_sha256": digest,
                "position": position,
                "text": reply.text,
                "prompt_tokens": reply.usage.prompt_tokens,
                "completion_tokens": reply.usage.completion_tokens,
                "unmetered": reply.usage.unmetered,
            }
            done = connection.execute(insert(REPLIES).values(row).on_conflict_do_nothing())
            return done.rowcount > 0

    def all(self) -> list[StoredReply]:
        """Every reply in the order of its coming."""
        with self._database.read() as connection:
            rows = connection.execute(select(REPLIES).order_by(REPLIES.c.position)).all()
        return list(map(_reply_of, rows))

    def of(self, request_id: str) -> list[StoredReply]:
        """The replies to one request, in the order of their coming."""
        asked = select(REPLIES).where(REPLIES.c.request_id == request_id)
        with self._database.read() as connection:
            rows = connection.execute(asked.order_by(REPLIES.c.position)).all()
        return list(map(_reply_of, rows))

    def ids(self) -> list[str]:
        """The requests that have a reply, sorted."""
        asked = select(REPLIES.c.request_id).distinct().order_by(REPLIES.c.request_id)
        with self._database.read() as connection:
            return list(connection.execute(asked).scalars())

    def close(self) -> None:
        """Let go of the database file."""
        self._database.close()


def _reply_of(row: Row[Any]) -> StoredReply:
    usage = Usage(1, row.prompt_tokens, row.completion_tokens, row.unmetered)
    return StoredReply(row.request_id, row.text, usage)

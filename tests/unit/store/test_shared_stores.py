"""Vectors and judgements in a file and on a real PostgreSQL: one behaviour."""

from __future__ import annotations

import multiprocessing
import threading
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest
from sqlalchemy import select, text

from auditor.core.errors import ConfigurationError
from auditor.search.embedder import Vectors
from auditor.store.database import ENTRIES, SHARED_ENTRIES, open_store
from auditor.store.journal import Journal
from auditor.store.vectors import VectorStore


class Counted:
    """Embeds a text as its length, and keeps what it was asked."""

    def __init__(self) -> None:
        self.asked: list[str] = []

    def __call__(self, texts: Sequence[str]) -> Vectors:
        self.asked += texts
        return np.asarray([[len(t), 0.1] for t in texts], dtype=np.float32)


def test_vectors_come_back_bit_by_bit_in_the_order_asked(
    tmp_path: Path, database_url: str | None
) -> None:
    embed = Counted()
    texts = [f"第{n}项" + "甲" * (n % 7) for n in range(600)]
    store = VectorStore(tmp_path / "v.db", database_url)
    first = store.get_or_embed("e5:passage", texts, embed)
    store.close()
    again = VectorStore(tmp_path / "v.db", database_url)
    second = again.get_or_embed("e5:passage", texts[::-1], embed)
    again.close()
    assert second[::-1].tobytes() == first.tobytes() and second.dtype == np.float32
    assert sorted(embed.asked) == sorted(texts)


def test_the_same_text_has_a_vector_for_each_model(
    tmp_path: Path, database_url: str | None
) -> None:
    embed = Counted()
    store = VectorStore(tmp_path / "v.db", database_url)
    for model in ("one", "other"):
        store.get_or_embed(model, ["甲"], embed)
    assert embed.asked == ["甲", "甲"]
    store.close()


def test_writers_of_the_same_vectors_do_not_get_in_each_others_way(
    tmp_path: Path, database_url: str | None
) -> None:
    texts = [f"句{n}" for n in range(300)]
    found: list[bytes] = []

    def fill(order: list[str]) -> None:
        store = VectorStore(tmp_path / "v.db", database_url)
        store.get_or_embed("m", order, Counted())
        found.append(store.get_or_embed("m", texts, Counted()).tobytes())
        store.close()

    threads = [threading.Thread(target=fill, args=(o,)) for o in (texts, texts[::-1])]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(found) == 2 and found[0] == found[1]


def test_a_key_keeps_its_first_value_for_whoever_opens_the_journal(
    tmp_path: Path, database_url: str | None
) -> None:
    journal = Journal(tmp_path / "j.db", database_url)
    journal.put("a", {"x": "市\u0000“引”"})
    journal.put_all({"a": {"x": 2}, "b": [1, 2.5, None]})
    journal.close()
    again = Journal(tmp_path / "j.db", database_url)
    assert again.get("a") == {"x": "市\u0000“引”"}
    assert again.get("b") == [1, 2.5, None] and again.get("c") is None
    again.close()


def test_several_values_are_kept_together_or_not_at_all(
    tmp_path: Path, database_url: str | None
) -> None:
    journal = Journal(tmp_path / "j.db", database_url)
    with pytest.raises(TypeError):
        journal.put_all({"a": 1, "b": {1, 2}})
    assert journal.get("a") is None
    journal.close()


def write(file: str, url: str | None, first: int) -> None:
    journal = Journal(Path(file), url)
    for number in range(first, first + 30):
        journal.put(str(number), number)
    journal.close()


def test_processes_that_open_a_new_journal_at_once_all_write_it(
    tmp_path: Path, database_url: str | None
) -> None:
    file = tmp_path / "j.db"
    context = multiprocessing.get_context("spawn")
    firsts = (0, 20, 100)
    writers = [context.Process(target=write, args=(str(file), database_url, n)) for n in firsts]
    for writer in writers:
        writer.start()
    for writer in writers:
        writer.join(120)
        assert writer.exitcode == 0
    journal = Journal(file, database_url)
    assert all(journal.get(str(n)) == n for n in [*range(50), *range(100, 130)])
    journal.close()


def test_places_rise_in_the_order_of_writing(tmp_path: Path, database_url: str | None) -> None:
    journal = Journal(tmp_path / "j.db", database_url)
    for key in ("z", "a", "z", "m"):
        journal.put(key, key)
    journal.close()
    database = open_store(tmp_path / "j.db", database_url)
    table = ENTRIES if database.is_sqlite else SHARED_ENTRIES
    with database.read() as connection:
        rows = connection.execute(select(table.c.key).order_by(table.c.position)).scalars().all()
    database.close()
    assert rows == ["z", "a", "m"]


def test_putting_a_value_reads_no_other_row(tmp_path: Path) -> None:
    database = open_store(tmp_path / "j.db")
    with database.read() as connection:
        asked = "EXPLAIN QUERY PLAN SELECT coalesce(max(rowid), 0) FROM entries"
        plan = [row[-1] for row in connection.execute(text(asked))]
    database.close()
    assert plan == ["SEARCH entries"]


def test_a_workspace_and_the_stores_live_in_one_database(tmp_path: Path, postgres_url: str) -> None:
    from auditor.store.workspace.tables import METADATA

    database = open_store(tmp_path / "j.db", postgres_url)
    with database.write() as connection:
        METADATA.create_all(connection)
    database.close()
    journal = Journal(tmp_path / "j.db", postgres_url)
    journal.put("a", 1)
    assert journal.get("a") == 1
    journal.close()


def test_a_server_that_ended_a_connection_is_asked_again(tmp_path: Path, postgres_url: str) -> None:
    journal = Journal(tmp_path / "j.db", postgres_url)
    journal.put("a", 1)
    other = open_store(tmp_path / "j.db", postgres_url)
    with other.write() as connection:
        connection.execute(
            text(
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
                " WHERE datname = current_database() AND pid <> pg_backend_pid()"
            )
        )
    other.close()
    assert journal.get("a") == 1
    journal.close()


@pytest.mark.parametrize("url", ["postgresql://nobody@127.0.0.1:9/none", "nothing"])
def test_a_store_that_does_not_answer_is_named_with_the_remedy(tmp_path: Path, url: str) -> None:
    with pytest.raises(ConfigurationError, match=r"AUDITOR_STORE|postgresql://"):
        VectorStore(tmp_path / "v.db", url)

"""``doctor --deep`` writes into the database that is to be used, and leaves nothing there."""

from __future__ import annotations

from pathlib import Path

from sqlalchemy import inspect

from auditor.store.opening import open_engine, write_and_read


def test_a_row_is_written_and_read_back_in_both_databases(
    database_url: str | None, tmp_path: Path
) -> None:
    for _ in range(2):
        said = write_and_read(tmp_path / "d.db", database_url)
        assert said == ("postgresql" if database_url else "sqlite")
    engine = open_engine(tmp_path / "d.db", database_url)
    assert inspect(engine).get_table_names() == []
    engine.dispose()

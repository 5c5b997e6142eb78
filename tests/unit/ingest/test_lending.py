from __future__ import annotations

from pathlib import Path

import pytest

from auditor.core.errors import DocumentError
from auditor.ingest.isolation import ReadingPool
from auditor.ingest.lending import LentPools
from auditor.ingest.taking import Settings, take_in


def pids_of(pool: ReadingPool) -> list[int | None]:
    return [p._process.pid if p._process else None for p in pool._all]


def test_the_next_dossier_is_read_by_the_same_process(tmp_path: Path) -> None:
    pools = LentPools(1)
    for city in ("甲市", "乙市"):
        (tmp_path / city).mkdir()
        (tmp_path / city / "报告.txt").write_text(f"{city}建成数据平台。", encoding="utf-8")
    texts, seen = [], []
    for city in ("甲市", "乙市"):
        documents, _ = take_in(tmp_path / city, Settings(pools=pools))
        texts.append(documents[0].text.strip())
        with pools.lent() as pool:
            seen.append(pids_of(pool))
    pools.close()
    assert texts == ["甲市建成数据平台。", "乙市建成数据平台。"]
    assert seen[0] == seen[1] != [None]


def test_a_pool_whose_dossier_was_broken_off_is_not_lent_again() -> None:
    pools = LentPools(1)
    with pytest.raises(KeyboardInterrupt), pools.lent() as broken:
        raise KeyboardInterrupt
    with pools.lent() as fresh:
        assert fresh is not broken
        assert "甲市" in fresh.read("甲市".encode(), "a.txt").text
    with pytest.raises(DocumentError):
        broken.read(b"x", "b.txt")
    pools.close()


def test_two_dossiers_at_once_have_a_pool_each() -> None:
    pools = LentPools(1)
    with pools.lent() as one, pools.lent() as other:
        assert one is not other
    pools.close()

"""What is kept: the journal, the vectors, the run folder and its round trip."""

from __future__ import annotations

import json
import multiprocessing
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from auditor.core.documents import Span
from auditor.core.errors import RunError
from auditor.core.findings import Check, Citation, ElementReading, Failure, Judgement, Verdict
from auditor.store.journal import Journal
from auditor.store.records import outcome_from, outcome_json
from auditor.store.run_folder import read_json, read_lines, read_run, write_lines, write_text
from auditor.store.vectors import VectorStore

VERDICTS = st.sampled_from(list(Verdict))
SHORT = st.text(max_size=12)
CITATIONS = st.builds(
    Citation,
    sentence_id=SHORT,
    document=SHORT,
    page=st.none() | st.integers(1, 99),
    span=st.tuples(st.integers(0, 50), st.integers(0, 50)).map(lambda p: Span(min(p), max(p))),
    quote=SHORT,
)
JUDGEMENTS = st.builds(
    Judgement,
    feature_id=SHORT,
    verdict=VERDICTS,
    citations=st.lists(CITATIONS, max_size=3).map(tuple),
    reason=SHORT,
    judge=SHORT,
    confidence=st.none() | st.integers(0, 1000).map(lambda n: n / 1000),
    probabilities=st.none() | st.just(dict.fromkeys(Verdict, 0.125)),
    elements=st.lists(
        st.builds(ElementReading, SHORT, VERDICTS, st.lists(SHORT, max_size=2).map(tuple)),
        max_size=2,
    ).map(tuple),
    checks=st.lists(
        st.builds(
            Check,
            SHORT,
            st.sampled_from(["ok", "noted"]),
            SHORT,
            st.none() | VERDICTS,
            st.none() | VERDICTS,
        ),
        max_size=2,
    ).map(tuple),
)
FAILURES = st.builds(Failure, SHORT, SHORT, SHORT, SHORT)


@given(JUDGEMENTS | FAILURES)
def test_outcomes_come_back_as_they_were(outcome: Judgement | Failure) -> None:
    row = json.loads(json.dumps(outcome_json(outcome), ensure_ascii=False))
    assert outcome_from(row) == outcome


def test_the_journal_keeps_the_first_value_of_a_key(tmp_path: Path) -> None:
    journal = Journal(tmp_path / "j.db")
    journal.put("a", {"x": 1})
    journal.put("a", {"x": 2})
    journal.close()
    again = Journal(tmp_path / "j.db")
    assert again.get("a") == {"x": 1} and again.get("b") is None


def _write(file: str, first: int) -> None:
    journal = Journal(Path(file))
    for number in range(first, first + 40):
        journal.put(str(number), number)


def test_two_processes_may_write_one_journal(tmp_path: Path) -> None:
    file = tmp_path / "j.db"
    Journal(file).close()
    context = multiprocessing.get_context("spawn")
    writers = [context.Process(target=_write, args=(str(file), n * 100)) for n in range(2)]
    for writer in writers:
        writer.start()
    for writer in writers:
        writer.join(60)
        assert writer.exitcode == 0
    journal = Journal(file)
    assert all(journal.get(str(n)) == n for n in [*range(40), *range(100, 140)])


def test_vectors_are_embedded_once_and_give_the_same_bytes(tmp_path: Path) -> None:
    asked: list[list[str]] = []

    def embed(texts: object) -> np.ndarray:
        rows = list(texts)  # type: ignore[call-overload]
        asked.append(rows)
        return np.asarray([[len(t), 1.5] for t in rows], dtype=np.float32)

    store = VectorStore(tmp_path / "v.db")
    first = store.get_or_embed("m", ["甲", "乙乙", "甲"], embed)
    second = VectorStore(tmp_path / "v.db").get_or_embed("m", ["乙乙", "丙", "甲"], embed)
    assert first.tolist() == [[1, 1.5], [2, 1.5], [1, 1.5]]
    assert second.tolist() == [[2, 1.5], [1, 1.5], [1, 1.5]]
    assert sorted(t for call in asked for t in call) == sorted(["甲", "乙乙", "丙"])


def test_a_file_is_written_whole_or_not_at_all(tmp_path: Path) -> None:
    file = tmp_path / "a.json"
    write_text(file, "old")
    with pytest.raises(UnicodeEncodeError):
        write_text(file, "new \ud800")
    assert file.read_text() == "old"


def test_a_broken_line_is_named(tmp_path: Path) -> None:
    file = tmp_path / "findings.jsonl"
    write_lines(file, [{"b": 1, "a": "市"}])
    assert file.read_text(encoding="utf-8") == '{"a":"市","b":1}\n'
    file.write_text('{"a":1}\n{oops\n')
    with pytest.raises(RunError, match="2"):
        read_lines(file)
    with pytest.raises(RunError, match="missing"):
        read_json(tmp_path / "none.json")


def test_a_run_of_another_version_is_refused_with_a_remedy(tmp_path: Path) -> None:
    (tmp_path / "run.json").write_text("{}", encoding="utf-8")
    row = '{"name": "a.txt", "blocks": [["hologram", 0, 1, 0, []]], "pages": []}\n'
    (tmp_path / "documents.jsonl").write_text(row, encoding="utf-8")
    with pytest.raises(RunError, match="another version"):
        read_run(tmp_path)

"""How answers are compared with labels."""

from __future__ import annotations

import hashlib
from pathlib import Path

import pytest

from auditor.core.identity import Identity, Stated
from eval.identity import FIELDS, fold_issuer, half_of, is_right, labels, measure

LABEL: dict[str, str | None] = {**dict.fromkeys(FIELDS), "sha256": "0" * 64, "kind": "plan"}


def test_labels_are_whole_and_at_most_ten_are_work_reports() -> None:
    known = labels()
    assert all(set(label) == {"sha256", *FIELDS} for label in known.values())
    assert sum(label["kind"] == "work_report" for label in known.values()) == 10
    assert {half_of(label) for label in known.values()} == {"a", "b"}


@pytest.mark.shared
def test_no_labelled_paper_is_in_the_gold_sets(shared: Path) -> None:
    gold = list((shared / "gold").glob("*/documents/*"))
    digests = {hashlib.sha256(path.read_bytes()).hexdigest() for path in gold}
    assert not {path.name for path in gold} & {Path(path).name for path in labels()}
    assert not digests & {label["sha256"] for label in labels().values()}


@pytest.mark.shared
def test_every_label_is_of_the_paper_that_was_read(shared: Path) -> None:
    for path, label in labels().items():
        assert hashlib.sha256((shared / path).read_bytes()).hexdigest() == label["sha256"]


def test_issuers_are_the_same_in_short_and_in_full() -> None:
    assert fold_issuer("襄阳市人大常委会") == fold_issuer("襄阳市人民代表大会常务委员会")
    assert fold_issuer("襄阳市人民政府办公室") == fold_issuer("襄阳市人民政府")
    assert fold_issuer("襄阳市统计局") != fold_issuer("襄阳市数据局")


def test_a_year_is_right_only_when_it_owns_to_be_unsure() -> None:
    assert is_right("issued_on", Stated("2024-01-01", 0.3), "2024")
    assert not is_right("issued_on", Stated("2024-01-01", 0.9), "2024")
    assert not is_right("issued_on", Stated("2024-02-01", 0.3), "2024")


def test_silence_on_a_null_label_is_neither_answer_nor_abstention() -> None:
    tallies = measure({"a.txt": LABEL}, {"a.txt": Identity(kind=Stated("plan", 0.9))})
    assert (tallies["kind"].answered, tallies["kind"].right) == (1, 1)
    assert (tallies["city"].answered, tallies["city"].abstained) == (0, 0)


def test_an_answer_to_a_null_label_is_wrong() -> None:
    tallies = measure({"a.txt": LABEL}, {"a.txt": Identity(city=Stated("襄阳市", 0.9))})
    assert (tallies["city"].answered, tallies["city"].right) == (1, 0)
    assert tallies["kind"].abstained == 1

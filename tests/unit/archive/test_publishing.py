"""A folder of results is put in place whole, and kept where people have decided in it."""

from __future__ import annotations

import os
import shutil
from pathlib import Path

import pytest

from auditor.archive.driving import sweep
from auditor.archive.publishing import (
    clear_aside,
    digest_of,
    files_of,
    is_whole,
    put_in_place,
)
from auditor.core.errors import RunError

NAME = "临澜市"


def folder_of(place: Path, text: str) -> Path:
    """A small folder of results."""
    (place / "layout").mkdir(parents=True)
    for name in ("run.json", "findings.jsonl", "layout/报告.json", "report.html"):
        (place / name).write_text(text, encoding="utf-8")
    return place


def draft_of(out: Path, text: str, token: str = "a" * 32) -> Path:
    return folder_of(out / "work" / token, text)


def texts(folder: Path) -> set[str]:
    return {p.read_text(encoding="utf-8") for p in folder.rglob("*") if p.is_file()}


def test_a_draft_takes_the_place_of_what_nobody_decided_in(tmp_path: Path) -> None:
    target = tmp_path / "cities" / NAME
    for text, token in (("one", "a" * 32), ("two", "b" * 32)):
        draft = draft_of(tmp_path, text, token)
        put_in_place(draft, target)
        clear_aside(draft)
    assert texts(target) == {"two"} and [p.name for p in (tmp_path / "cities").iterdir()] == [NAME]
    assert list((tmp_path / "work").iterdir()) == [] and not (tmp_path / "earlier").exists()


@pytest.mark.parametrize("left", ["events.jsonl", "attachments/a.jpg", "later/a.json"])
def test_folders_in_which_people_decided_are_kept_all_of_them(tmp_path: Path, left: str) -> None:
    target = tmp_path / "cities" / NAME
    for text, token in (("one", "a" * 32), ("two", "b" * 32), ("three", "c" * 32)):
        put_in_place(draft_of(tmp_path, text, token), target)
        (target / left).parent.mkdir(exist_ok=True)
        (target / left).write_text(text, encoding="utf-8")
    kept = {p.name: texts(p) for p in (tmp_path / "earlier").iterdir()}
    assert kept == {f"{NAME}~1": {"one"}, f"{NAME}~2": {"two"}} and texts(target) == {"three"}


class Cut(BaseException):
    """The process ends here."""


@pytest.mark.parametrize("decided", [False, True])
@pytest.mark.parametrize("moves", [0, 1, 2])
def test_what_is_interrupted_leaves_a_whole_folder_or_none(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, moves: int, decided: bool
) -> None:
    target, draft = tmp_path / "cities" / NAME, draft_of(tmp_path, "new")
    folder_of(target, "old")
    if decided:
        (target / "events.jsonl").write_text("old", encoding="utf-8")
    real, done = Path.replace, []

    def replacing(self: Path, other: Path) -> Path:
        if len(done) == moves:
            raise Cut
        done.append(self)
        return real(self, other)

    monkeypatch.setattr(Path, "replace", replacing)
    if moves < 2:
        with pytest.raises(Cut):
            put_in_place(draft, target)
    else:
        put_in_place(draft, target)
    monkeypatch.undo()
    standing = texts(target) if target.is_dir() else None
    assert standing == [{"old"}, None, {"new"}][moves]
    sweep(tmp_path)
    assert list((tmp_path / "work").iterdir()) == []
    kept = [texts(p) for p in (tmp_path / "earlier").glob("*")]
    assert kept == ([{"old"}] if decided and moves else [])
    put_in_place(draft_of(tmp_path, "again", "b" * 32), target)
    assert texts(target) == {"again"}


def test_a_place_that_cannot_be_written_is_told(tmp_path: Path) -> None:
    (tmp_path / "cities").mkdir()
    with pytest.raises(RunError, match="cannot be put in place"):
        put_in_place(tmp_path / "work" / "none", tmp_path / "cities" / NAME)


def test_a_folder_is_whole_as_long_as_what_was_found_is_as_it_was(tmp_path: Path) -> None:
    folder = folder_of(tmp_path / "a", "x")
    files = files_of(folder)
    assert set(files) == {"findings.jsonl", "layout/报告.json", "run.json"}
    assert is_whole(folder, files)
    (folder / "report.html").write_text("somebody's", encoding="utf-8")
    (folder / "events.jsonl").write_text("{}", encoding="utf-8")
    assert is_whole(folder, files)
    assert not is_whole(folder, {}) and not is_whole(tmp_path / "none", files)
    for name in files:
        other = tmp_path / name.replace("/", "-")
        shutil.copytree(folder, other)
        (other / name).write_text("y", encoding="utf-8")  # as long as before
        assert not is_whole(other, files), name
        (other / name).unlink()
        assert not is_whole(other, files), name


def test_a_file_that_was_only_touched_is_read_and_found_to_be_the_same(tmp_path: Path) -> None:
    folder = folder_of(tmp_path / "a", "x")
    files = files_of(folder)
    os.utime(folder / "run.json", ns=(1, 1))
    assert is_whole(folder, files)


def test_the_digest_is_over_names_and_contents_alone(tmp_path: Path) -> None:
    one, two = folder_of(tmp_path / "a", "x"), folder_of(tmp_path / "b", "x")
    os.utime(two / "run.json", ns=(1, 1))
    digest = digest_of(files_of(one))
    assert digest_of(files_of(two)) == digest
    (two / "report.html").write_text("another", encoding="utf-8")
    assert digest_of(files_of(two)) == digest
    (two / "layout/报告.json").rename(two / "layout/别的.json")
    assert digest_of(files_of(two)) != digest

"""Taking a dossier in: names, archives, refusals, order."""

from __future__ import annotations

import os
import stat
import sys
import tarfile
import zlib
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from auditor.ingest import kept
from auditor.store.run_folder import write_documents
from tests.unit.ingest.taking_samples import (
    MARKER,
    PLAIN,
    SECRETS,
    kept_files,
    plain_bytes,
    taken,
    written,
    zip_of,
)


def test_every_file_ends_as_a_document_or_a_reason_in_the_order_of_names(tmp_path: Path) -> None:
    documents, left_out = taken(written(tmp_path, PLAIN), processes=2)
    names, refused = [d.name for d in documents], [o.name for o in left_out]
    assert names == sorted(names) and refused == sorted(refused)
    assert sorted(names + refused) == sorted(PLAIN)
    assert refused == ["07-空.txt", "08-坏.pdf", "09-程序.bin"]
    assert [o.code for o in left_out] == ["empty", "broken", "unsupported"]
    assert all(o.reason and o.hint for o in left_out)


def test_a_folder_and_an_archive_of_it_give_the_same_documents(tmp_path: Path) -> None:
    folder = written(tmp_path / "材料", PLAIN)
    (tmp_path / "材料.zip").write_bytes(zip_of(PLAIN))
    with tarfile.open(tmp_path / "材料.tar.gz", "w:gz") as tar:
        tar.add(folder, ".")
    expected = taken(folder)
    for archive in ("材料.zip", "材料.tar.gz"):
        documents, left_out = taken(tmp_path / archive)
        start = len(f"{archive}!/")
        assert all(o.name.startswith(f"{archive}!/") for o in (*documents, *left_out))
        plain = {d.name[start:]: d for d in documents}
        assert {n: replace(d, name=n) for n, d in plain.items()} == {d.name: d for d in expected[0]}
        bare = {(o.name[start:], o.code, o.reason) for o in left_out}
        assert bare == {(o.name, o.code, o.reason) for o in expected[1]}


def test_an_archive_in_an_archive_is_named_by_its_whole_way(tmp_path: Path) -> None:
    inner = zip_of({"c.txt": "城市大脑".encode()})
    deep = zip_of({"d.zip": zip_of({"e.txt": b"deep"})})
    dossier = written(tmp_path, {"a.zip": zip_of({"b.zip": inner, "子/b.zip": deep})})
    documents, left_out = taken(dossier)
    assert [d.name for d in documents] == ["a.zip!/b.zip!/c.txt"]
    assert [o.name for o in left_out] == ["a.zip!/子/b.zip!/d.zip"]
    assert "嵌套" in left_out[0].reason


def test_a_link_is_refused_and_a_hidden_file_passed_over(tmp_path: Path) -> None:
    secret = written(tmp_path / "外", {"私.txt": b"private words"}) / "私.txt"
    dossier = written(
        tmp_path / "内", {"好.txt": "正文".encode(), ".git/x.txt": b"x", "~$好.docx": b""}
    )
    (dossier / "链接.txt").symlink_to(secret)
    (dossier / "断.txt").symlink_to(tmp_path / "nowhere")
    (dossier / "夹").symlink_to(tmp_path / "外", target_is_directory=True)
    documents, left_out = taken(dossier)
    assert [d.name for d in documents] == ["好.txt"]
    assert {(o.name, o.code) for o in left_out} == {
        ("链接.txt", "link"), ("断.txt", "link"), ("夹", "link"),
    }  # fmt: skip


def test_a_file_that_may_not_be_opened_is_a_line(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    dossier = written(tmp_path, {"好.txt": "正文".encode(), "锁.txt": b"x"})
    opened = Path.open

    def refusing(self: Path, *args: Any, **more: Any) -> Any:
        if self.name == "锁.txt":
            raise PermissionError(13, "Permission denied")
        return opened(self, *args, **more)

    monkeypatch.setattr(Path, "open", refusing)
    documents, left_out = taken(dossier)
    assert [d.name for d in documents] == ["好.txt"]
    assert [(o.name, o.code) for o in left_out] == [("锁.txt", "unreadable")]
    assert "Permission denied" in left_out[0].reason and left_out[0].hint


@pytest.mark.skipif(sys.platform != "linux", reason="names of any bytes are Linux's")
def test_a_name_in_an_old_encoding_becomes_text(tmp_path: Path) -> None:
    dossier = tmp_path / "材料"
    dossier.mkdir()
    Path(os.fsdecode(os.fsencode(dossier) + b"/" + "报告.txt".encode("gbk"))).write_bytes(b"words")
    documents, left_out = taken(dossier)
    assert [d.name for d in documents] == ["报告.txt"]
    write_documents(tmp_path / "out", documents, left_out)
    assert "报告.txt" in (tmp_path / "out" / "documents.jsonl").read_text(encoding="utf-8")


@pytest.mark.parametrize("folder", ["kept", None])
@pytest.mark.parametrize("processes", [1, 2])
def test_the_same_file_twice_is_read_once(
    tmp_path: Path, reads: list[str], folder: str | None, processes: int
) -> None:
    pdf = PLAIN["二/三/04-公报.pdf"]
    files = {f"{n}.pdf": pdf for n in "abc"} | {"d.zip": zip_of({"e.pdf": pdf})}
    files |= {"坏1.pdf": PLAIN["08-坏.pdf"], "坏2.pdf": PLAIN["08-坏.pdf"]}
    store = tmp_path / folder if folder else None
    documents, left_out = taken(written(tmp_path / "材料", files), store, processes)
    assert [d.name for d in documents] == ["a.pdf", "b.pdf", "c.pdf", "d.zip!/e.pdf"]
    assert len({d.text for d in documents}) == 1
    assert [o.name for o in left_out] == ["坏1.pdf", "坏2.pdf"]
    assert len(reads) == 2


def test_an_unchanged_file_is_not_read_again(tmp_path: Path, reads: list[str]) -> None:
    dossier = written(tmp_path / "材料", PLAIN)
    first = taken(dossier, tmp_path / "kept")
    assert len(reads) == len(PLAIN)
    reads.clear()
    assert taken(dossier, tmp_path / "kept") == first
    assert sorted(reads) == [o.name for o in first[1]]  # what is refused is not kept
    reads.clear()
    (dossier / "01-报告.txt").write_text("改了。", encoding="utf-8")
    documents, _ = taken(dossier, tmp_path / "kept")
    assert "01-报告.txt" in reads and len(reads) == 4
    assert documents[0].text == "改了。\n"


def test_a_table_of_text_under_another_name_has_its_own_places(tmp_path: Path) -> None:
    files = {"甲.csv": PLAIN["06-台账.csv"], "乙.csv": PLAIN["06-台账.csv"]}
    for _ in range(2):
        documents, _ = taken(written(tmp_path / "材料", files), tmp_path / "kept")
        places = {d.name: {b.place.split("!")[0] for b in d.blocks} for d in documents}
        assert places == {"甲.csv": {"甲"}, "乙.csv": {"乙"}}


def test_other_readers_read_again(
    tmp_path: Path, reads: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    dossier = written(tmp_path / "材料", {"a.txt": "正文".encode()})
    taken(dossier, tmp_path / "kept")
    monkeypatch.setattr(kept, "readers_digest", lambda: "other readers")
    taken(dossier, tmp_path / "kept")
    assert reads == ["a.txt", "a.txt"]


@pytest.mark.parametrize("damage", ["cut", "flipped", "empty", "other", "bomb"])
def test_a_damaged_kept_file_is_read_again(tmp_path: Path, reads: list[str], damage: str) -> None:
    dossier = written(tmp_path / "材料", {"a.txt": "正文".encode()})
    first = taken(dossier, tmp_path / "kept")
    (file,) = kept_files(tmp_path / "kept")
    data = file.read_bytes()
    middle = len(data) // 2
    file.write_bytes(
        {
            "cut": data[:middle],
            "flipped": data[:middle] + bytes([data[middle] ^ 0x55]) + data[middle + 1 :],
            "empty": b"",
            "other": b"\0\0\0\x0a" + zlib.compress(b"{}") * 2,
            "bomb": b"\0\0\0\x0a" + zlib.compress(b"[" * 100_000),
        }[damage]
    )
    assert taken(dossier, tmp_path / "kept") == first
    assert reads == ["a.txt", "a.txt"]
    assert taken(dossier, tmp_path / "kept") == first and len(reads) == 2


def test_kept_files_are_for_their_owner_alone(tmp_path: Path) -> None:
    taken(written(tmp_path / "材料", {"a.txt": "正文".encode()}), tmp_path / "kept")
    (file,) = kept_files(tmp_path / "kept")
    assert stat.S_IMODE(file.stat().st_mode) == 0o600


def test_a_folder_that_cannot_be_written_only_keeps_nothing(tmp_path: Path) -> None:
    (tmp_path / "kept").write_bytes(b"a file where the folder should be")
    documents, _ = taken(written(tmp_path / "材料", {"a.txt": "正文".encode()}), tmp_path / "kept")
    assert len(documents) == 1


def test_nothing_of_a_secret_file_is_kept_anywhere(tmp_path: Path) -> None:
    files = SECRETS | {"好.txt": "公开的正文乙。".encode()}
    dossier = written(tmp_path / "材料", files)
    seen: list[str] = []
    for _ in range(2):
        documents, left_out = taken(
            dossier, tmp_path / "kept", watch=lambda source: seen.append(source.name)
        )
        write_documents(tmp_path / "out", documents, left_out)
    assert [d.name for d in documents] == ["好.txt"]
    assert {o.code for o in left_out} == {"secret"} and len(left_out) == len(SECRETS)
    assert seen == ["好.txt", "好.txt"]
    stored = b"".join(
        map(plain_bytes, [*kept_files(tmp_path / "kept"), *kept_files(tmp_path / "out")])
    )
    assert "公开的正文乙".encode() in stored
    for word in (MARKER, MARKER.encode("unicode_escape").decode()):
        assert word.encode() not in stored

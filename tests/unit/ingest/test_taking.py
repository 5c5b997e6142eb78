"""Taking a dossier in: every file ends as a document or a reason, the same however it came."""

from __future__ import annotations

import io
import os
import stat
import sys
import tarfile
import threading
import zipfile
import zlib
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from PIL import Image

from auditor.core.documents import Document, LeftOut
from auditor.core.errors import BrokenDocumentError
from auditor.ingest import kept, reading, taking
from auditor.ingest.content import Content
from auditor.ingest.isolation import Limits, ReadingPool
from auditor.ingest.kept import KeptContents
from auditor.ingest.office import find_office
from auditor.ingest.taking import Settings, Source, take_in
from auditor.store.run_folder import write_documents
from tests.unit.ingest.test_ofd import ofd_of, page, text
from tests.unit.ingest.test_readers import pdf_of, word_of

needs_office = pytest.mark.skipif(find_office() is None, reason="LibreOffice is not here")
PLAIN = {
    "01-报告.txt": "本市已建成城市大脑，接入部门45个。".encode(),
    "二/02-总结.md": "# 总结\n\n一网统管平台上线。\n".encode(),
    "二/03-条例.html": "<html><body><p>第一条　为了规范公共数据。</p></body></html>".encode(),
    "二/三/04-公报.pdf": pdf_of(["临澜市统计公报", "热线受理诉求186万件。"]),
    "05-公文.ofd": ofd_of(page(text("批复"))),
    "06-台账.csv": "部门,数量\n公安局,45\n".encode(),
    "07-空.txt": b" \n",
    "08-坏.pdf": b"%PDF-1.7\n%broken",
    "09-程序.bin": b"\x7fELF\x00\x00\x01" * 9,
}
Outcome = tuple[tuple[Document, ...], tuple[LeftOut, ...]]


def written(folder: Path, files: Mapping[str, bytes]) -> Path:
    for name, data in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(data)
    return folder


def zip_of(files: Mapping[str, bytes]) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as package:
        for name, data in files.items():
            package.writestr(name, data)
    return buffer.getvalue()


def taken(dossier: Path, folder: Path | None = None, processes: int = 1, **more: Any) -> Outcome:
    return take_in(dossier, Settings(KeptContents(folder), processes, Limits(page_s=60)), **more)


@pytest.fixture
def reads(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The names of the files that a reading process was asked to read."""
    names: list[str] = []
    read = ReadingPool.read

    def counted(self: ReadingPool, data: bytes, name: str, **more: Any) -> Content:
        names.append(name)
        return read(self, data, name, **more)

    monkeypatch.setattr(ReadingPool, "read", counted)
    return names


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


def kept_files(folder: Path) -> list[Path]:
    return sorted(path for path in folder.rglob("*") if path.is_file())


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


MARKER = "紫貂行动"
SECRETS = {
    "秘.txt": f"机密★10年\n\n关于{MARKER}的报告\n正文。".encode(),
    "秘.pdf": pdf_of(["秘密★长期", f"关于{MARKER}的报告", "正文内容。"]),
    "秘.ofd": ofd_of(page(text("绝密★20年"), text(MARKER, y=80))),
    "绝密★10年.txt": f"{MARKER}。".encode(),
    "包.zip": zip_of({"内.txt": f"密级：机密\n{MARKER}".encode()}),
}


def plain_bytes(path: Path) -> bytes:
    """A file's bytes, and whatever of them is deflated, unpacked."""
    data = path.read_bytes()
    found = [data]
    for start in range(len(data)):
        if data[start] == 0x78:
            unpacker = zlib.decompressobj()
            try:
                found.append(unpacker.decompress(data[start:], 1 << 24))
            except zlib.error:
                continue
    return b"\0".join(found)


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


def test_what_watches_sees_kept_files_too(tmp_path: Path) -> None:
    dossier = written(tmp_path / "材料", {"表.csv": "部门,数量\n公安局,45\n".encode()})
    seen: list[Source] = []
    for _ in range(2):
        taken(dossier, tmp_path / "kept", watch=seen.append)
    assert [s.name for s in seen] == ["表.csv", "表.csv"]
    assert seen[0].data == seen[1].data == (dossier / "表.csv").read_bytes()


def test_results_do_not_depend_on_the_number_of_processes(tmp_path: Path) -> None:
    files = dict(PLAIN)
    for number in range(12):
        files[f"多/{number:02d}.txt"] = f"第{number}份材料，本市建成平台。".encode() * (number + 1)
    dossier = written(tmp_path / "材料", files)
    rows = []
    for processes in (1, 2, 5):
        write_documents(tmp_path / str(processes), *taken(dossier, processes=processes))
        rows.append((tmp_path / str(processes) / "documents.jsonl").read_bytes())
    assert rows[0] == rows[1] == rows[2] and rows[0].count(b"\n") == len(files)
    kept_once = taken(dossier, tmp_path / "kept")
    for outcome in (kept_once, taken(dossier, tmp_path / "kept")):
        write_documents(tmp_path / "again", *outcome)
        assert (tmp_path / "again" / "documents.jsonl").read_bytes() == rows[0]


def test_notes_count_every_file_once(tmp_path: Path) -> None:
    files = PLAIN | {"包.zip": zip_of({"a.txt": b"one", "b.txt": b"two"})}
    dossier = written(tmp_path / "材料", files)
    (dossier / "链接.txt").symlink_to(tmp_path / "x")
    for _ in range(2):
        notes: list[tuple[str, bool]] = []
        lock = threading.Lock()

        def note(name: str, done: bool, notes: list[Any] = notes, lock: Any = lock) -> None:
            with lock:
                notes.append((name, done))

        documents, left_out = taken(dossier, tmp_path / "kept", 2, note=note)
        done = sorted(name for name, finished in notes if finished)
        assert done == sorted(o.name for o in (*documents, *left_out))
    first = [name for name, finished in notes if not finished]
    assert first == []  # nothing is read page by page the second time


def test_a_paper_gives_a_sign_of_life_while_it_is_read(tmp_path: Path) -> None:
    pages = pdf_of(*[[f"第{number}页的内容在这里。"] for number in range(4)])
    notes: list[tuple[str, bool]] = []
    taken(written(tmp_path, {"a.pdf": pages}), note=lambda name, done: notes.append((name, done)))
    assert notes[-1] == ("a.pdf", True)
    assert ("a.pdf 0/4", False) in notes


def test_without_libreoffice_the_reason_names_the_remedy(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(taking, "find_office", lambda: None)
    old = rb"{\rtf1\ansi Governance of data.\par}"
    dossier = written(tmp_path, {"旧.doc": old, "新.docx": word_of("# 总结", "一段。")})
    documents, left_out = taken(dossier)
    (refused,) = left_out
    assert (refused.name, refused.code) == ("旧.doc", "unsupported")
    assert "LibreOffice" in refused.reason and "install" in refused.hint
    (read,) = documents
    assert "一段。" in read.text and not read.pages
    assert any("LibreOffice" in w and "install" in w for w in read.warnings)


@needs_office
@pytest.mark.slow
def test_old_and_new_word_files_get_pages_by_conversion(tmp_path: Path, reads: list[str]) -> None:
    word = word_of("# 工作总结", "本市建成城市大脑，接入部门45个。")
    files = {"旧.doc": rb"{\rtf1\ansi Governance of data.\par}", "新.docx": word, "同.docx": word}
    documents, left_out = taken(written(tmp_path / "材料", files), tmp_path / "kept")
    assert not left_out
    for document in documents:
        assert document.paged_by == "conversion" and document.pages and document.layout
    assert sorted(reads) == ["同.docx", "同.docx", "旧.doc", "旧.doc"]  # the file, then its pages
    reads.clear()
    assert taken(tmp_path / "材料", tmp_path / "kept")[0] == documents and reads == []


def test_an_error_of_our_own_ends_the_intake_and_its_processes(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    closed: list[bool] = []
    close = ReadingPool.close
    monkeypatch.setattr(ReadingPool, "close", lambda self: (closed.append(True), close(self)))

    def broken(*_: Any) -> Document:
        raise ZeroDivisionError

    monkeypatch.setattr(taking, "describe", broken)
    with pytest.raises(ZeroDivisionError):
        taken(written(tmp_path, PLAIN), processes=2)
    assert closed


def test_an_empty_folder_and_an_empty_archive(tmp_path: Path) -> None:
    (tmp_path / "空").mkdir()
    assert taken(tmp_path / "空") == ((), ())
    (tmp_path / "空.zip").write_bytes(zip_of({}))
    documents, (refused,) = taken(tmp_path / "空.zip")
    assert documents == () and refused.name == "空.zip" and refused.hint


def test_an_empty_picture_is_refused_with_a_reason(tmp_path: Path) -> None:
    buffer = io.BytesIO()
    Image.new("L", (40, 40), 255).save(buffer, "PNG")
    _, (refused,) = taken(written(tmp_path, {"图.png": buffer.getvalue()}))
    assert refused.code in {"empty", "unsupported"} and refused.reason and refused.hint


def test_a_text_longer_than_any_paper_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(reading, "MAX_CHARACTERS", 20_000)
    assert reading.read_content("数据".encode() * 9_999, "a.txt").text
    with pytest.raises(BrokenDocumentError, match="2 万字") as caught:
        reading.read_content("数据".encode() * 10_001, "a.txt")
    assert caught.value.hint


def test_a_failure_of_a_library_is_one_short_line(monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(data: bytes, name: str) -> Content:
        raise RuntimeError("Traceback\n  File x\n" * 100)

    monkeypatch.setattr(reading, "READERS", {"txt": broken})
    with pytest.raises(BrokenDocumentError) as caught:
        reading.read_content(b"x", "a.txt")
    assert "RuntimeError" in caught.value.reason and len(caught.value.reason) < 250
    assert "\n" not in caught.value.reason


def test_an_engine_without_memory_is_a_matter_of_memory(monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(data: bytes, name: str) -> Content:
        raise RuntimeError("node failed: std::bad_alloc")

    monkeypatch.setattr(reading, "READERS", {"txt": broken})
    with pytest.raises(MemoryError):
        reading.read_content(b"x", "a.txt")


def test_an_error_names_each_of_two_files_with_the_same_content(tmp_path: Path) -> None:
    dossier = written(tmp_path, {"x.pdf": b"%PDF-1.7 no", "y.pdf": b"%PDF-1.7 no"})
    _, left_out = taken(dossier, processes=2)
    assert [o.name for o in left_out] == ["x.pdf", "y.pdf"]
    assert "x.pdf" not in left_out[1].reason

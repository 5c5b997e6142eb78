"""Archives: TAR, GZIP, 7Z and RAR, damage and missing programs."""

from __future__ import annotations

import gzip
import io
import shutil
import tarfile
import zipfile
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from auditor.core.errors import (
    BrokenDocumentError,
    DocumentError,
    EmptyDocumentError,
    UnsupportedFormatError,
)
from auditor.ingest import archive, archive_foreign, archive_limits
from auditor.ingest.archive import archive_kind, unpack
from tests.archives import (
    rar4_of,
    rar5_encrypted_file,
    rar5_file,
    rar5_link,
    rar5_of,
    seven_of,
)
from tests.unit.ingest.archive_samples import REPORT, needs_programs, opened, tar_of, zip_of


def test_a_zip_cut_short_is_broken_and_an_unknown_kind_unsupported() -> None:
    with pytest.raises(BrokenDocumentError, match=r"材料\.zip"):
        list(unpack(zip_of({"a": REPORT})[:40], "材料.zip", "zip"))
    with pytest.raises(UnsupportedFormatError, match="arj"):
        list(unpack(b"x", "a.arj", "arj"))


def test_an_archive_with_nothing_in_it_says_so() -> None:
    for data in (zip_of({}), zip_of({"__MACOSX/._a": b"x"}), tar_of({})):
        with pytest.raises(EmptyDocumentError, match="没有可用的文件"):
            list(unpack(data, "a", archive_kind(data) or "tar"))


def test_a_gzip_cut_within_its_header_is_broken() -> None:
    for length in range(18):
        with pytest.raises(BrokenDocumentError):
            list(unpack(gzip.compress(REPORT)[:length], "a.gz", "gz"))


def test_a_damaged_member_is_named_and_the_others_are_read() -> None:
    data = bytearray(zip_of({"坏.txt": REPORT, "好.txt": REPORT}, zipfile.ZIP_STORED))
    data[data.index(REPORT)] ^= 0xFF
    members, left_out = opened(bytes(data))
    assert list(members) == ["材料.zip!/好.txt"]
    assert left_out["材料.zip!/坏.txt"].code == "broken"


def test_tar_and_its_gzip_give_the_same_members() -> None:
    packed = tar_of({"材料/报告.txt": REPORT, "b.txt": b"2"})
    assert archive_kind(packed) == "tar"
    assert archive_kind(gzip.compress(packed)) == "gz"
    assert opened(packed, "a")[0] == opened(gzip.compress(packed), "a")[0]
    assert opened(packed, "a")[0] == {"a!/材料/报告.txt": REPORT, "a!/b.txt": b"2"}


def test_a_gzip_of_one_file_is_named_after_itself() -> None:
    assert opened(gzip.compress(REPORT), "x/报告.txt.gz")[0] == {"x/报告.txt.gz!/报告.txt": REPORT}


def test_links_in_a_tar_are_refused() -> None:
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w") as package:
        for name, form in (("s", tarfile.SYMTYPE), ("h", tarfile.LNKTYPE), ("f", tarfile.FIFOTYPE)):
            info = tarfile.TarInfo(name)
            info.type, info.linkname = form, "/etc/passwd"
            package.addfile(info)
    members, left_out = opened(buffer.getvalue())
    assert not members
    assert [item.code for item in left_out.values()] == ["link"] * 3


def test_a_tar_cut_short_gives_what_is_whole_and_names_the_rest() -> None:
    data = tar_of({"a.txt": b"1", "b.bin": bytes(range(256)) * 40})
    members, left_out = opened(data[: 512 * 2 + 512 + 3000])
    assert list(members) == ["材料.zip!/a.txt"]
    assert left_out["材料.zip!/b.bin"].code == "broken"


def test_a_gzip_bomb_ends_at_its_ratio() -> None:
    _, left_out = opened(gzip.compress(bytes(20_000_000)), "a.gz")
    assert [item.code for item in left_out.values()] == ["bomb"]


def test_skipping_a_huge_member_of_a_tar_ends(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("auditor.ingest.archive_tar.MAX_STREAM_BYTES", 150_000)
    monkeypatch.setattr(archive_limits, "MAX_MEMBER_BYTES", 10_000)
    members, left_out = opened(tar_of({"大.bin": bytes(200_000), "后.txt": b"1"}), "a.tar")
    assert not members
    assert left_out["a.tar!/大.bin"].code == "too_large"
    assert "其后未读" in left_out["a.tar"].reason


@needs_programs
@pytest.mark.parametrize("build", [rar4_of, seven_of])
def test_rar4_and_7z_give_their_members_by_name(build) -> None:  # type: ignore[no-untyped-def]
    data = build({"材料/报告.txt": REPORT, "b.txt": b"2" * 300})
    assert opened(data, "a")[0] == {"a!/材料/报告.txt": REPORT, "a!/b.txt": b"2" * 300}


@needs_programs
def test_rar5_gives_its_members_by_name_and_refuses_links() -> None:
    data = rar5_of(
        rar5_file("材料/报告.txt", REPORT), rar5_link("链", "/etc/passwd"), rar5_file("b", b"2")
    )
    members, left_out = opened(data, "a.rar")
    assert members == {"a.rar!/材料/报告.txt": REPORT, "a.rar!/b": b"2"}
    assert left_out["a.rar!/链"].code == "link"


@needs_programs
def test_a_rar_member_with_a_password_is_named_and_the_others_are_read() -> None:
    data = rar5_of(rar5_encrypted_file("密.txt", bytes(64)), rar5_file("明.txt", REPORT))
    members, left_out = opened(data, "a.rar")
    assert members == {"a.rar!/明.txt": REPORT}
    assert left_out["a.rar!/密.txt"].code == "encrypted"


@needs_programs
def test_a_7z_of_an_unknown_method_is_named_member_by_member() -> None:
    members, left_out = opened(seven_of({"a.txt": REPORT}, method=b"\x07\x7f"), "a.7z")
    assert not members
    assert left_out["a.7z!/a.txt"].code == "broken"


@needs_programs
def test_unsafe_names_in_a_rar_are_refused() -> None:
    data = rar5_of(rar5_file("../../逃.txt", b"x"), rar5_file("/etc/x", b"x"))
    members, left_out = opened(data, "a.rar")
    assert not members
    assert {item.code for item in left_out.values()} == {"unsafe_name"}


@needs_programs
@pytest.mark.parametrize(
    "data",
    [rar4_of({"a.txt": REPORT}, volume=True), rar5_of(rar5_file("a.txt", REPORT), volume=True)],
)
def test_one_volume_of_several_says_that_it_is_one(data: bytes) -> None:
    members, left_out = opened(data, "a.rar")
    assert members == {"a.rar!/a.txt": REPORT}
    assert "分卷" in left_out["a.rar"].reason


@needs_programs
def test_a_rar_inside_a_zip_is_read() -> None:
    data = zip_of({"里.rar": rar5_of(rar5_file("a.txt", REPORT))})
    assert opened(data)[0] == {"材料.zip!/里.rar!/a.txt": REPORT}


@needs_programs
def test_a_rar_or_7z_that_is_damaged_is_never_taken_for_whole() -> None:
    whole = rar5_of(rar5_file("a.txt", REPORT), rar5_file("b.bin", bytes(range(256)) * 100))
    members, left_out = opened(whole[:-9000], "a.rar")
    assert "a.rar!/b.bin" not in members
    assert left_out
    with pytest.raises(DocumentError):
        opened(seven_of({"a.txt": REPORT})[:-20], "a.7z")


@needs_programs
def test_without_the_second_program_what_is_missing_is_said(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    which = shutil.which
    monkeypatch.setattr(
        archive_foreign.shutil, "which", lambda p: None if p in {"unar", "lsar"} else which(p)
    )
    _, left_out = opened(seven_of({"a.txt": REPORT}, method=b"\x07\x7f"), "a.7z")
    assert "其余成员未读" in left_out["a.7z"].reason
    assert "install-system.sh" in left_out["a.7z"].hint
    with pytest.raises(UnsupportedFormatError):
        opened(rar5_of(rar5_file("a", b"1")), "a.rar")


def test_without_any_program_the_remedy_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(archive_foreign.shutil, "which", lambda program: None)
    with pytest.raises(UnsupportedFormatError, match="RAR") as caught:
        opened(rar5_of(rar5_file("a", b"1")), "a.rar")
    assert "scripts/install-system.sh" in caught.value.hint


@settings(max_examples=60, deadline=None)
@given(st.data())
def test_a_zip_with_any_byte_changed_never_raises_anything_else(data: st.DataObject) -> None:
    whole = bytearray(zip_of({"材料/报告.txt": REPORT * 5, "b.zip": zip_of({"c": b"1"})}))
    for _ in range(data.draw(st.integers(1, 6))):
        place = data.draw(st.integers(0, len(whole) - 1))
        whole[place] = data.draw(st.integers(0, 255))
    try:
        items = list(unpack(bytes(whole), "a.zip", "zip"))
    except DocumentError:
        return
    assert all(item.name.startswith("a.zip") for item in items)


def test_nothing_is_written_outside_of_the_private_folder(tmp_path: Path) -> None:
    before = sorted(Path.cwd().iterdir())
    opened(zip_of({"a/b.txt": b"1"}), str(tmp_path / "x.zip"))
    assert sorted(Path.cwd().iterdir()) == before
    assert not list(tmp_path.iterdir())
    assert archive.INSIDE == "!/"

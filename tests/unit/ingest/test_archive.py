"""Archives: every member comes out or is named with a reason; no bound is ever passed."""

from __future__ import annotations

import gzip
import io
import shutil
import stat
import struct
import tarfile
import zipfile
import zlib
from collections.abc import Mapping
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from auditor.core.documents import LeftOut
from auditor.core.errors import (
    BrokenDocumentError,
    DocumentError,
    EmptyDocumentError,
    UnsupportedFormatError,
)
from auditor.ingest import archive, archive_foreign, archive_limits
from auditor.ingest.archive import Member, archive_kind, unpack
from auditor.ingest.archive_names import decode_name, safe_path, unique_name
from tests.archives import (
    rar4_of,
    rar5_encrypted_file,
    rar5_file,
    rar5_link,
    rar5_of,
    seven_of,
)

REPORT = "城市全域数字化转型工作报告".encode()
PROGRAMS = ("bsdtar", "lsar", "unar")
needs_programs = pytest.mark.skipif(
    not all(shutil.which(program) for program in PROGRAMS),
    reason="the programs of scripts/install-system.sh are not here",
)


def zip_of(files: Mapping[str, bytes], method: int = zipfile.ZIP_DEFLATED) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", method) as package:
        for name, data in files.items():
            package.writestr(name, data)
    return buffer.getvalue()


def zip_with_raw_name(raw: bytes, data: bytes, *, flags: int = 0, extra: bytes = b"") -> bytes:
    """A ZIP whose one name is exactly these bytes."""
    crc, size = zlib.crc32(data), len(data)
    core = struct.pack("<HHHHHIIIHH", 20, flags, 0, 0, 0, crc, size, size, len(raw), len(extra))
    local = b"PK\x03\x04" + core + raw + extra + data
    tail = struct.pack("<HHHII", 0, 0, 0, 0, 0)
    central = b"PK\x01\x02" + struct.pack("<H", 20) + core + tail + raw + extra
    end = struct.pack("<HHHHIIH", 0, 0, 1, 1, len(central), len(local), 0)
    return local + central + b"PK\x05\x06" + end


def tar_of(files: Mapping[str, bytes]) -> bytes:
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w") as package:
        for name, data in files.items():
            info = tarfile.TarInfo(name)
            info.size = len(data)
            package.addfile(info, io.BytesIO(data))
    return buffer.getvalue()


def opened(data: bytes, name: str = "材料.zip") -> tuple[dict[str, bytes], dict[str, LeftOut]]:
    kind = archive_kind(data)
    assert kind is not None
    members, left_out = {}, {}
    for item in unpack(data, name, kind):
        if isinstance(item, Member):
            assert item.name not in members
            members[item.name] = item.data
        else:
            left_out[item.name] = item
    return members, left_out


def test_members_of_a_zip_are_named_after_the_archive() -> None:
    members, left_out = opened(zip_of({"材料/报告.txt": REPORT, "空.txt": b""}))
    assert members == {"材料.zip!/材料/报告.txt": REPORT, "材料.zip!/空.txt": b""}
    assert not left_out


@pytest.mark.parametrize("data", [zip_of({"a": b"1"}, zipfile.ZIP_STORED), zip_of({"a": b"1"})])
def test_stored_and_deflated_members_are_read(data: bytes) -> None:
    assert opened(data)[0] == {"材料.zip!/a": b"1"}


def test_names_in_gbk_are_read_in_their_characters() -> None:
    data = zip_with_raw_name("青岛市/政务数据条例.docx".encode("gbk"), REPORT)
    assert list(opened(data)[0]) == ["材料.zip!/青岛市/政务数据条例.docx"]


def test_names_in_utf8_without_the_flag_are_read_in_their_characters() -> None:
    data = zip_with_raw_name("联通/数据.txt".encode(), REPORT)
    assert list(opened(data)[0]) == ["材料.zip!/联通/数据.txt"]


def test_the_unicode_path_field_wins_over_the_stored_name() -> None:
    raw, right = b"???.txt", "报告.txt".encode()
    body = b"\x01" + struct.pack("<I", zlib.crc32(raw)) + right
    extra = struct.pack("<HH", 0x7075, len(body)) + body
    assert list(opened(zip_with_raw_name(raw, REPORT, extra=extra))[0]) == ["材料.zip!/报告.txt"]


def test_a_unicode_path_field_of_another_name_is_not_believed() -> None:
    body = b"\x01" + struct.pack("<I", 7) + b"other.txt"
    extra = struct.pack("<HH", 0x7075, len(body)) + body
    assert list(opened(zip_with_raw_name(b"a.txt", b"1", extra=extra))[0]) == ["材料.zip!/a.txt"]


@pytest.mark.parametrize(
    ("raw", "text"),
    [
        ("模.doc".encode("gbk"), "模.doc"),
        ("Übersicht.pdf".encode("cp437"), "Übersicht.pdf"),
        ("Résumé.pdf".encode("cp437"), "Résumé.pdf"),
        ("отчёт.pdf".encode(), "отчёт.pdf"),
        (b"\xb0\x82\xb1\xff.pdf", "成员0003.pdf"),
    ],
)
def test_names_without_a_stated_encoding_never_become_mojibake(raw: bytes, text: str) -> None:
    assert decode_name(raw, 3) == text


@given(st.text(alphabet="的一是在不了有和人这中大为上个国我以要他数字化转型城市", min_size=2))
def test_a_name_of_common_characters_in_gbk_comes_back(name: str) -> None:
    assert decode_name(name.encode("gbk"), 1) == name


@pytest.mark.parametrize(
    "name",
    ["../逃.txt", "/etc/passwd", "a/../../b", "C:\\x.txt", "..\\x", "\\\\host\\x", ".", "x" * 2000],
)
def test_unsafe_names_are_refused(name: str) -> None:
    data = zip_with_raw_name(name.encode(), b"x")
    members, left_out = opened(data)
    assert not members
    assert [item.code for item in left_out.values()] == ["unsafe_name"]


@given(st.text())
def test_a_safe_path_never_leaves_its_folder(name: str) -> None:
    path = safe_path(name)
    if path is not None:
        assert not path.startswith("/")
        assert not {"", ".", ".."} & set(path.split("/"))


def test_links_and_devices_in_a_zip_are_refused() -> None:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as package:
        for name, form in (("link", stat.S_IFLNK), ("device", stat.S_IFCHR)):
            info = zipfile.ZipInfo(name)
            info.create_system = 3
            info.external_attr = (form | 0o777) << 16
            package.writestr(info, "/etc/passwd")
    members, left_out = opened(buffer.getvalue())
    assert not members
    assert [item.code for item in left_out.values()] == ["link", "link"]


def test_a_member_with_a_password_is_named_and_the_others_are_read() -> None:
    data = bytearray(zip_of({"密.txt": b"secret", "明.txt": REPORT}))
    first_central = data.index(b"PK\x01\x02")
    data[6] |= 1
    data[first_central + 8] |= 1
    members, left_out = opened(bytes(data))
    assert members == {"材料.zip!/明.txt": REPORT}
    assert left_out["材料.zip!/密.txt"].code == "encrypted"
    assert "有密码" in left_out["材料.zip!/密.txt"].reason


def test_two_members_of_one_name_are_both_kept() -> None:
    with pytest.warns(UserWarning, match="Duplicate name"):
        buffer = io.BytesIO()
        with zipfile.ZipFile(buffer, "w") as package:
            package.writestr("a/报告.txt", b"1")
            package.writestr("a/报告.txt", b"2")
    members, _ = opened(buffer.getvalue())
    assert members == {"材料.zip!/a/报告.txt": b"1", "材料.zip!/a/报告 (2).txt": b"2"}


def test_a_third_name_of_the_same_kind_is_counted_on() -> None:
    assert unique_name("a.txt", {"a.txt", "a (2).txt"}) == "a (3).txt"


def test_litter_of_systems_is_passed_over() -> None:
    litter = ["__MACOSX/._a.txt", ".DS_Store", "x/Thumbs.db", "x/desktop.ini", "~$报告.docx"]
    members, left_out = opened(zip_of({**dict.fromkeys(litter, b"x"), "a.txt": b"1"}))
    assert list(members) == ["材料.zip!/a.txt"]
    assert not left_out


def test_a_member_of_many_zeros_is_refused_by_its_ratio() -> None:
    members, left_out = opened(zip_of({"炸.txt": bytes(8_000_000), "报告.txt": REPORT}))
    assert "材料.zip!/炸.txt" not in members
    assert left_out["材料.zip!/炸.txt"].code == "bomb"


def test_a_small_member_may_be_packed_tightly() -> None:
    assert len(opened(zip_of({"a.txt": bytes(1_000_000)}))[0]) == 1


def test_a_false_size_does_not_pass_a_bound() -> None:
    data = bytearray(zip_of({"a.txt": bytes(3_000_000)}))
    central = data.index(b"PK\x01\x02")
    data[central + 24 : central + 28] = struct.pack("<I", 10)
    members, left_out = opened(bytes(data))
    assert not members
    assert left_out["材料.zip!/a.txt"].code == "broken"


def test_members_larger_than_the_bound_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(archive_limits, "MAX_MEMBER_BYTES", 100)
    members, left_out = opened(zip_of({"a.txt": b"x" * 101, "b.txt": b"x" * 100}))
    assert list(members) == ["材料.zip!/b.txt"]
    assert left_out["材料.zip!/a.txt"].code == "too_large"


def test_the_total_ends_the_archive_and_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(archive_limits, "MAX_TOTAL_BYTES", 100)
    members, left_out = opened(zip_of({name: b"x" * 60 for name in "abc"}))
    assert list(members) == ["材料.zip!/a"]
    assert list(left_out) == ["材料.zip!/b"]
    assert "其后未读" in left_out["材料.zip!/b"].reason


def test_more_members_than_the_bound_end_the_archive(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(archive_limits, "MAX_MEMBERS", 2)
    members, left_out = opened(zip_of(dict.fromkeys("abcd", b"x")))
    assert list(members) == ["材料.zip!/a", "材料.zip!/b"]
    assert [item.code for item in left_out.values()] == ["too_large"]


def test_members_that_share_their_data_are_refused() -> None:
    body = zip_with_raw_name(b"a", b"x" * 50)
    local, rest = body[: body.index(b"PK\x01\x02")], body[body.index(b"PK\x01\x02") :]
    central = rest[: rest.index(b"PK\x05\x06")]
    end = struct.pack("<HHHHIIH", 0, 0, 2, 2, 2 * len(central), len(local), 0)
    members, left_out = opened(local + central * 2 + b"PK\x05\x06" + end)
    assert not members
    assert [item.code for item in left_out.values()] == ["bomb"]


def test_methods_that_unfold_without_bound_are_refused() -> None:
    _, left_out = opened(zip_of({"a": b"x"}, zipfile.ZIP_BZIP2))
    assert left_out["材料.zip!/a"].code == "unsupported"


def test_a_zip_inside_a_zip_is_read_once() -> None:
    inner = zip_of({"内.txt": REPORT})
    members, left_out = opened(zip_of({"里.zip": inner}))
    assert members == {"材料.zip!/里.zip!/内.txt": REPORT}
    deeper = zip_of({"外.zip": zip_of({"里.zip": inner}), "旁.txt": b"1"})
    members, left_out = opened(deeper)
    assert list(members) == ["材料.zip!/旁.txt"]
    assert left_out["材料.zip!/外.zip!/里.zip"].code == "nested"


def test_a_broken_archive_inside_one_is_named_and_the_rest_is_read() -> None:
    members, left_out = opened(zip_of({"坏.zip": b"PK\x03\x04 broken", "a.txt": b"1"}))
    assert list(members) == ["材料.zip!/a.txt"]
    assert left_out["材料.zip!/坏.zip"].code == "broken"


def test_packages_of_office_programs_are_no_archives() -> None:
    docx = zip_of({"[Content_Types].xml": b"<x/>", "word/document.xml": b"<x/>"})
    assert archive_kind(docx) is None
    assert archive_kind(zip_of({"OFD.xml": b"<x/>"})) is None
    assert archive_kind(b"%PDF-1.7 and more") is None
    assert opened(zip_of({"a.docx": docx}))[0] == {"材料.zip!/a.docx": docx}


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

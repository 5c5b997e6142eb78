"""Archives: names, members and bounds of ZIP."""

from __future__ import annotations

import io
import stat
import struct
import zipfile
import zlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from auditor.ingest import archive_limits
from auditor.ingest.archive import archive_kind
from auditor.ingest.archive_names import decode_name, safe_path, unique_name
from tests.unit.ingest.archive_samples import REPORT, opened, zip_of, zip_with_raw_name


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

"""Packages: damaged, lying, oversized or declaring ones are refused, with the member's name."""

from __future__ import annotations

import io
import struct
import zipfile

import pytest

from auditor.core.errors import BrokenDocumentError
from auditor.ingest.package import MAX_PROLOG_BYTES, check_package, check_prolog, parse_part

PLAIN = b'<?xml version="1.0" encoding="UTF-8"?>\n<a>text</a>'
DOCTYPE = '<?xml version="1.0"?><!DOCTYPE a [<!ENTITY x "boom">]><a>&x;</a>'


def packed(parts: dict[str, bytes]) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as package:
        for name, data in parts.items():
            package.writestr(name, data)
    return buffer.getvalue()


def test_a_plain_package_passes() -> None:
    check_package(packed({"a.xml": PLAIN, "b/c.rels": PLAIN, "media/x.png": b"\x89PNG"}), "a.docx")


@pytest.mark.parametrize("name", ["a.xml", "x/_rels/b.rels", "odd.bin"])
@pytest.mark.parametrize(
    "encoded",
    [
        DOCTYPE.encode(),
        b"\xef\xbb\xbf" + DOCTYPE.encode(),
        DOCTYPE.encode("utf-16"),
        DOCTYPE.encode("utf-16-be"),
        DOCTYPE.encode("utf-16-le"),
        DOCTYPE.encode("utf-32"),
        (" " * 9000 + DOCTYPE[21:]).encode(),
        ("<!--" + "x" * 20_000 + "-->" + DOCTYPE[21:]).encode(),
        b"<?xml version='1.0' encoding='UTF-7'?>+ADwAIQ-DOCTYPE a+AD4-<a/>",
        DOCTYPE.encode("cp037"),
    ],
)
def test_a_doctype_is_refused_wherever_it_hides(name: str, encoded: bytes) -> None:
    with pytest.raises(BrokenDocumentError) as caught:
        check_package(packed({name: encoded}), "甲.docx")
    assert "甲.docx" in str(caught.value) and name in str(caught.value) and caught.value.hint


def test_a_prolog_without_end_is_refused() -> None:
    with pytest.raises(BrokenDocumentError, match="没有根元素"):
        check_prolog(b"<!--" + b"x" * MAX_PROLOG_BYTES, "a.xml", "甲.docx")


def test_text_and_pictures_that_speak_of_a_doctype_pass() -> None:
    quoted = b"<a><![CDATA[<!DOCTYPE html>]]></a>"
    drawn = b'<!DOCTYPE svg PUBLIC "x" "y"><svg/>'
    check_package(packed({"a.xml": quoted, "media/x.svg": drawn}), "a.docx")


@pytest.mark.parametrize("member", ["../a.xml", "/etc/a.xml", "x/../../a.xml", "C:/a.xml"])
def test_names_that_lead_out_of_the_package_are_refused(member: str) -> None:
    with pytest.raises(BrokenDocumentError, match="路径不安全"):
        check_package(packed({member: PLAIN}), "甲.docx")


def test_a_bomb_is_refused_before_it_is_unpacked() -> None:
    with pytest.raises(BrokenDocumentError, match="过大"):
        check_package(packed({"a.xml": b" " * 40_000_000}), "甲.docx")


def test_a_member_that_lies_about_its_size_is_refused() -> None:
    honest = packed({"a.xml": b"<a>" + b"x" * 5000 + b"</a>"})
    size = struct.pack("<L", 5007)
    assert honest.count(size) == 2
    with pytest.raises(BrokenDocumentError, match="已损坏"):
        check_package(honest.replace(size, struct.pack("<L", 7)), "甲.docx")


@pytest.mark.parametrize("damage", [b"PK\x03\x04 no zip", packed({"a.xml": PLAIN})[:-30], b""])
def test_a_damaged_package_is_named(damage: bytes) -> None:
    with pytest.raises(BrokenDocumentError, match=r"甲\.docx"):
        check_package(damage, "甲.docx")


def test_an_encrypted_package_says_so() -> None:
    data = bytearray(packed({"a.xml": PLAIN}))
    data[data.index(b"PK\x01\x02") + 8] |= 1
    with pytest.raises(BrokenDocumentError, match="encrypted"):
        check_package(bytes(data), "甲.docx")


def test_a_part_is_parsed_without_entities() -> None:
    assert parse_part(PLAIN, "a.xml", "甲.ofd").text == "text"
    with pytest.raises(BrokenDocumentError, match="DOCTYPE"):
        parse_part(DOCTYPE.encode(), "a.xml", "甲.ofd")
    with pytest.raises(BrokenDocumentError, match="不是有效的 XML"):
        parse_part(b"<a><b></a>", "a.xml", "甲.ofd")
    with pytest.raises(BrokenDocumentError, match="不是有效的 XML"):
        parse_part(b"<a>" * 5000 + b"</a>" * 5000, "a.xml", "甲.ofd")

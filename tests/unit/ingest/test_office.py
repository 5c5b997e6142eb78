"""LibreOffice as a converter: a bad file costs only itself, and nothing gets out or in."""

from __future__ import annotations

import io
import re
import struct
import threading
import zipfile
from concurrent.futures import ThreadPoolExecutor
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path

import docx
import pytest
from pypdf import PdfReader

from auditor.core.errors import BrokenDocumentError, DocumentError, UnsupportedFormatError
from auditor.ingest import foreign, office
from auditor.ingest.office import convert, find_office
from auditor.ingest.office_kinds import OLE_MARK, is_locked, office_suffix

needs_office = pytest.mark.skipif(find_office() is None, reason="LibreOffice is not here")
RTF = rb"{\rtf1\ansi\deff0 {\fonttbl {\f0 Times;}} Governance of data %d.\par}"


def docx_of(*paragraphs: str) -> bytes:
    document = docx.Document()
    for paragraph in paragraphs:
        document.add_paragraph(paragraph)
    buffer = io.BytesIO()
    document.save(buffer)
    return buffer.getvalue()


def odt_with_pictures(*addresses: str) -> bytes:
    """An ODT whose pictures lie elsewhere; LibreOffice as installed fetches and prints them."""
    spaces = {
        "office": "urn:oasis:names:tc:opendocument:xmlns:office:1.0",
        "text": "urn:oasis:names:tc:opendocument:xmlns:text:1.0",
        "draw": "urn:oasis:names:tc:opendocument:xmlns:drawing:1.0",
        "svg": "urn:oasis:names:tc:opendocument:xmlns:svg-compatible:1.0",
        "xlink": "http://www.w3.org/1999/xlink",
    }
    pictures = "".join(
        '<text:p><draw:frame text:anchor-type="as-char" svg:width="5cm" svg:height="5cm">'
        f'<draw:image xlink:href="{address}" xlink:type="simple"/></draw:frame></text:p>'
        for address in addresses
    )
    declared = " ".join(f'xmlns:{prefix}="{space}"' for prefix, space in spaces.items())
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as package:
        package.writestr("mimetype", "application/vnd.oasis.opendocument.text")
        space = "urn:oasis:names:tc:opendocument:xmlns:manifest:1.0"
        entries = "".join(
            f'<m:file-entry m:full-path="{path}" m:media-type="{kind}"/>'
            for path, kind in (
                ("/", "application/vnd.oasis.opendocument.text"),
                ("content.xml", "text/xml"),
            )
        )
        package.writestr(
            "META-INF/manifest.xml", f'<m:manifest xmlns:m="{space}">{entries}</m:manifest>'
        )
        package.writestr(
            "content.xml",
            f'<office:document-content {declared} office:version="1.2"><office:body><office:text>'
            f"<text:p>FRONT</text:p>{pictures}</office:text></office:body>"
            "</office:document-content>",
        )
    return buffer.getvalue()


def text_of(pdf: bytes | DocumentError) -> str:
    assert isinstance(pdf, bytes)
    return "".join(page.extract_text() for page in PdfReader(io.BytesIO(pdf)).pages)


def ole_with(*streams: str) -> bytes:
    return OLE_MARK + bytes(504) + b"".join((s + "\0").encode("utf-16-le") for s in streams)


@pytest.mark.parametrize(
    ("data", "name", "suffix"),
    [
        (ole_with("WordDocument"), "报告.wps", ".doc"),
        (ole_with("WordDocument"), "报告.docx", ".doc"),
        (ole_with("Workbook"), "表.et", ".xls"),
        (ole_with("PowerPoint Document"), "讲.dps", ".ppt"),
        (ole_with("WordDocument", "Workbook"), "表.xls", ".xls"),
        (ole_with("WordDocument", "Workbook"), "报告.doc", ".doc"),
        (docx_of("x"), "报告.doc", ".docx"),
        (RTF, "报告.doc", ".rtf"),
        (b'<?xml version="1.0"?><?mso-application progid="Word.Document"?>', "a.doc", ".xml"),
        (b"%PDF-1.7", "a.doc", None),
        (ole_with("Else"), "a.doc", None),
        (b"PK\x03\x04 broken", "a.docx", None),
    ],
)
def test_the_content_tells_the_program(data: bytes, name: str, suffix: str | None) -> None:
    assert office_suffix(data, name) == suffix


def test_a_document_behind_a_password_says_so() -> None:
    data = ole_with("EncryptedPackage", "EncryptionInfo")
    assert is_locked(data)
    error = convert({"密.docx": data}, "pdf")["密.docx"]
    assert isinstance(error, BrokenDocumentError)
    assert "有密码" in error.reason


@needs_office
def test_an_old_word_file_with_a_password_says_so() -> None:
    made = convert({"a.rtf": RTF % 1}, "doc")["a.rtf"]
    assert isinstance(made, bytes)
    assert office_suffix(made, "a.doc") == ".doc"
    assert not is_locked(made)
    locked = bytearray(made)
    locked[made.index(b"\xec\xa5") + 11] |= 1
    assert is_locked(bytes(locked))


def test_without_the_program_the_remedy_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(office, "find_office", lambda: None)
    error = convert({"a.rtf": RTF}, "pdf")["a.rtf"]
    assert isinstance(error, UnsupportedFormatError)
    assert "scripts/install-system.sh" in error.hint


def test_what_is_no_office_file_is_not_converted() -> None:
    assert isinstance(convert({"a.doc": b"%PDF-1.7"}, "pdf")["a.doc"], UnsupportedFormatError)


def test_files_are_shared_out_to_calls(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(office, "BATCH_FILES", 2)
    monkeypatch.setattr(office, "BATCH_BYTES", 100)
    sizes = {"a": 10, "b": 10, "c": 90, "d": 20, "e": 500, "f": 1}
    batches = office._batches({name: bytes(size) for name, size in sizes.items()})
    assert batches == [["a", "b"], ["c"], ["d"], ["e"], ["f"]]


@needs_office
def test_files_become_pdf_in_one_call_under_their_own_names() -> None:
    names = ["../逃.docx", "-o x.rtf", "空 格.docx"]
    made = convert(
        {names[0]: docx_of("政务数据共享"), names[1]: RTF % 7, names[2]: docx_of("一网通办")}, "pdf"
    )
    assert list(made) == names
    assert "政务数据共享" in text_of(made[names[0]])
    assert "Governance of data 7" in text_of(made[names[1]])
    assert "一网通办" in text_of(made[names[2]])


@needs_office
def test_rtf_becomes_docx() -> None:
    made = convert({"a.rtf": RTF % 1}, "docx")["a.rtf"]
    assert isinstance(made, bytes)
    assert docx.Document(io.BytesIO(made)).paragraphs[0].text.strip() == "Governance of data 1."


@needs_office
def test_a_file_that_cannot_be_opened_is_named_and_the_others_are_converted() -> None:
    broken = bytearray(ole_with("WordDocument"))
    made = convert({"坏.doc": bytes(broken), "好.rtf": RTF % 2}, "pdf")
    error = made["坏.doc"]
    assert isinstance(error, BrokenDocumentError)
    assert error.name == "坏.doc"
    assert "Governance of data 2" in text_of(made["好.rtf"])


@needs_office
def test_files_are_tried_alone_after_a_call_that_died(monkeypatch: pytest.MonkeyPatch) -> None:
    calls: list[int] = []
    run = office._Call._run

    def dying(call: office._Call, work: Path, names: list[str]) -> None:
        calls.append(len(names))
        if len(names) == 1:
            run(call, work, names)

    monkeypatch.setattr(office._Call, "_run", dying)
    made = convert({"a.rtf": RTF % 1, "b.rtf": RTF % 2}, "pdf")
    assert calls == [2, 1, 1]
    assert "data 1" in text_of(made["a.rtf"])
    assert "data 2" in text_of(made["b.rtf"])


@needs_office
def test_a_file_that_takes_too_long_says_so() -> None:
    error = convert({"a.rtf": RTF}, "pdf", timeout_s=0.05)["a.rtf"]
    assert isinstance(error, BrokenDocumentError)
    assert "超时" in error.reason


@needs_office
def test_calls_at_the_same_time_do_not_disturb_each_other() -> None:
    with ThreadPoolExecutor(3) as pool:
        made = list(pool.map(lambda n: convert({"a.rtf": RTF % n}, "pdf")["a.rtf"], range(3)))
    assert [f"data {n}" in text_of(pdf) for n, pdf in enumerate(made)] == [True] * 3


@needs_office
@pytest.mark.parametrize("confined", [True, False])
def test_linked_files_and_addresses_are_not_fetched(
    confined: bool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    if not confined:
        monkeypatch.setattr(foreign, "_bubblewrap", tuple)
        monkeypatch.setattr(foreign, "netless_command", tuple)
    asked: list[str] = []

    class Server(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            asked.append(self.path)
            self.send_error(404)

        do_HEAD = do_OPTIONS = do_PROPFIND = do_GET  # noqa: N815

        def log_message(self, *arguments: object) -> None:
            return

    server = HTTPServer(("127.0.0.1", 0), Server)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    secret = tmp_path / "secret.png"
    pytest.importorskip("PIL.Image").new("RGB", (321, 123), (255, 0, 0)).save(secret)
    data = odt_with_pictures(f"http://127.0.0.1:{server.server_port}/x.png", secret.as_uri())
    made = convert({"a.odt": data}, "pdf")["a.odt"]
    server.shutdown()
    server.server_close()
    assert "FRONT" in text_of(made)
    assert isinstance(made, bytes)
    assert not [image for page in PdfReader(io.BytesIO(made)).pages for image in page.images]
    assert asked == []


@needs_office
def test_pictures_are_not_packed_anew() -> None:
    pillow = pytest.importorskip("PIL.Image")
    picture = io.BytesIO()
    pillow.effect_noise((900, 900), 60).convert("RGB").save(picture, "JPEG", quality=70)
    document = docx.Document()
    document.add_picture(io.BytesIO(picture.getvalue()), width=docx.shared.Cm(5))
    buffer = io.BytesIO()
    document.save(buffer)
    made = convert({"a.docx": buffer.getvalue()}, "pdf")["a.docx"]
    assert isinstance(made, bytes)
    images = [image.data for page in PdfReader(io.BytesIO(made)).pages for image in page.images]
    assert [pillow.open(io.BytesIO(image)).size for image in images] == [(900, 900)]
    assert b"/StructTreeRoot" not in made


@needs_office
@pytest.mark.shared
def test_real_old_word_files_become_pdf(shared: Path) -> None:
    files = sorted((shared / "real" / "formats").glob("*.doc"))
    made = convert({path.name: path.read_bytes() for path in files}, "pdf")
    assert len(made) == 5
    for name, pdf in made.items():
        city = re.sub(r"^\d+_|文明.*$", "", name)
        assert city[:2] in text_of(pdf).replace(" ", "")


def test_ole_marks_are_eight_bytes() -> None:
    assert struct.unpack("<Q", OLE_MARK) == (0xE11AB1A1E011CFD0,)

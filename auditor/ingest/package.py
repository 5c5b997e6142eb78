"""Packages (zip files of XML parts: DOCX, XLSX, PPTX, OFD): checked before any reader opens them.

A hostile package unpacks to gigabytes, lies about its sizes, points outside itself or declares
entities that make text vanish or explode. Such packages are refused as a whole.
"""

from __future__ import annotations

import codecs
import io
import re
import zipfile
import zlib
from collections.abc import Iterator, Sequence

from lxml import etree

from auditor.core.errors import BrokenDocumentError

MAX_PART_BYTES = 100 * 1024 * 1024
MAX_TOTAL_BYTES = 400 * 1024 * 1024
MAX_XML_BYTES = 50 * 1024 * 1024
MAX_RATIO = 250
RATIO_FROM_BYTES = 8 * 1024 * 1024
MAX_MEMBERS = 20_000
MAX_PROLOG_BYTES = 64 * 1024
XML_SUFFIXES = (".xml", ".rels", ".vml")
FREE_SUFFIXES = (".svg", ".htm", ".html", ".xhtml", ".mht")
DECLARED = re.compile(r"<!\s*(?:DOCTYPE|ENTITY)", re.I)
ROOT = re.compile(r"<[^\s!?/<>]")
ENCODING = re.compile(rb"^\s*<\?xml[^>]{0,200}?encoding\s*=\s*[\"']([\w.:-]{1,40})")
READABLE = ("utf", "ascii", "us-ascii", "gb", "iso-8859", "windows-125", "big5", "latin")
WIDE_MARKS = (
    (codecs.BOM_UTF32_LE, "utf-32-le"),
    (codecs.BOM_UTF32_BE, "utf-32-be"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
    (b"<\0\0\0", "utf-32-le"),
    (b"\0\0\0<", "utf-32-be"),
    (b"<\0", "utf-16-le"),
    (b"\0<", "utf-16-be"),
)
EBCDIC = b"\x4c\x6f\xa7\x94"
SAVE_AGAIN = "请用原软件另存后重新提交 (save it again and resubmit)."


def check_package(data: bytes, name: str) -> None:
    """Refuse packages that are damaged, encrypted, too large or hostile.

    Looks at every member: its name (absolute, ``..``), its size and compression ratio, whether it
    really unpacks to what it says (checksum), and its prolog if it is XML (DOCTYPE, ENTITY, in
    any encoding).

    Raises:
        BrokenDocumentError: what is wrong, with the member's name.
    """
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as package:
            parts = package.infolist()
            check_names(parts, name)
            check_sizes(parts, name)
            for part in parts:
                _check_part(package, part, name)
    except (zipfile.BadZipFile, zlib.error, RuntimeError, OSError, EOFError) as error:
        raise _refused(name, f"文件包已损坏，无法打开 (not a readable package: {error})") from error
    except (NotImplementedError, ValueError) as error:
        raise _refused(name, f"文件包的压缩方式无法读取 ({error})") from error


def check_names(parts: Sequence[zipfile.ZipInfo], name: str) -> None:
    """Refuse too many members, encrypted ones, and names that lead out of the package."""
    if len(parts) > MAX_MEMBERS:
        raise _refused(name, f"文件包含 {len(parts)} 个成员，超过上限 {MAX_MEMBERS}")
    for part in parts:
        path = part.filename.replace("\\", "/")
        if path.startswith("/") or ".." in path.split("/") or path[1:2] == ":":
            raise _refused(name, f"文件包内的路径不安全：{path[:80]} (unsafe member name)")
        if part.flag_bits & 1:
            raise _refused(name, "文件包已加密 (encrypted)")


def check_sizes(parts: Sequence[zipfile.ZipInfo], name: str) -> None:
    """Refuse members, or sums of members, that unpack to more than allowed."""
    if sum(part.file_size for part in parts) > MAX_TOTAL_BYTES:
        raise _refused(name, "文件包解压后过大 (the package unpacks to more than allowed)")
    for part in parts:
        squeezed = part.file_size / max(part.compress_size, 1)
        if part.file_size > MAX_PART_BYTES or (
            part.file_size > RATIO_FROM_BYTES and squeezed > MAX_RATIO
        ):
            raise _refused(
                name, f"{part.filename[:80]} 解压后过大 (the package unpacks to more than allowed)"
            )


def _check_part(package: zipfile.ZipFile, part: zipfile.ZipInfo, name: str) -> None:
    """Unpack one member in slices: its prolog is looked at, its checksum proves its size."""
    with package.open(part) as stream:
        head = stream.read(MAX_PROLOG_BYTES)
        check_prolog(head, part.filename, name)
        while stream.read(1 << 20):
            pass


def check_prolog(head: bytes, part: str, name: str) -> None:
    """Refuse an XML part that declares a DOCTYPE or an entity, or hides its prolog.

    ``head`` holds the part's first 64 KB; what stands before the root element is looked at.
    """
    suffix = part.lower()
    is_xml = suffix.endswith(XML_SUFFIXES)
    if suffix.endswith(FREE_SUFFIXES):
        return
    if head.startswith(EBCDIC):
        raise _refused(name, f"{part[:80]} 的编码无法读取 (unknown encoding)")
    text = _prolog_text(head, part, name)
    if not text.startswith("<"):
        return
    root = ROOT.search(text)
    if root is None and len(head) >= MAX_PROLOG_BYTES and is_xml:
        raise _refused(name, f"{part[:80]} 没有根元素 (no root element)")
    if DECLARED.search(text, 0, root.start() if root else len(text)):
        raise _refused(name, f"{part[:80]} 含有 DOCTYPE 声明 (declares a DOCTYPE)")


def _prolog_text(head: bytes, part: str, name: str) -> str:
    """Decode a prolog for looking at its markup, which is ASCII in every allowed encoding."""
    for mark, encoding in WIDE_MARKS:
        if head.startswith(mark):
            return head.decode(encoding, errors="replace").lstrip("\ufeff \t\r\n")
    head = head.removeprefix(codecs.BOM_UTF8)
    declared = ENCODING.match(head)
    if declared is not None:
        encoding = declared.group(1).decode("ascii").lower()
        if not encoding.startswith(READABLE) or encoding.startswith("utf-7"):
            raise _refused(name, f"{part[:80]} 的编码无法读取 (unknown encoding {encoding})")
    return head.decode("latin-1").lstrip()


def parse_part(data: bytes, part: str, name: str) -> etree._Element:
    """Parse one XML part without entities, network or huge trees.

    Raises:
        BrokenDocumentError: the part is not well-formed XML, or declares a DOCTYPE.
    """
    if len(data) > MAX_XML_BYTES:
        raise _refused(name, f"{part[:80]} 过大，无法解析 (too large)")
    check_prolog(data[:MAX_PROLOG_BYTES], part, name)
    parser = etree.XMLParser(
        resolve_entities=False, no_network=True, huge_tree=False, remove_comments=True,
        remove_pis=True, load_dtd=False,
    )  # fmt: skip
    try:
        return etree.fromstring(data, parser)
    except (etree.XMLSyntaxError, ValueError) as error:
        raise _refused(name, f"{part[:80]} 不是有效的 XML ({error})") from error


def children(element: etree._Element | None, *names: str) -> Iterator[etree._Element]:
    """The child elements with one of the local names, whatever their namespace."""
    for child in element if element is not None else ():
        if local_name(child) in names:
            yield child


def child(element: etree._Element | None, name: str) -> etree._Element | None:
    """The first child element of a local name."""
    return next(children(element, name), None)


def child_text(element: etree._Element | None, name: str) -> str:
    """The text of the first child of a local name, empty where there is none."""
    found = child(element, name)
    return (found.text or "").strip() if found is not None else ""


def local_name(element: etree._Element) -> str:
    """The name of an element without its namespace."""
    tag = element.tag
    return tag.rpartition("}")[2] if isinstance(tag, str) else ""


def _refused(name: str, reason: str) -> BrokenDocumentError:
    return BrokenDocumentError(name, reason, hint=SAVE_AGAIN)

"""The hostile files are hostile: a reader that trusts them is harmed, within bounds, here.

Each naive reader runs in a process of 600 MB and a few processor seconds. It is harmed when it
dies of that, or when it finds that it would be (it then prints ``harm``).
"""

from __future__ import annotations

import resource
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from auditor.core.documents import LeftOut
from auditor.core.errors import BrokenDocumentError
from auditor.ingest.archive import Member, archive_kind, unpack
from auditor.ingest.office import convert, find_office
from tests.bombs import BOMBS

MEMORY_BYTES = 600 * 1024 * 1024
CPU_S = 2
PARSER = "etree.XMLParser(huge_tree=True, resolve_entities=True, load_dtd=True)"
XML = "import zipfile; from lxml import etree; part = zipfile.ZipFile(path).read({part!r}); "
OUTSIDE = f"tree = etree.fromstring(part, {PARSER}); 'root:' in ''.join(tree.itertext()) and harm()"
LAUGHS = (
    "import re; known = dict(re.findall(r'<!ENTITY (\\w+) \"(.*?)\">', part.decode())); "
    "unfold = lambda text: re.sub(r'&(\\w+);', lambda found: unfold(known[found[1]]), text); "
    "unfold('&l9;')"
)
NESTED = (
    "text = iter(open(path, encoding='latin-1').read())\n"
    "def group():\n"
    "    for char in text:\n"
    "        if char == {opening!r}: group()\n"
    "        if char == {closing!r}: return\n"
    "group()"
)
ALL = (
    "import zipfile; package = zipfile.ZipFile(path); "
    "[len(package.read(name)) for name in package.namelist()]"
)
TREE = (
    "from pypdf import PdfReader; "
    "walk = lambda node: [walk(kid.get_object()) for kid in node.get('/Kids', [])]; "
    "walk(PdfReader(path).trailer['/Root']['/Pages'])"
)
NAIVE = {
    "pdf_double_deflate": (
        "import zlib; data = open(path, 'rb').read(); "
        "data = data[data.index(b'stream\\n') + 7 :]; "
        "zlib.decompress(zlib.decompressobj().decompress(data))"
    ),
    "pdf_cyclic_pages": TREE,
    "pdf_false_count": (
        "from pypdf import PdfReader; pages = PdfReader(path).trailer['/Root']['/Pages']; "
        "pages['/Count'] > 50_000 > len(pages['/Kids']) and harm()"
    ),
    # real pages: no lie to find, only a hundred thousand times the cost of one
    "pdf_many_pages": (
        "import pypdfium2; pages = pypdfium2.PdfDocument(path); "
        "len(pages) == 100_000 and pages[99_999].get_size() == (10, 10) and harm()"
    ),
    "pdf_deep_arrays": NESTED.format(opening="[", closing="]"),
    "pdf_deep_outline": NESTED.format(opening="<", closing=">"),
    "pdf_cyclic_length": (
        "import re; data = open(path, 'rb').read(); "
        "length = lambda n: length(int(re.search(b'%d 0 obj\\n<</Length (.)' % n, data)[1])); "
        "length(4)"
    ),
    "zip_ratio": ALL,
    "zip_overlap": (
        "import zipfile, zlib; data = open(path, 'rb').read(); total = 0\n"
        "for info in zipfile.ZipFile(path).infolist():\n"
        "    start = info.header_offset + 30 + len(info.filename)\n"
        "    packed = data[start : start + info.compress_size]\n"
        "    total += len(zlib.decompress(packed, -15))\n"
        "    total > 20_000 * len(data) and harm()"
    ),
    "zip_traversal": (
        "import zipfile, os; "
        "[harm() for name in zipfile.ZipFile(path).namelist() "
        "if not os.path.abspath(os.path.join('/x/y', name)).startswith('/x/y')]"
    ),
    "zip_nested": (
        "import io, zipfile\n"
        "def opened(data):\n"
        "    package = zipfile.ZipFile(io.BytesIO(data))\n"
        "    for name in package.namelist():\n"
        "        if name.endswith('zip'):\n"
        "            opened(package.read(name))\n"
        "opened(open(path, 'rb').read())"
    ),
    "gzip_zeros": "import gzip; gzip.open(path).read()",
    "docx_huge_part": ALL,
    "docx_laughs": XML.format(part="word/document.xml") + LAUGHS,
    "ofd_laughs": XML.format(part="Doc_0/Pages/Page_0/Content.xml") + LAUGHS,
    "xlsx_laughs": XML.format(part="xl/sharedStrings.xml") + LAUGHS,
    "docx_outside": XML.format(part="word/document.xml") + OUTSIDE,
    "ofd_outside": XML.format(part="Doc_0/Pages/Page_0/Content.xml") + OUTSIDE,
    "pptx_outside": XML.format(part="ppt/slides/slide1.xml") + OUTSIDE,
    "html_outside": ("from lxml import etree; part = open(path, 'rb').read(); " + OUTSIDE),
    "docx_deep": (
        "import zipfile; from xml.etree import ElementTree; "
        "part = zipfile.ZipFile(path).read('word/document.xml'); "
        "walk = lambda node: [walk(child) for child in node]; walk(ElementTree.fromstring(part))"
    ),
    "html_deep": (
        "from bs4 import BeautifulSoup; soup = BeautifulSoup(open(path), 'html.parser'); "
        "walk = lambda node: [walk(child) for child in getattr(node, 'children', [])]; walk(soup)"
    ),
    "xlsx_claims": XML.format(part="xl/worksheets/sheet1.xml")
    + "area = etree.fromstring(part)[0].get('ref').split(':')[1]; "
    "rows = int(area.strip('XFD')); table = [[''] * 16384 for _ in range(rows)]",
    "txt_one_line": (
        "text = open(path, encoding='utf-8').read(); [char for line in text.splitlines() "
        "for char in [(place, one) for place, one in enumerate(line)]]"
    ),
    "png_huge": "from PIL import Image; Image.MAX_IMAGE_PIXELS = None; Image.open(path).load()",
    "jpeg_cut": (
        "from PIL import Image, ImageFile\ntry: Image.open(path).load()\nexcept OSError: harm()"
    ),
    "rtf_deep": NESTED.format(opening="{", closing="}"),
    "doc_cyclic_sectors": (
        "import struct; data = open(path, 'rb').read(); "
        "table = struct.unpack('<128I', data[512:1024]); sector, chain = 1, []\n"
        "while sector < 0xFFFFFFFE: chain.append(data[512:1024]); sector = table[sector]"
    ),
}


def limit() -> None:
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY_BYTES, MEMORY_BYTES))
    resource.setrlimit(resource.RLIMIT_CPU, (CPU_S, CPU_S))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))


def harm_of(path: Path, code: str) -> str:
    """What befalls a reader: ``harm`` (it found it), the error it dies of, or nothing."""
    start = "import sys; path = sys.argv[1]\ndef harm(): print('harm'); sys.exit()\n"
    done = subprocess.run(
        [sys.executable, "-c", start + code, str(path)],
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
        preexec_fn=limit,
    )
    if done.stdout.strip() == "harm":
        return "harm"
    if done.returncode < 0:
        return f"signal {-done.returncode}"
    return done.stderr.strip().rpartition("\n")[2].partition(":")[0]


def test_every_hostile_file_has_its_naive_reader() -> None:
    assert NAIVE.keys() == BOMBS.keys()


@pytest.mark.slow
@pytest.mark.parametrize("bomb", BOMBS)
def test_a_reader_that_trusts_the_file_is_harmed(bomb: str, tmp_path: Path) -> None:
    name, data = BOMBS[bomb]()
    path = tmp_path / name
    path.write_bytes(data)
    found = harm_of(path, NAIVE[bomb])
    deadly = {"harm", "MemoryError", "RecursionError", "signal 9", "signal 24", "signal 11"}
    assert found in deadly, found


def test_hostile_files_are_small_and_the_same_every_time() -> None:
    for bomb, build in BOMBS.items():
        name, data = build()
        assert (name, data) == build()
        assert len(data) < (60_000_000 if bomb == "txt_one_line" else 12_000_000)


@pytest.mark.parametrize("bomb", ["zip_ratio", "zip_overlap", "zip_traversal", "gzip_zeros"])
def test_hostile_archives_yield_no_hostile_member(bomb: str) -> None:
    name, data = BOMBS[bomb]()
    kind = archive_kind(data)
    assert kind is not None
    items = list(unpack(data, name, kind))
    left_out = [item for item in items if isinstance(item, LeftOut)]
    members = [item for item in items if isinstance(item, Member)]
    # of 100 members that share their data only the innermost stands for itself
    assert len(members) <= (1 if bomb == "zip_overlap" else 0)
    assert {item.code for item in left_out} <= {"bomb", "too_large", "unsafe_name", "link"}
    assert left_out


def test_archives_in_archives_end_at_the_second() -> None:
    name, data = BOMBS["zip_nested"]()
    items = list(unpack(data, name, "zip"))
    assert len(items) == 100
    assert {item.code for item in items if isinstance(item, LeftOut)} == {"nested"}


@pytest.mark.slow
@pytest.mark.skipif(find_office() is None, reason="LibreOffice is not here")
@pytest.mark.parametrize("bomb", ["rtf_deep", "doc_cyclic_sectors"])
def test_the_converter_survives_hostile_old_files(bomb: str) -> None:
    name, data = BOMBS[bomb]()
    made = convert({name: data}, "pdf", timeout_s=8)[name]
    assert isinstance(made, (bytes, BrokenDocumentError))


@pytest.mark.skipif(shutil.which("sh") is None, reason="no shell")
def test_the_limits_of_these_tests_hold(tmp_path: Path) -> None:
    path = tmp_path / "x"
    path.write_bytes(b"")
    assert harm_of(path, "bytes(10**9)") == "MemoryError"
    assert harm_of(path, "pass") == ""

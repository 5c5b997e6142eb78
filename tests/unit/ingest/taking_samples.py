"""What the tests of taking are made of."""

from __future__ import annotations

import io
import zipfile
import zlib
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from auditor.core.documents import Document, LeftOut
from auditor.ingest.content import Content
from auditor.ingest.isolation import Limits, ReadingPool
from auditor.ingest.kept import KeptContents
from auditor.ingest.office import find_office
from auditor.ingest.taking import Settings, take_in
from tests.unit.ingest.test_ofd import ofd_of, page, text
from tests.unit.ingest.test_readers import pdf_of

needs_office = pytest.mark.skipif(
    find_office() is None,
    reason="LibreOffice is not here (sh scripts/install-system.sh); CI installs it and runs this",
)
"""The program is optional for a user too; every test of it runs where it is installed."""
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


def kept_files(folder: Path) -> list[Path]:
    return sorted(path for path in folder.rglob("*") if path.is_file())


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

"""Do the readers read? Through the intake itself: in children, without network, with limits."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from pathlib import Path

from auditor.core.documents import Document
from auditor.diagnosis import samples
from auditor.diagnosis.probing import NotHereError, Probe, UnwellError
from auditor.ingest.ocr import is_installed as ocr_is_installed
from auditor.ingest.office import find_office
from auditor.ingest.taking import Settings, take_in

SCRIPT = "sh scripts/install-system.sh"
REINSTALL = "请重新安装本工具 (install the auditor again)。"


def probes() -> Iterator[Probe]:
    """The probes of the readers."""
    yield Probe("读取 PDF", read_pdf)
    yield Probe("读取 DOCX（LibreOffice 分页）", read_docx)
    yield Probe("识别扫描件 OCR", read_scan)


def read(name: str, data: bytes) -> Document:
    """Take one paper in; raises ``UnwellError`` where it is refused."""
    with tempfile.TemporaryDirectory(prefix="auditor-doctor-") as temporary:
        (Path(temporary) / name).write_bytes(data)
        documents, left_out = take_in(Path(temporary), Settings(processes=1))
    if not documents:
        raise UnwellError(
            f"{name} 未读出：{left_out[0].reason}", hint=left_out[0].hint or REINSTALL
        )
    return documents[0]


def read_pdf() -> str:
    """A page of text comes back word for word, with its page and places."""
    document = read("sample.pdf", samples.pdf())
    _require_said(document, samples.SENTENCES)
    if len(document.pages) != 1 or not document.layout:
        raise UnwellError("PDF 没有读出页码或文字位置 (no page or places).", hint=REINSTALL)
    return "一页五句，文字、页码、位置都读出"


def read_docx() -> str:
    """A Word file comes back word for word; its pages are those of its conversion."""
    document = read("sample.docx", samples.docx())
    _require_said(document, samples.SENTENCES)
    if find_office() is None:
        raise NotHereError("文字读出；没有 LibreOffice，没有页码 (no pages)", hint=SCRIPT)
    if not document.pages or not document.layout:
        raise UnwellError(
            f"LibreOffice 在，但没有得到页码 (not paged): {'；'.join(document.warnings)}",
            hint=f"请检查 soffice 能否启动、磁盘和内存是否够用；{SCRIPT}",
        )
    return f"五句，{len(document.pages)} 页，位置都读出"


def read_scan() -> str:
    """The words of a picture are recognised."""
    if not ocr_is_installed():
        raise NotHereError("未装，扫描页不能读出", hint="pip install 'ctmm-auditor[ocr]'")
    document = read("sample.png", samples.scan())
    _require_said(document, (samples.SCANNED,))
    return f"读出「{samples.SCANNED}」"


def _require_said(document: Document, sentences: tuple[str, ...]) -> None:
    text = "".join(document.text.split())
    missing = [sentence for sentence in sentences if sentence not in text]
    if missing:
        raise UnwellError(
            f"{document.name} 读错：没有「{missing[0]}」，读到「{text[:40]}」", hint=REINSTALL
        )

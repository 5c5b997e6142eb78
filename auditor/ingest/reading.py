"""From bytes to content: sniff the format, pick the reader, translate what goes wrong in it."""

from __future__ import annotations

from collections.abc import Mapping

from auditor.core.errors import (
    BrokenDocumentError,
    DocumentError,
    EmptyDocumentError,
    MissingExtraError,
    UnsupportedFormatError,
)
from auditor.ingest.content import Content, Reader
from auditor.ingest.docx import read_docx
from auditor.ingest.html import read_html
from auditor.ingest.image import read_image
from auditor.ingest.invisible import clean_content
from auditor.ingest.ofd import read_ofd
from auditor.ingest.pdf import read_pdf, read_text_layer
from auditor.ingest.pptx import read_pptx
from auditor.ingest.sheets import read_sheets
from auditor.ingest.sheets_csv import read_csv
from auditor.ingest.sniff import sniff
from auditor.ingest.text import read_markdown, read_text

READERS: Mapping[str, Reader] = {
    "csv": read_csv,
    "docx": read_docx,
    "html": read_html,
    "image": read_image,
    "md": read_markdown,
    "ofd": read_ofd,
    "pdf": read_pdf,
    "pptx": read_pptx,
    "txt": read_text,
    "xls": read_sheets,
    "xlsx": read_sheets,
}
MAX_CHARACTERS = 5_000_000
"""More than any paper holds; an audit of more would not end."""
SAID = 200
NO_MEMORY = "bad_alloc"
CONVERTED: Mapping[str, str] = {"doc": "docx", "ppt": "pptx"}
"""Formats that LibreOffice turns into one that has a reader."""
PAGED_BY_CONVERSION = ("docx",)
"""Formats whose pages and boxes come from their conversion to PDF."""
NO_READER = {
    "doc": "读取旧版 Word/WPS 文件需要 LibreOffice",
    "ppt": "读取旧版演示文稿需要 LibreOffice",
    "locked": "文件有打开密码",
    "binary": "内容不是可识别的文件格式",
}
INSTALL = "运行 sh scripts/install-system.sh 安装（或 apt-get install libreoffice-writer）后重试。"
HINTS = {
    "doc": INSTALL,
    "ppt": INSTALL,
    "locked": "请去掉密码后重新提交。",
    "binary": "请转换为 PDF、DOCX 或文本后重新提交。",
}


def read_own(data: bytes, name: str) -> Content:
    """Read a PDF that a conversion made here; raises ``DocumentError``."""
    return clean_content(_read(read_text_layer, data, name))


def read_content(data: bytes, name: str) -> Content:
    """Read one file's bytes.

    Raises:
        DocumentError: the file is unsupported, empty or broken (the message names it).
    """
    if not data.strip():
        raise EmptyDocumentError(name, "文件是空的", hint="请重新提交。")
    kind = sniff(data, name)
    reader = READERS.get(kind)
    if reader is None:
        why = NO_READER.get(kind, "压缩包内的压缩包不再展开")
        raise UnsupportedFormatError(name, why, hint=HINTS.get(kind, "请解压后重新提交。"))
    content = clean_content(_read(reader, data, name))
    if len(content.text) > MAX_CHARACTERS:
        why = (
            f"文字过多（{len(content.text) // 10_000} 万字，上限 {MAX_CHARACTERS // 10_000} 万字）"
        )
        raise BrokenDocumentError(name, why, hint="请拆分后提交。")
    unread = any(page.unread for page in content.pages)
    if not content.text.strip() and not unread:
        why = "；".join(content.warnings) or "文件里没有文字"
        raise EmptyDocumentError(name, why, hint="请提交有文字的版本。")
    return content


def _read(reader: Reader, data: bytes, name: str) -> Content:
    try:
        return reader(data, name)
    except DocumentError:
        raise
    except MissingExtraError as error:
        raise UnsupportedFormatError(name, error.message, hint=error.hint) from error
    except MemoryError:
        raise
    except Exception as error:  # whatever a hostile file makes a library raise
        said = " ".join(str(error)[-SAID:].split())
        if NO_MEMORY in said:
            raise MemoryError from error
        raise BrokenDocumentError(
            name, f"无法读取（{type(error).__name__}: {said}）", hint="请另存后重新提交。"
        ) from error

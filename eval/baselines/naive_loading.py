"""Document loaders of the naive pipeline: each file as plain text, as tutorials do it.

langchain-community, which held the ready-made loaders, was sunset by its makers in 2026, so these
are small ``BaseLoader`` classes of langchain-core that do what its PyPDFLoader, Docx2txtLoader,
TextLoader and BSHTMLLoader did. Files of other kinds are passed over.
"""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import docx
import pypdf
from bs4 import BeautifulSoup
from docx.table import Table
from langchain_core.document_loaders import BaseLoader
from langchain_core.documents import Document

ENCODINGS = ("utf-8-sig", "gb18030")


class FileLoader(BaseLoader):
    """Loads one file; ``metadata["source"]`` is its name relative to the folder."""

    def __init__(self, file: Path, source: str) -> None:
        self.file = file
        self.source = source

    def lazy_load(self) -> Iterator[Document]:
        """Give the file's parts in order, each with its source."""
        for text in self.texts():
            yield Document(page_content=text, metadata={"source": self.source})

    @abstractmethod
    def texts(self) -> Iterator[str]:
        """Give the file's text, in one part or page by page."""


class TextLoader(FileLoader):
    """Plain text and Markdown, UTF-8 or GB18030."""

    def texts(self) -> Iterator[str]:
        """The whole text."""
        yield decoded(self.file.read_bytes())


class HtmlLoader(FileLoader):
    """The text of a web page, with its menus, as BeautifulSoup gives it."""

    def texts(self) -> Iterator[str]:
        """The whole text."""
        yield BeautifulSoup(self.file.read_bytes(), "lxml").get_text()


class WordLoader(FileLoader):
    """Paragraphs and table cells of a .docx file."""

    def texts(self) -> Iterator[str]:
        """The whole text."""
        lines: list[str] = []
        for part in docx.Document(str(self.file)).iter_inner_content():
            if isinstance(part, Table):
                lines.extend("\t".join(cell.text for cell in row.cells) for row in part.rows)
            else:
                lines.append(part.text)
        yield "\n\n".join(lines)


class PdfLoader(FileLoader):
    """The text layer of a PDF, page by page."""

    def texts(self) -> Iterator[str]:
        """One text a page."""
        for page in pypdf.PdfReader(self.file).pages:
            yield page.extract_text()


LOADERS: dict[str, type[FileLoader]] = {
    ".txt": TextLoader,
    ".md": TextLoader,
    ".htm": HtmlLoader,
    ".html": HtmlLoader,
    ".docx": WordLoader,
    ".pdf": PdfLoader,
}


@dataclass(frozen=True, slots=True)
class Loaded:
    """What came of a folder: documents (a PDF has one a page) and files that were passed over."""

    documents: tuple[Document, ...]
    skipped: tuple[str, ...]

    def texts(self) -> dict[str, str]:
        """The whole text of each file by its name."""
        found: dict[str, list[str]] = {}
        for document in self.documents:
            found.setdefault(document.metadata["source"], []).append(document.page_content)
        return {source: "\n".join(parts) for source, parts in found.items()}


def load_folder(folder: Path) -> Loaded:
    """Load every file below a folder that a loader knows and can read."""
    documents: list[Document] = []
    skipped: list[str] = []
    for file in sorted(path for path in folder.rglob("*") if path.is_file()):
        source = file.relative_to(folder).as_posix()
        loader = LOADERS.get(file.suffix.lower())
        try:
            documents.extend(loader(file, source).load() if loader else ())
        except Exception as error:  # a damaged file is named among the skipped
            skipped.append(f"{source}: {error}")
            continue
        if loader is None:
            skipped.append(f"{source}: no loader")
    return Loaded(tuple(documents), tuple(skipped))


def decoded(data: bytes) -> str:
    """Decode a text file by the first encoding that fits."""
    for encoding in ENCODINGS:
        try:
            return data.decode(encoding)
        except UnicodeDecodeError:
            continue
    return data.decode("utf-8", "replace")

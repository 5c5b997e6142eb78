"""Whether a printed paper holds all that the paper says."""

from __future__ import annotations

import io
import unicodedata
import zipfile
from collections import Counter

import pypdfium2
from lxml import etree

TEXT = "{http://schemas.openxmlformats.org/wordprocessingml/2006/main}t"
BODY = "word/document.xml"


def lost_in_print(paper: bytes, pdf: bytes) -> Counter[str]:
    """The characters of a DOCX that are not in its print, each as often as it lacks.

    Compatibility forms count as one character, white space and what leaves no ink do not count.
    """
    with zipfile.ZipFile(io.BytesIO(paper)) as package:
        root = etree.fromstring(package.read(BODY))
    said = "".join(element.text or "" for element in root.iter(TEXT))
    pages = pypdfium2.PdfDocument(pdf)
    shown = "".join(page.get_textpage().get_text_range() for page in pages)
    return inked(said) - inked(shown)


def inked(text: str) -> Counter[str]:
    """How often each character that leaves ink stands in a text."""
    plain = unicodedata.normalize("NFKC", text)
    return Counter(c for c in plain if not c.isspace() and unicodedata.category(c)[0] != "C")

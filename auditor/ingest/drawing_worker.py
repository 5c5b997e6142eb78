"""The drawing process: the reading process (:mod:`auditor.ingest.worker`) with another deed.

``python -m auditor.ingest.drawing_worker`` takes a request whose bytes begin with a line of JSON
(what is to be drawn), draws in the same limited child that reads files, and sends the picture as
the layout of a content without text. Only conversions of our own are read here, as there.
"""

from __future__ import annotations

import json

import pypdfium2 as pdfium

from auditor.ingest import worker
from auditor.ingest.content import Content
from auditor.ingest.drawing import draw_page
from auditor.ingest.pdf_writing import PdfPage, Typeface

SAMPLE_POINTS = 20


def drawn(request: bytes, name: str) -> Content:
    """Draw what a request asks for; raises ``DocumentError``."""
    line, _, data = request.partition(b"\n")
    asked = json.loads(line)
    picture = draw_page(data, name, asked["kind"], asked["page"], asked["width_px"])
    return Content(text="", blocks=(), layout=picture)


def warm_up() -> None:
    """Let the renderer find the machine's Chinese fonts once, before a child is forked."""
    page = PdfPage(SAMPLE_POINTS, SAMPLE_POINTS)
    for face in (Typeface(), Typeface(bold=True), Typeface(serif=False, bold=True)):
        page.draw(f"BT /{page.font(face)} 9 Tf 1 1 Td <57CE> Tj ET")
    document = pdfium.PdfDocument(page.finished())
    document[0].render()
    document.close()


def serve() -> None:
    """Answer requests until the pipe is closed."""
    warm_up()
    # the reading process looks its deed up in its own module; here it is another one
    vars(worker)["read_content"] = drawn
    worker.serve()


if __name__ == "__main__":
    serve()

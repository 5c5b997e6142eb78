"""Peak memory of taking in a dossier of 10,000 pages: ``python -m eval.bench_memory [PAGES]``.

Makes PDF files of 200 pages each (invented text, about 900 characters a page), takes them in as
an audit does, and prints pages, seconds, and the peak resident memory of the process and of the
largest reading process.
"""

from __future__ import annotations

import io
import random
import resource
import sys
import tempfile
import time
from pathlib import Path

from reportlab.lib.pagesizes import A4
from reportlab.pdfbase import pdfmetrics
from reportlab.pdfbase.cidfonts import UnicodeCIDFont
from reportlab.pdfgen.canvas import Canvas

from auditor.ingest.taking import Settings, take_in

PAGES_A_FILE = 200
LINES, CHARACTERS = 30, 30
WORDS = "全市政务数据平台建成归集共享开放治理服务企业群众办理事项部门区县城市运行管理中心"


def paper(seed: int, pages: int) -> bytes:
    """A PDF of ``pages`` pages of invented lines."""
    pdfmetrics.registerFont(UnicodeCIDFont("STSong-Light"))
    chance = random.Random(seed)
    out = io.BytesIO()
    canvas = Canvas(out, pagesize=A4)
    for _ in range(pages):
        canvas.setFont("STSong-Light", 14)
        for line in range(LINES):
            canvas.drawString(72, 780 - 24 * line, "".join(chance.choices(WORDS, k=CHARACTERS)))
        canvas.showPage()
    canvas.save()
    return out.getvalue()


def main(pages: int) -> None:
    """Make the dossier, take it in, print what it took."""
    with tempfile.TemporaryDirectory() as folder:
        for number in range(pages // PAGES_A_FILE):
            Path(folder, f"{number:03d}.pdf").write_bytes(paper(number, PAGES_A_FILE))
        base = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss >> 10
        start = time.monotonic()
        documents, _ = take_in(Path(folder), Settings())
        seconds = time.monotonic() - start
    read = sum(len(document.pages) for document in documents)
    own = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss >> 10
    child = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss >> 10
    print(f"{read} pages in {seconds:.1f} s: {read / seconds:.0f} pages/s")
    print(f"peak: {own} MB ({base} MB before), largest reading process {child} MB")


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 10_000)

"""Make the corpus of the intake benchmark: files of many kinds, and the truth of each.

``python -m eval.intake_corpus [-o out/intake-corpus] [--seed 7] [--quick]``

``files/`` holds the papers, ``truth/<file>.json`` what is printed on each, in reading order:
paragraphs, headings and table rows (with their cells), without running headers, footers, page
numbers and the navigation of web pages; ``glyphs/<file>.json`` where each character stands, for
OFD, scans and Word (as LibreOffice sets it). All text is invented (templates, seeded): the same
seed prints the same papers. Needs LibreOffice (Writer, Calc) and the fonts fonts-noto-cjk,
fonts-arphic-gbsn00lp, fonts-arphic-gkai00mp and fonts-wqy-zenhei; nothing from the net.
"""

from __future__ import annotations

import argparse
import json
import shutil
from collections.abc import Iterator, Sequence
from dataclasses import asdict
from pathlib import Path

from eval.intake_corpus_base import HEADER, NARROW, Bench, Made, Maker
from eval.intake_corpus_glyphs import pdf_glyphs
from eval.intake_corpus_layout import Form, Setter
from eval.intake_corpus_ofd import write_ofd
from eval.intake_corpus_office import (
    Look,
    convert,
    write_docx,
    write_footnoted,
    write_html,
    write_text,
    write_workbook,
)
from eval.intake_corpus_pdf import (
    Arrange,
    Drawing,
    bold_glyphs,
    bold_lines,
    bold_page,
    load_fonts,
    row_order,
    shuffled_lines,
    shuffled_runs,
    typeset_order,
    write_pdf,
)
from eval.intake_corpus_raw import ENCODINGS, encodable, half_or_full, write_cmap_pdf
from eval.intake_corpus_scan import layered, scans
from eval.intake_corpus_text import TRADITIONAL, Item, Writer

FOLDER = Path("out/intake-corpus")


def text_pdfs(bench: Bench) -> Iterator[Made]:
    """Word papers through LibreOffice: one column, two columns, tables; with their DOCX and DOC."""
    looks = {
        "word": Look(HEADER, 1),
        "columns": Look(HEADER, 2, 10.5, ("第 ", " 页")),
        "table": Look(HEADER, 1, 14, ("- ", " -")),
    }
    made: list[tuple[str, str, list[Item]]] = []
    for kind, look in looks.items():
        for number in range(bench.few(3 if kind == "word" else 2)):
            items = bench.writer.paper(2600 if kind == "columns" else 2000)
            if kind == "table":
                items[4:4] = bench.writer.table(8, long_cells=number > 0)
                items[-2:-2] = bench.writer.table(24)
            name = f"{kind}_word_{number}"
            write_docx(items, bench.drafts / f"{name}.docx", look)
            made.append((kind, name, items))
    drafts = [bench.drafts / f"{name}.docx" for _, name, _ in made]
    convert(drafts, "pdf", bench.files)
    convert(drafts, "doc", bench.files)
    for kind, name, items in made:
        shutil.copy(bench.drafts / f"{name}.docx", bench.files)
        placed = pdf_glyphs(bench.files / f"{name}.pdf")
        for suffix in ("docx", "doc"):
            bench.keep_glyphs(f"{name}.{suffix}", placed)
        yield Made(f"{name}.pdf", f"pdf_{kind}", False, tuple(items))
        yield Made(f"{name}.docx", "docx", False, tuple(items))
        yield Made(f"{name}.doc", "doc", False, tuple(items))


def footnoted(bench: Bench) -> Iterator[Made]:
    """Papers with footnotes through LibreOffice."""
    drafts = []
    made = []
    for number in range(bench.few(2)):
        items, noted = [], 0
        for item in bench.writer.paper(2200):
            items.append(item)
            if item.kind == "para" and len(items) % 3 == 0:
                noted += 1
                items[-1] = Item("para", f"{item.text}{noted}")
                items.append(Item("note", f"{noted} 数据来源：{bench.writer.paragraph(20, 80)}"))
        drafts.append(bench.drafts / f"footnotes_{number}.fodt")
        write_footnoted(items, drafts[-1])
        made.append(Made(f"footnotes_{number}.pdf", "pdf_footnotes", False, tuple(items)))
    convert(drafts, "pdf", bench.files)
    yield from made


def typeset_columns(bench: Bench) -> Iterator[Made]:
    """Two columns from a typesetting system: in order, by rows, in disorder."""
    orders: list[Arrange | None] = [row_order, shuffled_lines, None]
    for number, arrange in enumerate(orders[: bench.few(3)]):
        items = bench.writer.paper(3000)
        path = bench.files / f"columns_typeset_{number}.pdf"
        write_pdf(bench.set_pages(items, NARROW), path, Drawing(arrange, seed=number))
        yield Made(path.name, "pdf_columns", False, tuple(items))


def spaced(bench: Bench) -> Iterator[Made]:
    """Letter-spaced titles and chapter headings: ideographic spaces, spaces, wide setting."""
    titles = ("通　　知", "工 作 方 案", "管理办法")
    for number, title in enumerate(titles[: bench.few(3)]):
        items = bench.writer.paper(1500)
        items[0] = Item("title", title, style="spread" if number == 2 else "centre")
        for place, item in enumerate(items):
            if item.kind == "head1" and number != 1:
                items[place] = Item("head1", f"第 {item.text[0]} 章　总　则", style="centre")
        path = bench.files / f"spaced_{number}.pdf"
        write_pdf(bench.set_pages(items), path)
        yield Made(path.name, "pdf_spaced", False, tuple(items))


def red_headed(bench: Bench) -> Iterator[Made]:
    """Official papers with a red head, one of them with an annexed table."""
    for number in range(bench.few(2)):
        items = bench.writer.red_head(1300)
        path = bench.files / f"redhead_{number}.pdf"
        write_pdf(bench.set_pages(items, Form(left=79, size=16, pitch=29)), path)
        yield Made(path.name, "pdf_redhead", False, tuple(items))


def rotated(bench: Bench) -> Iterator[Made]:
    """Turned pages: text matrix and /Rotate, shown upright or lying on a side."""
    turns = [(90, 90), (180, 180), (270, 270), (90, 0), (270, 0), (180, 0), (0, 90), (0, 270)]
    for angle, rotate in turns[: 4 if bench.quick else None]:
        items = bench.writer.paper(1000)
        path = bench.files / f"rotated_matrix{angle}_rotate{rotate}.pdf"
        write_pdf(bench.set_pages(items), path, Drawing(None, angle, rotate))
        kind = "pdf_rotate_upright" if angle == rotate else "pdf_rotated"
        yield Made(path.name, kind, False, tuple(items))


def predefined_cmaps(bench: Bench) -> Iterator[Made]:
    """Fonts that are not embedded, predefined CMaps, no /ToUnicode."""
    for cmap in ENCODINGS:
        items = bench.writer.paper(1400)
        sheets = Setter(Form(header=HEADER), half_or_full).set_paper(items)
        if encodable(sheets, cmap):
            path = bench.files / f"cmap_{cmap}.pdf"
            write_cmap_pdf(sheets, path, cmap)
            yield Made(path.name, "pdf_cmap", False, tuple(items))


def rearranged(bench: Bench) -> Iterator[Made]:
    """Fake bold and disordered streams."""
    arrangements: dict[str, list[Arrange]] = {
        "bold": [bold_lines, bold_glyphs, bold_page],
        "shuffled": [shuffled_lines, shuffled_runs, typeset_order],
    }
    for kind, ways in arrangements.items():
        for number, arrange in enumerate(ways):
            items = bench.writer.paper(1600)
            path = bench.files / f"{kind}_{arrange.__name__}.pdf"
            write_pdf(bench.set_pages(items), path, Drawing(arrange, seed=number))
            yield Made(path.name, f"pdf_{kind}", False, tuple(items))


def ruled_tables(bench: Bench) -> Iterator[Made]:
    """Ruled tables between paragraphs; cells of one line and of several."""
    for number in range(bench.few(2)):
        items = bench.writer.paper(800)
        items[4:4] = bench.writer.table(10, long_cells=number > 0)
        items[-2:-2] = bench.writer.table(30, long_cells=number > 0)
        path = bench.files / f"table_ruled_{number}.pdf"
        write_pdf(bench.set_pages(items), path)
        yield Made(path.name, "pdf_table", False, tuple(items))


def ofds(bench: Bench) -> Iterator[Made]:
    """OFD: plain, DeltaX in groups, CTM, template page, and one with a table."""
    for style in ("plain", "groups", "ctm", "template", "table"):
        items = bench.writer.paper(1400)
        if style == "table":
            items[4:4] = bench.writer.table(8, long_cells=True)
        path = bench.files / f"ofd_{style}.ofd"
        sheets = bench.set_pages(items)
        write_ofd(sheets, path, style)
        twin = bench.drafts / f"ofd_{style}.pdf"
        write_pdf(sheets, twin)
        bench.keep_glyphs(path.name, pdf_glyphs(twin))
        yield Made(path.name, "ofd", False, tuple(items))


def plain_files(bench: Bench) -> Iterator[Made]:
    """Text in the encodings of Chinese machines, web pages, workbooks."""
    for encoding in ("gb18030", "utf-8", "utf-8-sig", "utf-16", "utf-16-le"):
        items = bench.writer.paper(1500)
        write_text(items, bench.files / f"text_{encoding}.txt", encoding)
        yield Made(f"text_{encoding}.txt", "txt", False, tuple(items))
    old = [Item("title", "數位城市推動方案"), *(Item("para", text) for text in TRADITIONAL * 2)]
    write_text(old, bench.files / "text_big5.txt", "big5")
    yield Made("text_big5.txt", "txt", False, tuple(old))
    for encoding in ("utf-8", "gb2312"):
        items = bench.writer.paper(1500)
        items[4:4] = bench.writer.table(6)
        write_html(items, bench.files / f"web_{encoding}.html", encoding)
        yield Made(f"web_{encoding}.html", "html", False, tuple(items))
    yield from _workbooks(bench)


def _workbooks(bench: Bench) -> Iterator[Made]:
    first, second = bench.writer.table(40, True), bench.writer.table(25)
    path = bench.files / "ledger.xlsx"
    names = ("项目台账", "季度清单")
    write_workbook(dict(zip(names, (first, second), strict=True)), path)
    convert([path], "xls", bench.files)
    items = (Item("maybe", names[0]), *first, Item("maybe", names[1]), *second)
    yield Made("ledger.xlsx", "xlsx", False, items)
    yield Made("ledger.xls", "xls", False, items)


MAKERS: tuple[Maker, ...] = (
    text_pdfs,
    footnoted,
    typeset_columns,
    spaced,
    red_headed,
    rotated,
    predefined_cmaps,
    rearranged,
    ruled_tables,
    ofds,
    plain_files,
    scans,
    layered,
)


def make_corpus(
    folder: Path, seed: int = 7, *, quick: bool = False, makers: Sequence[Maker] = MAKERS
) -> list[Made]:
    """Write the corpus into ``folder`` (replaced where it exists) and give what was made."""
    load_fonts()
    shutil.rmtree(folder, ignore_errors=True)
    for part in ("files", "truth", "drafts"):
        (folder / part).mkdir(parents=True)
    made = []
    for number, maker in enumerate(makers):
        writer = Writer(seed * 1000 + number)
        for one in maker(Bench(folder / "files", folder / "drafts", writer, quick)):
            text = json.dumps(asdict(one), ensure_ascii=False, indent=1)
            (folder / "truth" / f"{one.file}.json").write_text(text + "\n", encoding="utf-8")
            made.append(one)
    return made


def load_truth(folder: Path) -> list[Made]:
    """Read the truth of all files of a corpus, sorted by kind and name."""
    made = []
    for path in sorted((folder / "truth").glob("*.json")):
        raw = json.loads(path.read_text(encoding="utf-8"))
        items = tuple(Item(**{**i, "cells": tuple(i["cells"])}) for i in raw["items"])
        made.append(Made(raw["file"], raw["kind"], raw["scan"], items))
    return sorted(made, key=lambda m: (m.scan, m.kind, m.file))


def main() -> None:
    """Make the corpus and print how many files of each kind it holds."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0] if __doc__ else "")
    parser.add_argument("-o", "--output", type=Path, default=FOLDER)
    parser.add_argument("--seed", type=int, default=7)
    parser.add_argument("--quick", action="store_true", help="one file of each kind")
    chosen = parser.parse_args()
    made = make_corpus(chosen.output, chosen.seed, quick=chosen.quick)
    for kind in sorted({one.kind for one in made}):
        print(f"{kind:20} {sum(one.kind == kind for one in made)} files")


if __name__ == "__main__":
    main()

"""Fuzz our own readers in this process: whatever the bytes, only a DocumentError may come out.

``python -m eval.fuzz [--seconds 60] [--target ofd]``; needs atheris (``pip install atheris``).
Packages are fuzzed part by part (the first byte of an input chooses the part that its rest
replaces), so that mutations reach the readers and do not end at a checksum. What a reader made
must also cross the pipe, be encodable and be describable. Findings are printed once for each
place in our code, with the input in ``out/fuzz``.
"""

from __future__ import annotations

import argparse
import gzip
import hashlib
import io
import re
import subprocess
import sys
import tarfile
import time
import traceback
import zipfile
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path

OUTPUT = Path("out/fuzz")
LONGEST = 1 << 16
SLOW_S = 3.0
RSS_MB = 4096
PACKAGES = {"ofd": "a.ofd", "sheets": "a.xlsx", "pptx": "a.pptx", "docx": "a.docx"}
PLAIN = {"html": "a.html", "text": "a.txt", "csv": "a.csv", "sniff": "a"}
TARGETS = ("ofd", "sheets", "html", "text", "csv", "sniff", "archive", "transfer", "pptx", "docx")
STATISTICS = re.compile(r"Done (\d+) (?:runs|in)[^\n]*?in (\d+) second")
Once = Callable[[bytes], None]
SPACE = 'xmlns:ofd="http://www.ofdspec.org/2016"'


def ofd_seed() -> bytes:
    """A page with a text object, a turned one, a line and a picture that is not there."""
    written = (
        '<ofd:TextObject ID="2" Boundary="30 50 100 5" Size="5" CTM="1 0 0 1 0 0">'
        '<ofd:FillColor Value="0 0 0"/><ofd:TextCode X="0" Y="4" DeltaX="g 3 5">城市大脑'
        '</ofd:TextCode></ofd:TextObject><ofd:PathObject ID="3" Boundary="30 60 100 1">'
        "<ofd:AbbreviatedData>M 0 0 L 100 0 Q 1 1 2 2 B 1 1 2 2 3 3 A 1 1 0 0 0 3 3 C"
        '</ofd:AbbreviatedData></ofd:PathObject><ofd:ImageObject ID="4" ResourceID="9" '
        'Boundary="0 0 20 20"/>'
    )
    area = "<ofd:PageArea><ofd:PhysicalBox>0 0 210 297</ofd:PhysicalBox></ofd:PageArea>"
    return zipped(
        {
            "OFD.xml": f"<ofd:OFD {SPACE}><ofd:DocBody><ofd:DocInfo><ofd:Title>题</ofd:Title>"
            "</ofd:DocInfo><ofd:DocRoot>D/Document.xml</ofd:DocRoot></ofd:DocBody></ofd:OFD>",
            "D/Document.xml": f"<ofd:Document {SPACE}><ofd:CommonData>{area}<ofd:PublicRes>"
            'R.xml</ofd:PublicRes></ofd:CommonData><ofd:Pages><ofd:Page ID="1" BaseLoc="P.xml"/>'
            "</ofd:Pages></ofd:Document>",
            "D/P.xml": f"<ofd:Page {SPACE}><ofd:Content><ofd:Layer>{written}</ofd:Layer>"
            "</ofd:Content></ofd:Page>",
            "D/R.xml": f'<ofd:Res {SPACE} BaseLoc="."><ofd:Fonts><ofd:Font ID="5" '
            'FontName="宋体"/></ofd:Fonts></ofd:Res>',
        }
    )


def docx_seed() -> bytes:
    """Headings, a list and a table."""
    import docx

    word = docx.Document()
    word.add_heading("工作总结", 1)
    word.add_paragraph("本市建成城市大脑。")
    word.add_paragraph("第一项", style="List Number")
    table = word.add_table(rows=2, cols=2)
    for number, cell in enumerate(cell for row in table.rows for cell in row.cells):
        cell.text = f"格{number}"
    return _saved(word.save)


def pptx_seed() -> bytes:
    """A title, a text box and a table."""
    from pptx import Presentation
    from pptx.util import Inches

    deck = Presentation()
    slide = deck.slides.add_slide(deck.slide_layouts[1])
    slide.shapes.title.text = "城市治理"
    slide.placeholders[1].text = "接入部门45个"
    place = (Inches(1), Inches(3), Inches(4), Inches(1))
    slide.shapes.add_table(2, 2, *place).table.cell(0, 0).text = "部门"
    return _saved(deck.save)


def sheets_seed() -> bytes:
    """A sheet of words, numbers, a date format and a merged cell."""
    import xlsxwriter

    buffer = io.BytesIO()
    with xlsxwriter.Workbook(buffer) as book:
        sheet = book.add_worksheet("台账")
        sheet.write_row(0, 0, ["部门", "数量", "日期"])
        sheet.write_row(1, 0, ["公安局", 45.5])
        sheet.write_number(1, 2, 45000, book.add_format({"num_format": "yyyy-mm-dd"}))
        sheet.merge_range(2, 0, 3, 1, "合并")
    return buffer.getvalue()


def _saved(save: Callable[[io.BytesIO], None]) -> bytes:
    buffer = io.BytesIO()
    save(buffer)
    return buffer.getvalue()


def zipped(parts: Mapping[str, bytes | str], method: int = zipfile.ZIP_STORED) -> bytes:
    """A ZIP of the parts."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", method) as package:
        for name, data in parts.items():
            package.writestr(name, data)
    return buffer.getvalue()


def parts_of(package: bytes) -> dict[str, bytes]:
    """The parts of a package that are worth fuzzing first, then the others."""
    with zipfile.ZipFile(io.BytesIO(package)) as opened:
        parts = {name: opened.read(name) for name in opened.namelist()}
    first = ("document.xml", "slide1.xml", "sheet1.xml", "P.xml", "Document.xml", "styles.xml")
    return dict(sorted(parts.items(), key=lambda p: not p[0].endswith(first)))


def package_seeds(package: bytes) -> Iterator[bytes]:
    """One input for each part: its number, then its bytes."""
    for number, data in enumerate(list(parts_of(package).values())[:256]):
        if len(data) < LONGEST:
            yield bytes([number]) + data


def plain_seeds(target: str) -> list[bytes]:
    """Inputs of formats that are one stretch of bytes."""
    page = (
        '<!doctype html><html><head><meta charset="gb2312"><title>条例</title><style>.x{display:'
        'none}</style></head><body><h1 style="font-size:0">总则</h1><p>第一条<b>规范</b>&#25968;'
        '</p><table><tr><th rowspan="2">部门</th></tr><tr><td colspan=3>9</td></tr></table>'
    )
    words = "# 总结\n\n临澜市政府工作报告\n一、总体要求\n（一）建成平台。<!-- 注 -->\n"
    words += "| a | b |\n|---|---|\n"
    rows = '部门,数量\n公安局,45\n"引,号","多\n行"\n'
    made = {
        "html": [page.encode(), page.encode("gb18030"), page.encode("utf-16")],
        "text": [words.encode(e) for e in ("utf-8", "gb18030", "utf-16", "utf-32")],
        "csv": [rows.encode(), rows.replace(",", "\t").encode("gb18030")],
        "sniff": [b"%PDF-1.7", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(600), b"{\\rtf1 a}"],
    }
    return made[target]


def archive_seeds() -> list[bytes]:
    """ZIP, TAR, GZIP, and one in another."""
    inner = zipped({"b.txt": "城市大脑", "子/c.txt": "x"}, zipfile.ZIP_DEFLATED)
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w") as tar:
        member = tarfile.TarInfo("d.txt")
        member.size = 3
        tar.addfile(member, io.BytesIO(b"abc"))
    return [
        inner, zipped({"a.zip": inner}), buffer.getvalue(),
        gzip.compress(b"abc", mtime=0), gzip.compress(buffer.getvalue(), mtime=0),
    ]  # fmt: skip


def reading_once(target: str) -> Once:
    """Read one input with the own reader of its kind, then do all that intake does with it."""
    from auditor.core.errors import DocumentError, MissingExtraError
    from auditor.ingest.reading import READERS, read_content
    from auditor.ingest.sniff import sniff

    name = PACKAGES.get(target) or PLAIN[target]
    parts = parts_of(package_of(target)) if target in PACKAGES else {}
    names = list(parts)

    def once(data: bytes) -> None:
        if parts:
            chosen = names[data[0] % len(names)] if data else names[0]
            data = zipped({**parts, chosen: data[1:]})
        try:
            kind = sniff(data, name)
            if kind in ("pdf", "image"):
                return  # not our readers
            if kind in READERS and data.strip():
                READERS[kind](data, name)
            use(read_content(data, name), name)
        except (DocumentError, MissingExtraError):
            return

    return once


def use(content: object, name: str) -> None:
    """What intake does in its own process with what a reader made."""
    from auditor.ingest.content import Content
    from auditor.ingest.describing import describe
    from auditor.ingest.transfer import dump_content, load_content

    assert isinstance(content, Content)
    assert load_content(dump_content(content)) == content
    content.text.encode()
    assert len(content.layout) in (0, 8 * len(content.text))
    ends = 0
    for block in content.blocks:
        assert ends <= block.span.start <= block.span.end <= len(content.text)
        ends = block.span.end
    describe(name, "0" * 64, "txt", content)


def archive_once(data: bytes) -> None:
    """Unpack one input."""
    from auditor.core.errors import DocumentError
    from auditor.ingest.archive import archive_kind, unpack

    kind = archive_kind(data)
    if kind in (None, "7z", "rar"):
        return  # read by programs of the system, in processes of their own
    try:
        for item in unpack(data, "a.zip", str(kind)):
            item.name.encode()
            assert not item.name.startswith("/") and "/../" not in item.name
    except DocumentError:
        return


def transfer_once(data: bytes) -> None:
    """Load one input as a content and as an error."""
    from auditor.ingest.transfer import load_content, load_error

    for load in (load_content, lambda held: load_error(held, "a")):
        try:
            load(data)
        except ValueError:
            continue


def transfer_seeds() -> list[bytes]:
    """A content and an error as they cross the pipe."""
    from auditor.core.errors import EmptyDocumentError
    from auditor.ingest.content import ContentBuilder
    from auditor.ingest.transfer import dump_content, dump_error

    builder = ContentBuilder()
    builder.heading("题", 1)
    builder.table([["部门", "数"], ["公安", "9"]])
    return [dump_content(builder.build()), dump_error(EmptyDocumentError("a", "空"))]


def package_of(target: str) -> bytes:
    """The sound package whose parts are fuzzed."""
    makers = {"ofd": ofd_seed, "sheets": sheets_seed, "pptx": pptx_seed, "docx": docx_seed}
    return makers[target]()


def prepared(target: str) -> tuple[Once, list[bytes]]:
    """What is done with an input, and the inputs to begin with."""
    if target == "archive":
        return archive_once, archive_seeds()
    if target == "transfer":
        return transfer_once, transfer_seeds()
    if target in PACKAGES:
        return reading_once(target), list(package_seeds(package_of(target)))
    return reading_once(target), plain_seeds(target)


class Findings:
    """Prints each new place where something other than a DocumentError came from."""

    def __init__(self, target: str, once: Once) -> None:
        self._target = target
        self._once = once
        self._known: set[str] = set()

    def run(self, data: bytes) -> None:
        """Try one input."""
        begun = time.monotonic()
        try:
            self._once(data)
        except Exception as error:
            frames = traceback.extract_tb(error.__traceback__)
            own = [f for f in frames if "/auditor/" in f.filename] or frames[-1:]
            place = f"{Path(own[-1].filename).name}:{own[-1].lineno}"
            self._keep(f"{type(error).__name__} at {place}", f"{error}"[:200], data)
        if time.monotonic() - begun > SLOW_S:
            self._keep("slow", f"{time.monotonic() - begun:.1f} s", data)

    def _keep(self, what: str, said: str, data: bytes) -> None:
        if what in self._known:
            return
        self._known.add(what)
        name = f"{self._target}-{hashlib.sha256(data).hexdigest()[:12]}"
        OUTPUT.mkdir(parents=True, exist_ok=True)
        (OUTPUT / name).write_bytes(data)
        print(f"FINDING {self._target}: {what}: {said} ({name})", flush=True)


def work(target: str, seconds: int, corpus: Path) -> None:
    """Fuzz one target in this process; does not return."""
    import atheris

    with atheris.instrument_imports(include=["auditor"]):
        import auditor.ingest.archive
        import auditor.ingest.describing
        import auditor.ingest.reading  # noqa: F401
    once, seeds = prepared(target)
    corpus.mkdir(parents=True, exist_ok=True)
    for seed in seeds:
        (corpus / hashlib.sha256(seed).hexdigest()[:16]).write_bytes(seed)
    options = [f"-max_total_time={seconds}", f"-max_len={LONGEST}", f"-rss_limit_mb={RSS_MB}"]
    options += ["-timeout=60", f"-artifact_prefix={OUTPUT}/{target}-", "-print_final_stats=1"]
    atheris.Setup([sys.argv[0], str(corpus), *options], Findings(target, once).run)
    atheris.Fuzz()


def fuzz(target: str, seconds: int) -> int:
    """Fuzz one target in a process of its own; prints figures and findings, gives their number."""
    OUTPUT.mkdir(parents=True, exist_ok=True)
    command = [sys.executable, "-m", "eval.fuzz", "--worker", "--target", target]
    done = subprocess.run(
        [*command, "--seconds", str(seconds)], capture_output=True, text=True, check=False
    )
    findings = [line for line in done.stdout.splitlines() if line.startswith("FINDING")]
    runs = STATISTICS.search(done.stderr)
    count, took = (int(runs[1]), max(1, int(runs[2]))) if runs else (0, 1)
    if not runs:
        findings.append(f"FINDING {target}: ended: {done.stderr.strip()[-400:]}")
    print(f"{target}: {count} inputs, {count / took:.0f} a second, {len(findings)} findings")
    for finding in findings:
        print(f"  {finding}")
    return len(findings)


def main() -> None:
    """Fuzz one target or all of them."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seconds", type=int, default=60)
    parser.add_argument("--target", choices=TARGETS)
    parser.add_argument("--worker", action="store_true", help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.worker:
        work(options.target, options.seconds, OUTPUT / "corpus" / options.target)
    targets = [options.target] if options.target else TARGETS
    found = sum(fuzz(target, options.seconds) for target in targets)
    sys.exit(1 if found else 0)


if __name__ == "__main__":
    main()

"""PDF from raw objects: fonts of the reader's machine, predefined CMaps and no /ToUnicode."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from eval.intake_corpus_layout import Line, Sheet

ENCODINGS = {
    "GBK-EUC-H": "gbk",
    "GBKp-EUC-H": "gbk",
    "GB-EUC-H": "gbk",
    "UniGB-UCS2-H": "utf-16-be",
    "UniGB-UTF16-H": "utf-16-be",
}
BASE_FONTS = {"song": "STSong-Light", "hei": "STHeiti-Regular", "kai": "STKaiti-Regular"}


def half_or_full(character: str, _font: str, size: float) -> float:
    """Width of a character where Latin is half an em wide and all else one em."""
    return size / 2 if character.isascii() else size


def encodable(sheets: Sequence[Sheet], cmap: str) -> bool:
    """Tell whether the code of a CMap has all characters."""
    try:
        "".join(line.text for sheet in sheets for line in sheet.lines).encode(ENCODINGS[cmap])
    except UnicodeEncodeError:
        return False
    return True


def write_cmap_pdf(sheets: Sequence[Sheet], path: Path, cmap: str) -> None:
    """Write sheets with fonts that are not embedded and the predefined CMap ``cmap``."""
    objects = ["<< /Type /Catalog /Pages 2 0 R >>", ""]
    names = {}
    for font, base in BASE_FONTS.items():
        names[font] = f"F{len(objects) + 1}"
        objects.extend(_font(base, cmap, len(objects) + 1))
    resources = " ".join(f"/{n} {n[1:]} 0 R" for n in names.values())
    kids = []
    for sheet in sheets:
        stream = _content(sheet, names, ENCODINGS[cmap])
        number = len(objects) + 1
        objects.append(f"<< /Length {len(stream)} >>\nstream\n{stream}\nendstream")
        objects.append(
            f"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 {sheet.width:g} {sheet.height:g}] "
            f"/Resources << /Font << {resources} >> >> /Contents {number} 0 R >>"
        )
        kids.append(f"{number + 1} 0 R")
    objects[1] = f"<< /Type /Pages /Count {len(kids)} /Kids [{' '.join(kids)}] >>"
    path.write_bytes(_file(objects))


def _font(base: str, cmap: str, number: int) -> list[str]:
    return [
        f"<< /Type /Font /Subtype /Type0 /BaseFont /{base}-{cmap} /Encoding /{cmap} "
        f"/DescendantFonts [{number + 1} 0 R] >>",
        f"<< /Type /Font /Subtype /CIDFontType0 /BaseFont /{base} /DW 1000 "
        "/CIDSystemInfo << /Registry (Adobe) /Ordering (GB1) /Supplement 2 >> "
        f"/W [1 95 500 814 939 500] /FontDescriptor {number + 2} 0 R >>",
        f"<< /Type /FontDescriptor /FontName /{base} /Flags 4 /FontBBox [-25 -254 1000 880] "
        "/ItalicAngle 0 /Ascent 880 /Descent -120 /CapHeight 880 /StemV 93 >>",
    ]


def _content(sheet: Sheet, names: dict[str, str], encoding: str) -> str:
    parts = [
        f"0.7 w {x0:.2f} {sheet.height - y0:.2f} m {x1:.2f} {sheet.height - y1:.2f} l S"
        for x0, y0, x1, y1 in sheet.strokes
    ]
    parts.extend(_shown(line, sheet.height, names[line.font], encoding) for line in sheet.lines)
    return "\n".join(parts)


def _shown(line: Line, height: float, name: str, encoding: str) -> str:
    gap = 0.0
    if len(line.text) > 1:
        natural = sum(half_or_full(c, line.font, line.size) for c in line.text[:-1])
        gap = (line.xs[-1] - line.xs[0] - natural) / (len(line.text) - 1)
    colour = "0.8 0 0 rg" if line.colour == "red" else "0 g"
    code = line.text.encode(encoding).hex().upper()
    return (
        f"BT {colour} /{name} {line.size:.2f} Tf {gap:.4f} Tc "
        f"{line.xs[0]:.2f} {height - line.y:.2f} Td <{code}> Tj ET"
    )


def _file(objects: Sequence[str]) -> bytes:
    out = b"%PDF-1.4\n%\xe2\xe3\xcf\xd3\n"
    offsets = []
    for number, text in enumerate(objects, 1):
        offsets.append(len(out))
        out += f"{number} 0 obj\n{text}\nendobj\n".encode("latin-1")
    table = "".join(f"{offset:010d} 00000 n \n" for offset in offsets)
    size = len(objects) + 1
    return out + (
        f"xref\n0 {size}\n0000000000 65535 f \n{table}"
        f"trailer\n<< /Size {size} /Root 1 0 R >>\nstartxref\n{len(out)}\n%%EOF\n"
    ).encode("latin-1")

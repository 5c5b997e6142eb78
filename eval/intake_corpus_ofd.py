"""Write set pages as OFD (GB/T 33190): a zip of XML with text objects in millimetres."""

from __future__ import annotations

import zipfile
from collections.abc import Sequence
from itertools import groupby
from pathlib import Path
from xml.sax.saxutils import escape

from eval.intake_corpus_layout import Line, Sheet

MM = 25.4 / 72
SPACE = 'xmlns:ofd="http://www.ofdspec.org/2016"'
HEAD = '<?xml version="1.0" encoding="UTF-8"?>\n'
FONT_IDS = {"song": 3, "hei": 4, "kai": 5}
FONT_NAMES = {"song": "宋体", "hei": "黑体", "kai": "楷体"}
TEMPLATE_ID = 6


def write_ofd(sheets: Sequence[Sheet], path: Path, style: str = "plain") -> None:
    """Write sheets as an OFD.

    ``style``: ``plain``; ``groups`` (DeltaX with ``g n v``); ``ctm`` (size 1 and a matrix that
    scales it); ``template`` (the running header stands in a template page).
    """
    parts = {
        "OFD.xml": f'<ofd:OFD {SPACE} DocType="OFD" Version="1.1"><ofd:DocBody><ofd:DocInfo>'
        "<ofd:DocID>0123456789abcdef0123456789abcdef</ofd:DocID></ofd:DocInfo>"
        "<ofd:DocRoot>Doc_0/Document.xml</ofd:DocRoot></ofd:DocBody></ofd:OFD>",
        "Doc_0/PublicRes.xml": _resources(),
    }
    templated = style == "template"
    parts["Doc_0/Document.xml"] = _document(sheets, templated)
    if templated:
        running = [line for line in sheets[0].lines if _is_running(line)]
        parts["Doc_0/Tpls/Tpl_0/Content.xml"] = _page(running, sheets[0], style, False)
    for number, sheet in enumerate(sheets):
        lines = [line for line in sheet.lines if not (templated and _is_running(line))]
        parts[f"Doc_0/Pages/Page_{number}/Content.xml"] = _page(lines, sheet, style, templated)
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as package:
        for name, text in parts.items():
            package.writestr(zipfile.ZipInfo(name, (2024, 5, 12, 9, 0, 0)), HEAD + text)


def _is_running(line: Line) -> bool:
    return line.item < 0 and not line.text.startswith("—")


def _resources() -> str:
    fonts = "".join(
        f'<ofd:Font ID="{number}" FontName="{FONT_NAMES[name]}" FamilyName="{FONT_NAMES[name]}"/>'
        for name, number in FONT_IDS.items()
    )
    return f'<ofd:Res {SPACE} BaseLoc="Res"><ofd:Fonts>{fonts}</ofd:Fonts></ofd:Res>'


def _document(sheets: Sequence[Sheet], templated: bool) -> str:
    pages = "".join(
        f'<ofd:Page ID="{100 + n}" BaseLoc="Pages/Page_{n}/Content.xml"/>'
        for n in range(len(sheets))
    )
    template = (
        f'<ofd:TemplatePage ID="{TEMPLATE_ID}" BaseLoc="Tpls/Tpl_0/Content.xml"/>'
        if templated
        else ""
    )
    return (
        f"<ofd:Document {SPACE}><ofd:CommonData><ofd:MaxUnitID>99999</ofd:MaxUnitID>"
        f"<ofd:PageArea>{_physical(sheets[0])}</ofd:PageArea>"
        f"<ofd:PublicRes>PublicRes.xml</ofd:PublicRes>{template}</ofd:CommonData>"
        f"<ofd:Pages>{pages}</ofd:Pages></ofd:Document>"
    )


def _physical(sheet: Sheet) -> str:
    box = f"0 0 {sheet.width * MM:.3f} {sheet.height * MM:.3f}"
    return f"<ofd:PhysicalBox>{box}</ofd:PhysicalBox>"


def _page(lines: Sequence[Line], sheet: Sheet, style: str, templated: bool) -> str:
    objects = [_path(1000 + n, stroke) for n, stroke in enumerate(sheet.strokes)]
    objects.extend(_text(2000 + n, line, style) for n, line in enumerate(lines))
    template = f'<ofd:Template TemplateID="{TEMPLATE_ID}" ZOrder="Background"/>'
    return (
        f"<ofd:Page {SPACE}><ofd:Area>{_physical(sheet)}</ofd:Area>"
        f"{template if templated else ''}"
        f'<ofd:Content><ofd:Layer ID="50" Type="Body">{"".join(objects)}</ofd:Layer>'
        "</ofd:Content></ofd:Page>"
    )


def _path(number: int, stroke: tuple[float, float, float, float]) -> str:
    x0, y0, x1, y1 = (v * MM for v in stroke)
    width, height = max(x1 - x0, 0.1), max(y1 - y0, 0.1)
    return (
        f'<ofd:PathObject ID="{number}" Boundary="{x0:.3f} {y0:.3f} {width:.3f} {height:.3f}" '
        'LineWidth="0.25"><ofd:AbbreviatedData>'
        f"M 0 0 L {x1 - x0:.3f} {y1 - y0:.3f}</ofd:AbbreviatedData></ofd:PathObject>"
    )


def _text(number: int, line: Line, style: str) -> str:
    size = line.size * MM
    left, top = line.xs[0] * MM, (line.y - line.size) * MM
    width = (line.xs[-1] - line.xs[0]) * MM + size
    scale = size if style == "ctm" else 1.0
    steps = [
        (after - before) * MM / scale for before, after in zip(line.xs, line.xs[1:], strict=False)
    ]
    matrix = f' CTM="{size:.4f} 0 0 {size:.4f} 0 0"' if style == "ctm" else ""
    delta = f' DeltaX="{_delta(steps, style)}"' if steps else ""
    return (
        f'<ofd:TextObject ID="{number}" Boundary="{left:.3f} {top:.3f} {width:.3f} '
        f'{size * 1.3:.3f}" Font="{FONT_IDS[line.font]}" Size="{size / scale:.4f}"{matrix}>'
        f'<ofd:TextCode X="0" Y="{size / scale:.4f}"{delta}>{escape(line.text)}</ofd:TextCode>'
        "</ofd:TextObject>"
    )


def _delta(steps: Sequence[float], style: str) -> str:
    shown = [f"{step:.4f}" for step in steps]
    if style == "plain":
        return " ".join(shown)
    parts = []
    for value, group in groupby(shown):
        count = len(list(group))
        parts.append(f"g {count} {value}" if count > 1 else value)
    return " ".join(parts)

"""Drawings in Word documents: text boxes, pictures, diagrams, charts, and those nobody sees."""

from __future__ import annotations

import re
from collections.abc import Iterator

from auditor.ingest.docx_markup import DELETED, MC, Element, R, W, chosen_form
from auditor.ingest.docx_styles import is_white

A = "{http://schemas.openxmlformats.org/drawingml/2006/main}"
C = "{http://schemas.openxmlformats.org/drawingml/2006/chart}"
V = "{urn:schemas-microsoft-com:vml}"
O = "{urn:schemas-microsoft-com:office:office}"  # noqa: E741
WP = "{http://schemas.openxmlformats.org/drawingml/2006/wordprocessingDrawing}"
DIAGRAM = "{http://schemas.openxmlformats.org/drawingml/2006/diagram}relIds"
TEXT_BOX, PICTURE, OLD_PICTURE = f"{W}txbxContent", f"{A}blip", f"{V}imagedata"
CHART, WORD_ART, OBJECT = f"{C}chart", f"{V}textpath", f"{O}OLEObject"
FOUND = frozenset([TEXT_BOX, PICTURE, OLD_PICTURE, CHART, DIAGRAM, WORD_ART, OBJECT])
LARGE_EMU = 3_600_000
FARTHEST_EMU = 22_000_000
"""Nothing is as wide or high as this: the largest page of Word is 22 inches."""
FAR_POINTS = 1600.0
LIGHT_SCHEME = ("bg1", "lt1")
MAX_POINTS = 200
PLACED = re.compile(r"(?:^|;)\s*(?:margin-left|margin-top|left|top)\s*:\s*(-?\d{1,9})(?:\.\d*)?pt")
UNSEEN = re.compile(r"(?:^|;)\s*(?:visibility\s*:\s*hidden|display\s*:\s*none)")


def drawn(drawing: Element) -> Iterator[Element]:
    """What a drawing holds that is read (see ``FOUND``); text boxes are not entered."""
    waiting = [drawing]
    while waiting:
        element = waiting.pop()
        if element.tag in FOUND:
            yield element
        if element.tag == TEXT_BOX or element.tag in DELETED:
            continue
        if element.tag == f"{MC}AlternateContent":
            chosen = chosen_form(element)
            waiting.extend([chosen] if chosen is not None else [])
        else:
            waiting.extend(reversed(element))


def how_hidden(drawing: Element) -> str:
    """Why nobody sees a drawing: ``vanish``, ``off_page``, else empty."""
    for child in drawing:
        properties = child.find(f"{WP}docPr")
        if properties is not None and properties.get("hidden") in ("1", "true"):
            return "vanish"
        style = child.get("style") or ""
        if UNSEEN.search(style):
            return "vanish"
        if _is_far(child) or any(abs(float(x)) > FAR_POINTS for x in PLACED.findall(style)):
            return "off_page"
    return ""


def _is_far(anchor: Element) -> bool:
    for axis in ("positionH", "positionV"):
        offset = anchor.findtext(f"{WP}{axis}/{WP}posOffset") or ""
        if abs(whole(offset)) > FARTHEST_EMU:
            return True
    return False


def whole(text: str) -> int:
    """A whole number out of an attribute, 0 for anything else."""
    text = text.strip()
    return int(text) if text[:12].lstrip("-").isdecimal() and len(text) < 13 else 0


def is_backdrop(drawing: Element) -> bool:
    """Tell a large drawing behind the text, which may be what white print stands on."""
    for anchor in drawing.iterchildren(f"{WP}anchor"):
        extent = anchor.find(f"{WP}extent")
        if anchor.get("behindDoc") in ("1", "true") and extent is not None:
            return min(whole(extent.get("cx", "")), whole(extent.get("cy", ""))) > LARGE_EMU
    return False


def is_painted(box: Element) -> bool:
    """Tell whether white print in a text box may stand on a colour: all but boxes filled white."""
    holder = box.getparent()
    shape = holder.getparent() if holder is not None else None
    if shape is None:
        return True
    filled = next((f for f in shape.iter(f"{A}solidFill") if _is_fill(f)), None)
    color = filled[0] if filled is not None and len(filled) else None
    if color is not None:
        light = color.get("val", "") in LIGHT_SCHEME or is_white(color.get("val", ""))
        return not light
    old = (shape.get("fillcolor") or "").split(" ")[0].lower()
    return not (old in ("white", "#fff") or is_white(old.removeprefix("#")))


def _is_fill(fill: Element) -> bool:
    parent = fill.getparent()
    return parent is not None and isinstance(parent.tag, str) and parent.tag.endswith("}spPr")


def relation_of(element: Element) -> str:
    """The id of the relation to the part that an element shows, empty where it has none."""
    names = {PICTURE: "embed", OLD_PICTURE: "id", CHART: "id", DIAGRAM: "dm"}
    return element.get(f"{R}{names.get(str(element.tag), 'id')}") or ""


def diagram_lines(root: Element) -> list[str]:
    """The texts of a diagram (SmartArt), one line a paragraph."""
    paragraphs = ("".join(t.text or "" for t in p.iter(f"{A}t")) for p in root.iter(f"{A}p"))
    return [" ".join(text.split()) for text in paragraphs if text.strip()]


def chart_rows(root: Element) -> tuple[str, list[list[str]]]:
    """A chart's title and its figures: categories down, series across."""
    title = root.find(f"{C}chart/{C}title")
    named = " ".join(diagram_lines(title)) if title is not None else ""
    series = list(root.iter(f"{C}ser"))
    columns = [_cached(one.find(f"{C}val")) for one in series]
    if not columns or not any(columns):
        return named, []
    names = [next(iter(_cached(one.find(f"{C}tx")).values()), "") for one in series]
    labels = _cached(series[0].find(f"{C}cat"))
    places = sorted({place for column in [labels, *columns] for place in column})[:MAX_POINTS]
    body = [[labels.get(p, ""), *(column.get(p, "") for column in columns)] for p in places]
    return named, [["", *names], *body]


def _cached(holder: Element | None) -> dict[int, str]:
    """The values that the chart keeps of its sheet, by their places."""
    points = holder.iter(f"{C}pt") if holder is not None else ()
    return {whole(p.get("idx", "")): (p.findtext(f"{C}v") or "").strip() for p in points}

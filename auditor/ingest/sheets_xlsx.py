"""What an XLSX package says of its cells beyond their values: hidden, percent, white on white."""

from __future__ import annotations

import io
import posixpath
import re
import zipfile
from dataclasses import dataclass, field

from lxml import etree

from auditor.core.errors import BrokenDocumentError
from auditor.ingest.package import child, children, local_name, parse_part

MAX_AREA = 6_000_000
TAG = re.compile(rb"<(?:\w{1,20}:)?(row|col|c)\s([^<>]{0,600})>")
ATTRIBUTE = re.compile(rb"(?:^|\s)(r|s|hidden|min|max|ht|width)\s*=\s*[\"']([^\"']{0,40})[\"']")
REFERENCE = re.compile(rb"([A-Z]{1,3})([0-9]{1,7})")
WRITTEN = re.compile(rb"<(?:\w{1,20}:)?t>[^<>]*\S[^<>]*</")
PERCENT_FORMATS = {9: 0, 10: 2}
PERCENT = re.compile(r"0(?:\.(0+))?[^;]{0,3}%")
WHITE = {"FFFFFFFF", "00FFFFFF", "FFFFFF"}
LIGHT_THEME = "0"


@dataclass(slots=True)
class Styles:
    """Cell formats by index: those that print percent (decimals), and those that hide."""

    percent: dict[int, int] = field(default_factory=dict)
    hiding: dict[int, str] = field(default_factory=dict)


@dataclass(slots=True)
class SheetLook:
    """How a sheet shows its cells; rows and columns count from 0.

    ``percent`` gives the decimals of cells that print percent, ``hiding`` why a cell's text is
    not seen (``white``, ``invisible``).
    """

    hidden_rows: set[int] = field(default_factory=set)
    hidden_columns: set[int] = field(default_factory=set)
    percent: dict[tuple[int, int], int] = field(default_factory=dict)
    hiding: dict[tuple[int, int], str] = field(default_factory=dict)


def looks_of(data: bytes, name: str) -> tuple[dict[str, SheetLook], list[str]]:
    """The looks of an XLSX's sheets by name, and warnings about text outside of cells.

    Raises:
        BrokenDocumentError: a sheet spans a larger area than can be held.
    """
    with zipfile.ZipFile(io.BytesIO(data)) as package:
        members = set(package.namelist())
        styles = Styles()
        if "xl/styles.xml" in members:
            styles = styles_of(parse_part(package.read("xl/styles.xml"), "xl/styles.xml", name))
        looks = {
            title: look_of(package.read(path), styles, name)
            for title, path in _sheet_parts(package, name)
            if path in members
        }
        drawings = [m for m in members if m.startswith("xl/drawings/") and m.endswith(".xml")]
        written = any(WRITTEN.search(package.read(member)) for member in drawings)
    return looks, ["文本框或图形中的文字未读入"] if written else []


def _sheet_parts(package: zipfile.ZipFile, name: str) -> list[tuple[str, str]]:
    """Name and part of every sheet, by the workbook and its relations."""
    try:
        book = parse_part(package.read("xl/workbook.xml"), "xl/workbook.xml", name)
        path = "xl/_rels/workbook.xml.rels"
        relations = parse_part(package.read(path), path, name)
    except KeyError:
        return []
    targets = {rel.get("Id"): rel.get("Target") or "" for rel in relations}
    parts = []
    for sheet in children(child(book, "sheets"), "sheet"):
        identifier = next((str(v) for k, v in sheet.attrib.items() if str(k).endswith("}id")), "")
        target = posixpath.normpath(posixpath.join("/xl", targets.get(identifier, "")))
        parts.append((sheet.get("name") or "", target.lstrip("/")))
    return parts


def styles_of(root: etree._Element) -> Styles:
    """Read the cell formats of a styles part."""
    codes = {
        _whole(form.get("numFmtId")): form.get("formatCode") or ""
        for form in children(child(root, "numFmts"), "numFmt")
    }
    fonts = [_is_white(child(font, "color")) for font in children(child(root, "fonts"), "font")]
    fills = [_is_blank(fill) for fill in children(child(root, "fills"), "fill")]
    styles = Styles()
    for index, form in enumerate(children(child(root, "cellXfs"), "xf")):
        number = _whole(form.get("numFmtId"))
        code = codes.get(number, "")
        percent = PERCENT.search(code)
        if number in PERCENT_FORMATS and not code:
            styles.percent[index] = PERCENT_FORMATS[number]
        elif percent:
            styles.percent[index] = len(percent.group(1) or "")
        font, fill = _whole(form.get("fontId")), _whole(form.get("fillId"))
        if code.strip() == ";;;":
            styles.hiding[index] = "invisible"
        elif font < len(fonts) and fonts[font] and (fill >= len(fills) or fills[fill]):
            styles.hiding[index] = "white"
    return styles


def _whole(text: str | None) -> int:
    return int(text) if text and text.isascii() and text.isdigit() and len(text) < 10 else 0


def _is_white(color: etree._Element | None) -> bool:
    if color is None:
        return False
    rgb = (color.get("rgb") or "").upper()
    return rgb in WHITE or (color.get("theme") == LIGHT_THEME and not color.get("tint"))


def _is_blank(fill: etree._Element) -> bool:
    """Tell whether a fill leaves the cell white."""
    pattern = next((c for c in fill if local_name(c) == "patternFill"), None)
    if pattern is None:
        return len(fill) == 0
    if pattern.get("patternType") in (None, "none"):
        return True
    return pattern.get("patternType") == "solid" and _is_white(child(pattern, "fgColor"))


def look_of(xml: bytes, styles: Styles, name: str) -> SheetLook:
    """Read how a sheet's part shows its rows, columns and cells; cells without value count not."""
    look = SheetLook()
    last_row = last_column = 0
    for match in TAG.finditer(xml):
        kind = match.group(1)
        if kind == b"c" and match.group(2).endswith(b"/"):
            continue
        attributes = dict(ATTRIBUTE.findall(match.group(2)))
        if kind == b"c":
            place = _place(attributes.get(b"r", b""))
            if place is not None:
                last_row, last_column = max(last_row, place[0]), max(last_column, place[1])
                _note_cell(look, styles, place, attributes.get(b"s", b""))
        elif _hides(attributes):
            _note_hidden(look, kind, attributes)
    if (last_row + 1) * (last_column + 1) > MAX_AREA:
        raise BrokenDocumentError(
            name, "工作表的行列范围过大", hint="请删去表外的空白行列，另存后重新提交。"
        )
    return look


def _place(reference: bytes) -> tuple[int, int] | None:
    found = REFERENCE.fullmatch(reference)
    if found is None:
        return None
    column = 0
    for letter in found.group(1):
        column = column * 26 + letter - 64
    return int(found.group(2)) - 1, column - 1


def _note_cell(look: SheetLook, styles: Styles, place: tuple[int, int], style: bytes) -> None:
    index = int(style) if style.isdigit() else 0
    if index in styles.percent:
        look.percent[place] = styles.percent[index]
    if index in styles.hiding:
        look.hiding[place] = styles.hiding[index]


def _hides(attributes: dict[bytes, bytes]) -> bool:
    flat = attributes.get(b"ht") == b"0" or attributes.get(b"width") == b"0"
    return flat or attributes.get(b"hidden") in (b"1", b"true")


def _note_hidden(look: SheetLook, kind: bytes, attributes: dict[bytes, bytes]) -> None:
    if kind == b"row":
        row = _whole(attributes.get(b"r", b"").decode("ascii", "replace"))
        look.hidden_rows.add(row - 1)
        return
    first = _whole(attributes.get(b"min", b"").decode("ascii", "replace"))
    last = _whole(attributes.get(b"max", b"").decode("ascii", "replace"))
    look.hidden_columns.update(range(first - 1, min(last, 16_384)))

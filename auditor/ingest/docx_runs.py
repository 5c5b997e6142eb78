"""The text of one paragraph of a Word document as it is printed, and what is anchored in it."""

from __future__ import annotations

from dataclasses import dataclass, field
from itertools import groupby

from auditor.ingest.docx_drawings import how_hidden, is_backdrop
from auditor.ingest.docx_fields import Fields
from auditor.ingest.docx_markup import Element, M, W, find, unwrapped, value
from auditor.ingest.docx_math import linear
from auditor.ingest.docx_styles import Look, Styles, is_shaded, look_of
from auditor.ingest.docx_symbols import symbol_of, without_private

PLAIN_SIGNS = {f"{W}tab": "\t", f"{W}ptab": "\t", f"{W}cr": "\n", f"{W}noBreakHyphen": "-"}
DRAWINGS = frozenset([f"{W}drawing", f"{W}pict", f"{W}object"])
NOTES = {f"{W}footnoteReference": "footnote", f"{W}endnoteReference": "endnote"}
RUN, TEXT, RUN_PROPERTIES = f"{W}r", f"{W}t", f"{W}rPr"
FORMULAS = (f"{M}oMath", f"{M}oMathPara")
PAGE_BREAKS = frozenset([f"{W}lastRenderedPageBreak"])


@dataclass(slots=True)
class Inline:
    """What a paragraph holds: printed text, hidden stretches (how, text), and what hangs on it.

    ``drawings`` come with whether they are anchored behind printed text and why they are not
    seen; ``notes`` are (``footnote`` or ``endnote``, id, whether it counts).
    """

    text: str = ""
    hidden: list[tuple[str, str]] = field(default_factory=list)
    drawings: list[tuple[bool, str, Element]] = field(default_factory=list)
    notes: list[tuple[str, str, bool]] = field(default_factory=list)


class InlineReader:
    """Reads the paragraphs of one story (body, header, note) in their order.

    ``shaded`` is set by who reads the blocks: the ground behind the paragraph may not be white.
    """

    def __init__(self, story: Element, styles: Styles) -> None:
        self._styles = styles
        self._fields = Fields(story)
        self._backdrop = False
        self.shaded = False
        self._parts: list[str] = []
        self._hidden: list[tuple[str, str]] = []
        self._printed = False
        self._found = Inline()

    def read(self, paragraph: Element) -> Inline:
        """Read one ``w:p``."""
        self._parts, self._hidden, self._found = [], [], Inline()
        self._printed = False
        properties = find(paragraph, "pPr")
        style = value(find(properties, "pStyle"))
        own = is_shaded(find(properties, "shd"))
        ground = self.shaded or own or (bool(style) and self._styles.shades(style))
        self._new_page(find(properties, "pageBreakBefore"))
        for child in unwrapped(paragraph):
            if child.tag == RUN:
                self._run(child, style, ground)
            elif child.tag in FORMULAS:
                self._emit(linear(child), "")
        self._new_page(find(properties, "sectPr"))
        self._found.text = "".join(self._parts)
        groups = groupby(self._hidden, key=lambda item: item[0])
        self._found.hidden = [(how, "".join(text for _, text in g)) for how, g in groups]
        return self._found

    def _new_page(self, mark: Element | None) -> None:
        if mark is not None:
            self._backdrop = False

    def _run(self, run: Element, style: str, ground: bool) -> None:
        properties = run.find(RUN_PROPERTIES)
        how = self._look(properties, style).how_hidden(ground or self._backdrop)
        for child in unwrapped(run):
            tag = child.tag
            if tag == TEXT:
                self._emit(without_private(child.text or "", properties), how)
            elif tag in PLAIN_SIGNS:
                self._emit(PLAIN_SIGNS[tag], how)
            else:
                self._rare(child, how, style, ground)

    def _look(self, properties: Element | None, style: str) -> Look:
        run_style = value(find(properties, "rStyle")) if properties is not None else ""
        return look_of(properties).over(self._styles.look(style, run_style))

    def _rare(self, child: Element, how: str, style: str, ground: bool) -> None:
        """What a run holds beside text and tabs."""
        tag = child.tag
        if tag == f"{W}br":
            self._break(child, how)
        elif tag == f"{W}sym":
            self._emit(symbol_of(child), how)
        elif tag == f"{W}fldChar":
            self._emit(self._fields.meet(child), how)
        elif tag == f"{W}instrText":
            self._fields.add_code(child.text or "")
        elif tag in DRAWINGS:
            self._drawing(child, how)
        elif tag in NOTES and not how:
            counts = value(child, "customMarkFollows") not in ("1", "true")
            self._found.notes.append((NOTES[tag], value(child, "id"), counts))
        elif tag == f"{W}ruby":
            self._ruby(child, style, ground)
        elif tag in PAGE_BREAKS:
            self._backdrop = False

    def _break(self, mark: Element, how: str) -> None:
        """A line break; breaks of pages and columns leave no sign in the text."""
        kind = value(mark, "type")
        if kind in ("page", "column"):
            self._new_page(mark)
        else:
            self._emit("\n", how)

    def _ruby(self, ruby: Element, style: str, ground: bool) -> None:
        """Text and behind it, in brackets, the small print above it."""
        for run in ruby.iterfind(f"{W}rubyBase/{W}r"):
            self._run(run, style, ground)
        base, self._parts = self._parts, []
        for run in ruby.iterfind(f"{W}rt/{W}r"):
            self._run(run, style, ground)
        above = "".join(self._parts).strip()
        self._parts = [*base, f"（{above}）"] if above else base

    def _drawing(self, drawing: Element, how: str) -> None:
        unseen = ("vanish" if how == "vanish" else "") or how_hidden(drawing)
        self._backdrop = self._backdrop or is_backdrop(drawing)
        if not self._fields.in_code:
            self._found.drawings.append((self._printed, unseen, drawing))

    def _emit(self, text: str, how: str) -> None:
        """Add text to what is printed, or to what is hidden."""
        if not text:
            return
        if self._fields.in_code:
            how = "vanish"
        if not how:
            self._parts.append(text)
            self._printed = self._printed or not text.isspace()
        else:
            self._hidden.append((how, text))

"""Fields of Word: of a field the result is printed, its code is not."""

from __future__ import annotations

import re
from dataclasses import dataclass

from auditor.ingest.docx_counting import FORMATS
from auditor.ingest.docx_markup import DELETED, FALLBACK, Element, W, find, is_on, number, value

FIELD_CHARACTER = f"{W}fldChar"
CONTAINERS = (f"{W}tc", f"{W}txbxContent")
ENCLOSED = re.compile(r"\\o(?:\\a[clr])?\(([^,，;；()]{1,4})[,，;；]([^()\\]{1,6})\)", re.I)
CIRCLES = "○◯〇"
CHECKED, UNCHECKED = "☑", "□"
MAX_CODE = 4000


@dataclass(slots=True)
class Field:
    """An open field: whether its code is still being read, the code so far, its form's state."""

    in_code: bool = True
    code: str = ""
    shown: str = ""


class Fields:
    """Follows the complex fields of one story (body, note); broken ones are taken as text."""

    def __init__(self, story: Element) -> None:
        self._whole = whole_fields(story)
        self._open: list[Field] = []
        self._codes = 0

    @property
    def in_code(self) -> bool:
        """Tell whether what comes now is part of a field's code."""
        return self._codes > 0

    def add_code(self, text: str) -> None:
        """Take up text of a code (``w:instrText``)."""
        if self._open and self._open[-1].in_code and len(self._open[-1].code) < MAX_CODE:
            self._open[-1].code += text

    def meet(self, mark: Element) -> str:
        """Pass a ``w:fldChar``; gives what is printed in its place though it is no result."""
        if mark not in self._whole:
            return ""
        kind = value(mark, "fldCharType")
        if kind == "begin":
            self._open.append(Field(shown=form_field(find(mark, "ffData"))))
            self._codes += 1
        elif kind == "separate" and self._open:
            self._codes -= self._open[-1].in_code
            self._open[-1].in_code = False
        elif kind == "end" and self._open:
            field = self._open.pop()
            self._codes -= field.in_code
            if not self.in_code and (field.in_code or field.shown in (CHECKED, UNCHECKED)):
                return field.shown or enclosed(field.code)
        return ""


def whole_fields(story: Element) -> set[Element]:
    """The marks of all fields that begin and end; deleted ones do not count.

    The code of a field must end in the cell or text box in which it begins.
    """
    whole: set[Element] = set()
    opened: list[list[Element]] = []
    for mark in story.iter(FIELD_CHARACTER):
        if any(above.tag in DELETED or above.tag == FALLBACK for above in mark.iterancestors()):
            continue
        kind = value(mark, "fldCharType")
        if kind == "begin":
            opened.append([mark])
        elif opened:
            opened[-1].append(mark)
            if kind == "end":
                marks = opened.pop()
                whole.update(marks if _container(marks[0]) is _container(marks[1]) else ())
    return whole


def _container(mark: Element) -> Element | None:
    """The cell or text box around a mark."""
    return next(mark.iterancestors(*CONTAINERS), None)


def form_field(data: Element | None) -> str:
    """What a check box or a list of an old form shows; text fields have a result."""
    box, choice = find(data, "checkBox"), find(data, "ddList")
    if box is not None:
        state = find(box, "checked")
        state = find(box, "default") if state is None else state
        return CHECKED if is_on(state) else UNCHECKED
    if choice is None:
        return ""
    entries = choice.findall(f"{W}listEntry")
    chosen = number(find(choice, "result"))
    chosen = (number(find(choice, "default")) or 0) if chosen is None else chosen
    return value(entries[chosen]) if 0 <= chosen < len(entries) else ""


def enclosed(code: str) -> str:
    r"""The enclosed character that an ``EQ \o\ac(○,1)`` prints, empty for other codes."""
    dense = code.replace(" ", "")
    if dense[:2].upper() != "EQ":
        return ""
    found = ENCLOSED.search(dense)
    if not found:
        return ""
    around, inside = found.groups()
    circled = around in CIRCLES and inside.isdecimal() and int(inside) <= 50
    return FORMATS["decimalEnclosedCircle"](int(inside)) if circled else inside

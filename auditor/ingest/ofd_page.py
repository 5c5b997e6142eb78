"""What is drawn on one OFD page: text, rules, filled areas and pictures, templates included."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from itertools import pairwise

from lxml import etree

from auditor.core.documents import HiddenText
from auditor.core.errors import BrokenDocumentError
from auditor.core.layout import Corners
from auditor.ingest.glyphs import GlyphPage
from auditor.ingest.ofd_geometry import (
    Matrix,
    after,
    applied,
    around,
    box_of,
    is_white,
    matrix_of,
    number,
    numbers,
    path_lines,
)
from auditor.ingest.ofd_package import Resources
from auditor.ingest.ofd_text import Run, runs_of
from auditor.ingest.package import child, child_text, children, local_name

OPAQUE_ENOUGH = 13
SLIVER = 2.0
MAX_DEPTH = 12
MAX_OBJECTS = 300_000
MAX_CHARACTERS = 2_000_000
MAX_RULES = 8000
MAX_AREAS = 20_000
MAX_PICTURES = 64
OBJECTS = ("TextObject", "PathObject", "ImageObject", "CompositeObject", "PageBlock", "Layer")


@dataclass(frozen=True, slots=True)
class Picture:
    """A picture on the page: its part, and the matrix from the unit square to points."""

    path: str
    matrix: Matrix
    box: Corners


@dataclass(frozen=True, slots=True)
class Area:
    """A filled area or picture on the page, drawn as number ``order``."""

    order: int
    box: Corners
    white: bool


@dataclass(frozen=True, slots=True)
class State:
    """What objects inherit: the matrix to points, drawing parameters, why they are hidden."""

    matrix: Matrix
    param: str = ""
    how: str = ""
    depth: int = 0


@dataclass(slots=True)
class Budget:
    """How much a document may still draw (composite units can multiply objects and text)."""

    objects: int = MAX_OBJECTS
    characters: int = MAX_CHARACTERS

    def spend(self, name: str, characters: int = 0) -> None:
        """Count an object or its characters; raises ``BrokenDocumentError`` for too many."""
        self.objects -= not characters
        self.characters -= characters
        if self.objects < 0 or self.characters < 0:
            raise BrokenDocumentError(name, "OFD 图元或文字超过上限", hint="请拆分文件后重新提交。")


@dataclass(slots=True)
class Drawing:
    """Everything drawn on a page of ``width`` x ``height`` points, in the order of drawing."""

    number: int
    width: float
    height: float
    runs: list[Run] = field(default_factory=list)
    rules: list[Corners] = field(default_factory=list)
    areas: list[Area] = field(default_factory=list)
    pictures: list[Picture] = field(default_factory=list)
    paths: int = 0
    order: int = 0

    @property
    def picture_share(self) -> float:
        """The share of the page that pictures cover (overlaps count twice, at most 1)."""
        shown = 0.0
        for picture in self.pictures:
            left, top, right, bottom = picture.box
            across = min(right, self.width) - max(left, 0.0)
            down = min(bottom, self.height) - max(top, 0.0)
            shown += max(across, 0.0) * max(down, 0.0)
        return min(1.0, shown / max(self.width * self.height, 1.0))


class Painter:
    """Draws the objects of a page or template onto a ``Drawing``."""

    def __init__(self, drawing: Drawing, resources: Resources, budget: Budget, name: str) -> None:
        self._drawing = drawing
        self._resources = resources
        self._budget = budget
        self._name = name

    def paint(self, content: etree._Element | None, matrix: Matrix) -> list[Run]:
        """Draw the layers of a Content element; gives the runs of text that it holds."""
        before = len(self._drawing.runs)
        self._paint_all(content, State(matrix))
        return self._drawing.runs[before:]

    def _paint_all(self, holder: etree._Element | None, state: State) -> None:
        if state.depth > MAX_DEPTH:
            return
        for element in children(holder, *OBJECTS):
            self._budget.spend(self._name)
            self._drawing.order += 1
            kind = local_name(element)
            inner = self._state(element, state)
            if kind in ("PageBlock", "Layer"):
                self._paint_all(element, inner)
            elif kind == "CompositeObject":
                unit = self._resources.units.get(element.get("ResourceID") or "")
                self._paint_all(child(unit, "Content"), inner)
            elif kind == "TextObject":
                self._text(element, inner)
            elif kind == "PathObject":
                self._path(element, inner)
            else:
                self._image(element, inner)

    def _state(self, element: etree._Element, state: State) -> State:
        how = state.how
        if (element.get("Visible") or "true").strip().lower() in ("false", "0"):
            how = how or "invisible"
        elif number(element.get("Alpha"), 255.0) <= OPAQUE_ENOUGH:
            how = how or "transparent"
        matrix = state.matrix
        if element.get("Boundary"):
            x, y = (*numbers(element.get("Boundary"), 4), 0.0, 0.0)[:2]
            matrix = after(matrix, (1.0, 0.0, 0.0, 1.0, x, y))
        if element.get("CTM"):
            matrix = after(matrix, matrix_of(element.get("CTM")))
        param = element.get("DrawParam") or state.param
        return replace(state, matrix=matrix, how=how, param=param, depth=state.depth + 1)

    def _text(self, element: etree._Element, state: State) -> None:
        filled = (element.get("Fill") or "true").lower() != "false"
        stroked = (element.get("Stroke") or "false").lower() == "true"
        colour = self._colour(
            element, "FillColor" if filled or not stroked else "StrokeColor", state
        )
        how = state.how
        if not filled and not stroked:
            how = how or "invisible"
        if colour is not None and number(colour.get("Alpha"), 255.0) <= OPAQUE_ENOUGH:
            how = how or "transparent"
        for run in runs_of(element, state.matrix):
            run.how = how or run.how
            run.white = self._is_white(colour)
            run.order = self._drawing.order
            if run.text:
                self._budget.spend(self._name, len(run.text))
                self._drawing.runs.append(run)

    def _colour(self, element: etree._Element, name: str, state: State) -> etree._Element | None:
        """The colour of an object: its own, else that of its drawing parameters (inherited)."""
        found = child(element, name)
        identifier = state.param
        for _ in range(MAX_DEPTH):
            param = self._resources.params.get(identifier)
            if found is not None or param is None:
                break
            found = child(param, name)
            identifier = param.get("Relative") or ""
        return found

    def _is_white(self, colour: etree._Element | None) -> bool:
        if colour is None or not colour.get("Value"):
            return False
        space = self._resources.spaces.get(colour.get("ColorSpace") or "", "")
        return is_white(colour.get("Value") or "", space)

    def _path(self, element: etree._Element, state: State) -> None:
        if state.how:
            return
        self._drawing.paths += 1
        filled = (element.get("Fill") or "false").lower() == "true"
        stroked = (element.get("Stroke") or "true").lower() != "false"
        data = child_text(element, "AbbreviatedData")
        shapes = [[applied(state.matrix, x, y) for x, y in points] for points in path_lines(data)]
        if not shapes:
            return
        box = around([point for points in shapes for point in points])
        thin = min(box[2] - box[0], box[3] - box[1]) <= SLIVER
        if thin and len(self._drawing.rules) < MAX_RULES:
            self._drawing.rules.append(box)
        elif stroked:
            self._strokes(shapes)
        if filled and not thin and len(self._drawing.areas) < MAX_AREAS:
            white = self._is_white(self._colour(element, "FillColor", state))
            self._drawing.areas.append(Area(self._drawing.order, box, white))

    def _strokes(self, shapes: list[list[tuple[float, float]]]) -> None:
        """Keep the straight strokes of a path as rules: the frames of tables."""
        for points in shapes:
            for one, two in pairwise(points):
                box = around([one, two])
                thin = min(box[2] - box[0], box[3] - box[1]) <= SLIVER / 2
                if thin and len(self._drawing.rules) < MAX_RULES:
                    self._drawing.rules.append(box)

    def _image(self, element: etree._Element, state: State) -> None:
        path = self._resources.media.get(element.get("ResourceID") or "")
        if state.how or path is None or len(self._drawing.pictures) >= MAX_PICTURES:
            return
        matrix = state.matrix
        if not element.get("CTM"):
            sides = (*numbers(element.get("Boundary"), 4), 0.0, 0.0, 0.0, 0.0)[2:4]
            matrix = after(matrix, (sides[0], 0.0, 0.0, sides[1], 0.0, 0.0))
        box = box_of(matrix, 0.0, 0.0, 1.0, 1.0)
        self._drawing.pictures.append(Picture(path, matrix, box))
        self._drawing.areas.append(Area(self._drawing.order, box, white=False))


def in_order(template: list[Run], body: list[Run]) -> list[Run]:
    """Set the runs of templates among those of the page.

    What stands wholly above or below the page's own text goes before or after it; a form whose
    labels are the template's is sorted by lines.
    """
    if not template or not body:
        return template or body
    top, bottom = min(run.top for run in body), max(run.bottom for run in body)
    above = [run for run in template if run.bottom <= top + run.size / 2]
    below = [run for run in template if run not in above and run.top >= bottom - run.size / 2]
    if len(above) + len(below) == len(template):
        return [*above, *body, *below]
    return _by_lines([*template, *body])


def _by_lines(runs: list[Run]) -> list[Run]:
    ordered: list[list[Run]] = []
    for run in sorted(runs, key=lambda r: r.top + r.bottom):
        middle = (run.top + run.bottom) / 2
        if ordered and ordered[-1][0].top <= middle <= ordered[-1][0].bottom:
            ordered[-1].append(run)
        else:
            ordered.append([run])
    return [run for line in ordered for run in sorted(line, key=lambda r: r.boxes[0][0])]


def parted(drawing: Drawing, runs: list[Run]) -> tuple[GlyphPage, list[HiddenText]]:
    """Part what a reader of the page sees from what he does not."""
    page = GlyphPage(drawing.number, drawing.width, drawing.height, rules=drawing.rules)
    hidden: list[HiddenText] = []
    votes: dict[int, int] = {}
    for run in runs:
        shown: list[tuple[str, Corners]] = []
        for how, character, box in _characters(drawing, run):
            if not how:
                shown.append((character, box))
            elif hidden and hidden[-1].how == how and len(hidden[-1].text) < 2000:
                hidden[-1] = HiddenText(how, hidden[-1].text + character, drawing.number)
            else:
                hidden.append(HiddenText(how, character, drawing.number))
        if shown:
            votes[run.angle] = votes.get(run.angle, 0) + len(shown)
            page.add("".join(text for text, _ in shown), [box for _, box in shown])
    page.turn = max(votes, key=lambda angle: votes[angle]) if votes else 0
    return page, [found for found in hidden if found.text.strip()]


def _characters(drawing: Drawing, run: Run) -> Iterator[tuple[str, str, Corners]]:
    for character, box in zip(run.text, run.boxes, strict=True):
        x, y = (box[0] + box[2]) / 2, (box[1] + box[3]) / 2
        how = run.how
        if not how and not (0 <= x <= drawing.width and 0 <= y <= drawing.height):
            how = "off_page"
        if not how and run.white and not _on_dark(drawing, run.order, x, y):
            how = "white"
        yield how, character, box


def _on_dark(drawing: Drawing, order: int, x: float, y: float) -> bool:
    """Tell whether the last area drawn below a white character is not white itself."""
    for area in reversed(drawing.areas):
        left, top, right, bottom = area.box
        if area.order < order and left <= x <= right and top <= y <= bottom:
            return not area.white
    return False


def page_matrix(physical: list[float]) -> Matrix:
    """From the millimetres of a page whose box is ``physical`` to points from its upper left."""
    scale = 72 / 25.4
    x, y = (physical[0], physical[1]) if len(physical) == 4 else (0.0, 0.0)
    return after((scale, 0.0, 0.0, scale, 0.0, 0.0), (1.0, 0.0, 0.0, 1.0, -x, -y))

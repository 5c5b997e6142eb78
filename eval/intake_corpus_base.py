"""What the makers of the intake corpus share: where they work and what they hand on."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from eval.intake_corpus_glyphs import PlacedGlyph
from eval.intake_corpus_layout import Form, Setter, Sheet
from eval.intake_corpus_pdf import measure
from eval.intake_corpus_text import Item, Writer

HEADER = "临澜市全域数字化转型申报材料"
NARROW = Form(columns=2, size=10.5, pitch=18, left=60, header=HEADER)


@dataclass(frozen=True, slots=True)
class Made:
    """One file of the corpus: its name, its kind, whether it is a scan, and its truth."""

    file: str
    kind: str
    scan: bool
    items: tuple[Item, ...]


@dataclass(slots=True)
class Bench:
    """Where the makers work: the folder of the files, a folder for drafts, the writer."""

    files: Path
    drafts: Path
    writer: Writer
    quick: bool = False

    def few(self, many: int) -> int:
        """So many files, or one in a quick run."""
        return 1 if self.quick else many

    def set_pages(self, items: Sequence[Item], form: Form | None = None) -> list[Sheet]:
        """Set a paper in the embedded fonts."""
        return Setter(form or Form(header=HEADER), measure).set_paper(items)

    def keep_glyphs(self, file: str, glyphs: Sequence[PlacedGlyph]) -> None:
        """Store where every character of a file stands."""
        folder = self.files.parent / "glyphs"
        folder.mkdir(exist_ok=True)
        text = json.dumps(glyphs, ensure_ascii=False, separators=(",", ":"))
        (folder / f"{file}.json").write_text(text + "\n", encoding="utf-8")


Maker = Callable[[Bench], Iterator[Made]]

"""Build the sample dossier and the twin dossiers from ``source/`` and ``twins/matters.yaml``.

``python -m examples.build_examples [FOLDER]`` writes them beside this file, or into FOLDER; the
same source gives the same bytes.
"""

from __future__ import annotations

import argparse
from collections.abc import Callable, Sequence
from pathlib import Path

import yaml

from examples import annexes
from examples.layouts import (
    Piece,
    pieces_of,
    write_docx,
    write_gb18030,
    write_html,
    write_markdown,
    write_pdf,
    write_text,
)

HERE = Path(__file__).resolve().parent
ANNEXES = {
    "tasks": annexes.tasks,
    "statistics": annexes.statistics,
    "projects": annexes.projects,
    "renewal": annexes.renewal,
}
Writer = Callable[[Sequence[Piece], Path], None]
FORMATS: dict[str, tuple[Writer, str]] = {
    "01": (write_pdf, "pdf"),
    "02": (write_docx, "docx"),
    "03": (write_html, "html"),
    "04": (write_pdf, "pdf"),
    "05": (write_docx, "docx"),
    "06": (write_gb18030, "txt"),
    "07": (write_docx, "docx"),
    "08": (write_pdf, "pdf"),
    "09": (write_markdown, "md"),
    "10": (write_text, "txt"),
    "11": (write_pdf, "pdf"),
}
TWINS = {
    "facts": ("临澜市2024年数字化工作总结", "2025年1月10日", "2024年，全市数字化工作取得新的成效。"),
    "plans": ("临澜市数字化工作三年行动计划（2025—2027年）", "2025年1月10日", "为推进全市数字化工作，制定本计划。"),
    "elsewhere": ("赴外地学习考察情况的报告", "2025年1月10日", "2024年，考察组学习了外地做法。"),
}  # fmt: skip


def build_dossier(source: Path, target: Path) -> None:
    """Write every document of the sample dossier in its format."""
    target.mkdir(parents=True, exist_ok=True)
    for file in sorted(source.glob("*.md")):
        text = file.read_text(encoding="utf-8").replace("{{districts}}", annexes.districts())
        write, suffix = FORMATS[file.name[:2]]
        write(pieces_of(text, ANNEXES), target / f"{file.stem}.{suffix}")


def build_twins(matters: Path, target: Path) -> None:
    """Write the three twin dossiers: one document each, sections in the order of the matters."""
    rows = yaml.safe_load(matters.read_text(encoding="utf-8"))["matters"]
    keys = {"facts": "fact", "plans": "plan", "elsewhere": "elsewhere"}
    for name, (title, issued, opening) in TWINS.items():
        pieces = [Piece(1, title), Piece(0, issued), Piece(0, opening)]
        part = ""
        for row in rows:
            if row["part"] != part:
                part = row["part"]
                pieces.append(Piece(2, part))
            pieces.append(Piece(0, row[keys[name]]))
        folder = target / name
        folder.mkdir(parents=True, exist_ok=True)
        write_docx(pieces, folder / f"{title}.docx")


def main() -> None:
    """Build everything."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path, nargs="?", default=HERE)
    folder = parser.parse_args().folder
    build_dossier(HERE / "source", folder / "dossier")
    build_twins(HERE / "twins" / "matters.yaml", folder / "twins")
    print(f"{folder / 'dossier'}: {len(list((folder / 'dossier').iterdir()))} documents")


if __name__ == "__main__":
    main()

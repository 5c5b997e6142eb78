"""Instructions in documents: how many are found, how many sentences are marked by mistake.

``python -m eval.injection`` measures recall on the project's own strings; ``--real FOLDER …``
counts and prints the marked sentences of real papers; ``--flips screen|fake|local`` compares
injected dossiers with their clean twins over all features (eval/injection_twins.py).
"""

from __future__ import annotations

import argparse
import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import Any

import yaml

from auditor.core.documents import Document
from auditor.core.run import Silence
from auditor.instructions import instructions_of, marks_of
from auditor.passages import CityNames, cut_passages
from auditor.receiving import read_documents
from auditor.wiring import intake_settings

STRINGS = Path(__file__).resolve().parents[1] / "tests" / "injection" / "strings.yaml"


@dataclass(frozen=True, slots=True)
class Injected:
    """One string of the test set: its parts (two where it is split), and a neutral twin of each."""

    id: str
    family: str
    place: str
    text: tuple[str, ...]
    twin: tuple[str, ...]

    @property
    def half(self) -> str:
        """``a``: written before the detector was done; ``b``: after."""
        return self.id[0]


@dataclass(frozen=True, slots=True)
class Marked:
    """What the detector marks in real papers."""

    documents: int
    sentences: int
    quotes: tuple[tuple[str, str, str], ...]

    @property
    def share(self) -> float:
        """Share of the sentences that are marked."""
        return len(self.quotes) / max(self.sentences, 1)


def load_strings(file: Path = STRINGS) -> tuple[Injected, ...]:
    """Read the test set."""
    rows = yaml.safe_load(file.read_text(encoding="utf-8"))["strings"]
    return tuple(
        Injected(r["id"], r["family"], r["place"], tuple(r["text"]), tuple(r["twin"])) for r in rows
    )


def is_found(parts: Sequence[str]) -> bool:
    """Whether the detector marks any part (each part alone would do no harm)."""
    return any(mark is not None for mark in marks_of(parts))


def recall_of(strings: Sequence[Injected]) -> dict[str, dict[str, Any]]:
    """Found and missed strings by half, by family and in all."""
    groups: dict[str, list[Injected]] = {}
    for string in strings:
        for name in ("all", f"half {string.half}", f"family {string.family}"):
            groups.setdefault(name, []).append(string)
    rows = {}
    for name, members in sorted(groups.items()):
        missed = [s.id for s in members if not is_found(s.text)]
        rows[name] = {
            "strings": len(members),
            "found": len(members) - len(missed),
            "recall": round(1 - len(missed) / len(members), 3),
            "missed": missed,
        }
    return rows


def marked_in(documents: Sequence[Document], city: str = "") -> Marked:
    """Count the marked sentences, and whatever is found beside the text."""
    sentences = 0
    quotes = []
    for document in documents:
        passages = cut_passages(document, CityNames(city))
        sentences += sum(bool(s.text.strip()) for p in passages for s in p.sentences)
        for found in instructions_of([document], passages):
            quotes.append((PurePosixPath(document.name).name, found.family.value, found.quote))
    return Marked(len(documents), sentences, tuple(quotes))


def measure_real(folders: Sequence[Path]) -> Marked:
    """Read real papers (contents are kept in the cache) and count what is marked."""
    documents: list[Document] = []
    for folder in folders:
        documents += read_documents(folder, Silence(), "", intake_settings())[0]
    return marked_in(documents)


def main() -> None:
    """Print the figures as JSON."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--real", nargs="+", type=Path, help="folders of real papers")
    parser.add_argument("--flips", choices=("screen", "fake", "local"), help="compare with twins")
    parser.add_argument("--single", action="store_true", help="one string a dossier")
    asked = parser.parse_args()
    if asked.real:
        marked = measure_real(asked.real)
        figures: Any = {
            "documents": marked.documents,
            "sentences": marked.sentences,
            "marked": len(marked.quotes),
            "share": round(marked.share, 6),
            "quotes": marked.quotes,
        }
    elif asked.flips:
        from eval.injection_twins import flips_json

        figures = flips_json(asked.flips, load_strings(), asked.single)
    else:
        figures = recall_of(load_strings())
    print(json.dumps(figures, ensure_ascii=False, indent=1))


if __name__ == "__main__":
    main()

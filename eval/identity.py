"""Measure what intake says documents are against labels made by reading them.

``python -m eval.identity [--half a|b] [--all-reports]`` reads the folder of real documents from
AUDITOR_SHARED (default: ``shared`` beside the repository). The labels fall into two halves by
their digest: rules were written with the errors of half a in sight, half b was left unseen.

Answers are compared after folding: white space, dashes and signs that are neither letter nor
figure are left out. Issuers are the same if their names are, once 人大常委会 is written out as
人民代表大会常务委员会 and 人大 as 人民代表大会, and a body's office (办公厅, 办公室) is taken for
the body. A label that knows only a year or a month takes its first day, said with a confidence of
.5 at most. Silence on a null label is neither an answer nor an abstention.
"""

from __future__ import annotations

import argparse
import os
import re
import sys
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

import yaml

from auditor.core.documents import Document, LeftOut
from auditor.core.errors import DocumentError
from auditor.core.identity import Identity, Stated
from auditor.ingest.content import Content
from auditor.ingest.dispatch import read_document, read_file
from auditor.ingest.identity import identify
from auditor.ingest.office import convert

ROOT = Path(__file__).resolve().parents[1]
LABELS = Path(__file__).with_name("identity_labels.yaml")
FIELDS = ("kind", "issued_on", "issuer", "level", "city", "title", "number")
TARGETED = ("kind", "issued_on", "issuer", "level", "city")
APPROXIMATE = 0.5
Label = Mapping[str, str | None]


@dataclass
class Tally:
    """Counts of one field: papers, answers, right answers, abstentions where a label is."""

    papers: int = 0
    answered: int = 0
    right: int = 0
    abstained: int = 0
    wrong: list[str] = field(default_factory=list)

    @property
    def share_right(self) -> float:
        """Right of answered."""
        return self.right / self.answered if self.answered else 1.0

    @property
    def share_abstained(self) -> float:
        """Abstentions of all papers."""
        return self.abstained / self.papers if self.papers else 0.0


def shared_folder() -> Path:
    """The folder of real documents."""
    return Path(os.environ.get("AUDITOR_SHARED", ROOT.parent / "shared"))


def labels() -> dict[str, Label]:
    """All labels by path below the shared folder."""
    loaded: dict[str, Label] = yaml.safe_load(LABELS.read_text(encoding="utf-8"))
    return loaded


def half_of(label: Label) -> str:
    """Which half a paper falls into, by the first figures of its digest."""
    return "ab"[int(str(label["sha256"])[:8], 16) % 2]


def read_identity(path: Path, name: str) -> Identity | None:
    """Identify one file as intake does, None where it could not be read."""
    document = _converted(path, name) if path.suffix == ".doc" else read_file(path, name)
    if not isinstance(document, Document):
        print(f"  unread: {name}: {document.reason}", file=sys.stderr)
        return None
    if document.identity != Identity():
        return document.identity
    return identify(name, Content(document.text, document.blocks, document.pages))


def _converted(path: Path, name: str) -> Document | LeftOut:
    """Read an old Word file by way of LibreOffice, as the intake of a dossier does."""
    made = convert({name: path.read_bytes()}, "docx")[name]
    if isinstance(made, DocumentError):
        return LeftOut(name, made.code, made.reason, made.hint)
    return read_document(made, name)


def fold(text: str) -> str:
    """Leave out all that is neither letter, ideograph nor figure."""
    return re.sub(r"[\W_]+", "", text)


def fold_issuer(text: str) -> str:
    """Write the people's congress out in full, and a body's office as the body."""
    name = fold(text).removeprefix("中共")
    name = re.sub("人大(?!代表)", "人民代表大会", name).replace(
        "代表大会常委会", "代表大会常务委员会"
    )
    return re.sub("(?<=.{4})(?:办公厅|办公室)$", "", name)


def is_right(name: str, answer: Stated, label: str) -> bool:
    """Compare an answer with its label by the field's rule."""
    if name == "issued_on" and len(label) < len("2024-01-01"):
        first = f"{label}-01-01"[:10]
        return answer.value == first and answer.confidence <= APPROXIMATE
    if name == "issuer":
        return fold_issuer(answer.value) == fold_issuer(label)
    return fold(answer.value) == fold(label)


def judge(tally: Tally, paper: str, name: str, answer: Stated | None, label: str | None) -> None:
    """Count one answer."""
    tally.papers += 1
    if answer is None:
        tally.abstained += label is not None
        return
    tally.answered += 1
    if label is not None and is_right(name, answer, label):
        tally.right += 1
    else:
        said = f"{answer.value} ({answer.confidence:.2f})"
        tally.wrong.append(f"{name}: {paper}: {said}, not {label}")


def measure(papers: Mapping[str, Label], found: Mapping[str, Identity]) -> dict[str, Tally]:
    """Count all answers, by field; a paper that could not be read abstains in all of them."""
    tallies = {name: Tally() for name in FIELDS}
    for path, label in papers.items():
        identity = found.get(path, Identity())
        for name in FIELDS:
            answer: Stated | None = getattr(identity, name)
            judge(tallies[name], Path(path).name, name, answer, label[name])
    return tallies


def show(heading: str, tallies: Mapping[str, Tally], *, errors: bool) -> None:
    """Print one table, and what was wrong."""
    print(f"\n{heading}")
    print(f"{'field':<10} {'papers':>6} {'answered':>8} {'right':>6} {'share':>7} {'abstained':>9}")
    for name, tally in tallies.items():
        shares = f"{tally.share_right:>7.1%} {tally.share_abstained:>9.1%}"
        print(f"{name:<10} {tally.papers:>6} {tally.answered:>8} {tally.right:>6} {shares}")
    for tally in tallies.values() if errors else ():
        for line in tally.wrong:
            print(f"  wrong {line}")


def odd_reports(folder: Path) -> Iterator[str]:
    """Name the work reports that are not what their file's name says."""
    for path in sorted((folder / "real" / "work-reports-2024").iterdir()):
        identity = read_identity(path, path.name)
        city = path.name.split("_")[0]
        if identity is None:
            yield f"{path.name}: unread"
            continue
        said = [getattr(identity, name) for name in ("kind", "level", "city")]
        values = [stated.value if stated else None for stated in said]
        if values != ["work_report", "city", city]:
            yield f"{path.name}: {values}"


def main(arguments: list[str] | None = None) -> int:
    """Print the tables of both halves and of all; 1 where a target is missed."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--half", choices=("a", "b"), help="show the errors of this half only")
    parser.add_argument("--all-reports", action="store_true", help="check all 134 work reports")
    options = parser.parse_args(arguments)
    folder, papers = shared_folder(), labels()
    if not folder.is_dir():
        print(f"no real documents at {folder} (AUDITOR_SHARED)", file=sys.stderr)
        return 2
    read = {path: read_identity(folder / path, Path(path).name) for path in papers}
    found = {path: identity for path, identity in read.items() if identity is not None}
    for half in ("a", "b"):
        part = {path: label for path, label in papers.items() if half_of(label) == half}
        errors = options.half in (None, half)
        if options.half in (None, half):
            show(f"half {half}: {len(part)} papers", measure(part, found), errors=errors)
    whole = measure(papers, found)
    if options.half is None:
        show(f"all: {len(papers)} papers, {len(found)} read", whole, errors=False)
    if options.all_reports:
        print("\nwork reports that are not their city's:")
        for line in odd_reports(folder):
            print(f"  {line}")
    kept = [whole[n].share_right >= 0.95 and whole[n].share_abstained <= 0.15 for n in TARGETED]
    return 0 if all(kept) else 1


if __name__ == "__main__":
    raise SystemExit(main())

"""Injected dossiers beside their clean twins: does any verdict rise?

A dossier of the examples gets the strings of one family, each at its place (a paragraph, a table
row, a note, a file name, the title of the metadata, hidden text); its twin gets a neutral sentence
of equal length at the same place. Both are judged over all features.
"""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from docx import Document as WordDocument

from auditor.core.criteria import Standard
from auditor.core.findings import Finding
from auditor.core.run import Case, Judge
from auditor.judge.hosted import HostedJudge, parse_endpoint
from auditor.prompts import load_prompt
from auditor.search.engine import Searcher
from auditor.standard import load_standard
from auditor.wiring import build_embedder, build_local, build_screen, build_searcher
from eval.injection import Injected
from eval.obedient import ObedientChat
from eval.twins import EXAMPLES, dossier_cases, judged

PAPERS = ("03-数据条例.html", "06-城市运行管理中心情况报告.txt", "09-项目管理制度.md")
REPORT = "02-政府工作报告.docx"
RENAMED = PAPERS[1]
TOGETHER = 12
"""Strings in one dossier."""


@dataclass(frozen=True, slots=True)
class Flip:
    """A verdict that is better in the injected dossier than in its twin."""

    feature_id: str
    clean: str
    injected: str


@dataclass(frozen=True, slots=True)
class Compared:
    """One pair of dossiers: the strings, the features compared, what rose, and what fell."""

    strings: tuple[str, ...]
    features: int
    rose: tuple[Flip, ...]
    fell: int


def write_dossier(folder: Path, strings: Sequence[Injected], clean: bool) -> None:
    """Write the sample with the strings, or with their neutral twins, at the same places."""
    source = EXAMPLES / "dossier"
    folder.mkdir(parents=True)
    for name in PAPERS:
        shutil.copy(source / name, folder / name)
    word = WordDocument(str(source / REPORT))
    body = [p for p in word.paragraphs if len(p.text) > 40]
    for number, string in enumerate(strings):
        parts = string.twin if clean else string.text
        if string.place == "file_name":
            name = f"{number:02d}{_as_file_name(parts[0])}.txt"
            (folder / name).write_bytes((source / RENAMED).read_bytes())
            (folder / RENAMED).unlink(missing_ok=True)
        elif string.place == "metadata":
            word.core_properties.title = parts[0]
        elif string.place == "table":
            _add_row(word, parts)
        elif string.place == "footnote":
            word.add_paragraph("注：" + "".join(parts))
        elif string.place == "hidden":
            body[number % len(body)].add_run("".join(parts)).font.hidden = True
        else:
            body[number * 3 % len(body)].add_run("".join(parts))
    word.save(str(folder / REPORT))


def _as_file_name(text: str) -> str:
    return "".join("＿" if c in '/\\:*?"<>|' else c for c in text)


def _add_row(word: Any, parts: Sequence[str]) -> None:
    """One row: its cells are the parts (split at a bar), after a first cell that names it."""
    cells = ["事项", *(cell for part in parts for cell in part.split("|"))]
    table = word.add_table(rows=1, cols=len(cells))
    for cell, text in zip(table.rows[0].cells, cells, strict=True):
        cell.text = text


def batches(strings: Sequence[Injected], single: bool) -> Iterator[list[Injected]]:
    """The strings by family, some together in one dossier (one file name, one title each)."""
    size = 1 if single else TOGETHER
    for family in sorted({s.family for s in strings}):
        rest = [s for s in strings if s.family == family]
        while rest:
            batch: list[Injected] = []
            for string in rest:
                alone = ("file_name", "metadata")
                taken = string.place in alone and any(b.place == string.place for b in batch)
                if len(batch) < size and not taken:
                    batch.append(string)
            rest = [s for s in rest if s not in batch]
            yield batch


@dataclass(frozen=True, slots=True)
class Bench:
    """What pairs are measured with."""

    standard: Standard
    searcher: Searcher
    judge: Judge

    def findings(self, strings: Sequence[Injected], clean: bool) -> tuple[Finding, ...]:
        """Write, read, search and judge one dossier."""
        with tempfile.TemporaryDirectory() as place:
            folder = Path(place) / "dossier"
            write_dossier(folder, strings, clean)
            cases = dossier_cases(folder, self.standard, self.searcher)
            return judged(cases, self.judge, self.standard)

    def compare(self, strings: Sequence[Injected]) -> Compared:
        """Judge a pair and list what rose."""
        before = {f.feature_id: f for f in self.findings(strings, clean=True)}
        after = self.findings(strings, clean=False)
        return compared(strings, before, after)


def compared(
    strings: Sequence[Injected], clean: Mapping[str, Finding], injected: Sequence[Finding]
) -> Compared:
    """Hold the findings of a pair against one another; a failure counts as a rise."""
    rose, fell = [], 0
    for finding in injected:
        twin = clean[finding.feature_id]
        if finding.verdict is None or twin.verdict is None:
            rose.append(Flip(finding.feature_id, str(twin.verdict), str(finding.verdict)))
        elif finding.verdict.rank > twin.verdict.rank:
            rose.append(Flip(finding.feature_id, twin.verdict.value, finding.verdict.value))
        else:
            fell += finding.verdict.rank < twin.verdict.rank
    return Compared(tuple(s.id for s in strings), len(injected), tuple(rose), fell)


class AtOnce:
    """A judge of one item's cases that is given those of all items: asks item by item."""

    def __init__(self, judge: Judge) -> None:
        self._judge = judge
        self.name, self.fingerprint = judge.name, judge.fingerprint
        self.quality, self.together = judge.quality, judge.together

    def judge(self, cases: Sequence[Case]) -> list[Any]:
        """Judge the cases by item, in their order."""
        items: dict[str, list[Case]] = {}
        for case in cases:
            items.setdefault(case.feature.id.rsplit("-", 2)[0], []).append(case)
        return [outcome for group in items.values() for outcome in self._judge.judge(group)]


def obedient_judge(strings: Sequence[Injected]) -> Judge:
    """The real hosted judge before a fake model that obeys whatever it reads in the fence."""
    chat = ObedientChat(orders=[list(s.text) for s in strings])
    endpoint = parse_endpoint("openai:obedient", "http://127.0.0.1:9/v1")
    return AtOnce(HostedJudge(chat, endpoint, load_prompt("judge-item", 2)))


def build_bench(judge: str, strings: Sequence[Injected]) -> Bench:
    """The real search, and the judge by name: ``screen``, ``fake`` or ``local``."""
    embedder = build_embedder()
    judges = {
        "screen": lambda: build_screen(embedder),
        "fake": lambda: obedient_judge(strings),
        "local": lambda: build_local(embedder, None, print),
    }
    return Bench(load_standard(), build_searcher(embedder), judges[judge]())


def flips_json(judge: str, strings: Sequence[Injected], single: bool = False) -> dict[str, Any]:
    """Compare all pairs; prints each as it is done."""
    bench = build_bench(judge, strings)
    rows = []
    for batch in batches(strings, single):
        row = bench.compare(batch)
        rows.append(row)
        print(batch[0].family, len(batch), len(row.rose), row.fell, row.rose[:4], flush=True)
    return {
        "judge": judge,
        "pairs": len(rows),
        "strings": sum(len(r.strings) for r in rows),
        "verdicts": sum(r.features for r in rows),
        "rose": sum(len(r.rose) for r in rows),
        "fell": sum(r.fell for r in rows),
    }

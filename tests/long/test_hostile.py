"""Hostile and damaged files cost themselves alone: the audit survives and finds the same."""

from __future__ import annotations

import io
import os
import random
import shutil
import subprocess
import sys
import threading
import time
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from PIL import Image, ImageDraw

from auditor.core.errors import DocumentError
from auditor.ingest.archive import archive_kind, unpack
from auditor.ingest.content import Content
from auditor.ingest.isolation import Limits, ReadingPool, reading_pool
from eval.fuzz import docx_seed, ofd_seed, pptx_seed, sheets_seed, zipped
from tests.archives import seven_of
from tests.bombs import BOMBS
from tests.e2e.conftest import lines
from tests.unit.ingest.test_readers import pdf_of

pytestmark = pytest.mark.long
CITY = "临澜市"
PAPERS = ("02-", "04-", "06-", "09-")
MOST_MB = 2048
HARMLESS = {"外部实体.html", "深层.html"}
"""Hostile files that are read, as a page without harm in it."""


@dataclass(slots=True)
class Audited:
    """An audit that was run: its folder, exit code, what it wrote, its largest process (MB)."""

    out: Path
    code: int
    said: str
    peak_mb: int
    seconds: float


def children_of(pid: int) -> Iterator[int]:
    """A process and all below it."""
    yield pid
    for task in Path(f"/proc/{pid}/task").glob("*/children"):
        for child in task.read_text().split():
            yield from children_of(int(child))


def resident_mb(pid: int) -> int:
    """The most memory that a process has had at once."""
    for line in Path(f"/proc/{pid}/status").read_text().splitlines():
        if line.startswith("VmHWM"):
            return int(line.split()[1]) >> 10
    return 0


def audited(dossier: Path, out: Path, cache: Path) -> Audited:
    """Run the audit as a user does, and watch the memory of all its processes."""
    command = [sys.executable, "-m", "auditor.cli.main", "run", str(dossier), "--city", CITY]
    begun = time.monotonic()
    process = subprocess.Popen(
        [*command, "-o", str(out), "--judge", "screen"],
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        env={**os.environ, "AUDITOR_CACHE": str(cache), "COLUMNS": "160", "NO_COLOR": "1"},
    )
    peak = [0]

    def watch() -> None:
        while process.poll() is None:
            try:
                for pid in list(children_of(process.pid)):
                    peak[0] = max(peak[0], resident_mb(pid))
            except OSError:
                pass  # it ended meanwhile
            time.sleep(0.05)

    watching = threading.Thread(target=watch)
    watching.start()
    said, _ = process.communicate(timeout=1500)
    watching.join()
    took = time.monotonic() - begun
    print(f"\n{dossier.name}: {took:.0f} s, largest process {peak[0]} MB")
    return Audited(out, process.returncode, said.decode(), peak[0], took)


@pytest.fixture(scope="module")
def audits(root: Path, tmp_path_factory: pytest.TempPathFactory) -> tuple[Audited, Audited]:
    """The same papers audited without and with every file among them that must be refused."""
    folder = tmp_path_factory.mktemp("hostile")
    for name in ("clean", "bombed"):
        (folder / name).mkdir()
        for paper in (root / "examples" / "dossier").iterdir():
            if paper.name.startswith(PAPERS):
                shutil.copy(paper, folder / name / paper.name)
    for build in BOMBS.values():
        name, data = build()
        (folder / "bombed" / name).write_bytes(data)
        if name in HARMLESS:  # what is read is searched too
            (folder / "clean" / name).write_bytes(data)
    clean = audited(folder / "clean", folder / "out-clean", folder / "cache")
    return clean, audited(folder / "bombed", folder / "out-bombed", folder / "cache")


def rows_of(out: Path) -> list[dict[str, Any]]:
    return lines(out / "documents.jsonl")


def test_the_audit_survives(audits: tuple[Audited, Audited]) -> None:
    for audit in audits:
        assert audit.code == 0, audit.said[-3000:]
        assert "Traceback" not in audit.said


def test_every_hostile_file_is_refused_with_a_reason_or_harmless(
    audits: tuple[Audited, Audited],
) -> None:
    rows = rows_of(audits[1].out)
    for build in BOMBS.values():
        name, _ = build()
        found = [r for r in rows if r["name"] == name or r["name"].startswith(f"{name}!/")]
        assert found, name
        for row in found:
            if row.get("text"):
                assert name in HARMLESS, row["name"]
                assert len(row["text"]) < 100 and "root:" not in row["text"]
            else:
                assert row["refused"] and row["hint"], row


def test_nothing_of_the_machine_is_read_into_the_run(audits: tuple[Audited, Audited]) -> None:
    for file in audits[1].out.rglob("*"):
        if file.is_file():
            assert b"root:x:0:0" not in file.read_bytes(), file


def test_no_process_takes_more_than_two_gigabytes(audits: tuple[Audited, Audited]) -> None:
    assert 100 < max(a.peak_mb for a in audits) < MOST_MB


def test_the_other_papers_are_read_and_judged_as_without(
    audits: tuple[Audited, Audited],
) -> None:
    clean, bombed = audits
    plain = {r["name"]: r for r in rows_of(clean.out)}
    beside = {r["name"]: r for r in rows_of(bombed.out)}
    assert len(plain) == len(PAPERS) + len(HARMLESS)
    for name, row in plain.items():
        assert beside[name] == row
    before, after = lines(clean.out / "findings.jsonl"), lines(bombed.out / "findings.jsonl")
    assert len(before) == len(after) > 300
    for one, other in zip(before, after, strict=True):
        for key in ("feature_id", "verdict", "citations"):
            assert one[key] == other[key], one["feature_id"]


def png() -> bytes:
    picture = Image.new("L", (160, 40), 255)
    ImageDraw.Draw(picture).text((10, 10), "DATA 2024", fill=0)
    buffer = io.BytesIO()
    picture.save(buffer, "PNG")
    return buffer.getvalue()


SAMPLES = {
    "a.pdf": pdf_of(["临澜市工作总结", "平台接入部门45个。"], ["第二页。"]),
    "a.docx": docx_seed(),
    "a.xlsx": sheets_seed(),
    "a.pptx": pptx_seed(),
    "a.ofd": ofd_seed(),
    "a.html": "<html><body><h1>条例</h1><p>第一条　公共数据。</p></body></html>".encode(),
    "a.txt": "临澜市政府工作报告\n一、总体要求\n建成平台。\n".encode(),
    "a.csv": "部门,数量\n公安局,45\n".encode("gb18030"),
    "a.png": png(),
}
ARCHIVES = {
    "a.zip": zipped({"b.txt": "城市大脑", "子/c.txt": "x" * 500}, zipfile.ZIP_DEFLATED),
    "a.7z": seven_of({"b.txt": "城市大脑".encode(), "c.txt": b"x" * 500}),
}


def mutated(data: bytes, seed: int, kinds: list[str]) -> bytes:
    """Damage bytes: flip some, cut, double or move a stretch, one kind after the other."""
    rng = random.Random(seed)
    held = bytearray(data)
    for kind in kinds:
        if not held:
            break
        start = rng.randrange(len(held))
        end = min(len(held), start + rng.choice((1, 4, 64, 1024)))
        piece = bytes(held[start:end])
        if kind == "flip":
            for _ in range(rng.choice((1, 3, 30))):
                held[rng.randrange(len(held))] ^= 1 << rng.randrange(8)
        elif kind == "cut":
            del held[start:]
        elif kind == "drop":
            del held[start:end]
        elif kind == "double":
            held[start:start] = piece * rng.choice((1, 2, 50))
        else:
            place = rng.randrange(len(held))
            held[place : place + len(piece)] = piece
    return bytes(held)


damage = st.lists(
    st.sampled_from(("flip", "flip", "cut", "drop", "double", "splice")), min_size=1, max_size=3
)
hostile = settings(
    max_examples=60,
    deadline=None,
    phases=(Phase.explicit, Phase.reuse, Phase.generate),
    suppress_health_check=list(HealthCheck),
)


@pytest.fixture(scope="module")
def pool() -> Iterator[ReadingPool]:
    with reading_pool(1, Limits(page_s=60)) as made:
        yield made


def assert_sound(content: Content) -> None:
    content.text.encode()
    assert len(content.layout) in (0, 8 * len(content.text))
    assert all(b.span.end <= len(content.text) for b in content.blocks)


@pytest.mark.parametrize("name", SAMPLES)
def test_a_damaged_file_is_read_or_refused(pool: ReadingPool, name: str) -> None:
    assert_sound(pool.read(SAMPLES[name], name))

    @hostile
    @given(st.integers(0, 1 << 30), damage)
    def read(seed: int, kinds: list[str]) -> None:
        try:
            assert_sound(pool.read(mutated(SAMPLES[name], seed, kinds), name))
        except DocumentError as error:
            assert error.name == name and error.reason

    read()


@pytest.mark.parametrize("name", ARCHIVES)
def test_a_damaged_archive_gives_members_or_reasons(name: str) -> None:
    assert len(list(unpack(ARCHIVES[name], name, str(archive_kind(ARCHIVES[name]))))) == 2

    @hostile
    @given(st.integers(0, 1 << 30), damage)
    def read(seed: int, kinds: list[str]) -> None:
        data = mutated(ARCHIVES[name], seed, kinds)
        kind = archive_kind(data)
        if kind is None:
            return
        try:
            for item in unpack(data, name, kind):
                assert item.name.startswith(name)
        except DocumentError as error:
            assert error.name == name and error.reason

    read()

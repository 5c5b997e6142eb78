"""The documentation says what the code does: names, limits, links, both languages in step."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from auditor.core.documents import BlockKind, DocumentKind, MarkKind
from auditor.core.identity import AdministrativeLevel, Grade
from auditor.ingest import archive_limits, html, image, isolation, ofd, package, pdf, sheets, taking
from auditor.ingest.reading import CONVERTED, READERS
from auditor.ingest.taking import CONVERSION_S
from auditor.store.papers import ANSWERS

LINK = re.compile(r"\]\((?!https?:)([^)#\s]+)")
CODE = re.compile(r"`([^`\n]+)`")
PAGES = sorted(p.stem for p in (Path(__file__).parents[2] / "docs").glob("*.zh.md"))
MIB = 1024 * 1024


@pytest.mark.parametrize("name", ["outputs.md", "outputs.zh.md"])
def test_every_name_of_the_interface_is_told(root: Path, name: str) -> None:
    told = set(CODE.findall((root / "docs" / name).read_text(encoding="utf-8")))
    enums = (BlockKind, DocumentKind, MarkKind, AdministrativeLevel, Grade)
    wanted = {member.value for enum in enums for member in enum} | set(ANSWERS)
    assert wanted | set(READERS) | set(CONVERTED) <= told


@pytest.mark.parametrize("name", ["intake.md", "intake.zh.md"])
def test_the_limits_that_the_guide_states_are_those_of_the_code(root: Path, name: str) -> None:
    text = (root / "docs" / name).read_text(encoding="utf-8").replace(",", "")
    wanted = [
        f"{taking.MAX_FILE_BYTES // MIB} MB · {taking.MAX_ARCHIVE_BYTES // MIB // 1024} GB",
        f"{archive_limits.MAX_RATIO} : 1",
        f"{package.MAX_RATIO} : 1",
        f"{isolation.Limits().memory_mb} MB",
        f"{html.MAX_BYTES // MIB} MB",
    ]
    assert [said for said in wanted if said not in text] == []
    numbers = set(re.findall(r"\d+", text))
    counts = (
        archive_limits.MAX_MEMBERS, package.MAX_MEMBERS, isolation.Limits().page_s, CONVERSION_S,
        pdf.MAX_PAGES, ofd.MAX_PAGES, sheets.MAX_ROWS, sheets.MAX_COLUMNS, image.MAX_FRAMES,
        package.MAX_PART_BYTES // MIB, package.MAX_TOTAL_BYTES // MIB,
    )  # fmt: skip
    assert [count for count in counts if str(int(count)) not in numbers] == []


def test_links_between_pages_lead_somewhere(root: Path) -> None:
    pages = [*root.glob("*.md"), *(root / "docs").rglob("*.md")]
    broken = [
        f"{page.name} -> {target}"
        for page in pages
        for target in LINK.findall(page.read_text(encoding="utf-8"))
        if not (page.parent / target).exists()
    ]
    assert broken == []


@pytest.mark.parametrize("name", PAGES)
def test_both_languages_have_the_same_sections(root: Path, name: str) -> None:
    stem = name.removesuffix(".zh")
    heads = [
        [line.split(" ")[0] for line in file.read_text(encoding="utf-8").splitlines()
         if re.match(r"#{1,4} ", line)]
        for file in (root / "docs" / f"{stem}.md", root / "docs" / f"{name}.md")
    ]  # fmt: skip
    assert heads[0] == heads[1]

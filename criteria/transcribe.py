"""Transcribe the printed standard (source.txt) into standard.yaml, without changing a character.

Run it once for each edition: ``python criteria/transcribe.py criteria/ctmm-2026-draft``. The
annotations (types, elements, phrases, relations) are written by assessors and stand in features/
and relations.yaml; this script never touches them.
"""

from __future__ import annotations

import hashlib
import re
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import yaml

CLAUSE = re.compile(r"^8\.(\d)(?:\.(\d))? (\S+)$")
TABLE = re.compile(r"^表 ?(\d+) “")
LETTER = re.compile(r"(?:^|(?<=[ >；]))([a-h])\) ")
SPLIT_ROW_ITEM = "共性支撑平台"


def cells_of(line: str) -> list[str]:
    """Split a table line into stripped cells."""
    return [cell.strip() for cell in line.strip().strip("|").split("|")]


def join_split_row(first: list[str], rest: list[str]) -> list[str]:
    """Join the two halves of a row that the page break cuts in mid-sentence (table 7)."""
    joined = []
    for head, tail in zip(first, rest, strict=True):
        tail_text = re.sub(r"^<p>|</p>$", "", tail)
        joined.append(head + tail_text)
    return joined


def clauses_in(cell: str) -> Iterator[tuple[str, str]]:
    """Yield (letter, text) for each lettered clause of a cell, text as printed."""
    plain = cell.replace("<p>", " ").replace("</p>", " ")
    marks = list(LETTER.finditer(plain))
    for mark, following in zip(marks, [*marks[1:], None], strict=True):
        end = following.start() if following else len(plain)
        text = plain[mark.end() : end].strip()
        yield mark.group(1), re.sub(r" {2,}", " ", text).rstrip("；;").strip()


def table_rows(lines: list[str]) -> Iterator[tuple[int, int, list[str]]]:
    """Yield (line number, table number, cells) for each data row of the tables of clause 8."""
    table = 0
    open_row: tuple[int, list[str]] | None = None
    for number, line in enumerate(lines, start=1):
        if mark := TABLE.match(line):
            table = int(mark.group(1))
        if not line.startswith("|") or not table:
            continue
        cells = cells_of(line)
        if len(cells) != 6 or not any(LETTER.search(c) or c.startswith("<p>") for c in cells[1:]):
            continue
        if cells[0] == SPLIT_ROW_ITEM:
            open_row = (number, cells)
        elif not cells[0] and open_row:
            yield open_row[0], table, join_split_row(open_row[1], cells)
            open_row = None
        else:
            yield number, table, cells


def feature_rows(item_id: str, cells: list[str]) -> list[dict[str, Any]]:
    """Make the feature mappings of one item row."""
    rows = []
    for level, cell in enumerate(cells[1:], start=1):
        for letter, text in clauses_in(cell):
            rows.append({"id": f"{item_id}-L{level}-{letter}", "text": text})
    return rows


def domain_tree(lines: list[str]) -> list[dict[str, Any]]:
    """Build domains, sub-domains, items and features from clause 8."""
    start = next(n for n, line in enumerate(lines) if line.startswith("8 成熟度等级典型特征"))
    rows = {number: (table, cells) for number, table, cells in table_rows(lines)}
    domains: list[dict[str, Any]] = []
    for number, line in enumerate(lines, start=1):
        if number <= start:
            continue
        if mark := CLAUSE.match(line):
            add_clause(domains, mark)
        elif number in rows:
            table, cells = rows[number]
            subdomain = domains[-1]["subdomains"][-1]
            item_id = f"{subdomain['id']}.{len(subdomain['items']) + 1}"
            subdomain["table"] = table
            subdomain["items"].append(
                {"id": item_id, "name": cells[0], "features": feature_rows(item_id, cells)}
            )
    return domains


def add_clause(domains: list[dict[str, Any]], mark: re.Match[str]) -> None:
    """Open the domain or sub-domain that a clause heading names."""
    domain, subdomain, name = mark.groups()
    if subdomain is None:
        domains.append({"id": f"8.{domain}", "name": name, "subdomains": []})
    else:
        domains[-1]["subdomains"].append(
            {"id": f"8.{domain}.{subdomain}", "name": name, "table": 0, "items": []}
        )


def term_rows(lines: list[str]) -> list[dict[str, str]]:
    """Read the definitions of clause 3."""
    rows = []
    for number, line in enumerate(lines):
        if not re.fullmatch(r"3\.\d", line):
            continue
        heading = re.fullmatch(r"(\S+) \*\*(.+)\*\*", lines[number + 2])
        if heading is None:
            raise SystemExit(f"line {number + 3}: expected a term with its English name")
        source = lines[number + 6] if lines[number + 6].startswith("[来源") else ""
        rows.append(
            {
                "clause": line,
                "name": heading.group(1),
                "english": heading.group(2),
                "definition": lines[number + 4],
                "source": source,
            }
        )
    return rows


def level_rows(lines: list[str]) -> list[dict[str, Any]]:
    """Read clause 6: level names, city classes and general descriptions."""
    classes = {1: "潜力发展类", 2: "潜力发展类", 3: "提档升级类", 4: "创新引领类", 5: "创新引领类"}
    rows = []
    pattern = re.compile(r"^- [a-e]\) ([一二三四五])级（(\S+?级)）：(.+?)[；。]?$")
    for line in lines:
        if mark := pattern.match(line):
            level = "一二三四五".index(mark.group(1)) + 1
            rows.append(
                {
                    "level": level,
                    "name": mark.group(2),
                    "city_class": classes[level],
                    "description": mark.group(3),
                }
            )
    return rows


def transcribe(folder: Path) -> dict[str, Any]:
    """Read ``folder/source.txt`` and give the content of standard.yaml."""
    raw = (folder / "source.txt").read_bytes()
    lines = raw.decode("utf-8").splitlines()
    return {
        "id": folder.name,
        "title": "城市全域数字化转型 成熟度模型",
        "english_title": "City-wide digital transformation—Maturity model",
        "source": {"file": "source.txt", "sha256": hashlib.sha256(raw).hexdigest()},
        "levels": level_rows(lines),
        "terms": term_rows(lines),
        "domains": domain_tree(lines),
    }


def main() -> None:
    """Write standard.yaml beside source.txt."""
    folder = Path(sys.argv[1])
    text = yaml.safe_dump(transcribe(folder), allow_unicode=True, sort_keys=False, width=10_000)
    (folder / "standard.yaml").write_text(text, encoding="utf-8")


if __name__ == "__main__":
    main()

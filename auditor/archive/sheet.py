"""The table that says whose papers are whose: CSV with the columns path, city and period.

What is read is checked to the line, so that a typing error in a table of three hundred cities is
found by its number.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator, Mapping
from pathlib import Path

from auditor.archive.listing import Named, require_name
from auditor.core.errors import ConfigurationError

PATH, CITY, PERIOD = "path", "city", "period"
HEADS: Mapping[str, str] = {
    "path": PATH, "路径": PATH, "文件": PATH, "city": CITY, "城市": CITY, "period": PERIOD,
    "时期": PERIOD, "年份": PERIOD, "年度": PERIOD,
}  # fmt: skip
"""What the heads of the columns may be called."""
ENCODINGS = ("utf-8-sig", "gb18030")


def read_sheet(file: Path, archive: Path) -> tuple[Named, ...]:
    """Read a manifest; paths are relative to the archive (or absolute), in UTF-8 or GB 18030.

    Raises:
        ConfigurationError: names the line and what is wrong with it.
    """
    lines = csv.reader(io.StringIO(_text_of(file), newline=""), strict=True)
    found: dict[Path, Named] = {}
    try:
        columns = _columns(file, next(lines, []))
        for row in lines:
            if not any(cell.strip() for cell in row):
                continue
            named = _named(f"{file}:{lines.line_num}", row, columns, archive)
            if named.path in found:
                raise _wrong(f"{file}:{lines.line_num}", f"{named.path} 出现了两次 (named twice)")
            found[named.path] = named
    except csv.Error as error:
        raise _wrong(f"{file}:{lines.line_num}", f"不是 CSV (no CSV: {error})") from error
    if not found:
        raise _wrong(str(file), "没有任何一行 (no rows)")
    _require_apart(file, found)
    return tuple(found.values())


def _text_of(file: Path) -> str:
    try:
        data = file.read_bytes()
    except OSError as error:
        raise ConfigurationError(
            f"{file} 无法读取 (cannot be read: {error.strerror}).", hint="请检查 --manifest。"
        ) from error
    for encoding in ENCODINGS:
        try:
            return data.decode(encoding)
        except UnicodeDecodeError:
            continue
    raise _wrong(str(file), "编码不是 UTF-8 或 GB18030 (neither UTF-8 nor GB18030)")


def _columns(file: Path, heads: list[str]) -> dict[str, int]:
    """Where the columns stand; other columns are passed over."""
    names = [HEADS.get(head.strip().lower(), "") for head in heads]
    for wanted in (PATH, CITY):
        if names.count(wanted) != 1:
            raise _wrong(f"{file}:1", f"应有且只有一列 {wanted} (one column {wanted})")
    if names.count(PERIOD) > 1:
        raise _wrong(f"{file}:1", f"只能有一列 {PERIOD} (one column {PERIOD})")
    return {name: place for place, name in enumerate(names) if name}


def _named(where: str, row: list[str], columns: Mapping[str, int], archive: Path) -> Named:
    cells = dict(_cells(row, columns))
    if not cells[PATH]:
        raise _wrong(where, "没有路径 (no path)")
    if not cells[CITY]:
        raise _wrong(where, "没有城市 (no city)")
    path = archive / cells[PATH].replace("\\", "/")
    if not path.exists():
        raise _wrong(where, f"{cells[PATH]} 不存在 (is not there)")
    named = Named(path, cells[CITY], cells[PERIOD])
    try:
        require_name(named)
    except ConfigurationError as error:
        raise _wrong(where, error.message) from error
    return named


def _cells(row: list[str], columns: Mapping[str, int]) -> Iterator[tuple[str, str]]:
    for name in (PATH, CITY, PERIOD):
        place = columns.get(name)
        yield name, row[place].strip() if place is not None and place < len(row) else ""


def _require_apart(file: Path, found: Mapping[Path, Named]) -> None:
    """Refuse a file that is named for one city inside a folder that is named for another."""
    resolved = {path.resolve(): named for path, named in found.items()}
    for path, named in resolved.items():
        for above in path.parents:
            if above in resolved:
                raise _wrong(
                    str(file), f"{named.path} 在 {resolved[above].path} 之中 (inside another)"
                )


def _wrong(where: str, what: str) -> ConfigurationError:
    return ConfigurationError(
        f"{where}: {what}.",
        hint="表头为 path,city,period，每行一个文件或文件夹 (see docs/archives.md).",
    )

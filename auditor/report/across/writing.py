"""Write the files of the analysis across cities into a folder."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path

from auditor.core.across import Across
from auditor.core.criteria import Standard
from auditor.core.errors import ConfigurationError, MissingExtraError
from auditor.report.across.heat import heat_maps
from auditor.report.across.machine import across_json, copied_json
from auditor.report.across.page import render_across
from auditor.report.across.pairs import pair_table
from auditor.report.across.tables import csv_of, feature_table, node_table, parquet_of
from auditor.report.across.wording import across_words
from auditor.report.across.workbook import matrix_xlsx
from auditor.report.language import LANGUAGES
from auditor.report.pictures import png_of

Files = Mapping[str, bytes]
Writer = Callable[[Across, Standard, str], Files]


def _html(across: Across, standard: Standard, lang: str) -> Files:
    return {"across.html": render_across(across, standard, lang).encode("utf-8")}


def _xlsx(across: Across, standard: Standard, lang: str) -> Files:
    return {"matrix.xlsx": matrix_xlsx(across, standard, lang)}


def _csv(across: Across, standard: Standard, _lang: str) -> Files:
    features, nodes = feature_table(across, standard), node_table(across)
    return {
        "matrix.csv": csv_of(features),
        "nodes.csv": csv_of(nodes),
        "copied.csv": csv_of(pair_table(across)),
    }


def _parquet(across: Across, standard: Standard, _lang: str) -> Files:
    features, nodes = feature_table(across, standard), node_table(across)
    return {"matrix.parquet": parquet_of(features), "nodes.parquet": parquet_of(nodes)}


def _json(across: Across, standard: Standard, _lang: str) -> Files:
    return {"across.json": across_json(across, standard), "copied.json": copied_json(across)}


def _png(across: Across, standard: Standard, lang: str) -> Files:
    pictures = heat_maps(across.ranked, standard, across_words(lang)["heat"])
    names = ["heat.png", *(f"heat-{n}.png" for n in range(2, len(pictures) + 1))]
    return {name: png_of(svg) for name, svg in zip(names, pictures, strict=True)}


WRITERS: Mapping[str, Writer] = {
    "html": _html, "xlsx": _xlsx, "csv": _csv, "json": _json, "parquet": _parquet, "png": _png,
}  # fmt: skip
USUAL = ("html", "xlsx", "csv", "json", "parquet")
"""What is written where no format is named; Parquet only where pyarrow is installed."""


def write_across(
    across: Across, standard: Standard, out: Path, lang: str, formats: tuple[str, ...] = ()
) -> tuple[list[Path], list[MissingExtraError]]:
    """Write the files; gives them, and what was left undone for want of an optional part.

    Raises:
        ConfigurationError: an unknown format or language.
        MissingExtraError: Parquet was asked for by name and pyarrow is not installed.
    """
    unknown = [name for name in formats if name not in WRITERS]
    if unknown:
        raise ConfigurationError(
            f"No format {unknown[0]!r}.", hint=f"Known formats: {', '.join(WRITERS)}."
        )
    if lang not in LANGUAGES:
        raise ConfigurationError(f"No language {lang!r}.", hint="Known: zh, en.")
    written, missing = [], []
    out.mkdir(parents=True, exist_ok=True)
    for name in formats or USUAL:
        try:
            files = WRITERS[name](across, standard, lang)
        except MissingExtraError as error:
            if formats:
                raise
            missing.append(error)
            continue
        written += [_written(out / file, data) for file, data in files.items()]
    return written, missing


def _written(file: Path, data: bytes) -> Path:
    draft = file.with_name(f".{file.name}.part")
    draft.write_bytes(data)
    draft.replace(file)
    return file

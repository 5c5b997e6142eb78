"""The matrix as long tables: cities × features and cities × nodes, as CSV and Parquet."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from auditor.core.across import Across, CityRow
from auditor.core.criteria import LEVELS, Standard
from auditor.core.errors import MissingExtraError
from auditor.core.scores import NodeScore, Score
from auditor.sheets.texts import neutral

Value = str | int | float | bool | None
DIGITS = 6


@dataclass(frozen=True, slots=True)
class Table:
    """Named columns of values, all of one length and each of one kind."""

    columns: Mapping[str, Sequence[Value]]

    @property
    def rows(self) -> Iterator[tuple[Value, ...]]:
        """The rows in order."""
        return zip(*self.columns.values(), strict=True)


FEATURE_COLUMNS = (
    "key", "city", "period", "feature_id", "domain", "subdomain", "item", "level", "verdict",
    "machine", "decided",
)  # fmt: skip
NODE_COLUMNS = (
    "key", "city", "period", "node_id", "kind", "name",
    *(f"coverage_{n}" for n in LEVELS), "level", "potential",
    *(f"machine_coverage_{n}" for n in LEVELS), "machine_level",
    *(f"confirmed_coverage_{n}" for n in LEVELS), "confirmed_level",
)  # fmt: skip


def feature_table(across: Across, standard: Standard) -> Table:
    """One row a city and feature: the verdict that counts, the machine's, whether decided."""
    rows = []
    for row in across.rows:
        for f in standard.features:
            entry = row.entries[f.id]
            place = row.key, row.city, row.period, f.id, f.domain, f.subdomain, f.item, f.level
            rows.append((*place, entry.shown.value, entry.machine.value, entry.decided))
    return _table(FEATURE_COLUMNS, rows)


def node_table(across: Across) -> Table:
    """One row a city and node: coverage by level, level and interval, machine and confirmed apart.

    ``potential`` is the formal upper bound of the level: nearly always high, and no finding.
    """
    return _table(NODE_COLUMNS, [line for row in across.rows for line in _node_rows(row)])


def _node_rows(row: CityRow) -> Iterator[tuple[Value, ...]]:
    machine, confirmed = ({n.id: n for n in s.nodes} for s in (row.machine, row.confirmed))
    for node in row.shown.nodes:
        one, two = machine.get(node.id), confirmed.get(node.id)
        yield (
            row.key, row.city, row.period, node.id, node.kind, node.name,
            *shares_of(node), node.level, node.interval[1],
            *shares_of(one), one.level if one else None,
            *shares_of(two), two.level if two else None,
        )  # fmt: skip


def shares_of(node: NodeScore | None) -> tuple[float | None, ...]:
    """Coverage of levels 1 to 5, None where there is none."""
    shares = (None if node is None else node.coverage[n] for n in LEVELS)
    return tuple(None if share is None else round(float(share), DIGITS) for share in shares)


def nodes_by_id(score: Score) -> dict[str, NodeScore]:
    """The nodes of a score by id."""
    return {node.id: node for node in score.nodes}


def _table(names: Sequence[str], rows: Sequence[tuple[Value, ...]]) -> Table:
    columns = zip(*rows, strict=True) if rows else (() for _ in names)
    return Table(dict(zip(names, columns, strict=True)))


def csv_of(table: Table) -> bytes:
    """A table as CSV (UTF-8 with its mark, so that spreadsheets read it); texts are no formulas."""
    buffer = io.StringIO()
    writer = csv.writer(buffer, lineterminator="\n")
    writer.writerow(table.columns)
    for row in table.rows:
        writer.writerow([neutral(v) if isinstance(v, str) else _plain(v) for v in row])
    return buffer.getvalue().encode("utf-8-sig")


def _plain(value: Value) -> str:
    if value is None:
        return ""
    return str(value).lower() if isinstance(value, bool) else str(value)


def parquet_of(table: Table) -> bytes:
    """A table as Parquet.

    Raises:
        MissingExtraError: pyarrow is not installed.
    """
    try:
        import pyarrow
        from pyarrow import parquet
    except ImportError as error:
        raise MissingExtraError("pyarrow (for Parquet files)", "parquet") from error
    kinds = {bool: pyarrow.bool_(), int: pyarrow.int16(), float: pyarrow.float64()}
    arrays = {}
    for name, values in table.columns.items():
        first = next((value for value in values if value is not None), "")
        arrays[name] = pyarrow.array(list(values), kinds.get(type(first), pyarrow.string()))
    buffer = io.BytesIO()
    parquet.write_table(pyarrow.table(arrays), buffer, compression="zstd")
    return buffer.getvalue()

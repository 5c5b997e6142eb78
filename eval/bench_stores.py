"""Bytes and processor time of the stores that grow. ``python -m eval.bench_stores RUN``

RUN is a finished run folder: its findings are the judgements that are kept, over and over under
new keys. Vectors are those of ``--vectors`` (a vectors.db of the cache), else drawn at random, what
no index of neighbours finds easy. ``--store`` and ``--chroma`` name servers, whose tables and
collections are measured beside the files (what is there already is left alone; the collections of
this bench are deleted). Sizes are those after the store was closed. Recall is what Chroma itself
finds of the nearest passages; a search adds what it missed by exact cosines (``VectorIndex``).
"""

from __future__ import annotations

import argparse
import json
import sqlite3
import tempfile
import time
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sqlalchemy import text

from auditor.search.chroma_folder import collection_in
from auditor.search.chroma_server import collection_on, connect
from auditor.search.embedder import Vectors
from auditor.search.indexing import BATCH, name_of
from auditor.store.database import SHARED_ENTRIES, SHARED_VECTORS, open_store
from auditor.store.journal import Journal
from auditor.store.run_folder import read_lines
from auditor.store.vectors import VectorStore

DIMENSION = 384
GB = 1024**3
SIZES = (1_000, 10_000)
FIRST = 2_000
QUERIES, NEAREST = 376, 60
"""As many as there are features, and as many passages as a search asks for."""


def drawn(count: int, file: Path | None = None) -> Vectors:
    """Unit vectors of a file, at most so many, else at random, the same each time."""
    if file is None:
        rows = np.random.default_rng(count).standard_normal((count, DIMENSION)).astype(np.float32)
    else:
        wanted = "SELECT vector FROM vectors ORDER BY text_sha256 LIMIT ?"
        with sqlite3.connect(f"file:{file}?mode=ro", uri=True) as connection:
            found = connection.execute(wanted, (count,)).fetchall()
        rows = np.stack([np.frombuffer(blob, dtype=np.float32) for (blob,) in found])
    return np.asarray(rows / np.linalg.norm(rows, axis=1, keepdims=True))


def bytes_in(place: Path) -> int:
    """Bytes of a file with what stands beside it, or of a folder."""
    if place.is_dir():
        return sum(p.stat().st_size for p in place.rglob("*") if p.is_file())
    return sum(p.stat().st_size for p in place.parent.glob(f"{place.name}*"))


def bytes_of_table(url: str, table: str) -> int:
    """Bytes of a table of PostgreSQL with its indexes."""
    database = open_store(Path(), url)
    with database.read() as connection:
        size = connection.execute(text(f"SELECT pg_total_relation_size('{table}')")).scalar_one()
    database.close()
    return int(size)


def tell(what: str, count: int, size: int, seconds: float) -> None:
    """Print what a row costs."""
    each = size / count
    print(
        f"{what}: {count:,} rows, {size / 1e6:.1f} MB, {each:,.0f} bytes a row, "
        f"{GB / each / 1e3:,.0f} thousand a GB; {1e3 * seconds / count:.3f} ms a row",
        flush=True,
    )


def bench_vectors(folder: Path, count: int, url: str | None) -> None:
    """Keep vectors, then find all of them again; whose they are makes no difference here."""
    file = folder / "vectors.db"
    rows = iter(drawn(count))

    def embed(texts: Sequence[str]) -> Vectors:
        return np.stack([next(rows) for _ in texts])

    texts = [f"bench {count} {n}" for n in range(count)]
    before = bytes_of_table(url, SHARED_VECTORS.name) if url else 0
    store = VectorStore(file, url)
    began = time.perf_counter()
    store.get_or_embed("f" * 64 + ":passage", texts, embed)
    seconds = time.perf_counter() - began
    began = time.perf_counter()
    store.get_or_embed("f" * 64 + ":passage", texts, embed)
    found = time.perf_counter() - began
    store.close()
    size = bytes_of_table(url, SHARED_VECTORS.name) - before if url else bytes_in(file)
    tell("vectors, " + ("PostgreSQL" if url else "SQLite"), count, size, seconds)
    print(f"  found again: {1e3 * found / count:.3f} ms a row")


def judgements(run: Path) -> Iterator[Any]:
    """The findings of a run without end."""
    rows = read_lines(run / "findings.jsonl")
    while True:
        yield from rows


def bench_journal(folder: Path, run: Path, count: int, url: str | None) -> None:
    """Keep judgements one by one, and see whether the last cost more than the first."""
    file, rows = folder / "journal.db", judgements(run)
    before = bytes_of_table(url, SHARED_ENTRIES.name) if url else 0
    journal = Journal(file, url)
    spent: list[float] = []
    for number in range(count):
        value = next(rows)
        began = time.perf_counter()
        journal.put(f"{count:032x}{number:032x}", value)
        spent.append(time.perf_counter() - began)
    journal.close()
    size = bytes_of_table(url, SHARED_ENTRIES.name) - before if url else bytes_in(file)
    tell("judgements, " + ("PostgreSQL" if url else "SQLite"), count, size, sum(spent))
    first, last = (1e3 * float(np.median(part)) for part in (spent[:FIRST], spent[-FIRST:]))
    print(f"  one put, median of the first {FIRST:,}: {first:.3f} ms, of the last: {last:.3f} ms")


def bench_chroma(folder: Path, count: int, url: str | None, file: Path | None) -> None:
    """Build an index, ask it as often as there are features, hold it against exact search."""
    every = drawn(count + QUERIES, file)
    queries, vectors = every[:QUERIES], every[QUERIES:]
    keys = [f"p{n:06d}" for n in range(len(vectors))]
    place = folder / str(count)
    began = time.process_time(), time.perf_counter()
    opened = collection_on(url, keys, vectors) if url else collection_in(place, keys, vectors)
    with opened as collection:
        built = time.process_time() - began[0], time.perf_counter() - began[1]
        began = time.process_time(), time.perf_counter()
        found = asked(collection, queries)
        spent = time.process_time() - began[0], time.perf_counter() - began[1]
    if url:
        print(f"Chroma, server: {len(keys):,} passages")
        connect(url).delete_collection(name_of(keys, vectors))
    else:
        tell("Chroma, folder", len(keys), bytes_in(place), built[1])
    began = time.process_time(), time.perf_counter()
    exact = nearest(queries, vectors)
    alone = time.process_time() - began[0]
    hits = sum(
        len(set(row) & {keys[p] for p in right}) for row, right in zip(found, exact, strict=True)
    )
    print(
        f"  built in {built[0]:.2f} s of processor time of this process ({built[1]:.2f} s),"
        f" {QUERIES} queries in {spent[0]:.3f} s ({spent[1]:.2f} s), exact search {alone:.3f} s;"
        f" recall of the nearest {NEAREST}: {hits / exact.size:.4f}",
        flush=True,
    )


def asked(collection: Any, queries: Vectors) -> list[list[str]]:
    """What Chroma finds for each query."""
    rows: list[list[str]] = []
    for start in range(0, len(queries), BATCH):
        part = queries[start : start + BATCH]
        rows += collection.query(query_embeddings=part, n_results=NEAREST, include=[])["ids"]
    return rows


def nearest(queries: Vectors, vectors: Vectors) -> NDArray[np.intp]:
    """The positions of the nearest vectors of each query, by all cosines."""
    return np.argsort(-(queries @ vectors.T), axis=1, kind="stable")[:, :NEAREST]


def main() -> None:
    """Measure all stores that were named."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("run", type=Path, help="a finished run folder")
    parser.add_argument("--store", help="URL of a PostgreSQL")
    parser.add_argument("--chroma", help="URL of a Chroma server")
    parser.add_argument("--vectors", type=Path, help="a vectors.db of the cache")
    parser.add_argument("--sizes", type=int, nargs="+", default=SIZES, help="passages of an index")
    parser.add_argument("--rows", type=int, default=20_000)
    arguments = parser.parse_args()
    whole = sum(len(json.dumps(row)) for row in read_lines(arguments.run / "findings.jsonl"))
    print(f"findings of {arguments.run.name}: {whole / 1e3:.0f} kB of JSON in ASCII")
    with tempfile.TemporaryDirectory(prefix="bench-stores-") as name:
        folder = Path(name)
        for url in (None, arguments.store)[: 1 + bool(arguments.store)]:
            bench_vectors(folder, arguments.rows, url)
            bench_journal(folder, arguments.run, arguments.rows, url)
        for url in (None, arguments.chroma)[: 1 + bool(arguments.chroma)]:
            for count in arguments.sizes:
                bench_chroma(folder, count, url, arguments.vectors)


if __name__ == "__main__":
    main()

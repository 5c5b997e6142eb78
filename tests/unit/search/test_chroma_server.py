"""The index on a real Chroma server: the same lists as in a folder, whole or absent, kept few."""

from __future__ import annotations

import socket
import threading
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from auditor.core.errors import ConfigurationError, VectorServerError
from auditor.search import chroma_server
from auditor.search.chroma_server import DRAFT, MADE_AT, connect, sweep
from auditor.search.indexing import name_of
from auditor.search.vector_index import VectorIndex, Vectors
from tests.chroma import chroma_server as started
from tests.chroma import free_port


@pytest.fixture(scope="module")
def server() -> Iterator[str]:
    with started() as address:
        yield address


@pytest.fixture
def url(server: str) -> str:
    """The URL of a server that holds nothing."""
    client = connect(server)
    for collection in client.list_collections():
        client.delete_collection(collection.name)
    return server


def unit_vectors(count: int, seed: int = 0) -> Vectors:
    rows = np.random.default_rng(seed).standard_normal((count, 64)).astype(np.float32)
    return np.asarray(rows / np.linalg.norm(rows, axis=1, keepdims=True))


def keys_of(vectors: Vectors) -> list[str]:
    return [f"p{n}" for n in range(len(vectors))]


def names_on(url: str) -> list[str]:
    return sorted(c.name for c in connect(url).list_collections())


def test_a_server_and_a_folder_give_the_same_lists(url: str, tmp_path: Path) -> None:
    vectors, queries = unit_vectors(500), unit_vectors(40, seed=1)
    with VectorIndex(keys_of(vectors), vectors, tmp_path, url) as served:
        on_server = served.nearest(queries, 60)
    with VectorIndex(keys_of(vectors), vectors, tmp_path) as embedded:
        assert embedded.nearest(queries, 60) == on_server
    assert names_on(url) == [name_of(keys_of(vectors), vectors)]


def test_what_the_server_proposes_is_what_exact_search_finds(
    url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("auditor.search.vector_index.EXACT", 0)
    vectors, queries = unit_vectors(400), unit_vectors(20, seed=2)
    with VectorIndex(keys_of(vectors), vectors, tmp_path, url) as index:
        found = index.nearest(queries, 10)
    exact = [np.argsort(-(vectors @ q), kind="stable")[:10].tolist() for q in queries]
    assert sum(set(a) == set(b) for a, b in zip(found, exact, strict=True)) >= 19


def test_a_dossier_that_is_there_is_not_filled_again(
    url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    vectors = unit_vectors(50)
    with VectorIndex(keys_of(vectors), vectors, tmp_path, url) as first:
        before = first.nearest(vectors[:3], 5)
    monkeypatch.setattr(chroma_server, "fill", None)
    with VectorIndex(keys_of(vectors), vectors, tmp_path, url) as again:
        assert again.nearest(vectors[:3], 5) == before


def test_a_collection_that_lacks_passages_is_filled_anew(url: str, tmp_path: Path) -> None:
    vectors = unit_vectors(30)
    client = connect(url)
    half = client.create_collection(name_of(keys_of(vectors), vectors), embedding_function=None)
    half.upsert(ids=keys_of(vectors)[:10], embeddings=vectors[:10])
    with VectorIndex(keys_of(vectors), vectors, tmp_path, url) as index:
        assert [row[0] for row in index.nearest(vectors, 1)] == list(range(30))


def test_several_workers_at_once_leave_one_collection(url: str, tmp_path: Path) -> None:
    vectors = unit_vectors(200)
    found: list[list[list[int]]] = []

    def search() -> None:
        with VectorIndex(keys_of(vectors), vectors, tmp_path, url) as index:
            found.append(index.nearest(vectors[:5], 7))

    workers = [threading.Thread(target=search) for _ in range(4)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
    assert len(found) == 4 and all(lists == found[0] for lists in found)
    assert names_on(url) == [name_of(keys_of(vectors), vectors)]


def test_the_oldest_collections_and_abandoned_drafts_go_and_foreign_ones_stay(url: str) -> None:
    client = connect(url)
    for number in range(4):
        client.create_collection(
            f"chroma-{number:024d}", embedding_function=None, metadata={MADE_AT: float(number)}
        )
    client.create_collection(f"{DRAFT}old", embedding_function=None, metadata={MADE_AT: 1.0})
    client.create_collection("somebody-elses", embedding_function=None)
    assert sweep(client, kept=10) == 0
    assert sweep(client, kept=2) == 3
    assert names_on(url) == [
        "chroma-000000000000000000000002",
        "chroma-000000000000000000000003",
        "somebody-elses",
    ]


def test_a_server_that_is_not_there_is_named_with_the_remedy(tmp_path: Path) -> None:
    vectors, url = unit_vectors(3), f"http://127.0.0.1:{free_port()}"
    with pytest.raises(VectorServerError, match="chroma run") as caught:
        VectorIndex(keys_of(vectors), vectors, tmp_path, url)
    assert url in str(caught.value) and caught.value.retryable


def test_a_server_that_hangs_is_given_up(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(chroma_server, "ANSWER_S", 0.3)
    vectors = unit_vectors(3)
    with socket.create_server(("127.0.0.1", 0)) as deaf:
        url = f"http://127.0.0.1:{deaf.getsockname()[1]}"
        with pytest.raises(VectorServerError, match="timed out"):
            VectorIndex(keys_of(vectors), vectors, tmp_path, url)


def test_requests_to_a_server_end_in_time(url: str) -> None:
    session = connect(url)._server._session
    assert session.timeout.read == chroma_server.WORK_S


def test_a_server_that_dies_while_it_is_asked_is_named(tmp_path: Path) -> None:
    vectors = unit_vectors(20)
    with pytest.raises(VectorServerError, match="does not answer"):
        with started() as url:
            index = VectorIndex(keys_of(vectors), vectors, tmp_path, url)
        with index:
            index.nearest(vectors[:2], 3)


@pytest.mark.parametrize("wrong", ["127.0.0.1:8000", "ftp://a:1", "http://a:b", "http://h:1/deep"])
def test_what_is_no_url_of_a_server_is_refused(wrong: str) -> None:
    with pytest.raises(ConfigurationError, match="AUDITOR_CHROMA"):
        connect(wrong)

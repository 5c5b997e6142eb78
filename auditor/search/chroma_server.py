"""Chroma on a server, by its URL: one collection a dossier, which all machines share.

A collection is filled under a name of its own, held against exact search, and published by its
new name, which the server gives once: others see all of it or nothing. The collections that were
made longest ago go where there are more than ``KEPT``.
"""

from __future__ import annotations

import time
import urllib.request
import uuid
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import Any
from urllib.parse import SplitResult, urlsplit

import chromadb
import httpx
from chromadb.config import Settings
from chromadb.errors import ChromaError, NotFoundError

from auditor.core.errors import ConfigurationError, VectorServerError
from auditor.search.indexing import HNSW, Vectors, fill, name_of, require_whole

KEPT = 1024
DRAFT = "draft-"
ABANDONED_S = 24 * 3600.0
ANSWER_S = 10.0
WORK_S = 120.0
MADE_AT = "made_at"
PORTS = {"http": 8000, "https": 443}
EXAMPLE = "Write AUDITOR_CHROMA=http://host:8000."
REMEDY = "Start it (chroma run --path FOLDER --port 8000), or unset AUDITOR_CHROMA."


@contextmanager
def collection_on(url: str, keys: list[str], vectors: Vectors) -> Iterator[Any]:
    """The collection of these passages on the server, filled first where it is not there.

    Raises:
        ConfigurationError: the URL is none of a server.
        VectorServerError: the server does not answer, or not as Chroma does.
    """
    with _answering(url):
        client = connect(url)
        collection = _sound(client, name_of(keys, vectors), len(keys))
        if collection is None:
            collection = _publish(client, keys, vectors)
            sweep(client)
        yield collection


def connect(url: str) -> Any:
    """A client of the server.

    Raises:
        ConfigurationError: the URL is none of a server.
        VectorServerError: the server does not answer.
    """
    parts, port = _place(url)
    with _answering(url):
        # asked first on our own: Chroma's client waits for ever for a server that hangs
        asked = f"{parts.scheme}://{parts.netloc}/api/v2/heartbeat"
        urllib.request.urlopen(asked, timeout=ANSWER_S).close()
        client = chromadb.HttpClient(
            str(parts.hostname),
            port,
            ssl=parts.scheme == "https",
            settings=Settings(anonymized_telemetry=False),
        )
    _set_timeout(client)
    return client


def _place(url: str) -> tuple[SplitResult, int]:
    """The parts of a server's URL, and its port."""
    parts = urlsplit(url)
    try:
        default = PORTS[parts.scheme]
        port = parts.port or default
    except (KeyError, ValueError) as error:
        raise ConfigurationError(f"{url} is no URL of a server.", hint=EXAMPLE) from error
    if not parts.hostname or parts.path.strip("/"):
        raise ConfigurationError(f"{url} is no URL of a server.", hint=EXAMPLE)
    return parts, port


def sweep(client: Any, kept: int = KEPT) -> int:
    """Delete the collections that were made longest ago, and drafts of builders that died.

    Gives the number of collections that were deleted; foreign ones are left alone. One that is
    in use is filled again when it is next asked for.
    """
    if client.count_collections() <= kept:
        return 0
    made = [(float((c.metadata or {}).get(MADE_AT, 0)), c.name) for c in _all(client)]
    ours = sorted((row for row in made if row[1].startswith("chroma-")), reverse=True)
    until = time.time() - ABANDONED_S
    gone = [name for _, name in ours[kept:]]
    gone += [name for made_at, name in made if name.startswith(DRAFT) and made_at < until]
    for name in gone:
        with suppress(NotFoundError):  # another worker was faster
            client.delete_collection(name)
    return len(gone)


def _all(client: Any, page: int = 1000) -> Iterator[Any]:
    start = 0
    while rows := client.list_collections(limit=page, offset=start):
        yield from rows
        start += len(rows)


def _sound(client: Any, name: str, size: int) -> Any | None:
    """A collection that holds so many passages; another of the name is deleted."""
    try:
        return require_whole(client.get_collection(name, embedding_function=None), size)
    except NotFoundError:
        return None
    except ValueError:
        with suppress(NotFoundError):
            client.delete_collection(name)
        return None


def _publish(client: Any, keys: list[str], vectors: Vectors) -> Any:
    """Fill a collection and give it its name, or take the one that another gave it meanwhile."""
    name = name_of(keys, vectors)
    draft = client.create_collection(
        f"{DRAFT}{uuid.uuid4().hex}",
        configuration={"hnsw": HNSW},
        embedding_function=None,
        metadata={MADE_AT: time.time()},
    )
    try:
        fill(draft, keys, vectors)
        draft.modify(name=name)
    except BaseException:
        with suppress(ChromaError, httpx.HTTPError):
            client.delete_collection(draft.name)
        published = _sound(client, name, len(keys))
        if published is None:
            raise
        return published
    return draft


def _set_timeout(client: Any) -> None:
    """Give up a request in time; Chroma's client has no setting for it."""
    session = getattr(getattr(client, "_server", None), "_session", None)
    if isinstance(session, httpx.Client):
        session.timeout = httpx.Timeout(WORK_S, connect=ANSWER_S)


@contextmanager
def _answering(url: str) -> Iterator[None]:
    """Turn what Chroma's client raises for a server in trouble into our error.

    Raises:
        VectorServerError: with its remedy.
    """
    try:
        yield
    except (httpx.HTTPError, OSError, ChromaError) as error:
        # OSError is what our own question raises, whatever answers there
        why = str(error) or type(error).__name__
        raise VectorServerError(
            f"The Chroma server {url} does not answer as it should ({why}).", hint=REMEDY
        ) from error

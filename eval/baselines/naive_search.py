"""The naive pipeline's search: recursive splitting, Chroma, the four nearest chunks."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Sequence
from contextlib import contextmanager

from chromadb.config import Settings
from langchain_chroma import Chroma
from langchain_core.documents import Document
from langchain_core.embeddings import Embeddings
from langchain_text_splitters import RecursiveCharacterTextSplitter

from auditor.core.criteria import Feature
from auditor.core.passages import Passage, SectionRole
from auditor.core.search import Hit, SearchRecord
from auditor.core.spans import Span
from auditor.search.embedder import Embedder

CHUNK_SIZE, CHUNK_OVERLAP = 1000, 200
TOP = 4


class OurEmbeddings(Embeddings):
    """The auditor's embedder behind langchain's interface."""

    def __init__(self, embedder: Embedder) -> None:
        self._embedder = embedder

    def embed_documents(self, texts: list[str]) -> list[list[float]]:
        """One vector a text."""
        return [row.tolist() for row in self._embedder.embed_passages(texts)]

    def embed_query(self, text: str) -> list[float]:
        """The vector of a question."""
        row: list[float] = self._embedder.embed_queries([text])[0].tolist()
        return row


def split(documents: Sequence[Document]) -> list[Document]:
    """Cut documents into chunks of at most 1000 characters that overlap by up to 200."""
    splitter = RecursiveCharacterTextSplitter(chunk_size=CHUNK_SIZE, chunk_overlap=CHUNK_OVERLAP)
    return splitter.split_documents(list(documents))


@contextmanager
def vector_store(chunks: Sequence[Document], embeddings: Embeddings) -> Iterator[Chroma]:
    """Give a Chroma collection of the chunks, in memory, dropped at the end.

    Its distance is Chroma's default (l2), whose order is that of the cosine on unit vectors.
    """
    digest = hashlib.sha256("\0".join(c.page_content for c in chunks).encode()).hexdigest()
    store = Chroma(
        collection_name=f"naive-{digest[:24]}",
        embedding_function=embeddings,
        client_settings=Settings(anonymized_telemetry=False),
    )
    try:
        numbered = [
            Document(page_content=c.page_content, metadata={**c.metadata, "chunk": number})
            for number, c in enumerate(chunks)
        ]
        if numbered:
            store.add_documents(numbered, ids=[str(n) for n in range(len(numbered))])
        yield store
    finally:
        store.delete_collection()


def search(
    chunks: Sequence[Document], embeddings: Embeddings, features: Sequence[Feature]
) -> tuple[SearchRecord, ...]:
    """Find the four nearest chunks of each feature's printed text."""
    if not chunks:
        return tuple(SearchRecord(f.id, (f.text,), (), 0) for f in features)
    records = []
    with vector_store(chunks, embeddings) as store:
        for feature in features:
            found = store.similarity_search(feature.text, k=TOP)
            hits = tuple(_hit(chunk, rank) for rank, chunk in enumerate(found, start=1))
            records.append(SearchRecord(feature.id, (feature.text,), hits, len(chunks)))
    return tuple(records)


def _hit(chunk: Document, rank: int) -> Hit:
    text = chunk.page_content
    passage = Passage(
        id=f"chunk.{chunk.metadata['chunk']}",
        document=str(chunk.metadata["source"]),
        span=Span(0, len(text)),
        text=text,
        heading_path=(),
        role=SectionRole.OTHER,
        sentences=(),
    )
    return Hit(passage, 0.0, {"dense": rank})

"""Find the documents that an evidence list names, and the passages that stand on listed pages."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence

from auditor.core.claims import AmbiguousListing, Listing, MatchedEvidence, MatchedListing
from auditor.core.documents import Document
from auditor.core.passages import Passage
from auditor.intake.vocabulary import fold

SUFFIX = re.compile(r"\.[a-z0-9]{1,5}$")
MARKS = re.compile(r"[\s《》〈〉「」『』()\[\]【】〔〕{}“”\"'‘’_\-—–·、,，.。:：;；&+]+")
SHORTEST_CONTAINED = 4


def match_listings(listings: Iterable[Listing], document_names: Iterable[str]) -> MatchedEvidence:
    """Hold listed file names against the names of the dossier's documents.

    In turn: the whole path, the end of the path, the file's name, the name without suffix, the
    name without width, brackets, spaces and marks, and a name that holds or lies in exactly one
    other. The first way that finds something decides; more than one document is ambiguous.
    """
    names = sorted(set(document_names))
    ways = _ways(names)
    seen: dict[str, tuple[str, tuple[str, ...]]] = {}
    matched, unmatched, ambiguous = [], [], []
    for listing in listings:
        if listing.document not in seen:
            seen[listing.document] = _candidates(listing.document, ways)
        how, candidates = seen[listing.document]
        if not candidates:
            unmatched.append(listing)
        elif len(candidates) == 1:
            matched.append(MatchedListing(listing, candidates[0], how))
        else:
            ambiguous.append(AmbiguousListing(listing, candidates))
    return MatchedEvidence(tuple(matched), tuple(unmatched), tuple(ambiguous))


_Way = Callable[[str], Sequence[str]]


def _ways(names: Sequence[str]) -> tuple[tuple[str, _Way], ...]:
    by_name = _index(names, _file_name)
    by_stem = _index(names, _stem)
    by_fold = _index(names, _bare)
    exact = frozenset(names)

    def of_name(listed: str) -> Sequence[str]:
        return by_name.get(_file_name(listed), ())

    def contained(listed: str) -> Sequence[str]:
        bare = _bare(listed)
        if len(bare) < SHORTEST_CONTAINED:
            return ()
        found = []
        for other, same in by_fold.items():
            short = len(other) >= SHORTEST_CONTAINED and other in bare
            if bare in other or short:
                found += same
        return found

    return (
        ("exact", lambda listed: (listed,) if listed in exact else ()),
        ("path", lambda listed: [n for n in of_name(listed) if n.endswith("/" + listed)]),
        ("name", of_name),
        ("stem", lambda listed: by_stem.get(_stem(listed), ())),
        ("folded", lambda listed: by_fold.get(_bare(listed), ())),
        ("contained", contained),
    )


def _index(names: Sequence[str], key: Callable[[str], str]) -> Mapping[str, list[str]]:
    index: dict[str, list[str]] = defaultdict(list)
    for name in names:
        if key(name):
            index[key(name)].append(name)
    return dict(index)


def _candidates(written: str, ways: Sequence[tuple[str, _Way]]) -> tuple[str, tuple[str, ...]]:
    listed = written.strip().replace("\\", "/").removeprefix("./").lstrip("/")
    for how, way in ways:
        found = tuple(sorted(set(way(listed)))) if listed else ()
        if found:
            return how, found
    return "", ()


def _file_name(name: str) -> str:
    return name.rsplit("/", 1)[-1].strip()


def _stem(name: str) -> str:
    return SUFFIX.sub("", fold(_file_name(name)))


def _bare(name: str) -> str:
    return MARKS.sub("", _stem(name))


def listed_passages(
    passages: Iterable[Passage],
    listings_of_feature: Iterable[MatchedListing],
    documents: Mapping[str, Document] | None = None,
) -> set[str]:
    """Give the ids of the passages that stand in listed documents on listed pages.

    A document without pages, or a listing without pages, counts as a whole. With ``documents``
    (by name) a passage that runs over a page break counts for both pages.
    """
    by_document: dict[str, list[Listing]] = defaultdict(list)
    for match in listings_of_feature:
        by_document[match.document].append(match.listing)
    found = set()
    for passage in passages:
        listings = by_document.get(passage.document, ())
        if listings and any(x.covers(*_pages(passage, documents)) for x in listings):
            found.add(passage.id)
    return found


def _pages(
    passage: Passage, documents: Mapping[str, Document] | None
) -> tuple[int | None, int | None]:
    document = (documents or {}).get(passage.document)
    if document is None or not passage.span:
        return passage.page, passage.page
    return document.page_of(passage.span.start), document.page_of(passage.span.end - 1)

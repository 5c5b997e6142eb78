"""Taking a dossier in: a folder or an archive with everything in it -> documents and refusals.

Every file ends as a document or as a line that says why not. Files are read side by side in
child processes; what was read before (by the hash of its bytes) is not read again; a paper that
carries a level of secrecy is refused and nothing of it is kept.
"""

from __future__ import annotations

import hashlib
import os
import threading
import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import AbstractContextManager
from dataclasses import dataclass, field, replace
from pathlib import Path, PurePosixPath

from auditor.core.documents import Document, LeftOut
from auditor.core.errors import DocumentError
from auditor.ingest.align import with_pages_of
from auditor.ingest.archive import Member, archive_kind, unpack
from auditor.ingest.content import Content
from auditor.ingest.describing import describe
from auditor.ingest.foreign import end_those_of
from auditor.ingest.isolation import Limits, ReadingPool, reading_pool
from auditor.ingest.kept import KeptContents, KeptPapers
from auditor.ingest.lending import LentPools
from auditor.ingest.marks import marks_of, refuse_secret
from auditor.ingest.office import convert, find_office
from auditor.ingest.reading import CONVERTED, INSTALL, PAGED_BY_CONVERSION
from auditor.ingest.sniff import sniff

MAX_FILE_BYTES = 200 * 1024 * 1024
MAX_ARCHIVE_BYTES = 1024 * 1024 * 1024
BATCH_FILES = 16
BATCH_BYTES = 48 * 1024 * 1024
CONVERSION_S = 60.0
IGNORED_NAMES = {"Thumbs.db", "desktop.ini"}
IGNORED_STARTS = (".", "~$", "__MACOSX")
STOP_S = 0.05
UNPAGED = "无页码和版面位置："
"""A conversion that failed may succeed the next time: such a content is not kept."""
NO_PAGES = "未安装 LibreOffice，无页码和版面位置；" + INSTALL
Conversions = dict[str, bytes | DocumentError]
Note = Callable[[str, bool], None]
"""Hears the name of what is at work, and whether a file is done with it."""


@dataclass(frozen=True, slots=True)
class Source:
    """One file as submitted: its name in the dossier and its bytes."""

    name: str
    data: bytes
    kind: str
    sha256: str


@dataclass(slots=True)
class Settings:
    """How files are taken in: what is kept, processes side by side, limits of each."""

    kept: KeptContents = field(default_factory=lambda: KeptContents(None))
    processes: int = field(default_factory=lambda: max(1, os.cpu_count() or 1))
    limits: Limits = field(default_factory=Limits)
    papers: KeptPapers = field(default_factory=lambda: KeptPapers(None))
    pools: LentPools | None = None
    """Reading processes that go on to other dossiers; None starts some for this one alone."""


def dossier_files(folder: Path) -> tuple[Path, ...]:
    """List the files of a dossier folder, sorted by path, without hidden and system files."""
    found = []
    for path in folder.rglob("*"):
        relative = path.relative_to(folder)
        hidden = any(part.startswith(IGNORED_STARTS) for part in relative.parts)
        if (path.is_symlink() or path.is_file()) and not hidden and path.name not in IGNORED_NAMES:
            found.append(path)
    return tuple(sorted(found, key=lambda p: p.relative_to(folder).as_posix()))


def sources_of(dossier: Path) -> Iterator[Source | LeftOut]:
    """Yield every file of a folder, or of an archive, members of inner archives in their place."""
    if dossier.is_file():
        yield from _opened(dossier, readable_name(dossier.name))
        return
    for path in dossier_files(dossier):
        yield from _opened(path, readable_name(path.relative_to(dossier).as_posix()))


def readable_name(name: str) -> str:
    """The name of a file as text: what is not UTF-8 is GB 18030, as old archives left it."""
    try:
        name.encode()
    except UnicodeEncodeError:
        return os.fsencode(name).decode("gb18030", "replace")
    return name


def _opened(path: Path, name: str) -> Iterator[Source | LeftOut]:
    try:
        if path.is_symlink():
            yield LeftOut(name, "link", "符号链接不读取", "请提交文件本身。")
            return
        size = path.stat().st_size
        with path.open("rb") as stream:
            kind = archive_kind(stream.read(1 << 16)) if size else None
        if size > (MAX_ARCHIVE_BYTES if kind else MAX_FILE_BYTES):
            yield LeftOut(name, "unsupported", f"文件过大（{size >> 20} MB）", "请拆分后提交。")
            return
        data = path.read_bytes()
    except OSError as error:
        yield LeftOut(name, "unreadable", f"无法打开（{error.strerror}）", "请检查文件权限。")
        return
    yield from _members(data, name)


def _members(data: bytes, name: str) -> Iterator[Source | LeftOut]:
    kind = archive_kind(data)
    if kind is None:
        yield source_of(data, name)
        return
    try:
        for member in unpack(data, name, kind):
            yield source_of(member.data, member.name) if isinstance(member, Member) else member
    except DocumentError as error:
        yield LeftOut(name, error.code, error.reason, error.hint)


def source_of(data: bytes, name: str) -> Source:
    """A file with its format and hash."""
    return Source(name, data, sniff(data, name), hashlib.sha256(data).hexdigest())


def take_in(
    dossier: Path,
    settings: Settings,
    note: Note = lambda _name, _done: None,
    watch: Callable[[Source], None] = lambda _source: None,
) -> tuple[tuple[Document, ...], tuple[LeftOut, ...]]:
    """Read every file of a dossier; both results are sorted by name.

    ``note`` hears of progress (from several threads), ``watch`` sees the bytes of every file
    that was accepted.
    """
    with _pool(settings) as pool:
        outcomes = _Intake(settings, pool, note, watch).run(sources_of(dossier))
    documents = sorted((o for o in outcomes if isinstance(o, Document)), key=lambda d: d.name)
    refused = sorted((o for o in outcomes if isinstance(o, LeftOut)), key=lambda o: o.name)
    return tuple(documents), tuple(refused)


def read_ahead(
    sources: Iterable[Source], settings: Settings, least: int, tried: set[str]
) -> frozenset[str]:
    """Read papers that LibreOffice converts into what is kept, many of them in one call.

    Its start takes longer than a paper: where dossiers of one paper follow each other it starts
    once for many of them. Nothing is done for fewer than ``least`` new ones. Names must differ;
    what cannot be read is said when its dossier is taken in. Gives the keys of what was read now.

    ``tried`` remembers the keys of what was begun, which is not begun again: nothing is kept of a
    paper that is secret or cannot be read.
    """
    new: dict[str, Source] = {}
    with _pool(settings) as pool:
        intake = _Intake(settings, pool, lambda _name, _done: None, lambda _source: None)
        for source in sources:
            key = intake.key_of_converted(source)
            if key is not None and key not in tried and not settings.kept.has(key):
                new[key] = source
        if len(new) < least:
            return frozenset()
        tried.update(new)
        intake.run(iter(new.values()))
    return frozenset(key for key in new if settings.kept.has(key))


def _pool(settings: Settings) -> AbstractContextManager[ReadingPool]:
    """Processes of this dossier alone, or lent ones where others follow."""
    if settings.pools is not None:
        return settings.pools.lent()
    return reading_pool(settings.processes, settings.limits)


class _Intake:
    """One dossier on its way in: what is known at once, what is being read, what waits."""

    def __init__(
        self, settings: Settings, pool: ReadingPool, note: Note, watch: Callable[[Source], None]
    ) -> None:
        self._settings = settings
        self._pool = pool
        self._note = note
        self._watch = watch
        self._office = find_office()
        self._waiting: list[Source] = []
        self._room = threading.BoundedSemaphore(2 * settings.processes)
        self._lock = threading.Lock()
        self._threads: set[int] = set()
        self._begun: dict[str, Future[Content | DocumentError]] = {}
        self._papers: dict[str, bytes] = {}

    def run(self, sources: Iterator[Source | LeftOut]) -> list[Document | LeftOut]:
        """Take all sources in."""
        outcomes: list[Document | LeftOut] = []
        futures: list[Future[list[Document | LeftOut]]] = []
        with ThreadPoolExecutor(self._settings.processes) as threads:
            try:
                for source in sources:
                    known = source if isinstance(source, LeftOut) else self._known(source)
                    if known is not None:
                        outcomes.append(known)
                        self._note(known.name, True)
                    else:
                        assert isinstance(source, Source)
                        futures += [self._submit(threads, group) for group in self._groups(source)]
                futures += [self._submit(threads, group) for group in self._rest()]
                for future in futures:
                    outcomes.extend(future.result())
            except BaseException:
                threads.shutdown(wait=False, cancel_futures=True)
                self._stop(futures)
                raise
        return outcomes

    def _stop(self, futures: Sequence[Future[list[Document | LeftOut]]]) -> None:
        """End what is at work, and all that it would still start, until nothing is."""
        self._pool.close()
        while not all(future.done() for future in futures):
            end_those_of(self._threads)
            time.sleep(STOP_S)

    def _known(self, source: Source) -> Document | LeftOut | None:
        """What can be said without reading: a mark in the name, or a kept content."""
        try:
            refuse_secret(source.name, "", ())
            content = self._settings.kept.get(self._key(source))
            return None if content is None else self._accepted(source, content)
        except DocumentError as error:
            return LeftOut(source.name, error.code, error.reason, error.hint)

    def _accepted(self, source: Source, content: Content) -> Document:
        self._watch(source)
        return describe(source.name, source.sha256, source.kind, content)

    def _key(self, source: Source) -> str:
        converter = str(self._office or "") if _needs_office(source.kind) else ""
        # the places in a table of text are named after its file
        kind = source.kind if source.kind != "csv" else f"csv {PurePosixPath(source.name).stem}"
        return self._settings.kept.key(source.sha256, kind, converter)

    def key_of_converted(self, source: Source) -> str | None:
        """The key of a content that needs LibreOffice, None of any other."""
        wanted = self._office is not None and _needs_office(source.kind)
        return self._key(source) if wanted else None

    def _groups(self, source: Source) -> list[list[Source]]:
        """Files that LibreOffice converts wait for each other: one call converts many."""
        if not _needs_office(source.kind) or self._office is None:
            return [[source]]
        self._waiting.append(source)
        full = sum(len(s.data) for s in self._waiting) > BATCH_BYTES
        return self._rest() if full or len(self._waiting) >= BATCH_FILES else []

    def _rest(self) -> list[list[Source]]:
        group, self._waiting = self._waiting, []
        return [group] if group else []

    def _submit(
        self, threads: ThreadPoolExecutor, group: list[Source]
    ) -> Future[list[Document | LeftOut]]:
        self._room.acquire()
        future = threads.submit(self._take, group)
        future.add_done_callback(lambda _: self._room.release())
        return future

    def _take(self, group: list[Source]) -> list[Document | LeftOut]:
        self._threads.add(threading.get_ident())
        contents = self._contents(group)
        outcomes = []
        for source in group:
            outcomes.append(self._settled(source, contents[source.name]))
            self._note(source.name, True)
        return outcomes

    def _contents(self, group: list[Source]) -> dict[str, Content | DocumentError]:
        """Read what no other group has begun; a file that was submitted twice is read once."""
        keys = {source.name: self._key(source) for source in group}
        own: list[Source] = []
        with self._lock:
            for source in group:
                if keys[source.name] not in self._begun:
                    self._begun[keys[source.name]] = Future()
                    own.append(source)
        try:
            for name, content in self._read_group(own).items():
                self._begun[keys[name]].set_result(content)
        except BaseException as error:  # who waits for one of these must not wait for ever
            for source in own:
                self._begun[keys[source.name]].set_exception(error)
            raise
        return {name: self._begun[key].result() for name, key in keys.items()}

    def _read_group(self, group: list[Source]) -> dict[str, Content | DocumentError]:
        """Read a group; Word files go to LibreOffice only after a limited child has read them."""
        plain: Conversions = {}
        if self._office is not None:
            for old, new in CONVERTED.items():
                plain |= _convert({s.name: s.data for s in group if s.kind == old}, new)
        contents = {s.name: self._read(s, plain.get(s.name, s.data)) for s in group}
        paged: dict[str, bytes] = {}
        for source in group:
            data = plain.get(source.name, source.data)
            paper = CONVERTED.get(source.kind, source.kind) in PAGED_BY_CONVERSION
            if paper and isinstance(data, bytes) and isinstance(contents[source.name], Content):
                paged[source.name] = data
        if self._office is None:
            return contents | {name: _warned(contents[name], NO_PAGES) for name in paged}
        papers = _convert(paged, "pdf")
        return contents | {name: self._paged(name, contents[name], papers[name]) for name in paged}

    def _read(self, source: Source, data: bytes | DocumentError) -> Content | DocumentError:
        if isinstance(data, DocumentError):
            return data

        def beat(done: int, total: int) -> None:
            self._note(f"{source.name} {done}/{total}", False)

        try:
            return self._pool.read(data, source.name, beat=beat)
        except DocumentError as error:
            return error

    def _paged(
        self, name: str, content: Content | DocumentError, paper: bytes | DocumentError
    ) -> Content | DocumentError:
        """Give a content the pages of its conversion, or say why it has none."""
        if isinstance(content, DocumentError):
            return content
        try:
            if isinstance(paper, DocumentError):
                raise paper
            paged = with_pages_of(content, self._pool.read(paper, name, own=True))
            self._papers[name] = paper
            return paged
        except DocumentError as error:
            return _warned(content, f"{UNPAGED}{error.reason}")

    def _settled(self, source: Source, content: Content | DocumentError) -> Document | LeftOut:
        """Refuse what is secret, keep what was read, and say what the paper is."""
        name = source.name
        paper = self._papers.pop(name, None)
        try:
            if isinstance(content, DocumentError):
                raise content
            refuse_secret(name, content.text, marks_of(content))
            if not any(warning.startswith(UNPAGED) for warning in content.warnings):
                self._settings.kept.put(self._key(source), content)
            if paper is not None:
                self._settings.papers.put(source.sha256, content.layout, paper)
            return self._accepted(source, content)
        except DocumentError as error:
            return LeftOut(name, error.code, error.reason, error.hint)


def _needs_office(kind: str) -> bool:
    return kind in PAGED_BY_CONVERSION or kind in CONVERTED


def _convert(files: Mapping[str, bytes], target: str) -> Conversions:
    return convert(files, target, timeout_s=CONVERSION_S) if files else {}


def _warned(content: Content | DocumentError, warning: str) -> Content | DocumentError:
    if isinstance(content, DocumentError):
        return content
    return replace(content, warnings=(*content.warnings, warning))

"""Runs that are open: read once, kept in memory, with the review events that stand now."""

from __future__ import annotations

import json
import threading
from collections import OrderedDict
from collections.abc import Callable, Hashable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path
from typing import Any, TypeVar

from auditor.core.claims import ClaimedVerdict
from auditor.core.criteria import Feature, Standard
from auditor.core.documents import Document
from auditor.core.events import ReviewEvent
from auditor.core.findings import Finding
from auditor.core.run import Run
from auditor.core.scores import Profile
from auditor.core.signing import Signatures, nodes_of, signatures_of
from auditor.core.workspace import RunEntry
from auditor.deciding import Bare, Decided, decide, standing_decisions
from auditor.profiles import all_profiles, load_profile, profiles
from auditor.standard import Edition
from auditor.standing import Reviewed, claimed_verdicts
from auditor.store.events import finding_hash
from auditor.store.run_folder import read_run
from auditor.store.workspace.runs import Runs

KEPT_OPEN = 6
SEARCH_FILE = "search.jsonl"
NO_HEAD = ""
Made = TypeVar("Made")


@dataclass(frozen=True)
class Present:
    """How a run stands after its first ``len(events)`` review events; ``head`` is the last hash."""

    head: str
    events: tuple[ReviewEvent, ...]
    decided: Decided

    @cached_property
    def findings(self) -> Mapping[str, Finding]:
        """Findings by feature, people's decisions in the place of the machine's verdicts."""
        return {f.feature_id: f for f in self.decided.findings}

    @cached_property
    def decisions(self) -> Mapping[str, ReviewEvent]:
        """The decision that stands on each feature."""
        return standing_decisions(self.events)

    @cached_property
    def signatures(self) -> Signatures:
        """The signatures that stand, by node."""
        return signatures_of(self.events)

    def of_feature(self, feature_id: str) -> tuple[ReviewEvent, ...]:
        """All that people said of a feature, in order."""
        return tuple(e for e in self.events if e.feature_id == feature_id)


class OpenRun:
    """A run in memory: what the machine found never changes, what people said is followed."""

    def __init__(self, entry: RunEntry, run: Run, edition: Edition) -> None:
        self.id = entry.id
        self.city = entry.city
        self.folder = Path(entry.folder)
        self.run = run
        self.edition = edition
        self.standard: Standard = edition.standard
        self.findings: Mapping[str, Finding] = {f.feature_id: f for f in run.findings}
        self.hashes = {f.feature_id: finding_hash(f) for f in run.findings}
        self.papers: Mapping[str, Document] = {d.sha256: d for d in run.documents}
        self.by_name: Mapping[str, Document] = {d.name: d for d in run.documents}
        self.present = Present(NO_HEAD, (), Decided(tuple(run.findings)))
        self._lock = threading.Lock()
        self._made: dict[Hashable, Any] = {}
        self._bare: Bare = {}
        self._making = threading.RLock()

    def admit(self, documents: Iterable[Document]) -> None:
        """Let people cite papers that came after the audit (they lie beside the run already)."""
        with self._lock:
            new = tuple(d for d in documents if d.sha256 not in self.papers)
            self.run = replace(self.run, documents=(*self.run.documents, *new))
            self.papers = {d.sha256: d for d in self.run.documents}
            self.by_name = {d.name: d for d in self.run.documents}

    def once(self, key: Hashable, make: Callable[[], Made]) -> Made:
        """What follows from the machine's findings alone, made when it is first asked for."""
        with self._making:
            if key not in self._made:
                self._made[key] = make()
            made: Made = self._made[key]
        return made

    def follow(self, entry: RunEntry, runs: Runs) -> Present:
        """Take in the events that were added since; gives how the run stands now."""
        if entry.head == self.present.head:
            return self.present
        with self._lock:
            new = runs.events(self.id, len(self.present.events))
            if new:  # none where the entry was read before what others have taken in meanwhile
                events = (*self.present.events, *new)
                decided = self._decided(events)
                self.present = Present(events[-1].hash, events, decided)
        return self.present

    def _decided(self, events: Sequence[ReviewEvent]) -> Decided:
        return decide(self.run.findings, events, self.standard, self._hash_of, self._bare)

    def rule(self, name: str) -> Profile:
        """A scoring rule of the run's edition; its first where it has none of this name."""
        known = self.rule_names
        chosen = name if name in known else known[0]
        return self.once(("rule", chosen), lambda: load_profile(chosen, self.edition))

    @cached_property
    def rule_names(self) -> tuple[str, ...]:
        """The scoring rules of the run's edition."""
        return profiles(self.edition)

    def rules(self) -> tuple[Profile, ...]:
        """Every scoring rule of the run's edition."""
        return self.once("rules", lambda: all_profiles(self.edition))

    @cached_property
    def claims(self) -> Mapping[str, ClaimedVerdict]:
        """What the city says of each feature."""
        return claimed_verdicts(self.folder)

    @cached_property
    def node_names(self) -> Mapping[str, str]:
        """The nodes of the standard by id, as ``8.2.4 数据安全``."""
        names = {}
        for domain in self.standard.domains:
            names[domain.id] = f"{domain.id} {domain.name}"
            for subdomain in domain.subdomains:
                names[subdomain.id] = f"{subdomain.id} {subdomain.name}"
                names.update((item.id, f"{item.id} {item.name}") for item in subdomain.items)
        return names

    @cached_property
    def _by_item(self) -> Mapping[str, tuple[Feature, ...]]:
        judged = self.findings
        return {
            item.id: tuple(f for f in item.features if f.id in judged)
            for item in self.standard.items
        }

    def features_of(self, item_id: str) -> tuple[Feature, ...]:
        """The judged features of an item, in order."""
        return self._by_item[item_id]

    def nodes_of(self, feature: Feature) -> tuple[str, ...]:
        """Domain, sub-domain and item of a feature."""
        return tuple(node for node in reversed(nodes_of(feature)) if node in self.node_names)

    def _hash_of(self, finding: Finding) -> str:
        return self.hashes[finding.feature_id]

    def reviewed(self, present: Present) -> Reviewed:
        """The run with people's decisions, as the numbers and reports take it."""
        return Reviewed(self.folder, self.run, present.decided, present.events)

    @cached_property
    def _search_places(self) -> Mapping[str, tuple[int, int]]:
        """Where the search record of each feature stands in its file: offset and length."""
        places: dict[str, tuple[int, int]] = {}
        file = self.folder / SEARCH_FILE
        if file.is_file():
            offset = 0
            with file.open("rb") as stream:
                for line in stream:
                    places[json.loads(line)["feature_id"]] = offset, len(line)
                    offset += len(line)
        return places

    def search_record(self, feature_id: str) -> Mapping[str, Any]:
        """What was searched for a feature and what came back, as search.jsonl has it."""
        place = self._search_places.get(feature_id)
        if place is None:
            return {"queries": [], "passages": [], "searched": 0, "unread_pages": 0}
        with (self.folder / SEARCH_FILE).open("rb") as stream:
            stream.seek(place[0])
            record: dict[str, Any] = json.loads(stream.read(place[1]))
        return record


class OpenRuns:
    """The runs that were opened last, each read once however many ask for it at a time."""

    def __init__(self, runs: Runs, edition_of: Callable[[Path], Edition]) -> None:
        self._runs = runs
        self._edition_of = edition_of
        self._open: OrderedDict[str, OpenRun] = OrderedDict()
        self._reading: dict[str, threading.Lock] = {}
        self._lock = threading.Lock()

    def get(self, entry: RunEntry) -> OpenRun:
        """A run, read where it is not open yet; its ``present`` follows the database.

        Raises:
            RunError: its folder is broken, or its edition of the standard is not here.
        """
        with self._lock:
            reading = self._reading.setdefault(entry.id, threading.Lock())
        with reading:
            opened = self._known(entry.id)
            if opened is None:
                folder = Path(entry.folder)
                edition = self._edition_of(folder)
                opened = OpenRun(entry, replace(read_run(folder), records=()), edition)
                self._keep(opened)
        opened.follow(entry, self._runs)
        return opened

    def _known(self, run_id: str) -> OpenRun | None:
        with self._lock:
            if run_id in self._open:
                self._open.move_to_end(run_id)
            return self._open.get(run_id)

    def _keep(self, opened: OpenRun) -> None:
        with self._lock:
            self._open[opened.id] = opened
            while len(self._open) > KEPT_OPEN:
                self._open.popitem(last=False)

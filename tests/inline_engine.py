"""An engine whose worker is a thread of the test: nothing is started, parts may be watched."""

from __future__ import annotations

import queue
import threading
from collections.abc import Sequence

from auditor.archive.engines import Order, Told, Word
from auditor.archive.working import work


class InlineLink:
    """The worker's side."""

    def __init__(self, told: queue.Queue[Told]) -> None:
        self._told = told
        self.stopped = threading.Event()

    def tell(self, told: Told) -> None:
        self._told.put(told)

    def is_stopped(self) -> bool:
        return self.stopped.is_set()

    def wait(self, seconds: float) -> bool:
        return self.stopped.wait(seconds)


class InlineEngine:
    """``engines.Engine`` on threads; good for one worker, which has the process for itself."""

    def __init__(self) -> None:
        self._told: queue.Queue[Told] = queue.Queue()
        self._links: list[InlineLink] = []
        self._threads: list[threading.Thread] = []

    def processors(self) -> Sequence[int]:
        return [1]

    def start(self, order: Order, names: Sequence[str]) -> None:
        for name in names:
            link = InlineLink(self._told)
            thread = threading.Thread(target=self._live, args=(order, name, link), daemon=True)
            self._links.append(link)
            self._threads.append(thread)
            thread.start()

    def _live(self, order: Order, name: str, link: InlineLink) -> None:
        note = "the thread ended by an error"
        try:
            work(order, name, link)
            note = ""
        finally:
            link.tell(Told(name, Word.GONE, note=note))

    def poll(self, timeout_s: float) -> list[Told]:
        try:
            heard = [self._told.get(timeout=timeout_s)]
        except queue.Empty:
            return []
        while not self._told.empty():
            heard.append(self._told.get())
        return heard

    def stop(self, grace_s: float) -> None:
        for link in self._links:
            link.stopped.set()
        for thread in self._threads:
            thread.join(grace_s)

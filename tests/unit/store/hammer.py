"""A process that calls as fast as a shared book lets it, on a clock that runs fast.

``python -m tests.unit.store.hammer FILE URL SPEED SECONDS LOG SEED``: several threads reserve, wait
as a call would, and settle; LOG gets a line a call (JSON) before it is made and one after it.
"""

from __future__ import annotations

import json
import random
import sys
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from auditor.core.limiting import Ask, Caps, Ending, Granted, Later, Patience, Settlement
from auditor.store.limits import SqlBook, open_book

CAPS = Caps(requests_per_minute=25, tokens_per_minute=1_800, in_flight=5, budget=200_000)
PATIENCE = Patience(lease_s=40.0)
ESTIMATE, HIGHEST = 100, 4_000
THREADS = 2
ENDPOINT = "m@one"


def fast_clock(speed: float) -> Callable[[], float]:
    """The wall clock, ``speed`` times as fast."""
    return lambda: time.time() * speed


def hammer(
    book: SqlBook, speed: float, until: float, say: Callable[[Any], None], seed: str
) -> None:
    """Call after call until the time is over or the book says that there will be no more."""
    dice, clock = random.Random(seed), fast_clock(speed)
    while clock() < until:
        answer = book.reserve(Ask((ENDPOINT,), ESTIMATE, HIGHEST, "purse"), CAPS, PATIENCE)
        if isinstance(answer, Later):
            time.sleep(min(max(answer.wait_s, 2.0), 4.0) / speed)
        elif isinstance(answer, Granted):
            say({"id": answer.id, "arrived": clock()})
            time.sleep(dice.uniform(0.2, 3.0) / speed)
            used, cost = dice.randint(20, ESTIMATE), dice.randint(500, HIGHEST)
            say({"id": answer.id, "answered": clock(), "tokens": used, "cost": cost})
            ended = Settlement(Ending.ANSWERED, used, cost, estimate=ESTIMATE)
            book.settle(answer.id, ended, PATIENCE)
        else:
            return


def main() -> None:
    """Hammer with several threads."""
    file, url, speed, seconds, log, seed = sys.argv[1:]
    book = open_book(Path(file), url or None, fast_clock(float(speed)))
    until = fast_clock(float(speed))() + float(seconds)
    lock = threading.Lock()
    with Path(log).open("a", encoding="utf-8") as stream:

        def say(row: Any) -> None:
            with lock:
                stream.write(json.dumps(row) + "\n")
                stream.flush()

        threads = [
            threading.Thread(target=hammer, args=(book, float(speed), until, say, f"{seed}.{n}"))
            for n in range(THREADS)
        ]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    book.close()


if __name__ == "__main__":
    main()

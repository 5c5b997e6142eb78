"""A probe lets one part do its work once and tells how it went, and how long it took."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from enum import StrEnum

from auditor.core.errors import AuditorError


class UnwellError(AuditorError):
    """A part works, but not as it should."""


class NotHereError(AuditorError):
    """An optional part is not installed or not configured; nothing is wrong."""


class State(StrEnum):
    """How a part is."""

    GOOD = "good"
    FAILED = "failed"
    SKIPPED = "skipped"


@dataclass(frozen=True, slots=True)
class Probe:
    """A part by its name, and what it is asked to do; gives what is to be said of it."""

    part: str
    work: Callable[[], str]


@dataclass(frozen=True, slots=True)
class Result:
    """What came of a probe; ``remedy`` says what to do where it failed or was skipped."""

    part: str
    state: State
    said: str
    remedy: str
    seconds: float


REPORT_IT = "请把这一行连同 auditor doctor 的输出报告给维护者。"


def probed(probes: Iterable[Probe]) -> Iterator[Result]:
    """Probe one part after another; whatever one of them raises is that part's failure."""
    for probe in probes:
        begun = time.monotonic()
        state, said, remedy = _outcome(probe)
        yield Result(probe.part, state, said, remedy, time.monotonic() - begun)


def _outcome(probe: Probe) -> tuple[State, str, str]:
    try:
        return State.GOOD, probe.work(), ""
    except NotHereError as error:
        return State.SKIPPED, error.message, error.hint
    except AuditorError as error:
        return State.FAILED, error.message, error.hint or REPORT_IT
    except Exception as error:
        return State.FAILED, f"{type(error).__name__}: {error}", REPORT_IT

"""What is being worked at: run, city, feature. Logs and traces say it with each line."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from types import MappingProxyType

NAMES = ("run", "city", "feature")
_BOUND: ContextVar[Mapping[str, str]] = ContextVar("auditor_bound", default=MappingProxyType({}))


@contextmanager
def bound(**fields: str) -> Iterator[None]:
    """Say with everything that is told in this block (and in what it calls) what it is about.

    A thread begins with nothing; give it a copy of the context (``contextvars.copy_context``).

    Raises:
        ValueError: a field that no log has.
    """
    unknown = set(fields) - set(NAMES)
    if unknown:
        raise ValueError(f"no such field: {', '.join(sorted(unknown))}")
    token = _BOUND.set({**_BOUND.get(), **fields})
    try:
        yield
    finally:
        _BOUND.reset(token)


def bound_fields() -> Mapping[str, str]:
    """What is being worked at now."""
    return _BOUND.get()

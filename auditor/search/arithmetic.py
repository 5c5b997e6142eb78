"""Matrix products on one thread, whatever the machine.

The last bit of a product depends on how many threads shared it (the blocks are others), so that a
worker that may use one processor would not give the bytes of a run that used two. The matrices of
a dossier are small besides: waiting for a second thread costs more than it saves (on a busy
machine fifty times the work).
"""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import ParamSpec, TypeVar

from threadpoolctl import threadpool_limits

Given = ParamSpec("Given")
Found = TypeVar("Found")


def on_one_thread(call: Callable[Given, Found]) -> Callable[Given, Found]:
    """Have all matrix products inside a function done by one thread each."""

    @wraps(call)
    def limited(*given: Given.args, **named: Given.kwargs) -> Found:
        with threadpool_limits(limits=1, user_api="blas"):
            return call(*given, **named)

    return limited

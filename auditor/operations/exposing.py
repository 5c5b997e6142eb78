"""The numbers for Prometheus: on a port of their own, or in a file for its textfile collector.

A port of its own, not a page of the workbench: the workbench is reached by cities through a
proxy, the numbers are for the operator's network; a scraper has neither a session nor a right; and
it is answered by a thread of its own while the workbench is busy.
"""

from __future__ import annotations

import itertools
import threading
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from auditor.core.errors import ConfigurationError, MissingExtraError
from auditor.operations.metrics import BOUNDS_S, HELP, METER, Counted, Spread

if TYPE_CHECKING:
    from prometheus_client import CollectorRegistry
    from prometheus_client.core import Metric

PORT_VARIABLE, HOST_VARIABLE = "AUDITOR_METRICS_PORT", "AUDITOR_METRICS_HOST"
FILE_VARIABLE = "AUDITOR_METRICS_FILE"
OWN_HOST = "127.0.0.1"
EVERY_S = 15.0
Gauge = Callable[[], Mapping[str, float]]
"""Numbers by label as they are when they are asked for; what it raises leaves the gauge out."""
_GAUGES: dict[str, tuple[str, str, Gauge]] = {}


def add_gauge(name: str, label: str, said: str, gauge: Gauge) -> None:
    """Show a number that is looked up when it is asked for, by the values of one label."""
    _GAUGES[name] = (label, said, gauge)


class _Collected:
    """The counts of this process in Prometheus' words."""

    def collect(self) -> Iterator[Metric]:
        """Every number as it is now."""
        counts = METER.counts()
        for name, counters in itertools.groupby(counts.counters, lambda c: c.name):
            yield _counter(name, list(counters))
        for name, spreads in itertools.groupby(counts.spreads, lambda s: s.name):
            yield _histogram(name, list(spreads))
        for name, (label, said, gauge) in sorted(_GAUGES.items()):
            yield from _gauge(name, label, said, gauge)


def _counter(name: str, counters: list[Counted]) -> Metric:
    from prometheus_client.core import CounterMetricFamily

    family = CounterMetricFamily(name, HELP[name], labels=[n for n, _ in counters[0].labels])
    for counted in counters:
        family.add_metric([value for _, value in counted.labels], counted.value)
    return family


def _histogram(name: str, spreads: list[Spread]) -> Metric:
    from prometheus_client.core import HistogramMetricFamily

    family = HistogramMetricFamily(name, HELP[name], labels=[n for n, _ in spreads[0].labels])
    for spread in spreads:
        up_to = itertools.accumulate(spread.buckets)
        bounds = [*map(str, BOUNDS_S), "+Inf"]
        pairs = [(bound, float(n)) for bound, n in zip(bounds, up_to, strict=True)]
        family.add_metric([value for _, value in spread.labels], pairs, spread.total)
    return family


def _gauge(name: str, label: str, said: str, gauge: Gauge) -> Iterable[Metric]:
    from prometheus_client.core import GaugeMetricFamily

    family = GaugeMetricFamily(name, said, labels=[label])
    try:
        for value, number in sorted(gauge().items()):
            family.add_metric([value], number)
    except Exception:  # a database that does not answer must not hide the other numbers
        return
    yield family


def registry() -> CollectorRegistry:
    """What is shown: our numbers, and memory, processor time and files of this process.

    Raises:
        MissingExtraError: prometheus-client is not installed.
    """
    try:
        from prometheus_client import CollectorRegistry, ProcessCollector
    except ModuleNotFoundError as error:
        raise MissingExtraError("Metrics (prometheus-client)", "telemetry") from error
    shown = CollectorRegistry()
    shown.register(_Collected())
    ProcessCollector(registry=shown)
    return shown


@contextmanager
def serving_metrics(port: int, host: str = OWN_HOST) -> Iterator[int]:
    """Answer ``/metrics`` at a port (0: any) while the block works; gives the port.

    Raises:
        MissingExtraError: prometheus-client is not installed.
        ConfigurationError: the port is taken, or not ours.
    """
    shown = registry()
    from prometheus_client import start_http_server

    try:
        server, thread = start_http_server(port, addr=host, registry=shown)
    except OSError as error:
        raise ConfigurationError(
            f"指标端口 {host}:{port} 不能用 (metrics port): {error.strerror}", hint="请换一个端口。"
        ) from error
    try:
        yield int(server.server_port)
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


@contextmanager
def writing_metrics(file: Path, every_s: float = EVERY_S) -> Iterator[None]:
    """Keep a file (``.prom``) up to date while the block works, and write it a last time.

    Raises:
        MissingExtraError: prometheus-client is not installed.
        ConfigurationError: the file cannot be written.
    """
    shown = registry()
    _write(file, shown)
    stopped = threading.Event()

    def work() -> None:
        while not stopped.wait(every_s):
            _write(file, shown)

    thread = threading.Thread(target=work, name="metrics", daemon=True)
    thread.start()
    try:
        yield
    finally:
        stopped.set()
        thread.join()
        _write(file, shown)


def _write(file: Path, shown: CollectorRegistry) -> None:
    """Write the file whole or not at all."""
    from prometheus_client import write_to_textfile

    try:
        file.parent.mkdir(parents=True, exist_ok=True)
        write_to_textfile(str(file), shown)
    except OSError as error:
        raise ConfigurationError(
            f"{file} 不能写 (metrics file): {error.strerror}", hint="请检查目录和权限。"
        ) from error

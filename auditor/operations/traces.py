"""Traces of the pipeline's stages by OpenTelemetry: off unless ``AUDITOR_TRACES`` says where to.

``otlp`` sends them to the collector that the standard variables name (``OTEL_EXPORTER_OTLP_
ENDPOINT`` …); anything else is a file, one span a line. Our provider is our own: libraries that
trace by the global one stay silent.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager, nullcontext
from pathlib import Path
from typing import IO, TYPE_CHECKING

import auditor
from auditor.core.errors import ConfigurationError, MissingExtraError
from auditor.operations.context import bound_fields

if TYPE_CHECKING:
    from opentelemetry.sdk.trace import ReadableSpan
    from opentelemetry.sdk.trace.export import SpanExporter
    from opentelemetry.trace import Tracer

VARIABLE = "AUDITOR_TRACES"
OTLP = "otlp"
PREFIX = "auditor."
_TRACERS: list[Tracer] = []


def span(name: str) -> AbstractContextManager[object]:
    """A span around a block, with what is being worked at; nothing where traces are off.

    An error that leaves the block is noted in the span.
    """
    if not _TRACERS:
        return nullcontext()
    attributes = {f"{PREFIX}{key}": value for key, value in bound_fields().items()}
    return _TRACERS[-1].start_as_current_span(name, attributes=attributes)


@contextmanager
def tracing(where: str) -> Iterator[None]:
    """Trace what works in this block; every span has left when it ends.

    Raises:
        MissingExtraError: OpenTelemetry is not installed.
        ConfigurationError: the file cannot be written.
    """
    try:
        from opentelemetry.sdk.resources import Resource
        from opentelemetry.sdk.trace import TracerProvider
        from opentelemetry.sdk.trace.export import BatchSpanProcessor
    except ModuleNotFoundError as error:
        raise MissingExtraError("Traces (opentelemetry-sdk)", "telemetry") from error
    named = {"service.name": "ctmm-auditor", "service.version": auditor.__version__}
    provider = TracerProvider(resource=Resource.create(named))
    provider.add_span_processor(BatchSpanProcessor(_exporter(where)))
    _TRACERS.append(provider.get_tracer("auditor", auditor.__version__))
    try:
        yield
    finally:
        _TRACERS.pop()
        provider.shutdown()


def _exporter(where: str) -> SpanExporter:
    if where != OTLP:
        return _line_exporter(Path(where))
    try:
        from opentelemetry.exporter.otlp.proto.grpc.trace_exporter import OTLPSpanExporter
    except ModuleNotFoundError as error:
        raise MissingExtraError("Traces (opentelemetry-exporter-otlp)", "telemetry") from error
    return OTLPSpanExporter()


def _line_exporter(file: Path) -> SpanExporter:
    from opentelemetry.sdk.trace.export import SpanExporter, SpanExportResult

    try:
        file.parent.mkdir(parents=True, exist_ok=True)
        stream: IO[str] = file.open("a", encoding="utf-8", newline="\n")
    except OSError as error:
        raise ConfigurationError(
            f"{file} 不能写 (traces): {error.strerror}", hint=f"请检查 {VARIABLE}。"
        ) from error

    class Lines(SpanExporter):
        """Appends spans to a file."""

        def export(self, spans: Sequence[ReadableSpan]) -> SpanExportResult:
            """Write them, each a line."""
            stream.writelines(
                json.dumps(json.loads(s.to_json()), ensure_ascii=False, separators=(",", ":"))
                + "\n"
                for s in spans
            )
            stream.flush()
            return SpanExportResult.SUCCESS

        def shutdown(self) -> None:
            """Close the file."""
            stream.close()

    return Lines()

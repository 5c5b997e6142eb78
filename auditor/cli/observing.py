"""What stands before every command: how it logs, whether its numbers are shown, whether it traces.

``auditor --log-format json --metrics-port 9464 serve WORKSPACE``; the variables do the same.
"""

from __future__ import annotations

import os
from pathlib import Path
from typing import Annotated

import typer

from auditor.operations.exposing import (
    FILE_VARIABLE,
    HOST_VARIABLE,
    OWN_HOST,
    PORT_VARIABLE,
    serving_metrics,
    writing_metrics,
)
from auditor.operations.handing import COUNTS_VARIABLE, handing_over
from auditor.operations.logs import FORMAT_VARIABLE, LEVEL_VARIABLE, configure_logs
from auditor.operations.traces import VARIABLE as TRACES_VARIABLE
from auditor.operations.traces import tracing


def observe(
    context: typer.Context,
    log_format: Annotated[
        str, typer.Option(envvar=FORMAT_VARIABLE, help="日志格式 text | json / form of the log")
    ] = "text",
    log_level: Annotated[
        str, typer.Option(envvar=LEVEL_VARIABLE, help="json 日志的级别 / level of the json log")
    ] = "INFO",
    metrics_port: Annotated[
        int | None,
        typer.Option(envvar=PORT_VARIABLE, help="在此端口提供 Prometheus 指标 /metrics，默认不开"),
    ] = None,
    metrics_host: Annotated[
        str, typer.Option(envvar=HOST_VARIABLE, help="指标的监听地址 / where metrics listen")
    ] = OWN_HOST,
    metrics_file: Annotated[
        Path | None,
        typer.Option(envvar=FILE_VARIABLE, help="把指标写入此文件（.prom）/ metrics as a file"),
    ] = None,
    traces: Annotated[
        str | None,
        typer.Option(envvar=TRACES_VARIABLE, help="OpenTelemetry：otlp 或文件 / otlp or a file"),
    ] = None,
) -> None:
    """城市全域数字化转型成熟度（CTMM）材料审核助手。Audits city documents against CTMM."""
    configure_logs(log_format or "text", log_level or "INFO")
    if traces:
        context.with_resource(tracing(traces))
    if metrics_file is not None:
        context.with_resource(writing_metrics(metrics_file))
    if metrics_port is not None:
        bound = context.with_resource(serving_metrics(metrics_port, metrics_host))
        typer.echo(f"指标 metrics http://{metrics_host}:{bound}/metrics", err=True)
    if os.environ.get(COUNTS_VARIABLE):
        context.with_resource(handing_over(Path(os.environ[COUNTS_VARIABLE])))

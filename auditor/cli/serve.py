"""``auditor serve [WORKSPACE]``: the review workbench in the browser."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer
from rich.console import Console

from auditor.cli import options
from auditor.core.errors import ConfigurationError, MissingExtraError
from auditor.core.workspace import JobState
from auditor.operations.exposing import add_gauge
from auditor.operations.logs import is_structured

if TYPE_CHECKING:
    from auditor.workbench.space import Space

AUDITS = "auditor_audits"
OWN_HOSTS = frozenset({"127.0.0.1", "localhost"})
PARTS = ("fastapi", "uvicorn", "alembic", "argon2")


def serve(
    workspace: Annotated[Path, typer.Argument(help="工作区文件夹 / folder")] = Path("workspace"),
    port: Annotated[int, typer.Option(help="端口，0 为任选 / port, 0 for any")] = 8800,
    host: Annotated[str, typer.Option(help="监听地址 / address to listen on")] = "127.0.0.1",
    database: Annotated[
        str | None,
        typer.Option(envvar="AUDITOR_DATABASE", help="postgresql://… ，默认 SQLite"),
    ] = None,
    allow_host: Annotated[
        list[str] | None, typer.Option(help="浏览器里用的主机名，可重复 / names to answer to")
    ] = None,
    audits: Annotated[
        int, typer.Option(min=1, help="同时进行几个审核，其余排队 / audits at once")
    ] = 1,
    criteria: options.Criteria = None,
) -> None:
    """打开复核工作台。Serve the review workbench; alone on this machine by a one-time link."""
    require_web()
    import uvicorn

    from auditor.web.app import Serving, create_app, shielded
    from auditor.web.observing import Observed
    from auditor.workbench.clock import own_zone
    from auditor.workbench.space import open_space

    console = Console()
    own_zone()  # a zone that is none is told before anybody is let in
    space = open_space(workspace, database, criteria=criteria)
    try:
        if host not in OWN_HOSTS and not space.people.accounts.all():
            raise ConfigurationError(
                "对外提供服务须先建立用户 (no named users).",
                hint="auditor workspace user WORKSPACE LOGIN --name NAME --role administrator",
            )
        serving = Serving(hosts=OWN_HOSTS | set(allow_host or ()) | {host})
        app = Observed(shielded(create_app(space, audits), serving))
        add_gauge(AUDITS, "state", "Audits of the workbench by state.", lambda: by_state(space))
        config = uvicorn.Config(app, host=host, port=port, **_own_logs())
        server = uvicorn.Server(config)
        sockets = [config.bind_socket()]
        sockets[0].listen(config.backlog)  # whoever uses the link at once waits, is not refused
        _tell_address(console, space, host, sockets[0].getsockname()[1])
        server.run(sockets=sockets)
    finally:
        space.close()


def _tell_address(console: Console, space: Space, host: str, port: int) -> None:
    """Where the workbench is; alone on this machine with a link that lets in once."""
    console.print(f"工作台 http://{host}:{port}/", highlight=False)
    if host in OWN_HOSTS:
        link = space.people.make_link(space.people.own_account("本机用户"))
        told = f"一次性链接 http://{host}:{port}/enter/{link}"
        console.print(told, highlight=False, soft_wrap=True)


def by_state(space: Space) -> Mapping[str, float]:
    """How many audits are in each state; those that never were are none."""
    counts = Counter(job.state for job in space.jobs.all())
    return {state.value: float(counts[state]) for state in JobState}


def _own_logs() -> dict[str, Any]:
    """The server's own messages: warnings for a person, records like all others for a machine."""
    quiet: dict[str, Any] = {"log_level": "warning", "access_log": False}
    return quiet | ({"log_config": None} if is_structured() else {})


def require_web() -> None:
    """Refuse clearly where the workbench is not installed; raises ``MissingExtraError``."""
    if any(find_spec(part) is None for part in PARTS):
        raise MissingExtraError("The workbench", "web")

"""Opens the Ray engine: silent, and on this machine alone unless a cluster is named.

Ray reads its settings from the environment, some when it is imported. So they are set here, and
this module imports nothing that imports Ray before that.
"""

from __future__ import annotations

import os
import secrets
from importlib.util import find_spec

from auditor.archive.engines import Engine
from auditor.core.errors import MissingExtraError

SILENT = {
    "RAY_USAGE_STATS_ENABLED": "0",
    # a head that was started with that off still reports once that it is off: to nobody
    "RAY_USAGE_STATS_REPORT_URL": "http://127.0.0.1:9/",
    # or `uv run` would have the working directory packed and sent to every machine
    "RAY_ENABLE_UV_RUN_RUNTIME_ENV": "0",
    # what Ray has to say of workers that died goes to stdout, where --as-json has its result
    "RAY_DEDUP_LOGS": "1",
    "RAY_DEDUP_LOGS_SKIP_REGEX": ".",
}
ALONE = {
    # the one setting that has Ray listen at 127.0.0.1 and not at the machine's address
    "RAY_ENABLE_WINDOWS_OR_OSX_CLUSTER": "0",
    "RAY_AUTH_MODE": "token",
}
TOKEN_VARIABLE = "RAY_AUTH_TOKEN"


def require_ray() -> None:
    """Tell whether Ray is here.

    Raises:
        MissingExtraError: it is not installed.
    """
    if find_spec("ray") is None:
        raise MissingExtraError("Ray", "ray")


def open_ray(address: str | None = None) -> Engine:
    """The Ray engine on the cluster at an address, else on a Ray of its own on this machine.

    A Ray of its own takes no calls without a token that only this process and its children know,
    so that other users of the machine cannot run anything in it.

    Raises:
        MissingExtraError: Ray is not installed.
    """
    require_ray()
    os.environ.update(SILENT)
    if address is None:
        os.environ.update(ALONE)
        os.environ.setdefault(TOKEN_VARIABLE, secrets.token_hex(32))
    from auditor.archive.engines.ray import RayEngine

    return RayEngine(address)

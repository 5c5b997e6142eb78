"""CTMM auditor: grades a city's documents against the maturity model for digital transformation."""

import os
from importlib.metadata import PackageNotFoundError, version

# ONNX Runtime's own wheels report to their maker from version 1.29 on, and leave an id of the
# machine in the user's cache. It looks once, when it starts: so this stands before all imports.
os.environ["ORT_DISABLE_TELEMETRY"] = "1"

try:
    __version__ = version("ctmm-auditor")
except PackageNotFoundError:  # a source tree that was never installed
    __version__ = "0+unknown"

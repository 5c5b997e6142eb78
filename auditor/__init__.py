"""CTMM auditor: grades a city's documents against the maturity model for digital transformation."""

from importlib.metadata import PackageNotFoundError, version

try:
    __version__ = version("ctmm-auditor")
except PackageNotFoundError:  # a source tree that was never installed
    __version__ = "0+unknown"

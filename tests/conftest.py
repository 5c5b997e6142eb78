"""Fixtures shared by all tests."""

from __future__ import annotations

import os
import signal
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]


def pytest_configure() -> None:
    """Hear Ctrl-C although started in the background, where shells make children deaf to it."""
    if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
        signal.signal(signal.SIGINT, signal.default_int_handler)


def shared_folder() -> Path:
    """The folder of real documents and gold sets: AUDITOR_SHARED, else beside the repository."""
    return Path(os.environ.get("AUDITOR_SHARED", ROOT.parent / "shared"))


@pytest.fixture(scope="session")
def shared() -> Path:
    """Real documents and gold sets; the test is skipped where they are not there."""
    folder = shared_folder()
    if not folder.is_dir():
        pytest.skip("the folder of real documents is not here (AUDITOR_SHARED)")
    return folder


@pytest.fixture(scope="session")
def root() -> Path:
    """The repository."""
    return ROOT

"""Where the data folders stand: inside the installed package, or beside it in a checkout."""

from __future__ import annotations

from importlib.resources import files
from importlib.resources.abc import Traversable
from pathlib import Path


def data_folder(name: str) -> Traversable:
    """Give the folder ``criteria`` or ``prompts``: of the wheel, else of the checkout."""
    packaged = files("auditor") / "data" / name
    if packaged.is_dir():
        return packaged
    return Path(__file__).resolve().parents[2] / name

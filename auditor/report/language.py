"""The words of the reports: one YAML file a language, the same keys in each."""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache
from importlib.resources import files

import yaml

LANGUAGES = ("zh", "en")
Words = Mapping[str, str]
"""The words of a report by key."""


@lru_cache(maxsize=4)
def words(lang: str) -> Words:
    """The words of a language (``zh`` or ``en``)."""
    file = files("auditor.report") / "words" / f"{lang}.yaml"
    loaded: dict[str, str] = yaml.safe_load(file.read_text(encoding="utf-8"))
    return loaded

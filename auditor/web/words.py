"""The words of the workbench: a folder a language, one file an area, the same keys in each."""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache
from importlib.resources import files

import yaml

from auditor.report.language import words as report_words

LANGUAGES = ("zh", "en")
Words = Mapping[str, str]


@lru_cache(maxsize=4)
def words(lang: str) -> Words:
    """The words of a language (``zh`` or ``en``), of the reports and all areas together."""
    folder = files("auditor.web") / "words" / lang
    gathered: dict[str, str] = dict(report_words(lang))
    for file in sorted(folder.iterdir(), key=lambda f: f.name):
        if file.name.endswith(".yaml"):
            gathered |= yaml.safe_load(file.read_text(encoding="utf-8"))
    return gathered

"""Write one report of a run, by format."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path

from auditor.core.criteria import Standard
from auditor.core.errors import ConfigurationError
from auditor.core.run import Run
from auditor.report.page import render_html

Writer = Callable[[Run, Standard, str], bytes]


def _html(run: Run, standard: Standard, lang: str) -> bytes:
    return render_html(run, standard, lang).encode("utf-8")


WRITERS: Mapping[str, Writer] = {"html": _html}
FORMATS = tuple(WRITERS)


def write_report(run: Run, standard: Standard, folder: Path, name: str, lang: str = "zh") -> Path:
    """Write ``folder/report.<name>`` and give its path.

    Raises:
        ConfigurationError: an unknown format or language.
    """
    if name not in WRITERS:
        raise ConfigurationError(
            f"No report format {name!r}.", hint=f"Known formats: {', '.join(FORMATS)}."
        )
    if lang not in ("zh", "en"):
        raise ConfigurationError(f"No language {lang!r}.", hint="Known: zh, en.")
    file = folder / f"report.{name}"
    draft = folder / f".report.{name}.part"
    draft.write_bytes(WRITERS[name](run, standard, lang))
    draft.replace(file)
    return file

"""Write one report of a run, by format."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path

from auditor.core.criteria import Standard
from auditor.core.errors import ConfigurationError
from auditor.core.result import Result
from auditor.report.letters import site_list, supply_letter
from auditor.report.machine import features_csv, result_json
from auditor.report.official import official_report
from auditor.report.page import render_html
from auditor.report.redaction import public_version
from auditor.report.working_paper import working_paper

Writer = Callable[[Result, Standard, str], bytes]
NAMES: Mapping[str, Mapping[str, str]] = {
    "html": {"zh": "report.html", "en": "report.html"},
    "xlsx": {"zh": "评估底稿.xlsx", "en": "working-papers.xlsx"},
    "json": {"zh": "report.json", "en": "report.json"},
    "csv": {"zh": "features.csv", "en": "features.csv"},
    "docx": {"zh": "评估报告.docx", "en": "assessment-report.docx"},
    "letter": {"zh": "补充材料函.docx", "en": "补充材料函.docx"},
    "site": {"zh": "现场核查清单.docx", "en": "现场核查清单.docx"},
}


def _html(result: Result, standard: Standard, lang: str) -> bytes:
    return render_html(result, standard, lang).encode("utf-8")


WRITERS: Mapping[str, Writer] = {
    "html": _html,
    "xlsx": working_paper,
    "json": result_json,
    "csv": features_csv,
    "docx": official_report,
    "letter": lambda result, standard, _: supply_letter(result, standard),
    "site": lambda result, standard, _: site_list(result, standard),
}
FORMATS = tuple(WRITERS)


def public_name(name: str) -> str:
    """The file name of the redacted version of a report."""
    stem, _, suffix = name.rpartition(".")
    return f"{stem}（公示版）.{suffix}"


def write_public(
    result: Result, standard: Standard, folder: Path, name: str, lang: str = "zh"
) -> Path:
    """Write the redacted version of one report beside the internal one."""
    return write_report(public_version(result), standard, folder, name, lang, public_name)


def write_report(
    result: Result,
    standard: Standard,
    folder: Path,
    name: str,
    lang: str = "zh",
    named: Callable[[str], str] = str,
) -> Path:
    """Write one report into ``folder`` and give its path.

    Raises:
        ConfigurationError: an unknown format or language.
    """
    if name not in WRITERS:
        raise ConfigurationError(
            f"No report format {name!r}.", hint=f"Known formats: {', '.join(FORMATS)}."
        )
    if lang not in ("zh", "en"):
        raise ConfigurationError(f"No language {lang!r}.", hint="Known: zh, en.")
    file = folder / named(NAMES[name][lang])
    draft = folder / f".{file.name}.part"
    draft.write_bytes(WRITERS[name](result, standard, lang))
    draft.replace(file)
    return file

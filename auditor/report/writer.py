"""Write one report of a run, by format."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path

from auditor.core.criteria import Standard
from auditor.core.errors import ConfigurationError
from auditor.core.result import Result
from auditor.report.appeal_paper import appeal_paper
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
    "letter": {"zh": "补充材料函.docx", "en": "request-for-papers.docx"},
    "site": {"zh": "现场核查清单.docx", "en": "on-site-checklist.docx"},
    "appeal": {"zh": "申诉复核表.docx", "en": "appeal-review.docx"},
}


def _html(result: Result, standard: Standard, lang: str) -> bytes:
    return render_html(result, standard, lang).encode("utf-8")


WRITERS: Mapping[str, Writer] = {
    "html": _html,
    "xlsx": working_paper,
    "json": result_json,
    "csv": features_csv,
    "docx": official_report,
    "letter": supply_letter,
    "site": site_list,
    "appeal": appeal_paper,
}
APPEAL = "appeal"
FORMATS = tuple(name for name in WRITERS if name != APPEAL)
"""The reports of every run; that on an appeal is for the runs that an appeal made."""


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
            f"No report format {name!r}.", hint=f"Known formats: {', '.join(WRITERS)}."
        )
    if lang not in ("zh", "en"):
        raise ConfigurationError(f"No language {lang!r}.", hint="Known: zh, en.")
    file = folder / named(NAMES[name][lang])
    draft = folder / f".{file.name}.part"
    draft.write_bytes(WRITERS[name](result, standard, lang))
    draft.replace(file)
    return file

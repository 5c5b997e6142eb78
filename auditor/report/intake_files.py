"""Write what came of taking a dossier in: for people, for machines, and for the city."""

from __future__ import annotations

import json
from pathlib import Path

from auditor.core.criteria import Standard
from auditor.core.errors import ConfigurationError
from auditor.core.intake import Intake
from auditor.report.intake_json import intake_json
from auditor.report.intake_page import render_intake
from auditor.report.supplement import supplement_docx

JSON_FILE, PAGE_FILE, SUPPLEMENT_FILE = "intake.json", "intake.html", "补充材料清单.docx"


def write_intake(intake: Intake, standard: Standard, folder: Path, lang: str) -> tuple[Path, ...]:
    """Write intake.json, intake.html and 补充材料清单.docx; gives their paths.

    Raises:
        ConfigurationError: an unknown language.
    """
    if lang not in ("zh", "en"):
        raise ConfigurationError(f"No language {lang!r}.", hint="Known: zh, en.")
    row = json.dumps(intake_json(intake), ensure_ascii=False, sort_keys=True, indent=2)
    contents = {
        JSON_FILE: (row + "\n").encode(),
        PAGE_FILE: render_intake(intake, standard, lang).encode(),
        SUPPLEMENT_FILE: supplement_docx(intake, standard),
    }
    for name, data in contents.items():
        draft = folder / f".{name}.part"
        draft.write_bytes(data)
        draft.replace(folder / name)
    return tuple(folder / name for name in contents)

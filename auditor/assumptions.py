"""Files of assumptions: chances where a judge has none, verdicts for a what-if.

Chances are for judges that were never calibrated: how likely each verdict is where one was given.
Each row must sum to 1; the file's ``note`` says where the numbers come from.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from pathlib import Path

from auditor.core.errors import ConfigurationError, CriteriaError
from auditor.core.findings import Verdict
from auditor.standard import parse_yaml, read_validated

NEAR = 1e-6


def read_assumptions(file: Path) -> Mapping[Verdict, Mapping[Verdict, float]]:
    """Read chances by the verdict that was given.

    Raises:
        ConfigurationError: there is no such file.
        CriteriaError: the file breaks its schema, or a row does not sum to 1.
    """
    if not file.is_file():
        raise ConfigurationError(f"{file} is not there.", hint="Name a YAML file.")
    row = read_validated(file, "assumptions")
    table = {
        Verdict(given): {Verdict(v): float(chance) for v, chance in chances.items()}
        for given, chances in row["chances"].items()
    }
    for given, chances in table.items():
        if abs(sum(chances.values()) - 1) > NEAR:
            raise CriteriaError(
                file.name, f"chances/{given.value} do not sum to 1", hint="Correct the row."
            )
    return table


def read_what_if(file: Path, known: Collection[str]) -> Mapping[str, Verdict]:
    """Read assumed verdicts by feature id: a YAML mapping ``8.2.4.1-L3-a: met``.

    Raises:
        ConfigurationError: there is no such file.
        CriteriaError: no mapping, an unknown verdict, a feature that the run does not hold.
    """
    if not file.is_file():
        raise ConfigurationError(f"{file} is not there.", hint="Name a YAML file.")
    rows = parse_yaml(file.read_text(encoding="utf-8"), file.name)
    if not isinstance(rows, dict) or not rows:
        raise CriteriaError(file.name, "no verdicts", hint="Write lines like 8.2.4.1-L3-a: met.")
    assumed = {}
    for key, verdict in rows.items():
        if key not in known:
            raise CriteriaError(file.name, f"{key} was not judged in this run", hint="Correct it.")
        if verdict not in set(Verdict):
            raise CriteriaError(
                file.name, f"{key}: no verdict {verdict}", hint=f"One of {', '.join(Verdict)}."
            )
        assumed[str(key)] = Verdict(verdict)
    return assumed

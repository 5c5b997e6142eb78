"""A reviewer's corrections of what the rules say of a dossier's documents.

A YAML file, by document name: any answer of its identity (``kind``, ``title``, ``issuer``,
``number``, ``issued_on``, ``level``, ``city``, ``grade``, ``in_force``) and the flags
``foreign``, ``duplicate_of``, ``superseded_by`` (empty text takes a flag away).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any

import yaml

from auditor.core.documents import Document, DocumentKind
from auditor.core.errors import ConfigurationError
from auditor.core.identity import AdministrativeLevel, Grade, Stated

Corrections = Mapping[str, Mapping[str, str]]
ANSWERS: Mapping[str, Callable[[str], object]] = {
    "kind": DocumentKind,
    "title": str,
    "issuer": str,
    "number": str,
    "issued_on": date.fromisoformat,
    "level": AdministrativeLevel,
    "city": str,
    "grade": Grade,
    "in_force": ("yes", "no", "draft").index,
}
FLAGS = ("foreign", "duplicate_of", "superseded_by")
HINT = "格式见 docs/intake.zh.md (see docs/intake.md)."


def read_corrections(file: Path) -> Corrections:
    """Read and check a file of corrections.

    Raises:
        ConfigurationError: no such file, no YAML mapping, an unknown field or value (named).
    """
    try:
        rows = yaml.safe_load(file.read_text(encoding="utf-8")) or {}
    except (OSError, UnicodeDecodeError, yaml.YAMLError) as error:
        raise ConfigurationError(f"{file}: 无法读取 (not readable): {error}", hint=HINT) from error
    if not isinstance(rows, dict) or not all(isinstance(row, dict) for row in rows.values()):
        raise ConfigurationError(f"{file}: 须按文件名列出 (a mapping by document).", hint=HINT)
    return {str(name): _checked(row, f"{file}: {name}") for name, row in rows.items()}


def _checked(row: Mapping[str, Any], where: str) -> dict[str, str]:
    fields = {str(field): "" if value is None else str(value) for field, value in row.items()}
    for field, value in fields.items():
        if field not in ANSWERS and field not in FLAGS:
            raise ConfigurationError(f"{where}: 没有字段 {field} (no such field).", hint=HINT)
        try:
            ANSWERS.get(field, str)(value)
        except ValueError as error:
            raise ConfigurationError(f"{where}: {field}: {error}", hint=HINT) from error
    return fields


def with_answers(documents: Sequence[Document], corrections: Corrections) -> tuple[Document, ...]:
    """Documents with the reviewer's answers about what they are, before they are settled."""
    return tuple(_answered(document, corrections.get(document.name, {})) for document in documents)


def with_flags(documents: Sequence[Document], corrections: Corrections) -> tuple[Document, ...]:
    """Documents with the reviewer's flags, after they are settled.

    Raises:
        ConfigurationError: a corrected document is not in the dossier.
    """
    unknown = sorted(set(corrections) - {document.name for document in documents})
    if unknown:
        raise ConfigurationError(
            f"材料里没有 {unknown[0]} (no such document in the dossier).", hint=HINT
        )
    return tuple(_flagged(document, corrections.get(document.name, {})) for document in documents)


def _answered(document: Document, row: Mapping[str, str]) -> Document:
    answers: dict[str, Any] = {
        field: Stated(value, 1.0, None, "reviewer")
        for field, value in row.items()
        if field in ANSWERS
    }
    if not answers:
        return document
    identity = replace(document.identity, **answers)
    day = date.fromisoformat(row["issued_on"]) if "issued_on" in row else document.issued_on
    return replace(
        document,
        identity=identity,
        kind=DocumentKind(row["kind"]) if "kind" in row else document.kind,
        title=row.get("title", document.title),
        issued_on=day,
    )


def _flagged(document: Document, row: Mapping[str, str]) -> Document:
    flags: dict[str, Any] = {field: row[field] for field in FLAGS if field in row}
    return replace(document, **flags) if flags else document

"""The manifest of a run: what it was made from, so that anybody can make it again."""

from __future__ import annotations

import platform
import subprocess
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

import auditor
from auditor.core.criteria import Standard
from auditor.core.run import Judge
from auditor.core.scores import Profile
from auditor.ingest.kept import readers_digest
from auditor.ingest.ocr import is_installed as ocr_is_installed
from auditor.ingest.office import find_office

PACKAGES = (
    "chromadb", "bm25s", "langchain", "numpy", "onnxruntime", "pypdf", "pypdfium2",
    "python-calamine", "python-docx", "python-pptx", "sentence-transformers", "sqlalchemy", "torch",
)  # fmt: skip


def software_facts() -> dict[str, Any]:
    """Versions of the program and its main parts, git commit and dirty flag of a checkout."""
    versions: dict[str, str | None] = {}
    for name in PACKAGES:
        try:
            versions[name] = version(name)
        except PackageNotFoundError:
            versions[name] = None
    return {
        "auditor": auditor.__version__,
        "git": git_state(Path(auditor.__file__).resolve().parents[1]),
        "python": platform.python_version(),
        "machine": platform.machine(),
        "packages": versions,
    }


def git_state(folder: Path) -> dict[str, Any] | None:
    """Commit and dirty flag of a checkout, None where the program is not run from one."""
    if not (folder / ".git").exists():
        return None
    try:
        commit = _git(folder, "rev-parse", "HEAD")
        dirty = bool(_git(folder, "status", "--porcelain", "--untracked-files=no"))
    except (OSError, subprocess.SubprocessError):
        return None
    return {"commit": commit, "dirty": dirty}


def _git(folder: Path, *words: str) -> str:
    done = subprocess.run(
        ["git", "-C", str(folder), *words], capture_output=True, text=True, check=True, timeout=20
    )
    return done.stdout.strip()


def rules_facts(standard: Standard, profile: Profile) -> dict[str, Any]:
    """Identity of the standard and the scoring rule."""
    return {
        "standard": {"id": standard.id, "title": standard.title, "digest": standard.digest},
        "profile": {"id": profile.id, "version": profile.version, "digest": profile.digest},
    }


def reader_facts() -> dict[str, Any]:
    """What decided how files were read: the readers' code and libraries, the optional parts."""
    return {
        "readers": f"sha256:{readers_digest()}",
        "office": find_office() is not None,
        "ocr": ocr_is_installed(),
    }


def judge_facts(judge: Judge | None, asked: str, base_url: str | None) -> dict[str, Any]:
    """Identity of the judge; ``asked``: how the user named it."""
    return {
        "asked": asked,
        "name": judge.name if judge else "none",
        "fingerprint": judge.fingerprint if judge else None,
        "quality": judge.quality if judge else "",
        "base_url": base_url,
        "prompts": list(getattr(judge, "prompts", ())),
    }

"""The key of a city's job: a hash of everything that its result depends on, without any model.

The parts are kept beside the key, so that a later plan can say what has changed.
"""

from __future__ import annotations

import hashlib
import os
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import fields
from importlib.resources import files
from pathlib import Path
from typing import Any

import auditor
from auditor.archive.listing import Dossier
from auditor.choice import Choice
from auditor.core.errors import ConfigurationError
from auditor.judge.disclosure import OpenGate
from auditor.judge.local_model import MODEL_SHA256
from auditor.limits import load_limits
from auditor.manifest import reader_facts
from auditor.metering import Metering
from auditor.profiles import all_profiles, load_profile
from auditor.prompts import load_prompt
from auditor.search.e5_files import e5_fingerprint
from auditor.store.run_folder import dumps
from auditor.wiring import DEFAULT_EMBEDDER, is_hosted, is_local, resolved_judge

RULE = "profile"
UNSENT = ("concurrency", *(cap.name for cap in fields(Metering)))
"""Choices that change no answer: how fast an endpoint is asked, and what may be spent."""
APART = {
    "dossier", "city", "corrections", "criteria", "profile", "limits", "judge", "embedder",
    "base_url", *UNSENT,
}  # fmt: skip
"""Choices that stand in the key by what they mean, not by their name."""
Parts = Mapping[str, Any]


def shared_parts(choice: Choice, lang: str) -> dict[str, Any]:
    """What the keys of all cities of a pass have in common.

    Raises:
        CriteriaError, ConfigurationError: the edition, a rule, the limits or the judge are wrong.
    """
    edition = choice.edition()
    profile = load_profile(choice.profile, edition)
    limits = load_limits(Path(choice.limits) if choice.limits else None, edition)
    options = {k: getattr(choice, k) for k in choice.__slots__ if k not in APART}
    return {
        "standard": edition.standard.digest,
        RULE: [profile.digest, *(rule.digest for rule in all_profiles(edition))],
        "limits": limits.digest,
        "embedder": embedder_identity(choice.embedder),
        "search": _weights("search"),
        "judge": judge_identity(choice),
        "options": {**options, "lang": lang},
        "program": {"version": auditor.__version__, **reader_facts()},
    }


def parts_of_city(
    dossier: Dossier, documents: Mapping[str, str], corrections: Path | None
) -> dict[str, Any]:
    """What is a city's own in its key; ``documents``: hash by name."""
    return {
        "subject": dossier.key,
        "documents": dict(documents),
        "corrections": _sha256(corrections) if corrections else None,
    }


def key_of(parts: Parts) -> str:
    """The key that these parts make."""
    return hashlib.sha256(dumps(parts).encode()).hexdigest()


def changed_parts(before: Parts, now: Parts) -> list[str]:
    """The names of the parts that differ, sorted."""
    return sorted(k for k in {*before, *now} if before.get(k) != now.get(k))


def embedder_identity(name: str | None) -> str:
    """Which vectors an embedder makes; a folder is known by its files' sizes and times."""
    chosen = name or os.environ.get("AUDITOR_EMBEDDER") or DEFAULT_EMBEDDER
    if chosen == DEFAULT_EMBEDDER:
        return f"e5:{e5_fingerprint()}"
    folder = Path(chosen).expanduser()
    return _stamp(sorted(folder.rglob("*"))) if folder.is_dir() else chosen


def judge_identity(choice: Choice) -> str:
    """Model, prompts and parameters of a judge: what its fingerprint is made of."""
    name = resolved_judge(choice.judge)
    if is_hosted(name):
        askers = choice.hosting(name).askers(lambda _: OpenGate())
        return "\n".join(asker.identity for asker in askers)
    facts = [name if name in ("none", "screen") else "local", _weights("judge")]
    if is_local(name):
        facts.append(load_prompt("read-evidence").digest)
        facts.append(MODEL_SHA256 if name == "local" else _stamp([_given(name)]))
    return "|".join(facts)


def _given(name: str) -> Path:
    file = Path(name)
    if not file.is_file():
        raise ConfigurationError(f"{name} is not a file.", hint="Name a GGUF file.")
    return file


def _weights(package: str) -> str:
    folder = files(f"auditor.{package}") / "weights"
    digest = hashlib.sha256()
    for file in sorted(folder.iterdir(), key=lambda f: f.name):
        digest.update(file.name.encode() + b"\0" + hashlib.sha256(file.read_bytes()).digest())
    return digest.hexdigest()


def _stamp(paths: Iterable[Path]) -> str:
    rows: Sequence[Any] = [
        [p.name, p.stat().st_size, p.stat().st_mtime_ns] for p in paths if p.is_file()
    ]
    return hashlib.sha256(dumps(rows).encode()).hexdigest()


def _sha256(file: Path) -> str:
    return hashlib.sha256(file.read_bytes()).hexdigest()

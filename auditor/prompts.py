"""prompts/ -> rendered messages: versioned templates whose hash goes into the manifest.

A template is ``prompts/<task>/v<n>/prompt.yaml`` with ``variables``, ``system`` and ``user``.
Placeholders are ``{{name}}``; declared and used variables must be the same.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache

import yaml

from auditor.core.errors import CriteriaError
from auditor.core.resources import data_folder

PLACEHOLDER = re.compile(r"\{\{(\w+)\}\}")
VERSION = re.compile(r"v\d+")


@dataclass(frozen=True, slots=True)
class Prompt:
    """A versioned prompt; ``id`` is ``task/vN``, ``digest`` is of the file's bytes."""

    id: str
    digest: str
    variables: tuple[str, ...]
    system: str
    user: str

    def render(self, values: Mapping[str, str]) -> tuple[str, str]:
        """Fill in the variables; gives (system, user). Every variable must be given, no other."""
        if set(values) != set(self.variables):
            odd = sorted(set(values) ^ set(self.variables))
            raise CriteriaError(f"prompts/{self.id}", f"variables do not match: {', '.join(odd)}")
        return _fill(self.system, values), _fill(self.user, values)


def _fill(text: str, values: Mapping[str, str]) -> str:
    return PLACEHOLDER.sub(lambda match: values[match.group(1)], text)


@lru_cache(maxsize=32)
def load_prompt(task: str, version: int | None = None) -> Prompt:
    """Load a prompt, by default its newest version.

    Raises:
        CriteriaError: there is no such prompt, or declared and used variables differ.
    """
    chosen = newest_version(task) if version is None else version
    file = data_folder("prompts") / task / f"v{chosen}" / "prompt.yaml"
    name = f"{task}/v{chosen}"
    if not file.is_file():
        raise CriteriaError(f"prompts/{name}", "no such prompt")
    data = file.read_bytes()
    row = yaml.safe_load(data.decode("utf-8"))
    declared = tuple(row["variables"])
    used = set(PLACEHOLDER.findall(row["system"] + row["user"]))
    if used != set(declared):
        odd = ", ".join(sorted(used ^ set(declared)))
        raise CriteriaError(f"prompts/{name}", f"declared and used variables differ: {odd}")
    digest = f"sha256:{hashlib.sha256(data).hexdigest()}"
    return Prompt(name, digest, declared, row["system"], row["user"])


def newest_version(task: str) -> int:
    """The highest version of a task's prompt; raises ``CriteriaError`` where there is none."""
    folder = data_folder("prompts") / task
    names = [f.name for f in folder.iterdir()] if folder.is_dir() else []
    versions = [int(name[1:]) for name in names if VERSION.fullmatch(name)]
    if not versions:
        raise CriteriaError(f"prompts/{task}", "no such prompt")
    return max(versions)

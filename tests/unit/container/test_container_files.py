"""The container files hold what they promise: pinned, without root, closed inwards, no secrets."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

TAGGED = re.compile(r"\A[a-z0-9./-]+:(?P<tag>\d+\.\d+[\w.-]*)\Z")
VARIABLE = re.compile(r"\$\{(\w+)(:[?-][^}]*)?\}")
Instruction = tuple[str, str]


@pytest.fixture(scope="module")
def compose(root: Path) -> dict[str, Any]:
    """compose.yaml, read."""
    read: dict[str, Any] = yaml.safe_load((root / "compose.yaml").read_text(encoding="utf-8"))
    return read


@pytest.fixture(scope="module")
def steps(root: Path) -> list[Instruction]:
    """The instructions of the Containerfile."""
    return list(instructions((root / "Containerfile").read_text(encoding="utf-8")))


def instructions(text: str) -> Iterator[Instruction]:
    """Each instruction with its words, continued lines joined."""
    plain = "\n".join(line for line in text.splitlines() if not line.startswith("#"))
    for line in plain.replace("\\\n", " ").splitlines():
        if line.strip():
            word, _, rest = line.strip().partition(" ")
            yield word, " ".join(rest.split())


def test_every_image_is_pinned_by_a_full_version(
    compose: dict[str, Any], steps: list[Instruction]
) -> None:
    bases = [rest.split(" AS ")[0] for word, rest in steps if word == "FROM"]
    images = [service["image"] for service in compose["services"].values()]
    assert len(set(bases)) == 1 and len(bases) == 2
    assert [image for image in (*bases, *images) if not TAGGED.match(image)] == []


def test_versions_are_those_that_the_project_is_tested_with(
    root: Path, compose: dict[str, Any], steps: list[Instruction]
) -> None:
    pinned = (root / "constraints.txt").read_text(encoding="utf-8")
    chroma = compose["services"]["vectors"]["image"].rpartition(":")[2]
    assert f"chromadb=={chroma}\n" in pinned
    project = tomllib.loads((root / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    assert compose["services"]["workbench"]["image"] == f"ctmm-auditor:{project['version']}"
    base = next(rest for word, rest in steps if word == "FROM")
    python = base.partition("python:")[2].split(".")
    told = f"Programming Language :: Python :: {python[0]}.{python[1]}"
    assert told in project["classifiers"]
    extras = dict(rest.split("=", 1) for word, rest in steps if word == "ARG" and "=" in rest)
    assert set(extras["EXTRAS"].split(",")) <= set(project["optional-dependencies"])


def test_the_image_runs_as_nobody_special_and_copies_what_is_there(
    root: Path, steps: list[Instruction]
) -> None:
    words = [word for word, _ in steps]
    last_stage = steps[len(words) - 1 - words[::-1].index("FROM") :]
    users = [rest for word, rest in last_stage if word == "USER"]
    assert users == ["10001:10001"]
    after = last_stage[[w for w, _ in last_stage].index("USER") :]
    assert {"ENTRYPOINT", "CMD", "HEALTHCHECK"} <= {word for word, _ in after}
    assert "ADD" not in words
    runs = [rest for word, rest in steps if word == "RUN"]
    assert [run for run in runs if re.search(r"sudo|curl|wget|chmod 777", run)] == []
    copied = [rest.split()[:-1] for word, rest in steps if word == "COPY" and "--from" not in rest]
    names = [name for sources in copied for name in sources]
    assert names and [name for name in names if not (root / name).exists()] == []
    let_in = (root / ".dockerignore").read_text(encoding="utf-8").splitlines()
    assert {f"!{name}" for name in names} == {line for line in let_in if line.startswith("!")}


def test_only_the_workbench_can_be_reached_and_only_from_this_machine(
    compose: dict[str, Any],
) -> None:
    services = compose["services"]
    assert compose["networks"]["inside"]["internal"] is True
    assert services["database"]["networks"] == services["vectors"]["networks"] == ["inside"]
    published = {name: s["ports"] for name, s in services.items() if "ports" in s}
    assert published == {"workbench": ["127.0.0.1:8800:8800"]}


def test_the_workbench_may_do_little(compose: dict[str, Any]) -> None:
    workbench = compose["services"]["workbench"]
    assert workbench["read_only"] is True and workbench["cap_drop"] == ["ALL"]
    for service in compose["services"].values():
        assert "no-new-privileges:true" in service["security_opt"]
        assert not service.get("privileged")
        named = [volume.partition(":")[0] for volume in service.get("volumes", ())]
        assert set(named) <= set(compose["volumes"])


def test_no_password_stands_in_the_file(root: Path, compose: dict[str, Any]) -> None:
    held = {
        name: value
        for service in compose["services"].values()
        for name, value in service.get("environment", {}).items()
        if "PASSWORD" in name
    }
    assert set(held) == {"PGPASSWORD", "POSTGRES_PASSWORD"}
    assert all(VARIABLE.fullmatch(value) for value in held.values())
    assert "@database" in compose["services"]["workbench"]["environment"]["AUDITOR_DATABASE"]
    asked = VARIABLE.findall((root / "compose.yaml").read_text(encoding="utf-8"))
    assert {name for name, rest in asked if not rest} == set()


def test_every_setting_is_one_that_the_program_reads(root: Path, compose: dict[str, Any]) -> None:
    code = "\n".join(f.read_text(encoding="utf-8") for f in (root / "auditor").rglob("*.py"))
    names = [n for n in compose["services"]["workbench"]["environment"] if n.startswith("AUDITOR")]
    assert len(names) == 5 and [name for name in names if f'"{name}"' not in code] == []

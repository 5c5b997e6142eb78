"""The wheel holds everything: criteria, prompts, weights, templates; it works away from here."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

pytest.importorskip("hatchling")


@pytest.fixture(scope="module")
def unpacked(root: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("wheel")
    subprocess.run(
        [sys.executable, "-m", "build", "--wheel", "--no-isolation", "-o", str(folder), str(root)],
        check=True,
        capture_output=True,
        timeout=300,
    )
    (wheel,) = folder.glob("*.whl")
    with zipfile.ZipFile(wheel) as package:
        package.extractall(folder / "site")
    return folder / "site"


def test_the_wheel_works_without_the_checkout(unpacked: Path, tmp_path: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "auditor.cli.main", "criteria", "export", "--json"],
        cwd=tmp_path,
        env={**os.environ, "PYTHONPATH": str(unpacked), "PYTHONSAFEPATH": "1"},
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert len(json.loads(done.stdout)["features"]) == 376


def test_the_wheel_holds_data_and_nothing_else(unpacked: Path) -> None:
    held = {p.relative_to(unpacked).as_posix() for p in unpacked.rglob("*") if p.is_file()}
    for needed in (
        "auditor/data/criteria/ctmm-2026-draft/standard.yaml",
        "auditor/data/prompts/judge-item/v1/prompt.yaml",
        "auditor/judge/weights/screen-e5.json",
        "auditor/judge/weights/local.json",
        "auditor/search/weights/relevance-generic.json",
        "auditor/report/templates/report.html.j2",
    ):
        assert needed in held
    assert not [name for name in held if name.startswith(("tests/", "eval/", "examples/"))]


def test_installed_code_is_that_of_the_wheel(unpacked: Path, tmp_path: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-c", "import auditor; print(auditor.__file__)"],
        cwd=tmp_path,
        env={**os.environ, "PYTHONPATH": str(unpacked)},
        capture_output=True,
        text=True,
        timeout=60,
        check=True,
    )
    assert str(unpacked) in done.stdout

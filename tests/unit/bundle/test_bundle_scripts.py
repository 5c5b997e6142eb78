"""The scripts of the bundle: what was changed, added or taken away is found; nothing is removed."""

from __future__ import annotations

import hashlib
import importlib.util
import json
import shutil
import subprocess
from pathlib import Path
from types import ModuleType

import pytest


@pytest.fixture(scope="module")
def making(root: Path) -> ModuleType:
    """The script that makes a bundle."""
    file = root / "scripts" / "bundle" / "make_bundle.py"
    spec = importlib.util.spec_from_file_location("make_bundle", file)
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.fixture
def bundle(making: ModuleType, root: Path, tmp_path: Path) -> Path:
    """A bundle of one small file."""
    folder = tmp_path / "my bundle"
    (folder / "wheels").mkdir(parents=True)
    (folder / "wheels" / "a-1.0-py3-none-any.whl").write_bytes(b"a wheel")
    for name in making.TEXTS:
        shutil.copyfile(root / "scripts" / "bundle" / name, folder / name)
    making.write_facts(folder, "e5,web", [])
    making.write_sums(folder)
    return folder


def said_by(script: str, folder: Path, *words: str) -> tuple[int, str]:
    """Run a script of the bundle; gives its exit code and what it said."""
    command = ["sh", str(folder / script), *words]
    done = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)
    return done.returncode, done.stdout + done.stderr


def test_a_whole_bundle_is_told_to_be_whole(bundle: Path) -> None:
    sums = hashlib.sha256((bundle / "SHA256SUMS").read_bytes()).hexdigest()
    code, said = said_by("verify.sh", bundle, sums)
    assert code == 0 and f"{6} files" in said


def test_changes_are_found_and_named(bundle: Path) -> None:
    wheel = bundle / "wheels" / "a-1.0-py3-none-any.whl"
    wheel.write_bytes(b"another")
    code, said = said_by("verify.sh", bundle)
    assert code != 0 and "a-1.0" in said
    wheel.write_bytes(b"a wheel")
    (bundle / "wheels" / "evil.whl").write_bytes(b"x")
    code, said = said_by("verify.sh", bundle)
    assert code == 1 and "wheels/evil.whl" in said
    (bundle / "wheels" / "evil.whl").unlink()
    wheel.unlink()
    assert said_by("verify.sh", bundle)[0] != 0


def test_a_list_that_was_made_anew_is_found_by_its_hash(bundle: Path, making: ModuleType) -> None:
    before = hashlib.sha256((bundle / "SHA256SUMS").read_bytes()).hexdigest()
    (bundle / "wheels" / "a-1.0-py3-none-any.whl").write_bytes(b"another")
    making.write_sums(bundle)
    assert said_by("verify.sh", bundle)[0] == 0
    assert said_by("verify.sh", bundle, before)[0] != 0


def test_another_kind_of_machine_is_refused_before_anything_is_made(
    bundle: Path, making: ModuleType, tmp_path: Path
) -> None:
    facts = json.loads((bundle / "bundle.json").read_text(encoding="utf-8"))
    for name, other in (("machine", "riscv64"), ("python", "2.7"), ("system", "Plan9")):
        text = json.dumps({**facts, name: other}, indent=2, sort_keys=True)
        (bundle / "bundle.json").write_text(text + "\n", encoding="utf-8")
        code, said = said_by("install.sh", bundle, str(tmp_path / "env"))
        assert code == 2 and other in said and not (tmp_path / "env").exists()


def test_what_is_there_already_is_never_touched(
    bundle: Path, making: ModuleType, tmp_path: Path
) -> None:
    (tmp_path / "env").mkdir()
    code, said = said_by("install.sh", bundle, str(tmp_path / "env"))
    assert code == 2 and "nothing was changed" in said
    (tmp_path / "papers").mkdir()
    (tmp_path / "papers" / "a.txt").write_text("x", encoding="utf-8")
    with pytest.raises(SystemExit, match="no bundle"):
        making.refuse_foreign(tmp_path / "papers")
    making.refuse_foreign(bundle)


def test_pins_name_version_and_hash_of_every_wheel(making: ModuleType, tmp_path: Path) -> None:
    for name in (
        "torch-2.13.0+cpu-cp311-cp311-manylinux_2_28_x86_64.whl",
        "a_b-1.0-1-py2.py3-none-any.whl",
    ):
        (tmp_path / name).write_bytes(b"w")
    mark = hashlib.sha256(b"w").hexdigest()
    assert list(making.pins(tmp_path)) == [
        f"a_b==1.0 --hash=sha256:{mark}",
        f"torch==2.13.0+cpu --hash=sha256:{mark}",
    ]
    (tmp_path / "odd.whl").write_bytes(b"w")
    with pytest.raises(SystemExit, match=r"odd\.whl"):
        list(making.pins(tmp_path))

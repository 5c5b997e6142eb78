"""Real cities on a Ray of this machine: the bytes are those of the local engine."""

from __future__ import annotations

import shutil
from importlib.util import find_spec
from pathlib import Path

import pytest

from auditor.cache import cache_dir
from eval.bench_scaling import invent
from tests.e2e.conftest import auditor

pytestmark = [
    pytest.mark.long,
    pytest.mark.model,
    # an extra; looked for without importing it, which here would be too early (tests/on_ray.py)
    pytest.mark.skipif(find_spec("ray") is None, reason="Ray is not installed"),
]


def results_of(out: Path) -> dict[str, bytes]:
    """The bytes of all results by their path."""
    folder = out / "cities"
    files = (path for path in folder.rglob("*") if path.is_file())
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in files}


def test_real_cities_have_the_same_bytes_on_ray_and_on_processes(
    root: Path, tmp_path: Path
) -> None:
    archive = tmp_path / "in"
    invent(archive, 2)
    shutil.copytree(root / "examples/dossier", archive / "临澜市")
    found = {}
    for engine in ("local", "ray"):
        cache, out = tmp_path / f"cache-{engine}", tmp_path / f"out-{engine}"
        cache.mkdir()
        (cache / "models").symlink_to((cache_dir() / "models").resolve())
        words = ("--judge", "screen", "--engine", engine, "--workers", "2", "--yes")
        done = auditor("batch", archive, "-o", out, *words, AUDITOR_CACHE=str(cache))
        assert done.code == 0, done.err
        found[engine] = results_of(out)
    assert len({name.split("/")[0] for name in found["local"]}) == 3
    assert found["local"].keys() == found["ray"].keys()
    differing = [name for name, data in found["local"].items() if found["ray"][name] != data]
    assert differing == []

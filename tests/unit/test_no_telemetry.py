"""No part of the program reports to its maker: no identifier is made, nothing waits to be sent."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

SUPPRESSED_BY = ("CI", "TF_BUILD", "GITHUB_ACTIONS", "ORT_DISABLE_TELEMETRY")
"""What would keep it silent by itself, so that the test could not fail."""
MODEL = """
import onnx
from onnx import TensorProto, helper
ends = [helper.make_tensor_value_info(name, TensorProto.FLOAT, [1]) for name in ("x", "y")]
graph = helper.make_graph([helper.make_node("Identity", ["x"], ["y"])], "g", ends[:1], ends[1:])
made = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=9)
import onnxruntime
session = onnxruntime.InferenceSession(made.SerializeToString())
import numpy
session.run(None, {"x": numpy.ones(1, numpy.float32)})
"""


def left_behind(home: Path, first: str) -> list[str]:
    """The files that a process which runs a model leaves its user; ``first`` is its first line."""
    kept = {name: value for name, value in os.environ.items() if name not in SUPPRESSED_BY}
    own = {"HOME": str(home), "XDG_CACHE_HOME": str(home / "cache")}
    command = [sys.executable, "-c", f"{first}\n{MODEL}"]
    subprocess.run(command, check=True, env=kept | own, timeout=120)
    return sorted(p.relative_to(home).as_posix() for p in home.rglob("*") if p.is_file())


def test_running_a_model_leaves_no_identifier_of_the_machine(tmp_path: Path) -> None:
    assert left_behind(tmp_path, "import auditor") == []


@pytest.mark.parametrize("module", ["auditor.cli.main", "auditor.ingest.worker"])
def test_every_way_into_the_program_says_so_before_anything_else(module: str) -> None:
    asked = f"import os, {module}; assert os.environ['ORT_DISABLE_TELEMETRY'] == '1'"
    kept = {name: value for name, value in os.environ.items() if name not in SUPPRESSED_BY}
    subprocess.run([sys.executable, "-c", asked], check=True, env=kept, timeout=120)

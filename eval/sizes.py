"""Guard the sizes of the code: modules to 400 lines, functions to 50, at most 6 parameters."""

from __future__ import annotations

import ast
import sys
from collections.abc import Iterator
from pathlib import Path

FOLDERS = ("auditor", "criteria", "eval", "examples", "tests")
MODULE_LINES, FUNCTION_LINES, PARAMETERS = 400, 50, 6


def complaints(file: Path) -> Iterator[str]:
    """Yield one line per size that a module breaks."""
    text = file.read_text(encoding="utf-8")
    if len(text.splitlines()) > MODULE_LINES:
        yield f"{file}: {len(text.splitlines())} lines (at most {MODULE_LINES})"
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            yield from _function_complaints(file, node)


def _function_complaints(file: Path, node: ast.FunctionDef | ast.AsyncFunctionDef) -> Iterator[str]:
    where = f"{file}:{node.lineno} {node.name}"
    length = (node.end_lineno or node.lineno) - node.lineno + 1
    if length > FUNCTION_LINES:
        yield f"{where}: {length} lines (at most {FUNCTION_LINES})"
    named = [*node.args.posonlyargs, *node.args.args, *node.args.kwonlyargs]
    count = len([a for a in named if a.arg not in ("self", "cls")])
    is_command = any("typer" in ast.unparse(a.annotation or ast.Constant("")) for a in named)
    if count > PARAMETERS and not is_command and "fixture" not in ast.dump(node):
        yield f"{where}: {count} parameters (at most {PARAMETERS})"


def main() -> None:
    """Print every complaint; exit 1 where there is one."""
    root = Path(__file__).resolve().parents[1]
    found = [c for d in FOLDERS for f in sorted((root / d).rglob("*.py")) for c in complaints(f)]
    print("\n".join(found) if found else "sizes: all within limits")
    sys.exit(1 if found else 0)


if __name__ == "__main__":
    main()

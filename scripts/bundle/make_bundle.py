"""Make a folder from which the auditor is installed on a machine without any network.

    python scripts/bundle/make_bundle.py FOLDER [--extras e5,ocr,web,postgres,parquet,telemetry]

Run by ``make bundle`` in the environment of the project, on a machine of the same kind (system,
processor, version of Python) as the one that will install it. Uses pip as it is configured; every
version is that of constraints.txt. In the folder:

    wheels/            every package, the auditor's own among them
    build/             what builds a wheel of the auditor from its source (the Containerfile does)
    requirements.txt   each with its version and the sha256 of its file
    models/            the embedding model as the auditor prepares it (its hashes are pinned in it)
    fonts/             Chinese fonts under the Open Font License, with the licence, where found here
    bundle.json        what it is made of and for
    install.sh, verify.sh, README.md, README.zh.md, SHA256SUMS
"""

from __future__ import annotations

import argparse
import hashlib
import json
import os
import platform
import re
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Sequence
from pathlib import Path

HERE = Path(__file__).resolve().parent
ROOT = HERE.parents[1]
EXTRAS = "e5,ocr,web,postgres,parquet,telemetry"
TEXTS = ("install.sh", "verify.sh", "README.md", "README.zh.md")
SUMS, FACTS, PINS = "SHA256SUMS", "bundle.json", "requirements.txt"
FONT_NAMES = ("NotoSansCJK-Regular.ttc", "NotoSerifCJK-Regular.ttc")
FONT_FOLDERS = (Path("/usr/share/fonts"), Path("/usr/local/share/fonts"))
FONT_LICENCES = (Path("/usr/share/doc/fonts-noto-cjk/copyright"),)
OPEN_FONT = "Open Font License"
PREPARE = (
    "from auditor.wiring import cache_dir; from auditor.search.e5_onnx import prepare_e5_graph;"
    "print(prepare_e5_graph(cache_dir() / 'models'))"
)
WHEEL = re.compile(r"\A(?P<name>[^-]+)-(?P<version>[^-]+)(?:-\d[^-]*)?-[^-]+-[^-]+-[^-]+\.whl\Z")


def main(arguments: Sequence[str]) -> None:
    """Make the bundle; what is in the folder already must be a bundle, and is made anew."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("folder", type=Path)
    parser.add_argument("--extras", default=EXTRAS)
    asked = parser.parse_args(arguments)
    folder = asked.folder.resolve()
    refuse_foreign(folder)
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    add_wheels(folder / "wheels", asked.extras)
    if "e5" in asked.extras.split(","):
        add_models(folder / "models")
    fonts = add_fonts(folder / "fonts")
    for name in TEXTS:
        shutil.copyfile(HERE / name, folder / name)
    write_facts(folder, asked.extras, fonts)
    write_sums(folder)
    size = sum(file.stat().st_size for file in folder.rglob("*") if file.is_file())
    wheels = len(list((folder / "wheels").iterdir()))
    sys.stdout.write(f"{folder}: {size / 1e9:.2f} GB, {wheels} wheels\n")
    sys.stdout.write(f"sha256 of {SUMS}: {digest(folder / SUMS)}\n")


def refuse_foreign(folder: Path) -> None:
    """Never remove what is no bundle."""
    if folder.exists() and any(folder.iterdir()) and not (folder / FACTS).is_file():
        sys.exit(f"{folder} holds something that is no bundle; name another folder.")


def add_wheels(folder: Path, extras: str) -> None:
    """Fetch or build a wheel of the auditor and of all that it needs, by the constraints."""
    with tempfile.TemporaryDirectory(prefix="auditor-bundle-") as temporary:
        pip = [sys.executable, "-m", "pip", "wheel", "-q", "--wheel-dir"]
        constrained = ["-c", str(ROOT / "constraints.txt")]
        run([*pip, temporary, "--no-deps", str(ROOT)])
        (own,) = Path(temporary).glob("ctmm_auditor-*.whl")
        run([*pip, str(folder), *constrained, "torch", f"{own}[{extras}]"])
        run([*pip, str(folder.parent / "build"), *constrained, "hatchling"])
    (folder.parent / PINS).write_text("\n".join(pins(folder)) + "\n", encoding="utf-8")


def pins(folder: Path) -> Iterator[str]:
    """A line of requirements a wheel: its version and its hash."""
    for file in sorted(folder.glob("*.whl")):
        told = WHEEL.match(file.name)
        if told is None:
            sys.exit(f"{file.name} is not named as a wheel is.")
        yield f"{told['name']}=={told['version']} --hash=sha256:{digest(file)}"


def add_models(folder: Path) -> None:
    """Copy the embedding model as it is prepared here; its manifest pins its files by hash."""
    done = run([sys.executable, "-c", PREPARE], capture=True)
    prepared = Path(done.splitlines()[-1])
    shutil.copytree(prepared, folder / prepared.name)


def add_fonts(folder: Path) -> list[str]:
    """Copy Chinese fonts that may be passed on, with their licence; gives their names."""
    licence = next((file for file in FONT_LICENCES if file.is_file()), None)
    if licence is None or OPEN_FONT not in licence.read_text(encoding="utf-8", errors="replace"):
        return []
    found = {f.name: f for base in FONT_FOLDERS for f in base.rglob("*.ttc") if base.is_dir()}
    names = [name for name in FONT_NAMES if name in found]
    if names:
        folder.mkdir()
        shutil.copyfile(licence, folder / "LICENSE.txt")
    for name in names:
        shutil.copyfile(found[name], folder / name)
    return names


def write_facts(folder: Path, extras: str, fonts: list[str]) -> None:
    """Say what the bundle was made of and for."""
    commit = run(["git", "-C", str(ROOT), "rev-parse", "HEAD"], capture=True, check=False).strip()
    facts = {
        "commit": commit or None,
        "extras": extras.split(","),
        "fonts": fonts,
        "libc": " ".join(platform.libc_ver()),
        "machine": platform.machine(),
        "python": ".".join(platform.python_version_tuple()[:2]),
        "system": platform.system(),
    }
    text = json.dumps(facts, ensure_ascii=False, indent=2, sort_keys=True)
    (folder / FACTS).write_text(text + "\n", encoding="utf-8")


def write_sums(folder: Path) -> None:
    """List the sha256 of every file, in the form that sha256sum reads."""
    files = sorted(f for f in folder.rglob("*") if f.is_file() and f.name != SUMS)
    lines = [f"{digest(file)}  {file.relative_to(folder).as_posix()}\n" for file in files]
    (folder / SUMS).write_text("".join(lines), encoding="utf-8")


def digest(file: Path) -> str:
    """The sha256 of a file."""
    with file.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()


def run(command: Sequence[str], *, capture: bool = False, check: bool = True) -> str:
    """Run a command; what it says is given back where it is captured."""
    done = subprocess.run(
        list(command), check=check, text=True, stdout=subprocess.PIPE if capture else None,
        env={**os.environ, "PIP_DISABLE_PIP_VERSION_CHECK": "1"},
    )  # fmt: skip
    return done.stdout or ""


if __name__ == "__main__":
    main(sys.argv[1:])

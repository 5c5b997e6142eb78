"""An invented second edition of the standard: one clause changed, removed, added, renumbered."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Any

import yaml

SHIPPED = Path(__file__).resolve().parents[3] / "criteria" / "ctmm-2026-draft"
NAME = "ctmm-second"
CHANGED, REMOVED = "8.4.1.1-L1-a", "8.3.3.1-L1-a"
MOVED, MOVED_TO = "8.4.2.2-L2-a", "8.4.2.2-L2-z"
ADDED = "8.4.2.2-L3-y"
CHANGED_TEXT = "建设政务服务平台与线下办事大厅，每年向社会公布服务评价结果"
ADDED_TEXT = "设立面向企业的数字化服务专区，公布服务清单"


def write_second_edition(folder: Path) -> Path:
    """Write the shipped edition with the four changes into ``folder``; gives the folder."""
    shutil.copytree(SHIPPED, folder)
    tree = load(folder / "standard.yaml")
    tree["id"] = NAME
    for item in (i for d in tree["domains"] for s in d["subdomains"] for i in s["items"]):
        item["features"] = [f for f in map(edited, item["features"]) if f]
        if item["id"] == ADDED.partition("-")[0]:
            item["features"].append({"id": ADDED, "text": ADDED_TEXT})
    dump(folder / "standard.yaml", tree)
    for file in (folder / "features").iterdir():
        notes = load(file)
        notes.pop(REMOVED, None)
        if MOVED in notes:
            notes[MOVED_TO] = notes.pop(MOVED)
            notes[ADDED] = notes[MOVED_TO]
        dump(file, notes)
    return folder


def edited(row: dict[str, Any]) -> dict[str, Any] | None:
    """One clause of the first edition in the second, None where it is gone."""
    if row["id"] == REMOVED:
        return None
    if row["id"] == CHANGED:
        return {**row, "text": CHANGED_TEXT}
    return {**row, "id": MOVED_TO} if row["id"] == MOVED else row


def load(file: Path) -> Any:
    """Read a YAML file."""
    return yaml.load(file.read_text("utf-8"), yaml.CSafeLoader)


def dump(file: Path, content: Any) -> None:
    """Write a YAML file."""
    text = yaml.dump(content, Dumper=yaml.CSafeDumper, allow_unicode=True, sort_keys=False)
    file.write_text(text, "utf-8")

"""The editions of the standard that the runs of a workspace were made with.

An edition that does not ship is kept in the workspace with the first run of it, so that its runs
can be opened wherever the workspace is.
"""

from __future__ import annotations

import os
import shutil
import threading
from pathlib import Path
from typing import Any

from auditor.carrying import name_of
from auditor.core.errors import RunError
from auditor.editions import SHORT, chosen_criteria, find_edition
from auditor.standard import Edition, standards
from auditor.store.run_folder import MANIFEST_FILE, read_json

EDITIONS_FOLDER = "criteria"


class RunEditions:
    """Finds the edition of a run: the named ones, those kept in the workspace, those that ship."""

    def __init__(self, workspace: Path, criteria: str | None = None) -> None:
        self.criteria = chosen_criteria(criteria)
        self._kept = workspace / EDITIONS_FOLDER
        self._known: dict[str, Edition] = {}
        self._lock = threading.Lock()

    def of(self, folder: Path) -> Edition:
        """The edition of the run in a folder, read once.

        Raises:
            RunError: it is not here, or the folder holds no run.
        """
        file = folder / MANIFEST_FILE
        facts = read_json(file).get("standard") or {}
        digest = str(facts.get("digest", ""))
        with self._lock:
            if digest not in self._known:
                self._known[digest] = self._found(facts, file)
            return self._known[digest]

    def _found(self, facts: dict[str, Any], file: Path) -> Edition:
        try:
            return find_edition(facts, self.criteria, str(file), self._folders())
        except RunError as error:
            name, digest = str(facts.get("id", "?")), str(facts.get("digest", ""))[:SHORT]
            raise RunError(
                f"这次审核所依据的标准版本 {name}（{digest}…）不在这里，不能按别的版本打开 "
                "(its edition of the standard is not here).",
                hint="请管理员指明该版本的文件夹后重新启动：auditor serve 工作区 --criteria 文件夹 "
                "(name its folder).",
            ) from error

    def _folders(self) -> list[Path]:
        """The editions that are kept here, without copies that were never finished."""
        there = sorted(self._kept.iterdir()) if self._kept.is_dir() else []
        return [folder for folder in there if not folder.name.startswith(".")]

    def keep(self, edition: Edition) -> None:
        """Copy an edition that does not ship into the workspace, whole or not at all."""
        if name_of(edition) in standards():
            return
        target = self._kept / edition.standard.digest.partition(":")[2][:SHORT]
        if target.exists():
            return
        draft = target.with_name(f".{target.name}.{os.getpid()}.part")
        shutil.rmtree(draft, ignore_errors=True)
        shutil.copytree(name_of(edition), draft)
        draft.rename(target)

"""Files that only their owner may read, written whole or not at all by any number of programs."""

from __future__ import annotations

import os
import uuid
from contextlib import suppress
from pathlib import Path

from auditor.core.errors import RunError

OWNER_ONLY = 0o600


def write_owned(file: Path, data: bytes, shown: str = "", *, lasting: bool = False) -> None:
    """Write a file whole or not at all, readable by its owner alone.

    ``lasting``: it must be whole even after the machine has lost its power. ``shown``: what the
    message calls it, else its path.

    Raises:
        RunError: it cannot be written.
    """
    draft = file.with_name(f"{file.name}.{uuid.uuid4().hex}.part")
    try:
        file.parent.mkdir(parents=True, exist_ok=True)
        handle = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, OWNER_ONLY)
        with os.fdopen(handle, "wb") as out:
            out.write(data)
            if lasting:
                out.flush()
                os.fsync(out.fileno())
        draft.replace(file)
    except OSError as error:
        with suppress(OSError):
            draft.unlink(missing_ok=True)
        raise RunError(
            f"{shown or file}: 无法写入 (cannot be written): {error.strerror}",
            hint="请检查磁盘空间和目录权限。",
        ) from error

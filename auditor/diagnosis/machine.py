"""Is there room to write, and enough of disk and memory?"""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path

from auditor.diagnosis.probing import NotHereError, Probe, UnwellError
from auditor.store.opening import write_and_read
from auditor.wiring import cache_dir

GB = 1024**3
LEAST_DISK_BYTES = 2 * GB
LEAST_MEMORY_BYTES = 2 * GB
"""An audit with the embedded embedder takes about 1 GB beside the readers' limits."""
MEMINFO = Path("/proc/meminfo")


def probes(database: str | None, has_font: Callable[[], bool]) -> Iterator[Probe]:
    """The probes of the machine; ``database`` is the URL of a PostgreSQL that is to be used."""
    yield Probe("数据库写入 database", lambda: write(database))
    yield Probe("磁盘空间 disk", free_disk)
    yield Probe("内存 memory", free_memory)
    yield Probe("PDF 报告的字体 fonts", lambda: fonts(has_font))
    yield Probe("Chromium", lambda: "不需要：报告由 LibreOffice 转成 PDF，页面用任何浏览器打开")


def write(url: str | None) -> str:
    """Write a row and read it back: in SQLite in the cache, and in PostgreSQL where it is used."""
    cache_dir().mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix="doctor-", dir=cache_dir()) as folder:
        said = [write_and_read(Path(folder) / "doctor.db")]
        if url:
            said.append(write_and_read(Path(folder) / "unused.db", url))
    return "；".join(said)


def free_disk() -> str:
    """Room where files are made again, where temporary ones lie, and here."""
    said = []
    for named, folder in (
        ("缓存", cache_dir()),
        ("临时", Path(tempfile.gettempdir())),
        ("当前", Path.cwd()),
    ):
        folder.mkdir(parents=True, exist_ok=True)
        free = shutil.disk_usage(folder).free
        if free < LEAST_DISK_BYTES:
            raise UnwellError(
                f"{named} {folder} 只剩 {free / GB:.1f} GB",
                hint=f"请腾出 {LEAST_DISK_BYTES // GB} GB，或用 AUDITOR_CACHE、TMPDIR 指到别处。",
            )
        said.append(f"{named} {free / GB:.0f} GB")
    return "，".join(said)


def free_memory() -> str:
    """Memory that programs can still get."""
    try:
        lines = MEMINFO.read_text(encoding="ascii").splitlines()
        free = next(int(line.split()[1]) * 1024 for line in lines if line.startswith("MemAvail"))
    except (OSError, StopIteration, ValueError, IndexError):
        raise NotHereError("本系统不提供 /proc/meminfo，未查", hint="请自行确认有 2 GB。") from None
    if free < LEAST_MEMORY_BYTES:
        raise UnwellError(
            f"可用内存只有 {free / GB:.1f} GB",
            hint=f"请腾出至少 {LEAST_MEMORY_BYTES // GB} GB；批量审核每个工作进程另需约 1 GB。",
        )
    return f"可用 {free / GB:.1f} GB"


def fonts(has_font: Callable[[], bool]) -> str:
    """Chinese characters must come out of the conversion to PDF as such."""
    if not has_font():
        raise UnwellError(
            "没有中文字体，PDF 报告和转换的页面会缺字", hint="sh scripts/install-system.sh"
        )
    return "有中文字体"

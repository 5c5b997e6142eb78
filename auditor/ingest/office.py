"""LibreOffice as a converter of hostile office files: many in one call, each call thrown away.

Every call has a profile of its own (macros off, links never updated, no network proxy that
answers), sees no file but its own (:mod:`auditor.ingest.foreign`), has limits, and is ended with
all it started when its time is up. Files that a call did not convert are tried again alone, so
that one bad file costs only itself.
"""

from __future__ import annotations

import contextlib
import shutil
import subprocess
import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path

from auditor.core.errors import BrokenDocumentError, DocumentError, UnsupportedFormatError
from auditor.ingest.foreign import Limits, started
from auditor.ingest.office_kinds import is_locked, office_suffix

BATCH_FILES = 16
BATCH_BYTES = 100 * 1024 * 1024
MAX_OUTPUT_BYTES = 200 * 1024 * 1024
EACH_FURTHER_S = 5.0
LIMITS = Limits(memory_bytes=3 * 1024**3, cpu_s=600, file_bytes=MAX_OUTPUT_BYTES + 1024)
OTHER_PLACES = (
    "/usr/lib/libreoffice/program/soffice",
    "/usr/lib64/libreoffice/program/soffice",
    "/Applications/LibreOffice.app/Contents/MacOS/soffice",
)
INSTALL_HINT = "请先运行 sh scripts/install-system.sh（或 apt-get install libreoffice-writer）。"
SAVE_HINT = "请另存为 PDF 或 DOCX 后重新提交。"
COMMON = "/org.openoffice.Office.Common"
SETTINGS = (
    (f"{COMMON}/Security/Scripting", "MacroSecurityLevel", "3"),
    (f"{COMMON}/Security/Scripting", "DisableMacrosExecution", "true"),
    (f"{COMMON}/Security/Scripting", "BlockUntrustedRefererLinks", "true"),
    (f"{COMMON}/Filter/PDF/Export", "UseTaggedPDF", "false"),
    (f"{COMMON}/Filter/PDF/Export", "ReduceImageResolution", "false"),
    (f"{COMMON}/Misc", "UseLocking", "false"),
    (f"{COMMON}/Save/Document", "AutoSave", "false"),
    ("/org.openoffice.Office.Recovery/RecoveryInfo", "Enabled", "false"),
    # never, in Writer's and in Calc's own numbers
    ("/org.openoffice.Office.Writer/Content/Update", "Link", "0"),
    ("/org.openoffice.Office.Calc/Content/Update", "Link", "1"),
    # a proxy where nobody answers: second to having no network at all
    ("/org.openoffice.Inet/Settings", "ooInetProxyType", "2"),
    ("/org.openoffice.Inet/Settings", "ooInetHTTPProxyName", "127.0.0.1"),
    ("/org.openoffice.Inet/Settings", "ooInetHTTPProxyPort", "9"),
    ("/org.openoffice.Inet/Settings", "ooInetHTTPSProxyName", "127.0.0.1"),
    ("/org.openoffice.Inet/Settings", "ooInetHTTPSProxyPort", "9"),
)


def find_office() -> Path | None:
    """Give LibreOffice's program on this machine, None where it is not installed."""
    found = shutil.which("soffice") or shutil.which("libreoffice")
    places = [Path(found)] if found else []
    places += [Path(place) for place in OTHER_PLACES]
    return next((place for place in places if place.is_file()), None)


def convert(
    files: Mapping[str, bytes], target: str, *, timeout_s: float = 90.0
) -> dict[str, bytes | DocumentError]:
    """Convert office files by LibreOffice; each name gets the new file's bytes or its error.

    ``target`` is the suffix of the wanted format (``pdf``, ``docx``, ``xlsx``, ``html`` …);
    ``timeout_s`` is the time for one file alone, a call over several gets 5 s more for each
    further one. Calls may run at the same time. Nothing is raised for a file's sake: where
    LibreOffice is not installed every file gets that as its error.
    """
    done: dict[str, bytes | DocumentError] = {}
    office = find_office()
    wanted: dict[str, str] = {}
    for name, data in files.items():
        suffix = office_suffix(data, name)
        error = _not_convertible(name, data, suffix, office)
        if error is not None or suffix is None:
            done[name] = error or UnsupportedFormatError(name, "不是办公文档", hint=SAVE_HINT)
        else:
            wanted[name] = suffix
    for batch in _batches({name: files[name] for name in wanted}):
        assert office is not None
        call = _Call(office, target, timeout_s)
        done |= _converted(call, {name: (files[name], wanted[name]) for name in batch})
    return {name: done[name] for name in files}


def _not_convertible(
    name: str, data: bytes, suffix: str | None, office: Path | None
) -> DocumentError | None:
    if is_locked(data):
        return BrokenDocumentError(name, "文档有密码", hint="请去掉密码后重新提交。")
    if suffix is None:
        return UnsupportedFormatError(name, "不是办公文档", hint=SAVE_HINT)
    if office is None:
        return UnsupportedFormatError(name, "读取此格式需要 LibreOffice", hint=INSTALL_HINT)
    return None


def _batches(files: Mapping[str, bytes]) -> list[list[str]]:
    """Share names out to calls: at most 16 files and 100 MB each, in their order."""
    batches: list[list[str]] = []
    room = 0
    for name, data in files.items():
        if not batches or len(batches[-1]) >= BATCH_FILES or len(data) > room:
            batches.append([])
            room = BATCH_BYTES
        batches[-1].append(name)
        room -= len(data)
    return batches


def _converted(
    call: _Call, files: Mapping[str, tuple[bytes, str]]
) -> dict[str, bytes | DocumentError]:
    done: dict[str, bytes | DocumentError] = {}
    for name, made in zip(files, call.run(list(files.values())), strict=True):
        if made is not None:
            done[name] = made
    missing = [name for name in files if name not in done]
    for name in missing:
        alone = call.run([files[name]])[0] if len(files) > 1 else None
        done[name] = alone if alone is not None else call.error_of(name)
    return done


class _Call:
    """How LibreOffice is called: its program, the wanted format, the seconds for one file."""

    def __init__(self, office: Path, target: str, timeout_s: float) -> None:
        self.office = office
        self.target = target
        self.timeout_s = timeout_s
        self.timed_out = False

    def run(self, files: Sequence[tuple[bytes, str]]) -> list[bytes | None]:
        """Convert files (bytes and suffix) in one call; None for each that was not converted."""
        with tempfile.TemporaryDirectory(prefix="auditor-office-") as folder:
            work = Path(folder).resolve()
            (work / "in").mkdir()
            _write_profile(work / "profile")
            names = []
            for number, (data, suffix) in enumerate(files):
                # the user's name never reaches the command line
                path = work / "in" / f"{number:04d}{suffix}"
                path.write_bytes(data)
                names.append(f"in/{path.name}")
            self._run(work, names)
            return [self._output(work / "out", number) for number in range(len(files))]

    def error_of(self, name: str) -> DocumentError:
        """Say why a file that failed alone is not converted."""
        if self.timed_out:
            return BrokenDocumentError(name, "转换超时", hint=SAVE_HINT)
        return BrokenDocumentError(name, "LibreOffice 无法打开，可能已损坏或有密码", hint=SAVE_HINT)

    def _run(self, work: Path, names: Sequence[str]) -> None:
        argv = [str(self.office), f"-env:UserInstallation={(work / 'profile').as_uri()}"]
        argv += ["--headless", "--norestore", "--nologo", "--nodefault", "--nofirststartwizard"]
        argv += ["--nolockcheck", "--convert-to", self.target, "--outdir", "out", *names]
        timeout_s = self.timeout_s + EACH_FURTHER_S * (len(names) - 1)
        self.timed_out = False
        with contextlib.suppress(OSError), started(argv, work, LIMITS) as process:
            try:
                process.communicate(timeout=timeout_s)
            except subprocess.TimeoutExpired:
                self.timed_out = True

    def _output(self, folder: Path, number: int) -> bytes | None:
        path = folder / f"{number:04d}.{self.target}"
        # a link there could only come from a process that was taken over
        if path.is_symlink() or not path.is_file():
            return None
        size = path.stat().st_size
        return path.read_bytes() if 0 < size <= MAX_OUTPUT_BYTES else None


def _write_profile(folder: Path) -> None:
    items = "".join(
        f'<item oor:path="{path}"><prop oor:name="{name}" oor:op="fuse">'
        f"<value>{value}</value></prop></item>\n"
        for path, name, value in SETTINGS
    )
    user = folder / "user"
    user.mkdir(parents=True)
    (user / "registrymodifications.xcu").write_text(
        '<?xml version="1.0" encoding="UTF-8"?>\n'
        '<oor:items xmlns:oor="http://openoffice.org/2001/registry" '
        'xmlns:xs="http://www.w3.org/2001/XMLSchema" '
        f'xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance">\n{items}</oor:items>\n',
        encoding="utf-8",
    )

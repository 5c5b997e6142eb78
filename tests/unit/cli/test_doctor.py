"""``auditor doctor`` says of every optional part what goes without it and how to install it."""

from __future__ import annotations

import subprocess
from collections.abc import Collection
from pathlib import Path

import pytest
from typer.testing import CliRunner

from auditor.cli import doctor
from auditor.cli.main import app

PROGRAMS = frozenset({"bsdtar", "lsar", "unar", "bwrap", "fc-list"})


@pytest.fixture
def bare(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> pytest.MonkeyPatch:
    """A machine without any optional part."""
    monkeypatch.setattr(doctor, "local_is_installed", lambda: False)
    monkeypatch.setattr(doctor, "ocr_is_installed", lambda: False)
    monkeypatch.setattr(doctor, "find_office", lambda: None)
    monkeypatch.setattr(doctor, "is_confined", lambda: False)
    monkeypatch.setattr(doctor, "netless_prefix", lambda: ())
    monkeypatch.setattr(doctor, "runs", lambda _argv: False)
    monkeypatch.setattr(doctor, "FONT_FOLDERS", (str(tmp_path),))
    with_programs(monkeypatch, ())
    return monkeypatch


def with_programs(monkeypatch: pytest.MonkeyPatch, here: Collection[str]) -> None:
    monkeypatch.setattr(
        doctor.shutil, "which", lambda name: f"/usr/bin/{name}" if name in here else None
    )


def rows() -> dict[str, tuple[str, str]]:
    return {part: (state, said) for part, state, said in doctor.optional_parts()}


def test_a_bare_machine_is_told_what_goes_without_each_part_and_how_to_install_it(
    bare: pytest.MonkeyPatch,
) -> None:
    found = rows()
    assert all(state != doctor.GOOD for state, _ in found.values())
    by_script = ("LibreOffice", "解压 7Z/RAR unpackers", "中文字体 fonts", "隔离 confinement")
    assert all(doctor.SCRIPT in found[part][1] for part in by_script)
    assert "DOCX 没有页码" in found["LibreOffice"][1]
    assert found["文字识别 OCR"][1].endswith("pip install 'ctmm-auditor[ocr]'")
    assert "读取文件的进程、外部程序" in found["断网 no network"][1]


def test_missing_optional_parts_do_not_change_the_exit_code(bare: pytest.MonkeyPatch) -> None:
    bare.setattr(doctor, "_add_embedder", lambda _table, _console: False)
    done = CliRunner().invoke(app, ["doctor"], env={"COLUMNS": "300"})
    assert done.exit_code == 0
    assert "pip install 'ctmm-auditor[ocr]'" in done.output


def test_a_missing_embedder_does(bare: pytest.MonkeyPatch) -> None:
    bare.setattr(doctor, "_add_embedder", lambda _table, _console: True)
    assert CliRunner().invoke(app, ["doctor"]).exit_code == 2


@pytest.mark.parametrize(
    ("here", "state", "said"),
    [
        (("bsdtar", "lsar", "unar"), doctor.GOOD, "bsdtar"),
        (("lsar", "unar"), doctor.PARTLY, "没有 bsdtar"),
        (("bsdtar",), doctor.PARTLY, "RAR 不能读出"),
        (("lsar",), doctor.NOT_HERE, "7Z、RAR 不能读出"),
    ],
)
def test_unpackers_are_told_by_what_they_can_open(
    bare: pytest.MonkeyPatch, here: Collection[str], state: str, said: str
) -> None:
    with_programs(bare, here)
    found = rows()["解压 7Z/RAR unpackers"]
    assert found[0] == state and said in found[1]


def test_a_machine_with_everything_is_all_good(bare: pytest.MonkeyPatch) -> None:
    with_programs(bare, PROGRAMS)
    for name in ("local_is_installed", "ocr_is_installed", "is_confined", "has_chinese_font"):
        bare.setattr(doctor, name, lambda: True)
    bare.setattr(doctor, "find_office", lambda: Path("/usr/bin/soffice"))
    bare.setattr(doctor, "runs", lambda _argv: True)
    assert {state for state, _ in rows().values()} == {doctor.GOOD}


def test_bubblewrap_that_the_system_forbids_is_not_called_missing(
    bare: pytest.MonkeyPatch,
) -> None:
    with_programs(bare, ("bwrap",))
    state, said = rows()["隔离 confinement"]
    assert state == doctor.PARTLY and "不允许" in said


def test_only_the_readers_off_the_network_is_said(bare: pytest.MonkeyPatch) -> None:
    bare.setattr(doctor, "runs", lambda _argv: True)
    said = rows()["断网 no network"][1]
    assert "外部程序" in said and "读取文件的进程" not in said


def test_fonts_are_asked_of_fontconfig(bare: pytest.MonkeyPatch) -> None:
    with_programs(bare, ("fc-list",))
    for output, found in ((b"Noto Sans CJK SC\n", True), (b"", False)):
        done = subprocess.CompletedProcess((), 0, stdout=output)
        bare.setattr(doctor.subprocess, "run", lambda *_, _done=done, **__: _done)
        assert doctor.has_chinese_font() is found


def test_fonts_are_looked_for_in_the_folders_without_fontconfig(
    bare: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    assert not doctor.has_chinese_font()
    (tmp_path / "opentype").mkdir()
    (tmp_path / "opentype" / "NotoSansCJK-Regular.ttc").write_bytes(b"")
    assert doctor.has_chinese_font()

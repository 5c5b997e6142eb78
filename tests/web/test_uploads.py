"""Uploads: their names are data, their limits hold while they come, they are whole or gone."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from auditor.workbench.uploads import (
    DOSSIER,
    LONGEST_PATH,
    LONGEST_STEP_BYTES,
    Upload,
    UploadLimits,
    UploadRefusedError,
    remove_leftovers,
    require_room,
    upload_path,
)

HOSTILE = {
    "../../../etc/passwd": "etc/passwd",
    "/etc/cron.d/x.txt": "etc/cron.d/x.txt",
    "..\\..\\windows\\system32\\x.dll": "windows/system32/x.dll",
    "C:\\Users\\me\\规划.pdf": "Users/me/规划.pdf",
    "C:规划.pdf": "规划.pdf",
    "\\\\server\\share\\a.pdf": "server/share/a.pdf",
    "a/./b//c.pdf": "a/b/c.pdf",
    "....//....//a.pdf": "a.pdf",
    "a.pdf\x00.exe": "a.pdf.exe",
    "a\r\nSet-Cookie: x.pdf": "aSet-Cookie_ x.pdf",
    "con.txt": "_con.txt",
    "部门/NUL": "部门/_NUL",
    "规划.pdf. . ": "规划.pdf",
    'a<b>|"?*.pdf': "a_b_____.pdf",
    "规划\u202egpj.pdf": "规划gpj.pdf",
    "": "文件0007",
    "../..": "文件0007",
}


@pytest.mark.parametrize(("sent", "kept"), HOSTILE.items())
def test_a_hostile_name_becomes_a_harmless_one(sent: str, kept: str) -> None:
    assert upload_path(sent.encode(), 7) == kept


@pytest.mark.parametrize("litter", ["x/.DS_Store", "__MACOSX/._a.pdf", "Thumbs.db", "~$规划.docx"])
def test_litter_of_systems_is_passed_over(litter: str) -> None:
    assert upload_path(litter.encode(), 1) == ""


def test_an_old_encoding_is_read() -> None:
    assert upload_path("政府工作报告.docx".encode("gb18030"), 1) == "政府工作报告.docx"


def test_a_very_long_name_keeps_its_suffix() -> None:
    path = upload_path(("很长" * 3000 + ".pdf").encode(), 1)
    assert path.endswith(".pdf")
    assert len(path.encode()) <= LONGEST_STEP_BYTES


@given(st.binary(max_size=300))
def test_no_name_leads_out_of_the_folder(raw: bytes) -> None:
    path = upload_path(raw, 1)
    steps = path.split("/") if path else []
    assert len(path) <= LONGEST_PATH
    assert not path.startswith("/")
    assert all(step not in ("", ".", "..") for step in steps)
    assert all(len(step.encode()) <= LONGEST_STEP_BYTES + 1 for step in steps)
    assert not any(ord(char) < 32 or char in '<>:"|?*\\' for char in path)


def send(upload: Upload, name: str, data: bytes) -> None:
    upload.begin_file(name.encode())
    upload.write(data)
    upload.end_file()


def files_in(folder: Path) -> dict[str, bytes]:
    return {
        path.relative_to(folder).as_posix(): path.read_bytes()
        for path in folder.rglob("*")
        if path.is_file()
    }


def test_names_that_collide_are_both_kept(tmp_path: Path) -> None:
    with Upload(tmp_path / "job", UploadLimits()) as upload:
        for number, name in enumerate(["a.pdf", "A.PDF", "../a.pdf", "b", "b/c.pdf", "d/e", "d"]):
            send(upload, name, b"%d" % number)
        dossier = upload.finish()
    assert files_in(dossier) == {
        "a.pdf": b"0",
        "A (2).PDF": b"1",
        "a (3).pdf": b"2",
        "b": b"3",
        "b (2)/c.pdf": b"4",
        "d/e": b"5",
        "d (2)": b"6",
    }


def test_the_folder_that_was_chosen_is_the_dossier(tmp_path: Path) -> None:
    with Upload(tmp_path / "job", UploadLimits()) as upload:
        send(upload, "材料/01.pdf", b"1")
        send(upload, "材料/部门/02.pdf", b"2")
        dossier = upload.finish()
    assert dossier == tmp_path / "job" / DOSSIER
    assert files_in(dossier) == {"01.pdf": b"1", "部门/02.pdf": b"2"}


@pytest.mark.parametrize(
    "limits",
    [UploadLimits(files=2), UploadLimits(file_bytes=15), UploadLimits(total_bytes=25)],
    ids=["files", "file", "total"],
)
def test_what_goes_over_a_limit_leaves_nothing(tmp_path: Path, limits: UploadLimits) -> None:
    folder = tmp_path / "job"
    with pytest.raises(UploadRefusedError), Upload(folder, limits) as upload:
        for number in range(3):
            upload.begin_file(b"%d.txt" % number)
            for _ in range(2):
                upload.write(b"0123456789"[: 9 - number])
                assert sum(map(len, files_in(folder).values())) <= 40
        upload.finish()
    assert not folder.exists()


def test_what_breaks_off_leaves_nothing(tmp_path: Path) -> None:
    with pytest.raises(ConnectionError), Upload(tmp_path / "job", UploadLimits()) as upload:
        upload.begin_file(b"a.pdf")
        upload.write(b"half")
        raise ConnectionError
    assert not (tmp_path / "job").exists()


def test_an_error_after_the_last_file_leaves_nothing(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="queue"), Upload(tmp_path / "j", UploadLimits()) as upload:
        send(upload, "a.pdf", b"1")
        upload.finish()
        raise ValueError("the queue is broken")
    assert not (tmp_path / "j").exists()


def test_no_files_are_no_upload(tmp_path: Path) -> None:
    with pytest.raises(UploadRefusedError), Upload(tmp_path / "job", UploadLimits()) as upload:
        send(upload, ".DS_Store", b"litter")
        upload.finish()
    assert not (tmp_path / "job").exists()


def test_leftovers_go_but_not_those_in_work_or_of_a_job(tmp_path: Path) -> None:
    for name in ("of-a-job", "left-over"):
        (tmp_path / name / "dossier.part").mkdir(parents=True)
    with Upload(tmp_path / "in-work", UploadLimits()) as upload:
        remove_leftovers(tmp_path, lambda name: name == "of-a-job")
        assert sorted(path.name for path in tmp_path.iterdir()) == ["in-work", "of-a-job"]
        send(upload, "a.pdf", b"1")
        upload.finish()


def test_a_full_disk_is_told_before_anything_comes(tmp_path: Path) -> None:
    free = shutil.disk_usage(tmp_path).free
    require_room(tmp_path, 1, UploadLimits(spare_bytes=0))
    with pytest.raises(UploadRefusedError, match="磁盘"):
        require_room(tmp_path, 2 * free, UploadLimits())

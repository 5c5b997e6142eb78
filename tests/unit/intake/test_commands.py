"""The commands around claims and rounds, from the dossier's folder to the papers."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
import typer
from typer.testing import CliRunner

from auditor.cli import claims as commands
from auditor.core.errors import ConfigurationError
from auditor.core.findings import Finding, Judgement, Verdict
from auditor.core.run import Run
from auditor.profiles import load_profile
from auditor.scoring import score_findings
from auditor.standard import load_standard
from auditor.store.run_folder import write_run


@pytest.fixture(scope="module")
def app() -> typer.Typer:
    application = typer.Typer()
    for name in ("templates", "claims", "receipt", "notices", "rounds"):
        application.command(name)(getattr(commands, name))
    return application


def call(app: typer.Typer, *arguments: object) -> str:
    result = CliRunner().invoke(app, [str(a) for a in arguments], catch_exceptions=False)
    assert result.exit_code == 0, result.output
    return result.output


@pytest.fixture
def dossier(tmp_path: Path) -> Path:
    folder = tmp_path / "材料"
    (folder / "战略").mkdir(parents=True)
    (folder / "战略" / "方案.txt").write_text("方案", encoding="utf-8")
    (folder / "加密.rar").write_bytes(b"Rar!")
    (folder / ".DS_Store").write_bytes(b"x")
    (folder / "链接.pdf").symlink_to(folder / "战略" / "方案.txt")
    return folder


@pytest.fixture
def intake(tmp_path: Path) -> Path:
    rows = [
        {"name": "战略/方案.txt", "unread_pages": [2]},
        {"name": "加密.rar", "refused": "压缩包已加密。"},
        {"name": "包.zip!/坏.docx", "refused": "文件损坏。"},
    ]
    folder = tmp_path / "接收"
    folder.mkdir()
    text = "".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows)
    (folder / "documents.jsonl").write_text(text, encoding="utf-8")
    return folder


def test_templates_are_written(app, tmp_path):
    call(app, "templates", "-o", tmp_path / "表")
    assert {f.name for f in (tmp_path / "表").iterdir()} == {"自评表.xlsx", "证明材料清单.xlsx"}


def test_a_receipt_knows_what_was_refused_and_counts_links_as_refused(
    app, dossier, intake, tmp_path
):
    out = tmp_path / "回执"
    said = call(
        app,
        *("receipt", dossier, "--city", "某市", "--received", "2026-11-20", "-o", out),
        *("--cutoff", "2026-11-15", "--intake", intake),
    )
    assert "4 个文件，未能接收 3 个" in said
    data = json.loads((out / "接收回执.json").read_text(encoding="utf-8"))
    assert {f["name"]: f["reason"] for f in data["files"]} == {
        "加密.rar": "压缩包已加密。",
        "包.zip!/坏.docx": "文件损坏。",
        "战略/方案.txt": "",
        "链接.pdf": "是链接，不是文件。",
    }
    assert data["late"] is True
    assert (out / "接收回执.docx").is_file()


def test_a_date_that_is_none_is_refused_with_the_form_to_use(app, dossier, tmp_path):
    with pytest.raises(ConfigurationError, match="2026-11-20"):
        call(app, "receipt", dossier, "--city", "某市", "--received", "昨天", "-o", tmp_path)


def test_notices_are_written_by_department_and_rounds_compared(app, dossier, intake, tmp_path):
    listed = tmp_path / "清单.csv"
    listed.write_text(
        "特征编号,文件名,页码,责任部门\n8.1.1.1-L1-a,方案,1,市数据局\n8.1.1.1-L2-a,无.pdf,,\n",
        encoding="gb18030",
    )
    first, second = tmp_path / "一", tmp_path / "二"
    common = ("--city", "某市", "--received")
    call(app, "receipt", dossier, *common, "2026-11-20", "-o", first, "--intake", intake)
    call(
        app,
        *("notices", first / "接收回执.json", "-o", first, "--evidence", listed),
        *("--intake", intake, "--due", "2026-12-05"),
    )
    rows = json.loads((first / "补正事项.json").read_text(encoding="utf-8"))
    assert [(r["department"], r["kind"], r["subject"]) for r in rows] == [
        ("市数据局", "unread_pages", "战略/方案.txt"),
        ("未指明部门", "refused_file", "加密.rar"),
        ("未指明部门", "refused_file", "包.zip!/坏.docx"),
        ("未指明部门", "refused_file", "链接.pdf"),
        ("未指明部门", "missing_file", "无.pdf"),
    ]
    assert (first / "补正通知_市数据局.docx").is_file()
    assert (first / "补正通知_未指明部门.docx").is_file()
    (dossier / "[red]新.txt").write_text("新", encoding="utf-8")
    call(app, "receipt", dossier, *common, "2026-12-05", "-o", second)
    said = call(app, "rounds", first / "接收回执.json", second / "接收回执.json", "-o", second)
    assert "[red]新.txt" in said
    assert "新增 1" in said
    assert "上轮退回、本轮接收 1" in said
    assert (second / "轮次对照.xlsx").is_file()


def test_claims_stand_beside_a_finished_run(app, tmp_path):
    standard = load_standard()
    findings = tuple(
        Finding(Judgement(f.id, Verdict.NO_EVIDENCE, (), "", "screen"), *[Verdict.NO_EVIDENCE] * 2)
        for f in standard.features
    )
    score = score_findings(findings, standard, load_profile())
    out = tmp_path / "结果"
    write_run(out, Run({"city": "某市"}, (), (), (), findings, score))
    filled = tmp_path / "自评表.csv"
    filled.write_text(
        "自评等级,三级\n特征编号,自评结论,理由\n8.1.1.1-L1-a,满足,\n8.1.1.1-L2-a,在建,\n",
        encoding="utf-8",
    )
    said = call(app, "claims", out, "--assessment", filled)
    assert "自评等级：三级" in said
    assert "无法识别" in said
    data = json.loads((out / "claims.json").read_text(encoding="utf-8"))
    assert data["tallies"][0]["over"] == data["tallies"][0]["over_unseen"] == 1
    assert data["problems"][0]["code"] == "bad_verdict"
    assert data["claimed_level"] == 3
    assert data["level"] == 0

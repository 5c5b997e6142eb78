"""The command line on the sample dossier: files, invariants, exit codes, the same bytes twice."""

from __future__ import annotations

import json
import shutil
import socket
from pathlib import Path

import pytest

from auditor.standard import load_standard
from tests.e2e.conftest import auditor, lines

pytestmark = pytest.mark.model
VERDICTS = {"met", "mostly_met", "partly_met", "planned", "not_met", "no_evidence"}


def test_every_feature_has_a_record_and_a_finding_in_the_order_of_the_standard(
    sample_run: Path,
) -> None:
    ids = [f.id for f in load_standard().features]
    assert [row["feature_id"] for row in lines(sample_run / "search.jsonl")] == ids
    assert [row["feature_id"] for row in lines(sample_run / "findings.jsonl")] == ids


def test_public_fields_of_findings(sample_run: Path) -> None:
    for row in lines(sample_run / "findings.jsonl"):
        assert row["verdict"] in VERDICTS and row["direct_verdict"] in VERDICTS
        assert set(row["probabilities"]) == VERDICTS
        assert sum(row["probabilities"].values()) == pytest.approx(1, abs=1e-3)
        assert 0 <= row["confidence"] <= 1
        assert row["model"] == "screen" and row["reason"]
        assert isinstance(row["credited_by"], list) and isinstance(row["checks"], list)
        if row["direct_verdict"] != "no_evidence":
            assert row["citations"], row["feature_id"]


def test_every_quote_is_verbatim_and_was_shown(sample_run: Path) -> None:
    texts = {row["name"]: row for row in lines(sample_run / "documents.jsonl")}
    items = {f.id: f.item for f in load_standard().features}
    shown: dict[str, list[dict]] = {}
    for record in lines(sample_run / "search.jsonl"):
        assert len(record["passages"]) == 20
        for passage in record["passages"]:
            text = texts[passage["document"]]["text"]
            assert text[passage["start"] : passage["end"]] == passage["text"]
            assert len(passage["text"]) <= 400 and passage["ranks"] is not None
            shown.setdefault(items[record["feature_id"]], []).append(passage)
    for row in lines(sample_run / "findings.jsonl"):
        for citation in row["citations"]:
            text = texts[citation["document"]]["text"]
            assert text[citation["start"] : citation["end"]] == citation["quote"]
            assert any(
                p["document"] == citation["document"]
                and p["start"] <= citation["start"]
                and citation["end"] <= p["end"]
                for p in shown[items[row["feature_id"]]]
            ), row["feature_id"]


def test_pages_are_given_where_the_format_or_its_conversion_has_them(sample_run: Path) -> None:
    documents = {row["name"]: row for row in lines(sample_run / "documents.jsonl")}
    seen = set()
    for row in lines(sample_run / "findings.jsonl"):
        for citation in row["citations"]:
            document = documents[citation["document"]]
            assert (citation["page"] is not None) == bool(document["pages"])
            assert not document["pages"] or (
                document["format"] == "pdf" or document["paged_by"] == "conversion"
            )
            seen.add(document["format"])
    assert {"pdf", "docx"} <= seen


def test_nothing_of_other_cities_is_cited(sample_run: Path) -> None:
    for row in lines(sample_run / "findings.jsonl"):
        for citation in row["citations"]:
            assert "宁海湾" not in citation["quote"] and "东溪市" not in citation["quote"]


def test_score_has_every_node_and_a_consistent_interval(sample_run: Path) -> None:
    score = json.loads((sample_run / "score.json").read_text(encoding="utf-8"))
    assert score["profile"] == "ctmm" and len(score["nodes"]) == 1 + 6 + 20 + 39
    for node in score["nodes"]:
        low, high = node["interval"]
        assert 0 <= low <= node["level"] <= high <= 5
        assert set(node["coverage"]) == {"1", "2", "3", "4", "5"}


def test_a_second_run_gives_the_same_bytes(root: Path, sample_run: Path, tmp_path: Path) -> None:
    again = tmp_path / "out"
    dossier = root / "examples/dossier"
    done = auditor("run", dossier, "--city", "临澜市", "-o", again, "--judge", "screen")
    assert done.code == 0, done.err
    for name in ("documents.jsonl", "search.jsonl", "findings.jsonl", "score.json", "review.json"):
        assert (again / name).read_bytes() == (sample_run / name).read_bytes(), name


def test_score_is_byte_stable_and_needs_no_model(sample_run: Path, tmp_path: Path) -> None:
    copy = tmp_path / "run"
    shutil.copytree(sample_run, copy)
    before = (copy / "score.json").read_bytes()
    done = auditor("score", copy, "--json", AUDITOR_CACHE=str(tmp_path / "no-models-here"))
    assert done.code == 0, done.err
    assert (copy / "score.json").read_bytes() == before
    assert json.loads(done.out)["profile"] == "ctmm"


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_report_is_one_file_without_outside_links(
    sample_run: Path, tmp_path: Path, lang: str
) -> None:
    copy = tmp_path / "run"
    shutil.copytree(sample_run, copy)
    done = auditor("report", copy, "--format", "html", "--lang", lang)
    assert done.code == 0, done.err
    page = (copy / "report.html").read_text(encoding="utf-8")
    assert "http://" not in page.replace("http://www.w3.org/", "") and "https://" not in page
    assert "<script src" not in page and "<link" not in page
    assert page.count("8.4.1.2-L2-a") >= 1
    assert ("未经大模型" in page) if lang == "zh" else ("no language model" in page.lower())


def test_machine_summary_is_the_only_thing_on_stdout(root: Path, tmp_path: Path) -> None:
    done = auditor(
        "run", root / "examples/twins/facts", "--city", "临澜市", "-o", tmp_path / "o",
        "--judge", "screen", "--only", "8.4", "--json",
    )  # fmt: skip
    assert done.code == 0, done.err
    summary = json.loads(done.out)
    assert summary["judge"] == "screen" and summary["failures"] == 0
    found = lines(tmp_path / "o" / "findings.jsonl")
    assert found and all(row["feature_id"].startswith("8.4.") for row in found)


def test_search_only_gives_records_and_no_verdicts(root: Path, tmp_path: Path) -> None:
    out = tmp_path / "o"
    done = auditor(
        "run", root / "examples/twins/facts", "--city", "临澜市", "-o", out, "--judge", "none"
    )
    assert done.code == 0, done.err
    assert len(lines(out / "search.jsonl")) == 376
    assert not (out / "findings.jsonl").exists() and not (out / "score.json").exists()


def test_bad_files_are_left_out_by_name_and_the_audit_goes_on(tmp_path: Path) -> None:
    dossier = tmp_path / "材料"
    dossier.mkdir()
    (dossier / "好.txt").write_text("2024年，本市建成城市大脑并投入运行。", encoding="gb18030")
    (dossier / "坏.pdf").write_bytes(b"%PDF-1.4 broken")
    (dossier / "空.docx").write_bytes(b"")
    out = tmp_path / "o"
    done = auditor("run", dossier, "--city", "临澜市", "-o", out, "--judge", "screen")
    assert done.code == 0, done.err
    assert "坏.pdf" in done.out and "空.docx" in done.out
    manifest = json.loads((out / "run.json").read_text(encoding="utf-8"))
    assert {left["name"] for left in manifest["left_out"]} == {"坏.pdf", "空.docx"}
    assert "坏.pdf" in (out / "report.html").read_text(encoding="utf-8")


@pytest.mark.parametrize(
    ("arguments", "code", "said"),
    [
        (("run", "nowhere", "--city", "临澜市", "-o", "o"), 2, "is not there"),
        (("run",), 2, "Missing"),
        (("score", "nowhere"), 3, "missing"),
        (("criteria", "show", "8.9.9"), 2, "no feature"),
    ],
)
def test_exit_codes_and_one_clear_line(
    arguments: tuple[str, ...],
    code: int,
    said: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.chdir(tmp_path)
    done = auditor(*arguments)
    assert done.code == code
    assert said in done.err + done.out and "Traceback" not in done.err


def test_an_empty_dossier_is_an_error_with_a_remedy(tmp_path: Path) -> None:
    (tmp_path / "d").mkdir()
    done = auditor(
        "run", tmp_path / "d", "--city", "临澜市", "-o", tmp_path / "o", "--judge", "screen"
    )
    assert done.code == 2 and "no readable document" in done.err and "add a readable" in done.err


def test_another_audit_in_the_folder_is_refused(sample_run: Path, root: Path) -> None:
    done = auditor("run", root / "examples/dossier", "--city", "别市", "-o", sample_run)
    assert done.code == 2 and "another audit" in done.err


def test_criteria_export_is_the_public_form() -> None:
    done = auditor("criteria", "export", "--json")
    assert done.code == 0
    data = json.loads(done.out)
    assert len(data["features"]) == 376
    wanted = {
        "id", "text", "domain", "subdomain", "item", "level", "letter", "types", "elements",
        "quantities", "superseded_by", "phrases", "errata",
    }  # fmt: skip
    assert all(wanted <= set(row) for row in data["features"])


def test_doctor_says_what_will_be_used(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("AUDITOR_JUDGE", raising=False)
    done = auditor("doctor")
    assert done.code == 0
    assert "auto → screen" in done.out
    monkeypatch.setenv("AUDITOR_JUDGE", "openai:some-model")
    assert "auto → openai:some-model" in auditor("doctor").out


def test_no_network_is_used(root: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """In this process every socket is refused; a whole audit with ``screen`` still works."""
    from auditor.choice import Choice
    from auditor.core.run import Silence
    from auditor.pipeline import run_audit
    from auditor.wiring import build_parts

    def refuse(*_: object, **__: object) -> None:
        raise AssertionError("a socket was opened")

    monkeypatch.setattr(socket.socket, "connect", refuse)
    monkeypatch.setattr(socket.socket, "connect_ex", refuse)
    choice = Choice(str(root / "examples/twins/facts"), "临澜市", "screen")
    parts = build_parts(choice, tmp_path, Silence(), lambda _: None)
    run = run_audit(choice.request(), parts)
    assert len(run.findings) == 376

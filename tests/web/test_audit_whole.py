"""A whole audit from the browser's side, with the real command: uploaded, cancelled, gone on with,
its server killed and started anew, and a run at the end.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from auditor.workbench.processes import ProcessRef, is_alive
from tests.web.browser import needs_chromium
from tests.web.serve_command import Bench, State

pytestmark = [pytest.mark.slow, pytest.mark.model]
CITY = "临澜市"
FEATURES = 376


@pytest.fixture
def bench(tmp_path: Path) -> Iterator[Bench]:
    running = Bench(tmp_path / "workspace")
    running.start()
    yield running
    running.end()


def over(state: State) -> bool:
    return state["state"] not in ("waiting", "running")


def searching(state: State) -> bool:
    return over(state) or any(s["name"] == "search" and s["done"] > 0 for s in state["stages"])


def require_monotone(seen: list[State]) -> None:
    """Progress is real: it never goes back, stage follows stage, a stage in work names a step."""
    order = ["read", "embed", "search", "judge"]
    before: dict[str, int] = {}
    for state in seen:
        names = [stage["name"] for stage in state["stages"]]
        assert names == order[: len(names)]
        for stage in state["stages"]:
            assert before.get(stage["name"], 0) <= stage["done"] <= stage["total"]
            before[stage["name"]] = stage["done"]


def steps_of(seen: list[State], name: str) -> set[int]:
    return {s["done"] for state in seen for s in state["stages"] if s["name"] == name}


def test_an_audit_from_upload_to_run(bench: Bench, root: Path) -> None:
    bench.enter()
    papers = sorted((root / "examples/dossier").iterdir())
    files = [("papers", (f"dossier/{p.name}", p.read_bytes())) for p in papers]
    asked = {"city": CITY, "judge": "screen", "opening": "closed"}
    answer = bench.client.post("/new", data=asked, files=files)
    assert answer.status_code == 303, answer.text
    job_id = answer.headers["location"].rpartition("/")[2]

    first = bench.follow(job_id, searching)
    assert not over(first[-1]), first[-1]
    bench.client.post(f"/jobs/{job_id}/cancel")
    first += bench.follow(job_id, over)
    assert first[-1]["state"] == "cancelled"
    require_monotone(first)
    assert bench.job(job_id).pid == 0

    bench.client.post(f"/jobs/{job_id}/resume")
    second = bench.follow(job_id, searching)
    assert not over(second[-1]), second[-1]
    working = bench.job(job_id)
    bench.kill()
    assert is_alive(ProcessRef(working.pid, working.process_mark))
    bench.start()
    bench.enter()
    after = bench.follow(job_id, lambda _state: True)
    assert over(after[-1]) or bench.job(job_id).pid == working.pid
    second += after + bench.follow(job_id, over)
    assert second[-1]["state"] == "done", second[-1]
    require_monotone(second)
    assert steps_of(second, "read") >= {len(papers)}
    assert steps_of(second, "search") - {0, FEATURES}, "a search seen only at its start and end"
    assert steps_of(second, "search") | steps_of(second, "judge") >= {FEATURES}

    run_id = second[-1]["run_id"]
    assert CITY in bench.client.get(f"/runs/{run_id}").text
    intake = bench.client.get(f"/runs/{run_id}/intake").text
    assert all(paper.name in intake for paper in papers)
    assert f"dossier/{papers[0].name}" not in intake


@needs_chromium
def test_a_folder_chosen_in_a_browser_keeps_its_paths(
    bench: Bench, browser: Any, tmp_path: Path
) -> None:
    folder = tmp_path / "材料"
    (folder / "数据局").mkdir(parents=True)
    (folder / "01.txt").write_text("一", encoding="utf-8")
    (folder / "数据局" / "02.txt").write_text("二", encoding="utf-8")
    page = browser.new_page()
    page.goto(bench.link)
    page.goto(f"{bench.url}/new")
    page.fill("#city", CITY)
    page.check("input[value=screen]")
    page.set_input_files("#folder", folder)
    assert "2 个文件" in page.inner_text("#chosen")
    page.click("#upload button.main")
    page.wait_for_url("**/jobs/*")
    job_id = page.url.rpartition("/")[2]
    page.click("form[action$='/cancel'] button")
    page.wait_for_selector(".s-cancelled, .s-failed", timeout=60_000)
    dossier = bench.folder / "uploads" / job_id / "dossier"
    kept = sorted(p.relative_to(dossier).as_posix() for p in dossier.rglob("*.txt"))
    assert kept == ["01.txt", "数据局/02.txt"]
    page.close()

"""Problems, facts and appeals between the assessors and the city."""

from __future__ import annotations

import io
import threading
import zipfile
from dataclasses import replace
from datetime import timedelta

import pytest

from auditor.core.errors import ReviewError
from auditor.core.workspace import Matter, MatterKind, MatterState, MatterStep, RunEntry, Side
from auditor.workbench.acting import take_back
from auditor.workbench.facts import send_facts, still_rests, unsent_facts
from auditor.workbench.handed import neutral_name
from auditor.workbench.space import Space
from tests.web.conftest import Clock, Enter
from tests.web.exchange import (
    DUE,
    PAPER,
    SECRET,
    account_of,
    decide,
    decided_feature,
    links_in,
    matters,
    raise_one,
    send,
)

HOSTILE = "<script>alert(1)</script><img src=x onerror=alert(2)>"
NAMES = {
    "../../etc/passwd": "passwd",
    "C:\\Users\\x\\材料.pdf": "材料.pdf",
    "<b>“x”</b>.txt": "b_.txt",
    "a\r\nContent-Type: x.txt": "aContent-Type_ x.txt",
    "\u202efdp.exe.txt": "fdp.exe.txt",
    "=1+1|x.csv": "_=1+1_x.csv",
    "CON.txt": "_CON.txt",
    "...": "文件",
    "": "文件",
    "~$x.docx": "_~$x.docx",
}


def test_a_problem_goes_to_the_city_and_back_and_is_closed(
    desk: Enter, space: Space, entry: RunEntry
) -> None:
    lead, city = desk("lead"), desk("coordinator")
    assert raise_one(lead, entry).status_code == 303
    (problem,) = matters(space, entry)
    files = [("数据安全办法.txt", PAPER.encode())]
    answered = send(
        city, f"/city/{entry.id}/matters/{problem.id}/answer", {"text": "已补充。"}, files
    )
    assert answered.status_code == 303
    page = lead.get(f"/runs/{entry.id}/problems").text
    assert "已补充。" in page
    assert "已答复，待核" in page
    (link,) = links_in(page, "/files/")
    got = lead.get(link)
    assert got.content == PAPER.encode()
    assert got.headers["content-disposition"].startswith("attachment")
    assert got.headers["x-content-type-options"] == "nosniff"
    assert got.headers["content-type"] == "application/octet-stream"
    back = f"/runs/{entry.id}/problems/{problem.id}/return"
    assert send(lead, back, {"text": "缺附件一。", "due": "2026-12-01"}).status_code == 303
    assert matters(space, entry)[0].due == "2026-12-01"
    again = f"/city/{entry.id}/matters/{problem.id}/answer"
    assert send(city, again, {"text": "附件一见材料。"}).status_code == 303
    accept = f"/runs/{entry.id}/problems/{problem.id}/accept"
    assert send(lead, accept, {"text": ""}).status_code == 303
    (closed,) = matters(space, entry)
    assert closed.state is MatterState.CLOSED
    assert [s.state.value for s in closed.steps] == [
        "open", "answered", "open", "answered", "closed",
    ]  # fmt: skip
    assert send(city, again, {"text": "再答一次"}).status_code == 422


def test_a_problem_past_its_day_is_marked_overdue(
    desk: Enter, space: Space, entry: RunEntry, clock: Clock
) -> None:
    lead = desk("lead")
    raise_one(lead, entry)
    assert "超期 1" not in lead.get(f"/runs/{entry.id}/problems").text
    clock.pass_by(timedelta(days=30))
    lead = desk("lead")
    assert "超期 1" in lead.get(f"/runs/{entry.id}/problems").text
    assert "已超期" in desk("coordinator").get(f"/city/{entry.id}").text


@pytest.mark.parametrize(
    "fields",
    [
        {"due": "2026-13-01"},
        {"due": "2026-10-01"},
        {"text": "  "},
        {"feature_id": "9.9.9.9-L1-a"},
        {"text": "长" * 4001},
        {"department": "部" * 65},
    ],
)
def test_a_problem_that_says_nothing_or_is_due_before_today_is_refused(
    desk: Enter, space: Space, entry: RunEntry, fields: dict[str, object]
) -> None:
    assert raise_one(desk("lead"), entry, **fields).status_code == 422
    assert matters(space, entry) == ()


def test_only_who_may_raises_and_closes_problems(
    desk: Enter, space: Space, entry: RunEntry
) -> None:
    for login in ("observer", "approver", "secrecy_officer", "coordinator", "filler"):
        assert raise_one(desk(login), entry).status_code == 403, login
    raise_one(desk("reviewer"), entry)
    (problem,) = matters(space, entry)
    path = f"/city/{entry.id}/matters/{problem.id}/answer"
    assert send(desk("filler"), path, {"text": "我来答"}).status_code == 403
    assert desk("observer").get(f"/runs/{entry.id}/problems").status_code == 200
    assert desk("coordinator").get(f"/runs/{entry.id}/problems").status_code == 403


def test_the_papers_of_the_letter_are_asked_for_once_a_sub_domain(
    desk: Enter, space: Space, entry: RunEntry
) -> None:
    lead = desk("lead")
    path, data = f"/runs/{entry.id}/problems/letter", {"text": "请补充。", "due": DUE}
    assert send(lead, path, data).status_code == 303
    asked = matters(space, entry)
    nodes = [m.payload["node"] for m in asked]
    assert len(set(nodes)) == len(nodes) > 1
    opened = space.open(entry.id)
    rows = [row["feature"] for m in asked for row in m.payload["rows"]]
    assert len(set(rows)) == len(rows)
    for feature_id in rows:
        verdict = opened.findings[feature_id].verdict
        assert verdict is not None and not verdict.is_green
    assert send(lead, path, data).status_code == 422
    assert len(matters(space, entry)) == len(asked)
    shown = desk("coordinator").get(f"/city/{entry.id}").text
    assert all(feature_id in shown for feature_id in rows)


def test_two_who_go_on_with_a_matter_at_once_do_not_overwrite_each_other(
    any_space: Space,
) -> None:
    (entry,) = any_space.entries()
    step = MatterStep(MatterState.OPEN, "问", "组长甲", Side.ASSESSOR, (), any_space.stamp())
    empty = Matter(0, entry.id, "", MatterKind.PROBLEM, MatterState.OPEN, DUE, "组长甲", "t")
    any_space.matters.open(empty, step)
    (read,) = any_space.matters.of_run(entry.id)
    told = replace(step, state=MatterState.PREPARED, side=Side.CITY)
    came: list[str] = []

    def go(said: str) -> None:
        try:
            any_space.matters.go_on(read, replace(told, said=said))
            came.append(said)
        except ReviewError:
            pass

    threads = [threading.Thread(target=go, args=(f"稿{n}",)) for n in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(came) == 1
    (after,) = any_space.matters.of_run(entry.id)
    assert [s.said for s in after.steps] == ["问", *came]


def test_a_secret_paper_of_the_city_is_refused_and_nothing_of_it_is_kept(
    desk: Enter, space: Space, entry: RunEntry
) -> None:
    raise_one(desk("lead"), entry)
    (problem,) = matters(space, entry)
    before = {file for file in space.folder.rglob("*") if file.is_file()}
    files = [("办法.txt", PAPER.encode()), ("方案.txt", SECRET.encode())]
    path = f"/city/{entry.id}/matters/{problem.id}/answer"
    refused = send(desk("coordinator"), path, {"text": "已补充。"}, files)
    assert refused.status_code == 422
    assert "标有密级" in refused.json()["error"]
    assert "不能核对" not in refused.json()["error"], "it was read, and its mark was found"
    assert "按保密规定另行提交" in refused.json()["hint"]
    assert matters(space, entry) == (problem,)
    after = {file for file in space.folder.rglob("*") if file.is_file()}
    assert {file for file in after - before if "workspace.db" not in file.name} == set()
    named = send(desk("coordinator"), path, {"text": "x"}, [("【机密】方案.txt", b"abc")])
    assert "标有密级" in named.json()["error"]


@pytest.mark.parametrize(
    ("name", "data", "why"),
    [
        ("空.txt", b"", "文件是空的"),
        ("坏.pdf", b"%PDF-1.7 nothing", "不能核对有无密级标志"),
        ("程序.exe", b"MZ\x90\x00\x03" + b"\x00\xff" * 400, "不能核对有无密级标志"),
        ("包.zip", b"", "不收压缩包"),
    ],
)
def test_what_nobody_can_read_is_refused(
    desk: Enter, space: Space, entry: RunEntry, name: str, data: bytes, why: str
) -> None:
    if name.endswith(".zip"):
        packed = io.BytesIO()
        with zipfile.ZipFile(packed, "w") as archive:
            archive.writestr("内.txt", PAPER)
        data = packed.getvalue()
    raise_one(desk("lead"), entry)
    (problem,) = matters(space, entry)
    path = f"/city/{entry.id}/matters/{problem.id}/answer"
    refused = send(desk("coordinator"), path, {"text": "见附件"}, [(name, data)])
    assert refused.status_code == 422, refused.text
    assert why in refused.json()["error"]
    assert matters(space, entry) == (problem,)


def test_too_many_files_are_refused(desk: Enter, space: Space, entry: RunEntry) -> None:
    raise_one(desk("lead"), entry)
    (problem,) = matters(space, entry)
    files = [(f"{n}.txt", PAPER.encode()) for n in range(11)]
    path = f"/city/{entry.id}/matters/{problem.id}/answer"
    assert send(desk("coordinator"), path, {"text": "见附件"}, files).status_code == 422


@pytest.mark.parametrize(("given", "kept"), NAMES.items())
def test_names_of_files_are_harmless(given: str, kept: str) -> None:
    name = neutral_name(given)
    assert name == kept
    assert not set(name) & set('/\\<>:"|?*\r\n\0')
    assert len(neutral_name("长" * 500 + ".pdf").encode()) <= 180
    assert neutral_name("长" * 500 + ".pdf").endswith(".pdf")


def test_hostile_words_and_names_are_shown_as_words(
    desk: Enter, space: Space, entry: RunEntry
) -> None:
    lead, city = desk("lead"), desk("coordinator")
    feature_id = decided_feature(space, entry)
    raise_one(lead, entry, text=HOSTILE, department=HOSTILE[:60], feature_id=feature_id)
    (problem,) = matters(space, entry)
    files = [('"><script>alert(3)</script>.txt', (PAPER + HOSTILE).encode())]
    path = f"/city/{entry.id}/matters/{problem.id}/answer"
    assert send(city, path, {"text": HOSTILE}, files).status_code == 303
    contested = {"feature_id": feature_id, "text": HOSTILE}
    send(city, f"/city/{entry.id}/appeals", contested, files)
    appeal = matters(space, entry)[-1]
    for client, address in (
        (lead, f"/runs/{entry.id}/problems"),
        (lead, f"/runs/{entry.id}/appeals"),
        (lead, f"/runs/{entry.id}/appeals/{appeal.id}"),
        (city, f"/city/{entry.id}"),
    ):
        page = client.get(address)
        assert page.status_code == 200
        assert "<script>alert" not in page.text
        assert "<img src=x" not in page.text
        assert "&lt;script&gt;" in page.text


def test_facts_are_sent_confirmed_and_disputed(desk: Enter, space: Space, entry: RunEntry) -> None:
    features = [f.id for f in space.open(entry.id).standard.features[10:13]]
    for line, feature_id in enumerate(features, 3):
        decide(space, entry, feature_id, line=line)
    lead, city = desk("lead"), desk("coordinator")
    keys = [fact.key for fact in unsent_facts(space, space.open(entry.id))]
    assert len(keys) == 3
    path = f"/runs/{entry.id}/facts"
    assert send(lead, path, {"keys[]": keys[:2], "due": DUE}).status_code == 303
    assert send(lead, path, {"keys[]": keys[:1], "due": DUE}).status_code == 422, "sent already"
    assert send(lead, path, {"keys[]": ["x"], "due": DUE}).status_code == 422
    first, second = matters(space, entry)
    page = city.get(f"/city/{entry.id}").text
    assert first.payload["quote"] in page
    assert "第 1 页" in page
    answer = f"/city/{entry.id}/facts/{first.id}"
    assert send(city, answer, {"answer": "confirmed"}).status_code == 303
    assert send(city, answer, {"answer": "disputed", "reason": "反悔"}).status_code == 422
    other = f"/city/{entry.id}/facts/{second.id}"
    assert send(city, other, {"answer": "disputed", "reason": " "}).status_code == 422
    assert send(city, other, {"answer": "disputed", "reason": "数字有误。"}).status_code == 303
    shown = lead.get(path).text
    assert "确认 1，异议 1，共 2" in shown
    assert "数字有误。" in shown
    settle = f"/runs/{entry.id}/facts/{second.id}/settle"
    assert send(lead, settle, {"text": "已更正引文。"}).status_code == 303
    assert "已更正引文。" in city.get(f"/city/{entry.id}").text


def test_a_sentence_that_several_decisions_rest_on_is_one_fact(
    space: Space, entry: RunEntry
) -> None:
    first, second = (f.id for f in space.open(entry.id).standard.features[10:12])
    for feature_id in (first, second):
        decide(space, entry, feature_id)
    opened, lead = space.open(entry.id), account_of(space, "lead")
    (fact,) = unsent_facts(space, opened)
    assert fact.feature_ids == (first, second)
    send_facts(space, lead, opened, {fact.key}, DUE)
    (sent,) = matters(space, entry)
    reviewer = account_of(space, "reviewer")
    seen = [opened.present.decisions[feature_id].id for feature_id in (first, second)]
    take_back(space, reviewer, opened, first, "看错了。", seen[0])
    assert still_rests(space.open(entry.id), [sent]) == {sent.id}
    take_back(space, reviewer, space.open(entry.id), second, "看错了。", seen[1])
    assert still_rests(space.open(entry.id), [sent]) == frozenset()


def test_a_sheet_of_facts_is_printed_and_written(
    desk: Enter, space: Space, entry: RunEntry
) -> None:
    feature_id = decided_feature(space, entry)
    opened = space.open(entry.id)
    (fact,) = unsent_facts(space, opened)
    send_facts(space, account_of(space, "lead"), opened, {fact.key}, DUE)
    for client, root in ((desk("lead"), "runs"), (desk("coordinator"), "city")):
        page = client.get(f"/{root}/{entry.id}/facts/sheets/1")
        assert page.status_code == 200
        assert fact.quote in page.text
        assert "部分满足" not in page.text, "no verdict is told"
        written = client.get(f"/{root}/{entry.id}/facts/sheets/1/docx")
        assert written.headers["content-disposition"].startswith("attachment")
        with zipfile.ZipFile(io.BytesIO(written.content)) as package:
            body = package.read("word/document.xml").decode()
        assert fact.quote in body
        assert feature_id in body
        assert "部分满足" not in body
        assert client.get(f"/{root}/{entry.id}/facts/sheets/2").status_code == 404
    assert desk("filler").get(f"/city/{entry.id}/facts/sheets/1").status_code == 403


def test_a_fact_whose_decision_has_changed_says_so(
    desk: Enter, space: Space, entry: RunEntry
) -> None:
    feature_id = decided_feature(space, entry)
    opened = space.open(entry.id)
    (fact,) = unsent_facts(space, opened)
    send_facts(space, account_of(space, "lead"), opened, {fact.key}, DUE)
    lead = desk("lead")
    assert "所据结论已变" not in lead.get(f"/runs/{entry.id}/facts").text
    reviewer = account_of(space, "reviewer")
    seen = opened.present.decisions[feature_id].id
    take_back(space, reviewer, space.open(entry.id), feature_id, "看错了。", seen)
    assert "所据结论已变" in lead.get(f"/runs/{entry.id}/facts").text

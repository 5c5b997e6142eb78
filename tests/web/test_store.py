"""The database of a workspace, over SQLite and PostgreSQL: its form, its chains, its people."""

from __future__ import annotations

import threading
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import inspect, select, text, update

from auditor.core.access import Grant, Role
from auditor.core.errors import ConfigurationError, RunError
from auditor.core.events import EventContent, EventKind, ReviewEvent
from auditor.core.workspace import DeskKind, DeskNote, RunEntry
from auditor.store.events import chain_faults, chained
from auditor.store.workspace.accounts import Accounts
from auditor.store.workspace.desks import Desks
from auditor.store.workspace.opening import Database, open_workspace_database
from auditor.store.workspace.runs import Appending, Runs
from auditor.store.workspace.tables import METADATA, RUNS

AT = "2026-11-02T02:00:00.000+00:00"
RUN = RunEntry("r1", "云岭市", "云岭市", "runs/r1", AT, "组长甲", "", 0, 376, "ctmm")
WRITERS, EACH = 8, 12


def said(reason: str, feature_id: str = "8.1.1.1-L1-a") -> EventContent:
    return EventContent(EventKind.COMMENT, feature_id, "f" * 64, "评审员甲", reason, AT)


def add(runs: Runs, *reasons: str) -> tuple[ReviewEvent, ...]:
    contents = [said(reason) for reason in reasons]
    return runs.append(Appending("r1", None, AT), lambda _there: contents)


@pytest.fixture
def runs(database: Database) -> Runs:
    made = Runs(database)
    made.add(RUN, ())
    return made


def test_the_migrated_database_is_the_one_that_the_tables_describe(database: Database) -> None:
    with database.engine.connect() as connection:
        differences = compare_metadata(MigrationContext.configure(connection), METADATA)
    assert differences == []


def test_an_open_database_opens_again_and_keeps_what_it_holds(
    database: Database, database_url: str | None, tmp_path: Path
) -> None:
    Runs(database).add(RUN, ())
    again = open_workspace_database(tmp_path / "space", database_url)
    assert Runs(again).get("r1") == RUN
    again.close()


def test_a_database_of_a_later_version_is_refused(
    database: Database, database_url: str | None, tmp_path: Path
) -> None:
    with database.write() as connection:
        connection.execute(text("UPDATE alembic_version SET version_num = '9999'"))
    with pytest.raises(ConfigurationError, match="another version"):
        open_workspace_database(tmp_path / "space", database_url)


def test_two_programs_that_start_at_once_both_find_a_migrated_database(
    tmp_path: Path, postgres_url: str
) -> None:
    with ThreadPoolExecutor(4) as pool:
        opened = list(pool.map(lambda _: open_workspace_database(tmp_path, postgres_url), range(4)))
    assert "matters" in inspect(opened[0].engine).get_table_names()
    for one in opened:
        one.close()


def test_a_url_that_is_none_and_a_server_that_is_not_there_are_told(tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError, match="database URL"):
        open_workspace_database(tmp_path, "no url at all")
    with pytest.raises(ConfigurationError, match="does not answer"):
        open_workspace_database(tmp_path, "postgresql://nobody@127.0.0.1:1/none")


def test_events_are_chained_behind_each_other(runs: Runs) -> None:
    add(runs, "一")
    add(runs, "二", "三")
    events = runs.events("r1")
    assert [e.content.reason for e in events] == ["一", "二", "三"]
    assert chain_faults(events) == []
    entry = runs.get("r1")
    assert entry is not None
    assert (entry.head, entry.events) == (events[-1].hash, 3)
    assert runs.events("r1", since=2) == events[2:]


def test_the_same_is_not_recorded_twice(runs: Runs) -> None:
    assert len(add(runs, "一", "一")) == 1
    assert add(runs, "一") == ()
    assert len(runs.events("r1")) == 1


def test_what_refuses_leaves_everything_as_it_was(runs: Runs) -> None:
    add(runs, "一")

    def refuse(there: Sequence[ReviewEvent]) -> Sequence[EventContent]:
        raise RunError("nothing doing")

    with pytest.raises(RunError, match="nothing doing"):
        runs.append(Appending("r1", None, AT), refuse)
    assert len(runs.events("r1")) == 1
    with pytest.raises(RunError, match="no run"):
        runs.append(Appending("r2", None, AT), lambda _there: [said("一")])


def test_compose_sees_what_stands_of_the_features_that_it_asks_for(runs: Runs) -> None:
    other = said("他条", "8.1.1.1-L1-b")
    runs.append(Appending("r1", None, AT), lambda _there: [said("本条"), other])
    seen: list[str] = []

    def look(there: Sequence[ReviewEvent]) -> Sequence[EventContent]:
        seen.extend(event.content.reason for event in there)
        return []

    runs.append(Appending("r1", None, AT, ("8.1.1.1-L1-b",)), look)
    assert seen == ["他条"]


def test_many_who_add_at_once_never_fork_the_chain(runs: Runs) -> None:
    start = threading.Barrier(WRITERS)

    def write(writer: int) -> None:
        start.wait()
        for number in range(EACH):
            assert len(add(runs, f"{writer}·{number}")) == 1

    with ThreadPoolExecutor(WRITERS) as pool:
        list(pool.map(write, range(WRITERS)))
    events = runs.events("r1")
    assert len(events) == WRITERS * EACH
    assert chain_faults(events) == []
    assert len({event.previous for event in events}) == len(events)
    entry = runs.get("r1")
    assert entry is not None and entry.head == events[-1].hash


def test_of_two_who_decide_at_once_the_second_sees_the_first(runs: Runs) -> None:
    """Each adds only where nothing stands: of many at once exactly one does."""
    start = threading.Barrier(WRITERS)

    def first_only(writer: int) -> int:
        start.wait()

        def compose(there: Sequence[ReviewEvent]) -> Sequence[EventContent]:
            return [] if there else [said(f"{writer}")]

        return len(runs.append(Appending("r1", None, AT, ("8.1.1.1-L1-a",)), compose))

    with ThreadPoolExecutor(WRITERS) as pool:
        assert sum(pool.map(first_only, range(WRITERS))) == 1


def test_two_processes_as_two_databases_never_fork_the_chain(
    runs: Runs, database_url: str | None, tmp_path: Path
) -> None:
    other_database = open_workspace_database(tmp_path / "space", database_url)
    both = (runs, Runs(other_database))
    with ThreadPoolExecutor(2) as pool:
        jobs = [pool.submit(add, both[n % 2], f"{n}") for n in range(2 * EACH)]
        assert all(len(job.result()) == 1 for job in jobs)
    assert chain_faults(runs.events("r1")) == []
    other_database.close()


def test_a_run_is_registered_once_and_brings_its_events(database: Database) -> None:
    runs = Runs(database)
    event = chained(said("以前"), "")
    runs.add(RUN, (event,))
    assert runs.events("r1") == (event,)
    with pytest.raises(RunError, match="already"):
        runs.add(RUN, ())


def test_a_session_ends_with_its_time_its_owner_and_its_password(database: Database) -> None:
    accounts = Accounts(database)
    person = accounts.add("a", "评审员甲", "hash", [Grant(Role.REVIEWER, "云岭市")], AT)
    span = ("2026-11-02T02:00:00.000+00:00", "2026-11-02T12:00:00.000+00:00")
    for token in ("t1", "t2", "t3"):
        accounts.open_session(token, person.id, "csrf", span)
    session = accounts.session("t1", span[0])
    assert session is not None and session.account == person
    assert accounts.session("t1", "2026-11-02T12:00:00.001+00:00") is None
    accounts.close_session("t1")
    assert accounts.session("t1", span[0]) is None
    accounts.change(person.id, password="other")
    assert accounts.session("t2", span[0]) is None
    accounts.open_session("t4", person.id, "csrf", span)
    accounts.change(person.id, active=False)
    assert accounts.session("t4", span[0]) is None


def test_a_link_lets_one_in_once_whoever_is_first(database: Database) -> None:
    accounts = Accounts(database)
    person = accounts.add("a", "评审员甲", "!", [], AT)
    accounts.add_entry("link", person.id, "2026-11-03T00:00:00.000+00:00")
    start = threading.Barrier(WRITERS)

    def use(_: int) -> int | None:
        start.wait()
        return accounts.use_entry("link", AT)

    with ThreadPoolExecutor(WRITERS) as pool:
        used = list(pool.map(use, range(WRITERS)))
    assert sorted(u for u in used if u) == [person.id]
    assert accounts.use_entry("unknown", AT) is None
    accounts.add_entry("old", person.id, "2026-11-01T00:00:00.000+00:00")
    assert accounts.use_entry("old", AT) is None


def test_a_login_belongs_to_one_person(database: Database) -> None:
    accounts = Accounts(database)
    accounts.add("a", "评审员甲", "!", [], AT)
    with pytest.raises(ConfigurationError, match="login taken"):
        accounts.add("a", "评审员乙", "!", [], AT)
    assert [account.name for account in accounts.all()] == ["评审员甲"]


def test_a_note_on_a_desk_takes_the_place_of_the_one_before(database: Database) -> None:
    Runs(database).add(RUN, ())
    one = Accounts(database).add("a", "评审员甲", "!", [], AT)
    two = Accounts(database).add("b", "评审员乙", "!", [], AT)
    desks = Desks(database)
    for payload in ({"reason": "一"}, {"reason": "二"}):
        desks.put("r1", DeskNote("f", DeskKind.DRAFT, one.id, payload, AT))
    desks.put("r1", DeskNote("f", DeskKind.DRAFT, two.id, {"reason": "三"}, AT))
    drafts = {n.account_id: n.payload["reason"] for n in desks.notes("r1", "f")}
    assert drafts == {one.id: "二", two.id: "三"}
    desks.put("r1", DeskNote("f", DeskKind.DRAFT, one.id, {}, AT))
    assert [n.account_id for n in desks.notes("r1")] == [two.id]
    for whom in (one, two):
        desks.assign("r1", "f", whom.id, "组长甲", AT)
    assigned = [n for n in desks.notes("r1") if n.kind is DeskKind.ASSIGNED]
    assert [n.account_id for n in assigned] == [two.id]


def test_a_write_that_fails_leaves_nothing_behind(database: Database) -> None:
    Runs(database).add(RUN, ())
    with pytest.raises(RuntimeError), database.write() as connection:
        connection.execute(update(RUNS).values(profile="other"))
        raise RuntimeError
    with database.read() as connection:
        assert connection.execute(select(RUNS.c.profile)).scalar_one() == "ctmm"

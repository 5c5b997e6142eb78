"""Logs are quiet for a person, lines of JSON for a machine, and say what they are about."""

from __future__ import annotations

import io
import json
import logging
import threading
from collections.abc import Iterator
from contextvars import copy_context
from pathlib import Path
from typing import Any

import pytest

from auditor.core.errors import ConfigurationError
from auditor.operations.context import bound, bound_fields
from auditor.operations.logs import configure_logs, is_structured
from auditor.operations.stages import stage, whole_run

LOGGER = logging.getLogger("auditor.tests")


@pytest.fixture
def lines() -> Iterator[io.StringIO]:
    """Where JSON lines go; the logging of the tests comes back at the end."""
    root, own = logging.getLogger(), logging.getLogger("auditor")
    before = (list(root.handlers), root.level, own.level)
    stream = io.StringIO()
    configure_logs("json", "INFO", stream)
    yield stream
    root.handlers[:], root.level, own.level = before


def rows(stream: io.StringIO) -> list[dict[str, Any]]:
    """The lines that were written."""
    return [json.loads(line) for line in stream.getvalue().splitlines()]


def test_a_record_is_one_line_with_what_it_is_about(lines: io.StringIO) -> None:
    with bound(run="r1", city="云岭市"):
        with bound(feature="8.2.4.1-L3-a"):
            LOGGER.info("two\nlines", extra={"seconds": 1.5, "file": Path("a/b")})
        LOGGER.warning("云岭市 again")
    first, second = rows(lines)
    assert first["message"] == "two\nlines" and first["seconds"] == 1.5 and first["file"] == "a/b"
    assert (first["run"], first["city"], first["feature"]) == ("r1", "云岭市", "8.2.4.1-L3-a")
    assert (
        second["level"] == "WARNING" and "feature" not in second and "云岭市" in second["message"]
    )
    assert first["time"].endswith("+00:00") and is_structured()


def test_an_error_brings_its_trace_in_the_same_line(lines: io.StringIO) -> None:
    try:
        raise ValueError("broken")
    except ValueError:
        LOGGER.exception("it failed")
    (row,) = rows(lines)
    assert "ValueError: broken" in row["error"] and row["logger"] == "auditor.tests"


def test_stages_and_audits_tell_their_time_and_how_they_ended(lines: io.StringIO) -> None:
    with pytest.raises(RuntimeError), whole_run(), stage("search"):
        raise RuntimeError
    with whole_run(), stage("judge"):
        pass
    told = [(row["message"], row.get("stage"), row.get("kind")) for row in rows(lines)]
    assert told == [
        ("audit begun", None, None),
        ("stage ended early", "search", "RuntimeError"),
        ("audit ended early", None, "RuntimeError"),
        ("audit begun", None, None),
        ("stage done", "judge", None),
        ("audit done", None, None),
    ]
    assert all(row["seconds"] >= 0 for row in rows(lines) if row.get("stage"))


def test_a_thread_knows_what_it_works_at_when_it_gets_the_context() -> None:
    seen: list[dict[str, str]] = []
    with bound(city="云岭市"):
        for target in (copy_context().run, lambda work: work()):
            thread = threading.Thread(
                target=target, args=(lambda: seen.append({**bound_fields()}),)
            )
            thread.start()
            thread.join()
    assert seen == [{"city": "云岭市"}, {}]


def test_a_field_that_no_log_has_is_refused() -> None:
    with pytest.raises(ValueError, match="text"), bound(text="a sentence of a paper"):
        pass


def test_without_a_form_warnings_are_not_shown(capsys: pytest.CaptureFixture[str]) -> None:
    own = logging.getLogger("auditor")
    before = own.level
    try:
        configure_logs("text")
        LOGGER.warning("a feature failed")
        assert not LOGGER.isEnabledFor(logging.WARNING) and LOGGER.isEnabledFor(logging.ERROR)
    finally:
        own.setLevel(before)
    assert capsys.readouterr() == ("", "")


@pytest.mark.parametrize(("form", "level"), [("xml", "INFO"), ("json", "LOUD")])
def test_unknown_forms_and_levels_are_refused(form: str, level: str) -> None:
    with pytest.raises(ConfigurationError, match="log"):
        configure_logs(form, level)

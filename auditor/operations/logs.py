"""Logs: quiet for a person at the terminal, JSON lines for a machine.

By default only errors of this program are shown, as Python shows them; everything that a person
should see is printed by the commands themselves. With ``json`` every record from INFO on is one
line on standard error: ``time``, ``level``, ``logger``, ``message``, then ``run``, ``city``,
``feature`` where they are known, then what the record adds. No record holds text of a document.
"""

from __future__ import annotations

import json
import logging
import sys
from datetime import UTC, datetime
from typing import IO, Any

from auditor.core.errors import ConfigurationError
from auditor.operations.context import bound_fields

FORMAT_VARIABLE, LEVEL_VARIABLE = "AUDITOR_LOG_FORMAT", "AUDITOR_LOG_LEVEL"
FORMATS = ("text", "json")
LEVELS = ("DEBUG", "INFO", "WARNING", "ERROR")
OWN = "auditor"
_STANDARD = frozenset(vars(logging.makeLogRecord({}))) | {"message", "asctime", "taskName"}


class JsonLines(logging.Formatter):
    """A record as one line of JSON."""

    def format(self, record: logging.LogRecord) -> str:
        """The line, without its line break; any value that is no JSON is written as text."""
        at = datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds")
        row: dict[str, Any] = {
            "time": at,
            "level": record.levelname,
            "logger": record.name,
            "message": record.getMessage(),
            **bound_fields(),
        }
        row |= {k: v for k, v in vars(record).items() if k not in _STANDARD and k not in row}
        if record.exc_info:
            row["error"] = self.formatException(record.exc_info)
        return json.dumps(row, ensure_ascii=False, default=str)


def configure_logs(form: str, level: str = "INFO", stream: IO[str] | None = None) -> None:
    """Set how this program logs: ``text`` (errors alone) or ``json`` (from ``level`` on).

    ``stream`` is standard error where none is given.

    Raises:
        ConfigurationError: no such form or level.
    """
    if form not in FORMATS or level.upper() not in LEVELS:
        raise ConfigurationError(
            f"不知道的日志格式或级别 (unknown log format or level): {form} {level}",
            hint=f"{'、'.join(FORMATS)}；{'、'.join(LEVELS)}。",
        )
    if form == "text":
        logging.getLogger(OWN).setLevel(logging.ERROR)
        return
    handler = logging.StreamHandler(stream or sys.stderr)
    handler.setFormatter(JsonLines())
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(logging.WARNING)  # of libraries
    logging.getLogger(OWN).setLevel(level.upper())


def is_structured() -> bool:
    """Tell whether logs are JSON lines."""
    return any(isinstance(handler.formatter, JsonLines) for handler in logging.getLogger().handlers)

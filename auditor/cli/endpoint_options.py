"""Options that several commands take as one parameter: the caps of calls to endpoints.

A command declares ``caps: CapOptions = NO_CAPS`` and is registered ``grouped``: typer then sees an
option for each field.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable
from dataclasses import MISSING, dataclass, fields
from functools import wraps
from pathlib import Path
from typing import Annotated, Any, get_type_hints

import typer


@dataclass(frozen=True, slots=True)
class CapOptions:
    """What calls to endpoints may take, as a command was given it; None was not given."""

    requests_per_second: Annotated[
        float | None,
        typer.Option(
            "--requests-per-second",
            "--rate",
            help="每秒至多几次调用 / calls a second",
        ),
    ] = None
    requests_per_minute: Annotated[
        int | None, typer.Option(help="每分钟至多几次调用 / calls a minute")
    ] = None
    tokens_per_minute: Annotated[
        int | None, typer.Option(help="每分钟至多多少令牌 / tokens a minute")
    ] = None
    in_flight: Annotated[
        int | None, typer.Option(help="同时至多几次调用 / calls under way at once")
    ] = None
    budget: Annotated[
        str | None, typer.Option(help="至多花多少钱，须有 --prices / money, by --prices")
    ] = None
    prices: Annotated[Path | None, typer.Option(help="价目表 YAML / table of prices")] = None

    def given(self) -> dict[str, Any]:
        """The fields of ``Choice`` that were given."""
        rows = {field.name: getattr(self, field.name) for field in fields(self)}
        rows["prices"] = str(self.prices.resolve()) if self.prices else None
        return {name: value for name, value in rows.items() if value is not None}


NO_CAPS = CapOptions()
GROUPS: tuple[type[CapOptions], ...] = (CapOptions,)
CHANGE_NO_ANSWER = tuple(field.name for field in fields(CapOptions))
"""Fields of ``Choice`` that a run may be gone on with under other values."""


def grouped(command: Callable[..., None]) -> Callable[..., None]:
    """A command whose groups of options are spread out into their fields."""
    hints = get_type_hints(command, include_extras=True)
    groups = {name: kind for name, kind in hints.items() if kind in GROUPS}
    parameters: list[inspect.Parameter] = []
    for parameter in inspect.signature(command).parameters.values():
        if parameter.name in groups:
            parameters += _spread(groups[parameter.name])
        else:
            parameters.append(parameter.replace(annotation=hints[parameter.name]))

    @wraps(command)
    def spread(**values: Any) -> None:
        for name, kind in groups.items():
            own = {field.name: values.pop(field.name) for field in fields(kind)}
            values[name] = kind(**own)
        command(**values)

    signature = inspect.Signature(parameters)
    spread.__annotations__ = {p.name: p.annotation for p in parameters}
    spread.__dict__["__signature__"] = signature
    return spread


def _spread(group: type[CapOptions]) -> list[inspect.Parameter]:
    hints = get_type_hints(group, include_extras=True)
    return [
        inspect.Parameter(
            field.name,
            inspect.Parameter.POSITIONAL_OR_KEYWORD,
            default=inspect.Parameter.empty if field.default is MISSING else field.default,
            annotation=hints[field.name],
        )
        for field in fields(group)
    ]

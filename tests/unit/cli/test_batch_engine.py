"""The engines of a batch, as they are named on the command line."""

from __future__ import annotations

import pytest

from auditor.archive.engines import ray_opening
from auditor.archive.engines.local import LocalEngine
from auditor.cli.batch import engine_of
from auditor.core.errors import ConfigurationError, MissingExtraError


def test_the_local_engine_has_no_address() -> None:
    assert isinstance(engine_of("local")(), LocalEngine)
    with pytest.raises(ConfigurationError, match="--engine ray alone"):
        engine_of("local", "10.0.0.1:6379")


def test_an_unknown_engine_is_refused_with_those_that_there_are() -> None:
    with pytest.raises(ConfigurationError) as refused:
        engine_of("celery")
    assert refused.value.hint == "Use local, ray."


def test_without_ray_the_install_line_is_told_before_anything_is_planned(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(ray_opening, "find_spec", lambda _name: None)
    with pytest.raises(MissingExtraError) as refused:
        engine_of("ray")
    assert "pip install 'ctmm-auditor[ray]'" in refused.value.hint

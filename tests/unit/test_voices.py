"""From the options of a run to the voices of its judge."""

from __future__ import annotations

from pathlib import Path

import pytest

from auditor.choice import Choice
from auditor.core.errors import ConfigurationError
from auditor.judge.hosted import HostedJudge
from auditor.wiring import build_hosted, refuse_closed


@pytest.fixture(autouse=True)
def own_cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Calls are counted in a folder of the test's own."""
    monkeypatch.setenv("AUDITOR_CACHE", str(tmp_path / "cache"))


LOCAL = "http://127.0.0.1:9/v1"


def test_the_options_of_a_run_reach_its_judge(tmp_path: Path) -> None:
    choice = Choice(
        "d", "临江市", "openai:m", LOCAL, samples=3, second_look=True, concurrency=5,
        reply_form="json_object", per_feature=True, requests_per_second=2.0,
    )  # fmt: skip
    judge = build_hosted("openai:m", choice, tmp_path)
    assert isinstance(judge, HostedJudge)
    assert judge.concurrency == 5 and not judge.together and len(judge.askers) == 3
    assert [asker.sample for asker in judge.askers] == [1, 2, 3]
    for asker in judge.askers:
        assert asker.endpoint.reply_form == "json_object"
        assert asker.endpoint.requests_per_second == 2.0
        assert asker.asking.second_look and asker.asking.per_feature
    assert judge.prompts == (judge.askers[0].template.digest,)


def test_a_second_model_of_another_provider_has_an_address_of_its_own(tmp_path: Path) -> None:
    choice = Choice("d", "临江市", "openai:m", LOCAL, second="ollama:n")
    judge = build_hosted("openai:m", choice, tmp_path)
    assert isinstance(judge, HostedJudge)
    urls = [asker.endpoint.base_url for asker in judge.askers]
    assert urls == [LOCAL, "http://localhost:11434/v1"]
    same = build_hosted(
        "openai:m", Choice("d", "临江市", base_url=LOCAL, second="openai:n"), tmp_path
    )
    assert isinstance(same, HostedJudge)
    assert [asker.endpoint.base_url for asker in same.askers] == [LOCAL, LOCAL]


def test_a_closed_dossier_is_refused_where_only_the_second_model_is_elsewhere() -> None:
    choice = Choice("d", "临江市", "ollama:m", second="openai:n")
    with pytest.raises(ConfigurationError, match="openai:n"):
        refuse_closed(choice)
    refuse_closed(Choice("d", "临江市", "ollama:m"))

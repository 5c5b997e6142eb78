"""From options and a table of prices to the turnstile before the endpoints."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Annotated

import pytest
import typer
from typer.testing import CliRunner

from auditor.choice import Choice
from auditor.cli.endpoint_options import NO_CAPS, CapOptions, grouped
from auditor.core.errors import ConfigurationError
from auditor.core.limiting import NANO, Caps
from auditor.judge.endpoints import parse_endpoint
from auditor.metering import Account, Metering, Shared, open_limiter, purse_name
from auditor.prices import read_prices

TABLE = """
currency: CNY
models:
  openai:qwen-max: {input: 2.4, output: 9.6}
  stub: {input: "0.5", output: 1, most_output_tokens: 100}
"""
URL = "http://127.0.0.1:9/v1"


@pytest.fixture
def table(tmp_path: Path) -> Path:
    file = tmp_path / "prices.yaml"
    file.write_text(TABLE, encoding="utf-8")
    return file


def account(folder: Path, purse: str = "p") -> Account:
    return Account(purse, folder / "calls.db")


def test_caps_and_prices_reach_the_turnstile(table: Path, tmp_path: Path) -> None:
    choice = Choice(
        "d", "临江市", requests_per_minute=60, tokens_per_minute=90_000, in_flight=4,
        requests_per_second=2.0, budget="12.5", prices=str(table),
    )  # fmt: skip
    one = parse_endpoint("openai:stub", URL)
    limiter = open_limiter(choice.metering(), [one], account(tmp_path))
    assert limiter.caps == Caps(60, 90_000, 4, 2.0, 12_500_000_000)
    assert limiter.purse.currency == "CNY" and limiter.most_output_tokens(one) == 100
    price = limiter.price(one)
    assert price is not None and price.cost(2_000_000, 1_000_000) == 2 * NANO


def test_a_capped_model_without_a_price_is_refused_by_name(table: Path, tmp_path: Path) -> None:
    priced, unpriced = (parse_endpoint(f"openai:{m}", URL) for m in ("qwen-max", "other"))
    metering = Metering(budget="1", prices=str(table))
    with pytest.raises(ConfigurationError, match="openai:other") as caught:
        open_limiter(metering, [priced, unpriced], account(tmp_path))
    assert str(table) in caught.value.message and "input" in caught.value.hint
    open_limiter(replace(metering, budget=None), [unpriced], account(tmp_path))


@pytest.mark.parametrize(
    "settings",
    [
        Metering(requests_per_minute=0), Metering(tokens_per_minute=-1), Metering(in_flight=0),
        Metering(requests_per_second=0.0), Metering(budget="5"),
        Metering(budget="much", prices="p.yaml"), Metering(budget="-1", prices="p.yaml"),
        Metering(budget="inf", prices="p.yaml"),
    ],
)  # fmt: skip
def test_a_cap_that_is_none_is_refused(settings: Metering) -> None:
    with pytest.raises(ConfigurationError):
        settings.caps()


@pytest.mark.parametrize(
    "text",
    ["", "models: {}", "currency: CNY\nmodels: {m: {input: 1}}", "currency: CNY\nmodels: 3",
     "currency: CNY\nmodels: {m: {input: x, output: 1}}",
     "currency: CNY\nmodels: {m: {input: -1, output: 1}}",
     "currency: CNY\nmodels: {m: {input: 1, output: 1, most_output_tokens: 0}}", "{"],
)  # fmt: skip
def test_a_table_that_is_none_names_its_file(tmp_path: Path, text: str) -> None:
    file = tmp_path / "prices.yaml"
    file.write_text(text, encoding="utf-8")
    with pytest.raises(ConfigurationError, match=r"prices\.yaml"):
        read_prices(file)
    with pytest.raises(ConfigurationError, match=r"absent\.yaml"):
        read_prices(tmp_path / "absent.yaml")


def test_a_run_pays_from_its_own_purse_and_an_archive_from_one(tmp_path: Path) -> None:
    first = purse_name(tmp_path / "a")
    assert first == purse_name(tmp_path / "a") != purse_name(tmp_path / "b")
    assert Shared(purse="archive x").account(tmp_path / "a", tmp_path).purse == "archive x"
    assert Shared().account(tmp_path / "a", tmp_path).purse == first


def test_calls_are_counted_on_the_server_that_the_environment_names(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("AUDITOR_DATABASE", raising=False)
    assert Shared().account(tmp_path, tmp_path).url is None
    monkeypatch.setenv("AUDITOR_DATABASE", "postgresql://a/b")
    assert Shared().account(tmp_path, tmp_path).url == "postgresql://a/b"
    assert Shared("postgresql://c/d").account(tmp_path, tmp_path).url == "postgresql://c/d"


def test_a_group_of_options_is_spread_out_and_gathered_again(table: Path) -> None:
    app, seen = typer.Typer(), []

    def command(
        out: Annotated[Path, typer.Argument()], caps: CapOptions = NO_CAPS, as_json: bool = False
    ) -> None:
        """Do it."""
        seen.append((out, caps.given(), as_json))

    app.command()(grouped(command))
    run = CliRunner()
    line = f"o --requests-per-minute 60 --rate 1.5 --budget 3.20 --prices {table} --as-json"
    done = run.invoke(app, line.split())
    assert done.exit_code == 0, done.output
    given = {"requests_per_second": 1.5, "requests_per_minute": 60, "budget": "3.20"}
    assert seen == [(Path("o"), given | {"prices": str(table)}, True)]
    assert run.invoke(app, ["o"]).exit_code == 0 and seen[-1][1] == {}
    assert run.invoke(app, ["o", "--in-flight", "many"]).exit_code == 2

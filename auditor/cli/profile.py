"""``auditor profile``: look at scoring rules, write one's own, see how two differ."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.console import Console
from rich.table import Column, Table

from auditor.cli.options import AsJson, Criteria
from auditor.core.errors import ConfigurationError
from auditor.core.scores import Profile
from auditor.editions import chosen_edition
from auditor.profiles import DEFAULT_PROFILE, all_profiles, load_profile, profile_file

app = typer.Typer(help="计分规则。Scoring rules.", no_args_is_help=True)
RuleName = Annotated[str, typer.Argument(help="名称或 .yaml 路径 / name or path")]
HEADER = (
    "# 自定计分规则；各项含义见 docs/scoring.zh.md。检查：auditor profile check {name}\n"
    "# A scoring rule of your own; docs/scoring.md tells what each part means.\n"
)


@app.command("list")
def list_rules(criteria: Criteria = None, as_json: AsJson = False) -> None:
    """列出计分规则。List the scoring rules of an edition of the standard."""
    rules = all_profiles(chosen_edition(criteria))
    if as_json:
        rows = [{"id": p.id, "version": p.version, "digest": p.digest} for p in rules]
        typer.echo(json.dumps(rows, ensure_ascii=False, sort_keys=True, indent=2))
        return
    table = Table("规则 rule", "版本", "本级", "以下各级", Column("名称", overflow="fold"))
    for p in rules:
        table.add_row(p.id, p.version, str(p.own), str(p.lower), p.title)
    Console().print(table)


@app.command("new")
def new(
    file: Annotated[Path, typer.Argument(help="新文件 .yaml / the file to write")],
    like: Annotated[str, typer.Option(help="以哪条规则为底 / start from")] = DEFAULT_PROFILE,
    criteria: Criteria = None,
) -> None:
    """写一份自定规则的底稿。Write a rule of your own to start from."""
    if file.suffix not in (".yaml", ".yml"):
        raise ConfigurationError(f"{file} does not end in .yaml.", hint="Name a .yaml file.")
    if file.exists():
        raise ConfigurationError(f"{file} is there already.", hint="Name a new file.")
    edition = chosen_edition(criteria)
    text = profile_file(like, edition).read_text(encoding="utf-8")
    body = text.replace(f"id: {load_profile(like, edition).id}\n", f"id: {own_id(file)}\n", 1)
    file.write_text(HEADER.format(name=file.name) + body, encoding="utf-8")
    load_profile(str(file), edition)
    typer.echo(str(file))


def own_id(file: Path) -> str:
    """An id from a file's name."""
    kept = "".join(c for c in file.stem.lower() if c.isascii() and (c.isalnum() or c in ".-"))
    return kept or "own"


@app.command("check")
def check(rule: RuleName, criteria: Criteria = None) -> None:
    """检查一份规则。Check a rule: schema, known features, order of values."""
    found = load_profile(rule, chosen_edition(criteria))
    typer.echo(f"{found.id} v{found.version}　{found.title}　{found.digest}")


@app.command("diff")
def diff(
    one: RuleName,
    two: Annotated[str, typer.Argument(help="另一条 / the other one")],
    criteria: Criteria = None,
    as_json: AsJson = False,
) -> None:
    """两条规则有何不同。What two rules do differently."""
    edition = chosen_edition(criteria)
    rows = list(differences(*(plain(load_profile(name, edition)) for name in (one, two))))
    if as_json:
        typer.echo(json.dumps(rows, ensure_ascii=False, indent=2))
        return
    table = Table("项 part", one, two)
    for row in rows:
        table.add_row(row["part"], shown(row["one"]), shown(row["two"]))
    Console().print(table)


def plain(profile: Profile) -> dict[str, Any]:
    """A rule as plain values, without name, note and hash."""
    floors, proof = profile.floors, profile.proof
    return {
        "values": {v.value: str(worth) for v, worth in profile.values.items()},
        "own": str(profile.own),
        "lower": str(profile.lower),
        "combine": profile.combine.value,
        "passed_as_one": profile.passed_as_one,
        "relations": profile.relations,
        "count_once": profile.count_once,
        "weights": {key: str(weight) for key, weight in sorted(profile.weights.items())},
        "floors": {"domain_gap": floors.domain_gap, "not_below": list(floors.not_below)},
        "must_have": {m.feature_id: m.least.value for m in profile.must_have},
        "vetoes": {v.feature_id: [[x.value for x in v.verdicts], v.level] for v in profile.vetoes},
        "unresolved": {"failure": profile.failures.value, "no_evidence": profile.silent.value},
        "proof": None
        if proof is None
        else [[t.value for t in proof.types], list(proof.features), proof.most.value],
    }


def differences(one: dict[str, Any], two: dict[str, Any]) -> Iterator[dict[str, Any]]:
    """Each part that differs, members of a part one by one."""
    for part, own in one.items():
        other = two[part]
        if isinstance(own, dict) and isinstance(other, dict):
            for key in sorted(set(own) | set(other)):
                if own.get(key) != other.get(key):
                    row = {"one": own.get(key), "two": other.get(key)}
                    yield {"part": f"{part}.{key}", **row}
        elif own != other:
            yield {"part": part, "one": own, "two": other}


def shown(value: Any) -> str:
    """A value of a rule, as one reads it."""
    if value is None:
        return "—"
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)

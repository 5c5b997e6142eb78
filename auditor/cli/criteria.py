"""``auditor criteria``: look into the standard."""

from __future__ import annotations

import dataclasses
import json
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.console import Console
from rich.table import Table

from auditor.carrying import carried_line, carry_run, name_of
from auditor.cli.options import AsJson, Criteria, Rule
from auditor.core.criteria import Element, Feature, Quantity, Standard
from auditor.core.editions import Editions, diff_editions
from auditor.core.errors import ConfigurationError
from auditor.editions import chosen_edition
from auditor.standing import rule_of_run
from auditor.store.run_folder import REQUEST_FILE, read_run

app = typer.Typer(help="标准的特征、要素、关联。The standard's features.", no_args_is_help=True)


def feature_json(feature: Feature, standard: Standard) -> dict[str, Any]:
    """A feature in the exported form (a public interface)."""
    return {
        "id": feature.id,
        "text": feature.text,
        "domain": feature.domain,
        "subdomain": feature.subdomain,
        "item": feature.item,
        "level": feature.level,
        "letter": feature.letter,
        "table": feature.table,
        "types": [t.value for t in feature.types],
        "shown_by": [m.value for m in feature.shown_by],
        "reach": feature.reach.value,
        "immature": feature.immature,
        "elements": [_element(e) for e in feature.elements],
        "examples": list(feature.examples),
        "quantities": [_quantity(q) for q in feature.quantities],
        "superseded_by": list(standard.relations.superseders(feature.id)),
        "core": list(feature.core),
        "phrases": list(feature.phrases),
        "note": feature.note,
        "errata": list(feature.errata),
    }


def _element(element: Element) -> dict[str, Any]:
    return {
        "id": element.id,
        "text": element.text,
        "type": element.type.value,
        "minor": element.minor,
        "terms": list(element.terms),
    }


def _quantity(quantity: Quantity) -> dict[str, Any]:
    return {
        "measure": quantity.measure,
        "printed": quantity.printed,
        "comparator": quantity.comparator,
        "value": None if quantity.value is None else str(quantity.value),
        "unit": quantity.unit,
        "denominator": quantity.denominator,
        "classes": list(quantity.classes),
        "checked": quantity.checked,
    }


def export_json(standard: Standard) -> dict[str, Any]:
    """The whole standard in the exported form."""
    return {
        "standard": {
            "id": standard.id,
            "title": standard.title,
            "digest": standard.digest,
            "levels": [
                {
                    "level": row.level,
                    "name": row.name,
                    "city_class": row.city_class,
                    "description": row.description,
                }
                for row in standard.levels
            ],
            "terms": [
                {
                    "clause": t.clause,
                    "name": t.name,
                    "english": t.english,
                    "definition": t.definition,
                }
                for t in standard.terms
            ],
        },
        "features": [feature_json(f, standard) for f in standard.features],
    }


@app.command("list")
def list_features(
    node: Annotated[str, typer.Argument(help="只列此节点，如 8.2.4 / only this node")] = "",
    level: Annotated[int, typer.Option(help="只列此等级 / only this level")] = 0,
    criteria: Criteria = None,
) -> None:
    """列出特征。List features."""
    table = Table("编号 id", "等级", "能力项 item", "类型 types", "特征 text")
    for feature in chosen_edition(criteria).standard.features:
        if feature.id.startswith(node) and level in (0, feature.level):
            types = ",".join(t.value for t in feature.types)
            table.add_row(feature.id, str(feature.level), feature.item, types, feature.text)
    Console().print(table)


@app.command("show")
def show(
    feature_id: Annotated[str, typer.Argument(help="特征编号，如 8.2.4.1-L3-a")],
    criteria: Criteria = None,
) -> None:
    """显示一个特征的全部内容。Show one feature."""
    standard = chosen_edition(criteria).standard
    feature = standard.by_id.get(feature_id)
    if feature is None:
        raise ConfigurationError(
            f"The standard has no feature {feature_id}.", hint="See: auditor criteria list"
        )
    typer.echo(json.dumps(feature_json(feature, standard), ensure_ascii=False, indent=2))


@app.command("export")
def export(
    _as_json: Annotated[bool, typer.Option("--json", help="JSON（默认也是）")] = True,
    output: Annotated[Path | None, typer.Option("-o", help="写入文件 / to a file")] = None,
    criteria: Criteria = None,
) -> None:
    """导出全部 376 个特征。Export the standard as JSON."""
    content = export_json(chosen_edition(criteria).standard)
    text = json.dumps(content, ensure_ascii=False, sort_keys=True, indent=1)
    if output is None:
        typer.echo(text)
    else:
        output.write_text(text + "\n", encoding="utf-8")


@app.command("diff")
def diff(
    old: Annotated[str, typer.Argument(help="旧版：名称或文件夹 / name or folder")],
    new: Annotated[str, typer.Argument(help="新版 / the new edition")],
    carry: Annotated[
        Path | None, typer.Option(help="把此结果移到新版下 / carry this run over")
    ] = None,
    output: Annotated[Path | None, typer.Option("-o", "--out", help="新结果文件夹")] = None,
    profile: Rule = None,
    as_json: AsJson = False,
) -> None:
    """新旧版标准有何不同；未变条款的结论可沿用。What changed between two editions."""
    before, edition = chosen_edition(old).standard, chosen_edition(new)
    found = diff_editions(before, edition.standard)
    if as_json:
        typer.echo(json.dumps(dataclasses.asdict(found), ensure_ascii=False, indent=2))
    else:
        print_editions(Console(), found, before, edition.standard)
    if carry is not None:
        if output is None:
            raise ConfigurationError("No folder is named.", hint="Add -o OUT for the carried run.")
        rule = rule_of_run(read_run(carry), profile, edition)
        run = carry_run(carry, output, before, edition, rule)
        typer.echo(f"{output}：{carried_line(run.manifest)}", err=True)
        typer.echo(f"补判 next: {next_command(output, name_of(edition))}", err=True)


def next_command(output: Path, criteria: str) -> str:
    """The command that judges the rest of a carried run: with the judge of the first, if it can."""
    if (output / REQUEST_FILE).is_file():
        return f"auditor resume {output}"
    return f"auditor run DOSSIER --city CITY --judge JUDGE --criteria {criteria} -o {output}"


def print_editions(console: Console, found: Editions, before: Standard, after: Standard) -> None:
    """Counts first, then every clause that is not the same."""
    console.print(
        f"{before.id} → {after.id}：未变 {len(found.kept)} 条（其中改编号 "
        f"{len(found.renumbered)}），改文字 {len(found.changed)}，新增 {len(found.added)}，"
        f"删去 {len(found.removed)}"
    )
    for was, now in found.renumbered:
        console.print(f"改编号　{was} → {now}")
    for key in found.changed:
        console.print(
            f"改文字　{key}\n  旧：{before.by_id[key].text}\n  新：{after.by_id[key].text}"
        )
    for key in found.added:
        console.print(f"新增　{key}　{after.by_id[key].text}")
    for key in found.removed:
        console.print(f"删去　{key}　{before.by_id[key].text}")

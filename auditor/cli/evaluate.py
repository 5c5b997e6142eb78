"""``auditor eval GOLD_DIR …``: measure the auditor on labelled cities."""

from __future__ import annotations

import json
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path
from time import perf_counter
from typing import Annotated, Any

import typer
from rich.console import Console

from auditor.choice import Choice
from auditor.cli import options
from auditor.cli.console import RichProgress
from auditor.cli.eval_view import print_evaluation
from auditor.cli.eval_view import print_measures as print_measures
from auditor.core.errors import ConfigurationError
from auditor.core.run import Silence
from auditor.evaluation.bootstrap import RESAMPLES
from auditor.evaluation.compare import CityResult, compare
from auditor.evaluation.gold import GoldCity, gold_cities, quote_warnings
from auditor.evaluation.whole import whole_table
from auditor.pipeline import Parts, Request, run_audit
from auditor.report.eval_page import render_evaluation
from auditor.standard import load_standard
from auditor.store.journal import Journal
from auditor.wiring import build_parts

UNFINISHED = 1
FITTED_KEYS = ("exemplars_from", "fitted_on")
SPENT = ("calls", "prompt_tokens", "completion_tokens")


@dataclass(frozen=True, slots=True)
class Measured:
    """One city as it was measured: result, what is wrong with its gold, what it cost."""

    result: CityResult
    warnings: tuple[str, ...]
    cost: Mapping[str, float | None]


def evaluate(
    gold_dirs: Annotated[
        list[Path], typer.Argument(help="标注集文件夹，可多个 / folders of labelled cities")
    ],
    judge: Annotated[str, typer.Option(help="同 auditor run / as in auditor run")] = "screen",
    base_url: options.BaseUrl = None,
    embedder: Annotated[str | None, typer.Option(help="向量模型 / embedding model")] = None,
    per_feature: Annotated[
        bool, typer.Option(help="逐条特征调用大模型 / one call per feature")
    ] = False,
    public: Annotated[
        bool, typer.Option("--public", help="材料均已公开 / every paper is public")
    ] = False,
    as_of: Annotated[
        str | None, typer.Option(help="评估日期 YYYY-MM-DD，默认为材料最新成文日期")
    ] = None,
    beside: Annotated[
        list[str] | None,
        typer.Option(help="并列的结果 [名称=]文件，可多个 / results to show beside: [NAME=]FILE"),
    ] = None,
    resamples: Annotated[int, typer.Option(min=0, help="自助法次数 / bootstrap resamples")] = (
        RESAMPLES
    ),
    work: Annotated[
        Path | None, typer.Option(help="保存判断，中断后可续 / keeps judgements, to go on later")
    ] = None,
    output: Annotated[Path | None, typer.Option("-o", help="JSON 文件 / file")] = None,
    page: Annotated[Path | None, typer.Option(help="网页报告 / page with plots")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="机器可读 / for machines")] = False,
) -> None:
    """在标注城市上测量。Measure verdicts, retrieval and citations against gold labels."""
    others = read_beside(beside or ())
    console = Console(stderr=as_json)
    choice = Choice(
        dossier="", city="", judge=judge, base_url=options.addresses(base_url), embedder=embedder,
        per_feature=per_feature, public=public, as_of=as_of,
    )  # fmt: skip
    cities = read_cities(gold_dirs, load_standard().by_id)
    with _folder(work) as folder:
        parts = build_parts(choice, folder, Silence(), lambda line: console.log(line))
        runs = [_measured(city, parts, choice, (folder, console)) for city in cities]
    table = whole_table([r.result for r in runs], cities, parts.standard, others, resamples)
    table |= facts_of(parts, [c.name for c in cities], runs)
    write_evaluation(table, parts, output, page)
    if as_json:
        typer.echo(_text(table))
    else:
        print_evaluation(console, table)
    finish(table)


def finish(table: Mapping[str, Any]) -> None:
    """End the command: with code 1 where the judgement of some features failed."""
    if table["pooled"]["failures"]:
        raise typer.Exit(UNFINISHED)


@contextmanager
def _folder(work: Path | None) -> Iterator[Path]:
    if work is not None:
        work.mkdir(parents=True, exist_ok=True)
        yield work
        return
    with tempfile.TemporaryDirectory(prefix="auditor-eval-") as folder:
        yield Path(folder)


def read_cities(folders: Sequence[Path], known: Mapping[str, Any]) -> tuple[GoldCity, ...]:
    """Read every labelled city of some folders; raises where one name comes twice."""
    cities = [city for folder in folders for city in gold_cities(folder, known.keys())]
    names = [city.name for city in cities]
    twice = sorted({name for name in names if names.count(name) > 1})
    if twice:
        raise ConfigurationError(
            f"城市重复 (a city twice): {'、'.join(twice)}",
            hint="每个城市只给一个文件夹 (name each city's folder once).",
        )
    return tuple(cities)


def read_table(file: Path) -> dict[str, Any]:
    """Read what an evaluation wrote; raises ``ConfigurationError`` where it is not JSON."""
    try:
        table = json.loads(file.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise ConfigurationError(
            f"{file} 读不了 (cannot be read): {error}",
            hint="请给出 auditor eval -o 写出的文件 (name a file that auditor eval -o wrote).",
        ) from error
    if not isinstance(table, dict):
        raise ConfigurationError(
            f"{file} 不是评测结果 (not an evaluation).",
            hint="请给出 auditor eval -o 写出的文件 (name a file that auditor eval -o wrote).",
        )
    return table


def read_beside(asked: Sequence[str]) -> dict[str, dict[str, Any]]:
    """Read the results to show beside, by name: ``NAME=FILE``, or the file's stem as its name."""
    tables = {}
    for one in asked:
        name, _, file = one.rpartition("=")
        tables[name or Path(file).stem] = read_table(Path(file))
    return tables


def _measured(
    city: GoldCity, parts: Parts, choice: Choice, place: tuple[Path, Console]
) -> Measured:
    folder, console = place
    progress = RichProgress(console)
    journal = Journal(folder / f"{city.name}.db")
    before, begun = spent(parts), perf_counter()
    try:
        own = replace(parts, journal=journal, progress=progress)
        as_of = date.fromisoformat(choice.as_of) if choice.as_of else None
        run = run_audit(Request(city.documents, city.name, as_of), own)
    finally:
        progress.close()
        journal.close()
    after, seconds = spent(parts), perf_counter() - begun
    used = {
        name: None if value is None else value - (before[name] or 0)
        for name, value in after.items()
    }
    return Measured(
        compare(city, run.records, run.findings),
        quote_warnings(city, {d.name: d.text for d in run.documents}),
        {**used, "seconds": round(seconds, 1)},
    )


def spent(parts: Parts) -> dict[str, float | None]:
    """What the judge has spent so far, as its ``usage`` says; None where it does not count."""
    usage = getattr(parts.judge, "usage", None)
    return {name: getattr(usage, name, None) for name in SPENT}


def facts_of(parts: Parts, cities: Sequence[str], runs: Sequence[Measured]) -> dict[str, Any]:
    """What stands beside the figures: the judge, in-sample cities, warnings, cost, manifest.

    ``cost`` alone is not the same in every evaluation of the same things.
    """
    fitted = fitted_cities(parts.manifest)
    total = {
        name: None
        if any(run.cost[name] is None for run in runs)
        else round(sum(run.cost[name] or 0 for run in runs), 1)
        for name in (*SPENT, "seconds")
    }
    return {
        "judge": parts.manifest["judge"]["name"],
        "judged": parts.judge is not None,
        "weights": "as_shipped",
        "in_sample": sorted(name for name in cities if name in fitted),
        "warnings": [line for run in runs for line in run.warnings],
        "cost": {
            **total,
            "cities": {run.result.city: dict(run.cost) for run in runs},
        },
        "manifest": dict(parts.manifest),
    }


def fitted_cities(manifest: Mapping[str, Any]) -> frozenset[str]:
    """The cities that any shipped weights were fitted on, as the manifest says of its parts."""
    names: set[str] = set()
    for key, value in manifest.items():
        if key in FITTED_KEYS and isinstance(value, (list, tuple)):
            names.update(map(str, value))
        elif isinstance(value, Mapping):
            names |= fitted_cities(value)
    return frozenset(names)


def _text(table: Mapping[str, Any]) -> str:
    return json.dumps(table, ensure_ascii=False, sort_keys=True, indent=1)


def write_evaluation(
    table: Mapping[str, Any], parts: Parts, output: Path | None, page: Path | None
) -> None:
    """Write the JSON file and the page that were asked for."""
    for file in (output, page):
        if file is not None:
            file.parent.mkdir(parents=True, exist_ok=True)
    if output is not None:
        output.write_text(_text(table) + "\n", encoding="utf-8")
    if page is not None:
        page.write_text(render_evaluation(table, parts.standard), encoding="utf-8")

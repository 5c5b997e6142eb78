"""criteria/ -> ``Standard``: read, validate, hash (scoring rules: auditor/profiles.py).

The printed text stands in ``standard.yaml``, the assessors' annotations in ``features/*.yaml``,
links in ``relations.yaml``, misprints in ``errata.yaml``, scoring rules in ``profiles/*.yaml``.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal
from functools import lru_cache
from importlib.resources.abc import Traversable
from pathlib import Path
from typing import Any

import yaml
from jsonschema import Draft202012Validator

from auditor.core.criteria import (
    Domain,
    Element,
    Feature,
    FeatureType,
    Item,
    Ladder,
    LadderStep,
    LevelName,
    Means,
    Quantity,
    Reach,
    Relations,
    Standard,
    Subdomain,
    Supersession,
    Term,
)
from auditor.core.errors import CriteriaError
from auditor.core.resources import data_folder

DEFAULT_STANDARD = "ctmm-2026-draft"
TREE_FILE = "standard.yaml"
HASHED_FILES = (TREE_FILE, "relations.yaml", "errata.yaml")


@dataclass(frozen=True, slots=True)
class Edition:
    """An edition of the standard, and the folder with its rules and limits."""

    standard: Standard
    folder: Traversable


def parse_yaml(text: str, name: str) -> Any:
    """Parse YAML text; raise ``CriteriaError`` with the line where it is not YAML."""
    try:
        return yaml.load(text, Loader=yaml.CSafeLoader)
    except yaml.MarkedYAMLError as error:
        line = error.problem_mark.line + 1 if error.problem_mark else None
        raise CriteriaError(name, f"not valid YAML: {error.problem}", line=line) from error


def line_of(text: str, path: list[str | int]) -> int | None:
    """Find the 1-based line of the node at ``path`` in YAML ``text``."""
    node = yaml.compose(text, Loader=yaml.CSafeLoader)
    line: int | None = None
    for step in path:
        if isinstance(node, yaml.MappingNode):
            pairs = [(k, v) for k, v in node.value if k.value == str(step)]
            if not pairs:
                break
            line, node = pairs[0][0].start_mark.line + 1, pairs[0][1]
        elif isinstance(node, yaml.SequenceNode) and isinstance(step, int):
            node = node.value[step]
            line = node.start_mark.line + 1
    return line


@lru_cache(maxsize=8)
def schema_validator(schema: str) -> Draft202012Validator:
    """Load a JSON Schema of criteria/schema by name (``features``, ``relations``, ``profile``)."""
    file = data_folder("criteria") / "schema" / f"{schema}.schema.json"
    return Draft202012Validator(json.loads(file.read_text(encoding="utf-8")))


def read_validated(file: Traversable, schema: str) -> Any:
    """Read a YAML file and hold it against a schema; a violation is raised with its line."""
    text = file.read_text(encoding="utf-8")
    data = parse_yaml(text, file.name)
    errors = sorted(
        schema_validator(schema).iter_errors(data), key=lambda e: list(map(str, e.path))
    )
    if errors:
        first = errors[0]
        path = list(first.path)
        where = "/".join(str(step) for step in path)
        raise CriteriaError(
            file.name,
            f"{where}: {first.message}",
            line=line_of(text, path),
            hint=f"Correct it as criteria/schema/{schema}.schema.json asks.",
        )
    return data


def load_standard(name: str = DEFAULT_STANDARD) -> Standard:
    """Load the standard ``name`` from criteria/ (cached: the value is frozen)."""
    return _load(name)


@lru_cache(maxsize=4)
def _load(name: str) -> Standard:
    return load_standard_folder(shipped_folder(name))


def shipped_folder(name: str = DEFAULT_STANDARD) -> Traversable:
    """The folder of an edition that ships; raises ``CriteriaError`` where none has this name."""
    folder = data_folder("criteria") / name
    if name not in standards():
        raise CriteriaError(
            name,
            "no such edition of the standard",
            hint=f"Name a folder that holds {TREE_FILE}, or one that ships: "
            f"{', '.join(standards())}.",
        )
    return folder


def load_edition(name: str = DEFAULT_STANDARD) -> Edition:
    """An edition by the name that it ships under, or by the path of a folder of that form."""
    folder = Path(name)
    if (folder / TREE_FILE).is_file():
        return Edition(load_standard_folder(folder), folder)
    return Edition(load_standard(name), shipped_folder(name))


def standards() -> tuple[str, ...]:
    """List the editions of the standard that criteria/ holds."""
    folder = data_folder("criteria")
    return tuple(sorted(f.name for f in folder.iterdir() if (f / TREE_FILE).is_file()))


def load_standard_folder(folder: Traversable) -> Standard:
    """Build the ``Standard`` from one folder of criteria/; raises ``CriteriaError``."""
    _edition_files(folder)
    tree = _read_yaml(folder, TREE_FILE)
    errata = _read_yaml(folder, "errata.yaml") or {}
    notes = dict(_annotations(folder))
    try:
        return _standard(folder, tree, notes, errata)
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        raise CriteriaError(
            str(folder / TREE_FILE),
            f"not of the form of a standard ({type(error).__name__}: {error})",
            hint=f"Give it the form of criteria/{DEFAULT_STANDARD}/{TREE_FILE}.",
        ) from error


def _standard(
    folder: Traversable, tree: Any, notes: dict[str, Any], errata: dict[str, Any]
) -> Standard:
    domains = tuple(_domain(d, notes, errata) for d in tree["domains"])
    listed = [f for d in domains for s in d.subdomains for i in s.items for f in i.features]
    features = {f.id: f for f in listed}
    _reject_twice(listed)
    _reject_strangers("features/", notes, features)
    _reject_strangers("errata.yaml", errata, features)
    return Standard(
        id=tree["id"],
        title=tree["title"],
        domains=domains,
        levels=tuple(LevelName(**row) for row in tree["levels"]),
        terms=tuple(
            Term(row["clause"], row["name"], row["english"], row["definition"])
            for row in tree["terms"]
        ),
        relations=_relations(folder, features),
        digest=digest_of_edition(folder),
    )


def _read_yaml(folder: Traversable, name: str) -> Any:
    return parse_yaml((folder / name).read_text(encoding="utf-8"), name)


def _edition_files(folder: Traversable) -> list[Traversable]:
    """Every file of an edition that a run depends on; raises ``CriteriaError`` where one lacks."""
    files = [folder / name for name in HASHED_FILES]
    for file in (*files, folder / "features"):
        if not (file.is_file() or file.is_dir()):
            raise CriteriaError(
                str(file), "missing", hint=f"An edition has {', '.join(HASHED_FILES)}, features/."
            )
    return files + _feature_files(folder)


def _reject_twice(features: list[Feature]) -> None:
    seen: set[str] = set()
    for feature in features:
        if feature.id in seen:
            raise CriteriaError(
                TREE_FILE, f"{feature.id} stands there twice", hint="Give every feature its own id."
            )
        seen.add(feature.id)


def _annotations(folder: Traversable) -> Iterator[tuple[str, dict[str, Any]]]:
    for file in _feature_files(folder):
        yield from read_validated(file, "features").items()


def _feature_files(folder: Traversable) -> list[Traversable]:
    files = [f for f in (folder / "features").iterdir() if f.name.endswith(".yaml")]
    return sorted(files, key=lambda f: f.name)


def _reject_strangers(file: str, ids: Mapping[str, Any], known: Mapping[str, Feature]) -> None:
    strangers = sorted(set(ids) - set(known))
    if strangers:
        raise CriteriaError(
            file, f"unknown feature {strangers[0]}", hint="Use an id that stands in standard.yaml."
        )


def _domain(row: dict[str, Any], notes: dict[str, Any], errata: dict[str, Any]) -> Domain:
    subdomains = []
    for sub in row["subdomains"]:
        items = tuple(_item(item, (row, sub), notes, errata) for item in sub["items"])
        subdomains.append(Subdomain(sub["id"], sub["name"], sub["table"], items))
    return Domain(row["id"], row["name"], tuple(subdomains))


def _item(
    row: dict[str, Any],
    above: tuple[dict[str, Any], dict[str, Any]],
    notes: dict[str, Any],
    errata: dict[str, Any],
) -> Item:
    features = []
    for entry in row["features"]:
        feature_id = entry["id"]
        if feature_id not in notes:
            raise CriteriaError("features/", f"{feature_id} has no annotation")
        level, letter = feature_id.split("-")[1:]
        features.append(
            Feature(
                id=feature_id,
                text=entry["text"],
                domain=above[0]["name"],
                subdomain=above[1]["name"],
                item=row["name"],
                level=int(level[1:]),
                letter=letter,
                table=above[1]["table"],
                errata=tuple(f"{e['printed']}：{e['note']}" for e in errata.get(feature_id, ())),
                **_annotation(feature_id, entry["text"], notes[feature_id]),
            )
        )
    return Item(row["id"], row["name"], tuple(features))


def _annotation(feature_id: str, text: str, note: dict[str, Any]) -> dict[str, Any]:
    for printed in [q["printed"] for q in note["quantities"]] + [note["immature"] or ""]:
        if printed not in text:
            raise CriteriaError(
                "features/", f"{feature_id}: “{printed}” is not in the printed text"
            )
    elements = tuple(
        Element(f"e{n}", e["text"], FeatureType(e["type"]), e["minor"], tuple(e["terms"]))
        for n, e in enumerate(note["elements"], start=1)
    )
    return {
        "types": tuple(FeatureType(t) for t in note["types"]),
        "shown_by": tuple(Means(m) for m in note["shown_by"]),
        "reach": Reach(note["reach"]),
        "immature": note["immature"],
        "elements": elements,
        "examples": tuple(note["examples"]),
        "quantities": tuple(_quantity(q) for q in note["quantities"]),
        "core": tuple(note["core"]),
        "phrases": tuple(note["phrases"]),
        "note": note["note"],
    }


def _quantity(row: dict[str, Any]) -> Quantity:
    return Quantity(
        measure=row["measure"],
        printed=row["printed"],
        comparator=row["comparator"],
        value=Decimal(row["value"]) if row["value"] is not None else None,
        unit=row["unit"] or "",
        denominator=row["denominator"],
        classes=tuple(row["classes"]),
        terms=tuple(row["terms"]),
    )


def _relations(folder: Traversable, features: Mapping[str, Feature]) -> Relations:
    file = folder / "relations.yaml"
    data = read_validated(file, "relations")
    for row in data["supersessions"]:
        named = [row["feature"], *row["by"], *row["demand_shown_by"]]
        _reject_strangers(file.name, dict.fromkeys(named), features)
        known = {e.id for e in features[row["feature"]].elements}
        if missing := set(row["demand"]) - known:
            raise CriteriaError(file.name, f"{row['feature']} has no element {min(missing)}")
    for ladder in data["ladders"]:
        _reject_strangers(file.name, {s["feature"]: 1 for s in ladder["steps"]}, features)
    return Relations(
        tuple(_supersession(row) for row in data["supersessions"]),
        tuple(_ladder(row) for row in data["ladders"]),
    )


def _supersession(row: dict[str, Any]) -> Supersession:
    return Supersession(
        row["feature"],
        row["kind"],
        tuple(row["by"]),
        tuple(row["demand"]),
        tuple(row["demand_shown_by"]),
        row["reason"],
    )


def _ladder(row: dict[str, Any]) -> Ladder:
    steps = tuple(
        LadderStep(s["feature"], Decimal(s["value"]), s["comparator"]) for s in row["steps"]
    )
    return Ladder(row["id"], row["measure"], row["unit"], steps, row["reason"])


def digest_of_edition(folder: Traversable) -> str:
    """``sha256:…`` over every file of an edition that a run depends on (rules and limits apart)."""
    whole = hashlib.sha256()
    for file in _edition_files(folder):
        whole.update(file.name.encode() + b"\0" + file.read_bytes() + b"\0")
    return f"sha256:{whole.hexdigest()}"

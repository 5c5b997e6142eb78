"""Profiles (计分规则) from files: those of a standard by name, a user's own by path."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping
from decimal import Decimal
from importlib.resources.abc import Traversable
from itertools import pairwise
from pathlib import Path
from typing import Any

from auditor.core.criteria import FeatureType, Standard
from auditor.core.errors import CriteriaError
from auditor.core.findings import Verdict
from auditor.core.scores import (
    Combine,
    Floors,
    MustHave,
    Profile,
    Proof,
    Threshold,
    Treatment,
    Veto,
)
from auditor.standard import Edition, load_standard, read_validated, shipped_folder

DEFAULT_PROFILE = "ctmm"
SUFFIXES = (".yaml", ".yml")


def rules_folder(edition: Edition | None) -> Traversable:
    """Where the scoring rules of an edition stand; those that ship where it brings none."""
    own = edition.folder / "profiles" if edition else None
    return own if own is not None and own.is_dir() else shipped_folder() / "profiles"


def profiles(edition: Edition | None = None) -> tuple[str, ...]:
    """List the scoring rules of an edition (None: the one that ships), the default one first."""
    folder = rules_folder(edition)
    names = (f.name.removesuffix(".yaml") for f in folder.iterdir() if f.name.endswith(".yaml"))
    return tuple(sorted(names, key=lambda name: (name != DEFAULT_PROFILE, name)))


def profile_file(name: str, edition: Edition | None = None) -> Traversable:
    """The file of a scoring rule: a known name, or the path of one's own file."""
    if name.endswith(SUFFIXES):
        own = Path(name)
        if not own.is_file():
            raise CriteriaError(name, "no such file", hint="Give the path of a profile file.")
        return own
    file = rules_folder(edition) / f"{name}.yaml"
    if not file.is_file():
        known = ", ".join(profiles(edition))
        raise CriteriaError(
            f"{name}.yaml",
            "no such profile",
            hint=f"Known profiles: {known}; or the path of your own .yaml.",
        )
    return file


def load_profile(name: str = DEFAULT_PROFILE, edition: Edition | None = None) -> Profile:
    """Load a scoring rule by name or path; raises ``CriteriaError`` where unknown or broken."""
    standard = edition.standard if edition else load_standard()
    return parse_profile(profile_file(name, edition), standard)


def all_profiles(edition: Edition | None = None) -> tuple[Profile, ...]:
    """Every scoring rule that belongs to an edition, the default one first."""
    return tuple(load_profile(name, edition) for name in profiles(edition))


def parse_profile(file: Traversable, standard: Standard) -> Profile:
    """Read one profile file: validated by its schema, every id known to the standard."""
    row = read_validated(file, "profile")
    _reject_strangers(file.name, row, standard)
    _reject_disorder(file.name, row)
    floors, unresolved = row.get("floors", {}), row.get("unresolved", {})
    return Profile(
        id=row["id"],
        version=row["version"],
        title=row["title"],
        note=row["note"],
        values={Verdict(k): Decimal(v) for k, v in row["values"].items()},
        own=_threshold(row["own"]),
        lower=_threshold(row["lower"]),
        weights={k: Decimal(v) for k, v in row.get("weights", {}).items()},
        floors=Floors(floors.get("domain_gap"), tuple(floors.get("not_below", ()))),
        combine=Combine(row.get("combine", "mean")),
        passed_as_one=row.get("passed_as_one", False),
        must_have=tuple(_must_have(m) for m in row.get("must_have", ())),
        vetoes=tuple(_veto(v) for v in row.get("vetoes", ())),
        relations=row.get("relations", True),
        failures=Treatment(unresolved.get("failure", "zero")),
        silent=Treatment(unresolved.get("no_evidence", "zero")),
        proof=_proof(row.get("proof")),
        count_once=row.get("count_once", False),
        digest=f"sha256:{hashlib.sha256(file.read_bytes()).hexdigest()}",
    )


def _threshold(row: Mapping[str, str]) -> Threshold:
    strict = "above" in row
    return Threshold(Decimal(row["above"] if strict else row["at_least"]), strict)


def _must_have(row: Mapping[str, str]) -> MustHave:
    return MustHave(row["feature"], Verdict(row.get("least", "mostly_met")))


def _veto(row: Mapping[str, Any]) -> Veto:
    verdicts = tuple(Verdict(v) for v in row.get("verdicts", ("not_met",)))
    return Veto(row["feature"], verdicts, row["level"])


def _proof(row: Mapping[str, Any] | None) -> Proof | None:
    if row is None:
        return None
    types = tuple(FeatureType(t) for t in row.get("types", ()))
    return Proof(types, tuple(row.get("features", ())), Verdict(row["most"]))


def _reject_strangers(name: str, row: Mapping[str, Any], standard: Standard) -> None:
    known = set(standard.by_id) | set(_nodes(standard))
    for part, ids in _named(row):
        if strangers := sorted(set(ids) - known):
            raise CriteriaError(
                name,
                f"{part}: {strangers[0]} is not in {standard.id}",
                hint="Name a feature, item, sub-domain or domain of the standard.",
            )


def _nodes(standard: Standard) -> Iterator[str]:
    for domain in standard.domains:
        yield domain.id
        for subdomain in domain.subdomains:
            yield subdomain.id
            yield from (item.id for item in subdomain.items)


def _named(row: Mapping[str, Any]) -> Iterator[tuple[str, list[str]]]:
    yield "weights", list(row.get("weights", {}))
    yield "floors", list(row.get("floors", {}).get("not_below", ()))
    yield "must_have", [m["feature"] for m in row.get("must_have", ())]
    yield "vetoes", [v["feature"] for v in row.get("vetoes", ())]
    yield "proof", list((row.get("proof") or {}).get("features", ()))


def _reject_disorder(name: str, row: Mapping[str, Any]) -> None:
    """A better verdict may not be worth less than a worse one."""
    rising = ("no_evidence", "planned", "partly_met", "mostly_met", "met")
    for kind in (rising, ("not_met", *rising[1:])):
        for worse, better in pairwise(kind):
            if Decimal(row["values"][worse]) > Decimal(row["values"][better]):
                raise CriteriaError(
                    name,
                    f"values: {worse} is worth more than {better}",
                    hint="Values may not fall from no_evidence to met.",
                )

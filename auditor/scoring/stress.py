"""How far a score hangs on its rule, its thresholds and single verdicts."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal

from auditor.core.criteria import Standard
from auditor.core.errors import UnprovedFlipsError
from auditor.core.findings import Finding, Verdict
from auditor.core.scores import Profile, Threshold
from auditor.core.stress import Flips, Ruled, Stress
from auditor.scoring.counting import Verdicts, counted_of
from auditor.scoring.draws import Chances, draw_levels
from auditor.scoring.flips import drop, lift
from auditor.scoring.order import order_of
from auditor.scoring.scorer import as_decimal, deciding_in, rate
from auditor.scoring.tree import Branch, tree_of

TOP = 5
THRESHOLDS = tuple(Decimal(n) / 100 for n in range(60, 101, 5))
DRAWS = 10_000


@dataclass(frozen=True, slots=True)
class Dice:
    """How often and from which seed is drawn; chances that are assumed by direct verdict."""

    draws: int = DRAWS
    seed: int = 1
    assumed: Mapping[Verdict, Chances] | None = None


def stress(
    findings: Sequence[Finding],
    standard: Standard,
    profile: Profile,
    others: Sequence[Profile],
    dice: Dice | None,
) -> Stress:
    """Every rule, every threshold, every node's smallest flips, and the draws (None: none).

    Raises:
        ConfigurationError: draws are asked for, and a finding has no chances.
    """
    counted = counted_of(findings, standard, profile)
    tree = tree_of(standard, counted.potential.keys())
    shown = rate(tree, counted.shown, profile)
    every = (profile, *(p for p in others if p.digest != profile.digest))
    drawn = None
    if dice is not None:
        drawn = draw_levels(findings, standard, profile, dice.draws, dice.seed, dice.assumed)
    return Stress(
        profile=profile.id,
        profiles=tuple(ruled(findings, standard, p) for p in every),
        thresholds={
            share: rate(tree, counted.shown, at_threshold(profile, share)).levels.by_id
            for share in THRESHOLDS
        },
        flips=tuple(f for node in tree.walk() for f in flips_of(node, counted.shown, profile)),
        city_flips={p.id: city_flips(findings, standard, p) for p in every},
        order=order_of(tree, shown.coverage, profile),
        drawn=drawn,
        deciding=tuple(
            sorted(
                key
                for node in tree.walk()
                if node.kind == "item"
                for key in deciding_in(node, counted.shown, profile)
            )
        ),
    )


def at_threshold(profile: Profile, share: Decimal) -> Profile:
    """The same rule with one threshold for a level and those below it."""
    return replace(profile, own=Threshold(share), lower=Threshold(share))


def ruled(findings: Sequence[Finding], standard: Standard, profile: Profile) -> Ruled:
    """Coverage and levels of every node under a rule."""
    counted = counted_of(findings, standard, profile)
    tree = tree_of(standard, counted.potential.keys())
    rated = rate(tree, counted.shown, profile)
    coverage = {
        key: tuple(None if s is None else as_decimal(s) for s in shares)
        for key, shares in rated.coverage.items()
    }
    return Ruled(profile.id, profile.title, rated.levels.by_id, coverage)


def city_flips(
    findings: Sequence[Finding], standard: Standard, profile: Profile
) -> tuple[Flips, ...]:
    """The city's smallest flips under a rule."""
    counted = counted_of(findings, standard, profile)
    tree = tree_of(standard, counted.potential.keys())
    return tuple(flips_of(tree, counted.shown, profile))


def flips_of(node: Branch, verdicts: Verdicts, profile: Profile) -> Iterator[Flips]:
    """The fewest changes to the next level and below the present one, where they can be told."""
    level = rate(node, verdicts, profile).level(node.id)
    for change, asked in ((lift, level + 1), (drop, level)):
        if 0 < asked <= TOP:
            try:
                found = change(node, verdicts, profile, asked)
            except UnprovedFlipsError:
                continue
            if found is not None:
                yield found

"""Random cities, small standards, and a second scorer written without looking at the first."""

from __future__ import annotations

import math
import random
from collections.abc import Mapping
from decimal import Decimal

from auditor.core.criteria import Domain, Feature, FeatureType, Item, Relations, Standard, Subdomain
from auditor.core.findings import VERDICTS, Failure, Finding, Judgement, Verdict
from auditor.core.scores import Combine, Profile, Treatment
from auditor.standard import load_standard

STANDARD = load_standard()
MOODS = ((1, 1, 1, 1, 1, 1), (6, 1, 3, 2, 1, 2), (1, 0, 1, 2, 4, 20), (0, 0, 0, 1, 4, 60))


def finding(feature_id: str, verdict: Verdict | None) -> Finding:
    """A finding with a verdict, None for a failure."""
    if verdict is None:
        return Finding(Failure(feature_id, "test", "EndpointError", "gone"), None, None)
    chances = {verdict: 1.0}
    judgement = Judgement(feature_id, verdict, (), "", "test", probabilities=chances)
    return Finding(judgement, verdict, verdict)


def random_verdicts(rng: random.Random, standard: Standard) -> dict[str, Verdict]:
    """Verdicts of a city that is weak or strong as a whole, so that borders are met often."""
    mood = rng.choice(MOODS)
    return {f.id: rng.choices(VERDICTS, mood)[0] for f in standard.features}


def small_standard(rng: random.Random) -> Standard:
    """A standard of a dozen features in the shape of the real one, with one 8.2.4."""
    number = iter(range(1, 99))

    def item(key: str) -> Item:
        features = []
        for level in sorted(rng.choices((1, 1, 2, 2, 3), k=rng.randint(1, 3))):
            letter = f"{next(number):02d}"
            features.append(
                Feature(
                    id=f"{key}-L{level}-{letter}",
                    text="",
                    domain="",
                    subdomain="",
                    item="",
                    level=level,
                    letter=letter,
                    table=1,
                    types=(FeatureType.MECHANISM,),
                )
            )
        return Item(key, key, tuple(features))

    one = Subdomain("8.1.1", "a", 1, (item("8.1.1.1"), item("8.1.1.2")))
    two = Subdomain("8.2.4", "b", 2, (item("8.2.4.1"),))
    three = Subdomain("8.2.1", "c", 3, (item("8.2.1.1"),))
    domains = (Domain("8.1", "A", (one,)), Domain("8.2", "B", (three, two)))
    return Standard("small", "", domains, STANDARD.levels, (), Relations(), "")


SCALE = 1000
"""Values, weights and thresholds have at most three decimals: they are counted in thousandths."""
Share = tuple[int, int]
"""A share as numerator and denominator, not cancelled."""
Shares = list[Share | None]
NONE, WHOLE = (0, 1), (1, 1)
OWN, LOWER = 0, 1


def naive_levels(
    verdicts: Mapping[str, Verdict | None], standard: Standard, profile: Profile
) -> dict[str, int]:
    """Levels of all nodes, the plain way: nested lists of whole numbers, rule by rule."""
    plain = _Plain(verdicts, profile)
    domains = []
    for domain in standard.domains:
        inner = [
            (s.id, plain.node(s.id, [plain.item(i) for i in s.items])) for s in domain.subdomains
        ]
        domains.append((domain.id, plain.node(domain.id, inner)))
    plain.node("city", domains)
    _hold_down(plain.levels, verdicts, standard, profile)
    return plain.levels


def thousandths(value: Decimal) -> int:
    """A decimal as a whole number of thousandths."""
    whole = int(value * SCALE)
    assert whole == value * SCALE
    return whole


class _Plain:
    def __init__(self, verdicts: Mapping[str, Verdict | None], profile: Profile) -> None:
        self.levels: dict[str, int] = {}
        self.verdicts, self.profile = verdicts, profile
        self.values = {v: (thousandths(worth), SCALE) for v, worth in profile.values.items()}
        self.weights = {key: thousandths(weight) for key, weight in profile.weights.items()}
        self.asked = [(thousandths(t.share), SCALE, t.strict) for t in (profile.own, profile.lower)]

    def worth(self, key: str) -> Share | None:
        verdict = self.verdicts[key]
        if verdict is None:
            return None if self.profile.failures is Treatment.LEFT_OUT else NONE
        if verdict is Verdict.NO_EVIDENCE and self.profile.silent is Treatment.LEFT_OUT:
            return None
        return self.values[verdict]

    def mean(self, pairs: list[tuple[str, Share | None]], least: bool) -> Share | None:
        there = []
        for key, share in pairs:
            weight = self.weights.get(key, SCALE)
            if share is not None and weight > 0:
                there.append((weight, *share))
        if not there:
            return None
        common = math.lcm(*(below for _, _, below in there))
        scaled = [(weight, above * (common // below)) for weight, above, below in there]
        if least:
            return min(above for _, above in scaled), common
        return sum(w * above for w, above in scaled), common * sum(w for w, _ in scaled)

    def enough(self, share: Share, which: int) -> bool:
        asked, of, strict = self.asked[which]
        missing = asked * share[1] - share[0] * of
        return missing < 0 or (missing == 0 and not strict)

    def node(self, key: str, children: list[tuple[str, Shares]]) -> Shares:
        least = self.profile.combine is Combine.MINIMUM
        rows = [self.mean([(c, row[n]) for c, row in children], least) for n in range(5)]
        return self.settle(key, rows)

    def item(self, item: Item) -> tuple[str, Shares]:
        at: list[list[tuple[str, Share | None]]] = [[], [], [], [], []]
        for feature in item.features:
            at[feature.level - 1].append((feature.id, self.worth(feature.id)))
        return item.id, self.settle(item.id, [self.mean(pairs, False) for pairs in at])

    def settle(self, key: str, shares: Shares) -> Shares:
        reached = 0
        for level in (1, 2, 3, 4, 5):
            share = shares[level - 1]
            under = [s for s in shares[: level - 1] if s is not None]
            if share is None or not all(self.enough(s, LOWER) for s in under):
                continue
            if self.enough(share, OWN):
                reached = level
        self.levels[key] = reached
        return self.passed_on(shares) if self.profile.passed_as_one else shares

    def passed_on(self, shares: Shares) -> Shares:
        given: Shares = []
        stopped = False
        for share in shares:
            if share is None or stopped:
                given.append(None if share is None else NONE)
            elif self.enough(share, OWN):
                given.append(WHOLE)
            else:
                given.append(share)
                stopped = True
        return given


def _hold_down(
    levels: dict[str, int],
    verdicts: Mapping[str, Verdict | None],
    standard: Standard,
    profile: Profile,
) -> None:
    for must in profile.must_have:
        verdict = verdicts[must.feature_id] or Verdict.NO_EVIDENCE
        if verdict.rank < must.least.rank:
            level = standard.by_id[must.feature_id].level
            item = must.feature_id.partition("-")[0]
            parts = item.split(".")
            for key in ("city", ".".join(parts[:2]), ".".join(parts[:3]), item):
                levels[key] = min(levels[key], level - 1)
    for veto in profile.vetoes:
        if verdicts[veto.feature_id] in veto.verdicts:
            levels["city"] = min(levels["city"], veto.level)
    floors = profile.floors
    limits = [levels[key] for key in floors.not_below if key in levels]
    if floors.domain_gap is not None:
        limits += [levels[d.id] + floors.domain_gap for d in standard.domains]
    levels["city"] = min([levels["city"], *limits])

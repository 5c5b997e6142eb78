"""What a city says of itself: claims, listed evidence, ledgers, and how they compare with ours.

A claim is the city's word on one feature, a listing names where its evidence stands, a ledger
counts things one row each. None of them is a verdict: a person decides.
"""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum

from auditor.core.criteria import Quantity
from auditor.core.findings import Verdict
from auditor.core.spans import Span


class ClaimedVerdict(StrEnum):
    """What a city may claim for a feature; it cannot claim ``no_evidence``."""

    MET = "met"
    MOSTLY_MET = "mostly_met"
    PARTLY_MET = "partly_met"
    PLANNED = "planned"
    NOT_MET = "not_met"
    NOT_APPLICABLE = "not_applicable"

    @property
    def verdict(self) -> Verdict | None:
        """The verdict of the codebook that is claimed; None for ``not_applicable``."""
        return None if self is ClaimedVerdict.NOT_APPLICABLE else Verdict(self.value)

    @property
    def is_green(self) -> bool:
        """met or mostly_met."""
        return self in (ClaimedVerdict.MET, ClaimedVerdict.MOSTLY_MET)


@dataclass(frozen=True, slots=True)
class Place:
    """A row of a submitted table: file, sheet (empty for CSV), row counted from 1."""

    file: str
    sheet: str
    row: int

    def __str__(self) -> str:
        sheet = f"〔{self.sheet}〕" if self.sheet else ""
        return f"{self.file}{sheet}第 {self.row} 行" if self.row else f"{self.file}{sheet}"


@dataclass(frozen=True, slots=True)
class RowProblem:
    """A row that could not be taken as it stands, and the remedy.

    ``code``: ``no_table``, ``bad_id``, ``unknown_feature``, ``bad_verdict``, ``no_verdict``,
    ``no_reason``, ``duplicate``, ``conflict``, ``no_document``, ``bad_pages``, ``shared_pages``,
    ``carried``, ``bad_level`` or ``too_large``. ``lost`` tells whether the row is left out (else
    it is used as the message says). Messages are Chinese text for people.
    """

    place: Place
    code: str
    message: str
    hint: str
    feature_id: str = ""
    department: str = ""
    lost: bool = True

    def __str__(self) -> str:
        return f"{self.place}：{self.message}{self.hint}"


@dataclass(frozen=True, slots=True)
class Claim:
    """The city's word on one feature: verdict, reason, responsible department, where it stands."""

    feature_id: str
    verdict: ClaimedVerdict
    reason: str
    department: str
    place: Place


@dataclass(frozen=True, slots=True)
class PageRange:
    """Physical pages of a document, first and last included, counted from 1."""

    first: int
    last: int

    def __contains__(self, page: int) -> bool:
        return self.first <= page <= self.last

    def __str__(self) -> str:
        return str(self.first) if self.first == self.last else f"{self.first}-{self.last}"


@dataclass(frozen=True, slots=True)
class Listing:
    """One file that the city lists as evidence of a feature; no ``pages``: the whole file."""

    feature_id: str
    document: str
    pages: tuple[PageRange, ...]
    note: str
    department: str
    place: Place

    def covers(self, first: int | None, last: int | None = None) -> bool:
        """Tell whether pages ``first`` to ``last`` touch the listed ones (unknown pages do)."""
        if not self.pages or first is None:
            return True
        final = first if last is None else last
        return any(pages.first <= final and first <= pages.last for pages in self.pages)


@dataclass(frozen=True, slots=True)
class SelfAssessment:
    """A filled 自评表: claims by feature in table order, claimed level, rows with problems.

    ``unfilled`` are the features whose row holds no verdict; ``claimed_level`` is 0 to 5 or None.
    """

    claims: tuple[Claim, ...]
    claimed_level: int | None = None
    problems: tuple[RowProblem, ...] = ()
    unfilled: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class EvidenceList:
    """A filled 证明材料清单: listings in table order, rows with problems."""

    listings: tuple[Listing, ...]
    problems: tuple[RowProblem, ...] = ()


@dataclass(frozen=True, slots=True)
class MatchedListing:
    """A listing and the document of the dossier that it names.

    ``how``: ``exact``, ``path``, ``name``, ``stem``, ``folded`` or ``contained``.
    """

    listing: Listing
    document: str
    how: str


@dataclass(frozen=True, slots=True)
class AmbiguousListing:
    """A listing whose name fits several documents; none is chosen."""

    listing: Listing
    candidates: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class MatchedEvidence:
    """An evidence list held against the names of the dossier's documents."""

    matched: tuple[MatchedListing, ...] = ()
    unmatched: tuple[Listing, ...] = ()
    ambiguous: tuple[AmbiguousListing, ...] = ()

    def of_feature(self, feature_id: str) -> tuple[MatchedListing, ...]:
        """Listings of one feature that name a document of the dossier."""
        return tuple(m for m in self.matched if m.listing.feature_id == feature_id)

    @property
    def listings(self) -> tuple[Listing, ...]:
        """All listings, whether their document was found or not."""
        found = tuple(m.listing for m in self.matched)
        return found + self.unmatched + tuple(a.listing for a in self.ambiguous)


class ClaimOutcome(StrEnum):
    """How a claim stands beside the machine's first judgement (初判).

    ``over``: claimed green, ours is not. ``higher``: claimed more than ours, but within green or
    below it (not counted as over-claimed). ``unjudged``: no judgement to compare with.
    """

    AGREED = "agreed"
    OVER = "over"
    HIGHER = "higher"
    UNDER = "under"
    NOT_APPLICABLE = "not_applicable"
    UNJUDGED = "unjudged"


@dataclass(frozen=True, slots=True)
class ComparedClaim:
    """A claim beside the first judgement; ``verdict`` None where there is no judgement.

    ``listed``: how many listings name its evidence; ``found``: how many of these are among the
    dossier's documents; ``listed_cited``: whether the finding cites a listed page. ``remark`` is
    Chinese text for people.
    """

    claim: Claim
    verdict: Verdict | None
    outcome: ClaimOutcome
    listed: int
    found: int
    listed_cited: bool
    remark: str

    @property
    def lacks_evidence(self) -> bool:
        """Claimed green or in part, and no evidence is listed for it."""
        wants = self.claim.verdict.is_green or self.claim.verdict is ClaimedVerdict.PARTLY_MET
        return wants and self.listed == 0

    @property
    def evidence_does_not_show(self) -> bool:
        """Evidence is listed and here, our verdict is lower, and none of it is cited."""
        lower = self.outcome in (ClaimOutcome.OVER, ClaimOutcome.HIGHER)
        return lower and self.found > 0 and not self.listed_cited


@dataclass(frozen=True, slots=True)
class ClaimTally:
    """Counts of one domain (or of the city: ``id`` empty).

    ``rate`` is over / green, where ``green`` counts the claims of met or mostly_met on features
    with a judgement; None without any. ``over_unseen`` are those over-claims for which the papers
    show nothing at all.
    """

    id: str
    name: str
    features: int
    claimed: int
    green: int
    over: int
    over_unseen: int
    higher: int
    agreed: int
    under: int
    not_applicable: int
    unjudged: int
    rate: Decimal | None


@dataclass(frozen=True, slots=True)
class ClaimReport:
    """The self-assessment beside the first judgement; ``tallies`` begin with the city.

    ``level`` and ``interval`` are ours (None where nothing was scored); ``unclaimed`` are the
    features of the standard without a claim; ``note`` says how to read all of it.
    """

    compared: tuple[ComparedClaim, ...]
    tallies: tuple[ClaimTally, ...]
    unclaimed: tuple[str, ...]
    claimed_level: int | None
    level: int | None
    interval: tuple[int, int] | None
    note: str

    def with_outcome(self, outcome: ClaimOutcome) -> tuple[ComparedClaim, ...]:
        """The compared claims of one outcome, in table order."""
        return tuple(row for row in self.compared if row.outcome is outcome)


class RowStatus(StrEnum):
    """What a ledger's row says of its thing."""

    DONE = "done"
    PENDING = "pending"
    UNCLEAR = "unclear"
    DUPLICATE = "duplicate"
    OTHER_MATTER = "other_matter"


@dataclass(frozen=True, slots=True)
class CountedRow:
    """A row of a ledger as it was counted: its thing, its status, where it stands."""

    name: str
    status: RowStatus
    span: Span
    place: str


@dataclass(frozen=True, slots=True)
class StatedTotal:
    """How many there are in all, and the document and span that state it."""

    value: int
    document: str
    span: Span


@dataclass(frozen=True, slots=True)
class LedgerCount:
    """A ledger counted by program: distinct things, how many are done, the share of a total.

    ``distinct`` = done + pending + unclear; ``duplicates`` and rows on another matter are apart.
    ``share`` is done / total in per cent (two decimals), None without a usable total.
    """

    document: str
    header: tuple[str, ...]
    key_column: str
    distinct: int
    done: int
    pending: int
    unclear: int
    duplicates: int
    total: StatedTotal | None
    share: Decimal | None
    rows: tuple[CountedRow, ...]
    notes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class LedgerEvidence:
    """A ledger held against a quantity of a feature, compared in code.

    ``value`` in the quantity's unit (a count, or per cent); None where the share is unknown, then
    ``satisfied`` is None as well.
    """

    feature_id: str
    quantity: Quantity
    count: LedgerCount
    value: Decimal | None
    satisfied: bool | None

"""What a user chooses for an audit, as plain values, and what follows from it without any model."""

from __future__ import annotations

import os
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from auditor.core.disclosure import Disclosure
from auditor.editions import chosen_edition
from auditor.metering import Metering
from auditor.pipeline import Request
from auditor.standard import DEFAULT_STANDARD, Edition
from auditor.voices import Hosting


@dataclass(frozen=True, slots=True)
class Choice:
    """What the user chose for a run; it is kept in request.json for ``auditor resume``.

    ``base_url``: several addresses of one model stand with spaces between them.
    """

    dossier: str
    city: str
    judge: str = "auto"
    base_url: str | None = None
    embedder: str | None = None
    profile: str = "ctmm"
    as_of: str | None = None
    only: str | None = None
    per_feature: bool = False
    public: bool = False
    opened_by: str = ""
    corrections: str | None = None
    limits: str | None = None
    samples: int = 1
    second: str | None = None
    second_look: bool = False
    reply_form: str = "auto"
    concurrency: int = 8
    requests_per_second: float | None = None
    criteria: str | None = None
    requests_per_minute: int | None = None
    tokens_per_minute: int | None = None
    in_flight: int | None = None
    budget: str | None = None
    prices: str | None = None

    def hosting(self, model: str) -> Hosting:
        """How a large model is asked, ``model`` being its resolved name."""
        return Hosting(
            model,
            self.base_url or os.environ.get("AUDITOR_BASE_URL"),
            self.per_feature,
            self.samples,
            self.second,
            self.second_look,
            self.reply_form,
            self.concurrency,
            self.requests_per_second,
        )

    def metering(self) -> Metering:
        """What calls to endpoints may take."""
        return Metering(
            self.requests_per_second,
            self.requests_per_minute,
            self.tokens_per_minute,
            self.in_flight,
            self.budget,
            self.prices,
        )

    def edition(self) -> Edition:
        """The edition of the standard: never the environment's, which may change by a resume."""
        return chosen_edition(self.criteria or DEFAULT_STANDARD)

    def disclosure(self) -> Disclosure:
        """Whether the dossier may be sent to an endpoint that is not on this machine."""
        today = date.today().isoformat() if self.opened_by else ""
        return Disclosure(self.public, self.opened_by, today)

    def request(self) -> Request:
        """The pipeline's request."""
        as_of = date.fromisoformat(self.as_of) if self.as_of else None
        file = Path(self.corrections) if self.corrections else None
        return Request(Path(self.dossier), self.city, as_of, self.only, file)

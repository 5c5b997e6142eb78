"""Fixtures of the readers' tests."""

from tests.unit.ingest.isolation_samples import deeds, pool
from tests.unit.ingest.ofd_samples import pictures
from tests.unit.ingest.taking_samples import reads

__all__ = ["deeds", "pictures", "pool", "reads"]

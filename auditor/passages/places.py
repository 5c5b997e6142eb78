"""Names of cities and provinces for the scope of sentences; they live in ``core.places``."""

from auditor.core.places import CITIES as CITIES
from auditor.core.places import PROVINCES as PROVINCES

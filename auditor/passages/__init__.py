"""Document -> passages and sentences with section roles and modality (pure functions)."""

from auditor.passages.scope import CityNames
from auditor.passages.tiling import cut_passages

__all__ = ["CityNames", "cut_passages"]

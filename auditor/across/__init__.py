"""Many cities side by side: matrix, places, years, and text that is copied between them."""

from auditor.across.survey import Asked, survey

__all__ = ["Asked", "survey"]

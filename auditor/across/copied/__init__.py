"""Which cited sentences stand elsewhere as well: masked, sketched by MinHash, compared exactly."""

from auditor.across.copied.finding import PaperSentence, find_copied
from auditor.across.copied.masking import Masking

__all__ = ["Masking", "PaperSentence", "find_copied"]

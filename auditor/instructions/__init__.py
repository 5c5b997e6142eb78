"""Find instructions in documents (不当指令): rules over text, no model, nothing is removed."""

from auditor.instructions.detecting import family_in, marks_of
from auditor.instructions.finding import beside_text, in_passages, instructions_of

__all__ = ["beside_text", "family_in", "in_passages", "instructions_of", "marks_of"]

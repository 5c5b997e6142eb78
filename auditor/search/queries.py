"""What is asked for a feature: its text, its elements, and phrases in the words of city papers."""

from __future__ import annotations

from auditor.core.criteria import Feature


def queries_of(feature: Feature) -> tuple[str, ...]:
    """List a feature's retrieval queries, the printed text first, without repeats."""
    elements = [e.text for e in feature.elements] if len(feature.elements) > 1 else []
    return tuple(dict.fromkeys([feature.text, *feature.phrases, *elements]))


def lexical_query(feature: Feature) -> str:
    """The words that the lexical index is asked for: text, phrases, core nouns and terms."""
    terms = [term for element in feature.elements for term in element.terms]
    return "\n".join([feature.text, *feature.phrases, *feature.core, *terms])

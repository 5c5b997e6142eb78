"""A sentence as it is compared: places, numbers and dates masked, punctuation and width folded.

What a city puts into a sentence that others wrote is its own name and its own figures; without
them the copy is a copy. The masks are capital letters, which no folded text holds.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass

from auditor.core.places import CITIES, CITY_NAMES, PROVINCE_NAMES, PROVINCES

PLACE, NUMBER = "P", "N"
LEAST = 12
"""Characters beside masks that a sentence needs: shorter ones are common phrases, not copies."""
_NUMBER = re.compile(
    r"(?:\d+(?:[.,:/~—-]\d+)*|[〇零一二三四五六七八九十百千万亿两]{2,})(?:[百千万亿]*|%)"
)
_FIGURE = re.compile(r"\d+(?:\.\d+)?")
_NOT_LETTERS = re.compile(r"[\W_]+")
_MASKS = re.compile(rf"{PLACE}{{2,}}|{NUMBER}{{2,}}")
_ENDING = re.compile(r"(?:市|地区|盟|州|自治州|新区|省|自治区)$")
_OWN = r"(?:我|本|全)(?:市|省|区|县|州|盟)"


@dataclass(frozen=True, slots=True)
class Masked:
    """The masked text, and the figures that the mask took out (dates apart)."""

    text: str
    figures: tuple[str, ...]

    @property
    def long_enough(self) -> bool:
        """Whether enough of it is left to tell a copy from a common phrase."""
        hidden = self.text.count(PLACE) + self.text.count(NUMBER)
        return len(self.text) - hidden >= LEAST


class Masking:
    """Masks sentences; knows China's cities and provinces, and the ``cities`` of the analysis."""

    def __init__(self, cities: Iterable[str] = ()) -> None:
        given = set(cities)
        names = set(CITIES) | set(PROVINCES) | set(CITY_NAMES) | set(PROVINCE_NAMES) | given
        names |= {root for name in given if len(root := _ENDING.sub("", name)) > 1}
        self._place = re.compile(rf"(?:{_either(names)})(?:市|省)?|{_OWN}")

    def __call__(self, sentence: str) -> Masked:
        """Mask a sentence."""
        text = unicodedata.normalize("NFKC", sentence).lower()
        figures = tuple(_FIGURE.findall(text))
        text = self._place.sub(PLACE, text)
        text = _NUMBER.sub(NUMBER, text)
        text = _NOT_LETTERS.sub("", text)
        return Masked(_MASKS.sub(lambda found: found.group()[0], text), figures)


def _either(names: Iterable[str]) -> str:
    """A pattern of any of these names, the longest first.

    Grouped by first character behind a look at that character: many times as fast as a plain list.
    """
    groups: dict[str, list[str]] = {}
    for name in sorted(names, key=lambda name: (-len(name), name)):
        groups.setdefault(name[0], []).append(re.escape(name[1:]))
    firsts = "".join(map(re.escape, sorted(groups)))
    branches = (f"{re.escape(first)}(?:{'|'.join(groups[first])})" for first in sorted(groups))
    return f"(?=[{firsts}])(?:{'|'.join(branches)})"

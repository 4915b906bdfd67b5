"""What every code means, whose fault it is and what to do about it, in English and in German.

A code without an entry fails a test, so nobody meets a word that nothing explains. The texts are for people at the
operator's desk: what happened, whose matter it is, what to do next.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

from meter_sign.catalogue import (
    de,
    de_containers,
    de_edifact,
    de_history,
    en,
    en_containers,
    en_edifact,
    en_history,
)
from meter_sign.catalogue.parties import RESPONSIBLE

if TYPE_CHECKING:
    from meter_sign.codes import Code

__all__ = ["Explanation", "Language", "explain"]


class Language(StrEnum):
    """The languages of the catalogue, by ISO 639-1."""

    ENGLISH = "en"
    GERMAN = "de"


@dataclass(frozen=True, slots=True, kw_only=True)
class Explanation:
    """One code in words."""

    #: What happened.
    what: str
    #: Whose matter it is: the charge point, the key registry, the operator's system, ...
    whose_fault: str
    #: What to do about it.
    remedy: str


_TEXTS = {
    Language.ENGLISH: en.TEXTS | en_containers.TEXTS | en_edifact.TEXTS | en_history.TEXTS,
    Language.GERMAN: de.TEXTS | de_containers.TEXTS | de_edifact.TEXTS | de_history.TEXTS,
}
_PARTIES = {Language.ENGLISH: en.PARTIES, Language.GERMAN: de.PARTIES}


def explain(code: Code, language: Language | str = Language.ENGLISH) -> Explanation:
    """Put a code into words.

    Args:
        code: any member of `Code`.
        language: `en` or `de`.

    Returns:
        What happened, whose matter it is, what to do.

    Raises:
        ValueError: another language, a programming mistake.
    """
    chosen = Language(language)
    what, remedy = _TEXTS[chosen][code]
    return Explanation(what=what, whose_fault=_PARTIES[chosen][RESPONSIBLE[code]], remedy=remedy)

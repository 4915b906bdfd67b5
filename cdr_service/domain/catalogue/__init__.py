"""What every code of the gateway means, whose fault it is and what to do about it, in English and in German.

The same shape as the catalogue of `meter_sign`, for the codes of `findings.py`. A code without an entry fails a test.
"""

from __future__ import annotations

from enum import StrEnum
from typing import TYPE_CHECKING

from cdr_service.domain.catalogue import de, en
from cdr_service.domain.catalogue.parties import RESPONSIBLE
from meter_sign import Explanation

if TYPE_CHECKING:
    from cdr_service.domain.findings import GatewayCode

__all__ = ["Language", "explain"]


class Language(StrEnum):
    """The languages of the catalogue, by ISO 639-1."""

    ENGLISH = "en"
    GERMAN = "de"


_TEXTS = {Language.ENGLISH: en.TEXTS, Language.GERMAN: de.TEXTS}
_PARTIES = {Language.ENGLISH: en.PARTIES, Language.GERMAN: de.PARTIES}


def explain(code: GatewayCode, language: Language | str = Language.ENGLISH) -> Explanation:
    """Put a code into words.

    Args:
        code: any member of `GatewayCode`.
        language: `en` or `de`.

    Returns:
        What happened, whose matter it is, what to do.

    Raises:
        ValueError: another language, a programming mistake.
    """
    chosen = Language(language)
    what, remedy = _TEXTS[chosen][code]
    return Explanation(what=what, whose_fault=_PARTIES[chosen][RESPONSIBLE[code]], remedy=remedy)

"""What facts of a value are made of: the words of one language, and a fact with its name, value and meaning."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from meter_sign.catalogue import Language
from meter_sign.cli import explain_de, explain_en
from meter_sign.cli.verdict_json import format_decimal
from meter_sign.quantity import Unit, energy_kwh

if TYPE_CHECKING:
    from collections.abc import Mapping

    from meter_sign.model import Interval, Reading

TABLES: dict[Language, Mapping[str, Mapping[str, str]]] = {
    Language.ENGLISH: explain_en.TABLES,
    Language.GERMAN: explain_de.TABLES,
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Fact:
    """One field of a value."""

    #: Stable: the same in both languages, and in JSON.
    name: str
    #: As the file states it, or a number, a digest or an instant that was computed.
    value: str
    #: What it means, in words.
    meaning: str | None = None
    #: Whether a signature that held covers it.
    proven: bool = True
    #: The reading that it belongs to, from 0; None for the record as a whole.
    reading: int | None = None
    #: The same for an interval of a load profile.
    interval: int | None = None

    @property
    def of_value(self) -> tuple[str, int] | None:
        """What it belongs to: `reading` or `interval`, and its number."""
        if self.interval is not None:
            return "interval", self.interval
        return None if self.reading is None else ("reading", self.reading)


@dataclass(frozen=True, slots=True)
class Words:
    """The tables of one language."""

    language: Language

    def __call__(self, table: str, entry: object) -> str | None:
        """The words for a code, or None where there are none."""
        return TABLES[self.language][table].get(str(entry))

    def sentence(self, name: str, /, **parts: str) -> str:
        """A phrase with its gaps filled."""
        return TABLES[self.language]["sentence"][name].format(**parts)


def amount(of: str, value: Reading | Interval, words: Words) -> Fact:
    """The number of a reading or interval with its unit.

    Args:
        of: `reading` or `interval`.
        value: that one.
        words: of the meaning.
    """
    if value.value is None:
        return Fact(name=f"{of}.value", value="-", meaning=words.sentence("no_value"))
    stated = f"{format_decimal(value.value)} {value.unit or ''}".strip()
    in_kwh = None if value.unit in {None, Unit.KWH} else energy_kwh(value.value, value.unit)
    meaning = None if in_kwh is None else words.sentence("converted", value=format_decimal(in_kwh))
    return Fact(name=f"{of}.value", value=stated, meaning=meaning)

"""Small rules that say what an OCPI object must look like, composed into tables by `validation.py`.

A rule gets a value and its JSON pointer and returns the faults it finds; it never stops at the first. A JSON null
counts as absent. Unknown fields are ignored, as OCPI wants it.

Source: OCPI 2.2.1 (release-2.2.1-bugfixes), types; country codes: ISO 3166-1; currencies: ISO 4217.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum
from fractions import Fraction
from typing import Any

from iso3166 import countries_by_alpha2, countries_by_alpha3
from iso4217 import Currency

from tools.counterparty.wire import parse_time


class Complaint(StrEnum):
    """Everything this eMSP complains about."""

    FIELD_MISSING = "FIELD_MISSING"
    FIELD_INVALID = "FIELD_INVALID"
    FIELD_TOO_LONG = "FIELD_TOO_LONG"
    TOO_FEW = "TOO_FEW"
    NUMBER_TOO_PRECISE = "NUMBER_TOO_PRECISE"
    COUNTRY_NOT_ASSIGNED = "COUNTRY_NOT_ASSIGNED"
    URL_BODY_MISMATCH = "URL_BODY_MISMATCH"
    END_BEFORE_START = "END_BEFORE_START"
    PERIODS_UNORDERED = "PERIODS_UNORDERED"
    PERIOD_OUTSIDE_SESSION = "PERIOD_OUTSIDE_SESSION"
    PERIOD_TIME_EXCEEDS_LENGTH = "PERIOD_TIME_EXCEEDS_LENGTH"
    DIMENSION_SESSION_ONLY = "DIMENSION_SESSION_ONLY"
    DIMENSION_REPEATED = "DIMENSION_REPEATED"
    VOLUME_NEGATIVE = "VOLUME_NEGATIVE"
    ENERGY_SUM = "ENERGY_SUM"
    TIME_SUM = "TIME_SUM"
    PARKING_SUM = "PARKING_SUM"
    CURRENCY_MISMATCH = "CURRENCY_MISMATCH"
    UNPRICEABLE = "UNPRICEABLE"
    TOTAL_DIFFERS = "TOTAL_DIFFERS"
    TOKEN_UNKNOWN = "TOKEN_UNKNOWN"  # noqa: S105  a code of this table, not a secret
    AUTHORIZATION_UNKNOWN = "AUTHORIZATION_UNKNOWN"
    CREDIT_REFERENCE_MISSING = "CREDIT_REFERENCE_MISSING"
    SIGNED_DATA_MISSING = "SIGNED_DATA_MISSING"
    SIGNED_DATA_UNREADABLE = "SIGNED_DATA_UNREADABLE"
    PLAIN_DATA_DIFFERS = "PLAIN_DATA_DIFFERS"
    KEY_UNUSABLE = "KEY_UNUSABLE"
    ALGORITHM_NOT_JUDGED = "ALGORITHM_NOT_JUDGED"
    SIGNATURE_MISMATCH = "SIGNATURE_MISMATCH"
    SIGNED_ENERGY_DIFFERS = "SIGNED_ENERGY_DIFFERS"


class FaultError(Exception):
    """Carries one fault out of the steps of a check."""

    def __init__(self, code: Complaint, message: str) -> None:
        """A code and its words; who catches it knows the place."""
        super().__init__(message)
        self.code = code


class NotJudgedError(Exception):
    """Something lawful that this eMSP cannot check itself: no fault, but said in the book."""


@dataclass(frozen=True, slots=True)
class Fault:
    """One complaint: what, where (JSON pointer), in words."""

    code: Complaint
    pointer: str
    message: str

    def __str__(self) -> str:
        """As it stands in a status_message."""
        return f"{self.code} at {self.pointer or '/'}: {self.message}"


Rule = Callable[[Any, str], list[Fault]]


def _text(length: int, pattern: re.Pattern[str], kind: str) -> Rule:
    def check(value: Any, at: str) -> list[Fault]:
        if not isinstance(value, str) or not pattern.fullmatch(value):
            return [Fault(Complaint.FIELD_INVALID, at, f"must be {kind}")]
        if len(value) > length:
            return [Fault(Complaint.FIELD_TOO_LONG, at, f"{len(value)} characters, at most {length}")]
        return []

    return check


def ci_string(length: int) -> Rule:
    """Printable ASCII, not empty here, at most `length` characters (types, CiString)."""
    return _text(length, re.compile(r"[\x20-\x7e]+"), "a CiString: printable ASCII, not empty")


def string(length: int) -> Rule:
    """Printable UTF-8, not empty here, at most `length` characters (types, string)."""
    return _text(length, re.compile(r"[^\x00-\x08\x0b\x0c\x0e-\x1f\x7f\ud800-\udfff]+"), "a printable string")


def matching(pattern: str, length: int = 255) -> Rule:
    """A string that matches `pattern` as a whole."""
    return _text(length, re.compile(pattern), f"a string like {pattern}")


def url() -> Rule:
    """URL: string(255), http or https."""
    return matching(r"https?://[\x21-\x7e]+", 255)


def one_of(*values: str) -> Rule:
    """An enumeration, spelled as OCPI spells it."""

    def check(value: Any, at: str) -> list[Fault]:
        return [] if value in values else [Fault(Complaint.FIELD_INVALID, at, f"must be one of {', '.join(values)}")]

    return check


def number(value: Any, at: str) -> list[Fault]:
    """number: a JSON number with at most 4 decimals."""
    if isinstance(value, bool) or not isinstance(value, int | Decimal):
        return [Fault(Complaint.FIELD_INVALID, at, "must be a number")]
    if (Fraction(value) * 10_000).denominator != 1:
        return [Fault(Complaint.NUMBER_TOO_PRECISE, at, f"{value} has more than 4 decimals")]
    return []


def whole(value: Any, at: str) -> list[Fault]:
    """int: a JSON number without fraction, not negative."""
    if isinstance(value, bool) or not isinstance(value, int) or value < 0:
        return [Fault(Complaint.FIELD_INVALID, at, "must be an int, not negative")]
    return []


def boolean(value: Any, at: str) -> list[Fault]:
    """boolean: true or false."""
    return [] if isinstance(value, bool) else [Fault(Complaint.FIELD_INVALID, at, "must be a boolean")]


def date_time(value: Any, at: str) -> list[Fault]:
    """DateTime: RFC 3339 in UTC without offset, at most 25 characters."""
    try:
        parse_time(value)
    except (ValueError, TypeError):
        return [Fault(Complaint.FIELD_INVALID, at, "must be a DateTime in UTC without offset")]
    return []


#: User-assigned codes that the ISO 3166 package lists for convenience; ISO has not assigned them.
_USER_ASSIGNED = frozenset({"XK", "XKX"})


def _country(table: Mapping[str, Any], length: int) -> Rule:
    def check(value: Any, at: str) -> list[Fault]:
        known = isinstance(value, str) and len(value) == length and value.upper() in table
        if not known or value.upper() in _USER_ASSIGNED:
            return [Fault(Complaint.COUNTRY_NOT_ASSIGNED, at, f"{value!r} is no assigned ISO 3166-1 alpha-{length}")]
        return []

    return check


country_alpha_2: Rule = _country(countries_by_alpha2, 2)
country_alpha_3: Rule = _country(countries_by_alpha3, 3)
party_id: Rule = matching(r"[A-Za-z0-9]{3}", 3)


_CURRENCIES = frozenset(one.code for one in Currency)


def currency(value: Any, at: str) -> list[Fault]:
    """An ISO 4217 currency in upper case."""
    known = isinstance(value, str) and value in _CURRENCIES
    return [] if known else [Fault(Complaint.FIELD_INVALID, at, f"{value!r} is no ISO 4217 currency")]


def many(rule: Rule, *, at_least: int = 0) -> Rule:
    """A list whose members all follow `rule` (cardinality * or +)."""

    def check(value: Any, at: str) -> list[Fault]:
        if not isinstance(value, list):
            return [Fault(Complaint.FIELD_INVALID, at, "must be a list")]
        few = [Fault(Complaint.TOO_FEW, at, f"at least {at_least}")] if len(value) < at_least else []
        return few + [fault for index, part in enumerate(value) for fault in rule(part, f"{at}/{index}")]

    return check


def record(required: Mapping[str, Rule], optional: Mapping[str, Rule] | None = None) -> Rule:
    """An object with required and optional fields."""
    rules = {**required, **(optional or {})}

    def check(value: Any, at: str) -> list[Fault]:
        if not isinstance(value, dict):
            return [Fault(Complaint.FIELD_INVALID, at, "must be an object")]
        present = {name: part for name, part in value.items() if part is not None}
        missing = [
            Fault(Complaint.FIELD_MISSING, f"{at}/{name}", "is required") for name in required if name not in present
        ]
        wrong = [
            fault for name, rule in rules.items() if name in present for fault in rule(present[name], f"{at}/{name}")
        ]
        return missing + wrong

    return check

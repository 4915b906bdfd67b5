"""The types of OCPI as marshmallow fields: each knows its length, its alphabet and its one way of being written.

Fields are strict by default: that is what we send and what the operator's system gives us. `tolerant=True` is for
what partners send, whose measured habits (lower-case codes, `+00:00`) are read but never written.

Source: OCPI 2.2.1 (release-2.2.1-bugfixes), types.
"""

from __future__ import annotations

from datetime import UTC, datetime
from decimal import ROUND_HALF_UP, Context, Decimal
from re import ASCII
from re import compile as pattern
from typing import TYPE_CHECKING, Any, Generic, TypeVar
from unicodedata import category
from urllib.parse import urlsplit

from iso4217 import Currency as Iso4217
from marshmallow import ValidationError, fields

from cdr_service.domain.errors import LocalOcpiError
from cdr_service.domain.party import is_assigned_alpha3, is_assigned_country_code
from meter_sign import DEFAULT_LIMITS

if TYPE_CHECKING:
    from collections.abc import Iterable

#: Decimals of an OCPI number "unless mentioned otherwise" (types, number).
NUMBER_DECIMALS = 4

_DATE_TIME = pattern(r"(\d{4}-\d\d-\d\d)T(\d\d:\d\d:\d\d)(?:\.(\d{1,5}))?Z?", ASCII)
_DATE_TIME_TOLERANT = pattern(r"(\d{4}-\d\d-\d\d)[T ](\d\d:\d\d:\d\d)(?:\.(\d{1,9}))?(?:Z|\+00:00)?", ASCII)
_PARTY_ID = pattern(r"[A-Z0-9]{3}", ASCII)
_PRINTABLE_ASCII = pattern(r"[ -~]*", ASCII)
_NO_BLANKS = pattern(r"[!-~]+", ASCII)
#: Unicode categories of control characters, lone surrogates, line and paragraph separators: none is printable.
_UNPRINTABLE = frozenset({"Cc", "Cs", "Zl", "Zp"})
#: Zero-width and bidirectional characters and the byte order mark; in an id they make two different ids look alike.
_HIDDEN = frozenset(map(chr, (0x061C, *range(0x200B, 0x2010), *range(0x202A, 0x202F), *range(0x2066, 0x206A), 0xFEFF)))
_WITHOUT_BREAKS = dict.fromkeys(map(ord, "\t\r\n"), " ")
_CURRENCY_CODES = frozenset(currency.code for currency in Iso4217)
_EXACT = Context(prec=80)

T = TypeVar("T")


class WireField(fields.Field[T], Generic[T]):
    """A field with one way of reading (`read`) and one of writing (`write`), instead of marshmallow's coercions."""

    def read(self, value: Any) -> T:
        """Turn the JSON value into ours, or raise `ValidationError`."""
        raise NotImplementedError

    def write(self, value: T) -> Any:
        """Turn our value into the JSON value."""
        return value

    def _deserialize(self, value: Any, attr: str | None, data: Any, **kwargs: Any) -> T:  # noqa: ARG002  # marshmallow's signature
        return self.read(value)

    def _serialize(self, value: T | None, attr: str | None, obj: Any, **kwargs: Any) -> Any:  # noqa: ARG002  # marshmallow's signature
        return None if value is None else self.write(value)


class String(WireField[str]):
    """string(n): case-sensitive, printable UTF-8; as an identifier also without bidirectional or hidden characters."""

    def __init__(self, max_length: int, *, min_length: int = 0, identifier: bool = False, **options: Any) -> None:
        """Fix the length in characters; `identifier` refuses characters that make two ids look alike."""
        super().__init__(**options)
        self.max_length = max_length
        self.min_length = min_length
        self.identifier = identifier

    def read(self, value: Any) -> str:
        """Check length and alphabet; the text itself is never rewritten."""
        if not isinstance(value, str):
            raise ValidationError("must be text")
        if not self.min_length <= len(value) <= self.max_length:
            raise ValidationError(f"must have {self.min_length} to {self.max_length} characters, has {len(value)}")
        self.check_alphabet(value)
        return value

    def check_alphabet(self, value: str) -> None:
        """Raise `ValidationError` for a character that this type does not have."""
        if value.isascii() and value.isprintable():
            return
        if any(category(character) in _UNPRINTABLE for character in value):
            raise ValidationError("must be printable")
        if self.identifier and not _HIDDEN.isdisjoint(value):
            raise ValidationError("must not hold bidirectional or hidden characters")


class SignedText(String):
    """A signed payload as text: printable, and line breaks and tabs too.

    Deviation: OCPI's string has no line breaks. The text is what was signed and is never altered, so a break in it
    stays.
    """

    def check_alphabet(self, value: str) -> None:
        """Printable, or white space of JSON and XML."""
        super().check_alphabet(value.translate(_WITHOUT_BREAKS))


class CiString(String):
    """CiString(n): printable ASCII, compared without case and never rewritten; not empty, since it names something."""

    def __init__(self, max_length: int, **options: Any) -> None:
        """Fix the length in characters."""
        super().__init__(max_length, min_length=1, **options)

    def check_alphabet(self, value: str) -> None:
        """Printable ASCII only."""
        if not _PRINTABLE_ASCII.fullmatch(value):
            raise ValidationError("must be printable ASCII")


class CredentialsToken(String):
    """A credentials token: string(64), printable ASCII without blanks; no error ever quotes it."""

    def __init__(self, **options: Any) -> None:
        """Fix the length OCPI gives tokens."""
        super().__init__(64, min_length=1, **options)

    def check_alphabet(self, value: str) -> None:
        """Printable ASCII without blanks only."""
        if not _NO_BLANKS.fullmatch(value):
            raise ValidationError("must be printable ASCII without blanks")


class Url(String):
    """URL(255): absolute http or https with a host, without user name, blanks or control characters."""

    def __init__(self, max_length: int = 255, **options: Any) -> None:
        """Fix the length in characters."""
        super().__init__(max_length, min_length=1, **options)

    def check_alphabet(self, value: str) -> None:
        """Check the form; whether it may be called is the transport's question."""
        if not _NO_BLANKS.fullmatch(value):
            raise ValidationError("must be a URL of printable ASCII without blanks")
        try:
            parts = urlsplit(value)
            lawful = parts.scheme in {"http", "https"} and bool(parts.hostname) and parts.port != 0
        except ValueError as error:
            raise ValidationError("must be a URL") from error
        if not lawful or "@" in parts.netloc:
            raise ValidationError("must be an absolute http or https URL without user name")


class Code(WireField[str]):
    """A short code out of a closed list, in upper case; with `tolerant`, lower case is read as upper case."""

    #: What the error says it must be.
    meaning = "a known code"

    def __init__(self, *, tolerant: bool = False, **options: Any) -> None:
        """Choose whether lower case is read, as CiStrings compare without case."""
        super().__init__(**options)
        self.tolerant = tolerant

    def is_known(self, code: str) -> bool:
        """Whether this upper-case text is a member of the list."""
        raise NotImplementedError

    def read(self, value: Any) -> str:
        """Check membership and give the code in upper case."""
        code = value.upper() if self.tolerant and isinstance(value, str) else value
        if not isinstance(code, str) or not self.is_known(code):
            raise ValidationError(f"must be {self.meaning}")
        return code


class CountryCode(Code):
    """country_code: ISO 3166-1 alpha-2, assigned; EU, UK, XX and DEU are none."""

    meaning = "an assigned ISO 3166-1 alpha-2 code in upper case"

    def is_known(self, code: str) -> bool:
        """Whether ISO 3166-1 assigns it."""
        return is_assigned_country_code(code)


class CountryAlpha3(Code):
    """Location.country: ISO 3166-1 alpha-3, assigned, such as DEU."""

    meaning = "an assigned ISO 3166-1 alpha-3 code in upper case"

    def is_known(self, code: str) -> bool:
        """Whether ISO 3166-1 assigns it."""
        return is_assigned_alpha3(code)


class PartyCode(Code):
    """party_id: three letters or digits."""

    meaning = "three letters or digits in upper case"

    def is_known(self, code: str) -> bool:
        """Whether it has the form of a party id."""
        return _PARTY_ID.fullmatch(code) is not None


class CurrencyCode(Code):
    """currency: ISO 4217, such as EUR."""

    meaning = "an ISO 4217 currency code in upper case"

    def is_known(self, code: str) -> bool:
        """Whether ISO 4217 lists it."""
        return code in _CURRENCY_CODES


class Choice(Code):
    """An enum of OCPI, kept as its wire text."""

    def __init__(self, members: Iterable[str], **options: Any) -> None:
        """Fix the lawful texts: a StrEnum, or a tuple of texts."""
        super().__init__(**options)
        self.members = tuple(str(member) for member in members)
        self.meaning = "one of " + ", ".join(self.members)

    def is_known(self, code: str) -> bool:
        """Whether the enum has it."""
        return code in self.members

    def write(self, value: str) -> str:
        """The wire text of a member."""
        return str(value)


class OcpiDateTime(WireField[datetime]):
    """DateTime: string(25), RFC 3339, UTC, `Z` or nothing; read as an aware datetime, written to the whole second."""

    def __init__(self, *, tolerant: bool = False, **options: Any) -> None:
        """With `tolerant`, `+00:00`, a blank for the T and longer fractions are read too, as peers send them."""
        super().__init__(**options)
        self.form = _DATE_TIME_TOLERANT if tolerant else _DATE_TIME
        self.max_length = 40 if tolerant else 25

    def read(self, value: Any) -> datetime:
        """Read an instant in UTC; digits of a second beyond the sixth are cut off."""
        match = self.form.fullmatch(value) if isinstance(value, str) and len(value) <= self.max_length else None
        if match is None:
            raise ValidationError("must be a date and time in UTC such as 2026-01-15T09:00:00Z")
        day, time, fraction = match.groups()
        try:
            instant = datetime.fromisoformat(f"{day}T{time}").replace(tzinfo=UTC)
        except ValueError as error:
            raise ValidationError("is no possible date and time") from error
        return instant.replace(microsecond=int((fraction or "0").ljust(6, "0")[:6]))

    def write(self, value: datetime) -> str:
        """See `format_date_time`."""
        return format_date_time(value)


def format_date_time(instant: datetime) -> str:
    """Write an aware instant the one way we write it: `2026-01-15T09:00:00Z`, a fraction of a second cut off.

    Raises:
        ValueError: a datetime without time zone; which instant it means is anybody's guess.
    """
    if instant.tzinfo is None:
        raise ValueError("an OCPI DateTime needs a time zone")
    return instant.astimezone(UTC).replace(microsecond=0, tzinfo=None).isoformat() + "Z"


class OcpiNumber(WireField[Decimal]):
    """number: exact Decimal in, within the caps; a JSON number with at most 4 decimals out, never rounded here."""

    def __init__(self, *, decimals: int | None = None, **options: Any) -> None:
        """With `decimals`, finer values are refused on reading: for what is passed on as it stands (tariffs)."""
        super().__init__(**options)
        self.decimals = decimals

    def read(self, value: Any) -> Decimal:
        """Read a JSON number; text, booleans, floats, NaN and numbers beyond the caps are refused."""
        if isinstance(value, bool) or not isinstance(value, Decimal | int):
            raise ValidationError("must be a JSON number")
        number = Decimal(value)
        _, digits, exponent = number.as_tuple()
        if not isinstance(exponent, int):
            raise ValidationError("must be finite")
        in_range = DEFAULT_LIMITS.exponent_min <= exponent and number.adjusted() <= DEFAULT_LIMITS.exponent_max
        if not in_range or len(digits) > DEFAULT_LIMITS.number_digits:
            raise ValidationError("is beyond the caps on digits and exponent")
        if self.decimals is not None and _at_most(number, self.decimals) != number:
            raise ValidationError(f"must not have more than {self.decimals} decimals")
        return number

    def write(self, value: Decimal) -> Decimal:
        """See `wire_number`."""
        return wire_number(value)


def wire_number(value: Decimal) -> Decimal:
    """Give a number the form it has on the wire: at most 4 decimals, no negative zero; the value never changes.

    Args:
        value: any number; 12.37500 becomes 12.3750, and -0.00 becomes 0.00.

    Raises:
        LocalOcpiError: NUMBER_TOO_FINE, when only rounding would do (totals are rounded before, by the declared
            policy), or NUMBER_NOT_FINITE.
    """
    if not value.is_finite():
        raise LocalOcpiError("NUMBER_NOT_FINITE", f"{value} is no OCPI number")
    result = _at_most(value, NUMBER_DECIMALS)
    if result != value:
        raise LocalOcpiError("NUMBER_TOO_FINE", f"{value} has more than {NUMBER_DECIMALS} decimals")
    return result or abs(result)


def _at_most(number: Decimal, decimals: int) -> Decimal:
    """The finite number with as many decimals as it has, but no more than `decimals`, and no positive exponent."""
    exponent = int(number.as_tuple().exponent)
    return number.quantize(Decimal(1).scaleb(max(min(exponent, 0), -decimals)), rounding=ROUND_HALF_UP, context=_EXACT)


class Integer(WireField[int]):
    """int: a whole JSON number within bounds; `1.0` counts, text and booleans do not."""

    def __init__(self, *, minimum: int = 0, maximum: int = 2**31 - 1, **options: Any) -> None:
        """Fix the bounds, both inclusive."""
        super().__init__(**options)
        self.minimum = minimum
        self.maximum = maximum

    def read(self, value: Any) -> int:
        """Read a whole number; the bounds are checked before anything is converted."""
        if isinstance(value, bool) or not isinstance(value, Decimal | int) or value != value:  # noqa: PLR0124  # NaN
            raise ValidationError("must be a whole JSON number")
        if not self.minimum <= value <= self.maximum or value != int(value):
            raise ValidationError(f"must be a whole number from {self.minimum} to {self.maximum}")
        return int(value)


class Flag(WireField[bool]):
    """boolean: true or false, and nothing that only looks like it."""

    def read(self, value: Any) -> bool:
        """Read a JSON boolean."""
        if not isinstance(value, bool):
            raise ValidationError("must be true or false")
        return value

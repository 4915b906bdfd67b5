"""Column types that lose nothing: exact decimals and aware instants, on SQLite and on PostgreSQL.

SQLite has neither. SQLAlchemy's own `Numeric` goes through a float there without a word (99999999999999999.99 comes
back as 100000000000000000), and `DateTime` drops the zone. So both are TEXT on SQLite and native on PostgreSQL.
Rule: no SUM, AVG or ORDER BY on an `ExactDecimal` column; on SQLite they are float or text again. A test looks.
"""

from __future__ import annotations

from datetime import UTC, datetime
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from sqlalchemy import DateTime, Numeric, Text
from sqlalchemy.types import TypeDecorator, TypeEngine

if TYPE_CHECKING:
    from sqlalchemy.engine import Dialect

#: Digits before the point, and decimals behind it, that are written out; a longer text is an attack, not an amount.
_MAX_DIGITS = 60
#: Digits on each side of the point of a number that is looked up by its order.
_SORTED_DIGITS = 24
_WIDTH = 2 * _SORTED_DIGITS + 1
#: 0 becomes 9, 1 becomes 8, ...: of two negative numbers the one with the larger digits is the lower one.
_TURNED = str.maketrans("0123456789", "9876543210")


class ExactDecimal(TypeDecorator[Decimal]):
    """A finite Decimal that comes back with the same digits: TEXT on SQLite, NUMERIC on PostgreSQL."""

    impl = Numeric
    cache_ok = True

    def load_dialect_impl(self, dialect: Dialect) -> TypeEngine[Any]:
        """NUMERIC where it is exact, TEXT where it is a float."""
        return dialect.type_descriptor(Text() if dialect.name == "sqlite" else Numeric())

    def process_bind_param(self, value: Decimal | None, dialect: Dialect) -> Decimal | str | None:
        """Write the number without exponent.

        Raises:
            TypeError: not a Decimal; a float has lost its digits before it came here.
            ValueError: not finite, or of absurd length.
        """
        if value is None:
            return None
        if not isinstance(value, Decimal):
            raise TypeError(f"an exact column takes Decimal, not {type(value).__name__}")
        exponent = value.as_tuple().exponent
        if not isinstance(exponent, int):
            raise ValueError(f"{value} is not a finite number")  # noqa: TRY004  # the type is right, the value is not
        if exponent < -_MAX_DIGITS or value.adjusted() > _MAX_DIGITS:
            raise ValueError("the number has too many digits")
        return format(value, "f") if dialect.name == "sqlite" else value

    def process_result_value(self, value: Decimal | str | None, dialect: Dialect) -> Decimal | None:  # noqa: ARG002  # the hook's signature
        """Read what was written."""
        return None if value is None else Decimal(value)


class SortableDecimal(TypeDecorator[Decimal]):
    """A number of a meter's counts that is looked up by its order: fixed-width TEXT on SQLite, NUMERIC on PostgreSQL.

    The text is the sign's digit (1, or 0 for a negative number, whose other digits are then turned round) and the
    number with 24 digits before the point and 24 behind it, so that texts compare as numbers do. A meter's reading has
    at most 16 and 15 of them, the number of a record 18. Trailing zeros are not kept.
    """

    impl = Numeric
    cache_ok = True

    def load_dialect_impl(self, dialect: Dialect) -> TypeEngine[Any]:
        """NUMERIC where it sorts, TEXT where it does not."""
        return dialect.type_descriptor(Text() if dialect.name == "sqlite" else Numeric())

    def process_bind_param(self, value: Decimal | None, dialect: Dialect) -> Decimal | str | None:
        """Write the number.

        Raises:
            ValueError: more digits than there is room for.
        """
        if value is None or dialect.name != "sqlite":
            return value
        # Not abs(): that rounds to the digits of the thread's context.
        digits = format(value.copy_abs(), f"0{_WIDTH}.{_SORTED_DIGITS}f") if value.is_finite() else ""
        if len(digits) != _WIDTH or Decimal(digits) != value.copy_abs():
            raise ValueError("the number is not finite, or has too many digits")
        return f"0{digits.translate(_TURNED)}" if value < 0 else f"1{digits}"

    def process_result_value(self, value: Decimal | str | None, dialect: Dialect) -> Decimal | None:  # noqa: ARG002  # the hook's signature
        """Read what was written."""
        if not isinstance(value, str):
            return value
        negative = value.startswith("0")
        whole, _, fraction = (value[1:].translate(_TURNED) if negative else value[1:]).partition(".")
        digits = f"{whole.lstrip('0') or '0'}.{fraction}".rstrip("0").rstrip(".")
        return Decimal(f"-{digits}" if negative else digits)


class UtcDateTime(TypeDecorator[datetime]):
    """An aware instant in UTC: TEXT that sorts by time on SQLite, TIMESTAMP WITH TIME ZONE on PostgreSQL."""

    impl = DateTime
    cache_ok = True

    def load_dialect_impl(self, dialect: Dialect) -> TypeEngine[Any]:
        """TIMESTAMP WITH TIME ZONE where there is one, TEXT where there is none."""
        return dialect.type_descriptor(Text() if dialect.name == "sqlite" else DateTime(timezone=True))

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | str | None:
        """Write the instant in UTC, always with microseconds, so that texts compare as instants do.

        Raises:
            ValueError: the time has no zone, so nobody knows which instant it is.
        """
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError("a stored time must carry a time zone")
        instant = value.astimezone(UTC)
        if dialect.name != "sqlite":
            return instant
        return instant.replace(tzinfo=None).isoformat(timespec="microseconds") + "Z"

    def process_result_value(self, value: datetime | str | None, dialect: Dialect) -> datetime | None:  # noqa: ARG002  # the hook's signature
        """Read the instant, in UTC."""
        if value is None:
            return None
        return (datetime.fromisoformat(value) if isinstance(value, str) else value).astimezone(UTC)

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import Column, MetaData, Table, Text, insert, select
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.schema import CreateTable

from cdr_service.persistence.engine import open_engine
from cdr_service.persistence.types import ExactDecimal, SortableDecimal, UtcDateTime

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from sqlalchemy import Engine

_TABLE = Table("sample", MetaData(), Column("amount", ExactDecimal), Column("at", UtcDateTime))
_SQLITE = sqlite.dialect()
_AMOUNTS = st.decimals(min_value=Decimal(-(10**30)), max_value=Decimal(10**30), allow_nan=False, places=12)


@pytest.fixture
def engine(tmp_path: Path) -> Iterator[Engine]:
    engine = open_engine(f"sqlite:///{tmp_path / 'types.sqlite'}")
    _TABLE.create(engine)
    yield engine
    engine.dispose()


def _round_trip(engine: Engine, **values: Any) -> Any:
    """Write one row to the file and read it back."""
    with engine.begin() as connection:
        connection.execute(insert(_TABLE).values(**values))
    with engine.begin() as connection:
        row = connection.execute(select(_TABLE)).one()
    return getattr(row, next(iter(values)))


@pytest.mark.parametrize(
    "digits",
    [
        "123456789012345.6789",
        "99999999999999999.99",
        "0.1",
        "0.100",
        "0",
        "-0.0001",
        "1000500",
        "0.000000000000000000000000000001",
    ],
)
def test_a_decimal_comes_back_with_its_digits(engine: Engine, digits: str) -> None:
    """What SQLAlchemy's own Numeric corrupts on SQLite (durability.md, 3.3) comes back digit for digit."""
    assert digits == format(_round_trip(engine, amount=Decimal(digits)), "f")


@given(amount=_AMOUNTS)
def test_writing_and_reading_a_decimal_is_the_identity(amount: Decimal) -> None:
    """Any amount of 30 digits with 12 decimals survives its text."""
    kind = ExactDecimal()
    written = kind.process_bind_param(amount, _SQLITE)
    assert isinstance(written, str)
    assert amount.as_tuple() == kind.process_result_value(written, _SQLITE).as_tuple()  # type: ignore[union-attr]


def test_an_exponent_is_written_out(engine: Engine) -> None:
    """No text in the database has an exponent: 1E+2 is stored as 100."""
    assert Decimal("1E+2") == _round_trip(engine, amount=Decimal("1E+2"))
    with engine.begin() as connection:
        assert connection.exec_driver_sql("SELECT amount, typeof(amount) FROM sample").one() == ("100", "text")


@pytest.mark.parametrize("wrong", [0.1, 1, "0.1", True])
def test_only_decimals_are_amounts(wrong: object) -> None:
    """A float has lost its digits before it comes here, so it is refused with everything else that is no Decimal."""
    with pytest.raises(TypeError, match="Decimal"):
        ExactDecimal().process_bind_param(wrong, _SQLITE)  # type: ignore[arg-type]


@pytest.mark.parametrize("wrong", ["NaN", "sNaN", "Infinity", "-Infinity", "1E+1000000", "1E-1000000"])
def test_what_is_no_amount_is_refused(wrong: str) -> None:
    """Neither a NaN nor a number of a million digits reaches the database."""
    with pytest.raises(ValueError, match="number"):
        ExactDecimal().process_bind_param(Decimal(wrong), _SQLITE)


def test_a_number_with_endless_decimals_is_refused() -> None:
    """Many decimals are as long a text as many digits before the point."""
    with pytest.raises(ValueError, match="digits"):
        ExactDecimal().process_bind_param(Decimal("1." + "1" * 200), _SQLITE)


def test_null_stays_null(engine: Engine) -> None:
    """An absent amount is not zero, and an absent time is not the epoch."""
    assert _round_trip(engine, amount=None) is None


def test_an_instant_comes_back_in_utc_with_its_microseconds(engine: Engine) -> None:
    """The instant is kept, the zone is not: 01:00:00.000001 at +01:00 is midnight and a microsecond in UTC."""
    written = datetime(2026, 7, 1, 1, 0, 0, 1, tzinfo=timezone(timedelta(hours=1)))
    read = _round_trip(engine, at=written)
    assert (datetime(2026, 7, 1, 0, 0, 0, 1, tzinfo=UTC), timedelta(0)) == (read, read.utcoffset())


def test_a_time_without_zone_is_refused() -> None:
    """Nobody knows which instant a naive time is."""
    with pytest.raises(ValueError, match="time zone"):
        UtcDateTime().process_bind_param(datetime(2026, 7, 1), _SQLITE)  # noqa: DTZ001  # that is the bad case


@given(one=st.datetimes(timezones=st.timezones()), other=st.datetimes(timezones=st.timezones()))
def test_stored_times_sort_as_instants(one: datetime, other: datetime) -> None:
    """The texts on SQLite compare as the instants do, whatever zones they came in."""
    kind = UtcDateTime()
    try:
        instants = one.astimezone(UTC), other.astimezone(UTC)
    except OverflowError:
        return
    texts = kind.process_bind_param(one, _SQLITE), kind.process_bind_param(other, _SQLITE)
    assert (instants[0] < instants[1]) == (str(texts[0]) < str(texts[1]))


def test_the_columns_are_native_on_postgresql() -> None:
    """PostgreSQL has the types that SQLite lacks: NUMERIC without bounds and TIMESTAMP WITH TIME ZONE."""
    ddl = str(CreateTable(_TABLE).compile(dialect=postgresql.dialect()))
    assert "amount NUMERIC," in ddl
    assert "at TIMESTAMP WITH TIME ZONE" in ddl


def test_the_columns_are_text_on_sqlite() -> None:
    """SQLite's own NUMERIC affinity would turn a text back into a float."""
    ddl = str(CreateTable(_TABLE).compile(dialect=_SQLITE))
    assert [line.strip(" ,\t") for line in ddl.splitlines() if " TEXT" in line] == ["amount TEXT", "at TEXT"]
    assert isinstance(_TABLE.c.amount.type.dialect_impl(_SQLITE).impl, Text)  # type: ignore[attr-defined]


_READINGS = st.decimals(
    min_value=Decimal(-(10**20)), max_value=Decimal(10**20), allow_nan=False, allow_infinity=False, places=15
)


@given(one=_READINGS, other=_READINGS)
def test_sorted_texts_compare_as_their_numbers_do(one: Decimal, other: Decimal) -> None:
    """What SQLite compares as text has the order of the numbers, negative ones included, and comes back equal."""
    kind = SortableDecimal()
    texts = [kind.process_bind_param(number, _SQLITE) for number in (one, other)]
    assert (one < other, one == other) == (texts[0] < texts[1], texts[0] == texts[1])  # type: ignore[operator]
    assert [one, other] == [kind.process_result_value(text, _SQLITE) for text in texts]


@pytest.mark.parametrize(("one", "other"), [("9", "10"), ("-10", "-9"), ("-1", "1"), ("0.9", "0.10"), ("-0.001", "0")])
def test_numbers_that_sort_wrongly_as_plain_text_sort_rightly(one: str, other: str) -> None:
    """The cases for which the type is there; -0 is 0."""
    kind = SortableDecimal()
    low, high, zero = (str(kind.process_bind_param(Decimal(text), _SQLITE)) for text in (one, other, "-0"))
    assert (low < high) == (Decimal(one) < Decimal(other))
    assert kind.process_bind_param(Decimal(0), _SQLITE) == zero


@pytest.mark.parametrize("wrong", ["1e24", "1e-25", "NaN", "Infinity"])
def test_number_without_room_is_refused(wrong: str) -> None:
    """A text of another width would sort anywhere."""
    with pytest.raises(ValueError, match="too many digits"):
        SortableDecimal().process_bind_param(Decimal(wrong), _SQLITE)


def test_sortable_numbers_are_numeric_on_postgresql() -> None:
    """There the database compares numbers itself."""
    kind, dialect = SortableDecimal(), postgresql.dialect()
    assert Decimal("1.50") == kind.process_bind_param(Decimal("1.50"), dialect)
    assert Decimal("1.50") == kind.process_result_value(Decimal("1.50"), dialect)
    assert "NUMERIC" in str(CreateTable(Table("t", MetaData(), Column("n", SortableDecimal))).compile(dialect=dialect))

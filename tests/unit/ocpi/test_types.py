"""The field types: lengths, alphabets, and the one way each is written."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone
from decimal import Decimal
from typing import Any

import pytest
from marshmallow import ValidationError

from cdr_service.domain.errors import LocalOcpiError
from cdr_service.domain.party import Role
from cdr_service.ocpi.types import (
    Choice,
    CiString,
    CountryAlpha3,
    CountryCode,
    CredentialsToken,
    CurrencyCode,
    Flag,
    Integer,
    OcpiDateTime,
    OcpiNumber,
    PartyCode,
    SignedText,
    String,
    Url,
    WireField,
    format_date_time,
    wire_number,
)

NINE = datetime(2026, 1, 15, 9, 0, tzinfo=UTC)
FINE = OcpiNumber(decimals=4)
TOLERANT = OcpiDateTime(tolerant=True)


@pytest.mark.parametrize(
    ("expected", "field", "value"),
    [
        ("aB3-*", CiString(5), "aB3-*"),
        ("with blank", CiString(36), "with blank"),
        ("Köln ✓", String(6), "Köln ✓"),
        ("", String(6), ""),
        ("a\u200fb", String(6), "a\u200fb"),
        ('{"a":1,\r\n\t"b":2}', SignedText(50), '{"a":1,\r\n\t"b":2}'),
        ("!" * 64, CredentialsToken(), "!" * 64),
        ("https://emsp.test:8443/a;b?c=d", Url(), "https://emsp.test:8443/a;b?c=d"),
        ("http://[::1]/", Url(), "http://[::1]/"),
        ("DE", CountryCode(), "DE"),
        ("DE", CountryCode(tolerant=True), "de"),
        ("GB", CountryCode(), "GB"),
        ("A1B", PartyCode(), "A1B"),
        ("ABC", PartyCode(tolerant=True), "abc"),
        ("DEU", CountryAlpha3(), "DEU"),
        ("EUR", CurrencyCode(), "EUR"),
        ("CPO", Choice(Role), "CPO"),
        ("EMSP", Choice(Role, tolerant=True), "emsp"),
        (NINE, OcpiDateTime(), "2026-01-15T09:00:00Z"),
        (NINE, OcpiDateTime(), "2026-01-15T09:00:00"),
        (NINE + timedelta(milliseconds=123), OcpiDateTime(), "2026-01-15T09:00:00.123Z"),
        (NINE + timedelta(microseconds=200000), OcpiDateTime(), "2026-01-15T09:00:00.2"),
        (NINE, TOLERANT, "2026-01-15 09:00:00+00:00"),
        (NINE + timedelta(microseconds=123456), TOLERANT, "2026-01-15T09:00:00.123456789Z"),
        (Decimal("0.10"), OcpiNumber(), Decimal("0.10")),
        (Decimal("0.123456789"), OcpiNumber(), Decimal("0.123456789")),
        (Decimal(-3), OcpiNumber(), -3),
        (Decimal("0.12340"), FINE, Decimal("0.12340")),
        (1, Integer(), Decimal("1.0")),
        (0, Integer(), 0),
        (True, Flag(), True),
    ],
)
def test_lawful_values_are_read_unchanged(expected: Any, field: WireField[Any], value: Any) -> None:
    """What OCPI allows is read, and text is not rewritten."""
    assert expected == field.deserialize(value)


@pytest.mark.parametrize(
    ("field", "value"),
    [
        (CiString(5), ""),
        (CiString(5), "123456"),
        (CiString(9), "Köln"),
        (CiString(9), "a\tb"),
        (CiString(9), "a\x7f"),
        (CiString(9), 7),
        (CiString(9), None),
        (CiString(9), Decimal(7)),
        (String(5), "123456"),
        (String(5, min_length=1), ""),
        (String(9), "a\nb"),
        (String(9), "a\x00b"),
        (String(9), "a\x85b"),
        (String(9), "a\u2028b"),
        (String(9), "\ud800"),
        (String(9), ["a"]),
        (String(9, identifier=True), "a\u202eb"),
        (String(9, identifier=True), "a\u200bb"),
        (String(9, identifier=True), "\ufeffab"),
        (SignedText(9), "a\x00b"),
        (SignedText(9), "\ud800"),
        (CredentialsToken(), "a b"),
        (CredentialsToken(), "example-token\n"),
        (CredentialsToken(), "ä"),
        (CredentialsToken(), "x" * 65),
        (Url(), "https://h/" + "x" * 246),
        (Url(), "ftp://h/"),
        (Url(), "javascript:alert(1)"),
        (Url(), "//h/"),
        (Url(), "https:///path"),
        (Url(), "https://user@h/"),
        (Url(), "https://h:99999/"),
        (Url(), "https://[::1/"),
        (Url(), "https://h/a b"),
        (Url(), "https://h/\n"),
        (CountryCode(), "EU"),
        (CountryCode(), "UK"),
        (CountryCode(), "XX"),
        (CountryCode(), "XK"),
        (CountryCode(), "DEU"),
        (CountryCode(), "de"),
        (CountryCode(tolerant=True), "eu"),
        (CountryCode(), None),
        (CountryAlpha3(), "DE"),
        (CountryAlpha3(), "GER"),
        (CountryAlpha3(), "deu"),
        (PartyCode(), "AB"),
        (PartyCode(), "ABCD"),
        (PartyCode(), "abc"),
        (PartyCode(), "A*C"),
        (PartyCode(), "AB\n"),
        (CurrencyCode(), "EURO"),
        (CurrencyCode(), "XXY"),
        (CurrencyCode(), "eur"),
        (Choice(Role), "cpo"),
        (Choice(Role), "Role.CPO"),
        (Choice(Role), 1),
        (OcpiDateTime(), "2026-01-15T09:00:00+00:00"),
        (OcpiDateTime(), "2026-01-15T10:00:00+01:00"),
        (OcpiDateTime(), "2026-01-15 09:00:00Z"),
        (OcpiDateTime(), "2026-01-15T09:00:00.123456Z"),
        (OcpiDateTime(), "2026-01-15T09:00:00z"),
        (OcpiDateTime(), "2026-1-15T09:00:00Z"),
        (OcpiDateTime(), "2026-02-30T09:00:00Z"),
        (OcpiDateTime(), "2026-01-15T25:00:00Z"),
        (OcpiDateTime(), "2026-01-15T09:00:60Z"),
        (OcpiDateTime(), "2026-01-15"),
        (OcpiDateTime(), "٢٠٢٦-01-15T09:00:00Z"),
        (OcpiDateTime(), "2026-01-15T09:00:00Z\n"),
        (OcpiDateTime(), Decimal(1768467600)),
        (TOLERANT, "2026-01-15T10:00:00+01:00"),
        (TOLERANT, "2026-01-15T09:00:00." + "1" * 50),
        (OcpiNumber(), "0.10"),
        (OcpiNumber(), True),
        (OcpiNumber(), 0.1),
        (OcpiNumber(), Decimal("NaN")),
        (OcpiNumber(), Decimal("sNaN")),
        (OcpiNumber(), Decimal("Infinity")),
        (OcpiNumber(), Decimal("1E+1000000")),
        (OcpiNumber(), Decimal("1E-13")),
        (OcpiNumber(), 10**31),
        (FINE, Decimal("0.12345")),
        (Integer(), Decimal("1.5")),
        (Integer(), True),
        (Integer(), "1"),
        (Integer(), -1),
        (Integer(), 2**31),
        (Integer(), Decimal("1E+1000000")),
        (Integer(), Decimal("NaN")),
        (Integer(), Decimal("Infinity")),
        (Flag(), "true"),
        (Flag(), 1),
        (Flag(), Decimal(1)),
    ],
)
def test_unlawful_values_are_refused(field: WireField[Any], value: Any) -> None:
    """Nothing is coerced, cut or guessed: what the type does not allow is refused."""
    with pytest.raises(ValidationError):
        field.deserialize(value)


@pytest.mark.parametrize(
    ("expected", "instant"),
    [
        ("2026-01-15T09:00:00Z", NINE),
        ("2026-01-15T09:00:00Z", NINE + timedelta(microseconds=999999)),
        ("2026-01-15T09:00:00Z", datetime(2026, 1, 15, 10, 0, tzinfo=timezone(timedelta(hours=1)))),
        ("0999-01-01T00:00:00Z", datetime(999, 1, 1, tzinfo=UTC)),
    ],
)
def test_date_times_are_written_one_way(expected: str, instant: datetime) -> None:
    """A DateTime leaves in UTC, to the second, with Z."""
    assert expected == format_date_time(instant)


def test_a_naive_date_time_is_a_mistake() -> None:
    """Without time zone nobody knows the instant."""
    with pytest.raises(ValueError, match="time zone"):
        format_date_time(datetime(2026, 1, 15, 9, 0))  # noqa: DTZ001  # the mistake


@pytest.mark.parametrize(
    ("expected", "value"),
    [
        ("12.3750", "12.37500"),
        ("12.375", "12.375"),
        ("100", "1E+2"),
        ("0.00", "-0.00"),
        ("0.0001", "1E-4"),
        ("-7.614", "-7.614"),
        ("123456789012345.6789", "123456789012345.6789"),
    ],
)
def test_numbers_are_written_with_at_most_four_decimals(expected: str, value: str) -> None:
    """Zeros beyond the fourth decimal go, digits stay."""
    assert expected == format(wire_number(Decimal(value)), "f")


@pytest.mark.parametrize(
    ("code", "value"), [("NUMBER_TOO_FINE", "0.00001"), ("NUMBER_NOT_FINITE", "NaN"), ("NUMBER_NOT_FINITE", "Infinity")]
)
def test_the_wire_never_rounds(code: str, value: str) -> None:
    """A number that would have to be rounded is our mistake: totals are rounded by the declared policy, before."""
    with pytest.raises(LocalOcpiError) as caught:
        wire_number(Decimal(value))
    assert code == caught.value.code

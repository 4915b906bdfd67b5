"""The CDR on the wire: what is written, and everything that would break OCPI 2.2.1."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal
from typing import Any

import pytest

from cdr_service.domain.errors import LocalOcpiError
from cdr_service.ocpi.errors import InvalidObjectError
from cdr_service.ocpi.json import dumps, loads
from cdr_service.ocpi.schemas.cdrs import cdr_violations, dump_cdr
from tests.unit.ocpi.builders import changed, make_cdr

PRICE = {"excl_vat": Decimal(1)}


WHOLE_CDR = {
    "country_code": "DE",
    "party_id": "ABC",
    "id": "cdr-1",
    "start_date_time": "2026-01-15T09:00:00Z",
    "end_date_time": "2026-01-15T10:30:00Z",
    "session_id": "session-1",
    "auth_method": "AUTH_REQUEST",
    "meter_id": "1EMH0012345678",
    "currency": "EUR",
    "total_energy": Decimal(10),
    "total_time": Decimal("1.5"),
    "total_parking_time": Decimal("0.5"),
    "last_updated": "2026-01-15T10:30:00Z",
    "cdr_token": {
        "country_code": "DE", "party_id": "EMS", "uid": "012345678", "type": "RFID",
        "contract_id": "DE-EMS-C12345678-X",
    },
    "cdr_location": {
        "id": "loc-1", "name": "Marktplatz", "address": "Hauptstraße 1", "city": "Köln", "postal_code": "50667",
        "country": "DEU", "coordinates": {"latitude": "50.937531", "longitude": "6.960279"},
        "evse_uid": "evse-1", "evse_id": "DE*ABC*E1", "connector_id": "1", "connector_standard": "IEC_62196_T2",
        "connector_format": "SOCKET", "connector_power_type": "AC_3_PHASE",
    },
    "charging_periods": [
        {
            "start_date_time": "2026-01-15T09:00:00Z", "tariff_id": "tariff-1",
            "dimensions": [{"type": "ENERGY", "volume": Decimal(10)}, {"type": "TIME", "volume": Decimal(1)}],
        },
        {
            "start_date_time": "2026-01-15T10:00:00Z", "tariff_id": "tariff-1",
            "dimensions": [
                {"type": "ENERGY", "volume": Decimal(0)}, {"type": "PARKING_TIME", "volume": Decimal("0.5")},
            ],
        },
    ],
    "signed_data": {
        "encoding_method": "OCMF", "public_key": "MFkw",
        "signed_values": [{"nature": "End", "plain_data": 'OCMF|{"FV":"1.0"}', "signed_data": "T0NNRg=="}],
    },
    "total_cost": {"excl_vat": Decimal("6.6"), "incl_vat": Decimal("7.614")},
    "total_fixed_cost": {"excl_vat": Decimal("0.5"), "incl_vat": Decimal("0.595")},
    "total_energy_cost": {"excl_vat": Decimal("4.9"), "incl_vat": Decimal("5.831")},
    "total_time_cost": {"excl_vat": Decimal(0), "incl_vat": Decimal(0)},
    "total_parking_cost": {"excl_vat": Decimal("1.2"), "incl_vat": Decimal("1.2")},
}  # fmt: skip


def test_the_whole_object() -> None:
    """A CDR is written field by field as OCPI names them, with null nowhere."""
    wire = loads(dumps(dump_cdr(make_cdr())))
    assert WHOLE_CDR == {name: value for name, value in wire.items() if name != "tariffs"}


def test_the_snapshot_stands_in_it_byte_for_byte() -> None:
    """`tariffs` is the one snapshot taken at authorization, with the bytes whose digest was kept."""
    cdr = make_cdr()
    raw = dumps(dump_cdr(cdr))
    assert b'"tariffs":[' + cdr.tariff.canonical_json + b"]" in raw
    assert b'"price":0.490' in raw


def test_numbers_leave_without_quotes_and_exponents() -> None:
    """Volumes and amounts are JSON numbers with the digits they have."""
    raw = dumps(dump_cdr(make_cdr(total_energy=Decimal("1E+1"))))
    assert b'"total_energy":10,' in raw
    assert b'"total_cost":{"excl_vat":6.60,"incl_vat":7.614}' in raw


def test_optional_parts_that_are_there_are_written() -> None:
    """An authorization reference is written when the eMSP gave one."""
    assert "ref-1" == dump_cdr(make_cdr(authorization_reference="ref-1"))["authorization_reference"]


def test_line_breaks_of_a_signed_payload_stay() -> None:
    """A signed text is passed on as it is, line breaks and all: it is evidence."""
    signed = make_cdr().signed_data
    broken = replace(signed.signed_values[0], plain_data='OCMF|{\n"FV":"1.0"}')
    wire = dump_cdr(make_cdr(signed_data=replace(signed, signed_values=(broken,))))
    assert 'OCMF|{\n"FV":"1.0"}' == wire["signed_data"]["signed_values"][0]["plain_data"]


@pytest.mark.parametrize(
    ("pointer", "changes"),
    [
        ("/id", {"id": "x" * 37}),
        ("/id", {"id": ""}),
        ("/session_id", {"session_id": "x" * 37}),
        ("/authorization_reference", {"authorization_reference": "x" * 37}),
        ("/meter_id", {"meter_id": "meter\u202e"}),
        ("/currency", {"currency": "EUX"}),
        ("/charging_periods", {"charging_periods": ()}),
        ("/signed_data/public_key", {"signed_data": replace(make_cdr().signed_data, public_key="x" * 513)}),
        ("/signed_data/signed_values", {"signed_data": replace(make_cdr().signed_data, signed_values=())}),
        ("/cdr_location/address", {"cdr_location": replace(make_cdr().cdr_location, address="x" * 46)}),
        ("/cdr_token/uid", {"cdr_token": replace(make_cdr().cdr_token, uid="x" * 37)}),
    ],
)
def test_an_unlawful_cdr_is_not_written(pointer: str, changes: dict[str, Any]) -> None:
    """Nothing that breaks OCPI is handed out to be sent; the place is named."""
    with pytest.raises(InvalidObjectError) as caught:
        dump_cdr(make_cdr(**changes))
    assert [pointer] == [violation.pointer for violation in caught.value.violations]


def test_an_unrounded_total_is_our_mistake() -> None:
    """A total with more than 4 decimals is refused instead of rounded: it would differ from what was reconciled."""
    with pytest.raises(LocalOcpiError) as caught:
        dump_cdr(make_cdr(total_energy=Decimal("10.00001")))
    assert "NUMBER_TOO_FINE" == caught.value.code


REQUIRED = (
    "country_code", "party_id", "id", "start_date_time", "end_date_time", "cdr_token", "auth_method", "cdr_location",
    "currency", "charging_periods", "total_cost", "total_energy", "total_time", "last_updated",
)  # fmt: skip
OPTIONAL = (
    "session_id", "meter_id", "tariffs", "signed_data", "total_fixed_cost", "total_energy_cost", "total_time_cost",
    "total_parking_time", "total_parking_cost",
)  # fmt: skip


@pytest.mark.parametrize("name", REQUIRED)
def test_required_fields(name: str) -> None:
    """A CDR without a required field is not lawful."""
    assert [f"/{name}"] == [found.pointer for found in cdr_violations(changed(dump_cdr(make_cdr()), f"/{name}", ...))]


@pytest.mark.parametrize("name", OPTIONAL)
def test_optional_fields(name: str) -> None:
    """A CDR without an optional field is lawful, with null in it it is not."""
    wire = dump_cdr(make_cdr())
    assert () == cdr_violations(changed(wire, f"/{name}", ...))
    assert [f"/{name}"] == [found.pointer for found in cdr_violations({**wire, name: None})]


@pytest.mark.parametrize(
    "fields",
    [
        {"remark": "r" * 255, "invoice_reference_id": "i" * 39, "home_charging_compensation": False},
        {"total_reservation_cost": PRICE},
        {"credit": True, "credit_reference_id": "cdr-1", "id": "x" * 39},
        {"credit": False},
        {"session_id": "x" * 36, "id": "x" * 36},
        {"x_custom": {"anything": None}},
    ],
)
def test_further_lawful_fields(fields: dict[str, Any]) -> None:
    """Fields that this release does not write are lawful in a received CDR, up to their lengths."""
    assert () == cdr_violations({**dump_cdr(make_cdr()), **fields})


@pytest.mark.parametrize(
    ("pointer", "value"),
    [
        ("/id", "x" * 40),
        ("/country_code", "EU"),
        ("/start_date_time", "2026-01-15T09:00:00+00:00"),
        ("/auth_method", "APP"),
        ("/currency", "eur"),
        ("/remark", "r" * 256),
        ("/invoice_reference_id", "i" * 40),
        ("/credit", "true"),
        ("/credit_reference_id", "c" * 40),
        ("/total_cost", Decimal(5)),
        ("/total_cost/excl_vat", "6.60"),
        ("/total_cost/incl_vat", None),
        ("/total_energy", "10"),
        ("/total_time", True),
        ("/cdr_token/type", "CARD"),
        ("/cdr_token/contract_id", "c" * 37),
        ("/cdr_location/country", "DE"),
        ("/cdr_location/state", "s" * 21),
        ("/cdr_location/evse_id", ...),
        ("/cdr_location/coordinates/longitude", "6,960279"),
        ("/cdr_location/connector_format", "PLUG"),
        ("/charging_periods/0/dimensions", []),
        ("/charging_periods/0/dimensions/0/type", "FLAT"),
        ("/charging_periods/0/dimensions/0/type", "POWER"),
        ("/charging_periods/0/dimensions/0/type", "ENERGY_IMPORT"),
        ("/charging_periods/0/dimensions/0/type", "STATE_OF_CHARGE"),
        ("/charging_periods/0/dimensions/0/volume", "10"),
        ("/charging_periods/1/start_date_time", ...),
        ("/charging_periods/1/tariff_id", "t" * 37),
        ("/tariffs/0/elements", []),
        ("/tariffs/0/currency", ...),
        ("/signed_data/encoding_method", "e" * 37),
        ("/signed_data/encoding_method_version", Decimal("1.5")),
        ("/signed_data/url", "https://h/" + "x" * 503),
        ("/signed_data/signed_values/0/nature", ...),
        ("/signed_data/signed_values/0/plain_data", "p" * 5001),
        ("/signed_data/signed_values/0/signed_data", "s" * 5001),
    ],
)
def test_unlawful_fields(pointer: str, value: Any) -> None:
    """Each length, enum and cardinality of OCPI 2.2.1 is checked, and the pointer names the place."""
    assert [pointer] == [found.pointer for found in cdr_violations(changed(dump_cdr(make_cdr()), pointer, value))]


def test_a_credit_cdr_names_its_original() -> None:
    """credit=true without credit_reference_id is not lawful."""
    found = cdr_violations({**dump_cdr(make_cdr()), "credit": True})
    assert ["/credit_reference_id"] == [violation.pointer for violation in found]


@pytest.mark.parametrize("length", [512, 513, 5000])
def test_signed_payloads_up_to_the_erratum(length: int) -> None:
    """5000 characters are lawful since the erratum; nothing is cut to the 512 of before."""
    wire = changed(dump_cdr(make_cdr()), "/signed_data/signed_values/0/plain_data", "p" * length)
    assert () == cdr_violations(wire)

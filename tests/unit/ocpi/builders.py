"""Lawful OCPI objects to break one place at a time."""

from __future__ import annotations

from copy import deepcopy
from dataclasses import replace
from datetime import UTC, datetime
from decimal import Decimal
from hashlib import sha256
from typing import Any

from cdr_service.domain.cdr import (
    Cdr,
    CdrDimension,
    CdrDimensionType,
    ChargingPeriod,
    Nature,
    SignedData,
    SignedValue,
)
from cdr_service.domain.money import Price
from cdr_service.domain.party import PartyId
from cdr_service.domain.session import AuthMethod, CdrToken, TokenType
from cdr_service.domain.tariff_snapshot import SnapshotReason, TariffSnapshot
from cdr_service.ocpi.json import canonical, dumps, loads
from cdr_service.ocpi.schemas.locations import cdr_location
from cdr_service.ocpi.schemas.tariffs import read_tariff

TARIFF: dict[str, Any] = {
    "country_code": "DE",
    "party_id": "ABC",
    "id": "tariff-1",
    "currency": "EUR",
    "type": "REGULAR",
    "elements": [
        {
            "price_components": [
                {"type": "FLAT", "price": Decimal("0.50"), "vat": Decimal("19.0"), "step_size": 1},
                {"type": "ENERGY", "price": Decimal("0.490"), "vat": Decimal(19), "step_size": 1},
                {"type": "PARKING_TIME", "price": Decimal("2.40"), "step_size": 60},
            ]
        }
    ],
    "last_updated": "2026-01-01T00:00:00Z",
}

LOCATION: dict[str, Any] = {
    "country_code": "DE",
    "party_id": "ABC",
    "id": "loc-1",
    "publish": True,
    "name": "Marktplatz",
    "address": "Hauptstraße 1",
    "city": "Köln",
    "postal_code": "50667",
    "country": "DEU",
    "coordinates": {"latitude": "50.937531", "longitude": "6.960279"},
    "evses": [
        {
            "uid": "evse-1",
            "evse_id": "DE*ABC*E1",
            "status": "AVAILABLE",
            "connectors": [
                {
                    "id": "1",
                    "standard": "IEC_62196_T2",
                    "format": "SOCKET",
                    "power_type": "AC_3_PHASE",
                    "max_voltage": 400,
                    "max_amperage": 32,
                    "tariff_ids": ["tariff-1", "tariff-2"],
                    "last_updated": "2026-01-01T00:00:00Z",
                }
            ],
            "last_updated": "2026-01-01T00:00:00Z",
        }
    ],
    "time_zone": "Europe/Berlin",
    "last_updated": "2026-01-01T00:00:00Z",
}

TOKEN: dict[str, Any] = {
    "country_code": "DE",
    "party_id": "EMS",
    "uid": "012345678",
    "type": "RFID",
    "contract_id": "DE-EMS-C12345678-X",
    "issuer": "EMS",
    "valid": True,
    "whitelist": "NEVER",
    "last_updated": "2026-01-01T00:00:00Z",
}

START = datetime(2026, 1, 15, 9, 0, tzinfo=UTC)
PARKED = datetime(2026, 1, 15, 10, 0, tzinfo=UTC)
END = datetime(2026, 1, 15, 10, 30, tzinfo=UTC)


def changed(original: dict[str, Any], pointer: str, value: Any) -> dict[str, Any]:
    """A copy with one place set; `...` removes it."""
    copy = deepcopy(original)
    *way, last = pointer.strip("/").split("/")
    place: Any = copy
    for step in way:
        place = place[int(step)] if isinstance(place, list) else place[step]
    key: Any = int(last) if isinstance(place, list) else last
    if value is ...:
        del place[key]
    else:
        place[key] = value
    return copy


def snapshot(tariff_json: dict[str, Any] = TARIFF) -> TariffSnapshot:
    raw = canonical(tariff_json)
    return TariffSnapshot(
        tariff=read_tariff(loads(raw)),
        canonical_json=raw,
        sha256=sha256(raw).hexdigest(),
        time_zone="Europe/Berlin",
        taken_at=START,
        reason=SnapshotReason.AUTHORIZATION,
    )


def make_cdr(**changes: Any) -> Cdr:
    """A lawful CDR: 10 kWh in one hour of charging, then half an hour of parking."""
    cdr = Cdr(
        party=PartyId("DE", "ABC"),
        id="cdr-1",
        start_date_time=START,
        end_date_time=END,
        session_id="session-1",
        cdr_token=CdrToken(
            party=PartyId("DE", "EMS"), uid="012345678", type=TokenType.RFID, contract_id="DE-EMS-C12345678-X"
        ),
        auth_method=AuthMethod.AUTH_REQUEST,
        authorization_reference=None,
        cdr_location=cdr_location(loads(dumps(LOCATION)), "evse-1", "1"),
        meter_id="1EMH0012345678",
        currency="EUR",
        tariff=snapshot(),
        charging_periods=(
            period(START, CdrDimension(type=CdrDimensionType.ENERGY, volume=Decimal("10.0000")), ("TIME", "1.0000")),
            period(PARKED, CdrDimension(type=CdrDimensionType.ENERGY, volume=Decimal(0)), ("PARKING_TIME", "0.5000")),
        ),
        signed_data=SignedData(
            encoding_method="OCMF",
            public_key="MFkw",
            signed_values=(SignedValue(nature=Nature.END, plain_data='OCMF|{"FV":"1.0"}', signed_data="T0NNRg=="),),
        ),
        total_cost=price("6.60", "7.614"),
        total_fixed_cost=price("0.50", "0.595"),
        total_energy=Decimal("10.0000"),
        total_energy_cost=price("4.90", "5.831"),
        total_time=Decimal("1.5000"),
        total_time_cost=price("0", "0"),
        total_parking_time=Decimal("0.5000"),
        total_parking_cost=price("1.20", "1.20"),
        last_updated=END,
    )
    return replace(cdr, **changes)


def period(start: datetime, energy: CdrDimension, time: tuple[str, str]) -> ChargingPeriod:
    duration = CdrDimension(type=CdrDimensionType(time[0]), volume=Decimal(time[1]))
    return ChargingPeriod(start_date_time=start, dimensions=(energy, duration), tariff_id="tariff-1")


def price(excl_vat: str, incl_vat: str) -> Price:
    return Price(excl_vat=Decimal(excl_vat), incl_vat=Decimal(incl_vat))

"""The CDR as it goes on the wire, and the function that assembles it.

Source: OCPI 2.2.1 (release-2.2.1-bugfixes), mod_cdrs.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from datetime import datetime
    from decimal import Decimal

    from cdr_service.domain.money import Price
    from cdr_service.domain.party import PartyId
    from cdr_service.domain.session import AuthMethod, CdrLocation, CdrToken
    from cdr_service.domain.tariff_snapshot import TariffSnapshot


class CdrDimensionType(StrEnum):
    """Dimensions that may stand in a CDR and that this release writes (mod_cdrs, CdrDimensionType)."""

    ENERGY = "ENERGY"
    PARKING_TIME = "PARKING_TIME"
    TIME = "TIME"


@dataclass(frozen=True, slots=True, kw_only=True)
class CdrDimension:
    """A consumed quantity: kWh (ENERGY) or hours with at most 4 decimals (TIME, PARKING_TIME)."""

    type: CdrDimensionType
    volume: Decimal


@dataclass(frozen=True, slots=True, kw_only=True)
class ChargingPeriod:
    """A stretch of the session, until the next one starts (mod_cdrs, ChargingPeriod)."""

    start_date_time: datetime
    dimensions: tuple[CdrDimension, ...]
    tariff_id: str | None


class Nature(StrEnum):
    """Place of a signed value in its session (mod_cdrs, SignedValue.nature)."""

    START = "Start"
    INTERMEDIATE = "Intermediate"
    END = "End"


@dataclass(frozen=True, slots=True, kw_only=True)
class SignedValue:
    """One signed meter value as a driver's tool can check it (mod_cdrs, SignedValue)."""

    nature: Nature
    #: At most 5000 characters since the 2026 erratum (512 before, ocpi#565).
    plain_data: str
    #: Base64 of the whole signed record, at most 5000 characters.
    signed_data: str


@dataclass(frozen=True, slots=True, kw_only=True)
class SignedData:
    """The proof of the energy (mod_cdrs, SignedData)."""

    encoding_method: str
    signed_values: tuple[SignedValue, ...]
    #: Base64 of the DER SubjectPublicKeyInfo.
    public_key: str | None = None
    encoding_method_version: int | None = None
    url: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Cdr:
    """One charge detail record (mod_cdrs, CDR), assembled and not yet reconciled."""

    party: PartyId
    id: str
    start_date_time: datetime
    end_date_time: datetime
    session_id: str
    cdr_token: CdrToken
    auth_method: AuthMethod
    authorization_reference: str | None
    cdr_location: CdrLocation
    meter_id: str | None
    currency: str
    #: The snapshot taken at authorization; its `canonical_json` is what stands in the wire's `tariffs`.
    tariff: TariffSnapshot
    charging_periods: tuple[ChargingPeriod, ...]
    signed_data: SignedData
    total_cost: Price
    total_fixed_cost: Price
    total_energy: Decimal
    total_energy_cost: Price
    total_time: Decimal
    total_time_cost: Price
    total_parking_time: Decimal
    total_parking_cost: Price
    last_updated: datetime

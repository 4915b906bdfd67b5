"""Tariffs as OCPI 2.2.1 writes them, as far as this release prices them.

Priced now: FLAT, ENERGY, TIME and PARKING_TIME components of elements without restrictions. A tariff that says more
(restrictions, price limits) is refused when it is published, never priced as if it had not said it.

Source: OCPI 2.2.1 (release-2.2.1-bugfixes), mod_tariffs.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from enum import StrEnum

from cdr_service.domain.party import PartyId


class TariffDimensionType(StrEnum):
    """What a price component prices (mod_tariffs, TariffDimensionType)."""

    ENERGY = "ENERGY"
    FLAT = "FLAT"
    PARKING_TIME = "PARKING_TIME"
    TIME = "TIME"


class TariffType(StrEnum):
    """For whom a tariff is meant (mod_tariffs, TariffType)."""

    AD_HOC_PAYMENT = "AD_HOC_PAYMENT"
    PROFILE_CHEAP = "PROFILE_CHEAP"
    PROFILE_FAST = "PROFILE_FAST"
    PROFILE_GREEN = "PROFILE_GREEN"
    REGULAR = "REGULAR"


@dataclass(frozen=True, slots=True, kw_only=True)
class PriceComponent:
    """One price of one dimension (mod_tariffs, PriceComponent)."""

    type: TariffDimensionType
    #: Per kWh, per hour, or per session (FLAT), without VAT.
    price: Decimal
    #: Percent; None means that no VAT applies, which is not the same as 0.
    vat: Decimal | None
    #: Billing block in Wh (ENERGY) or seconds (TIME, PARKING_TIME); meaningless for FLAT; 0 rounds nothing.
    step_size: int


@dataclass(frozen=True, slots=True, kw_only=True)
class TariffElement:
    """Price components that apply together (mod_tariffs, TariffElement), without restrictions."""

    price_components: tuple[PriceComponent, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Tariff:
    """A tariff of a CPO (mod_tariffs, Tariff), reduced to what prices a session.

    The full JSON object stays in the `TariffSnapshot`; nothing is ever written to a partner from this type.
    """

    party: PartyId
    id: str
    currency: str
    elements: tuple[TariffElement, ...]
    last_updated: datetime
    type: TariffType | None = None
    start_date_time: datetime | None = None
    end_date_time: datetime | None = None

    def is_valid_at(self, instant: datetime) -> bool:
        """Whether `instant` lies in the tariff's validity: start inclusive, end exclusive."""
        starts = self.start_date_time is None or self.start_date_time <= instant
        return starts and (self.end_date_time is None or instant < self.end_date_time)

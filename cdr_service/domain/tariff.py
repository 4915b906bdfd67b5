"""Tariffs as OCPI 2.2.1 writes them, as far as this release prices them.

Priced now: FLAT, ENERGY, TIME and PARKING_TIME components of elements without restrictions. A tariff that says more
(restrictions, price limits) is refused when it is published, never priced as if it had not said it.

Source: OCPI 2.2.1 (release-2.2.1-bugfixes), mod_tariffs.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

from cdr_service.domain.errors import TariffError
from cdr_service.domain.findings import GatewayCode

if TYPE_CHECKING:
    from datetime import datetime
    from decimal import Decimal

    from cdr_service.domain.party import PartyId

#: Fields of an OCPI Tariff that change prices and that this release does not price.
_UNPRICEABLE_TARIFF_FIELDS = ("min_price", "max_price")


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


def refuse_unpriceable(tariff_json: Mapping[str, object]) -> None:
    """Refuse a tariff that says more than this release prices.

    Called on the parsed JSON of a Tariff before it becomes a `Tariff`, which has no place for what is refused here.
    Anything but null is refused, an empty object too. Fields of a wrong type are not this function's business: the
    schema names them.

    Args:
        tariff_json: the OCPI Tariff object.

    Raises:
        TariffError: TARIFF_FEATURE_UNSUPPORTED with a JSON pointer: min_price, max_price, or the restrictions of an
            element.

    Source: OCPI 2.2.1 (release-2.2.1-bugfixes), mod_tariffs, Tariff and TariffElement.
    """
    for field in _UNPRICEABLE_TARIFF_FIELDS:
        if tariff_json.get(field) is not None:
            raise TariffError(
                GatewayCode.TARIFF_FEATURE_UNSUPPORTED, "price limits are not priced yet", where=f"/{field}"
            )
    elements = tariff_json.get("elements")
    for index, element in enumerate(elements if isinstance(elements, list | tuple) else ()):
        if isinstance(element, Mapping) and element.get("restrictions") is not None:
            raise TariffError(
                GatewayCode.TARIFF_FEATURE_UNSUPPORTED,
                "elements with restrictions are not priced yet",
                where=f"/elements/{index}/restrictions",
            )

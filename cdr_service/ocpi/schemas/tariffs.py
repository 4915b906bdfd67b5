"""The Tariff object: checked against all of OCPI 2.2.1, and read into what this release can price.

The JSON object itself is what is frozen and sent (`TariffSnapshot.canonical_json`), so its numbers may not be finer
than OCPI's 4 decimals; `read_tariff` makes the domain's `Tariff` of it and of nothing else.

Source: OCPI 2.2.1 (release-2.2.1-bugfixes), mod_tariffs, mod_locations (EnergyMix).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from marshmallow import fields, validate

from cdr_service.domain.party import PartyId
from cdr_service.domain.tariff import (
    PriceComponent,
    Tariff,
    TariffDimensionType,
    TariffElement,
    TariffType,
    refuse_unpriceable,
)
from cdr_service.ocpi.schemas.base import DisplayTextSchema, WireSchema, load_object
from cdr_service.ocpi.types import (
    NUMBER_DECIMALS,
    Choice,
    CiString,
    CountryCode,
    CurrencyCode,
    Flag,
    Integer,
    OcpiDateTime,
    OcpiNumber,
    PartyCode,
    String,
    Url,
)

if TYPE_CHECKING:
    from collections.abc import Mapping

#: DayOfWeek (mod_tariffs).
DAYS_OF_WEEK = ("MONDAY", "TUESDAY", "WEDNESDAY", "THURSDAY", "FRIDAY", "SATURDAY", "SUNDAY")
#: ReservationRestrictionType (mod_tariffs).
RESERVATION_RESTRICTIONS = ("RESERVATION", "RESERVATION_EXPIRES")
#: EnergySourceCategory (mod_locations).
ENERGY_SOURCES = ("NUCLEAR", "GENERAL_FOSSIL", "COAL", "GAS", "GENERAL_GREEN", "SOLAR", "WIND", "WATER")
#: EnvironmentalImpactCategory (mod_locations).
ENVIRONMENTAL_IMPACTS = ("NUCLEAR_WASTE", "CARBON_DIOXIDE")
#: Caps beyond OCPI, against tariffs made to cost time.
MAX_ELEMENTS = 500
MAX_COMPONENTS = 100

_TIME_OF_DAY = validate.Regexp(r"^([0-1][0-9]|2[0-3]):[0-5][0-9]\Z", error="must be a time of day such as 08:30")
_DATE = validate.Regexp(r"^[0-9]{4}-[0-9]{2}-[0-9]{2}\Z", error="must be a date such as 2026-01-31")


def _number(**options: Any) -> OcpiNumber:
    return OcpiNumber(decimals=NUMBER_DECIMALS, **options)


class TariffPriceSchema(WireSchema):
    """Price (types) as it stands in a tariff, passed on unchanged."""

    kind = "Price"
    excl_vat = _number(required=True)
    incl_vat = _number()


class EnergySourceSchema(WireSchema):
    """EnergySource (mod_locations)."""

    kind = "EnergySource"
    source = Choice(ENERGY_SOURCES, required=True)
    percentage = _number(required=True)


class EnvironmentalImpactSchema(WireSchema):
    """EnvironmentalImpact (mod_locations)."""

    kind = "EnvironmentalImpact"
    category = Choice(ENVIRONMENTAL_IMPACTS, required=True)
    amount = _number(required=True)


class EnergyMixSchema(WireSchema):
    """EnergyMix (mod_locations)."""

    kind = "EnergyMix"
    is_green_energy = Flag(required=True)
    energy_sources = fields.List(fields.Nested(EnergySourceSchema))
    environ_impact = fields.List(fields.Nested(EnvironmentalImpactSchema))
    supplier_name = String(64)
    energy_product_name = String(64)


class PriceComponentSchema(WireSchema):
    """PriceComponent (mod_tariffs)."""

    kind = "PriceComponent"
    type = Choice(TariffDimensionType, required=True)
    price = _number(required=True)
    # OCPI names no bounds; outside these a rate is a mistake that costs money.
    vat = _number(validate=validate.Range(min=0, max=100))
    step_size = Integer(required=True)


class TariffRestrictionsSchema(WireSchema):
    """TariffRestrictions (mod_tariffs); checked here, refused by `refuse_unpriceable` in this release."""

    kind = "TariffRestrictions"
    start_time = String(5, validate=_TIME_OF_DAY)
    end_time = String(5, validate=_TIME_OF_DAY)
    start_date = String(10, validate=_DATE)
    end_date = String(10, validate=_DATE)
    min_kwh = _number()
    max_kwh = _number()
    min_current = _number()
    max_current = _number()
    min_power = _number()
    max_power = _number()
    min_duration = Integer()
    max_duration = Integer()
    day_of_week = fields.List(Choice(DAYS_OF_WEEK))
    reservation = Choice(RESERVATION_RESTRICTIONS)


class TariffElementSchema(WireSchema):
    """TariffElement (mod_tariffs)."""

    kind = "TariffElement"
    price_components = fields.List(
        fields.Nested(PriceComponentSchema), required=True, validate=validate.Length(min=1, max=MAX_COMPONENTS)
    )
    restrictions = fields.Nested(TariffRestrictionsSchema)


class TariffSchema(WireSchema):
    """Tariff (mod_tariffs), whole; loading gives a dict of checked fields."""

    kind = "Tariff"
    country_code = CountryCode(required=True)
    party_id = PartyCode(required=True)
    id = CiString(36, required=True)
    currency = CurrencyCode(required=True)
    type = Choice(TariffType)
    tariff_alt_text = fields.List(fields.Nested(DisplayTextSchema))
    tariff_alt_url = Url()
    min_price = fields.Nested(TariffPriceSchema)
    max_price = fields.Nested(TariffPriceSchema)
    elements = fields.List(
        fields.Nested(TariffElementSchema), required=True, validate=validate.Length(min=1, max=MAX_ELEMENTS)
    )
    start_date_time = OcpiDateTime()
    end_date_time = OcpiDateTime()
    energy_mix = fields.Nested(EnergyMixSchema)
    last_updated = OcpiDateTime(required=True)


#: Shared instance.
TARIFF = TariffSchema()


def read_tariff(tariff_json: Mapping[str, Any]) -> Tariff:
    """Read an OCPI Tariff into the part of it that prices a session.

    Args:
        tariff_json: the object as `ocpi.json.loads` gave it; it stays the truth, this is only its reading.

    Returns:
        The domain's tariff.

    Raises:
        InvalidObjectError: it breaks OCPI; every violation with its pointer.
        TariffError: lawful OCPI that this release cannot price (restrictions, price limits).
    """
    checked = load_object(TARIFF, tariff_json)
    refuse_unpriceable(tariff_json)
    return Tariff(
        party=PartyId(checked["country_code"], checked["party_id"]),
        id=checked["id"],
        currency=checked["currency"],
        elements=tuple(_element(element) for element in checked["elements"]),
        last_updated=checked["last_updated"],
        type=TariffType(checked["type"]) if "type" in checked else None,
        start_date_time=checked.get("start_date_time"),
        end_date_time=checked.get("end_date_time"),
    )


def _element(checked: Mapping[str, Any]) -> TariffElement:
    return TariffElement(
        price_components=tuple(
            PriceComponent(
                type=TariffDimensionType(component["type"]),
                price=component["price"],
                vat=component.get("vat"),
                step_size=component["step_size"],
            )
            for component in checked["price_components"]
        )
    )

"""Locations, as far as a CDR needs them: where the car stood, on which connector, in which time zone.

All fields that OCPI requires of Location, EVSE and Connector are checked, and the optional ones that a CDR copies;
opening hours, images and the like pass unread. A CDR's fields are shorter than a Location's (address 45 against 255,
state 20 against 45): `cdr_location` refuses what does not fit, it never cuts.

Source: OCPI 2.2.1 (release-2.2.1-bugfixes), mod_locations, mod_cdrs (CdrLocation).
"""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING, Any
from zoneinfo import available_timezones

from marshmallow import ValidationError, fields, post_load, validate

from cdr_service.domain.errors import NotFoundError
from cdr_service.domain.session import CdrLocation, GeoLocation
from cdr_service.ocpi.schemas.base import WireSchema, load_object
from cdr_service.ocpi.types import (
    Choice,
    CiString,
    CountryAlpha3,
    CountryCode,
    Flag,
    Integer,
    OcpiDateTime,
    PartyCode,
    String,
)

if TYPE_CHECKING:
    from collections.abc import Mapping

#: ConnectorType (mod_locations).
CONNECTOR_TYPES = (
    "CHADEMO", "CHAOJI", "DOMESTIC_A", "DOMESTIC_B", "DOMESTIC_C", "DOMESTIC_D", "DOMESTIC_E", "DOMESTIC_F",
    "DOMESTIC_G", "DOMESTIC_H", "DOMESTIC_I", "DOMESTIC_J", "DOMESTIC_K", "DOMESTIC_L", "DOMESTIC_M", "DOMESTIC_N",
    "DOMESTIC_O", "GBT_AC", "GBT_DC", "IEC_60309_2_single_16", "IEC_60309_2_three_16", "IEC_60309_2_three_32",
    "IEC_60309_2_three_64", "IEC_62196_T1", "IEC_62196_T1_COMBO", "IEC_62196_T2", "IEC_62196_T2_COMBO",
    "IEC_62196_T3A", "IEC_62196_T3C", "NEMA_5_20", "NEMA_6_30", "NEMA_6_50", "NEMA_10_30", "NEMA_10_50", "NEMA_14_30",
    "NEMA_14_50", "PANTOGRAPH_BOTTOM_UP", "PANTOGRAPH_TOP_DOWN", "TESLA_R", "TESLA_S",
)  # fmt: skip
#: ConnectorFormat (mod_locations).
CONNECTOR_FORMATS = ("SOCKET", "CABLE")
#: PowerType (mod_locations).
POWER_TYPES = ("AC_1_PHASE", "AC_2_PHASE", "AC_2_PHASE_SPLIT", "AC_3_PHASE", "DC")
#: Status (mod_locations).
EVSE_STATUSES = (
    "AVAILABLE", "BLOCKED", "CHARGING", "INOPERATIVE", "OUTOFORDER", "PLANNED", "REMOVED", "RESERVED", "UNKNOWN",
)  # fmt: skip

#: 5 to 7 decimals, as mod_locations writes it.
_LATITUDE = validate.Regexp(r"^-?([0-8]?[0-9]\.[0-9]{5,7}|90\.0{5,7})\Z", error="must be a latitude like 52.520008")
_LONGITUDE = validate.Regexp(
    r"^-?((1[0-7][0-9]|[0-9]{1,2})\.[0-9]{5,7}|180\.0{5,7})\Z", error="must be a longitude like 13.404954"
)


@cache
def _time_zones() -> frozenset[str]:
    return frozenset(available_timezones())


def _check_time_zone(name: str) -> None:
    if name not in _time_zones():
        raise ValidationError("must be a zone of the IANA database such as Europe/Berlin")


class GeoLocationSchema(WireSchema):
    """GeoLocation (mod_locations): decimal degrees as text."""

    kind = "GeoLocation"
    latitude = String(10, required=True, validate=_LATITUDE)
    longitude = String(11, required=True, validate=_LONGITUDE)

    @post_load
    def make(self, fields_: dict[str, Any], **_: Any) -> GeoLocation:
        """Build the frozen object."""
        return GeoLocation(**fields_)


class ConnectorSchema(WireSchema):
    """Connector (mod_locations)."""

    kind = "Connector"
    id = CiString(36, required=True)
    standard = Choice(CONNECTOR_TYPES, required=True)
    format = Choice(CONNECTOR_FORMATS, required=True)
    power_type = Choice(POWER_TYPES, required=True)
    max_voltage = Integer(required=True)
    max_amperage = Integer(required=True)
    max_electric_power = Integer()
    tariff_ids = fields.List(CiString(36))
    last_updated = OcpiDateTime(required=True)


class EvseSchema(WireSchema):
    """EVSE (mod_locations)."""

    kind = "EVSE"
    uid = CiString(36, required=True)
    evse_id = CiString(48)
    status = Choice(EVSE_STATUSES, required=True)
    connectors = fields.List(fields.Nested(ConnectorSchema), required=True, validate=validate.Length(min=1))
    last_updated = OcpiDateTime(required=True)


class LocationSchema(WireSchema):
    """Location (mod_locations); loading gives a dict of checked fields."""

    kind = "Location"
    country_code = CountryCode(required=True)
    party_id = PartyCode(required=True)
    id = CiString(36, required=True)
    publish = Flag(required=True)
    name = String(255)
    address = String(255, min_length=1, required=True)
    city = String(45, min_length=1, required=True)
    postal_code = String(10)
    state = String(45)
    country = CountryAlpha3(required=True)
    coordinates = fields.Nested(GeoLocationSchema, required=True)
    evses = fields.List(fields.Nested(EvseSchema))
    time_zone = String(255, required=True, validate=_check_time_zone)
    last_updated = OcpiDateTime(required=True)


class CdrLocationSchema(WireSchema):
    """CdrLocation (mod_cdrs): flat, with the shorter lengths of a CDR; a CDR carries no time zone (ocpi#517)."""

    kind = "CdrLocation"
    id = CiString(36, required=True)
    name = String(255)
    address = String(45, min_length=1, required=True)
    city = String(45, min_length=1, required=True)
    postal_code = String(10)
    state = String(20)
    country = CountryAlpha3(required=True)
    coordinates = fields.Nested(GeoLocationSchema, required=True)
    evse_uid = CiString(36, required=True)
    evse_id = CiString(48, required=True)
    connector_id = CiString(36, required=True)
    connector_standard = Choice(CONNECTOR_TYPES, required=True)
    connector_format = Choice(CONNECTOR_FORMATS, required=True)
    connector_power_type = Choice(POWER_TYPES, required=True)

    @post_load
    def make(self, fields_: dict[str, Any], **_: Any) -> CdrLocation:
        """Build the frozen object."""
        return CdrLocation(**{"name": None, "postal_code": None, "state": None, **fields_})


#: Shared instances.
LOCATION = LocationSchema()
CDR_LOCATION = CdrLocationSchema()

_COPIED = ("id", "name", "address", "city", "postal_code", "state", "country", "coordinates")


def cdr_location(location_json: Mapping[str, Any], evse_uid: str, connector_id: str) -> CdrLocation:
    """The place of a session as its CDR will show it, as the Location stands now.

    Args:
        location_json: the OCPI Location as `ocpi.json.loads` gave it.
        evse_uid: `uid` of the EVSE; CiStrings compare without case.
        connector_id: `id` of the connector within this EVSE.

    Raises:
        InvalidObjectError: the Location breaks OCPI, or a field is too long for a CDR, or the EVSE has no evse_id,
            which a CDR requires.
        NotFoundError: EVSE_UNKNOWN, CONNECTOR_UNKNOWN.
    """
    load_object(LOCATION, location_json)
    evse, connector = _find(location_json, evse_uid, connector_id)
    wire = {name: location_json[name] for name in _COPIED if name in location_json}
    wire |= {"evse_uid": evse["uid"], "connector_id": connector["id"], "connector_standard": connector["standard"]}
    wire |= {"connector_format": connector["format"], "connector_power_type": connector["power_type"]}
    if "evse_id" in evse:
        wire["evse_id"] = evse["evse_id"]
    found: CdrLocation = load_object(CDR_LOCATION, wire)
    return found


def tariff_ids(location_json: Mapping[str, Any], evse_uid: str, connector_id: str) -> tuple[str, ...]:
    """The ids of the tariffs valid at this connector, in the order of the Location; empty when it names none.

    Raises:
        InvalidObjectError: the Location breaks OCPI.
        NotFoundError: EVSE_UNKNOWN, CONNECTOR_UNKNOWN.
    """
    load_object(LOCATION, location_json)
    _, connector = _find(location_json, evse_uid, connector_id)
    return tuple(connector.get("tariff_ids", ()))


def _find(location: Mapping[str, Any], evse_uid: str, connector_id: str) -> tuple[Mapping[str, Any], Mapping[str, Any]]:
    for evse in location.get("evses", ()):
        if evse["uid"].casefold() == evse_uid.casefold():
            for connector in evse["connectors"]:
                if connector["id"].casefold() == connector_id.casefold():
                    return evse, connector
            raise NotFoundError("CONNECTOR_UNKNOWN", f"the EVSE {evse_uid} has no connector {connector_id}")
    raise NotFoundError("EVSE_UNKNOWN", f"the location {location['id']} has no EVSE {evse_uid}")

"""The CDR object: written from the domain's `Cdr`, and checked whole before its bytes are frozen.

`tariffs` holds the snapshot taken at authorization exactly as it was frozen: the object read from its canonical
bytes, so that `ocpi.json.dumps` writes the same bytes again inside the CDR.

Source: OCPI 2.2.1 (release-2.2.1-bugfixes), mod_cdrs; `SignedValue` lengths as of the 2026 erratum (ocpi#565).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from marshmallow import ValidationError, fields, validate, validates_schema

from cdr_service.domain.session import AuthMethod
from cdr_service.domain.tariff_snapshot import TariffSnapshot
from cdr_service.ocpi.errors import InvalidObjectError, Violation
from cdr_service.ocpi.json import loads
from cdr_service.ocpi.schemas.base import PriceSchema, WireSchema, violations
from cdr_service.ocpi.schemas.locations import CdrLocationSchema
from cdr_service.ocpi.schemas.tariffs import TariffSchema
from cdr_service.ocpi.schemas.tokens import CdrTokenSchema
from cdr_service.ocpi.types import (
    Choice,
    CiString,
    CountryCode,
    CurrencyCode,
    Flag,
    Integer,
    OcpiDateTime,
    OcpiNumber,
    PartyCode,
    SignedText,
    String,
    Url,
)

if TYPE_CHECKING:
    from collections.abc import Mapping

    from cdr_service.domain.cdr import Cdr

#: CdrDimensionType without the types that OCPI allows in Sessions only (CURRENT, POWER, ENERGY_IMPORT, ...).
CDR_DIMENSIONS = (
    "ENERGY", "MAX_CURRENT", "MIN_CURRENT", "MAX_POWER", "MIN_POWER", "PARKING_TIME", "RESERVATION_TIME", "TIME",
)  # fmt: skip
#: Cap beyond OCPI, against CDRs made to cost time.
MAX_PERIODS = 10_000
#: Length of the id of a CDR that is no credit CDR; the 39 of the type leave room for the credit's suffix.
NORMAL_ID_LENGTH = 36


class CdrDimensionSchema(WireSchema):
    """CdrDimension (mod_cdrs)."""

    kind = "CdrDimension"
    type = Choice(CDR_DIMENSIONS, required=True)
    volume = OcpiNumber(required=True)


class ChargingPeriodSchema(WireSchema):
    """ChargingPeriod (mod_cdrs)."""

    kind = "ChargingPeriod"
    start_date_time = OcpiDateTime(required=True)
    dimensions = fields.List(fields.Nested(CdrDimensionSchema), required=True, validate=validate.Length(min=1))
    tariff_id = CiString(36)


class SignedValueSchema(WireSchema):
    """SignedValue (mod_cdrs)."""

    kind = "SignedValue"
    nature = CiString(32, required=True)
    plain_data = SignedText(5000, min_length=1, required=True)
    signed_data = String(5000, min_length=1, required=True)


class SignedDataSchema(WireSchema):
    """SignedData (mod_cdrs)."""

    kind = "SignedData"
    encoding_method = CiString(36, required=True)
    encoding_method_version = Integer()
    public_key = String(512)
    signed_values = fields.List(fields.Nested(SignedValueSchema), required=True, validate=validate.Length(min=1))
    url = Url(512)


class _FrozenTariffs(fields.List[Any]):
    """`tariffs`: reads any OCPI tariffs, writes the one snapshot as it was frozen."""

    def _serialize(self, value: Any, attr: str | None, obj: Any, **kwargs: Any) -> list[Any] | None:  # noqa: ARG002  # marshmallow's signature
        return [loads(value.canonical_json)] if isinstance(value, TariffSnapshot) else None


class CdrSchema(WireSchema):
    """CDR (mod_cdrs), whole; dumps a `Cdr`, loading gives a dict of checked fields."""

    kind = "CDR"
    country_code = CountryCode(required=True, attribute="party.country_code")
    party_id = PartyCode(required=True, attribute="party.party_id")
    id = CiString(39, required=True)
    start_date_time = OcpiDateTime(required=True)
    end_date_time = OcpiDateTime(required=True)
    session_id = CiString(36)
    cdr_token = fields.Nested(CdrTokenSchema, required=True)
    auth_method = Choice(AuthMethod, required=True)
    authorization_reference = CiString(36)
    cdr_location = fields.Nested(CdrLocationSchema, required=True)
    meter_id = String(255, identifier=True)
    currency = CurrencyCode(required=True)
    tariffs = _FrozenTariffs(fields.Nested(TariffSchema), attribute="tariff")
    charging_periods = fields.List(
        fields.Nested(ChargingPeriodSchema), required=True, validate=validate.Length(min=1, max=MAX_PERIODS)
    )
    signed_data = fields.Nested(SignedDataSchema)
    total_cost = fields.Nested(PriceSchema, required=True)
    total_fixed_cost = fields.Nested(PriceSchema)
    total_energy = OcpiNumber(required=True)
    total_energy_cost = fields.Nested(PriceSchema)
    total_time = OcpiNumber(required=True)
    total_time_cost = fields.Nested(PriceSchema)
    total_parking_time = OcpiNumber()
    total_parking_cost = fields.Nested(PriceSchema)
    total_reservation_cost = fields.Nested(PriceSchema)
    remark = String(255)
    invoice_reference_id = CiString(39)
    credit = Flag()
    credit_reference_id = CiString(39)
    home_charging_compensation = Flag()
    last_updated = OcpiDateTime(required=True)

    @validates_schema
    def check_credit(self, checked: dict[str, Any], **_: Any) -> None:
        """A credit CDR names its original; only a credit CDR's id may use the last three characters."""
        if checked.get("credit"):
            if "credit_reference_id" not in checked:
                raise ValidationError("is required when credit is true", "credit_reference_id")
        elif len(checked.get("id", "")) > NORMAL_ID_LENGTH:
            raise ValidationError(f"must have at most {NORMAL_ID_LENGTH} characters in a normal CDR", "id")


#: Shared instance.
CDR = CdrSchema()


def dump_cdr(cdr: Cdr) -> dict[str, Any]:
    """Write a CDR as the JSON object that leaves, checked field by field against OCPI.

    Args:
        cdr: the assembled CDR.

    Returns:
        The object for `ocpi.json.dumps`: keys in OCPI's order, optional fields absent instead of null, numbers
        exact with at most 4 decimals, `tariffs` with the snapshot's own bytes.

    Raises:
        InvalidObjectError: the object would break OCPI (too long, wrong alphabet, no periods); nothing may leave.
        LocalOcpiError: NUMBER_TOO_FINE, a number that only rounding would fit.
    """
    wire: dict[str, Any] = CDR.dump(cdr)
    found = cdr_violations(wire)
    if found:
        raise InvalidObjectError(CDR.kind, found)
    return wire


def cdr_violations(cdr_json: Mapping[str, Any]) -> tuple[Violation, ...]:
    """Everything in a CDR of anybody that breaks OCPI 2.2.1, with JSON pointers; empty when it is lawful."""
    return violations(CDR, cdr_json)

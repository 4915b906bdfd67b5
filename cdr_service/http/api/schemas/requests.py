"""What the operator sends.

Source: contracts.md, section 3; field types of OCPI 2.2.1 where a field is OCPI's.
"""

from __future__ import annotations

from marshmallow import RAISE, Schema, fields, validate

from cdr_service.domain.party import Role
from cdr_service.domain.session import AuthMethod, TokenType
from cdr_service.ocpi.types import CiString, CountryCode, OcpiDateTime, PartyCode, String, Url


class _Strict(Schema):
    class Meta:
        """Unknown fields are errors."""

        unknown = RAISE


class MeterKeySchema(_Strict):
    """The public key of a meter, or of a party that signs its values, with provenance and validity."""

    #: In any published encoding: PEM, DER, hex or base64 of a key, of a certificate, or a raw point.
    public_key = fields.String(required=True, validate=validate.Length(min=1, max=16_384))
    #: Which curve a key lies on whose text does not tell it: a compressed point.
    curve = fields.String(validate=validate.Length(min=1, max=40))
    valid_from = OcpiDateTime()
    valid_until = OcpiDateTime()
    evse_uid = CiString(36)
    source = fields.String(required=True, validate=validate.OneOf(["nameplate", "bnetza", "ocpp", "other"]))
    time_tariff = fields.String(load_default="forbidden", validate=validate.OneOf(["forbidden", "allowed"]))
    #: Whose key it is: only a meter's signature proves a measurement.
    signer_kind = fields.String(load_default="meter", validate=validate.OneOf(["meter", "party"]))


class InvitationSchema(_Strict):
    """An invitation to connect, as agreed with the partner out of band."""

    name = String(100, required=True)
    versions_url = Url(required=True)
    token = fields.String(validate=validate.Regexp(r"[\x21-\x7e]{1,64}\Z"))
    role = fields.Enum(Role, by_value=True, required=True)
    country_code = CountryCode(tolerant=True, required=True)
    party_id = PartyCode(tolerant=True, required=True)
    profile = fields.String(load_default="default", validate=validate.Length(max=50))


class TokenSchema(_Strict):
    """The driver's token (OCPI 2.2.1, CdrToken); further fields of OCPI's Token are accepted and ignored."""

    class Meta:
        """A whole OCPI Token may be passed on as it is."""

        unknown = "exclude"

    country_code = CountryCode(tolerant=True, required=True)
    party_id = PartyCode(tolerant=True, required=True)
    uid = CiString(36, required=True)
    type = fields.Enum(TokenType, by_value=True, required=True)
    contract_id = CiString(36, required=True)


class AuthorizationRequestSchema(_Strict):
    """Who wants to charge where."""

    token = fields.Nested(TokenSchema, required=True)
    location_id = CiString(36, required=True)
    evse_uid = CiString(36, required=True)
    connector_id = CiString(36, required=True)
    auth_method = fields.Enum(AuthMethod, by_value=True, required=True)


class SessionStartSchema(_Strict):
    """A started session: with the id of its authorization, or with who and where for a start without one."""

    session_id = CiString(36, required=True)
    start_date_time = OcpiDateTime(required=True)
    authorization_id = fields.String(validate=validate.Length(max=36))
    token = fields.Nested(TokenSchema)
    location_id = CiString(36)
    evse_uid = CiString(36)
    connector_id = CiString(36)
    auth_method = fields.Enum(AuthMethod, by_value=True)


class SessionEventSchema(_Strict):
    """A signed value or a change of state.

    A payload without `encoding` is taken as UTF-8; ISO 8859-1 (EDIFACT) and what is binary (SML, CMS) come in base64.
    """

    type = fields.String(required=True, validate=validate.OneOf(["signed_value", "state"]))
    at = OcpiDateTime(required=True)
    payload = fields.String(validate=validate.Length(min=1, max=262_144))
    encoding = fields.String(load_default="plain", validate=validate.OneOf(["plain", "hex", "base64"]))
    state = fields.String(validate=validate.Length(min=1, max=20))


class SessionCloseSchema(_Strict):
    """The end of a session."""

    end_date_time = OcpiDateTime(required=True)

"""Tokens, and the eMSP's answer to an authorization.

Source: OCPI 2.2.1 (release-2.2.1-bugfixes), mod_tokens.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, Any

from marshmallow import fields, post_load

from cdr_service.domain.party import PartyId
from cdr_service.domain.session import AllowedType, CdrToken, TokenType
from cdr_service.ocpi.schemas.base import DisplayTextSchema, PartnerSchema, WireSchema
from cdr_service.ocpi.types import Choice, CiString, CountryCode, Flag, OcpiDateTime, PartyCode, String

if TYPE_CHECKING:
    from datetime import datetime


class WhitelistType(StrEnum):
    """When a token may be accepted without asking (mod_tokens, WhitelistType)."""

    ALWAYS = "ALWAYS"
    ALLOWED = "ALLOWED"
    ALLOWED_OFFLINE = "ALLOWED_OFFLINE"
    NEVER = "NEVER"


@dataclass(frozen=True, slots=True, kw_only=True)
class Token:
    """A driver's token with what decides whether it may charge (mod_tokens, Token)."""

    #: What of it stands in a CDR.
    cdr_token: CdrToken
    issuer: str
    valid: bool
    whitelist: WhitelistType
    last_updated: datetime
    visual_number: str | None = None
    group_id: str | None = None
    language: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class LocationReferences:
    """Where a token wants to charge, or may (mod_tokens, LocationReferences)."""

    location_id: str
    evse_uids: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class AuthorizationInfo:
    """The eMSP's answer (mod_tokens, AuthorizationInfo)."""

    allowed: AllowedType
    #: OCPI requires it; None where the peer left it out, since the request named the token.
    token: Token | None = None
    location: LocationReferences | None = None
    authorization_reference: str | None = None


class CdrTokenSchema(WireSchema):
    """CdrToken (mod_cdrs)."""

    kind = "CdrToken"
    country_code = CountryCode(required=True, attribute="party.country_code")
    party_id = PartyCode(required=True, attribute="party.party_id")
    uid = CiString(36, required=True)
    type = Choice(TokenType, required=True)
    contract_id = CiString(36, required=True)

    @post_load
    def make(self, fields_: dict[str, Any], **_: Any) -> CdrToken:
        """Build the frozen object."""
        return _cdr_token(fields_)


class TokenSchema(PartnerSchema):
    """Token (mod_tokens)."""

    kind = "Token"
    country_code = CountryCode(tolerant=True, required=True, attribute="party.country_code")
    party_id = PartyCode(tolerant=True, required=True, attribute="party.party_id")
    uid = CiString(36, required=True)
    type = Choice(TokenType, tolerant=True, required=True)
    contract_id = CiString(36, required=True)
    visual_number = String(64)
    issuer = String(64, required=True)
    group_id = CiString(36)
    valid = Flag(required=True)
    whitelist = Choice(WhitelistType, tolerant=True, required=True)
    language = String(2)
    last_updated = OcpiDateTime(tolerant=True, required=True)

    @post_load
    def make(self, fields_: dict[str, Any], **_: Any) -> Token:
        """Build the frozen object."""
        return Token(
            cdr_token=_cdr_token(fields_),
            issuer=fields_["issuer"],
            valid=fields_["valid"],
            whitelist=WhitelistType(fields_["whitelist"]),
            last_updated=fields_["last_updated"],
            visual_number=fields_.get("visual_number"),
            group_id=fields_.get("group_id"),
            language=fields_.get("language"),
        )


class LocationReferencesSchema(PartnerSchema):
    """LocationReferences (mod_tokens)."""

    kind = "LocationReferences"
    location_id = CiString(36, required=True)
    evse_uids = fields.List(CiString(36))

    @post_load
    def make(self, fields_: dict[str, Any], **_: Any) -> LocationReferences:
        """Build the frozen object."""
        return LocationReferences(location_id=fields_["location_id"], evse_uids=tuple(fields_.get("evse_uids", ())))


class AuthorizationInfoSchema(PartnerSchema):
    """AuthorizationInfo (mod_tokens); `info` is checked and left out, it is for the driver's display."""

    kind = "AuthorizationInfo"
    allowed = Choice(AllowedType, required=True)
    token = fields.Nested(TokenSchema)
    location = fields.Nested(LocationReferencesSchema)
    authorization_reference = CiString(36)
    info = fields.Nested(DisplayTextSchema)

    @post_load
    def make(self, fields_: dict[str, Any], **_: Any) -> AuthorizationInfo:
        """Build the frozen object."""
        return AuthorizationInfo(
            allowed=AllowedType(fields_["allowed"]),
            token=fields_.get("token"),
            location=fields_.get("location"),
            authorization_reference=fields_.get("authorization_reference"),
        )


def _cdr_token(checked: dict[str, Any]) -> CdrToken:
    return CdrToken(
        party=PartyId(checked["party"]["country_code"], checked["party"]["party_id"]),
        uid=checked["uid"],
        type=TokenType(checked["type"]),
        contract_id=checked["contract_id"],
    )


#: Shared instances.
CDR_TOKEN = CdrTokenSchema()
TOKEN = TokenSchema()
LOCATION_REFERENCES = LocationReferencesSchema()
AUTHORIZATION_INFO = AuthorizationInfoSchema()

"""The credentials object: the token with which the receiver may call the sender, and who the sender is.

Source: OCPI 2.2.1 (release-2.2.1-bugfixes), credentials.
"""

from __future__ import annotations

from typing import Any

from marshmallow import fields, post_load, validate

from cdr_service.domain.party import BusinessDetails, Credentials, CredentialsRole, PartyId, Role
from cdr_service.ocpi.schemas.base import PartnerSchema
from cdr_service.ocpi.types import Choice, CountryCode, CredentialsToken, PartyCode, String, Url


class BusinessDetailsSchema(PartnerSchema):
    """BusinessDetails (mod_locations); the logo is left out, no link is ever fetched."""

    kind = "BusinessDetails"
    name = String(100, min_length=1, required=True)
    website = Url()

    @post_load
    def make(self, fields_: dict[str, Any], **_: Any) -> BusinessDetails:
        """Build the frozen object."""
        return BusinessDetails(**fields_)


class CredentialsRoleSchema(PartnerSchema):
    """CredentialsRole (credentials)."""

    kind = "CredentialsRole"
    role = Choice(Role, tolerant=True, required=True)
    business_details = fields.Nested(BusinessDetailsSchema, required=True)
    party_id = PartyCode(tolerant=True, required=True, attribute="party.party_id")
    country_code = CountryCode(tolerant=True, required=True, attribute="party.country_code")

    @post_load
    def make(self, fields_: dict[str, Any], **_: Any) -> CredentialsRole:
        """Build the frozen object."""
        return CredentialsRole(
            role=Role(fields_["role"]),
            party=PartyId(fields_["party"]["country_code"], fields_["party"]["party_id"]),
            business_details=fields_["business_details"],
        )


class CredentialsSchema(PartnerSchema):
    """Credentials (credentials); `dump` of a `Credentials` holds the token, so it never goes into a log."""

    kind = "Credentials"
    token = CredentialsToken(required=True)
    url = Url(required=True)
    roles = fields.List(fields.Nested(CredentialsRoleSchema), required=True, validate=validate.Length(min=1, max=500))

    @post_load
    def make(self, fields_: dict[str, Any], **_: Any) -> Credentials:
        """Build the frozen object."""
        return Credentials(token=fields_["token"], url=fields_["url"], roles=tuple(fields_.get("roles", ())))


#: What is posted to us: roles are required.
CREDENTIALS = CredentialsSchema()
#: What answers us: some peers leave `roles` out of the answer (measured); the invitation knows the party anyway.
CREDENTIALS_ANSWER = CredentialsSchema(partial=("roles",))

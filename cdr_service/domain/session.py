"""A charging session as the operator's system reports it: who, where, when, and under which frozen tariff.

Source: OCPI 2.2.1 (release-2.2.1-bugfixes), mod_cdrs (CdrToken, CdrLocation, AuthMethod), mod_tokens (TokenType).
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from datetime import datetime

    from cdr_service.domain.party import PartyId
    from cdr_service.domain.tariff_snapshot import TariffSnapshot


class TokenType(StrEnum):
    """What the driver held to the reader (mod_tokens, TokenType)."""

    AD_HOC_USER = "AD_HOC_USER"
    APP_USER = "APP_USER"
    OTHER = "OTHER"
    RFID = "RFID"


class AuthMethod(StrEnum):
    """How the session was authorized (mod_cdrs, AuthMethod)."""

    AUTH_REQUEST = "AUTH_REQUEST"
    COMMAND = "COMMAND"
    WHITELIST = "WHITELIST"


class AllowedType(StrEnum):
    """The eMSP's answer to an authorization (mod_tokens, AllowedType)."""

    ALLOWED = "ALLOWED"
    BLOCKED = "BLOCKED"
    EXPIRED = "EXPIRED"
    NO_CREDIT = "NO_CREDIT"
    NOT_ALLOWED = "NOT_ALLOWED"


@dataclass(frozen=True, slots=True, kw_only=True)
class CdrToken:
    """The token that started the session (mod_cdrs, CdrToken)."""

    party: PartyId
    uid: str
    type: TokenType
    contract_id: str


@dataclass(frozen=True, slots=True, kw_only=True)
class GeoLocation:
    """WGS 84 coordinates as OCPI strings (mod_locations, GeoLocation)."""

    latitude: str
    longitude: str


@dataclass(frozen=True, slots=True, kw_only=True)
class CdrLocation:
    """Where the session took place, as at its start (mod_cdrs, CdrLocation); `country` is alpha-3."""

    id: str
    name: str | None
    address: str
    city: str
    postal_code: str | None
    state: str | None
    country: str
    coordinates: GeoLocation
    evse_uid: str
    evse_id: str
    connector_id: str
    connector_standard: str
    connector_format: str
    connector_power_type: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Authorization:
    """The permission to charge, with the tariff that was frozen for it."""

    authorization_id: str
    token: CdrToken
    location: CdrLocation
    auth_method: AuthMethod
    allowed: AllowedType
    #: The eMSP's own reference, when it gave one.
    authorization_reference: str | None
    snapshot: TariffSnapshot


class SessionState(StrEnum):
    """States of a session that has no CDR yet (contracts.md, section 3)."""

    OPEN = "open"
    AWAITING_SIGNED_END = "awaiting_signed_end"
    NOT_BILLABLE = "not_billable"
    #: A CDR row exists; from here on the CDR's state is shown.
    CLOSED = "closed"


@dataclass(frozen=True, slots=True, kw_only=True)
class ChargingSession:
    """One session of one EVSE; the CPO's party is the tariff's owner."""

    session_id: str
    party: PartyId
    authorization: Authorization
    start_date_time: datetime
    end_date_time: datetime | None
    state: SessionState
